// SPDX-License-Identifier: Apache-2.0
// Builds the float graph: shape inference and checks of each node that is appended.
#include "tnpu_graph.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t tnpu_tensor_size(const struct tnpu_tensor *t) {
    return (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

size_t tnpu_node_weight_count(const struct tnpu_graph *g, const struct tnpu_node *n) {
    size_t taps = (size_t)n->window.kernel_h * (size_t)n->window.kernel_w;
    size_t in_c = n->op == TNPU_GOP_CONV ? (size_t)g->tensors[n->input].c : 1;
    return taps * in_c * (size_t)g->tensors[n->output].c;
}

int tnpu_graph_init(struct tnpu_graph *g, const char *arch, int h, int w, int c, int input_mean,
                    float input_scale, struct tnpu_error *e) {
    *g = (struct tnpu_graph){.input_mean = input_mean, .input_scale = input_scale};
    snprintf(g->arch, sizeof g->arch, "%s", arch);
    if (h < 1 || w < 1 || c < 1 || h > TNPU_GRAPH_DIM_MAX || w > TNPU_GRAPH_DIM_MAX ||
        c > TNPU_GRAPH_DIM_MAX)
        return tnpu_fail(e, "%s: an input of %d x %d x %d: each must be 1 to %d", arch, h, w, c,
                         TNPU_GRAPH_DIM_MAX);
    g->tensors = malloc(sizeof *g->tensors);
    if (!g->tensors) return tnpu_fail(e, "%s: out of memory", arch);
    g->tensors[0] = (struct tnpu_tensor){h, w, c, -1};
    g->tensor_count = 1;
    return 0;
}

/// Output size along one axis, or 0 if the window does not fit.
static int window_out(int in, int pad, int kernel, int dilation, int stride) {
    int span = (kernel - 1) * dilation + 1;
    return in + pad < span ? 0 : (in + pad - span) / stride + 1;
}

static bool window_in_range(const struct tnpu_window *w) {
    const int v[] = {w->kernel_h, w->kernel_w,   w->stride_h,
                     w->stride_w, w->dilation_h, w->dilation_w};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        if (v[i] < 1 || v[i] > TNPU_GRAPH_DIM_MAX) return false;
    // A window never lies wholly in the padding.
    return w->pad_top >= 0 && w->pad_left >= 0 && w->pad_bottom >= 0 && w->pad_right >= 0 &&
           w->pad_top < w->kernel_h * w->dilation_h &&
           w->pad_bottom < w->kernel_h * w->dilation_h &&
           w->pad_left < w->kernel_w * w->dilation_w &&
           w->pad_right < w->kernel_w * w->dilation_w &&
           w->kernel_h * w->dilation_h <= TNPU_GRAPH_DIM_MAX &&
           w->kernel_w * w->dilation_w <= TNPU_GRAPH_DIM_MAX;
}

/// Shape of the node's output. Returns 0 or -1 with a reason.
static int infer_shape(const struct tnpu_graph *g, const struct tnpu_node *n, int out_c,
                       struct tnpu_tensor *out, struct tnpu_error *e) {
    const struct tnpu_tensor *in = &g->tensors[n->input];
    *out = (struct tnpu_tensor){in->h, in->w, in->c, g->node_count};
    switch (n->op) {
    case TNPU_GOP_RELU:
    case TNPU_GOP_AFFINE:
        return 0;
    case TNPU_GOP_ADD: {
        const struct tnpu_tensor *in2 = &g->tensors[n->input2];
        if (in2->h != in->h || in2->w != in->w || in2->c != in->c)
            return tnpu_fail(e, "%s: %s adds %d x %d x %d and %d x %d x %d", g->arch, n->name,
                             in->h, in->w, in->c, in2->h, in2->w, in2->c);
        return 0;
    }
    case TNPU_GOP_CONV:
        out->c = out_c;
        break;
    default:
        break;
    }
    const struct tnpu_window *w = &n->window;
    if (!window_in_range(w) || out->c < 1 || out->c > TNPU_GRAPH_DIM_MAX)
        return tnpu_fail(e, "%s: %s: window, padding or channels out of range", g->arch, n->name);
    out->h = window_out(in->h, w->pad_top + w->pad_bottom, w->kernel_h, w->dilation_h, w->stride_h);
    out->w = window_out(in->w, w->pad_left + w->pad_right, w->kernel_w, w->dilation_w, w->stride_w);
    if (out->h < 1 || out->w < 1)
        return tnpu_fail(e,
                         "%s: %s: its %d x %d window does not fit a %d x %d map; use a larger "
                         "input size",
                         g->arch, n->name, w->kernel_h, w->kernel_w, in->h, in->w);
    return 0;
}

static bool has_index(const struct tnpu_graph *g, int tensor) {
    return tensor >= 0 && tensor < g->tensor_count;
}

static void node_free(const struct tnpu_node *n) {
    free(n->weights);
    free(n->bias);
    free(n->scale);
    free(n->offset);
}

static int check_operands(const struct tnpu_graph *g, const struct tnpu_node *n,
                          struct tnpu_error *e) {
    bool conv = n->op == TNPU_GOP_CONV || n->op == TNPU_GOP_DWCONV;
    if (g->node_count >= TNPU_GRAPH_NODES_MAX)
        return tnpu_fail(e, "%s: more than %d nodes", g->arch, TNPU_GRAPH_NODES_MAX);
    if (!has_index(g, n->input) || (n->op == TNPU_GOP_ADD && !has_index(g, n->input2)))
        return tnpu_fail(e, "%s: %s reads a tensor that does not exist", g->arch, n->name);
    if ((conv && !n->weights) || (n->op == TNPU_GOP_AFFINE && (!n->scale || !n->offset)))
        return tnpu_fail(e, "%s: %s lacks its weights", g->arch, n->name);
    for (int i = 0; i < g->node_count; i++)
        if (strcmp(g->nodes[i].name, n->name) == 0)
            return tnpu_fail(e, "%s: two nodes are named %s", g->arch, n->name);
    return 0;
}

/// Makes room for one more node and tensor. The arrays keep what they hold.
static int grow(struct tnpu_graph *g) {
    struct tnpu_node *nodes = realloc(g->nodes, (size_t)(g->node_count + 1) * sizeof *nodes);
    if (!nodes) return -1;
    g->nodes = nodes;
    struct tnpu_tensor *t = realloc(g->tensors, (size_t)(g->tensor_count + 1) * sizeof *t);
    if (!t) return -1;
    g->tensors = t;
    return 0;
}

int tnpu_graph_add(struct tnpu_graph *g, const struct tnpu_node *n, int out_c,
                   struct tnpu_error *e) {
    struct tnpu_tensor out;
    if (check_operands(g, n, e) || infer_shape(g, n, out_c, &out, e)) {
        node_free(n);
        return -1;
    }
    if (grow(g)) {
        node_free(n);
        return tnpu_fail(e, "%s: out of memory", g->arch);
    }
    struct tnpu_node *node = &g->nodes[g->node_count++];
    *node = *n;
    node->output = g->tensor_count++;
    if (node->op != TNPU_GOP_ADD) node->input2 = -1;
    g->tensors[node->output] = out;
    g->output = node->output;
    return node->output;
}

void tnpu_graph_free(struct tnpu_graph *g) {
    for (int i = 0; i < g->node_count; i++) node_free(&g->nodes[i]);
    free(g->nodes);
    free(g->tensors);
    *g = (struct tnpu_graph){0};
}
