// SPDX-License-Identifier: Apache-2.0
// Reads golden files (docs/GOLDEN_FORMAT.md): what TFLite's reference kernels made of networks,
// every tensor's bytes.
//
//     struct tnpu_golden g;
//     if (tnpu_golden_load(&g, "vww.golden", &err)) return -1;      // gzip or not
//     const struct tnpu_golden_case *c = &g.cases[0];
//     const uint8_t *bytes = tnpu_golden_bytes(c, run, tensor);     // c->tensors[tensor].size
//     tnpu_golden_free(&g);
//
// The file is not trusted: every count, size and index is checked. Pointers go into memory that the
// struct owns; bytes are not aligned.
#ifndef TNPU_GOLDEN_H
#define TNPU_GOLDEN_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

#define TNPU_GOLDEN_DIMS 8
#define TNPU_GOLDEN_OPTIONS 12

enum tnpu_golden_kind {
    TNPU_GOLDEN_CONSTANT,
    TNPU_GOLDEN_INPUT, ///< of the network
    TNPU_GOLDEN_MADE,  ///< by an operator
    TNPU_GOLDEN_OUTPUT ///< made, and an output of the network
};

/// TFLite's codes of the types that occur.
enum tnpu_golden_type {
    TNPU_GOLDEN_FLOAT32 = 0,
    TNPU_GOLDEN_INT32 = 2,
    TNPU_GOLDEN_UINT8 = 3,
    TNPU_GOLDEN_INT8 = 9
};

struct tnpu_golden_tensor {
    enum tnpu_golden_kind kind;
    enum tnpu_golden_type type;
    char *name; ///< as in the network's file
    int rank;
    int32_t dims[TNPU_GOLDEN_DIMS]; ///< batch first
    size_t size;                    ///< bytes
    int32_t zero_point, axis;       ///< axis: the dimension along which the scales lie
    int32_t scale_count;            ///< 0: not quantised
    float *scale;
    const uint8_t *constant; ///< a constant's bytes, NULL of others
    size_t offset;           ///< from the start of a run, of those that are no constants
};

/// An operator; options as in docs/GOLDEN_FORMAT.md. Tensor -1 is an input left out.
struct tnpu_golden_op {
    uint32_t code; ///< TFLite's
    int32_t options[TNPU_GOLDEN_OPTIONS];
    int input_count, output_count;
    int32_t *inputs, *outputs;
};

/// A network and its inputs.
struct tnpu_golden_case {
    uint8_t sha256[32]; ///< of the .tflite file
    char *name;
    const uint8_t *network; ///< the .tflite file, or NULL
    size_t network_size;
    int tensor_count, op_count, run_count;
    struct tnpu_golden_tensor *tensors; ///< by their index in the network's file
    struct tnpu_golden_op *ops;
    const uint8_t *runs;
    size_t run_size;
};

struct tnpu_golden {
    char maker[41]; ///< what made it, with its version
    struct tnpu_golden_case *cases;
    int case_count;
    uint8_t *bytes; ///< the file
};

/// Returns 0, or -1 with a reason and *g empty.
int tnpu_golden_load(struct tnpu_golden *g, const char *path, struct tnpu_error *e);
void tnpu_golden_free(struct tnpu_golden *g);

/// A tensor's bytes in a run (of a constant, in all).
const uint8_t *tnpu_golden_bytes(const struct tnpu_golden_case *c, int run, int tensor);

/// The only tensor of a kind, or -1 when there is none or more than one.
int tnpu_golden_only(const struct tnpu_golden_case *c, enum tnpu_golden_kind kind);

#endif
