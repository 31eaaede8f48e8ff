// SPDX-License-Identifier: Apache-2.0
// Fusing layers of a quantised graph.
#include "tnpu_qfuse.h"

#include <stdlib.h>
#include <string.h>

static int readers_of(const struct tnpu_qgraph *g, int t) {
    int n = g->output == t;
    for (int i = 0; i < g->layer_count; i++)
        n += (g->layers[i].input == t) + (g->layers[i].residual == t);
    for (int i = 0; i < g->tensor_count; i++) n += g->tensors[i].view_of == t + 1;
    return n;
}

/// The only layer that writes the tensor, or -1.
static int maker_of(const struct tnpu_qgraph *g, int t) {
    int maker = -1;
    for (int i = 0; i < g->layer_count; i++) {
        if (g->layers[i].output != t) continue;
        if (maker >= 0) return -1;
        maker = i;
    }
    return maker;
}

static void free_constants(const struct tnpu_qlayer *l) {
    free(l->weights);
    free(l->bias);
    free(l->post_bias);
    free(l->mult);
    free(l->shift);
}

static void remove_layer(struct tnpu_qgraph *g, int i) {
    memmove(&g->layers[i], &g->layers[i + 1], (size_t)(g->layer_count - i - 1) * sizeof *g->layers);
    g->layer_count--;
}

/// A convolution whose result an addition of the same shape alone reads. Returns its index, or -1.
static int convolution_before(const struct tnpu_qgraph *g, int t,
                              const struct tnpu_qtensor *shape) {
    int i = maker_of(g, t);
    const struct tnpu_qtensor *made = &g->tensors[t];
    if (i < 0 || g->layers[i].op != TNPU_QOP_CONV || g->layers[i].residual >= 0 ||
        readers_of(g, t) != 1 || made->h != shape->h || made->w != shape->w || made->c != shape->c)
        return -1;
    const struct tnpu_qlayer *l = &g->layers[i];
    return l->pool_h * l->pool_w == 1 ? i : -1;
}

/// Products of a convolution's output value: an addition hides behind many.
static int64_t depth_of(const struct tnpu_qgraph *g, int i) {
    const struct tnpu_qlayer *l = &g->layers[i];
    return (int64_t)l->kernel_h * l->kernel_w * g->tensors[l->input].c;
}

static void swap(int *a, int *b) {
    int keep = *a;
    *a = *b;
    *b = keep;
}

/// The convolution takes the addition's place, where both operands are there. Returns whether it
/// was done.
static bool fuse_addition(struct tnpu_qgraph *g, int at) {
    struct tnpu_qlayer add = g->layers[at];
    const struct tnpu_qtensor *out = &g->tensors[add.output];
    if (add.input == add.residual) return false;
    int first = convolution_before(g, add.input, out);
    int second = add.op == TNPU_QOP_ADD ? convolution_before(g, add.residual, out) : -1;
    if (second >= 0 && (first < 0 || depth_of(g, second) > depth_of(g, first))) {
        swap(&add.input, &add.residual);
        swap(&add.in_zp, &add.res_zp);
        swap(&add.add.m1, &add.add.m2);
        swap(&add.add.s1, &add.add.s2);
        first = second;
    }
    if (first < 0) return false;
    const struct tnpu_qtensor *r = &g->tensors[add.residual];
    if (r->h != out->h || r->w != out->w || r->c != out->c) return false;
    struct tnpu_qlayer conv = g->layers[first];
    conv.sum = add.op == TNPU_QOP_SUB ? TNPU_QSUM_SUB : TNPU_QSUM_ADD;
    conv.add = add.add;
    conv.add.zp1 = conv.out_zp;
    conv.add.min1 = conv.act_min;
    conv.add.max1 = conv.act_max;
    conv.residual = add.residual;
    conv.res_zp = add.res_zp;
    conv.output = add.output;
    conv.out_zp = add.out_zp;
    conv.act_min = add.act_min;
    conv.act_max = add.act_max;
    free_constants(&add);
    g->layers[at] = conv;
    remove_layer(g, first);
    return true;
}

