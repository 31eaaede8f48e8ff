// SPDX-License-Identifier: Apache-2.0
// What the builders of operators share: tensors, layers, constants.
#include "tnpu_tflite_build.h"

#include "tnpu_bytes.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIM_MAX = TNPU_Q_DIM_MAX, BYTES_MAX = 1 << 26 };

int tnpu_tfl_refuse(struct tnpu_tfl_build *b, const char *fmt, ...) {
    char why[384];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    return tnpu_fail(b->e, "%s: operator %d (%s): %s", b->label, b->op, b->m->ops[b->op].name, why);
}

int tnpu_tfl_refuse_tensor(struct tnpu_tfl_build *b, int t, const char *fmt, ...) {
    char why[384];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    return tnpu_fail(b->e, "%s: tensor %d (%s): %s", b->label, t, b->m->tensors[t].name, why);
}

/// A batch of one, then at most three dimensions, the last of which is channels.
static int shape_of(struct tnpu_tfl_build *b, int t, struct tnpu_tfl_shape *shape) {
    const struct tnpu_tfl_tensor *in = &b->m->tensors[t];
    if (in->rank > 4)
        return tnpu_tfl_refuse_tensor(b, t, "%d dimensions, at most 4 are known", in->rank);
    int d[4] = {1, 1, 1, 1};
    int64_t bytes = 1;
    for (int i = 0; i < in->rank; i++) {
        int size = in->dims[i];
        if (size < 1 || size > DIM_MAX)
            return tnpu_tfl_refuse_tensor(b, t, "dimension %d is %d, want 1 to %d", i, size,
                                          DIM_MAX);
        d[4 - in->rank + i] = size;
        bytes *= size;
        if (bytes > BYTES_MAX)
            return tnpu_tfl_refuse_tensor(b, t, "more than %d values", BYTES_MAX);
    }
    if (in->dynamic) return tnpu_tfl_refuse_tensor(b, t, "its shape is only known at run time");
    if (d[0] != 1) return tnpu_tfl_refuse_tensor(b, t, "a batch of %d; only 1 can be run", d[0]);
    *shape = (struct tnpu_tfl_shape){d[1], d[2], d[3]};
    return 0;
}

int tnpu_tfl_activation(struct tnpu_tfl_build *b, int t, int type, struct tnpu_tfl_shape *shape) {
    const struct tnpu_tfl_tensor *in = &b->m->tensors[t];
    *shape = (struct tnpu_tfl_shape){1, 1, 1};
    if (in->type != type)
        return tnpu_tfl_refuse_tensor(
            b, t, "its values are %s, want %s; only int8 full-integer networks can be run",
            tnpu_tfl_type_name(in->type), tnpu_tfl_type_name(type));
    if (in->sparse || in->variable)
        return tnpu_tfl_refuse_tensor(b, t,
                                      in->sparse ? "is sparse" : "keeps its values between runs");
    if (shape_of(b, t, shape)) return -1;
    if (type == TNPU_TFL_FLOAT32) return 0;
    if (in->scale_count != 1 || in->zero_point_count != 1)
        return tnpu_tfl_refuse_tensor(
            b, t, "%d scales and %d zero points, want one of each; is the network quantised?",
            in->scale_count, in->zero_point_count);
    int64_t lo = type == TNPU_TFL_UINT8 ? 0 : -128;
    if (!isfinite(in->scale[0]) || !(in->scale[0] >= 1e-30f) || in->scale[0] > 1e30f ||
        in->zero_point[0] < lo || in->zero_point[0] > lo + 255)
        return tnpu_tfl_refuse_tensor(b, t, "its scale or zero point is out of range");
    return 0;
}

static void *grow(struct tnpu_tfl_build *b, void *array, int count, int *room, size_t size) {
    if (count < *room) return array;
    int more = *room ? *room * 2 : 64;
    void *bigger = realloc(array, (size_t)more * size);
    if (bigger)
        *room = more;
    else
        tnpu_fail(b->e, "%s: out of memory for the graph", b->label);
    return bigger;
}

