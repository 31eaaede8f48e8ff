// SPDX-License-Identifier: Apache-2.0
// Which channels are needed, and the graph without the others.
#include "tnpu_qprune.h"

#include "tnpu_qspan.h"

#include <stdlib.h>
#include <string.h>

struct prune {
    struct tnpu_qgraph *g;
    struct tnpu_qspan *span; ///< of all channels of all tensors, one after another
    bool *keep;              ///< the same
    int64_t *at;             ///< [tensors] where a tensor's channels begin in both
    bool grown;              ///< more is kept than before
};

static bool is_const(struct tnpu_qspan s) {
    return s.lo == s.hi;
}

static int channels(const struct prune *p, int t) {
    return p->g->tensors[t].c;
}

/// Weights of one output channel.
static int64_t weights_each(const struct prune *p, const struct tnpu_qlayer *l) {
    return tnpu_qlayer_weight_count(p->g, l) / channels(p, l->output);
}

/// Convolution with known bytes becomes part of the bias, output channel c.
static void fold_input(const struct prune *p, const struct tnpu_qlayer *l, int c) {
    const struct tnpu_qspan *in = p->span + p->at[l->input];
    int64_t each = weights_each(p, l);
    int8_t *w = l->weights + c * each;
    for (int64_t i = 0; i < each; i++) {
        struct tnpu_qspan x = in[l->op == TNPU_QOP_CONV ? i % channels(p, l->input) : c];
        if (!is_const(x) || (tnpu_qlayer_pads(l) && x.lo != l->in_zp)) continue;
        l->bias[c] += w[i] * x.lo;
        w[i] = 0;
    }
}

/// A constant's convolution needs no input.
static void fold_output(const struct prune *p, const struct tnpu_qlayer *l, int c, int32_t acc) {
    int64_t each = weights_each(p, l);
    l->bias[c] += acc;
    memset(l->weights + c * each, 0, (size_t)each);
}

/// Intervals of the layer's output, with constants moved into biases.
static void follow(const struct prune *p, const struct tnpu_qlayer *l) {
    for (int c = 0; c < channels(p, l->output); c++) {
        int32_t acc;
        if (tnpu_qlayer_is_conv(l)) fold_input(p, l, c);
        struct tnpu_qspan s =
            tnpu_qspan_of(p->g, l, c, l->input < 0 ? NULL : p->span + p->at[l->input], &acc);
        if (tnpu_qlayer_is_conv(l) && l->residual < 0 && is_const(s)) fold_output(p, l, c, acc);
        p->span[p->at[l->output] + c] = s;
    }
}

static void mark(struct prune *p, int t, int c) {
    bool *keep = &p->keep[p->at[t] + c];
    p->grown = p->grown || !*keep;
    *keep = true;
}

static void mark_all(struct prune *p, int t) {
    for (int c = 0; c < channels(p, t); c++) mark(p, t, c);
}

/// Tensors whose channels lie side by side keep the same ones. One of a single channel is read by
/// all the other's.
static void align(struct prune *p, int a, int b) {
    if (channels(p, a) != channels(p, b)) {
        mark_all(p, a);
        mark_all(p, b);
        return;
    }
    for (int c = 0; c < channels(p, a); c++) {
        if (!p->keep[p->at[a] + c] && !p->keep[p->at[b] + c]) continue;
        mark(p, a, c);
        mark(p, b, c);
    }
}

/// The input channels of which a kept output channel has a weight.
static void mark_read(struct prune *p, const struct tnpu_qlayer *l) {
    int in_c = channels(p, l->input);
    int64_t each = weights_each(p, l);
    for (int c = 0; c < channels(p, l->output); c++)
        for (int64_t i = 0; p->keep[p->at[l->output] + c] && i < each; i++)
            if (l->weights[c * each + i]) mark(p, l->input, (int)(i % in_c));
}

/// What the layer needs of its input, its residual and its output.
static void need(struct prune *p, const struct tnpu_qlayer *l) {
    if (l->residual >= 0) align(p, l->residual, l->output);
    switch (l->op) {
    case TNPU_QOP_CONV:
        mark_read(p, l);
        break;
    case TNPU_QOP_CONST:
        break;
    case TNPU_QOP_COPY:
    case TNPU_QOP_SOFTMAX:
        mark_all(p, l->input);
        mark_all(p, l->output);
        break;
    default:
        align(p, l->input, l->output);
    }
}

/// Spreads what is kept to all that it needs.
static void spread(struct prune *p) {
    const struct tnpu_qgraph *g = p->g;
    do {
        p->grown = false;
        for (int i = g->layer_count - 1; i >= 0; i--) need(p, &g->layers[i]);
        for (int t = 0; t < g->tensor_count; t++)
            if (g->tensors[t].view_of) align(p, t, g->tensors[t].view_of - 1);
    } while (p->grown);
}

