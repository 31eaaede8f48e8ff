// SPDX-License-Identifier: Apache-2.0
// Multipliers, ranges and paddings from scales and options.
#include "tnpu_prepare.h"

#include "tnpu_numerics.h"

#include <math.h>

void tnpu_prepare_multiplier(double factor, int32_t *mult, int32_t *shift) {
    int exponent;
    int64_t q = llround(ldexp(frexp(factor, &exponent), 31));
    if (q == INT64_C(1) << 31) {
        q /= 2;
        exponent++;
    }
    if (exponent < -31) q = exponent = 0; // every product would be shifted out
    *mult = (int32_t)q;
    *shift = exponent;
}

double tnpu_factor_conv(float in, float weights, float out) {
    return (double)in * (double)weights / (double)out;
}

double tnpu_factor_fully_connected(float in, float weights, float out) {
    float product = in * weights;
    return (double)product / (double)out;
}

/// A real value's byte, not limited to int8.
static int64_t byte_of(float value, struct tnpu_quantisation q) {
    float steps = roundf(value / q.scale);
    return q.zp + (int64_t)fminf(fmaxf(steps, -1e9f), 1e9f);
}

void tnpu_prepare_activation(enum tnpu_activation a, struct tnpu_quantisation out, int32_t *act_min,
                             int32_t *act_max) {
    int64_t lo = INT8_MIN, hi = INT8_MAX;
    if (a == TNPU_ACT_RELU || a == TNPU_ACT_RELU6) lo = byte_of(0.0f, out);
    if (a == TNPU_ACT_RELU6) hi = byte_of(6.0f, out);
    if (a == TNPU_ACT_RELU_N1_TO_1) {
        lo = byte_of(-1.0f, out);
        hi = byte_of(1.0f, out);
    }
    *act_min = lo < INT8_MIN ? INT8_MIN : (int32_t)lo;
    *act_max = hi > INT8_MAX ? INT8_MAX : (int32_t)hi;
}

int32_t tnpu_same_padding(int32_t in, int32_t out, int32_t kernel, int32_t stride,
                          int32_t dilation) {
    int32_t total = (out - 1) * stride + (kernel - 1) * dilation + 1 - in;
    return total > 0 ? total / 2 : 0;
}

void tnpu_prepare_add(struct tnpu_op_binary *p, struct tnpu_quantisation a,
                      struct tnpu_quantisation b, struct tnpu_quantisation out,
                      enum tnpu_activation activation) {
    double twice_max = 2 * (a.scale > b.scale ? a.scale : b.scale);
    p->a_zp = a.zp;
    p->b_zp = b.zp;
    p->out_zp = out.zp;
    tnpu_prepare_multiplier(a.scale / twice_max, &p->a_mult, &p->a_shift);
    tnpu_prepare_multiplier(b.scale / twice_max, &p->b_mult, &p->b_shift);
    tnpu_prepare_multiplier(twice_max / (double)(1048576.0f * out.scale), &p->out_mult,
                            &p->out_shift);
    tnpu_prepare_activation(activation, out, &p->act_min, &p->act_max);
}

void tnpu_prepare_mul(struct tnpu_op_binary *p, struct tnpu_quantisation a,
                      struct tnpu_quantisation b, struct tnpu_quantisation out,
                      enum tnpu_activation activation) {
    float product = a.scale * b.scale;
    float factor = product / out.scale;
    p->a_zp = a.zp;
    p->b_zp = b.zp;
    p->out_zp = out.zp;
    tnpu_prepare_multiplier((double)factor, &p->out_mult, &p->out_shift);
    tnpu_prepare_activation(activation, out, &p->act_min, &p->act_max);
}

void tnpu_prepare_mean(struct tnpu_op_mean *p, struct tnpu_quantisation in,
                       struct tnpu_quantisation out) {
    int64_t pixels = (int64_t)p->in.h * p->in.w;
    p->in_zp = in.zp;
    p->out_zp = out.zp;
    tnpu_prepare_multiplier((double)in.scale / (double)out.scale, &p->mult, &p->shift);
    int32_t shift = 0; // of the count, taken from the multiplier's before the division
    while (pixels >> (shift + 1)) shift++;
    shift = shift < 32 ? shift : 32;
    shift = shift < 31 + p->shift ? shift : 31 + p->shift;
    p->mult = (int32_t)(((int64_t)p->mult << shift) / pixels);
    p->shift -= shift;
}

void tnpu_prepare_softmax(struct tnpu_op_softmax *p, float scale, float beta) {
    const int diff_bits = 5; // integer bits of a difference in fixed point
    double factor = (double)beta * (double)scale * (double)(1 << (31 - diff_bits));
    tnpu_prepare_multiplier(fmin(factor, 2147483647.0), &p->mult, &p->shift);
    double radius = ldexp((double)((1 << diff_bits) - 1), 31 - diff_bits - p->shift);
    p->diff_min = -(int32_t)floor(radius < 1e6 ? radius : 1e6);
}
