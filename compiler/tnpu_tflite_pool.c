// SPDX-License-Identifier: Apache-2.0
// Windows, pooling and MEAN.
#include "tnpu_tflite_window.h"

#include <math.h>

enum { WINDOW_MAX = 4096 };

/// One direction. Returns the output's size, or 0.
static int place(int in, int kernel, int stride, int dilation, bool same, int *before, int *after) {
    int64_t span = (int64_t)(kernel - 1) * dilation + 1;
    *before = *after = 0;
    if (!same) return in < span ? 0 : (int)((in - span) / stride) + 1;
    int out = (in + stride - 1) / stride;
    int64_t total = (int64_t)(out - 1) * stride + span - in;
    *before = tnpu_same_padding(in, out, kernel, stride, dilation);
    *after = total > 0 ? (int)total - *before : 0; // the odd one goes behind
    return out;
}

int tnpu_tfl_window(struct tnpu_tfl_build *b, const struct tnpu_tfl_options *o,
                    struct tnpu_tfl_shape in, int kernel_h, int kernel_w,
                    struct tnpu_tfl_window *w) {
    const int sizes[] = {kernel_h,    kernel_w,      o->stride_h,
                         o->stride_w, o->dilation_h, o->dilation_w};
    for (int i = 0; i < 6; i++)
        if (sizes[i] < 1 || sizes[i] > WINDOW_MAX)
            return tnpu_tfl_refuse(
                b, "kernel %d x %d, stride %d x %d, dilation %d x %d: each must be 1 to %d",
                kernel_h, kernel_w, o->stride_h, o->stride_w, o->dilation_h, o->dilation_w,
                WINDOW_MAX);
    if (o->padding != 0 && o->padding != 1)
        return tnpu_tfl_refuse(b, "padding %d is neither SAME nor VALID", o->padding);
    *w = (struct tnpu_tfl_window){
        kernel_h, kernel_w, o->stride_h, o->stride_w, o->dilation_h, o->dilation_w, 0, 0, 0, 0,
        0,        0};
    w->out_h =
        place(in.h, kernel_h, o->stride_h, o->dilation_h, o->padding == 0, &w->top, &w->bottom);
    w->out_w =
        place(in.w, kernel_w, o->stride_w, o->dilation_w, o->padding == 0, &w->left, &w->right);
    if (w->out_h < 1 || w->out_w < 1)
        return tnpu_tfl_refuse(b, "its window of %d x %d does not fit into %d x %d", kernel_h,
                               kernel_w, in.h, in.w);
    return 0;
}

void tnpu_tfl_window_fields(struct tnpu_qlayer *l, const struct tnpu_tfl_window *w) {
    l->kernel_h = w->kernel_h;
    l->kernel_w = w->kernel_w;
    l->stride_h = w->stride_h;
    l->stride_w = w->stride_w;
    l->dilation_h = w->dilation_h;
    l->dilation_w = w->dilation_w;
    l->pad_top = w->top;
    l->pad_left = w->left;
    l->pad_bottom = w->bottom;
    l->pad_right = w->right;
}

/// Input and output must be quantised alike: pooling does not rescale.
static int pool(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op, enum tnpu_qop kind) {
    struct tnpu_tfl_window w;
    int in = tnpu_tfl_operand(b, op, 0);
    if (in < 0) return -1;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    if (tnpu_tfl_window(b, &op->options, s, op->options.filter_h, op->options.filter_w, &w))
        return -1;
    int out = tnpu_tfl_result(b, op, 0, (struct tnpu_tfl_shape){w.out_h, w.out_w, s.c});
    if (out < 0) return -1;
    const struct tnpu_qtensor *from = &b->q->tensors[in], *to = &b->q->tensors[out];
    if (from->zero_point != to->zero_point || fabsf(*from->scale - *to->scale) > 1e-6f)
        return tnpu_tfl_refuse(b, "input and output have different scales or zero points");
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, kind, in, out);
    if (!l) return -1;
    tnpu_tfl_window_fields(l, &w);
    return tnpu_tfl_clamp(b, l, op->options.activation, out);
}

int tnpu_tfl_average(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    return pool(b, op, TNPU_QOP_AVGPOOL);
}

int tnpu_tfl_maximum_pool(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    return pool(b, op, TNPU_QOP_MAXPOOL);
}

static int mean_factor(struct tnpu_tfl_build *b, struct tnpu_qlayer *l) {
    struct tnpu_op_mean p = {.in = {l->kernel_h, l->kernel_w, 1}};
    struct tnpu_quantisation in = tnpu_tfl_quantisation(b, l->input);
    struct tnpu_quantisation out = tnpu_tfl_quantisation(b, l->output);
    if (!((double)in.scale / (double)out.scale < 1 << 20))
        return tnpu_tfl_refuse(b, "its scales give the factor %g",
                               (double)in.scale / (double)out.scale);
    tnpu_prepare_mean(&p, in, out);
    l->mult[0] = p.mult;
    l->shift[0] = (int8_t)p.shift;
    l->bias[0] = -in.zp * l->kernel_h * l->kernel_w;
    return 0;
}

/// Of rows, columns or both.
int tnpu_tfl_mean(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int64_t axis[4];
    int in = tnpu_tfl_operand(b, op, 0),
        n = in < 0 ? -1 : tnpu_tfl_integers(b, op->inputs[1], 4, axis);
    if (n < 0) return -1;
    int rank = tnpu_tfl_in(b, op, 0)->rank;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    bool rows = false, columns = false;
    for (int i = 0; i < n; i++) {
        int64_t from_end = axis[i] < 0 ? -axis[i] : rank - axis[i];
        if (from_end < 1 || from_end > rank)
            return tnpu_tfl_refuse(b, "axis %lld is out of range", (long long)axis[i]);
        if (from_end == 1)
            return tnpu_tfl_refuse(
                b, "a mean over channels cannot be run; over rows and columns it can");
        rows = rows || from_end == 3;
        columns = columns || from_end == 2;
    }
    struct tnpu_tfl_shape made = {rows ? 1 : s.h, columns ? 1 : s.w, s.c};
    int out = tnpu_tfl_result(b, op, 0, made);
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_MEAN, in, out);
    if (!l || tnpu_tfl_add_constants(b, l)) return -1;
    l->kernel_h = rows ? s.h : 1;
    l->kernel_w = columns ? s.w : 1;
    return mean_factor(b, l);
}
