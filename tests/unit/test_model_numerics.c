// SPDX-License-Identifier: Apache-2.0
// Post-processing against TensorFlow Lite's reference definitions, written down here anew in their
// own terms; and every set of vector kernels against the plain code.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model_random.h"
#include "tnpu_fast.h"

// ---- TensorFlow Lite (gemmlowp) in 128 bits and divisions

static int64_t floor_div(__int128 a, int64_t b) {
    return (int64_t)(a >= 0 ? a / b : -((-a + b - 1) / b));
}
static int32_t low32(int64_t v) {
    return (int32_t)(uint32_t)(uint64_t)v;
}
static int32_t limit32(int64_t v) {
    return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
}

// SaturatingRoundingDoublingHighMul: a nudge by the sign of the product, then a division that
// truncates
static int32_t ref_high_mul(int64_t a, int32_t b) {
    __int128 p = (__int128)a * b;
    return limit32((int64_t)((p + (p >= 0 ? (1 << 30) : 1 - (1 << 30))) / ((int64_t)1 << 31)));
}

// RoundingDivideByPOT: to nearest, half away from zero
static int64_t ref_divide_by_pot(int64_t v, int e) {
    __int128 d = (__int128)1 << e, magnitude = v < 0 ? -(__int128)v : v,
             q = (2 * magnitude + d) / (2 * d);
    return (int64_t)(v < 0 ? -q : q);
}

static int32_t ref_mbqm(int32_t a, int32_t mult, int shift) {
    int64_t shifted = (int64_t)((__int128)a * ((__int128)1 << (shift > 0 ? shift : 0)));
    return (int32_t)ref_divide_by_pot(ref_high_mul(low32(shifted), mult), shift < 0 ? -shift : 0);
}

static int64_t ref_clamp(int64_t v, int64_t min, int64_t max) {
    return v < min ? min : v > max ? max : v;
}

struct lane {
    int32_t acc, bias, post, mult, shift, k;
    int8_t r;
};

static int8_t ref_lane(const struct tnpu_insn *f, const struct lane *l,
                       const struct tnpu_ppu_addition *a) {
    int64_t v;
    if (f->requant == 2) {
        int64_t magnitude = low32((l->acc < 0 ? -(int64_t)l->acc : l->acc) + l->bias);
        int32_t q = low32(floor_div((__int128)magnitude * l->mult, 1 << 30));
        v = l->acc < 0 ? low32(-(int64_t)q) : q;
    } else {
        int32_t t = low32((int64_t)l->acc + l->bias);
        if (f->relu_first && t < 0) t = 0;
        t = limit32((int64_t)t + l->post);
        if (f->res_mode == TNPU_RES_MUL) t = (int16_t)low32(t) * (l->r - f->res_zp);
        v = ref_mbqm(t, l->mult, l->shift);
    }
    if (f->res_mode == TNPU_RES_ADD || f->res_mode == TNPU_RES_SUB) {
        int64_t y0 = ref_clamp(v + f->out_zp, a->pre_min, a->pre_max);
        int64_t v1 = ref_divide_by_pot(ref_high_mul((y0 - a->z1) * (1 << 20), a->m1), a->s1);
        int64_t v2 =
            ref_divide_by_pot(ref_high_mul((int64_t)(l->r - f->res_zp) * (1 << 20), a->m2), a->s2);
        int32_t sum = low32(f->res_mode == TNPU_RES_ADD ? v1 + v2 : v1 - v2);
        return (int8_t)ref_clamp(ref_divide_by_pot(ref_high_mul(sum, a->m0), a->s0) + a->z0,
                                 f->act_min, f->act_max);
    }
    if (f->res_mode == TNPU_RES_WIDE)
        v = ref_divide_by_pot(v + (int64_t)(l->r - f->res_zp) * l->k, f->wide_n);
    int64_t y = ref_clamp(v + f->out_zp, f->act_min, f->act_max);
    if (f->res_mode == TNPU_RES_MAX && l->r > y) y = l->r;
    if (f->res_mode == TNPU_RES_MIN && l->r < y) y = l->r;
    return (int8_t)y;
}

// ---- random numbers that sit where rounding and saturation turn

static int32_t edgy(uint64_t *seed) {
    const int32_t edges[] = {0, 1, -1, INT32_MAX, INT32_MIN, INT32_MIN + 1, 1 << 30, -(1 << 30)};
    uint32_t r = model_random(seed);
    if (r % 4 == 0) return edges[r >> 8 & 7];
    return (int32_t)model_random(seed) >> (r >> 8 & 31);
}

