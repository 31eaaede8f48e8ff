// SPDX-License-Identifier: Apache-2.0
// Operators of int8 TensorFlow Lite networks in plain C, for the host: what the NPU has not, what
// does not fit it, and SOFTMAX, QUANTIZE and DEQUANTIZE at its edges. Byte for byte what TFLite's
// reference kernels give (test_ops holds them against the vectors of tests/vectors/tflite).
//
// Made for a microcontroller: C11, no allocation, no global state, no library but stdint.h and
// string.h. Every buffer is the caller's; tensors are dense, rows x columns x channels (HWC), batch
// 1. An operator is a struct of parameters, which tnpu_prepare.h computes from real scales (once,
// on the side of the compiler), and a call:
//
//     static const struct tnpu_op_conv conv = {
//         .in = {16, 16, 8}, .out = {8, 8, 32}, .kernel_h = 3, .kernel_w = 3, .stride_h = 2,
//         .stride_w = 2, .dilation_h = 1, .dilation_w = 1, .in_zp = -128, .out_zp = -128,
//         .act_min = -128, .act_max = 127, .weights = w, .bias = b, .mult = m, .shift = s};
//     tnpu_op_conv_2d(&conv, input, output);
//
// Parameters are not checked: they come from a compiler that has. Zero points are -128..127;
// multipliers and shifts those of tnpu_mbqm (tnpu_numerics.h). Output may not overlap input, but
// where "in place" is said.
#ifndef TNPU_OPS_H
#define TNPU_OPS_H

#include <stddef.h>
#include <stdint.h>

/// Rows, columns, channels; each at least 1.
struct tnpu_shape {
    int32_t h, w, c;
};

/// CONV_2D and DEPTHWISE_CONV_2D. Output channel o of DEPTHWISE sees input channel o / multiplier,
/// multiplier = out.c / in.c.
struct tnpu_op_conv {
    struct tnpu_shape in, out;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left; ///< rows, columns outside the input before its first
    int32_t in_zp, out_zp;
    int32_t act_min, act_max;
    int32_t groups; ///< CONV: parts of the channels, an output seeing its own; 0: one, of all
    const int8_t *weights; ///< CONV [out.c][kernel_h][kernel_w][in.c / groups]; DEPTHWISE
                           ///< [kernel_h][kernel_w][out.c]
    const int32_t *bias;   ///< [out.c], or NULL
    const int32_t *mult;   ///< [out.c]
    const int8_t *shift;   ///< [out.c]
};
void tnpu_op_conv_2d(const struct tnpu_op_conv *p, const int8_t *in, int8_t *out);
void tnpu_op_depthwise_conv_2d(const struct tnpu_op_conv *p, const int8_t *in, int8_t *out);

/// FULLY_CONNECTED: out[o] of each row from all of that row's inputs.
struct tnpu_op_fully_connected {
    int32_t rows, inputs, outputs;
    int32_t in_zp, out_zp;
    int32_t act_min, act_max;
    const int8_t *weights; ///< [outputs][inputs]
    const int32_t *bias;   ///< [outputs], or NULL
    const int32_t *mult;   ///< [outputs]
    const int8_t *shift;   ///< [outputs]
};
void tnpu_op_fully_connected(const struct tnpu_op_fully_connected *p, const int8_t *in,
                             int8_t *out);

/// AVERAGE_POOL_2D (what lies outside the input does not count) and MAX_POOL_2D.
struct tnpu_op_pool {
    struct tnpu_shape in, out;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t act_min, act_max;
};
void tnpu_op_average_pool_2d(const struct tnpu_op_pool *p, const int8_t *in, int8_t *out);
void tnpu_op_max_pool_2d(const struct tnpu_op_pool *p, const int8_t *in, int8_t *out);

/// MEAN over rows and columns: out[c].
struct tnpu_op_mean {
    struct tnpu_shape in;
    int32_t in_zp, out_zp;
    int32_t mult; ///< 1 / (h * w) is in it
    int32_t shift;
};
void tnpu_op_mean(const struct tnpu_op_mean *p, const int8_t *in, int8_t *out);

/// ADD, SUB, MUL, MAXIMUM, MINIMUM with broadcast: where a dimension of an operand is 1 and the
/// output's is not, its values are used again. MAXIMUM and MINIMUM use the shapes alone.
struct tnpu_op_binary {
    struct tnpu_shape a, b, out;
    int32_t a_zp, b_zp, out_zp;
    int32_t a_mult, b_mult; ///< ADD, SUB
    int32_t a_shift, b_shift;
    int32_t out_mult, out_shift;
    int32_t act_min, act_max;
};
void tnpu_op_add(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out);
void tnpu_op_sub(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out);
void tnpu_op_mul(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out);
void tnpu_op_maximum(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out);
void tnpu_op_minimum(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out);

/// RELU, RELU6, LOGISTIC, TANH, HARD_SWISH, LEAKY_RELU and QUANTIZE of bytes: table[q + 128] for
/// each of n bytes. In place too.
void tnpu_op_table(const int8_t table[256], const int8_t *in, int8_t *out, size_t n);

/// SOFTMAX of each row, to scale 1 / 256 and zero point -128. In place too.
struct tnpu_op_softmax {
    int32_t rows, depth; ///< depth at most 4096
    int32_t mult, shift; ///< shift to the left, 0..31
    int32_t diff_min;    ///< what lies further below the row's largest value becomes 0
};
void tnpu_op_softmax(const struct tnpu_op_softmax *p, const int8_t *in, int8_t *out);

/// PAD with bytes of `value`: the input lies in the output from row, column, channel `at` on.
struct tnpu_op_pad {
    struct tnpu_shape in, out, at;
    int8_t value; ///< the zero point
};
void tnpu_op_pad(const struct tnpu_op_pad *p, const int8_t *in, int8_t *out);

/// STRIDED_SLICE, and each output of SPLIT: element (y, x, c) of the output is the input's (begin +
/// (y, x, c) * stride). `begin` counts from the start; strides are at least 1.
struct tnpu_op_slice {
    struct tnpu_shape in, begin, stride, out;
};
void tnpu_op_strided_slice(const struct tnpu_op_slice *p, const int8_t *in, int8_t *out);

/// CONCATENATION: `outer` times the next part_bytes[i] bytes of each part in turn. Along channels
/// outer is h * w and part_bytes its channels; along rows outer is 1 and part_bytes its size.
struct tnpu_op_concatenation {
    size_t outer;
    int32_t parts;
    const size_t *part_bytes; ///< [parts]
};
void tnpu_op_concatenation(const struct tnpu_op_concatenation *p, const int8_t *const *in,
                           int8_t *out);

/// RESIZE_NEAREST_NEIGHBOR to any size.
struct tnpu_op_resize {
    struct tnpu_shape in, out; ///< the same channels
    int32_t align_corners, half_pixel_centers;
};
void tnpu_op_resize_nearest(const struct tnpu_op_resize *p, const int8_t *in, int8_t *out);

/// QUANTIZE of real values to int8, ties away from zero. A NaN becomes the zero point.
void tnpu_op_quantize(float scale, int32_t zero_point, const float *in, int8_t *out, size_t n);

/// DEQUANTIZE.
void tnpu_op_dequantize(float scale, int32_t zero_point, const int8_t *in, float *out, size_t n);

/// uint8 tensors at a network's edge: byte b stands for int8 b - 128, zero point z for z - 128. The
/// same call goes back. In place too.
void tnpu_op_flip_sign(const uint8_t *in, uint8_t *out, size_t n);

#endif