int tnpu_tfl_add_tensor(struct tnpu_tfl_build *b, struct tnpu_tfl_shape shape, int zero_point,
                        float scale) {
    struct tnpu_qgraph *q = b->q;
    void *tensors = grow(b, q->tensors, q->tensor_count, &b->tensor_room, sizeof *q->tensors);
    if (!tensors) return -1;
    q->tensors = tensors;
    struct tnpu_qtensor *t = &q->tensors[q->tensor_count];
    *t = (struct tnpu_qtensor){.h = shape.h,
                               .w = shape.w,
                               .c = shape.c,
                               .zero_point = zero_point,
                               .scale_count = 1,
                               .float_tensor = -1};
    t->scale = malloc(sizeof *t->scale);
    if (!t->scale) return tnpu_fail(b->e, "%s: out of memory for the graph", b->label);
    *t->scale = scale;
    return q->tensor_count++;
}

int tnpu_tfl_map(struct tnpu_tfl_build *b, int t, int tensor, bool lazy) {
    struct tnpu_qgraph *q = b->q;
    void *sources = grow(b, q->sources, q->source_count, &b->source_room, sizeof *q->sources);
    if (!sources) return -1;
    q->sources = sources;
    struct tnpu_qsource *s = &q->sources[q->source_count++];
    *s = (struct tnpu_qsource){.index = t, .tensor = tensor};
    snprintf(s->name, sizeof s->name, "%s", b->m->tensors[t].name);
    b->map[t] = tensor;
    b->lazy[t] = lazy;
    return 0;
}

/// Of layer number `part` of the operator: "conv_2d.7", "concatenation.9.1".
static void name_layer(const struct tnpu_tfl_build *b, char name[TNPU_Q_NAME_MAX]) {
    char op[32];
    int n = 0;
    for (const char *p = b->m->ops[b->op].name; *p && n < (int)sizeof op - 1; p++)
        op[n++] = (char)tolower(*p);
    op[n] = 0;
    if (b->part)
        snprintf(name, TNPU_Q_NAME_MAX, "%s.%d.%d", op, b->op, b->part);
    else
        snprintf(name, TNPU_Q_NAME_MAX, "%s.%d", op, b->op);
}

struct tnpu_qlayer *tnpu_tfl_add_layer(struct tnpu_tfl_build *b, enum tnpu_qop op, int input,
                                       int output) {
    struct tnpu_qgraph *q = b->q;
    void *layers = grow(b, q->layers, q->layer_count, &b->layer_room, sizeof *q->layers);
    if (!layers) return NULL;
    q->layers = layers;
    struct tnpu_qlayer *l = &q->layers[q->layer_count++];
    *l = tnpu_qlayer_plain(op, input, output);
    l->in_zp = input >= 0 ? q->tensors[input].zero_point : 0;
    l->out_zp = q->tensors[output].zero_point;
    name_layer(b, l->name);
    if (!q->tensors[output].name[0]) memcpy(q->tensors[output].name, l->name, sizeof l->name);
    b->part++;
    return l;
}

int tnpu_tfl_add_constants(struct tnpu_tfl_build *b, struct tnpu_qlayer *l) {
    size_t params = (size_t)tnpu_qlayer_param_count(b->q, l);
    int64_t weights = tnpu_qlayer_weight_count(b->q, l);
    if (weights > BYTES_MAX) return tnpu_tfl_refuse(b, "more than %d bytes of weights", BYTES_MAX);
    l->weights = weights ? calloc((size_t)weights, 1) : NULL;
    l->bias = calloc(params + 1, sizeof *l->bias);
    l->post_bias = calloc(params + 1, sizeof *l->post_bias);
    l->mult = calloc(params + 1, sizeof *l->mult);
    l->shift = calloc(params + 1, 1);
    if ((weights && !l->weights) || !l->bias || !l->post_bias || !l->mult || !l->shift)
        return tnpu_fail(b->e, "%s: out of memory for the graph", b->label);
    return 0;
}

