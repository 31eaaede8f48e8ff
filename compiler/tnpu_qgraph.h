// SPDX-License-Identifier: Apache-2.0
// The quantised graph: what quantisation produces and scheduling consumes.
//
// A quantised graph is a list of tensors and a list of layers in execution order. One layer is one
// machine layer with everything fused into it: the operator, the requantisation, an optional
// residual and an optional max pooling. What a layer computes is defined here to the bit; the
// reference executor (tnpu_qexec.h), the host layers, the C model and the RTL all compute this.
//
// A convolution layer (TNPU_QOP_CONV, TNPU_QOP_DWCONV), output channel c of one output pixel:
//
//     acc = sum over taps and input channels of weight * q
//     a   = acc + bias[c]
//     if (relu_first) a = max(a, 0)
//     a   = sat32(a + post_bias[c])
//     y   = MBQM(a, mult[c], shift[c])                     (tnpu_numerics.h)
//     no residual:   out = clamp(y + out_zp, act_min, act_max)
//     wide residual: out = clamp(RDBP64(y + (r - res_zp) * k[c], n) + out_zp, act_min, act_max)
//
// q is the input's byte, not less its zero point: -in_zp * sum(weights) is in the bias, and a tap
// in the padding reads q = in_zp. r is the residual's byte at the same pixel and channel, RDBP64 a
// rounding division by 2^n in 64 bits, ties away from zero. Then, if pool_h * pool_w > 1, the
// maximum of each non-overlapping pool_h x pool_w window of `out` is stored (rows and columns left
// over are dropped).
//
// TNPU_QOP_AVGPOOL, a window of N taps inside the map (fewer at padded edges; no requantisation):
//     out = clamp(acc > 0 ? (acc + N/2) / N : (acc - N/2) / N, act_min, act_max), acc = sum of q
// divided as C does (towards zero), like TensorFlow Lite's reference kernel.
// TNPU_QOP_MAXPOOL: out = clamp(maximum of the taps inside the map, act_min, act_max).
//
// TNPU_QOP_MEAN, the same window and no padding: a = acc + bias[0], out = clamp(MBQM(a, mult[0],
// shift[0]) + out_zp, ...), acc = sum of q.
//
// Element by element, r the second operand's byte (`residual`), whose height, width and channels
// are each the output's or 1 (the same byte for all):
//     ADD, SUB  as below with y0 = q
//     MUL       out = clamp(MBQM((q - in_zp) * (r - res_zp), mult[0], shift[0]) + out_zp, ...)
//     MAX, MIN  out = clamp(the larger or smaller of q and r, ...)
//
// A convolution's `sum` field ADD (TNPU_QSUM_ADD) adds the residual as TensorFlow Lite's ADD does
// to the convolution's own int8 result y0 = clamp(y + add.zp1, add.min1, add.max1):
//     v1 = RDBP(SRDHM((y0 - add.zp1) << 20, add.m1), add.s1)
//     v2 = RDBP(SRDHM((r - res_zp) << 20, add.m2), add.s2)
//     out = clamp(RDBP(SRDHM(v1 + v2, add.m0), add.s0) + out_zp, act_min, act_max)
// and SUB (TNPU_QSUM_SUB) the same with v1 - v2.
//
// TNPU_QOP_TABLE: out = weights[q + 128], a table of 256 bytes. TNPU_QOP_CONST: out = weights[c].
//
// TNPU_QOP_COPY writes a part of its output and leaves the rest to other layers: for 0 <= y <
// part.h, 0 <= x < part.w, 0 <= c < part.c
//     out(part.to_y + y * part.step_y, part.to_x + x * part.step_x, part.to_c + c)
//         = in(part.from_y + y * stride_h, part.from_x + x * stride_w, part.from_c + c),
// or the byte in_zp where that is outside of the input's height and width. Concatenation, padding,
// slices and enlarging are such copies.
//
// TNPU_QOP_SOFTMAX: TensorFlow Lite's int8 SOFTMAX over the channels of each pixel, its constants
// in mult[0] (input multiplier), shift[0] (left shift), bias[0] (smallest difference).
//
// A real value is scale[c] * (q - zero_point). Scales describe; no layer's bytes depend on them.
#ifndef TNPU_QGRAPH_H
#define TNPU_QGRAPH_H

#include "tnpu_error.h"

#include <stdbool.h>
#include <stdint.h>

#define TNPU_Q_NAME_MAX 64   ///< bytes of a layer or tensor name, terminating zero included
#define TNPU_Q_DIM_MAX 4096  ///< rows, columns, channels, and what moves among them
#define TNPU_Q_WIDE_N_MAX 15 ///< largest n of the wide residual
#define TNPU_Q_SHIFT_MIN (-31)
#define TNPU_Q_SHIFT_MAX 30

