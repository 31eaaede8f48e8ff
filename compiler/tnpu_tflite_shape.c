// SPDX-License-Identifier: Apache-2.0
// RESHAPE, SQUEEZE, EXPAND_DIMS, PAD, PADV2 and CONCATENATION.
#include "tnpu_tflite_build.h"

#include <math.h>

/// The same bytes under another shape: a view where that will do; otherwise nothing is done until
/// an operator reads it that needs the new shape (FULLY_CONNECTED does not).
int tnpu_tfl_reshape(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int in = tnpu_tfl_operand_bytes(b, op, 0), to = op->outputs[0];
    struct tnpu_tfl_shape shape;
    if (in < 0) return -1;
    if (b->map[to] >= 0 || b->m->tensors[to].data)
        return tnpu_tfl_refuse_tensor(b, to, "operator %d writes it, and it is written already",
                                      b->op);
    if (tnpu_tfl_activation(b, to, TNPU_TFL_INT8, &shape)) return -1;
    const struct tnpu_qtensor *t = &b->q->tensors[in];
    if ((int64_t)shape.h * shape.w * shape.c != (int64_t)t->h * t->w * t->c)
        return tnpu_tfl_refuse(b, "from %d x %d x %d to %d x %d x %d", t->h, t->w, t->c, shape.h,
                               shape.w, shape.c);
    if (t->zero_point != b->m->tensors[to].zero_point[0] || *t->scale != b->m->tensors[to].scale[0])
        return tnpu_tfl_refuse(b, "input and output have different scales or zero points");
    bool possible;
    int view = tnpu_tfl_view(b, in, shape, &possible);
    if (view < 0 && possible) return -1;
    return tnpu_tfl_map(b, to, possible ? view : in, !possible);
}

/// A copy of all of `in` to (y, x, c) of `out`.
static int place(struct tnpu_tfl_build *b, int in, int out, int y, int x, int c) {
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_COPY, in, out);
    if (!l) return -1;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    l->part = (struct tnpu_qpart){0, 0, 0, y, x, c, 1, 1, s.h, s.w, s.c};
    return 0;
}

int tnpu_tfl_concatenation(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int rank = tnpu_tfl_out(b, op, 0)->rank, axis = op->options.axis;
    int from_end = axis < -rank ? 0 : axis < 0 ? -axis : rank - axis;
    if (from_end < 1 || from_end > 3 || from_end > rank)
        return tnpu_tfl_refuse(b, "axis %d; rows, columns and channels can be joined", axis);
    if (op->options.activation) return tnpu_tfl_refuse(b, "a fused activation");
    struct tnpu_tfl_shape made = {0, 0, 0};
    int along[3] = {0, 0, 0}; // y, x, c of the next input's place
    for (int i = 0; i < op->input_count; i++) {
        int in = tnpu_tfl_operand(b, op, i);
        if (in < 0) return -1;
        struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
        int size[3] = {s.h, s.w, s.c};
        along[3 - from_end] += size[3 - from_end];
        struct tnpu_tfl_shape first = i ? made : s;
        made = (struct tnpu_tfl_shape){from_end == 3 ? along[0] : first.h,
                                       from_end == 2 ? along[1] : first.w,
                                       from_end == 1 ? along[2] : first.c};
        struct tnpu_tfl_shape same = {from_end == 3 ? s.h : made.h, from_end == 2 ? s.w : made.w,
                                      from_end == 1 ? s.c : made.c};
        if (!tnpu_tfl_same(s, same) || along[3 - from_end] > 1 << 20)
            return tnpu_tfl_refuse(b, "its inputs' shapes do not fit together");
    }
    int out = tnpu_tfl_result(b, op, 0, made);
    if (out < 0) return -1;
    along[0] = along[1] = along[2] = 0;
    for (int i = 0; i < op->input_count; i++) {
        int in = tnpu_tfl_operand(b, op, i);
        if (in < 0) return -1;
        const struct tnpu_qtensor *t = &b->q->tensors[in], *o = &b->q->tensors[out];
        if (t->zero_point != o->zero_point || *t->scale != *o->scale)
            return tnpu_tfl_refuse(
                b, "input %d and the output have different scales or zero points", i);
        struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
        int size[3] = {s.h, s.w, s.c};
        if (place(b, in, out, along[0], along[1], along[2])) return -1;
        along[3 - from_end] += size[3 - from_end];
    }
    return 0;
}

/// The byte that PADV2 pads with; PAD takes the output's zero point.
static int pad_value(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int *value) {
    *value = (int)tnpu_tfl_out(b, op, 0)->zero_point[0];
    if (op->code != TNPU_TFL_PADV2) return 0;
    int t = op->inputs[2];
    if (t < 0 || b->m->tensors[t].type != TNPU_TFL_INT8 || b->m->tensors[t].size != 1)
        return tnpu_tfl_refuse(b, "its padding is not one constant int8");
    *value = (int8_t)b->m->tensors[t].data[0];
    return 0;
}

/// Channels from..to - 1 of the output of a COPY, all its padding: from columns left of the input,
/// of as many channels at a time as it has.
static int fill(struct tnpu_tfl_build *b, int in, int out, int value, int from, int to) {
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in), made = tnpu_tfl_shape_of(b, out);
    for (int n; from < to; from += n) {
        struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_COPY, in, out);
        if (!l) return -1;
        n = to - from < s.c ? to - from : s.c;
        l->in_zp = value;
        l->part = (struct tnpu_qpart){0, -made.w, 0, 0, 0, from, 1, 1, made.h, made.w, n};
    }
    return 0;
}

int tnpu_tfl_pad(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int64_t pad[8], before[3] = {0}, after[3] = {0};
    int in = tnpu_tfl_operand(b, op, 0),
        n = in < 0 ? -1 : tnpu_tfl_integers(b, op->inputs[1], 8, pad);
    if (n < 0) return -1;
    int rank = tnpu_tfl_in(b, op, 0)->rank;
    if (n != 2 * rank)
        return tnpu_tfl_refuse(b, "%d numbers of padding for %d dimensions", n, rank);
    for (int i = 0; i < rank; i++) {
        int from_end = rank - i;
        if (pad[2 * i] < 0 || pad[2 * i] > 4096 || pad[2 * i + 1] < 0 || pad[2 * i + 1] > 4096)
            return tnpu_tfl_refuse(b, "padding of %lld and %lld", (long long)pad[2 * i],
                                   (long long)pad[2 * i + 1]);
        if (from_end > 3 && pad[2 * i] + pad[2 * i + 1] > 0)
            return tnpu_tfl_refuse(b, "padding of the batch");
        if (from_end > 3) continue;
        before[3 - from_end] = pad[2 * i];
        after[3 - from_end] = pad[2 * i + 1];
    }
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    struct tnpu_tfl_shape made = {s.h + (int)(before[0] + after[0]),
                                  s.w + (int)(before[1] + after[1]),
                                  s.c + (int)(before[2] + after[2])};
    int out = tnpu_tfl_result(b, op, 0, made), value;
    if (out < 0 || pad_value(b, op, &value)) return -1;
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_COPY, in, out);
    if (!l) return -1;
    l->in_zp = value;
    l->part = (struct tnpu_qpart){-(int)before[0], -(int)before[1], 0,  0, 0, (int)before[2], 1, 1,
                                  made.h,          made.w,          s.c};
    int behind = (int)before[2] + s.c;
    return fill(b, in, out, value, 0, (int)before[2]) || fill(b, in, out, value, behind, made.c)
               ? -1
               : 0;
}