static bool is_padding(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    const struct tnpu_qpart *p = &l->part;
    const struct tnpu_qtensor *in = &g->tensors[l->input], *out = &g->tensors[l->output];
    return l->op == TNPU_QOP_COPY && l->stride_h == 1 && l->stride_w == 1 && p->from_y <= 0 &&
           p->from_x <= 0 && p->from_c == 0 && p->to_y == 0 && p->to_x == 0 && p->to_c == 0 &&
           p->step_y == 1 && p->step_x == 1 && p->h == out->h && p->w == out->w && p->c == out->c &&
           in->c == out->c && p->h + p->from_y >= in->h && p->w + p->from_x >= in->w &&
           l->in_zp == in->zero_point && in->zero_point == out->zero_point;
}

/// All that read the padded tensor are convolutions, which can pad by themselves.
static bool fuse_padding(struct tnpu_qgraph *g, int at) {
    const struct tnpu_qlayer pad = g->layers[at];
    int convolutions = 0, t = pad.output;
    const struct tnpu_qtensor *in = &g->tensors[pad.input];
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        convolutions += l->input == t && l->residual != t && tnpu_qlayer_is_conv(l) &&
                        l->pad_top - pad.part.from_y <= 15;
    }
    if (convolutions != readers_of(g, t) || convolutions == 0) return false;
    for (int i = 0; i < g->layer_count; i++) {
        struct tnpu_qlayer *l = &g->layers[i];
        if (l->input != t) continue;
        l->input = pad.input;
        l->pad_top -= pad.part.from_y;
        l->pad_left -= pad.part.from_x;
        l->pad_bottom += pad.part.h + pad.part.from_y - in->h;
        l->pad_right += pad.part.w + pad.part.from_x - in->w;
    }
    remove_layer(g, at);
    return true;
}

/// Removes tensors that nothing refers to, and what is known of them.
static int prune(struct tnpu_qgraph *g, struct tnpu_error *e) {
    int *to = malloc(((size_t)g->tensor_count + 1) * sizeof *to), kept = 0, sources = 0;
    if (!to) return tnpu_fail(e, "%s: out of memory for the graph", g->arch);
    for (int t = 0; t < g->tensor_count; t++)
        to[t] =
            t == g->input || t == g->output || maker_of(g, t) >= 0 || readers_of(g, t) > 0 ? 0 : -1;
    for (int i = 0; i < g->layer_count; i++) to[g->layers[i].output] = 0;
    for (int t = 0; t < g->tensor_count; t++)
        if (g->tensors[t].view_of && to[g->tensors[t].view_of - 1] < 0) to[t] = -1;
    for (int t = 0; t < g->tensor_count; t++) {
        if (to[t] < 0) {
            free(g->tensors[t].scale);
            continue;
        }
        g->tensors[kept] = g->tensors[t];
        to[t] = kept++;
    }
    g->tensor_count = kept;
    for (int t = 0; t < kept; t++)
        if (g->tensors[t].view_of) g->tensors[t].view_of = to[g->tensors[t].view_of - 1] + 1;
    for (int i = 0; i < g->layer_count; i++) {
        struct tnpu_qlayer *l = &g->layers[i];
        if (l->input >= 0) l->input = to[l->input];
        if (l->residual >= 0) l->residual = to[l->residual];
        l->output = to[l->output];
    }
    for (int i = 0; i < g->source_count; i++) {
        if (to[g->sources[i].tensor] < 0) continue;
        g->sources[sources] = g->sources[i];
        g->sources[sources++].tensor = to[g->sources[i].tensor];
    }
    g->source_count = sources;
    g->input = to[g->input];
    g->output = to[g->output];
    free(to);
    return 0;
}

int tnpu_qfuse(struct tnpu_qgraph *g, bool fuse, struct tnpu_error *e) {
    for (int i = 0; fuse && i < g->layer_count; i++)
        if (is_padding(g, &g->layers[i]) && fuse_padding(g, i)) i--;
    for (int i = 0; fuse && i < g->layer_count; i++)
        if ((g->layers[i].op == TNPU_QOP_ADD || g->layers[i].op == TNPU_QOP_SUB) &&
            fuse_addition(g, i))
            i--;
    return prune(g, e);
}