enum tnpu_qop {
    TNPU_QOP_CONV,    ///< any kernel; a pointwise or fully connected layer is a 1x1 kernel
    TNPU_QOP_DWCONV,  ///< depthwise, depth multiplier 1: channel c sees channel c
    TNPU_QOP_AVGPOOL, ///< TensorFlow Lite AVERAGE_POOL_2D: same scale in and out
    TNPU_QOP_MAXPOOL, ///< TensorFlow Lite MAX_POOL_2D: same scale in and out
    TNPU_QOP_MEAN,    ///< TensorFlow Lite MEAN over rows, columns or both
    TNPU_QOP_ADD,
    TNPU_QOP_SUB,
    TNPU_QOP_MUL,
    TNPU_QOP_MAX,
    TNPU_QOP_MIN,
    TNPU_QOP_TABLE,   ///< any function of one byte
    TNPU_QOP_CONST,   ///< a vector of channels that does not depend on the input
    TNPU_QOP_COPY,    ///< of a part
    TNPU_QOP_SOFTMAX, ///< a host layer always
    TNPU_QOPS
};

/// How a convolution's residual is added.
enum tnpu_qsum {
    TNPU_QSUM_WIDE, ///< before rounding (or no residual at all)
    TNPU_QSUM_ADD,  ///< TensorFlow Lite's ADD of the rounded result
    TNPU_QSUM_SUB,
};

/// Constants of TensorFlow Lite's ADD and SUB.
struct tnpu_qadd {
    int m1, m2, m0;      ///< multipliers of first, second operand, at least 0, and of the result
    int s1, s2, s0;      ///< right shifts, 0..31
    int zp1, min1, max1; ///< first operand: zero point and, of a fused convolution, clamp
};

/// What a COPY moves.
struct tnpu_qpart {
    int from_y, from_x, from_c; ///< where it begins in the input; rows and columns may be negative
    int to_y, to_x, to_c;       ///< where in the output
    int step_y, step_x;         ///< output rows and columns from one to the next, at least 1
    int h, w, c;                ///< how much
};

/// A feature map of int8 in HWC order. Owned by the graph.
struct tnpu_qtensor {
    char name[TNPU_Q_NAME_MAX]; ///< name of the layer that makes it, or "input"
    int h, w, c;                ///< each 1..TNPU_Q_DIM_MAX
    int zero_point;             ///< -128..127, one for the whole tensor
    int scale_count;            ///< 1: one scale for the tensor; c: one a channel
    float *scale;               ///< [scale_count], > 0
    int float_tensor;           ///< index of the same tensor in the float graph, or -1
    int view_of; ///< 1 + index of an earlier tensor of the same bytes, whose memory it shares, in
                 ///< another shape (a reshape): of as many channels, or both dense. 0: none
    bool dense;  ///< pixels lie in memory without gaps, whatever the number of channels
};

struct tnpu_qlayer {
    char name[TNPU_Q_NAME_MAX]; ///< unique within the graph
    enum tnpu_qop op;
    int input;              ///< tensor index
    int output;             ///< tensor index; its h and w are those after the fused pooling
    int residual;           ///< tensor index, or -1; same h, w and c as the convolution's output
    bool residual_is_input; ///< residual == input of a stride-1 DWCONV whose output pixel (y, x) is
                            ///< centred on input pixel (y, x): the residual is the window's centre
                            ///< tap

    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left, pad_bottom, pad_right;
    int pool_h, pool_w; ///< fused non-overlapping max pooling, 1 x 1 for none; convolutions only

    int in_zp;            ///< zero point of the input, also the byte that padding reads
    int out_zp;           ///< zero point of the output
    int res_zp;           ///< zero point of the residual, 0 without one
    int act_min, act_max; ///< -128 <= act_min <= act_max <= 127
    bool relu_first;
    enum tnpu_qsum sum;     ///< convolutions with a residual
    struct tnpu_qadd add;   ///< ADD, SUB, and convolutions with such a sum
    struct tnpu_qpart part; ///< COPY
    int n; ///< wide residual: the grid is 2^n finer than the output, 0..TNPU_Q_WIDE_N_MAX; else 0

