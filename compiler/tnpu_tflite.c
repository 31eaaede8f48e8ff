// SPDX-License-Identifier: Apache-2.0
// A .tflite file to a quantised graph: its ends, and its operators in order.
#include "tnpu_tflite.h"

#include "tnpu_qfuse.h"
#include "tnpu_qprune.h"
#include "tnpu_tflite_build.h"
#include "tnpu_tflite_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct tnpu_tfl_operator *find_operator(int code) {
    for (const struct tnpu_tfl_operator *o = tnpu_tfl_operators; o->build; o++)
        if (o->code == code) return o;
    return NULL;
}

static bool between(int n, int lo, int hi) {
    return n >= lo && n <= hi;
}

static int build_op(struct tnpu_tfl_build *b) {
    const struct tnpu_tfl_op *op = &b->m->ops[b->op];
    const struct tnpu_tfl_operator *o = find_operator(op->code);
    if (!o)
        return tnpu_tfl_refuse(
            b, "this operator is not known; docs/OPERATORS.md lists those that are");
    if (!between(op->input_count, o->min_inputs, o->max_inputs) ||
        !between(op->output_count, 1, o->max_outputs))
        return tnpu_tfl_refuse(b, "%d inputs and %d outputs, want %d to %d and 1 to %d",
                               op->input_count, op->output_count, o->min_inputs, o->max_inputs,
                               o->max_outputs);
    if (o->options && op->options.kind != o->options)
        return tnpu_tfl_refuse(b, "its options are of kind %d, want %d", op->options.kind,
                               o->options);
    b->part = 0;
    return o->build(b, op);
}

/// Whether the values of two tensors, one uint8 and one int8, are 128 apart byte by byte.
static bool shifted(const struct tnpu_tfl_tensor *u, const struct tnpu_tfl_tensor *i) {
    return u->type == TNPU_TFL_UINT8 && i->type == TNPU_TFL_INT8 && u->scale_count == 1 &&
           i->scale_count == 1 && u->zero_point_count == 1 && i->zero_point_count == 1 &&
           u->scale[0] == i->scale[0] && i->zero_point[0] >= -128 && i->zero_point[0] <= 127 &&
           u->zero_point[0] == i->zero_point[0] + 128;
}

/// A uint8 end of the network becomes int8, values and bytes less 128, so that a QUANTIZE beside it
/// goes from int8 to int8. No other operator may touch it: they are not the same in uint8.
static int retype(struct tnpu_tfl_build *b, int t, int64_t *zero_point) {
    struct tnpu_tfl_tensor *u = &b->m->tensors[t];
    struct tnpu_tfl_shape s;
    if (u->type != TNPU_TFL_UINT8) return 0;
    for (b->op = 0; b->op < b->m->op_count; b->op++) {
        const struct tnpu_tfl_op *op = &b->m->ops[b->op];
        bool touches = false;
        for (int n = 0; n < op->input_count; n++) touches = touches || op->inputs[n] == t;
        for (int n = 0; n < op->output_count; n++) touches = touches || op->outputs[n] == t;
        if (touches && op->code != TNPU_TFL_QUANTIZE)
            return tnpu_tfl_refuse(b, "tensor %d is UINT8; only a QUANTIZE may read or write it",
                                   t);
    }
    if (tnpu_tfl_activation(b, t, TNPU_TFL_UINT8, &s)) return -1;
    *zero_point = u->zero_point[0] - 128;
    u->type = TNPU_TFL_INT8;
    u->zero_point = zero_point;
    return 0;
}

/// The network's ends, and the operators that are the host's there: a QUANTIZE that is the only
/// reader of a float input, a DEQUANTIZE that writes the output, and a QUANTIZE that does no more
/// than add or take 128. The NPU sees the int8 tensor beside them.
static int find_edges(struct tnpu_tfl_build *b, int *input, int *output, bool *skip) {
    static const enum tnpu_edge of_type[] = {[TNPU_TFL_FLOAT32] = TNPU_EDGE_FLOAT,
                                             [TNPU_TFL_UINT8] = TNPU_EDGE_UINT8,
                                             [TNPU_TFL_INT8] = TNPU_EDGE_INT8};
    const struct tnpu_tfl_model *m = b->m;
    if (m->input_count != 1 || m->output_count != 1)
        return tnpu_fail(b->e,
                         "%s: %d inputs and %d outputs; only networks of one each can be compiled",
                         b->label, m->input_count, m->output_count);
    int readers = 0;
    *input = m->inputs[0];
    *output = m->outputs[0];
    const struct tnpu_tfl_tensor *first = &m->tensors[*input], *last = &m->tensors[*output];
    for (int i = 0; i < m->op_count; i++)
        for (int n = 0; n < m->ops[i].input_count; n++) readers += m->ops[i].inputs[n] == *input;
    for (int i = 0; i < m->op_count; i++) {
        const struct tnpu_tfl_op *op = &m->ops[i];
        if (op->input_count != 1 || op->output_count != 1 || op->inputs[0] < 0) continue;
        const struct tnpu_tfl_tensor *in = tnpu_tfl_in(b, op, 0), *out = tnpu_tfl_out(b, op, 0);
        bool quantize = op->code == TNPU_TFL_QUANTIZE;
        bool at_input = quantize && in == first &&
                        (in->type == TNPU_TFL_FLOAT32 || (readers == 1 && shifted(in, out)));
        bool at_output =
            out == last && ((op->code == TNPU_TFL_DEQUANTIZE && out->type == TNPU_TFL_FLOAT32) ||
                            (quantize && shifted(out, in)));
        if (at_input) *input = op->outputs[0];
        if (at_output) *output = op->inputs[0];
        skip[i] = at_input || at_output;
    }
    bool known = first->type <= TNPU_TFL_INT8 && last->type <= TNPU_TFL_INT8 && first->type >= 0 &&
                 last->type >= 0;
    b->q->input_edge = known ? of_type[first->type] : TNPU_EDGE_INT8;
    b->q->output_edge = known ? of_type[last->type] : TNPU_EDGE_INT8;
    if (*input != m->inputs[0] && readers > 1)
        return tnpu_tfl_refuse_tensor(b, m->inputs[0], "is read by more than its QUANTIZE");
    // Those that are left are in the way of a QUANTIZE that rescales
    return (*input == m->inputs[0] && retype(b, *input, &b->zero_point[0])) ||
                   (*output == m->outputs[0] && retype(b, *output, &b->zero_point[1]))
               ? -1
               : 0;
}