int tnpu_tfl_view(struct tnpu_tfl_build *b, int t, struct tnpu_tfl_shape shape, bool *possible) {
    const struct tnpu_qtensor *from = &b->q->tensors[t];
    int root = from->view_of ? from->view_of - 1 : t, zero_point = from->zero_point;
    bool dense = from->dense;
    float scale = *from->scale;
    *possible = dense || from->c == shape.c;
    if (tnpu_tfl_same(tnpu_tfl_shape_of(b, t), shape)) return t;
    if (!*possible) return -1;
    int view = tnpu_tfl_add_tensor(b, shape, zero_point, scale);
    if (view < 0) return -1;
    b->q->tensors[view].view_of = root + 1;
    b->q->tensors[view].dense = dense;
    name_layer(b, b->q->tensors[view].name);
    return view;
}

int tnpu_tfl_result(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n,
                    struct tnpu_tfl_shape made) {
    int t = op->outputs[n];
    struct tnpu_tfl_shape shape;
    if (b->map[t] >= 0 || b->m->tensors[t].data)
        return tnpu_tfl_refuse_tensor(b, t, "operator %d writes it, and it %s", b->op,
                                      b->map[t] >= 0 ? "is written already" : "is a constant");
    if (tnpu_tfl_activation(b, t, TNPU_TFL_INT8, &shape)) return -1;
    if ((int64_t)shape.h * shape.w * shape.c != (int64_t)made.h * made.w * made.c)
        return tnpu_tfl_refuse(
            b, "its output is %d x %d x %d, its inputs and options give %d x %d x %d", shape.h,
            shape.w, shape.c, made.h, made.w, made.c);
    int tensor = tnpu_tfl_add_tensor(b, made, (int)b->m->tensors[t].zero_point[0],
                                     b->m->tensors[t].scale[0]);
    if (tensor < 0) return -1;
    name_layer(b, b->q->tensors[tensor].name);
    bool possible;
    int view = tnpu_tfl_view(b, tensor, shape, &possible);
    if (view < 0 && possible) return -1;
    return tnpu_tfl_map(b, t, possible ? view : tensor, !possible) ? -1 : tensor;
}

/// A layer that makes a constant tensor: its bytes as channels of one pixel, then the shape.
static int constant(struct tnpu_tfl_build *b, int t, struct tnpu_tfl_shape shape) {
    const struct tnpu_tfl_tensor *in = &b->m->tensors[t];
    size_t n = (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
    if (in->size != n)
        return tnpu_tfl_refuse_tensor(b, t, "has %zu bytes, its shape asks for %zu", in->size, n);
    if (n > DIM_MAX)
        return tnpu_tfl_refuse_tensor(b, t, "is a constant of %zu bytes; at most %d can be made", n,
                                      DIM_MAX);
    int tensor = tnpu_tfl_add_tensor(b, (struct tnpu_tfl_shape){1, 1, (int)n},
                                     (int)in->zero_point[0], in->scale[0]);
    if (tensor < 0) return -1;
    b->q->tensors[tensor].dense = shape.h * shape.w > 1;
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_CONST, -1, tensor);
    if (!l || tnpu_tfl_add_constants(b, l)) return -1;
    memcpy(l->weights, in->data, n);
    bool possible;
    return tnpu_tfl_view(b, tensor, shape, &possible);
}

static int find(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n,
                struct tnpu_tfl_shape *shape) {
    int t = op->inputs[n];
    if (t < 0) return tnpu_tfl_refuse(b, "its input %d is missing", n);
    if (tnpu_tfl_activation(b, t, TNPU_TFL_INT8, shape)) return -1;
    if (b->map[t] >= 0) return b->map[t];
    if (b->m->tensors[t].data) return constant(b, t, *shape);
    return tnpu_tfl_refuse_tensor(b, t, "operator %d reads it, and none before writes it", b->op);
}

