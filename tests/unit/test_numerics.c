// SPDX-License-Identifier: Apache-2.0
// Requantisation arithmetic against its definition in exact (128-bit) integers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_numerics.h"

__extension__ typedef __int128 wide;

/// Rounds x / 2^e to nearest, ties away from zero.
static wide divide_away(wide x, int e) {
    wide half = e ? (wide)1 << (e - 1) : 0;
    return x < 0 ? -((-x + half) >> e) : (x + half) >> e;
}

/// Rounds a * b / 2^31 to nearest, ties up, limited to int32.
static wide high_mul(wide a, wide b) {
    wide y = (a * b + ((wide)1 << 30)) >> 31;
    return y > INT32_MAX ? INT32_MAX : y;
}

static wide mbqm(wide x, wide mult, int shift) {
    return divide_away(high_mul(shift > 0 ? x * (1 << shift) : x, mult), shift > 0 ? 0 : -shift);
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static const int32_t edges[] = {INT32_MIN,
                                INT32_MIN + 1,
                                -(1 << 30) - 1,
                                -(1 << 30),
                                -(1 << 30) + 1,
                                -65537,
                                -65536,
                                -3,
                                -2,
                                -1,
                                0,
                                1,
                                2,
                                3,
                                65535,
                                65536,
                                (1 << 30) - 1,
                                1 << 30,
                                (1 << 30) + 1,
                                INT32_MAX - 1,
                                INT32_MAX};
#define EDGES (sizeof edges / sizeof *edges)

static void high_mul_at_edges_and_ties(void **state) {
    (void)state;
    for (size_t i = 0; i < EDGES; i++)
        for (size_t j = 0; j < EDGES; j++)
            assert_true(tnpu_srdhm(edges[i], edges[j]) == high_mul(edges[i], edges[j]));
    assert_int_equal(tnpu_srdhm(INT32_MIN, INT32_MIN), INT32_MAX);
    assert_int_equal(tnpu_srdhm(1 << 30, 1), 1);  // 0.5 goes up
    assert_int_equal(tnpu_srdhm(1 << 30, -1), 0); // -0.5 goes up as well
    assert_int_equal(tnpu_srdhm(1 << 30, 3), 2);
    assert_int_equal(tnpu_srdhm(1 << 30, -3), -1);
}

static void rounding_division_ties_away(void **state) {
    (void)state;
    for (int e = 0; e <= 31; e++)
        for (size_t i = 0; i < EDGES; i++)
            for (int d = -2; d <= 2; d++) {
                int64_t x = (int64_t)edges[i] + d;
                assert_true(tnpu_rdbp64(x, e) == divide_away(x, e));
                if (x >= INT32_MIN && x <= INT32_MAX)
                    assert_true(tnpu_rdbp((int32_t)x, e) == divide_away(x, e));
            }
    assert_int_equal(tnpu_rdbp(5, 1), 3);
    assert_int_equal(tnpu_rdbp(-5, 1), -3);
    for (int e = 32; e <= 62; e++) // the wide residual's sums go beyond int32
        for (int sign = -1; sign <= 1; sign += 2) {
            int64_t tie = sign * (INT64_C(3) << (e - 1 < 61 ? e - 1 : 60));
            assert_true(tnpu_rdbp64(tie, e) == divide_away(tie, e));
        }
}

static void multiplier_all_shifts(void **state) {
    (void)state;
    static const int32_t mults[] = {0,          1,           -1,        1 << 30,  -(1 << 30),
                                    1518500250, -1518500250, INT32_MAX, INT32_MIN};
    for (int shift = -31; shift <= 30; shift++)
        for (size_t m = 0; m < sizeof mults / sizeof *mults; m++)
            for (size_t i = 0; i < EDGES; i++) {
                int left = shift > 0 ? shift : 0;
                int32_t x = edges[i] / (1 << left); // what the compiler proves: no bit is lost
                assert_true(tnpu_mbqm(x, mults[m], shift) == mbqm(x, mults[m], shift));
            }
}

static void multiplier_random(void **state) {
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 1000000; i++) {
        int shift = (int)(next(&seed) % 62) - 31, left = shift > 0 ? shift : 0;
        int32_t mult = (int32_t)next(&seed);
        int32_t x = (int32_t)((int32_t)next(&seed) / (INT64_C(1) << left));
        x /= 1 << next(&seed) % 20;
        assert_true(tnpu_mbqm(x, mult, shift) == mbqm(x, mult, shift));
    }
}

static void saturation(void **state) {
    (void)state;
    assert_int_equal(tnpu_sat32(INT64_C(1) << 40), INT32_MAX);
    assert_int_equal(tnpu_sat32(-(INT64_C(1) << 40)), INT32_MIN);
    assert_int_equal(tnpu_sat32((int64_t)INT32_MAX + 1), INT32_MAX);
    assert_int_equal(tnpu_sat32((int64_t)INT32_MIN - 1), INT32_MIN);
    assert_int_equal(tnpu_sat32(-7), -7);
    assert_int_equal(tnpu_clamp(300, -128, 127), 127);
    assert_int_equal(tnpu_clamp(-300, -128, 127), -128);
    assert_int_equal(tnpu_clamp(5, 6, 7), 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(high_mul_at_edges_and_ties),
        cmocka_unit_test(rounding_division_ties_away),
        cmocka_unit_test(multiplier_all_shifts),
        cmocka_unit_test(multiplier_random),
        cmocka_unit_test(saturation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
