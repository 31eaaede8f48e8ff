// SPDX-License-Identifier: Apache-2.0
// Inside the host layers: a layer as its record has it (docs/PROGRAM_FORMAT.md, LAYR), with its
// tensors and constants.
#ifndef TNPU_HOSTRUN_H
#define TNPU_HOSTRUN_H

#include "tnpu_bits.h"
#include "tnpu_net.h"

enum tnpu_hostop {
    TNPU_HOSTOP_CONV,
    TNPU_HOSTOP_DWCONV,
    TNPU_HOSTOP_AVGPOOL,
    TNPU_HOSTOP_MAXPOOL,
    TNPU_HOSTOP_MEAN,
    TNPU_HOSTOP_ADD,
    TNPU_HOSTOP_SUB,
    TNPU_HOSTOP_MUL,
    TNPU_HOSTOP_MAX,
    TNPU_HOSTOP_MIN,
    TNPU_HOSTOP_TABLE,
    TNPU_HOSTOP_CONST,
    TNPU_HOSTOP_COPY,
    TNPU_HOSTOP_SOFTMAX,
    TNPU_HOSTOPS,
};

/// How a convolution's residual is added.
enum { TNPU_HOSTSUM_WIDE, TNPU_HOSTSUM_ADD, TNPU_HOSTSUM_SUB };

/// The record's numbers, in its order.
struct tnpu_hostfields {
    int32_t op, residual_is_input, relu_first;
    int32_t input, output, residual;
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
    int32_t pool_h, pool_w;
    int32_t in_zp, out_zp, res_zp, act_min, act_max;
    int32_t n;
    int32_t insn, insn_count, w_base, w_rows;
    int32_t sum, m1, m2, m0, s1, s2, s0, zp1, min1, max1;
    int32_t from_y, from_x, from_c, to_y, to_x, to_c, step_y, step_x, part_h, part_w, part_c;
};
enum { TNPU_HOSTFIELDS = sizeof(struct tnpu_hostfields) / sizeof(int32_t) };

/// A layer that is being checked or run. Tensors are height x width x channels, without padding.
struct tnpu_hostwork {
    struct tnpu_hostfields f;
    struct tnpu_net_tensor in, out, res; ///< in, res: zero where the layer has none
    const int8_t *x, *r;                 ///< their bytes
    int8_t *y;
    const uint8_t *bias, *post_bias, *mult, *shift, *weights, *k; ///< where the layer has them
};

/// Number c of an array of i32 in a file.
static inline int32_t tnpu_hostint(const uint8_t *array, uint32_t c) {
    return (int32_t)tnpu_load32(array + 4 * (size_t)c);
}

static inline bool tnpu_hostop_is_conv(const struct tnpu_hostwork *w) {
    return w->f.op == TNPU_HOSTOP_CONV || w->f.op == TNPU_HOSTOP_DWCONV;
}

/// Entries of bias, post-bias, multiplier and shift.
uint32_t tnpu_hostwork_params(const struct tnpu_hostwork *w);
/// Bytes of the layer's constants in the section HOST.
uint64_t tnpu_hostwork_constants(const struct tnpu_hostwork *w);
/// Rows and columns of the operator's output before a fused pooling.
void tnpu_hostwork_op_size(const struct tnpu_hostwork *w, int32_t *h, int32_t *width);
/// Whether shapes and numbers are such that the layer can be run.
bool tnpu_hostwork_is_good(const struct tnpu_hostwork *w);

/// ADD or SUB of two bytes as TensorFlow Lite does it.
int8_t tnpu_hostadd(const struct tnpu_hostfields *f, int8_t first, int8_t second, bool subtract);
/// Convolutions, pooling, mean.
void tnpu_hostrun_window(const struct tnpu_hostwork *w);
/// All others.
void tnpu_hostrun_bytes(const struct tnpu_hostwork *w);

#endif
