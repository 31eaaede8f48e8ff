// SPDX-License-Identifier: Apache-2.0
// What each operator of a single byte makes of all 256 of them.
#include "tnpu_numerics.h"
#include "tnpu_prepare.h"

#include <math.h>
#include <stdbool.h>

static int8_t to_byte(int64_t x) {
    return (int8_t)tnpu_clamp(x, INT8_MIN, INT8_MAX);
}

/// To the nearest, far beyond a byte at most: scales may be anything.
static int64_t whole(float x) {
    return (int64_t)fminf(fmaxf(roundf(x), -1e9f), 1e9f);
}

/// A factor between two scales.
struct requantiser {
    int32_t mult, shift;
};

static struct requantiser requantiser(double factor) {
    struct requantiser r;
    tnpu_prepare_multiplier(factor, &r.mult, &r.shift);
    return r;
}

/// A factor of 2^31 and more is no network's: TFLite's result is undefined, this one is a number.
static int64_t apply(struct requantiser r, int32_t x) {
    return tnpu_mbqm(x, r.mult, r.shift < 31 ? r.shift : 31);
}

void tnpu_table_quantize(tnpu_table table, struct tnpu_quantisation in,
                         struct tnpu_quantisation out) {
    struct requantiser r = requantiser((double)in.scale / (double)out.scale);
    for (int q = -128; q < 128; q++) table[q + 128] = to_byte(apply(r, q - in.zp) + out.zp);
}

void tnpu_table_relu(tnpu_table table, struct tnpu_quantisation in, struct tnpu_quantisation out,
                     float lo, float hi) {
    float factor = in.scale / out.scale;
    struct requantiser r = requantiser((double)factor);
    int64_t min = out.zp + whole(lo / out.scale);
    int64_t max = isinf(hi) ? INT8_MAX : out.zp + whole(hi / out.scale);
    min = min < INT8_MIN ? INT8_MIN : min;
    max = max > INT8_MAX ? INT8_MAX : max;
    for (int q = -128; q < 128; q++) {
        int64_t y = apply(r, q - in.zp) + out.zp;
        y = y < min ? min : y;
        table[q + 128] = to_byte(y < max ? y : max);
    }
}

void tnpu_table_leaky_relu(tnpu_table table, struct tnpu_quantisation in,
                           struct tnpu_quantisation out, float alpha) {
    float slope = in.scale * alpha;
    slope /= out.scale;
    float identity = in.scale / out.scale;
    struct requantiser below = requantiser((double)slope), above = requantiser((double)identity);
    bool negative = below.mult < 0; // TFLite multiplies by its magnitude
    if (negative) below.mult = -below.mult;
    for (int q = -128; q < 128; q++) {
        int32_t x = q - in.zp;
        int64_t y = apply(x < 0 ? below : above, x);
        table[q + 128] = to_byte(out.zp + (x < 0 && negative ? -y : y));
    }
}

/// A function in single precision, tabulated.
static void tabulate(tnpu_table table, struct tnpu_quantisation in, struct tnpu_quantisation out,
                     float (*function)(float)) {
    float inverse = 1.0f / out.scale;
    for (int q = -128; q < 128; q++) {
        float x = in.scale * (float)(q - in.zp);
        table[q + 128] = to_byte(whole(function(x) * inverse) + out.zp);
    }
}

static float logistic(float x) {
    return 1.0f / (1.0f + expf(-x));
}

void tnpu_table_logistic(tnpu_table table, struct tnpu_quantisation in,
                         struct tnpu_quantisation out) {
    tabulate(table, in, out, logistic);
}

void tnpu_table_tanh(tnpu_table table, struct tnpu_quantisation in, struct tnpu_quantisation out) {
    tabulate(table, in, out, tanhf);
}

static int16_t saturate16(int64_t x) {
    return (int16_t)tnpu_clamp(x, INT16_MIN, INT16_MAX);
}

/// a * b / 2^15 to nearest, ties away from zero for a positive and towards zero for a negative
/// product. Multipliers are never negative, so it cannot overflow.
static int16_t multiply16(int16_t a, int16_t b) {
    int32_t product = a * b;
    return (int16_t)((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

/// The upper half of a multiplier, rounded.
static int16_t upper16(int32_t mult) {
    return mult >= INT32_MAX - (1 << 15) ? INT16_MAX : (int16_t)((mult + (1 << 15)) >> 16);
}

/// x * 2^exponent: saturating to the left, rounding to the right.
static int16_t scale16(int16_t x, int exponent) {
    if (exponent < 0) return (int16_t)tnpu_rdbp(x, -exponent);
    return saturate16((int64_t)x * (INT64_C(1) << (exponent < 16 ? exponent : 16)));
}

int tnpu_table_hard_swish(tnpu_table table, struct tnpu_quantisation in,
                          struct tnpu_quantisation out) {
    float fine = 1.0f / 128.0f * in.scale; // the input's scale with 7 bits more
    float to_out = fine / out.scale, to_relu = fine / (3.0f / 32768.0f);
    struct requantiser o = requantiser((double)to_out), r = requantiser((double)to_relu);
    if (o.shift > 0) return -1;
    for (int q = -128; q < 128; q++) {
        int16_t x = (int16_t)((q - in.zp) * 128);
        int16_t y = multiply16(x, upper16(o.mult));
        // relu6(x + 3) / 6 in 16 bits: x / 3 saturated to -1..1, then moved to 0..1. The last bit
        // of a left shift comes after the multiplication, where it may saturate.
        int16_t gate = r.shift > 0 ? scale16(x, r.shift - 1) : x;
        gate = scale16(multiply16(gate, upper16(r.mult)), r.shift > 0 ? 1 : r.shift);
        gate = (int16_t)((gate + (1 << 15)) >> 1);
        int16_t product = (int16_t)(gate * y / (1 << 15)); // rounds towards zero
        table[q + 128] = to_byte(tnpu_rdbp(product, -o.shift) + out.zp);
    }
    return 0;
}
