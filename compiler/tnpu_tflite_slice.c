// SPDX-License-Identifier: Apache-2.0
// SLICE, STRIDED_SLICE, SPLIT and RESIZE_NEAREST_NEIGHBOR: copies of parts.
#include "tnpu_tflite_build.h"

/// A part of an input, in rows, columns and channels.
struct region {
    int begin[3], size[3], stride[3];
};

/// A copy of the region of `in` to output n of the operator.
static int cut(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, int in, int n,
               const struct region *r) {
    int out =
        tnpu_tfl_result(b, op, n, (struct tnpu_tfl_shape){r->size[0], r->size[1], r->size[2]});
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_COPY, in, out);
    if (!l) return -1;
    const struct tnpu_qtensor *from = &b->q->tensors[in], *to = &b->q->tensors[out];
    if (from->zero_point != to->zero_point || *from->scale != *to->scale)
        return tnpu_tfl_refuse(b, "input and output have different scales or zero points");
    l->stride_h = r->stride[0];
    l->stride_w = r->stride[1];
    l->part = (struct tnpu_qpart){r->begin[0], r->begin[1], r->begin[2], 0,          0,         0,
                                  1,           1,           r->size[0],  r->size[1], r->size[2]};
    return 0;
}

static struct region whole(struct tnpu_tfl_shape s) {
    return (struct region){{0, 0, 0}, {s.h, s.w, s.c}, {1, 1, 1}};
}

/// Dimension i of the file's `rank` as one of the region's three, or -1 for the batch.
static int place_of(int rank, int i) {
    return i - rank + 3;
}

int tnpu_tfl_slice(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int64_t begin[4], size[4];
    int in = tnpu_tfl_operand(b, op, 0);
    if (in < 0) return -1;
    int rank = tnpu_tfl_in(b, op, 0)->rank, n = tnpu_tfl_integers(b, op->inputs[1], 4, begin),
        m = tnpu_tfl_integers(b, op->inputs[2], 4, size);
    if (n < 0 || m < 0) return -1;
    if (n != rank || m != rank)
        return tnpu_tfl_refuse(b, "%d and %d numbers for %d dimensions", n, m, rank);
    struct region r = whole(tnpu_tfl_shape_of(b, in));
    for (int i = 0; i < rank; i++) {
        int p = place_of(rank, i), full = p < 0 ? 1 : r.size[p];
        int64_t count = size[i] == -1 ? full - begin[i] : size[i];
        if (begin[i] < 0 || count < 1 || begin[i] > full || count > full - begin[i])
            return tnpu_tfl_refuse(b, "dimension %d: from %lld, %lld values, of %d", i,
                                   (long long)begin[i], (long long)size[i], full);
        if (p < 0) continue;
        r.begin[p] = (int)begin[i];
        r.size[p] = (int)count;
    }
    return cut(b, op, in, 0, &r);
}

int tnpu_tfl_strided_slice(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    const struct tnpu_tfl_options *o = &op->options;
    int64_t begin[4], end[4], stride[4];
    int in = tnpu_tfl_operand(b, op, 0);
    if (in < 0) return -1;
    int rank = tnpu_tfl_in(b, op, 0)->rank;
    int n = tnpu_tfl_integers(b, op->inputs[1], 4, begin),
        m = tnpu_tfl_integers(b, op->inputs[2], 4, end),
        k = tnpu_tfl_integers(b, op->inputs[3], 4, stride);
    if (n < 0 || m < 0 || k < 0) return -1;
    if (n > rank || m != n || k != n || o->ellipsis_mask || o->new_axis_mask || o->offset)
        return tnpu_tfl_refuse(b, "an ellipsis, new axes, offsets or lists of different lengths; "
                                  "plain slices can be run");
    struct region r = whole(tnpu_tfl_shape_of(b, in));
    for (int i = 0; i < n; i++) {
        int p = place_of(rank, i), full = p < 0 ? 1 : r.size[p];
        int64_t from = o->begin_mask >> i & 1 ? 0 : begin[i] < 0 ? begin[i] + full : begin[i];
        int64_t to = o->end_mask >> i & 1 ? full : end[i] < 0 ? end[i] + full : end[i];
        if (o->shrink_axis_mask >> i & 1) to = from + 1;
        to = to > full ? full : to;
        if (stride[i] < 1 || stride[i] > 15 || from < 0 || from >= to ||
            (stride[i] > 1 && (p < 0 || p == 2)))
            return tnpu_tfl_refuse(b, "dimension %d: from %lld to %lld by %lld, of %d", i,
                                   (long long)from, (long long)to, (long long)stride[i], full);
        if (p < 0) continue;
        r.begin[p] = (int)from;
        r.size[p] = (int)((to - from + stride[i] - 1) / stride[i]);
        r.stride[p] = (int)stride[i];
    }
    return cut(b, op, in, 0, &r);
}

int tnpu_tfl_split(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int64_t axis[1];
    int in = tnpu_tfl_operand(b, op, 1);
    if (in < 0 || tnpu_tfl_integers(b, op->inputs[0], 1, axis) != 1)
        return in < 0 ? -1 : tnpu_tfl_refuse(b, "its axis is missing");
    int rank = tnpu_tfl_in(b, op, 1)->rank;
    int64_t p = axis[0] < 0 ? axis[0] + 3 : axis[0] - rank + 3;
    if (p < 0 || p > 2)
        return tnpu_tfl_refuse(b, "axis %lld; rows, columns and channels can be split",
                               (long long)axis[0]);
    struct region r = whole(tnpu_tfl_shape_of(b, in));
    if (r.size[p] % op->output_count)
        return tnpu_tfl_refuse(b, "%d values into %d equal parts", r.size[p], op->output_count);
    r.size[p] /= op->output_count;
    for (int n = 0; n < op->output_count; n++, r.begin[p] += r.size[p])
        if (cut(b, op, in, n, &r)) return -1;
    return 0;
}

/// By a power of two: a copy of the input for each place within the blocks of equal pixels.
int tnpu_tfl_enlarge(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int64_t size[2];
    int in = tnpu_tfl_operand(b, op, 0),
        n = in < 0 ? -1 : tnpu_tfl_integers(b, op->inputs[1], 2, size);
    if (n < 0) return -1;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    bool twice = n == 2 && (size[0] == 2 * (int64_t)s.h || size[0] == 4 * (int64_t)s.h) &&
                 size[0] * s.w == size[1] * s.h;
    if (!twice || op->options.align_corners)
        return tnpu_tfl_refuse(b, "only enlarging by 2 or 4 without align_corners can be run");
    int times = (int)(size[0] / s.h);
    int out = tnpu_tfl_result(b, op, 0, (struct tnpu_tfl_shape){s.h * times, s.w * times, s.c});
    if (out < 0) return -1;
    const struct tnpu_qtensor *from = &b->q->tensors[in], *to = &b->q->tensors[out];
    if (from->zero_point != to->zero_point || *from->scale != *to->scale)
        return tnpu_tfl_refuse(b, "input and output have different scales or zero points");
    for (int i = 0; i < times * times; i++) {
        struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, TNPU_QOP_COPY, in, out);
        if (!l) return -1;
        l->part =
            (struct tnpu_qpart){0, 0, 0, i / times, i % times, 0, times, times, s.h, s.w, s.c};
    }
    return 0;
}