static int8_t edgy_byte(uint64_t *seed) {
    uint32_t r = model_random(seed);
    return (int8_t)(r % 8 == 0 ? -128 : r % 8 == 1 ? 127 : (int)(r >> 8 & 255) - 128);
}

static void mbqm(void **state) {
    (void)state;
    uint64_t seed = 11;
    for (int shift = -32; shift <= 31; shift++)
        for (int i = 0; i < 4000; i++) {
            int32_t a = edgy(&seed), mult = edgy(&seed);
            assert_int_equal(tnpu_ppu_mbqm(a, mult, shift), ref_mbqm(a, mult, shift));
        }
    // ties, away from zero, counted by hand: a / 2, then / 4
    const int32_t tie[][2] = {{2, 0},   {4, 1},    {5, 1},  {12, 2},
                              {-4, -1}, {-12, -2}, {-3, 0}, {3, 1}};
    for (size_t i = 0; i < sizeof tie / sizeof *tie; i++)
        assert_int_equal(tnpu_ppu_mbqm(tie[i][0], 1 << 30, -2), tie[i][1]);
    assert_int_equal(tnpu_ppu_mbqm(INT32_MIN, INT32_MIN, 0), INT32_MAX);
    assert_int_equal(tnpu_ppu_mbqm(INT32_MIN, INT32_MIN, -31), 1);
    assert_int_equal(tnpu_ppu_mbqm(1000, 0, 5), 0);
    assert_int_equal(tnpu_ppu_mbqm(100, -(1 << 30), 1), -100);
}

// Draws a job and its constants; half the times so that results are not all at the limits.
static void draw(uint64_t *seed, struct tnpu_insn *f, struct lane *lanes, int count,
                 struct tnpu_ppu_addition *a) {
    bool tame = model_random(seed) % 2;
    memset(f, 0, sizeof *f);
    f->opcode = TNPU_OP_ELTWISE;
    f->in_h = f->kh = f->kw = f->nchunk = f->pool_w = f->pool_h = f->tile = f->out_w = f->out_h =
        f->in_w = 1;
    f->requant = model_random_in(seed, 0, 2);
    f->res_mode = model_random_in(seed, 0, 6);
    f->relu_first = (int)(model_random(seed) % 2);
    f->out_zp = edgy_byte(seed);
    f->res_zp = edgy_byte(seed);
    f->act_min = tame ? -128 : edgy_byte(seed);
    f->act_max = tame ? 127 : edgy_byte(seed); // below act_min at times
    f->wide_n = model_random_in(seed, 0, tame ? 12 : 31);
    *a = (struct tnpu_ppu_addition){edgy(seed),
                                    edgy(seed),
                                    edgy(seed),
                                    model_random_in(seed, 0, 31),
                                    model_random_in(seed, 0, 31),
                                    model_random_in(seed, 0, 31),
                                    edgy_byte(seed),
                                    edgy_byte(seed),
                                    edgy_byte(seed),
                                    edgy_byte(seed)};
    if (tame)
        *a = (struct tnpu_ppu_addition){
            1 << 30, 1518500250, 1200000000, 1, model_random_in(seed, 0, 4), 18, 5, -3, -128, 127};
    for (int i = 0; i < count; i++) {
        struct lane *l = &lanes[i];
        *l = (struct lane){edgy(seed),
                           edgy(seed),
                           edgy(seed),
                           edgy(seed),
                           model_random_in(seed, -32, 31),
                           (int16_t)edgy(seed),
                           edgy_byte(seed)};
        if (tame)
            *l = (struct lane){model_random_in(seed, -99999, 99999),
                               model_random_in(seed, -999, 999),
                               model_random_in(seed, -999, 999),
                               model_random_in(seed, 1 << 30, INT32_MAX),
                               model_random_in(seed, -14, -8),
                               model_random_in(seed, -9999, 9999),
                               edgy_byte(seed)};
    }
}