/// What pixels a network wants is in no file: the range that its input can hold says it, where that
/// is about one of those that are usual. Scale 1: the pixels as they are.
static struct tnpu_pixels pixels_of(const struct tnpu_qtensor *input) {
    static const struct tnpu_pixels usual[] = {{0, 1}, {-1, 1}, {0, 255}, {-128, 127}};
    struct tnpu_pixels range = tnpu_qtensor_range(input);
    if (*input->scale == 1.0f) return range;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        float near = (usual[i].high - usual[i].low) / 20;
        if (fabsf(range.low - usual[i].low) <= near && fabsf(range.high - usual[i].high) <= near)
            return usual[i];
    }
    return usual[0];
}

/// A uint8 end whose QUANTIZE the host has left out is another name of the tensor beside it.
static int name_uint8(struct tnpu_tfl_build *b, int t, int tensor) {
    if (b->map[t] >= 0 || b->m->tensors[t].type != TNPU_TFL_UINT8) return 0;
    return tnpu_tfl_map(b, t, tensor, false);
}

static int build(struct tnpu_tfl_build *b, bool *skip) {
    int input = 0, output = 0;
    struct tnpu_tfl_shape shape;
    if (find_edges(b, &input, &output, skip) ||
        tnpu_tfl_activation(b, input, TNPU_TFL_INT8, &shape))
        return -1;
    b->q->input = tnpu_tfl_add_tensor(b, shape, (int)b->m->tensors[input].zero_point[0],
                                      b->m->tensors[input].scale[0]);
    if (b->q->input < 0 || tnpu_tfl_map(b, input, b->q->input, false)) return -1;
    b->q->pixels = pixels_of(&b->q->tensors[b->q->input]);
    memcpy(b->q->tensors[b->q->input].name, "input", sizeof "input");
    for (b->op = 0; b->op < b->m->op_count; b->op++)
        if (!skip[b->op] && build_op(b)) return -1;
    if (b->map[output] < 0)
        return tnpu_tfl_refuse_tensor(b, output,
                                      "is the network's output, and no operator writes it");
    b->q->output = b->map[output];
    if (name_uint8(b, b->m->inputs[0], b->q->input) ||
        name_uint8(b, b->m->outputs[0], b->q->output))
        return -1;
    if (b->q->layer_count == 0)
        return tnpu_fail(b->e, "%s: the network has no operators", b->label);
    return 0;
}

/// The file's name without folder and ending.
static void set_arch(struct tnpu_qgraph *q, const char *label) {
    const char *slash = strrchr(label, '/'), *base = slash ? slash + 1 : label,
               *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (n > sizeof q->arch - 1) n = sizeof q->arch - 1;
    for (size_t i = 0; i < n; i++) q->arch[i] = base[i] > 0x1f && base[i] < 0x7f ? base[i] : '?';
    q->arch[n] = 0;
}

static int load(struct tnpu_qgraph *q, const char *label, const uint8_t *bytes, size_t size,
                bool fuse, struct tnpu_error *e) {
    struct tnpu_tfl_model m;
    if (tnpu_tfl_parse(&m, label, bytes, size, e)) return -1;
    set_arch(q, label);
    struct tnpu_tfl_build b = {.m = &m, .label = label, .e = e, .q = q};
    b.map = malloc(((size_t)m.tensor_count + 1) * sizeof *b.map);
    b.lazy = calloc((size_t)m.tensor_count + 1, sizeof *b.lazy);
    bool *skip = calloc((size_t)m.op_count + 1, sizeof *skip);
    for (int i = 0; b.map && i < m.tensor_count; i++) b.map[i] = -1;
    int rc = b.map && b.lazy && skip ? build(&b, skip)
                                     : tnpu_fail(e, "%s: out of memory for the graph", label);
    struct tnpu_error why;
    if (!rc && (tnpu_qfuse(q, fuse, &why) || tnpu_qgraph_check(q, &why) ||
                (fuse && (tnpu_qprune(q, &why) || tnpu_qgraph_check(q, &why)))))
        rc = tnpu_fail(e, "%s: the network cannot be computed exactly: %s", label, why.text);
    free(b.map);
    free(b.lazy);
    free(skip);
    tnpu_tfl_free(&m);
    if (rc) tnpu_qgraph_free(q);
    return rc;
}

int tnpu_tflite_load(struct tnpu_qgraph *q, const char *label, const uint8_t *bytes, size_t size,
                     bool fuse, struct tnpu_error *e) {
    *q = (struct tnpu_qgraph){0};
    // FlatBuffers reads words where they lie, which must be aligned: a copy from malloc is
    uint8_t *aligned = malloc(size ? size : 1);
    if (!aligned) return tnpu_fail(e, "%s: out of memory for the file", label);
    memcpy(aligned, bytes, size);
    int rc = load(q, label, aligned, size, fuse, e);
    free(aligned);
    return rc;
}
