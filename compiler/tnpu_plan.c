// SPDX-License-Identifier: Apache-2.0
// The memory planner: lifetimes and pitches here, addresses by tnpu_arena.
#include "tnpu_plan.h"

#include "tnpu_arena.h"

#include <stdlib.h>

/// The tensor whose memory t lies in.
static int root_of(const struct tnpu_qgraph *g, int t) {
    return g->tensors[t].view_of ? g->tensors[t].view_of - 1 : t;
}

/// True if the line buffer's unit does the layer: see FIELD in docs/ISA.md, section 4.
static bool fits_dwconv(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    const struct tnpu_qtensor *in = &g->tensors[l->input], *out = &g->tensors[l->output];
    int s = l->stride_h;
    return l->kernel_h == 3 && l->kernel_w == 3 && l->stride_w == s && (s == 1 || s == 2) &&
           l->dilation_h == 1 && l->dilation_w == 1 && l->pool_h == 1 && l->pool_w == 1 &&
           l->pad_top <= 1 && l->pad_left <= 1 && in->w <= TNPU_DW_MAX_W &&
           (l->residual < 0 || l->residual_is_input) &&
           (out->h - 1) * s + 2 - l->pad_top <= in->h &&
           (out->w - 1) * s + 2 - l->pad_left <= in->w;
}

enum tnpu_opcode tnpu_plan_opcode(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    switch (l->op) {
    case TNPU_QOP_CONV:
    case TNPU_QOP_CONST: // a convolution of nothing, whose biases are the bytes
        return TNPU_OP_CONV;
    case TNPU_QOP_DWCONV:
        return fits_dwconv(g, l) ? TNPU_OP_DWCONV : TNPU_OP_DWTAP;
    case TNPU_QOP_TABLE:
        return TNPU_OP_LUT;
    case TNPU_QOP_COPY:
        return TNPU_OP_COPY;
    case TNPU_QOP_SOFTMAX: // the host's
        return TNPU_OP_HOSTOP;
    default:
        return tnpu_qlayer_is_eltwise(l) ? TNPU_OP_ELTWISE : TNPU_OP_POOL;
    }
}

static uint32_t round_up(uint32_t x, uint32_t to) {
    return (x + to - 1) / to * to;
}

/// Bytes that the tensor needs: to the end of its latest pixel, and as far as a vector instruction
/// reads beyond it when it takes more than one vector of channels at a time.
static int64_t bytes_of(const struct tnpu_qtensor *t, const struct tnpu_place *p,
                        const struct tnpu_config *config) {
    int64_t end = (int64_t)(t->h - 1) * p->row + (int64_t)t->w * p->pix;
    uint32_t c = (uint32_t)t->c, lanes = (uint32_t)config->lanes;
    return end + (p->vectors && round_up(c, lanes) > p->pix ? round_up(c, lanes) - p->pix : 0);
}

static void read_by(struct tnpu_plan *p, const struct tnpu_qgraph *g, int t, int layer,
                    bool vectors) {
    struct tnpu_place *at = &p->place[root_of(g, t)];
    at->last = layer > at->last ? layer : at->last;
    at->vectors = at->vectors || vectors;
}

/// The layers that are being planned for.
struct scope {
    const struct tnpu_qgraph *g;
    int layers;       ///< before END
    const bool *host; ///< [layers] those of them that the host runs, or NULL
};

static bool on_npu(const struct scope *s, int layer) {
    return layer < s->layers && !(s->host && s->host[layer]);
}

/// Marks what layers of the NPU touch.
static void mark(struct tnpu_plan *p, const struct scope *s) {
    for (int i = 0; i < s->layers; i++) {
        const struct tnpu_qlayer *l = &s->g->layers[i];
        if (!on_npu(s, i)) continue;
        p->place[l->output].used = true;
        if (l->input >= 0) p->place[root_of(s->g, l->input)].used = true;
        if (l->residual >= 0) p->place[root_of(s->g, l->residual)].used = true;
    }
}

/// From the first layer that writes a tensor to the last that reads it. Layers behind the NPU's
/// run when it has reached END.
static void lifetimes(struct tnpu_plan *p, const struct scope *s) {
    const struct tnpu_qgraph *g = s->g;
    mark(p, s);
    for (int t = 0; t < g->tensor_count; t++) p->place[t].first = t == g->input ? 0 : s->layers;
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        int when = i < s->layers ? i : s->layers - 1;
        if (when < p->place[l->output].first) p->place[l->output].first = when;
        bool vectors = on_npu(s, i) && tnpu_plan_opcode(g, l) != TNPU_OP_CONV;
        if (l->input >= 0) read_by(p, g, l->input, when, vectors);
        if (l->residual >= 0) read_by(p, g, l->residual, when, on_npu(s, i));
        read_by(p, g, l->output, when, false);
    }
    p->place[root_of(g, g->output)].last = s->layers - 1;
    p->place[g->layers[s->layers - 1].output].last = s->layers - 1;
    for (int t = 0; t < g->tensor_count; t++)
        if (!p->place[t].used) p->place[t] = (struct tnpu_place){0};
}

