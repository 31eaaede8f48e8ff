// SPDX-License-Identifier: Apache-2.0
// Which layers the NPU runs: those that are instructions of the configuration, as long as the
// memories hold weights, feature maps and instructions. The host runs the others.
#include "tnpu_lower_assign.h"

#include <stdio.h>
#include <stdlib.h>

/// Multiplications a row of weights; layers with more deserve their rows more.
static double use_of(const struct tnpu_program *p, const struct tnpu_qgraph *g, int i) {
    return (double)tnpu_qlayer_macs(g, &g->layers[i]) / (p->layers[i].w_rows + 1);
}

/// The layer to take from the NPU (a convolution, or `any`), or to give back to it (those in
/// `out`): of those whose rows are at most `most`, the one with the least or the largest use, of
/// equals the last. Or -1.
static int choose(const struct tnpu_program *p, const struct tnpu_qgraph *g, const bool *out,
                  bool any, bool back, int64_t most) {
    int best = -1;
    for (int i = 0; i < g->layer_count; i++) {
        bool candidate =
            (any || tnpu_qlayer_is_conv(&g->layers[i])) && p->layers[i].w_rows && out[i] == back;
        if (!candidate || p->layers[i].w_rows > most) continue;
        double more = best < 0 ? 0 : use_of(p, g, i) - use_of(p, g, best);
        if (best < 0 || (back ? more >= 0 : more <= 0)) best = i;
    }
    return best;
}

/// Takes convolutions, then others, from the NPU until what is left fits weight memory, those first
/// that do least with their rows, and gives back those that fit after all. Returns 0, or -1 out of
/// memory.
static int evict(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    bool *out = calloc((size_t)g->layer_count, sizeof *out);
    if (!out) return -1;
    int64_t left = p->config->wmem_rows, row_bytes = p->config->lanes * TNPU_DOT;
    for (int i = 0; i < g->layer_count; i++) left -= p->layers[i].w_rows;
    for (int any = 0; any < 2; any++)
        for (int i; left < 0 && (i = choose(p, g, out, any, false, INT32_MAX)) >= 0;
             left += p->layers[i].w_rows)
            out[i] = true;
    for (int i; (i = choose(p, g, out, true, true, left)) >= 0; left -= p->layers[i].w_rows)
        out[i] = false;
    for (int i = 0; i < g->layer_count; i++) {
        struct tnpu_program_layer *l = &p->layers[i];
        char reason[TNPU_REASON_MAX];
        if (!out[i]) continue;
        snprintf(reason, sizeof reason,
                 "its weights take %lld bytes of weight memory, %s has %lld left",
                 (long long)(l->w_rows * row_bytes), p->config->name,
                 (long long)(left > 0 ? left * row_bytes : 0));
        tnpu_lower_take(l, reason);
    }
    free(out);
    return 0;
}

static int root_of(const struct tnpu_qgraph *g, int t) {
    return g->tensors[t].view_of ? g->tensors[t].view_of - 1 : t;
}

static bool touches(const struct tnpu_qgraph *g, int layer, int t) {
    const struct tnpu_qlayer *l = &g->layers[layer];
    return l->output == t || (l->input >= 0 && root_of(g, l->input) == t) ||
           (l->residual >= 0 && root_of(g, l->residual) == t);
}

/// What the host would have to do for the NPU's layers that touch tensor t: multiplications, and
/// bytes of results.
static int64_t work_at(const struct tnpu_program *p, const struct tnpu_qgraph *g, int t) {
    int64_t work = 0;
    for (int i = 0; i < p->npu_layers; i++) {
        const struct tnpu_qtensor *out = &g->tensors[g->layers[i].output];
        if (!tnpu_program_is_host(p, i) && touches(g, i, t))
            work += tnpu_qlayer_macs(g, &g->layers[i]) + (int64_t)out->h * out->w * out->c;
    }
    return work;
}

/// Bytes of feature memory that a tensor of a plan takes.
static int64_t bytes_at(const struct tnpu_program *p, const struct tnpu_qgraph *g, int t) {
    const struct tnpu_place *at = &p->plan.place[t];
    return (int64_t)g->tensors[t].h * at->row;
}

/// Of a plan that does not fit: the tensor to keep out of feature memory. One that is too large by
/// itself; else, of those that are there when most is, the one that costs the host the least work
/// for each byte.
static int tensor_to_keep_out(const struct tnpu_program *p, const struct tnpu_qgraph *g) {
    int best = -1;
    double least = 0;
    for (int t = 0; t < g->tensor_count; t++) {
        const struct tnpu_place *at = &p->plan.place[t];
        if (!at->used || g->tensors[t].view_of) continue;
        int64_t bytes = bytes_at(p, g, t);
        if (bytes > p->config->fmem_bytes) return t;
        double cost = (double)work_at(p, g, t) / (double)bytes;
        bool there = at->first <= p->plan.bound_layer && p->plan.bound_layer <= at->last;
        if (!there || (best >= 0 && cost >= least)) continue;
        best = t;
        least = cost;
    }
    return best;
}

