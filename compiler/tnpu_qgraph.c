// SPDX-License-Identifier: Apache-2.0
// Shapes, sizes and memory of the quantised graph.
#include "tnpu_qgraph.h"

#include <stdlib.h>

static int op_size(int in, int pad, int kernel, int dilation, int stride) {
    return (in + pad - (kernel - 1) * dilation - 1) / stride + 1;
}

struct tnpu_qlayer tnpu_qlayer_plain(enum tnpu_qop op, int input, int output) {
    return (struct tnpu_qlayer){.op = op,
                                .input = input,
                                .output = output,
                                .residual = -1,
                                .kernel_h = 1,
                                .kernel_w = 1,
                                .stride_h = 1,
                                .stride_w = 1,
                                .dilation_h = 1,
                                .dilation_w = 1,
                                .pool_h = 1,
                                .pool_w = 1,
                                .act_min = INT8_MIN,
                                .act_max = INT8_MAX};
}

struct tnpu_pixels tnpu_qtensor_range(const struct tnpu_qtensor *t) {
    return (struct tnpu_pixels){*t->scale * (float)(INT8_MIN - t->zero_point),
                                *t->scale * (float)(INT8_MAX - t->zero_point)};
}

bool tnpu_qlayer_pads(const struct tnpu_qlayer *l) {
    return l->pad_top || l->pad_left || l->pad_bottom || l->pad_right;
}

bool tnpu_qlayer_is_conv(const struct tnpu_qlayer *l) {
    return l->op == TNPU_QOP_CONV || l->op == TNPU_QOP_DWCONV;
}

bool tnpu_qlayer_is_eltwise(const struct tnpu_qlayer *l) {
    return l->op == TNPU_QOP_ADD || l->op == TNPU_QOP_SUB || l->op == TNPU_QOP_MUL ||
           l->op == TNPU_QOP_MAX || l->op == TNPU_QOP_MIN;
}

bool tnpu_qlayer_is_wide(const struct tnpu_qlayer *l) {
    return tnpu_qlayer_is_conv(l) && l->residual >= 0 && l->sum == TNPU_QSUM_WIDE;
}

int tnpu_qlayer_param_count(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    if (tnpu_qlayer_is_conv(l)) return g->tensors[l->output].c;
    return l->op == TNPU_QOP_MEAN || l->op == TNPU_QOP_MUL || l->op == TNPU_QOP_SOFTMAX;
}

void tnpu_qlayer_op_size(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int *h, int *w) {
    const struct tnpu_qtensor *in = &g->tensors[l->input];
    *h = op_size(in->h, l->pad_top + l->pad_bottom, l->kernel_h, l->dilation_h, l->stride_h);
    *w = op_size(in->w, l->pad_left + l->pad_right, l->kernel_w, l->dilation_w, l->stride_w);
}

int64_t tnpu_qlayer_weight_count(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    int64_t taps = (int64_t)l->kernel_h * l->kernel_w * g->tensors[l->output].c;
    switch (l->op) {
    case TNPU_QOP_CONV:
        return taps * g->tensors[l->input].c;
    case TNPU_QOP_DWCONV:
        return taps;
    case TNPU_QOP_TABLE:
        return 256;
    case TNPU_QOP_CONST:
        return g->tensors[l->output].c;
    default:
        return 0;
    }
}

int64_t tnpu_qlayer_macs(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    int h, w;
    if (!tnpu_qlayer_is_conv(l)) return 0;
    tnpu_qlayer_op_size(g, l, &h, &w);
    return tnpu_qlayer_weight_count(g, l) * h * w;
}

static void layer_free(const struct tnpu_qlayer *l) {
    free(l->weights);
    free(l->bias);
    free(l->post_bias);
    free(l->mult);
    free(l->shift);
    free(l->k);
}

void tnpu_qgraph_free(struct tnpu_qgraph *g) {
    for (int i = 0; g->layers && i < g->layer_count; i++) layer_free(&g->layers[i]);
    for (int i = 0; g->tensors && i < g->tensor_count; i++) free(g->tensors[i].scale);
    free(g->layers);
    free(g->tensors);
    free(g->sources);
    *g = (struct tnpu_qgraph){0};
}