int tnpu_tfl_operand_bytes(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n) {
    struct tnpu_tfl_shape shape;
    return find(b, op, n, &shape);
}

int tnpu_tfl_operand(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int n) {
    struct tnpu_tfl_shape shape;
    int from = find(b, op, n, &shape), t = op->inputs[n];
    if (from < 0 || !b->lazy[t]) return from;
    const struct tnpu_qtensor *in = &b->q->tensors[from]; // now the bytes must move together
    struct tnpu_tfl_shape old = {in->h, in->w, in->c};
    int dense = tnpu_tfl_add_tensor(b, old, in->zero_point, *in->scale);
    if (dense < 0) return -1;
    b->q->tensors[dense].dense = true;
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_COPY, from, dense);
    if (!l) return -1;
    l->part = (struct tnpu_qpart){.step_y = 1, .step_x = 1, .h = old.h, .w = old.w, .c = old.c};
    bool possible;
    int view = tnpu_tfl_view(b, dense, shape, &possible);
    if (view < 0) return -1;
    b->map[t] = view;
    b->lazy[t] = false;
    return view;
}

struct tnpu_quantisation tnpu_tfl_quantisation(const struct tnpu_tfl_build *b, int tensor) {
    const struct tnpu_qtensor *t = &b->q->tensors[tensor];
    return (struct tnpu_quantisation){*t->scale, t->zero_point};
}

int tnpu_tfl_clamp(struct tnpu_tfl_build *b, struct tnpu_qlayer *l, int activation, int output) {
    if (activation < TNPU_ACT_NONE || activation > TNPU_ACT_RELU6)
        return tnpu_tfl_refuse(
            b, "fused activation %d is not known; RELU, RELU6 and RELU_N1_TO_1 are", activation);
    tnpu_prepare_activation((enum tnpu_activation)activation, tnpu_tfl_quantisation(b, output),
                            &l->act_min, &l->act_max);
    if (l->act_min > l->act_max)
        return tnpu_tfl_refuse(b, "no byte of its output is within its activation's range");
    return 0;
}

int tnpu_tfl_integers(struct tnpu_tfl_build *b, int t, int room, int64_t *values) {
    if (t < 0) return tnpu_tfl_refuse(b, "an input is missing");
    const struct tnpu_tfl_tensor *in = &b->m->tensors[t];
    if (!in->data || (in->type != TNPU_TFL_INT32 && in->type != TNPU_TFL_INT64))
        return tnpu_tfl_refuse_tensor(b, t, "operator %d wants constant integers there", b->op);
    size_t each = in->type == TNPU_TFL_INT32 ? 4 : 8, n = in->size / each;
    if (in->size % each || n > (size_t)room)
        return tnpu_tfl_refuse_tensor(b, t, "has %zu bytes, operator %d wants at most %d integers",
                                      in->size, b->op, room);
    for (size_t i = 0; i < n; i++) {
        uint64_t v = tnpu_get_u32(in->data + i * each);
        values[i] = each == 4
                        ? (int32_t)v
                        : (int64_t)(v | (uint64_t)tnpu_get_u32(in->data + i * each + 4) << 32);
        // Beyond every dimension it is all the same how far, and callers may add and negate
        if (values[i] < INT32_MIN) values[i] = INT32_MIN;
        if (values[i] > INT32_MAX) values[i] = INT32_MAX;
    }
    return (int)n;
}

int tnpu_tfl_multiplier(struct tnpu_tfl_build *b, struct tnpu_qlayer *l, int c, double real) {
    int32_t shift;
    if (!isfinite(real) || real < 0 || real >= 1 << 30)
        return tnpu_tfl_refuse(b, "its scales give the factor %g", real);
    tnpu_prepare_multiplier(real, &l->mult[c], &shift);
    l->shift[c] = (int8_t)shift;
    return 0;
}
