// SPDX-License-Identifier: Apache-2.0
// Judges a program: what it says of itself must be consistent and within its machine.
#include "tnpu_isa.h"
#include "tnpu_program_format.h"

#include <math.h>

enum { DIM_MAX = TNPU_Q_DIM_MAX, TENSOR_BYTES_MAX = 1 << 26 };

static bool in_range(int v, int lo, int hi) {
    return v >= lo && v <= hi;
}

static int check_tensor(const struct tnpu_program *p, int i, const char *label,
                        struct tnpu_error *e) {
    const struct tnpu_qtensor *t = &p->graph.tensors[i];
    const struct tnpu_place *at = &p->plan.place[i];
    bool good = in_range(t->h, 1, DIM_MAX) && in_range(t->w, 1, DIM_MAX) &&
                in_range(t->c, 1, DIM_MAX) && (int64_t)t->h * t->w * t->c <= TENSOR_BYTES_MAX &&
                in_range(t->zero_point, INT8_MIN, INT8_MAX) && t->float_tensor >= -1 &&
                (t->scale_count == 1 || t->scale_count == t->c);
    for (int c = 0; good && c < t->scale_count; c++)
        good = isfinite(t->scale[c]) && t->scale[c] > 0;
    if (!good)
        return tnpu_fail(e, "%s: tensor %d: shape, zero point or scale out of range", label, i);
    if (!at->used && (at->base | at->row | at->pix))
        return tnpu_fail(e, "%s: tensor %d lies nowhere, and has a place", label, i);
    if (!at->used) return 0;
    uint64_t end = (uint64_t)at->base + (uint64_t)(t->h - 1) * at->row +
                   (uint64_t)(t->w - 1) * at->pix + (uint64_t)t->c;
    if (at->pix < (uint32_t)t->c || at->row < (uint64_t)t->w * at->pix || end > p->plan.peak ||
        !in_range(at->first, 0, at->last) || at->last >= p->npu_layers)
        return tnpu_fail(e, "%s: tensor %d lies outside the feature memory in use", label, i);
    return 0;
}

static bool all_in_range(const int *v, size_t n, int lo, int hi) {
    for (size_t i = 0; i < n; i++)
        if (!in_range(v[i], lo, hi)) return false;
    return true;
}

/// Numbers of a layer such that sizes can be computed from them, and that its output's shape
/// follows from its input's.
static bool layer_fits(const struct tnpu_program *p, const struct tnpu_qlayer *l) {
    const struct tnpu_qgraph *g = &p->graph;
    int n = g->tensor_count - 1, least = l->op == TNPU_QOP_CONST ? -1 : 0;
    if (!in_range(l->input, least, n) || !in_range(l->output, 0, n) ||
        !in_range(l->residual, -1, n))
        return false;
    const int counts[] = {l->kernel_h,   l->kernel_w,   l->stride_h, l->stride_w,
                          l->dilation_h, l->dilation_w, l->pool_h,   l->pool_w};
    const int pads[] = {l->pad_top, l->pad_left, l->pad_bottom, l->pad_right};
    const struct tnpu_qpart *r = &l->part;
    const int part[] = {r->from_y, r->from_x, r->from_c, r->to_y, r->to_x, r->to_c,
                        r->step_y, r->step_x, r->h,      r->w,    r->c};
    if (!all_in_range(counts, 8, 1, DIM_MAX) || !all_in_range(pads, 4, 0, DIM_MAX) ||
        !all_in_range(part, 11, -DIM_MAX, DIM_MAX))
        return false;
    if (l->op > TNPU_QOP_MEAN) return true;
    int h, w;
    tnpu_qlayer_op_size(g, l, &h, &w);
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    return h >= 1 && w >= 1 && h / l->pool_h == out->h && w / l->pool_w == out->w &&
           (l->op == TNPU_QOP_CONV || g->tensors[l->input].c == out->c);
}

static int check_npu_layer(const struct tnpu_program *p, int i, int insn, const char *label,
                           struct tnpu_error *e) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    const struct tnpu_program_layer *at = &p->layers[i];
    const struct tnpu_place *place = p->plan.place;
    if (!tnpu_program_is_host(p, i) &&
        ((l->input >= 0 && !place[l->input].used) || !place[l->output].used ||
         (l->residual >= 0 && !place[l->residual].used)))
        return tnpu_fail(e, "%s: layer %d uses a tensor that is not in feature memory", label, i);
    if (at->insn != insn || !in_range(at->insn_count, 1, p->insn_count) ||
        insn + at->insn_count >= p->insn_count)
        return tnpu_fail(e, "%s: layer %d: its instructions are out of range", label, i);
    if (!in_range(at->w_rows, 0, p->wmem_rows) ||
        !in_range(at->w_base, 0, p->wmem_rows - at->w_rows))
        return tnpu_fail(e, "%s: layer %d: its weight rows are out of range", label, i);
    struct tnpu_insn first;
    tnpu_decode(p->insns + (size_t)insn * TNPU_IWORDS, &first);
    bool halts = first.opcode == TNPU_OP_HOSTOP && first.arg == i && at->insn_count == 1;
    if (tnpu_program_is_host(p, i) != halts)
        return tnpu_fail(e, "%s: layer %d: its instructions are not those of its kind", label, i);
    return 0;
}