    // Owned by the graph, NULL where the operator has none. C is the number of output channels, P
    // that of tnpu_qlayer_param_count.
    int8_t *weights;    ///< CONV [C][kernel_h][kernel_w][in.c], DWCONV [C][kernel_h][kernel_w],
                        ///< TABLE [256], CONST [C]
    int32_t *bias;      ///< [P]
    int32_t *post_bias; ///< [P]
    int32_t *mult;      ///< [P], any sign; 0 makes y = 0
    int8_t *shift;      ///< [P], TNPU_Q_SHIFT_MIN..TNPU_Q_SHIFT_MAX; > 0 shifts left
    int16_t *k;         ///< [C], of a wide residual only
};

/// What the network's own file has at its ends, where the graph has int8.
enum tnpu_edge {
    TNPU_EDGE_INT8,  ///< the same
    TNPU_EDGE_UINT8, ///< byte + 128
    TNPU_EDGE_FLOAT, ///< real values: the host quantises by the tensor's scale and zero point
    TNPU_EDGES
};

/// How a picture becomes the input: the real values of pixels 0 and 255, those between in equal
/// steps; each is rounded by the input's scale and zero point.
struct tnpu_pixels {
    float low, high;
};

/// A tensor of the network's own file, and the tensor of the graph that holds its bytes: in
/// row-major order the bytes of both are the same, though their shapes may differ (a reshape). A
/// tensor that fusing made disappear has no such entry.
struct tnpu_qsource {
    char name[TNPU_Q_NAME_MAX]; ///< as in the file, cut and printable; not always unique
    int index;                  ///< of the tensor in the file
    int tensor;                 ///< of the tensor in the graph
};

struct tnpu_qgraph {
    char arch[TNPU_Q_NAME_MAX]; ///< what the network calls itself, e.g. "etinynet-1.0"
    struct tnpu_qtensor *tensors;
    int tensor_count;
    struct tnpu_qlayer *layers; ///< in an order in which they can be run
    int layer_count;
    struct tnpu_qsource *sources; ///< NULL where the file's tensors are not known one by one
    int source_count;
    enum tnpu_edge input_edge, output_edge;
    struct tnpu_pixels pixels;
    int input;            ///< tensor index; pictures are in RGB order
    int output;           ///< tensor index; the scores, larger is likelier
    int removed_channels; ///< by tnpu_qprune; not in program files
};

/// The range of real values that a tensor of one scale holds: as pixels, pixel - 128.
struct tnpu_pixels tnpu_qtensor_range(const struct tnpu_qtensor *t);

/// Number of output rows and columns of the layer's operator, before the fused pooling.
void tnpu_qlayer_op_size(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int *h, int *w);

/// Number of entries of bias, post_bias, mult and shift: the output's channels for convolutions, 1
/// for MEAN, MUL and SOFTMAX, otherwise 0.
int tnpu_qlayer_param_count(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l);

/// A layer from tensor to tensor (input -1 for none) that does nothing of its own yet: no name, no
/// residual, a window of one, no padding, no clamp, zero points 0.
struct tnpu_qlayer tnpu_qlayer_plain(enum tnpu_qop op, int input, int output);

/// True if the layer's window reaches beyond its input on any side.
bool tnpu_qlayer_pads(const struct tnpu_qlayer *l);

/// True for CONV and DWCONV.
bool tnpu_qlayer_is_conv(const struct tnpu_qlayer *l);

/// True for convolutions with a residual that is added before rounding: those have factors k.
bool tnpu_qlayer_is_wide(const struct tnpu_qlayer *l);

/// True for ADD, SUB, MUL, MAX and MIN.
bool tnpu_qlayer_is_eltwise(const struct tnpu_qlayer *l);

/// Number of bytes of the layer's weights (0 for operators without).
int64_t tnpu_qlayer_weight_count(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l);

/// Multiply-accumulates of the layer (0 for all but convolutions).
int64_t tnpu_qlayer_macs(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l);

/// Proves that the graph is one that the machine computes as described above: shapes agree, indices
/// and fields are in range, every tensor is written before it is read, and, whatever the input's
/// bytes, no accumulator, bias, post_bias or left shift leaves int32. Returns 0, or -1 with a
/// reason that names layer and channel.
int tnpu_qgraph_check(const struct tnpu_qgraph *g, struct tnpu_error *e);

/// The part of that proof that concerns one layer by itself: indices must be in range already.
/// Layers without input (CONST) pass for what they are.
int tnpu_qlayer_check(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                      struct tnpu_error *e);

/// The part that concerns tensors.
int tnpu_qtensors_check(const struct tnpu_qgraph *g, struct tnpu_error *e);

/// Releases everything the graph owns and zeroes it. A zeroed graph may be freed.
void tnpu_qgraph_free(struct tnpu_qgraph *g);

#endif