static void post_processing(void **state) {
    (void)state;
    uint64_t seed = 12;
    for (int round = 0; round < 40000; round++) {
        const struct tnpu_config *cfg = &tnpu_configs[round % TNPU_NUM_CONFIGS];
        struct lane lanes[TNPU_MAX_L];
        struct tnpu_insn f;
        struct tnpu_job job;
        struct tnpu_ppu_params p;
        struct tnpu_ppu_addition a;
        struct tnpu_lane_constants k;
        int32_t acc[TNPU_MAX_L];
        int8_t r[TNPU_MAX_L], y[TNPU_MAX_L], want[TNPU_MAX_L];
        draw(&seed, &f, lanes, cfg->lanes, &a);
        f.out_c = cfg->lanes;
        tnpu_job_init(&job, cfg, &f);
        for (int i = 0; i < TNPU_MAX_L; i++) {
            struct lane *l = &lanes[i % cfg->lanes];
            acc[i] = l->acc, r[i] = l->r;
            if (f.requant == 0) l->bias = l->post = 0, l->mult = 1 << 30, l->shift = 1;
            p.bias[i] = l->bias, p.post[i] = l->post, p.mult[i] = l->mult, p.shift[i] = l->shift,
            p.k[i] = l->k;
            want[i] = ref_lane(&f, l, &a);
        }
        tnpu_ppu(&job, &p, &a, acc, r, y);
        assert_memory_equal(y, want, (size_t)cfg->lanes);
        tnpu_lane_constants_make(&k, &p, &job);
        const struct tnpu_kernels *set;
        for (int n = 0; (set = tnpu_kernels_nth(n)); n++) {
            set->ppu(&job, &k, &a, TNPU_MAX_L, acc, r, y);
            assert_memory_equal(y, want, TNPU_MAX_L);
        }
    }
}

// AVERAGE_POOL_2D: (acc + n / 2) / n and (acc - n / 2) / n, truncating, for all window sizes and
// sums at and beside the ties
static void averages(void **state) {
    (void)state;
    const struct tnpu_config *cfg = tnpu_config_find("t256");
    struct tnpu_insn f = {.opcode = TNPU_OP_POOL,
                          .requant = 2,
                          .act_min = -128,
                          .act_max = 127,
                          .out_c = 16,
                          .in_h = 1,
                          .kh = 1,
                          .kw = 1,
                          .nchunk = 1,
                          .pool_w = 1,
                          .pool_h = 1,
                          .tile = 1,
                          .out_w = 1,
                          .out_h = 1};
    struct tnpu_job job;
    tnpu_job_init(&job, cfg, &f);
    for (int n = 1; n <= 2896; n++) {
        struct tnpu_ppu_params p;
        tnpu_ppu_default_params(&p);
        int8_t y[TNPU_MAX_L], r[TNPU_MAX_L] = {0};
        for (int c = 0; c < 16; c++) p.bias[c] = n / 2, p.mult[c] = (1 << 30) / n + 1;
        for (int m = -128; m <= 127; m += n % 16 ? 17 : 1) {
            int32_t acc[TNPU_MAX_L];
            for (int c = 0; c < 16; c++)
                acc[c] = (int32_t)ref_clamp((int64_t)m * n + (c - 8) * (n > 16 ? n / 16 : 1),
                                            -128 * n, 127 * n);
            acc[0] = m * n + (m > 0 ? -1 : 1) * (n / 2);
            tnpu_ppu(&job, &p, NULL, acc, r, y);
            for (int c = 0; c < 16; c++)
                assert_int_equal(y[c], (acc[c] > 0 ? acc[c] + n / 2 : acc[c] - n / 2) / n);
        }
    }
}