/// What host layers read: tensors that lie in feature memory, behind END those that are kept there;
/// or that the host has: the input, and what such layers made before.
static int check_host_order(const struct tnpu_program *p, const char *label, struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &p->graph;
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        const int reads[] = {l->input, l->residual};
        bool behind = i >= p->npu_layers;
        if (!behind && !tnpu_program_is_host(p, i)) continue;
        bool there = !(behind && p->plan.place[l->output].used) && !g->tensors[l->output].view_of;
        for (int n = 0; n < 2; n++) {
            int t = reads[n];
            if (t < 0) continue;
            if (g->tensors[t].view_of) t = g->tensors[t].view_of - 1;
            const struct tnpu_place *at = &p->plan.place[t];
            bool made = at->used ? !behind || at->last == p->npu_layers - 1 : t == g->input;
            for (int k = 0; k < i; k++)
                made =
                    made || (!at->used && tnpu_program_is_host(p, k) && g->layers[k].output == t);
            there = there && made;
        }
        if (!there || (behind && p->layers[i].insn_count) || !tnpu_program_is_host(p, i))
            return tnpu_fail(e, "%s: layer %d is not one that the host can run", label, i);
    }
    return 0;
}

/// Views lie where their tensors do.
static bool views_fit(const struct tnpu_program *p) {
    for (int t = 0; t < p->graph.tensor_count; t++) {
        int root = p->graph.tensors[t].view_of - 1;
        if (root < 0) continue;
        const struct tnpu_place *a = &p->plan.place[t], *b = &p->plan.place[root];
        if (a->used != b->used || a->base != b->base) return false;
    }
    return true;
}

int tnpu_program_check_graph(const struct tnpu_program *p, const char *label,
                             struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &p->graph;
    if (!in_range(g->input, 0, g->tensor_count - 1) || !in_range(g->output, 0, g->tensor_count - 1))
        return tnpu_fail(e, "%s: its input or output is no tensor", label);
    if (!in_range(p->npu_layers, 1, g->layer_count))
        return tnpu_fail(e, "%s: %d layers on the NPU, of %d", label, p->npu_layers,
                         g->layer_count);
    if (p->plan.peak > (uint32_t)p->config->fmem_bytes || p->plan.bound > p->plan.peak ||
        !in_range(p->plan.bound_layer, 0, p->npu_layers - 1))
        return tnpu_fail(e, "%s: needs %u bytes of feature memory, %s has %d", label,
                         (unsigned)p->plan.peak, p->config->name, p->config->fmem_bytes);
    for (int i = 0; i < g->tensor_count; i++)
        if (check_tensor(p, i, label, e)) return -1;
    struct tnpu_error why;
    if (tnpu_qtensors_check(g, &why) || !views_fit(p))
        return tnpu_fail(e, "%s: its tensors do not agree with each other", label);
    for (int i = 0, insn = 0; i < g->layer_count; i++) {
        if (!layer_fits(p, &g->layers[i]))
            return tnpu_fail(e, "%s: layer %d: shape or window out of range", label, i);
        if (i < p->npu_layers && check_npu_layer(p, i, insn, label, e)) return -1;
        insn += p->layers[i].insn_count;
        if (i == p->npu_layers - 1 && insn != p->insn_count - 1)
            return tnpu_fail(e, "%s: instruction %d belongs to no layer", label, insn);
    }
    return check_host_order(p, label, e);
}

static int check_insns(const struct tnpu_program *p, const char *label, struct tnpu_error *e) {
    if (p->insn_count > p->config->imem_depth || p->wmem_rows > p->config->wmem_rows)
        return tnpu_fail(e, "%s: is too large for %s", label, p->config->name);
    struct tnpu_config held = *p->config;
    held.wmem_rows = p->wmem_rows;
    for (int i = 0; i < p->insn_count; i++) {
        const uint32_t *words = p->insns + (size_t)i * TNPU_IWORDS;
        enum tnpu_hw_error bad = tnpu_isa_check(words, p->config);
        if (bad != TNPU_HW_NONE)
            return tnpu_fail(e, "%s: instruction %d: %s", label, i, tnpu_hw_error_text[bad]);
        struct tnpu_insn insn;
        tnpu_decode(words, &insn);
        bool halts = insn.opcode == TNPU_OP_HOSTOP; // of a host layer: check_npu_layer
        if ((insn.opcode == TNPU_OP_END) != (i == p->insn_count - 1) ||
            insn.opcode == TNPU_OP_WAIT ||
            (halts && (insn.arg >= p->npu_layers || p->layers[insn.arg].insn != i)))
            return tnpu_fail(e, "%s: instruction %d is a %s, which has no place there", label, i,
                             tnpu_opcode_find((unsigned)insn.opcode)->name);
        if (tnpu_isa_check(words, &held) != TNPU_HW_NONE)
            return tnpu_fail(e, "%s: instruction %d reads weights that the program lacks", label,
                             i);
    }
    return 0;
}

int tnpu_program_check(const struct tnpu_program *p, const char *label, struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &p->graph;
    if (tnpu_program_check_graph(p, label, e) || check_insns(p, label, e)) return -1;
    if (p->plan.input_reserved && !p->plan.place[g->input].used)
        return tnpu_fail(e, "%s: its input is not in feature memory, and kept there", label);
    if (!p->plan.place[tnpu_program_npu_output(p)].used)
        return tnpu_fail(e, "%s: what the NPU leaves is not in feature memory", label);
    const struct tnpu_qtensor *out = &g->tensors[g->output];
    int root = out->view_of ? out->view_of - 1 : g->output;
    const struct tnpu_place *at = &p->plan.place[root];
    bool made = at->used ? at->last == p->npu_layers - 1 : root == g->input;
    for (int i = 0; i < g->layer_count && !at->used; i++)
        made = made || g->layers[i].output == root;
    if (!made) return tnpu_fail(e, "%s: nothing makes its output", label);
    struct tnpu_error why;
    for (int i = 0; i < g->layer_count; i++)
        if (tnpu_program_is_host(p, i) && tnpu_qlayer_check(g, &g->layers[i], &why))
            return tnpu_fail(e, "%s: host layers: %s", label, why.text);
    return 0;
}