/// The layers that touch that tensor become the host's, which then has it to itself.
static void keep_out(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    int t = tensor_to_keep_out(p, g);
    char reason[TNPU_REASON_MAX];
    snprintf(reason, sizeof reason,
             "its map %.24s takes %lld bytes of feature memory, all at once %u, %s has %d",
             g->tensors[t].name, (long long)bytes_at(p, g, t), (unsigned)p->plan.peak,
             p->config->name, p->config->fmem_bytes);
    for (int i = 0; i < g->layer_count; i++)
        if (!tnpu_program_is_host(p, i) && touches(g, i, t)) tnpu_lower_take(&p->layers[i], reason);
}

/// A constant that only the host reads is the host's.
static void give_constants(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    for (int i = 0; i < g->layer_count; i++) {
        bool read = g->layers[i].op != TNPU_QOP_CONST || tnpu_program_is_host(p, i);
        for (int k = 0; !read && k < g->layer_count; k++)
            read = k != i && !tnpu_program_is_host(p, k) && touches(g, k, g->layers[i].output);
        if (!read) tnpu_lower_take(&p->layers[i], "a constant that only layers of the host read");
    }
}

/// The layers before END: up to the NPU's last.
static void count_layers(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    p->npu_layers = 0;
    for (int i = 0; i < g->layer_count; i++)
        if (!tnpu_program_is_host(p, i)) p->npu_layers = i + 1;
    // Parts of one tensor stay together: in feature memory, if one of them is made there.
    for (int i = 0; i < g->layer_count; i++)
        for (int k = 0; i >= p->npu_layers && k < p->npu_layers; k++)
            if (!tnpu_program_is_host(p, k) && g->layers[k].output == g->layers[i].output)
                p->npu_layers = i + 1;
}

/// The last layers become the host's where instruction memory does not hold them.
static void shorten(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    for (;;) {
        int64_t insns = 1, last = -1; // END
        count_layers(p, g);
        for (int i = 0; i < p->npu_layers; i++) {
            bool host = tnpu_program_is_host(p, i);
            insns += host ? 1 : p->layers[i].insn_count;
            last = host ? last : i;
        }
        if (insns <= p->config->imem_depth || last < 0) return;
        char reason[TNPU_REASON_MAX];
        snprintf(reason, sizeof reason, "%s holds %d instructions, the program would have %lld",
                 p->config->name, p->config->imem_depth, (long long)insns);
        tnpu_lower_take(&p->layers[last], reason);
    }
}

/// Plans feature memory for the layers that are the NPU's. Returns as tnpu_plan_make.
static int plan(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    bool *host = calloc((size_t)g->layer_count, sizeof *host);
    if (!host) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    for (int i = 0; i < p->npu_layers; i++) host[i] = tnpu_program_is_host(p, i);
    int rc = tnpu_plan_make(&p->plan, g, p->npu_layers, host, p->config, e);
    free(host);
    return rc;
}

/// Refuses a network of which the NPU would run nothing; its first layer that reads anything says
/// why.
static int nothing(const struct tnpu_program *p, const struct tnpu_qgraph *g,
                   struct tnpu_error *e) {
    int i = 0;
    while (i + 1 < g->layer_count && g->layers[i].op == TNPU_QOP_CONST) i++;
    return tnpu_fail(e,
                     "%s: the NPU can run none of its layers, so there is nothing for it to do; "
                     "the first, %s: %s",
                     g->arch, g->layers[i].name, p->layers[i].reason);
}

/// Feature maps and instructions until they fit, then weights: of those layers that are left.
static int fit(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    for (bool weights = false;;) {
        shorten(p, g);
        give_constants(p, g);
        count_layers(p, g);
        if (p->npu_layers == 0) return nothing(p, g, e);
        int rc = plan(p, g, e);
        if (rc < 0 || (rc == 0 && weights)) return rc;
        if (rc == TNPU_PLAN_UNFIT)
            keep_out(p, g);
        else if (evict(p, g))
            return tnpu_fail(e, "%s: out of memory for the program", g->arch);
        else
            weights = true;
        tnpu_plan_free(&p->plan);
    }
}

int tnpu_lower_assign(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    if (tnpu_lower_judge(p, g, e) || fit(p, g, e)) return -1;
    int64_t rows = 0;
    for (int i = 0; i < g->layer_count; i++) {
        p->layers[i].w_base = p->layers[i].w_rows ? (int)rows : 0;
        rows += p->layers[i].w_rows;
    }
    p->wmem_rows = (int)rows;
    return 0;
}