// The kernels' sums against the plain loops
static void sums(void **state) {
    (void)state;
    uint64_t seed = 13;
    static int8_t x[9][TNPU_FAST_PIXELS * TNPU_DOT * 9], w[TNPU_MAX_L * TNPU_DOT * 9];
    static int32_t acc[TNPU_FAST_PIXELS * TNPU_MAX_L + TNPU_BLOCK];
    for (int round = 0; round < 200; round++) {
        for (int t = 0; t < 9; t++)
            for (size_t i = 0; i < sizeof x[0]; i++) x[t][i] = edgy_byte(&seed);
        for (size_t i = 0; i < sizeof w; i++) w[i] = round ? edgy_byte(&seed) : -128;
        int lanes = 4 << round % 4, taps = model_random_in(&seed, 1, 9),
            pixels = model_random_in(&seed, 1, 19);
        const struct tnpu_kernels *set;
        for (int n = 0; (set = tnpu_kernels_nth(n)); n++) {
            int sets = 1 + (lanes == 32 && round % 8 == 7); // of lanes, each with its own inputs
            for (int s = 0, n_s = lanes / sets; s < sets; s++)
                set->dot(lanes, n_s, x[s], pixels, taps, w + s * n_s * TNPU_DOT, acc + s * n_s);
            for (int p = 0; p < pixels; p++)
                for (int c = 0; c < lanes; c++) {
                    int32_t sum = 0;
                    for (int i = 0; i < taps * TNPU_DOT; i++)
                        sum += x[c / (lanes / sets)][p * taps * TNPU_DOT + i] *
                               w[(i / TNPU_DOT * lanes + c) * TNPU_DOT + i % TNPU_DOT];
                    assert_int_equal(acc[p * lanes + c], sum);
                }
            int32_t flat[9][TNPU_MAX_L];
            const int8_t *rows[9];
            for (int t = 0; t < 9; t++) {
                rows[t] = x[t];
                for (int c = 0; c < TNPU_MAX_L; c++) flat[t][c] = w[c % lanes * TNPU_DOT + t];
            }
            set->window(rows, (const int32_t(*)[TNPU_MAX_L])flat, pixels * lanes, acc);
            for (int i = 0; i < pixels * lanes; i++) {
                int32_t sum = 0;
                for (int t = 0; t < 9; t++) sum += x[t][i] * w[i % lanes * TNPU_DOT + t];
                assert_int_equal(acc[i], sum);
            }
            for (int i = 0; i < pixels * lanes; i++) acc[i] = INT32_MAX - i; // sums wrap
            set->tap(TNPU_TAP_MAC, x[1], flat[0], pixels * lanes, acc);
            for (int i = 0; i < pixels * lanes; i++)
                assert_int_equal(acc[i],
                                 low32((int64_t)INT32_MAX - i + x[1][i] * flat[0][i % TNPU_MAX_L]));
            set->tap(TNPU_TAP_LOAD, x[2], flat[0], pixels * lanes, acc);
            set->tap(TNPU_TAP_MAX, x[3], flat[0], pixels * lanes, acc);
            set->tap(TNPU_TAP_SUM, x[4], flat[0], pixels * lanes, acc);
            for (int i = 0; i < pixels * lanes; i++)
                assert_int_equal(acc[i], (x[2][i] > x[3][i] ? x[2][i] : x[3][i]) + x[4][i]);
        }
    }
}

// Where the constants lie in their rows, byte by byte
static void rows(void **state) {
    (void)state;
    int8_t row[2 * TNPU_DOT];
    for (int i = 0; i < 2 * TNPU_DOT; i++) row[i] = (int8_t)(i % 2 ? i + 100 : -(i + 1));
    struct tnpu_ppu_params p;
    tnpu_ppu_load_params(&p, row, 2);
    assert_int_equal(p.bias[0], (int32_t)0x67FD65FF); // bytes 255, 101, 253, 103
    assert_int_equal(p.post[0], (int32_t)0x6BF969FB);
    assert_int_equal(p.mult[0], (int32_t)0x6FF56DF7);
    assert_int_equal(p.shift[0], -13); // -13 is 243: 51 in its low six bits, -13 in six bits
    assert_int_equal(p.k[0], 0x73F1);
    assert_int_equal(p.bias[1], (int32_t)0x77ED75EF);
    assert_int_equal(p.k[1], (int16_t)0x83E1);
    struct tnpu_ppu_addition a;
    tnpu_ppu_load_addition(&a, row);
    assert_int_equal(a.m1, (int32_t)0x67FD65FF);
    assert_int_equal(a.m2, (int32_t)0x6BF969FB);
    assert_int_equal(a.m0, (int32_t)0x6FF56DF7);
    assert_int_equal(a.s1, 243 & 31);
    assert_int_equal(a.s2, 113 & 31);
    assert_int_equal(a.s0, 241 & 31);
    assert_int_equal(a.z0, -17);
    assert_int_equal(a.pre_min, 117);
    assert_int_equal(a.pre_max, -19);
    assert_int_equal(a.z1, 119);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mbqm),     cmocka_unit_test(rows), cmocka_unit_test(post_processing),
        cmocka_unit_test(averages), cmocka_unit_test(sums),
    };
    return cmocka_run_group_tests_name("model_numerics", tests, NULL, NULL);
}
