// SPDX-License-Identifier: Apache-2.0
// Small .tflite files, right or wrong ones, for the tests of their reader.
#ifndef TFLITE_MAKE_H
#define TFLITE_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct make_tensor {
    int type; ///< TNPU_TFL_INT8 ...
    int rank, dims[6];
    int scale_count, zero_point_count; ///< as many, all alike; 0: none
    float scale;
    int64_t zero_point;
    int size;        ///< bytes of constant data, all 1; 0: no data
    bool dynamic;    ///< its signature leaves the columns open
    unsigned buffer; ///< 0: its own; otherwise that number
};

struct make_op {
    int code;
    bool no_options;
    int input_count, inputs[4], output;
    int stride, activation, padding, filter;
};

enum { MAKE_TENSORS = 8, MAKE_OPS = 4 };

struct make_model {
    int tensor_count, op_count, input_count, output_count;
    struct make_tensor tensors[MAKE_TENSORS]; ///< named t0, t1, ...
    struct make_op ops[MAKE_OPS];
    int inputs[2], outputs[2];
    int version; ///< 3 in files of today
    int subgraphs;
};

/// Returns the file's bytes, the caller's to free, and *size.
uint8_t *tflite_make(const struct make_model *m, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
