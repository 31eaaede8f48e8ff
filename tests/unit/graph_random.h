// SPDX-License-Identifier: Apache-2.0
// Small quantised graphs with random weights, for the tests of the compiler's back half.
#ifndef GRAPH_RANDOM_H
#define GRAPH_RANDOM_H

#include "tnpu_qgraph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// One layer under test, in words of struct tnpu_qlayer. `h`, `w`, `c`: its input.
struct graph_case {
    const char *what;
    enum tnpu_qop op;
    int h, w, c, out_c;
    int kernel_h, kernel_w, stride, dilation, pad; ///< `pad` on all four sides
    int pool;                                      ///< fused pooling window, pool x pool
    enum { RESIDUAL_NONE, RESIDUAL_INPUT, RESIDUAL_OTHER } residual;
};

static inline uint32_t graph_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed >> 16);
}

static inline int graph_random_in(uint64_t *seed, int lo, int hi) {
    return lo + (int)(graph_random(seed) % (uint32_t)(hi - lo + 1));
}

/// Appends a tensor and returns its index.
static inline int graph_tensor(struct tnpu_qgraph *g, uint64_t *seed, int h, int w, int c) {
    struct tnpu_qtensor *t = &g->tensors[g->tensor_count];
    *t = (struct tnpu_qtensor){.h = h, .w = w, .c = c, .scale_count = 1, .float_tensor = -1};
    snprintf(t->name, sizeof t->name, "t%d", g->tensor_count);
    t->zero_point = g->tensor_count ? graph_random_in(seed, -100, 100) : 0;
    t->scale = malloc(sizeof *t->scale);
    *t->scale = 0.5f;
    return g->tensor_count++;
}

/// Random constants such that results are neither all saturated nor all alike.
static inline void graph_fill(struct tnpu_qgraph *g, struct tnpu_qlayer *l, uint64_t *seed) {
    int64_t weights = tnpu_qlayer_weight_count(g, l);
    int c = g->tensors[l->output].c, bits = 0;
    for (int64_t taps = weights / c; taps > 0; taps /= 4) bits++;
    l->weights = malloc((size_t)weights);
    l->bias = malloc((size_t)c * sizeof *l->bias);
    l->post_bias = malloc((size_t)c * sizeof *l->post_bias);
    l->mult = malloc((size_t)c * sizeof *l->mult);
    l->shift = malloc((size_t)c);
    l->k = l->residual >= 0 ? malloc((size_t)c * sizeof *l->k) : NULL;
    for (int64_t i = 0; i < weights; i++) l->weights[i] = (int8_t)graph_random_in(seed, -127, 127);
    for (int i = 0; i < c; i++) {
        l->bias[i] = graph_random_in(seed, -20000, 20000);
        l->post_bias[i] = graph_random_in(seed, -3000, 3000);
        l->mult[i] = graph_random_in(seed, 1 << 30, INT32_MAX);
        if (graph_random(seed) % 4 == 0) l->mult[i] = -l->mult[i];
        l->shift[i] = (int8_t)(-6 - bits + l->n + graph_random_in(seed, -1, 1));
        if (l->k) l->k[i] = (int16_t)graph_random_in(seed, -(1 << l->n), 1 << l->n);
    }
}

static inline int graph_out_size(int in, int kernel, int stride, int dilation, int pad, int pool) {
    return ((in + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1) / pool;
}

/// Appends the layer of a case that reads tensor `input` and returns its output's index.
static inline int graph_layer(struct tnpu_qgraph *g, uint64_t *seed, const struct graph_case *k,
                              int input, int residual) {
    struct tnpu_qlayer *l = &g->layers[g->layer_count++];
    const struct tnpu_qtensor *in = &g->tensors[input];
    int h = graph_out_size(in->h, k->kernel_h, k->stride, k->dilation, k->pad, k->pool);
    int w = graph_out_size(in->w, k->kernel_w, k->stride, k->dilation, k->pad, k->pool);
    *l = (struct tnpu_qlayer){.op = k->op,
                              .input = input,
                              .residual = residual,
                              .residual_is_input = residual >= 0 && residual == input,
                              .kernel_h = k->kernel_h,
                              .kernel_w = k->kernel_w,
                              .stride_h = k->stride,
                              .stride_w = k->stride,
                              .dilation_h = k->dilation,
                              .dilation_w = k->dilation,
                              .pad_top = k->pad,
                              .pad_left = k->pad,
                              .pad_bottom = k->pad,
                              .pad_right = k->pad,
                              .pool_h = k->pool,
                              .pool_w = k->pool,
                              .in_zp = in->zero_point,
                              .act_min = graph_random_in(seed, -128, -100),
                              .act_max = graph_random_in(seed, 90, 127),
                              .relu_first = graph_random(seed) & 1};
    snprintf(l->name, sizeof l->name, "layer%d", g->layer_count - 1);
    l->output = graph_tensor(g, seed, h, w, k->op == TNPU_QOP_CONV ? k->out_c : in->c);
    l->out_zp = g->tensors[l->output].zero_point;
    if (residual >= 0) {
        l->res_zp = g->tensors[residual].zero_point;
        l->n = graph_random_in(seed, 0, 8);
    }
    if (k->op == TNPU_QOP_CONV || k->op == TNPU_QOP_DWCONV) graph_fill(g, l, seed);
    g->output = l->output;
    return l->output;
}

/// A graph around the case: a convolution from a dense 3-channel input to the case's input, another
/// to its residual where that is a tensor of its own, the case, and a 1x1 convolution to 5
/// channels. The caller frees it with tnpu_qgraph_free.
static inline void graph_make(struct tnpu_qgraph *g, const struct graph_case *k, uint64_t seed) {
    *g = (struct tnpu_qgraph){.arch = "test"};
    g->tensors = calloc(8, sizeof *g->tensors);
    g->layers = calloc(8, sizeof *g->layers);
    const struct graph_case first = {.op = TNPU_QOP_CONV,
                                     .out_c = k->c,
                                     .kernel_h = 3,
                                     .kernel_w = 3,
                                     .stride = 1,
                                     .dilation = 1,
                                     .pad = 1,
                                     .pool = 1};
    struct graph_case last = first, second = first;
    last.kernel_h = last.kernel_w = 1;
    last.pad = 0;
    last.out_c = 5;
    g->input = graph_tensor(g, &seed, k->h, k->w, 3);
    int in = graph_layer(g, &seed, &first, g->input, -1), residual = -1;
    if (k->residual == RESIDUAL_INPUT) residual = in;
    if (k->residual == RESIDUAL_OTHER) {
        second = *k;
        second.op = TNPU_QOP_CONV;
        second.residual = RESIDUAL_NONE;
        residual = graph_layer(g, &seed, &second, in, -1);
    }
    int out = graph_layer(g, &seed, k, in, residual);
    graph_layer(g, &seed, &last, out, -1);
}

#endif
