// SPDX-License-Identifier: Apache-2.0
// A .tflite file as plain C structures. The FlatBuffers library reads and verifies it behind this
// interface (tnpu_tflite_file.cpp); what the numbers mean is judged in tnpu_tflite.c.
//
//     struct tnpu_tfl_model m;
//     if (tnpu_tfl_parse(&m, "net.tflite", bytes, size, &err))   // bytes must stay while m is used
//         return -1;
//     ... m.ops[0].inputs[1], m.tensors[i].dims ...
//     tnpu_tfl_free(&m);
#ifndef TNPU_TFLITE_FILE_H
#define TNPU_TFLITE_FILE_H

#include "tnpu_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TNPU_TFL_NAME_MAX = 64,       ///< bytes of a name, terminating zero included
    TNPU_TFL_RANK_MAX = 6,        ///< dimensions that are kept
    TNPU_TFL_COUNT_MAX = 1 << 16, ///< tensors, operators, buffers, inputs of one operator
};

/// Types of elements, as numbered in the file.
enum {
    TNPU_TFL_FLOAT32 = 0,
    TNPU_TFL_INT32 = 2,
    TNPU_TFL_UINT8 = 3,
    TNPU_TFL_INT64 = 4,
    TNPU_TFL_INT8 = 9
};

/// Operators, as numbered in the file, those that the compiler knows.
enum tnpu_tfl_code {
    TNPU_TFL_ADD = 0,
    TNPU_TFL_AVERAGE_POOL_2D = 1,
    TNPU_TFL_CONCATENATION = 2,
    TNPU_TFL_CONV_2D = 3,
    TNPU_TFL_DEPTHWISE_CONV_2D = 4,
    TNPU_TFL_DEQUANTIZE = 6,
    TNPU_TFL_FULLY_CONNECTED = 9,
    TNPU_TFL_LOGISTIC = 14,
    TNPU_TFL_MAX_POOL_2D = 17,
    TNPU_TFL_MUL = 18,
    TNPU_TFL_RELU = 19,
    TNPU_TFL_RELU_N1_TO_1 = 20,
    TNPU_TFL_RELU6 = 21,
    TNPU_TFL_RESHAPE = 22,
    TNPU_TFL_SOFTMAX = 25,
    TNPU_TFL_TANH = 28,
    TNPU_TFL_PAD = 34,
    TNPU_TFL_MEAN = 40,
    TNPU_TFL_SUB = 41,
    TNPU_TFL_SQUEEZE = 43,
    TNPU_TFL_STRIDED_SLICE = 45,
    TNPU_TFL_SPLIT = 49,
    TNPU_TFL_MAXIMUM = 55,
    TNPU_TFL_MINIMUM = 57,
    TNPU_TFL_PADV2 = 60,
    TNPU_TFL_SLICE = 65,
    TNPU_TFL_EXPAND_DIMS = 70,
    TNPU_TFL_RESIZE_NEAREST_NEIGHBOR = 97,
    TNPU_TFL_LEAKY_RELU = 98,
    TNPU_TFL_QUANTIZE = 114,
    TNPU_TFL_HARD_SWISH = 117,
};

struct tnpu_tfl_tensor {
    char name[TNPU_TFL_NAME_MAX]; ///< printable, cut
    int type;
    int rank;                    ///< 0: a scalar; above TNPU_TFL_RANK_MAX the rest is not kept
    int dims[TNPU_TFL_RANK_MAX]; ///< as in the file, of any sign
    bool dynamic;                ///< its signature leaves a dimension (but the first) open
    bool sparse, variable;
    const uint8_t *data; ///< constant data within the file, or NULL
    size_t size;
    int scale_count; ///< 0: not quantised
    const float *scale;
    int zero_point_count;
    const int64_t *zero_point;
    int quantized_dimension;
};

/// What an operator's options say; 0 or false where it has none of that name.
struct tnpu_tfl_options {
    int kind; ///< which options the file gives, as numbered there; 0: none
    int padding, stride_w, stride_h, dilation_w, dilation_h, depth_multiplier, filter_w, filter_h;
    int activation, axis, weights_format, num_splits;
    int begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
    bool keep_dims, align_corners, half_pixel_centers, offset;
    float beta, alpha;
};

struct tnpu_tfl_op {
    int code;
    char name[TNPU_TFL_NAME_MAX]; ///< the operator's: "CONV_2D", or that of a custom one
    int input_count, output_count;
    const int32_t *inputs, *outputs; ///< tensor indices within 0..tensor_count-1; input -1: none
    struct tnpu_tfl_options options;
};

struct tnpu_tfl_model {
    int tensor_count, op_count, input_count, output_count;
    struct tnpu_tfl_tensor *tensors;
    struct tnpu_tfl_op *ops;
    const int32_t *inputs, *outputs;
};

/// Reads and verifies a file's bytes, named `label` in messages. Indices of tensors, buffers and
/// operator codes are in range afterwards; nothing else is promised. Returns 0, or -1 with a reason
/// and *m empty.
int tnpu_tfl_parse(struct tnpu_tfl_model *m, const char *label, const uint8_t *bytes, size_t size,
                   struct tnpu_error *e);

/// Name of a type of elements as the schema has it: "INT8".
const char *tnpu_tfl_type_name(int type);

void tnpu_tfl_free(struct tnpu_tfl_model *m);

#ifdef __cplusplus
}
#endif

#endif
