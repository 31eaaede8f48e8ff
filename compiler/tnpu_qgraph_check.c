// SPDX-License-Identifier: Apache-2.0
// Proof that a quantised graph stays within the machine's arithmetic.
#include "tnpu_qgraph.h"

#include "tnpu_qbounds.h"

#include <stdlib.h>

static bool is_conv(const struct tnpu_qlayer *l) {
    return l->op == TNPU_QOP_CONV || l->op == TNPU_QOP_DWCONV;
}

static bool is_byte(int v) {
    return v >= -128 && v <= 127;
}

static int check_tensors(const struct tnpu_qgraph *g, struct tnpu_error *e) {
    for (int i = 0; i < g->tensor_count; i++) {
        const struct tnpu_qtensor *t = &g->tensors[i];
        if (t->h < 1 || t->w < 1 || t->c < 1 || !is_byte(t->zero_point) || !t->scale ||
            (t->scale_count != 1 && t->scale_count != t->c))
            return tnpu_fail(e, "%s: tensor %s: shape, zero point or scales out of range", g->arch,
                             t->name);
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
    const int at_least_1[] = {l->kernel_h,   l->kernel_w,   l->stride_h, l->stride_w,
                              l->dilation_h, l->dilation_w, l->pool_h,   l->pool_w};
    for (size_t i = 0; i < sizeof at_least_1 / sizeof *at_least_1; i++)
        if (at_least_1[i] < 1)
            return tnpu_fail(e, "%s: %s: kernel, stride, dilation or pooling below 1", g->arch,
                             l->name);
    if (l->pad_top < 0 || l->pad_left < 0 || l->pad_bottom < 0 || l->pad_right < 0)
        return tnpu_fail(e, "%s: %s: negative padding", g->arch, l->name);
    if (!is_byte(l->in_zp) || !is_byte(l->out_zp) || !is_byte(l->res_zp) || !is_byte(l->act_min) ||
        !is_byte(l->act_max) || l->act_min > l->act_max)
        return tnpu_fail(e, "%s: %s: a zero point or clamp is out of range", g->arch, l->name);
    if (l->n < 0 || l->n > TNPU_Q_WIDE_N_MAX || (l->residual < 0 && (l->n || l->k)))
        return tnpu_fail(e, "%s: %s: n is out of range", g->arch, l->name);
    return 0;
}

static int check_shapes(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                        struct tnpu_error *e) {
    const struct tnpu_qtensor *in = &g->tensors[l->input], *out = &g->tensors[l->output];
    int h, w;
    tnpu_qlayer_op_size(g, l, &h, &w);
    bool same_channels = l->op == TNPU_QOP_CONV || in->c == out->c;
    bool pooled = l->pool_h * l->pool_w > 1;
    if (h < 1 || w < 1 || h / l->pool_h != out->h || w / l->pool_w != out->w || !same_channels ||
        (pooled && !is_conv(l)))
        return tnpu_fail(e, "%s: %s: its output's shape does not follow from its input's", g->arch,
                         l->name);
    if (l->residual < 0) return 0;
    const struct tnpu_qtensor *r = &g->tensors[l->residual];
    if (!is_conv(l) || !l->k || r->h != h || r->w != w || r->c != out->c)
        return tnpu_fail(e, "%s: %s: its residual's shape is not its output's", g->arch, l->name);
    return 0;
}

static int check_channels(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                          struct tnpu_error *e) {
    if (!l->weights || !l->bias || !l->post_bias || !l->mult || !l->shift)
        return tnpu_fail(e, "%s: %s lacks its weights", g->arch, l->name);
    for (int c = 0; c < g->tensors[l->output].c; c++) {
        if (l->shift[c] < TNPU_Q_SHIFT_MIN || l->shift[c] > TNPU_Q_SHIFT_MAX)
            return tnpu_fail(e, "%s: %s: channel %d's shift is out of range", g->arch, l->name, c);
        const char *fault = tnpu_qchannel_fault(g, l, c);
        if (fault)
            return tnpu_fail(e, "%s: %s: channel %d's %s can overflow", g->arch, l->name, c, fault);
    }
    return 0;
}

/// Marks the output as written, after making sure that everything read was.
static int check_order(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, bool *written,
                       struct tnpu_error *e) {
    int n = g->tensor_count;
    if (l->input < 0 || l->input >= n || l->output < 0 || l->output >= n || l->residual < -1 ||
        l->residual >= n)
        return tnpu_fail(e, "%s: %s: a tensor index is out of range", g->arch, l->name);
    if (!written[l->input] || (l->residual >= 0 && !written[l->residual]))
        return tnpu_fail(e, "%s: %s reads a tensor before it is written", g->arch, l->name);
    if (written[l->output])
        return tnpu_fail(e, "%s: %s writes a tensor that is written already", g->arch, l->name);
    written[l->output] = true;
    return 0;
}

static int check_layers(const struct tnpu_qgraph *g, bool *written, struct tnpu_error *e) {
    written[g->input] = true;
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        if (check_order(g, l, written, e) || check_fields(g, l, e) || check_shapes(g, l, e) ||
            (is_conv(l) && check_channels(g, l, e)))
            return -1;
    }
    if (!written[g->output]) return tnpu_fail(e, "%s: no layer writes the output", g->arch);
    return 0;
}

int tnpu_qgraph_check(const struct tnpu_qgraph *g, struct tnpu_error *e) {
    if (g->input < 0 || g->input >= g->tensor_count || g->output < 0 ||
        g->output >= g->tensor_count)
        return tnpu_fail(e, "%s: no input or no output", g->arch);
    if (check_tensors(g, e)) return -1;
    bool *written = calloc((size_t)g->tensor_count, sizeof *written);
    if (!written) return tnpu_fail(e, "%s: out of memory", g->arch);
    int rc = check_layers(g, written, e);
    free(written);
    return rc;
}
