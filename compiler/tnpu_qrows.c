// SPDX-License-Identifier: Apache-2.0
// When kernel rows together pay, and the padded copy that makes it possible.
#include "tnpu_qrows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

int tnpu_qrows_at_once(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int row,
                       int pixels, int *reads) {
    int best = 1, c = g->tensors[l->input].c;
    int run = (l->kernel_w + (pixels - 1) * l->stride_w) * c;
    *reads = l->kernel_h * ceil_div(run, TNPU_DOT);
    for (int n = 2; n <= l->kernel_h && l->dilation_h == 1; n++) {
        int together = l->kernel_h / n * ceil_div((n - 1) * row + run, TNPU_DOT);
        if (l->kernel_h % n || together >= *reads) continue;
        best = n;
        *reads = together;
    }
    return best;
}

/// What the convolution reads of its padded input.
static void padded_size(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int *h, int *w) {
    int op_h, op_w;
    tnpu_qlayer_op_size(g, l, &op_h, &op_w);
    *h = (op_h - 1) * l->stride_h + l->kernel_h;
    *w = (op_w - 1) * l->stride_w + l->kernel_w;
}

static bool pays(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                 const struct tnpu_config *config) {
    if (l->op != TNPU_QOP_CONV || l->input != g->input || l->dilation_h > 1 || l->dilation_w > 1 ||
        g->tensors[g->input].view_of || config->lanes > TNPU_VEC) // whose writes begin at vectors
        return false;
    const struct tnpu_qtensor *in = &g->tensors[l->input], *out = &g->tensors[l->output];
    int h, w, op_h, op_w, reads;
    padded_size(g, l, &h, &w);
    if (h > TNPU_Q_DIM_MAX || w > TNPU_Q_DIM_MAX) return false;
    tnpu_qlayer_op_size(g, l, &op_h, &op_w);
    tnpu_qrows_at_once(g, l, w * in->c, 1, &reads);
    int now = l->kernel_h * ceil_div(l->kernel_w * in->c, TNPU_DOT);
    int64_t saved = (int64_t)(now - reads) * op_h * op_w * ceil_div(out->c, config->lanes);
    return saved > (int64_t)h * ceil_div(w * in->c, config->lanes) + TNPU_CYC_BOOT;
}

static int insert(struct tnpu_qgraph *g, int at, struct tnpu_error *e) {
    struct tnpu_qtensor *tensors =
        realloc(g->tensors, ((size_t)g->tensor_count + 1) * sizeof *tensors);
    if (tensors) g->tensors = tensors;
    struct tnpu_qlayer *layers = realloc(g->layers, ((size_t)g->layer_count + 1) * sizeof *layers);
    if (layers) g->layers = layers;
    float *scale = malloc(sizeof *scale);
    if (!tensors || !layers || !scale) {
        free(scale);
        return tnpu_fail(e, "%s: out of memory for the graph", g->arch);
    }
    memmove(&layers[at + 1], &layers[at], (size_t)(g->layer_count - at) * sizeof *layers);
    g->layer_count++;
    struct tnpu_qlayer *conv = &layers[at + 1];
    struct tnpu_qtensor *in = &tensors[g->input], *padded = &tensors[g->tensor_count];
    int h, w;
    padded_size(g, conv, &h, &w);
    *scale = *in->scale;
    *padded = (struct tnpu_qtensor){.h = h,
                                    .w = w,
                                    .c = in->c,
                                    .zero_point = in->zero_point,
                                    .scale_count = 1,
                                    .scale = scale,
                                    .float_tensor = -1,
                                    .dense = true};
    in->dense = true;
    struct tnpu_qlayer *copy = &layers[at];
    *copy = tnpu_qlayer_plain(TNPU_QOP_COPY, g->input, g->tensor_count);
    copy->in_zp = conv->in_zp;
    copy->part =
        (struct tnpu_qpart){-conv->pad_top, -conv->pad_left, 0, 0, 0, 0, 1, 1, h, w, in->c};
    char name[TNPU_Q_NAME_MAX]; // unique: no operator's ends like this
    snprintf(name, sizeof name, "%.*s.rows", TNPU_Q_NAME_MAX - 6, conv->name);
    memcpy(copy->name, name, sizeof name);
    memcpy(padded->name, name, sizeof name);
    conv->input = g->tensor_count++;
    conv->pad_top = conv->pad_left = conv->pad_bottom = conv->pad_right = 0;
    return 0;
}

int tnpu_qrows(struct tnpu_qgraph *g, const struct tnpu_config *config, struct tnpu_error *e) {
    for (int i = 0; i < g->layer_count; i++)
        if (pays(g, &g->layers[i], config) && insert(g, i++, e)) return -1;
    return 0;
}
