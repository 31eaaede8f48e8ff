// SPDX-License-Identifier: Apache-2.0
// Proof that a quantised graph stays within the machine's arithmetic.
#include "tnpu_qgraph.h"

#include "tnpu_qbounds.h"

#include <stdlib.h>

static bool is_byte(int v) {
    return v >= -128 && v <= 127;
}

static bool is_count(int v) {
    return v >= 1 && v <= TNPU_Q_DIM_MAX;
}

static int64_t size_of(const struct tnpu_qtensor *t) {
    return (int64_t)t->h * t->w * t->c;
}

/// Pixels regrouped, or, where nothing lies between them, bytes.
static bool is_view(const struct tnpu_qgraph *g, int t) {
    const struct tnpu_qtensor *view = &g->tensors[t];
    if (view->view_of < 1 || view->view_of > t) return false;
    const struct tnpu_qtensor *root = &g->tensors[view->view_of - 1];
    return !root->view_of && root->dense == view->dense && size_of(root) == size_of(view) &&
           (root->dense || root->c == view->c);
}

int tnpu_qtensors_check(const struct tnpu_qgraph *g, struct tnpu_error *e) {
    for (int i = 0; i < g->tensor_count; i++) {
        const struct tnpu_qtensor *t = &g->tensors[i];
        if (!is_count(t->h) || !is_count(t->w) || !is_count(t->c) || !is_byte(t->zero_point) ||
            !t->scale || (t->scale_count != 1 && t->scale_count != t->c))
            return tnpu_fail(e, "%s: tensor %s: shape, zero point or scales out of range", g->arch,
                             t->name);
        if (t->view_of && !is_view(g, i))
            return tnpu_fail(e, "%s: tensor %s is a view of something else", g->arch, t->name);
        for (int c = 0; c < t->scale_count; c++)
            if (!(t->scale[c] > 0))
                return tnpu_fail(e, "%s: tensor %s: channel %d's scale is not positive", g->arch,
                                 t->name, c);
    }
    return 0;
}

/// The fields that do not depend on a channel.
static int check_fields(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                        struct tnpu_error *e) {
    const int counts[] = {l->kernel_h,   l->kernel_w,   l->stride_h, l->stride_w,
                          l->dilation_h, l->dilation_w, l->pool_h,   l->pool_w};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (!is_count(counts[i]))
            return tnpu_fail(e, "%s: %s: kernel, stride, dilation or pooling of %d, want 1 to %d",
                             g->arch, l->name, counts[i], TNPU_Q_DIM_MAX);
    const int pads[] = {l->pad_top, l->pad_left, l->pad_bottom, l->pad_right};
    for (size_t i = 0; i < sizeof pads / sizeof *pads; i++)
        if (pads[i] < 0 || pads[i] > TNPU_Q_DIM_MAX)
            return tnpu_fail(e, "%s: %s: padding of %d, want 0 to %d", g->arch, l->name, pads[i],
                             TNPU_Q_DIM_MAX);
    if (!is_byte(l->in_zp) || !is_byte(l->out_zp) || !is_byte(l->res_zp) || !is_byte(l->act_min) ||
        !is_byte(l->act_max) || l->act_min > l->act_max)
        return tnpu_fail(e, "%s: %s: a zero point or clamp is out of range", g->arch, l->name);
    if (l->n < 0 || l->n > TNPU_Q_WIDE_N_MAX || (l->residual < 0 && (l->n || l->k)))
        return tnpu_fail(e, "%s: %s: n is out of range", g->arch, l->name);
    return 0;
}

static bool is_shift(int s) {
    return s >= 0 && s <= 31;
}

/// ADD and SUB, fused or not.
static int check_add(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                     struct tnpu_error *e) {
    const struct tnpu_qadd *a = &l->add;
    if (a->m1 < 0 || a->m2 < 0 || a->m0 == INT32_MIN || !is_shift(a->s1) || !is_shift(a->s2) ||
        !is_shift(a->s0) || !is_byte(a->zp1) || !is_byte(a->min1) || !is_byte(a->max1) ||
        a->min1 > a->max1)
        return tnpu_fail(e, "%s: %s: constants of its addition are out of range", g->arch, l->name);
    return 0;
}

/// The part of COPY lies within its output, and its channels within the input's.
static bool part_fits(const struct tnpu_qpart *p, const struct tnpu_qtensor *in,
                      const struct tnpu_qtensor *out) {
    const int low[] = {p->to_y, p->to_x, p->to_c, p->from_c};
    for (size_t i = 0; i < sizeof low / sizeof *low; i++)
        if (low[i] < 0) return false;
    if (!is_count(p->h) || !is_count(p->w) || !is_count(p->c) || !is_count(p->step_y) ||
        !is_count(p->step_x))
        return false;
    if (abs(p->from_y) > TNPU_Q_DIM_MAX || abs(p->from_x) > TNPU_Q_DIM_MAX) return false;
    return p->to_y + (int64_t)(p->h - 1) * p->step_y < out->h &&
           p->to_x + (int64_t)(p->w - 1) * p->step_x < out->w &&
           (int64_t)p->to_c + p->c <= out->c && (int64_t)p->from_c + p->c <= in->c;
}

static bool broadcasts(int second, int out) {
    return second == out || second == 1;
}

