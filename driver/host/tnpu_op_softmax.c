// SPDX-License-Identifier: Apache-2.0
// SOFTMAX of int8 in fixed point. Q<i> is a signed 32-bit number with i integer bits: 31 - i bits
// of fraction, value range -2^i .. 2^i.
#include "tnpu_numerics.h"
#include "tnpu_ops.h"

#define DIFF_BITS 5 ///< differences to the row's maximum are Q5
#define SUM_BITS 12 ///< the sum of exponentials is Q12: up to 4096 of them

/// x * 2^exponent, saturating.
static int32_t scale_up(int32_t x, int exponent) {
    return tnpu_sat32((int64_t)x * (INT64_C(1) << exponent));
}

/// exp(a) in Q0 for -1/4 <= a < 0 in Q0: a polynomial around -1/8.
static int32_t exp_quarter(int32_t a) {
    const int32_t exp_eighth = 1895147668; // exp(-1/8)
    const int32_t third = 715827883;       // 1/3
    int32_t x = a + (1 << 28);             // a + 1/8
    int32_t x2 = tnpu_srdhm(x, x);
    int32_t x3 = tnpu_srdhm(x2, x);
    int32_t x4 = tnpu_srdhm(x2, x2);
    // x + x^2/2 + x^3/6 + x^4/24
    int32_t tail = tnpu_rdbp(tnpu_srdhm(tnpu_rdbp(x4, 2) + x3, third) + x2, 1);
    return tnpu_sat32((int64_t)exp_eighth + tnpu_srdhm(exp_eighth, x + tail));
}

/// exp(a) in Q0 for a <= 0 in Q5: exp of the rest modulo 1/4, times exp(-2^k) for each bit set.
static int32_t exp_negative(int32_t a) {
    static const int32_t factor[] = {
        1672461947, // exp(-1/4)
        1302514674, // exp(-1/2)
        790015084,  // exp(-1)
        290630308,  // exp(-2)
        39332535,   // exp(-4)
        720401,     // exp(-8)
        242,        // exp(-16)
    };
    const int fraction = 31 - DIFF_BITS;
    const int32_t quarter = 1 << (fraction - 2);
    int32_t rest = (a & (quarter - 1)) - quarter; // -1/4 <= rest < 0
    int32_t result = exp_quarter(scale_up(rest, DIFF_BITS));
    int32_t quarters = rest - a; // a multiple of 1/4
    for (int i = 0; i < 7; i++)
        if (quarters & (1 << (fraction - 2 + i))) result = tnpu_srdhm(result, factor[i]);
    return a == 0 ? INT32_MAX : result;
}

static int leading_zeros(uint32_t x) {
    int n = 0;
    while (n < 32 && !(x >> (31 - n))) n++;
    return n;
}

/// (a + b) / 2, ties away from zero.
static int32_t half_sum(int32_t a, int32_t b) {
    int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// 1 / (1 + a) in Q0 for 0 <= a < 1 in Q0: three steps of Newton's method, in Q2.
static int32_t reciprocal(int32_t a) {
    int32_t half = half_sum(a, INT32_MAX);                  // (1 + a) / 2
    int32_t x = 1515870810 + tnpu_srdhm(half, -1010580540); // 48/17 - 32/17 * half
    for (int i = 0; i < 3; i++) {
        int32_t rest = (1 << 29) - tnpu_srdhm(half, x); // 1 - half * x
        x = tnpu_sat32((int64_t)x + scale_up(tnpu_srdhm(x, rest), 2));
    }
    return scale_up(x, 1); // x is 2 / (1 + a): halved, Q2 to Q0
}

static int32_t exp_of(const struct tnpu_op_softmax *p, int32_t diff) {
    return exp_negative(tnpu_srdhm((int32_t)((uint32_t)diff << p->shift), p->mult));
}

static void softmax_row(const struct tnpu_op_softmax *p, const int8_t *in, int8_t *out) {
    int32_t max = INT8_MIN, sum = 0;
    for (int32_t c = 0; c < p->depth; c++) max = in[c] > max ? in[c] : max;
    for (int32_t c = 0; c < p->depth; c++)
        if (in[c] - max >= p->diff_min) sum += tnpu_rdbp(exp_of(p, in[c] - max), SUM_BITS);
    // sum is 2^(12 - headroom) * (1 + a)
    int headroom = leading_zeros((uint32_t)sum);
    int32_t scale = reciprocal((int32_t)(((uint32_t)sum << headroom) - (UINT32_C(1) << 31)));
    for (int32_t c = 0; c < p->depth; c++) {
        int32_t y = 0;
        if (in[c] - max >= p->diff_min)
            y = tnpu_rdbp(tnpu_srdhm(scale, exp_of(p, in[c] - max)), SUM_BITS - headroom + 31 - 8);
        out[c] = (int8_t)tnpu_clamp(y + INT8_MIN, INT8_MIN, INT8_MAX);
    }
}

void tnpu_op_softmax(const struct tnpu_op_softmax *p, const int8_t *in, int8_t *out) {
    for (int32_t row = 0; row < p->rows; row++)
        softmax_row(p, in + row * p->depth, out + row * p->depth);
}
