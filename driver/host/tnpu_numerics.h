// SPDX-License-Identifier: Apache-2.0
// The fixed-point arithmetic of requantisation, bit for bit that of TensorFlow Lite's reference
// kernels (the double-rounding variant, which is what its interpreter builds by default).
//
// Sources: gemmlowp fixedpoint/fixedpoint.h, SaturatingRoundingDoublingHighMul and
// RoundingDivideByPOT; TensorFlow Lite kernels/internal/common.h, MultiplyByQuantizedMultiplier.
#ifndef TNPU_NUMERICS_H
#define TNPU_NUMERICS_H

#include <stdint.h>

/// x limited to [lo, hi].
static inline int32_t tnpu_clamp(int64_t x, int32_t lo, int32_t hi) {
    return x < lo ? lo : x > hi ? hi : (int32_t)x;
}

/// x limited to the range of int32.
static inline int32_t tnpu_sat32(int64_t x) {
    return tnpu_clamp(x, INT32_MIN, INT32_MAX);
}

/// SaturatingRoundingDoublingHighMul: a * b / 2^31 to nearest, ties upwards for a positive product
/// and towards zero for a negative one (a nudge, then a division that truncates); the one product
/// that does not fit, INT32_MIN * INT32_MIN, gives INT32_MAX.
static inline int32_t tnpu_srdhm(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
    int64_t ab = (int64_t)a * b;
    int64_t nudge = ab >= 0 ? 1 << 30 : 1 - (1 << 30);
    return (int32_t)((ab + nudge) / (INT64_C(1) << 31));
}

/// RoundingDivideByPOT in 64 bits: x / 2^exponent to nearest, ties away from zero. exponent 0..62.
/// For an x of int32 it equals gemmlowp's 32-bit function.
static inline int64_t tnpu_rdbp64(int64_t x, int exponent) {
    int64_t mask = (INT64_C(1) << exponent) - 1;
    int64_t remainder = x & mask;
    int64_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + (remainder > threshold);
}

/// RoundingDivideByPOT: as tnpu_rdbp64 for an int32. exponent 0..31.
static inline int32_t tnpu_rdbp(int32_t x, int exponent) {
    return (int32_t)tnpu_rdbp64(x, exponent);
}

/// MultiplyByQuantizedMultiplier: x * mult / 2^31 * 2^shift with two roundings; shift -31..30, mult
/// of any sign. A left shift (shift > 0) comes first and drops bits above the 31st: the compiler
/// proves for each channel that none are lost.
static inline int32_t tnpu_mbqm(int32_t x, int32_t mult, int shift) {
    int left = shift > 0 ? shift : 0;
    int right = shift > 0 ? 0 : -shift;
    return tnpu_rdbp(tnpu_srdhm((int32_t)((uint32_t)x << left), mult), right);
}

/// An operand of TensorFlow Lite's int8 ADD and SUB, less its zero point, on their common scale.
static inline int32_t tnpu_add_operand(int x, int32_t mult, int shift) {
    return tnpu_rdbp(tnpu_srdhm(x * (1 << 20), mult), shift);
}

#endif
