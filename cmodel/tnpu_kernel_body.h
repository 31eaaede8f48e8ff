// SPDX-License-Identifier: Apache-2.0
// Body of the vector code, in GCC's vector types, compiled for the target in force where this is
// included. Instructions that the vector types cannot say, such as widening ones, go by their name.
// TNPU_KERNELS: name of the table; TNPU_KERNELS_NAME: in words.
#include <string.h>

#include "tnpu_kernel.h"
#include "tnpu_kernel_dot.h"
#if defined(__AVX512F__)
enum { WIDTH = 16 };
#elif defined(__AVX2__)
enum { WIDTH = 8 };
#else
enum { WIDTH = 4 };
#endif

// As many elements as a register of the target holds: they are handed on by inlined functions only
typedef int32_t vec __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t uvec __attribute__((vector_size(4 * WIDTH)));
typedef uint64_t pairs __attribute__((vector_size(4 * WIDTH)));

INLINE vec load(const int32_t *p) {
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}
INLINE void store(int32_t *p, vec v) {
    memcpy(p, &v, sizeof v);
}
INLINE vec load_bytes(const int8_t *p) {
#if defined(__AVX512F__)
    return (vec)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
#elif defined(__AVX2__)
    return (vec)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
#else
    vec v = {0};
    for (int i = 0; i < WIDTH; i++) v[i] = p[i];
    return v;
#endif
}
// Values must be within int8.
INLINE void store_bytes(int8_t *p, vec v) {
#if defined(__AVX512F__)
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8((__m512i)v));
#elif defined(__AVX2__)
    __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128((__m256i)v),
                                     _mm256_extracti128_si256((__m256i)v, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(halves, halves));
#else
    for (int i = 0; i < WIDTH; i++) p[i] = (int8_t)v[i];
#endif
}
INLINE bool any_negative(vec v) {
#if defined(__AVX512DQ__)
    return _mm512_movepi32_mask((__m512i)v) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_ps((__m256)v) != 0;
#else
    int32_t any = 0;
    for (int i = 0; i < WIDTH; i++) any |= v[i];
    return any < 0;
#endif
}
INLINE vec all(int32_t x) {
    return x - (vec){0};
}
INLINE vec add(vec a, vec b) {
    return (vec)((uvec)a + (uvec)b);
} // wraps
INLINE vec select(vec mask, vec yes, vec no) {
    return (mask & yes) | (~mask & no);
}
INLINE vec smaller(vec a, vec b) {
    return select(a < b, a, b);
}
INLINE vec larger(vec a, vec b) {
    return select(a > b, a, b);
}

// Full products of the even elements
INLINE pairs multiply_even(vec a, vec b) {
#if defined(__AVX512F__)
    return (pairs)_mm512_mul_epi32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
    return (pairs)_mm256_mul_epi32((__m256i)a, (__m256i)b);
#else
    pairs p = {0};
    const int even =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 1; // place of a pair's lower half
    for (int i = 0; i < WIDTH; i += 2) p[i / 2] = (uint64_t)((int64_t)a[i + even] * b[i + even]);
    return p;
#endif
}

// (a * b + round) >> right, its low 32 bits; right is 30 or 31
INLINE vec multiply_high(vec a, vec b, uint64_t round, int right) {
    const uint64_t low = 0xFFFFFFFF;
    pairs even = (multiply_even(a, b) + round) >> right;
    pairs odd = (multiply_even((vec)((pairs)a >> 32), (vec)((pairs)b >> 32)) + round)
                << (32 - right);
    return (vec)((even & low) | (odd & ~low));
}

// Saturating rounding doubling high half; what saturates, and nothing else, comes out as -2^31
INLINE vec high_mul(vec a, vec b) {
    vec v = multiply_high(a, b, 1 << 30, 31);
    return select(v == all(INT32_MIN), all(INT32_MAX), v);
}

// Rounding right shift by 0..31, half away from zero, inside 32 bits
INLINE vec shift_right(vec v, vec e) {
    vec mask = (vec)(((uvec)all(1) << (uvec)e) - 1);
    vec threshold = (mask >> 1) - (v < 0);
    return (v >> e) - ((v & mask) > threshold);
}

// v + zero clamped to min..max, where the sum may need 33 bits
INLINE vec clamp(vec v, int32_t zero, int32_t min, int32_t max) {
    vec low = all(min - zero), high = all(max - zero);
    return select(v < low, low, smaller(v, high)) + zero;
}

static void window(const int8_t *const x[9], const int32_t (*w)[TNPU_MAX_L], int n, int32_t *acc) {
    for (int at = 0; at < n; at += WIDTH) {
        int c = at % TNPU_MAX_L;
        vec sum = {0};
        for (int t = 0; t < 9; t++) sum += load_bytes(x[t] + at) * load(&w[t][c]);
        store(acc + at, sum);
    }
}

