// SPDX-License-Identifier: Apache-2.0
// From the scales of a quantised network to the integers that its operators compute with, as TFLite
// prepares its reference kernels. Used by a compiler, once; needs the mathematical library.
//
// Beware of the types: where TFLite multiplies or divides scales in single precision, that rounding
// is part of the result, and so it is here. Every float argument is a scale (> 0) as it stands in
// the network's file.
#ifndef TNPU_PREPARE_H
#define TNPU_PREPARE_H

#include "tnpu_ops.h"

/// Values of `activation`, as in a .tflite file.
enum tnpu_activation { TNPU_ACT_NONE, TNPU_ACT_RELU, TNPU_ACT_RELU_N1_TO_1, TNPU_ACT_RELU6 };

/// A tensor's scale and zero point.
struct tnpu_quantisation {
    float scale;
    int32_t zp;
};

/// factor = mult / 2^31 * 2^shift to 31 bits; below 2^-32 mult is 0. Beyond 2^30 the shift is
/// larger than tnpu_mbqm takes: callers look.
void tnpu_prepare_multiplier(double factor, int32_t *mult, int32_t *shift);

/// Real multiplier of CONV_2D and DEPTHWISE_CONV_2D, and of FULLY_CONNECTED with a scale a channel.
double tnpu_factor_conv(float in, float weights, float out);
/// The same of FULLY_CONNECTED with one scale for all weights: their product is rounded to float.
double tnpu_factor_fully_connected(float in, float weights, float out);

/// Range of bytes of a fused activation.
void tnpu_prepare_activation(enum tnpu_activation a, struct tnpu_quantisation out, int32_t *act_min,
                             int32_t *act_max);

/// Padding before the first row or column under SAME; 0 where there is none.
int32_t tnpu_same_padding(int32_t in, int32_t out, int32_t kernel, int32_t stride,
                          int32_t dilation);

/// Zero points, multipliers and range of ADD and SUB, or of MUL.
void tnpu_prepare_add(struct tnpu_op_binary *p, struct tnpu_quantisation a,
                      struct tnpu_quantisation b, struct tnpu_quantisation out,
                      enum tnpu_activation activation);
void tnpu_prepare_mul(struct tnpu_op_binary *p, struct tnpu_quantisation a,
                      struct tnpu_quantisation b, struct tnpu_quantisation out,
                      enum tnpu_activation activation);

/// Zero points and multiplier of MEAN; p->in is set.
void tnpu_prepare_mean(struct tnpu_op_mean *p, struct tnpu_quantisation in,
                       struct tnpu_quantisation out);

void tnpu_prepare_softmax(struct tnpu_op_softmax *p, float scale, float beta);

/// The tables of tnpu_op_table: table[q + 128] is what becomes of byte q.
typedef int8_t tnpu_table[256];

void tnpu_table_quantize(tnpu_table table, struct tnpu_quantisation in,
                         struct tnpu_quantisation out);
/// RELU: hi is INFINITY; RELU6: 6.
void tnpu_table_relu(tnpu_table table, struct tnpu_quantisation in, struct tnpu_quantisation out,
                     float lo, float hi);
void tnpu_table_leaky_relu(tnpu_table table, struct tnpu_quantisation in,
                           struct tnpu_quantisation out, float alpha);
void tnpu_table_logistic(tnpu_table table, struct tnpu_quantisation in,
                         struct tnpu_quantisation out);
void tnpu_table_tanh(tnpu_table table, struct tnpu_quantisation in, struct tnpu_quantisation out);
/// Returns 0, or -1 where TFLite refuses: an output scale below the input's / 128.
int tnpu_table_hard_swish(tnpu_table table, struct tnpu_quantisation in,
                          struct tnpu_quantisation out);

#endif
