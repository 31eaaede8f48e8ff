// SPDX-License-Identifier: Apache-2.0
// Inside tnpu_tflite: a graph in the making, and what the builders of operators share.
#ifndef TNPU_TFLITE_BUILD_H
#define TNPU_TFLITE_BUILD_H

#include "tnpu_prepare.h"
#include "tnpu_qgraph.h"
#include "tnpu_tflite_file.h"

struct tnpu_tfl_build {
    struct tnpu_tfl_model *m;
    const char *label;
    struct tnpu_error *e;
    struct tnpu_qgraph *q;
    int tensor_room, layer_room, source_room;
    int op;   ///< index of the operator that is being built
    int part; ///< layers that it has so far
    int *map; ///< [m->tensor_count] tensor of the graph with these bytes, -1: not made yet
    /// [m->tensor_count] the tensor of `map` has another number of channels, in the file's order of
    /// bytes (a reshape that nothing had to be done for yet)
    bool *lazy;
    int64_t zero_point[2]; ///< of the network's input and output where uint8 became int8
};

/// Height, width and channels that a tensor of the file stands for.
struct tnpu_tfl_shape {
    int h, w, c;
};

/// A line about the operator that is being built; returns -1.
int tnpu_tfl_refuse(struct tnpu_tfl_build *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/// A line about a tensor of the file; returns -1.
int tnpu_tfl_refuse_tensor(struct tnpu_tfl_build *b, int t, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/// The operator's input or output n as a tensor of the file; the number is in range.
static inline const struct tnpu_tfl_tensor *tnpu_tfl_in(const struct tnpu_tfl_build *b,
                                                        const struct tnpu_tfl_op *op, int n) {
    return &b->m->tensors[op->inputs[n]];
}
static inline const struct tnpu_tfl_tensor *tnpu_tfl_out(const struct tnpu_tfl_build *b,
                                                         const struct tnpu_tfl_op *op, int n) {
    return &b->m->tensors[op->outputs[n]];
}

/// Judges an activation: type, shape, scale, zero point. Returns 0 with its shape, or -1.
int tnpu_tfl_activation(struct tnpu_tfl_build *b, int t, int type, struct tnpu_tfl_shape *shape);

/// The graph's tensor for input n of an operator: made before, or a constant vector that a layer of
/// its own makes. Returns its index, or -1 with a reason.
int tnpu_tfl_operand(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n);

/// The same, but a reshape may be left undone: the bytes in row-major order are right.
int tnpu_tfl_operand_bytes(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n);

/// Appends a tensor to the graph. Returns its index, or -1 with a reason.
int tnpu_tfl_add_tensor(struct tnpu_tfl_build *b, struct tnpu_tfl_shape shape, int zero_point,
                        float scale);

/// Makes the graph's tensor for output n of the operator, which the operator computes in the shape
/// `made`; the file's may be another one of as many bytes. Returns the index of a tensor of shape
/// `made`, or -1 with a reason.
int tnpu_tfl_result(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n,
                    struct tnpu_tfl_shape made);

/// Appends a layer with neutral fields: kernel, strides and pooling 1, no residual, clamp
/// -128..127, zero points of its tensors. NULL with a reason when out of memory. Valid until the
/// next is appended.
struct tnpu_qlayer *tnpu_tfl_add_layer(struct tnpu_tfl_build *b, enum tnpu_qop op, int input,
                                       int output);

/// Allocates the layer's constants, zeroed. Returns 0, or -1 with a reason.
int tnpu_tfl_add_constants(struct tnpu_tfl_build *b, struct tnpu_qlayer *l);

/// Records that the file's tensor t has the bytes of the graph's tensor `tensor`.
int tnpu_tfl_map(struct tnpu_tfl_build *b, int t, int tensor, bool lazy);

/// Another shape of the same bytes without moving them: tensor `t` itself, or a view of it, or -1
/// with *possible false where only a copy will do.
int tnpu_tfl_view(struct tnpu_tfl_build *b, int t, struct tnpu_tfl_shape shape, bool *possible);

/// Scale and zero point of a tensor of the graph.
struct tnpu_quantisation tnpu_tfl_quantisation(const struct tnpu_tfl_build *b, int tensor);

/// Clamp of a fused activation. Returns 0, or -1 with a reason.
int tnpu_tfl_clamp(struct tnpu_tfl_build *b, struct tnpu_qlayer *l, int activation, int output);

/// An operator's constant integers (int32 or int64), at most `room`, each cut to the range of
/// int32. Returns how many, or -1 with a reason.
int tnpu_tfl_integers(struct tnpu_tfl_build *b, int t, int room, int64_t *values);

/// Multiplier and shift of a real factor into parameter c of the layer. Returns 0, or -1.
int tnpu_tfl_multiplier(struct tnpu_tfl_build *b, struct tnpu_qlayer *l, int c, double real);

static inline struct tnpu_tfl_shape tnpu_tfl_shape_of(const struct tnpu_tfl_build *b, int tensor) {
    const struct tnpu_qtensor *t = &b->q->tensors[tensor];
    return (struct tnpu_tfl_shape){t->h, t->w, t->c};
}

static inline bool tnpu_tfl_same(struct tnpu_tfl_shape a, struct tnpu_tfl_shape b) {
    return a.h == b.h && a.w == b.w && a.c == b.c;
}

/// Builders, one a kind of operator: layers for the operator b->op. Return 0, or -1 with a reason.
typedef int tnpu_tfl_builder(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op);
tnpu_tfl_builder tnpu_tfl_conv, tnpu_tfl_depthwise, tnpu_tfl_fully_connected; // tnpu_tflite_conv.c
tnpu_tfl_builder tnpu_tfl_average, tnpu_tfl_maximum_pool, tnpu_tfl_mean;      // tnpu_tflite_pool.c
tnpu_tfl_builder tnpu_tfl_add, tnpu_tfl_mul, tnpu_tfl_larger, tnpu_tfl_softmax; // ..._eltwise.c
tnpu_tfl_builder tnpu_tfl_table;                                                // ..._table.c
tnpu_tfl_builder tnpu_tfl_reshape, tnpu_tfl_pad, tnpu_tfl_concatenation;        // ..._shape.c
tnpu_tfl_builder tnpu_tfl_slice, tnpu_tfl_strided_slice, tnpu_tfl_split,
    tnpu_tfl_enlarge; // ..._slice.c

#endif