/// Rows of a tensor that stride-2 depthwise layers read get an odd pitch; not where views need rows
/// to follow each other.
static void odd_rows(struct tnpu_plan *p, const struct scope *s) {
    const struct tnpu_qgraph *g = s->g;
    for (int i = 0; i < s->layers; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        if (l->input < 0 || !on_npu(s, i)) continue;
        struct tnpu_place *at = &p->place[l->input];
        bool plain =
            l->input != g->input && !g->tensors[l->input].view_of && !g->tensors[l->input].dense;
        for (int t = 0; t < g->tensor_count; t++)
            plain = plain && g->tensors[t].view_of != l->input + 1;
        if (plain && tnpu_plan_opcode(g, l) == TNPU_OP_DWCONV && l->stride_h == 2 &&
            at->row / TNPU_VEC % 2 == 0)
            at->row += TNPU_VEC;
    }
}

/// Lifetimes and pitches. `odd`: as odd_rows.
static void shape(struct tnpu_plan *p, const struct scope *s, bool odd,
                  const struct tnpu_config *config) {
    const struct tnpu_qgraph *g = s->g;
    lifetimes(p, s);
    p->input_reserved = p->input_reserved && p->place[g->input].used;
    if (p->input_reserved) p->place[g->input].last = s->layers - 1;
    for (int t = 0; t < g->tensor_count; t++) {
        int root = root_of(g, t);
        const struct tnpu_place *from = &p->place[root];
        uint32_t c = (uint32_t)g->tensors[t].c;
        if (!from->used) continue;
        bool dense = g->tensors[root].dense || (root == g->input && !from->vectors);
        if (root != t) p->place[t] = *from;
        p->place[t].pix = dense ? c : round_up(c, TNPU_VEC);
        p->place[t].row = p->place[t].pix * (uint32_t)g->tensors[t].w;
    }
    if (odd && config->lanes <= TNPU_VEC) odd_rows(p, s);
}

/// One attempt. Returns 1 if it fits, 0 if not, -1 when out of memory.
static int attempt(struct tnpu_plan *p, const struct scope *s, bool reserved, bool odd,
                   const struct tnpu_config *config) {
    const struct tnpu_qgraph *g = s->g;
    struct tnpu_span *spans = calloc((size_t)g->tensor_count, sizeof *spans);
    if (!spans) return -1;
    for (int t = 0; t < g->tensor_count; t++) p->place[t] = (struct tnpu_place){0};
    p->input_reserved = reserved;
    shape(p, s, odd, config);
    int n = 0;
    bool sane = true;
    for (int t = 0; t < g->tensor_count; t++) {
        const struct tnpu_place *at = &p->place[t];
        if (!at->used || root_of(g, t) != t) continue;
        int64_t bytes = bytes_of(&g->tensors[t], at, config);
        sane = sane && bytes <= INT32_MAX;
        spans[n++] = (struct tnpu_span){(uint32_t)bytes, at->first, at->last, 0};
    }
    int64_t top = sane ? tnpu_arena_place(spans, n) : INT32_MAX;
    int64_t bound = sane ? tnpu_arena_bound(spans, n, &p->bound_layer) : INT32_MAX;
    n = 0;
    for (int t = 0; t < g->tensor_count; t++)
        if (p->place[t].used)
            p->place[t].base = root_of(g, t) == t ? spans[n++].base : p->place[root_of(g, t)].base;
    free(spans);
    if (top < 0) return -1;
    p->peak = top > UINT32_MAX ? UINT32_MAX : (uint32_t)top;
    p->bound = bound > UINT32_MAX ? UINT32_MAX : (uint32_t)bound;
    return p->peak <= (uint32_t)config->fmem_bytes;
}

int tnpu_plan_make(struct tnpu_plan *p, const struct tnpu_qgraph *g, int layers, const bool *host,
                   const struct tnpu_config *config, struct tnpu_error *e) {
    const struct scope s = {g, layers, host};
    *p = (struct tnpu_plan){.count = g->tensor_count};
    p->place = calloc((size_t)g->tensor_count, sizeof *p->place);
    int fits = p->place ? 0 : -1;
    for (int choice = 0; fits == 0 && choice < 4; choice++)
        fits = attempt(p, &s, choice < 2, choice % 2 == 0, config);
    if (fits > 0) return 0;
    if (fits == 0) return TNPU_PLAN_UNFIT;
    tnpu_plan_free(p);
    return tnpu_fail(e, "%s: out of memory for the memory plan", g->arch);
}

void tnpu_plan_free(struct tnpu_plan *p) {
    free(p->place);
    *p = (struct tnpu_plan){0};
}