static void decide(struct prune *p) {
    const struct tnpu_qgraph *g = p->g;
    mark_all(p, g->input);
    mark_all(p, g->output);
    spread(p);
    for (int t = 0; t < g->tensor_count; t++) { // no tensor without channels
        if (memchr(p->keep + p->at[t], 1, (size_t)channels(p, t))) continue;
        mark(p, t, 0);
        spread(p);
    }
}

/// Keeps the entries, of `size` bytes each, whose flag is set.
static void compact(void *entries, const bool *keep, int count, size_t size) {
    uint8_t *to = entries;
    for (int i = 0; entries && i < count; i++)
        if (keep[i]) {
            memmove(to, (uint8_t *)entries + (size_t)i * size, size);
            to += size;
        }
}

static void shrink_layer(const struct prune *p, const struct tnpu_qlayer *l) {
    const bool *out = p->keep + p->at[l->output];
    int c = channels(p, l->output);
    if (tnpu_qlayer_is_conv(l)) {
        int64_t each = weights_each(p, l);
        compact(l->weights, out, c, (size_t)each);
        if (l->op == TNPU_QOP_CONV) { // then the columns of each row, without a gap between rows
            const bool *in = p->keep + p->at[l->input];
            int in_c = channels(p, l->input);
            int64_t kept = 0, from = 0;
            for (int o = 0; o < c; o++)
                for (int64_t i = 0; out[o] && i < each; i++, from++)
                    if (in[i % in_c]) l->weights[kept++] = l->weights[from];
        }
    } else if (l->op == TNPU_QOP_CONST) {
        compact(l->weights, out, c, 1);
    }
    if (tnpu_qlayer_param_count(p->g, l) != c) return;
    compact(l->bias, out, c, sizeof *l->bias);
    compact(l->post_bias, out, c, sizeof *l->post_bias);
    compact(l->mult, out, c, sizeof *l->mult);
    compact(l->shift, out, c, sizeof *l->shift);
    compact(l->k, out, c, sizeof *l->k);
}

static void shrink(const struct prune *p) {
    struct tnpu_qgraph *g = p->g;
    int sources = 0;
    for (int i = 0; i < g->layer_count; i++) shrink_layer(p, &g->layers[i]);
    for (int i = 0; i < g->source_count; i++) {
        int t = g->sources[i].tensor;
        if (!memchr(p->keep + p->at[t], 0, (size_t)channels(p, t)))
            g->sources[sources++] = g->sources[i];
    }
    g->source_count = sources;
    for (int t = 0; t < g->tensor_count; t++) {
        struct tnpu_qtensor *tensor = &g->tensors[t];
        int kept = 0;
        if (tensor->scale_count == tensor->c)
            compact(tensor->scale, p->keep + p->at[t], tensor->c, sizeof *tensor->scale);
        for (int c = 0; c < tensor->c; c++) kept += p->keep[p->at[t] + c];
        if (!tensor->view_of) g->removed_channels += tensor->c - kept;
        if (tensor->scale_count == tensor->c) tensor->scale_count = kept;
        tensor->c = kept;
    }
}

/// A view's bytes are those of the tensor it lies in.
static void follow_views(const struct prune *p, int of) {
    for (int t = 0; t < p->g->tensor_count; t++)
        if (p->g->tensors[t].view_of == of + 1 && channels(p, t) == channels(p, of))
            memcpy(p->span + p->at[t], p->span + p->at[of],
                   (size_t)channels(p, of) * sizeof *p->span);
}

int tnpu_qprune(struct tnpu_qgraph *g, struct tnpu_error *e) {
    struct prune p = {.g = g, .at = malloc((size_t)g->tensor_count * sizeof *p.at)};
    int64_t all = 0;
    for (int t = 0; p.at && t < g->tensor_count; t++) {
        p.at[t] = all;
        all += g->tensors[t].c;
    }
    p.span = malloc((size_t)all * sizeof *p.span);
    p.keep = calloc((size_t)all, sizeof *p.keep);
    bool good = p.at && p.span && p.keep;
    if (good) {
        for (int64_t c = 0; c < all; c++) p.span[c] = (struct tnpu_qspan){INT8_MIN, INT8_MAX};
        for (int i = 0; i < g->layer_count; i++) {
            follow(&p, &g->layers[i]);
            follow_views(&p, g->layers[i].output);
        }
        decide(&p);
        shrink(&p);
    }
    free(p.at);
    free(p.span);
    free(p.keep);
    return good ? 0 : tnpu_fail(e, "%s: out of memory for the graph", g->arch);
}