/// Shapes of operators without windows.
static bool bytes_fit(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    if (l->op == TNPU_QOP_CONST) return l->weights && l->residual < 0;
    const struct tnpu_qtensor *in = &g->tensors[l->input];
    if (l->op == TNPU_QOP_COPY) return l->residual < 0 && part_fits(&l->part, in, out);
    if (in->h != out->h || in->w != out->w || in->c != out->c) return false;
    if (!tnpu_qlayer_is_eltwise(l)) return l->residual < 0;
    bool full = l->act_min == -128 && l->act_max == 127;
    if (l->residual < 0 || (!full && (l->op == TNPU_QOP_MAX || l->op == TNPU_QOP_MIN)))
        return false;
    const struct tnpu_qtensor *r = &g->tensors[l->residual];
    return broadcasts(r->h, out->h) && broadcasts(r->w, out->w) && broadcasts(r->c, out->c);
}

static int check_shapes(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                        struct tnpu_error *e) {
    if (l->op > TNPU_QOP_MEAN) {
        if (bytes_fit(g, l)) return 0;
        return tnpu_fail(e, "%s: %s: the shapes of what it reads and writes do not agree", g->arch,
                         l->name);
    }
    const struct tnpu_qtensor *in = &g->tensors[l->input], *out = &g->tensors[l->output];
    int h, w;
    tnpu_qlayer_op_size(g, l, &h, &w);
    bool same_channels = l->op == TNPU_QOP_CONV || in->c == out->c;
    bool pooled = l->pool_h * l->pool_w > 1;
    if (h < 1 || w < 1 || h / l->pool_h != out->h || w / l->pool_w != out->w || !same_channels ||
        (pooled && !tnpu_qlayer_is_conv(l)))
        return tnpu_fail(e, "%s: %s: its output's shape does not follow from its input's", g->arch,
                         l->name);
    if (l->residual < 0) return 0;
    const struct tnpu_qtensor *r = &g->tensors[l->residual];
    bool wide = l->sum == TNPU_QSUM_WIDE;
    if (!tnpu_qlayer_is_conv(l) || (wide && !l->k) || (!wide && l->op != TNPU_QOP_CONV) ||
        r->h != h || r->w != w || r->c != out->c)
        return tnpu_fail(e, "%s: %s: its residual's shape is not its output's", g->arch, l->name);
    return 0;
}

static int check_constants(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                           struct tnpu_error *e) {
    int params = tnpu_qlayer_param_count(g, l);
    bool complete = (l->bias && l->post_bias && l->mult && l->shift) || params == 0;
    if (!complete || (!l->weights && tnpu_qlayer_weight_count(g, l) > 0))
        return tnpu_fail(e, "%s: %s lacks its weights", g->arch, l->name);
    for (int c = 0; c < params; c++) {
        if (l->shift[c] < TNPU_Q_SHIFT_MIN || l->shift[c] > TNPU_Q_SHIFT_MAX)
            return tnpu_fail(e, "%s: %s: channel %d's shift is out of range", g->arch, l->name, c);
        const char *fault = tnpu_qchannel_fault(g, l, c);
        if (fault)
            return tnpu_fail(e, "%s: %s: channel %d's %s can overflow", g->arch, l->name, c, fault);
    }
    return 0;
}

/// Whether all bytes of the tensor have been written.
static bool is_whole(const struct tnpu_qgraph *g, const int64_t *written, int t) {
    int root = g->tensors[t].view_of ? g->tensors[t].view_of - 1 : t;
    return written[root] == size_of(&g->tensors[root]);
}

/// Counts the bytes of the output as written, after making sure that everything read was.
static int check_order(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int64_t *written,
                       struct tnpu_error *e) {
    int n = g->tensor_count, least = l->op == TNPU_QOP_CONST ? -1 : 0;
    if (l->input < least || l->input >= n || l->output < 0 || l->output >= n || l->residual < -1 ||
        l->residual >= n)
        return tnpu_fail(e, "%s: %s: a tensor index is out of range", g->arch, l->name);
    if ((l->input >= 0 && !is_whole(g, written, l->input)) ||
        (l->residual >= 0 && !is_whole(g, written, l->residual)))
        return tnpu_fail(e, "%s: %s reads a tensor before it is written", g->arch, l->name);
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    int64_t bytes = size_of(out);
    if (l->op == TNPU_QOP_COPY && part_fits(&l->part, &g->tensors[l->input], out))
        bytes = (int64_t)l->part.h * l->part.w * l->part.c;
    if (out->view_of || written[l->output] + bytes > size_of(out))
        return tnpu_fail(e, "%s: %s writes a tensor that is written already", g->arch, l->name);
    written[l->output] += bytes;
    return 0;
}

int tnpu_qlayer_check(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                      struct tnpu_error *e) {
    bool adds = l->op == TNPU_QOP_ADD || l->op == TNPU_QOP_SUB || l->sum != TNPU_QSUM_WIDE;
    return check_fields(g, l, e) || check_shapes(g, l, e) || (adds && check_add(g, l, e)) ||
                   check_constants(g, l, e)
               ? -1
               : 0;
}

static int check_layers(const struct tnpu_qgraph *g, int64_t *written, struct tnpu_error *e) {
    written[g->input] = size_of(&g->tensors[g->input]);
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        if (check_order(g, l, written, e) || tnpu_qlayer_check(g, l, e)) return -1;
    }
    if (!is_whole(g, written, g->output))
        return tnpu_fail(e, "%s: no layer writes the output", g->arch);
    return 0;
}

int tnpu_qgraph_check(const struct tnpu_qgraph *g, struct tnpu_error *e) {
    if (g->input < 0 || g->input >= g->tensor_count || g->output < 0 ||
        g->output >= g->tensor_count)
        return tnpu_fail(e, "%s: no input or no output", g->arch);
    if (tnpu_qtensors_check(g, e)) return -1;
    int64_t *written = calloc((size_t)g->tensor_count, sizeof *written);
    if (!written) return tnpu_fail(e, "%s: out of memory", g->arch);
    int rc = check_layers(g, written, e);
    free(written);
    return rc;
}
