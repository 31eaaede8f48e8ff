// SPDX-License-Identifier: Apache-2.0
// Dot products of bytes, the array's work, by the best instructions of the target in force.
#ifndef TNPU_KERNEL_DOT_H
#define TNPU_KERNEL_DOT_H
#include "tnpu_kernel.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif
#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512VNNI__)
// A register of sums holds 4 lanes of 4 partial sums; `regs` registers, 1, 2 or 4, are the lanes
// done at once.
enum { REGS = 4, AT_ONCE = 4 }; // pixels at once

// The sums of 4 * regs lanes, in order
INLINE __m512i fold(int regs, const __m512i s[REGS]) {
    __m512i a = s[0], b = regs > 1 ? s[1] : a, c = regs > 2 ? s[2] : a, d = regs > 2 ? s[3] : a;
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    __m512i sum = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    return _mm512_permutexvar_epi32(
        _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), sum);
}

// The instruction takes its first operand as unsigned: inputs go in 128 too large, and the weights'
// sum times 128 goes off again.
INLINE void dot_regs(int regs, int row_lanes, const int8_t *x, int pixels, int taps,
                     const int8_t *w, int32_t *acc) {
    const __m512i flip = _mm512_set1_epi8(-128);
    const __mmask16 store = (__mmask16)((1U << (4 * regs)) - 1);
    const size_t pixel = (size_t)taps * TNPU_DOT, row = (size_t)row_lanes * TNPU_DOT;
    __m512i extra[REGS];
    for (int z = 0; z < regs; z++) extra[z] = _mm512_setzero_si512();
    for (int t = 0; t < taps; t++)
        for (int z = 0; z < regs; z++)
            extra[z] = _mm512_dpbusd_epi32(extra[z], flip,
                                           _mm512_loadu_si512(w + (size_t)t * row + 64 * z));
    for (int p = 0; p < pixels; p += AT_ONCE) {
        const int8_t *in[AT_ONCE];
        __m512i s[AT_ONCE][REGS];
        for (int i = 0; i < AT_ONCE; i++) in[i] = x + pixel * (size_t)(p + i < pixels ? p + i : p);
        for (int i = 0; i < AT_ONCE; i++)
            for (int z = 0; z < regs; z++) s[i][z] = _mm512_setzero_si512();
        for (int t = 0; t < taps; t++) {
            __m512i weights[REGS];
            for (int z = 0; z < regs; z++)
                weights[z] = _mm512_loadu_si512(w + (size_t)t * row + 64 * z);
            for (int i = 0; i < AT_ONCE; i++) {
                __m128i bytes =
                    _mm_loadu_si128((const __m128i *)(const void *)(in[i] + (size_t)t * TNPU_DOT));
                __m512i u = _mm512_xor_si512(_mm512_broadcast_i32x4(bytes), flip);
                for (int z = 0; z < regs; z++)
                    s[i][z] = _mm512_dpbusd_epi32(s[i][z], u, weights[z]);
            }
        }
        for (int i = 0; i < AT_ONCE && p + i < pixels; i++) {
            for (int z = 0; z < regs; z++) s[i][z] = _mm512_sub_epi32(s[i][z], extra[z]);
            _mm512_mask_storeu_epi32(acc + (size_t)(p + i) * (size_t)row_lanes, store,
                                     fold(regs, s[i]));
        }
    }
}

static void dot(int row, int lanes, const int8_t *x, int pixels, int taps, const int8_t *w,
                int32_t *acc) {
    if (lanes == 4)
        dot_regs(1, row, x, pixels, taps, w, acc);
    else if (lanes == 8)
        dot_regs(2, row, x, pixels, taps, w, acc);
    else
        for (int c = 0; c < lanes; c += 16)
            dot_regs(4, row, x, pixels, taps, w + c * TNPU_DOT, acc + c);
}
#else
// Sum of the products of 16 bytes, over taps that are `step` bytes of weights apart
INLINE int32_t dot_lane(const int8_t *x, int taps, const int8_t *w, size_t step) {
#if defined(__AVX2__)
    __m256i sums = _mm256_setzero_si256();
    for (int t = 0; t < taps; t++, x += TNPU_DOT, w += step) {
        __m256i in = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)x));
        __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)w));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(in, weights));
    }
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1)));
#else
    int64_t sum = 0;
    for (int t = 0; t < taps; t++, x += TNPU_DOT, w += step) {
        int32_t part = 0;
        for (int i = 0; i < TNPU_DOT; i++) part += x[i] * w[i];
        sum += part;
    }
    return (int32_t)(uint32_t)(uint64_t)sum;
#endif
}

static void dot(int row, int lanes, const int8_t *x, int pixels, int taps, const int8_t *w,
                int32_t *acc) {
    const size_t step = (size_t)row * TNPU_DOT;
    for (int p = 0; p < pixels; p++, x += (size_t)taps * TNPU_DOT, acc += row)
        for (int c = 0; c < lanes; c++) acc[c] = dot_lane(x, taps, w + TNPU_DOT * c, step);
}
#endif

#endif
