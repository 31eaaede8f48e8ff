// SPDX-License-Identifier: Apache-2.0
// Walks each convolution's chain of followers: [affine] [relu [affine]] [add] [relu] [max pooling].
#include "tnpu_fuse.h"

#include <stdlib.h>
#include <string.h>

/// What the walk needs to know of the graph.
struct walk {
    const struct tnpu_graph *g;
    int *readers; ///< [tensor] number of nodes that read it
    int *reader;  ///< [tensor] the last node that reads it
    bool *stored; ///< [tensor] made by a layer emitted so far, or the input
    bool *done;   ///< [node] absorbed into a layer
};

/// The node that follows on tensor `t` if it has that operator and nothing else reads `t`.
static const struct tnpu_node *follower(const struct walk *w, int t, enum tnpu_op op) {
    if (w->readers[t] != 1 || t == w->g->output) return NULL;
    const struct tnpu_node *n = &w->g->nodes[w->reader[t]];
    return n->op == op ? n : NULL;
}

static void absorb(struct walk *w, struct tnpu_fused_layer *l, const struct tnpu_node *n) {
    w->done[n - w->g->nodes] = true;
    l->output = n->output;
}

/// Folds x * scale + offset into the convolution.
static void fold(const struct walk *w, struct tnpu_fused_layer *l, const struct tnpu_node *conv,
                 const struct tnpu_node *affine) {
    size_t c = (size_t)w->g->tensors[conv->output].c;
    size_t each = tnpu_node_weight_count(w->g, conv) / c;
    for (size_t o = 0; o < c; o++) {
        for (size_t i = 0; i < each; i++) l->weights[o * each + i] *= affine->scale[o];
        l->bias[o] = l->bias[o] * affine->scale[o] + affine->offset[o];
    }
}

static bool pool_is_fusable(const struct tnpu_window *p) {
    return p->kernel_h == p->stride_h && p->kernel_w == p->stride_w && p->dilation_h == 1 &&
           p->dilation_w == 1 && !p->pad_top && !p->pad_left && !p->pad_bottom && !p->pad_right;
}

/// The other operand of an ADD that follows `t`, or -1 if it is not there yet or is `t` too.
static int other_operand(const struct walk *w, const struct tnpu_node *add, int t) {
    int other = add->input == t ? add->input2 : add->input;
    return other != t && w->stored[other] ? other : -1;
}

static void follow_chain(struct walk *w, struct tnpu_fused_layer *l, const struct tnpu_node *conv) {
    size_t c = (size_t)w->g->tensors[conv->output].c;
    const struct tnpu_node *n;
    if ((n = follower(w, l->output, TNPU_GOP_AFFINE))) {
        fold(w, l, conv, n);
        absorb(w, l, n);
    }
    if ((n = follower(w, l->output, TNPU_GOP_RELU))) {
        l->relu = true;
        absorb(w, l, n);
        if ((n = follower(w, l->output, TNPU_GOP_AFFINE))) {
            memcpy(l->post_scale, n->scale, c * sizeof(float));
            memcpy(l->post_offset, n->offset, c * sizeof(float));
            absorb(w, l, n);
        }
    }
    if ((n = follower(w, l->output, TNPU_GOP_ADD)) && other_operand(w, n, l->output) >= 0) {
        l->residual = other_operand(w, n, l->output);
        absorb(w, l, n);
        if ((n = follower(w, l->output, TNPU_GOP_RELU))) {
            l->relu_last = true;
            absorb(w, l, n);
        }
    }
    if ((n = follower(w, l->output, TNPU_GOP_MAXPOOL)) && pool_is_fusable(&n->window)) {
        l->pool_h = n->window.kernel_h;
        l->pool_w = n->window.kernel_w;
        absorb(w, l, n);
    }
}

/// Copies the node's weights and makes the other arrays neutral.
static int copy_arrays(const struct walk *w, struct tnpu_fused_layer *l,
                       const struct tnpu_node *n) {
    size_t c = (size_t)w->g->tensors[n->output].c, count = tnpu_node_weight_count(w->g, n);
    l->weights = malloc(count * sizeof(float));
    l->bias = calloc(c, sizeof(float));
    l->post_scale = malloc(c * sizeof(float));
    l->post_offset = calloc(c, sizeof(float));
    if (!l->weights || !l->bias || !l->post_scale || !l->post_offset) return -1;
    memcpy(l->weights, n->weights, count * sizeof(float));
    if (n->bias) memcpy(l->bias, n->bias, c * sizeof(float));
    for (size_t i = 0; i < c; i++) l->post_scale[i] = 1;
    return 0;
}

static int emit(struct walk *w, struct tnpu_fused *f, const struct tnpu_node *n,
                struct tnpu_error *e) {
    struct tnpu_fused_layer *l = &f->layers[f->count++];
    *l = (struct tnpu_fused_layer){.name = n->name,
                                   .op = n->op,
                                   .input = n->input,
                                   .residual = -1,
                                   .window = n->window,
                                   .pool_h = 1,
                                   .pool_w = 1};
    absorb(w, l, n);
    switch (n->op) {
    case TNPU_GOP_CONV:
    case TNPU_GOP_DWCONV:
        if (copy_arrays(w, l, n)) return tnpu_fail(e, "%s: out of memory", w->g->arch);
        follow_chain(w, l, n);
        break;
    case TNPU_GOP_MAXPOOL:
    case TNPU_GOP_AVGPOOL:
        break;
    default:
        return tnpu_fail(e,
                         "%s: %s follows no convolution that could absorb it; this is not "
                         "supported for float networks",
                         w->g->arch, n->name);
    }
    w->stored[l->output] = true;
    return 0;
}

int tnpu_fuse(struct tnpu_fused *f, const struct tnpu_graph *g, struct tnpu_error *e) {
    size_t tensors = (size_t)g->tensor_count, nodes = (size_t)g->node_count;
    struct walk w = {.g = g,
                     .readers = calloc(tensors, sizeof(int)),
                     .reader = calloc(tensors, sizeof(int)),
                     .stored = calloc(tensors, sizeof(bool)),
                     .done = calloc(nodes + 1, sizeof(bool))};
    *f = (struct tnpu_fused){.g = g, .layers = calloc(nodes + 1, sizeof *f->layers)};
    int rc = 0;
    if (!w.readers || !w.reader || !w.stored || !w.done || !f->layers)
        rc = tnpu_fail(e, "%s: out of memory", g->arch);
    for (int i = 0; !rc && i < g->node_count; i++) {
        const struct tnpu_node *n = &g->nodes[i];
        w.readers[n->input]++;
        w.reader[n->input] = i;
        if (n->input2 >= 0) {
            w.readers[n->input2]++;
            w.reader[n->input2] = i;
        }
    }
    if (!rc) w.stored[0] = true;
    for (int i = 0; !rc && i < g->node_count; i++)
        if (!w.done[i]) rc = emit(&w, f, &g->nodes[i], e);
    free(w.readers);
    free(w.reader);
    free(w.stored);
    free(w.done);
    if (rc) tnpu_fused_free(f);
    return rc;
}

void tnpu_fused_free(struct tnpu_fused *f) {
    for (int i = 0; i < f->count; i++) {
        free(f->layers[i].weights);
        free(f->layers[i].bias);
        free(f->layers[i].post_scale);
        free(f->layers[i].post_offset);
    }
    free(f->layers);
    *f = (struct tnpu_fused){0};
}