static void tap(enum tnpu_tap_mode mode, const int8_t *x, const int32_t *w, int n, int32_t *acc) {
    for (int at = 0; at < n; at += WIDTH) {
        vec in = load_bytes(x + at);
        switch (mode) {
        case TNPU_TAP_MAC:
            store(acc + at, add(load(acc + at), in * load(w + at % TNPU_MAX_L)));
            break;
        case TNPU_TAP_SUM:
            store(acc + at, add(load(acc + at), in));
            break;
        case TNPU_TAP_MAX:
            store(acc + at, larger(load(acc + at), in));
            break;
        case TNPU_TAP_LOAD:
            store(acc + at, in);
            break;
        }
    }
}

// requant 0 and 1
INLINE vec scale(const struct tnpu_job *job, const struct tnpu_lane_constants *k, int c, vec v,
                 vec r) {
    vec post = load(&k->post[c]);
    v = add(v, load(&k->bias[c]));
    if (job->f.relu_first) v = larger(v, all(0));
    vec sum = add(v, post), limit = all(INT32_MAX) ^ (post < 0);
    v = select(((v ^ sum) & (post ^ sum)) < 0, limit, sum);
    if (job->f.res_mode == TNPU_RES_MUL) v = ((vec)((uvec)v << 16) >> 16) * (r - job->f.res_zp);
    v = (vec)((uvec)v << (uvec)load(&k->left[c]));
    return shift_right(high_mul(v, load(&k->mult[c])), load(&k->right[c]));
}

// requant 2
INLINE vec average(const struct tnpu_lane_constants *k, int c, vec acc) {
    vec sign = acc < 0;
    vec magnitude = add(add(acc ^ sign, load(&k->bias[c])), -sign);
    vec q = multiply_high(magnitude, load(&k->mult[c]), 0, 30);
    return add(q ^ sign, -sign);
}

// The wide residual; where a sum leaves 32 bits, the block is done in 64.
INLINE vec wide(const struct tnpu_job *job, const struct tnpu_lane_constants *k, int c, vec v,
                vec r) {
    vec term = (r - job->f.res_zp) * load(&k->k[c]), sum = add(v, term),
        over = (v ^ sum) & (term ^ sum);
    if (!any_negative(over)) return shift_right(sum, all(job->f.wide_n));
    for (int i = 0; i < WIDTH; i++) {
        int64_t exact = tnpu_ppu_rshift((int64_t)v[i] + term[i], job->f.wide_n);
        sum[i] = exact > INT32_MAX   ? INT32_MAX
                 : exact < INT32_MIN ? INT32_MIN
                                     : (int32_t)exact; // to be clamped to int8 in any case
    }
    return sum;
}

// ADD and SUB
INLINE vec sum_of(const struct tnpu_job *job, const struct tnpu_ppu_addition *a, vec v, vec r) {
    vec y0 = clamp(v, job->f.out_zp, a->pre_min, a->pre_max);
    vec v1 = shift_right(high_mul((y0 - a->z1) * (1 << TNPU_ADD_SHIFT), all(a->m1)), all(a->s1));
    vec v2 =
        shift_right(high_mul((r - job->f.res_zp) * (1 << TNPU_ADD_SHIFT), all(a->m2)), all(a->s2));
    vec both = job->f.res_mode == TNPU_RES_ADD ? add(v1, v2) : add(v1, -v2);
    return shift_right(high_mul(both, all(a->m0)), all(a->s0));
}

static void ppu(const struct tnpu_job *job, const struct tnpu_lane_constants *k,
                const struct tnpu_ppu_addition *a, int n, const int32_t *acc, const int8_t *operand,
                int8_t *y) {
    const struct tnpu_insn *f = &job->f;
    int32_t zero = job->add ? a->z0 : f->out_zp;
    for (int at = 0; at < n; at += WIDTH) {
        int c = at % TNPU_MAX_L;
        vec v = load(acc + at), r = load_bytes(operand + at);
        v = f->requant == TNPU_REQUANT_AVERAGE ? average(k, c, v) : scale(job, k, c, v, r);
        if (job->add)
            v = sum_of(job, a, v, r);
        else if (f->res_mode == TNPU_RES_WIDE)
            v = wide(job, k, c, v, r);
        v = clamp(v, zero, f->act_min, f->act_max);
        if (f->res_mode == TNPU_RES_MAX) v = larger(v, r);
        if (f->res_mode == TNPU_RES_MIN) v = smaller(v, r);
        store_bytes(y + at, v);
    }
}

const struct tnpu_kernels TNPU_KERNELS = {TNPU_KERNELS_NAME, dot, window, tap, ppu};
