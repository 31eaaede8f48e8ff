// SPDX-License-Identifier: Apache-2.0
// Operators on single values: tables, QUANTIZE, DEQUANTIZE, uint8.
#include "tnpu_numerics.h"
#include "tnpu_ops.h"

void tnpu_op_table(const int8_t table[256], const int8_t *in, int8_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = table[in[i] + 128];
}

/// To nearest, ties away from zero; far outside of int8 it need not be exact.
static int32_t round_near(float x) {
    if (x > 1e6f) return 1000000;
    if (x < -1e6f) return -1000000;
    int32_t whole = (int32_t)x;
    float rest = x - (float)whole; // exact
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

void tnpu_op_quantize(float scale, int32_t zero_point, const float *in, int8_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        int32_t steps = in[i] == in[i] ? round_near(in[i] / scale) : 0;
        out[i] = (int8_t)tnpu_clamp(steps + zero_point, INT8_MIN, INT8_MAX);
    }
}

void tnpu_op_dequantize(float scale, int32_t zero_point, const int8_t *in, float *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = scale * (float)(in[i] - zero_point);
}

void tnpu_op_flip_sign(const uint8_t *in, uint8_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = in[i] ^ 0x80;
}
