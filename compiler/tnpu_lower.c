// SPDX-License-Identifier: Apache-2.0
// Lowering of a whole graph: which layers the NPU runs, then memory plan, instructions, weights.
#include "tnpu_lower.h"

#include "tnpu_isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A plan in which every tensor has its pitches and lies at address 0: enough to know a layer's
/// rows, and whether it can be an instruction at all.
static int plan_somewhere(struct tnpu_plan *plan, const struct tnpu_qgraph *g,
                          const struct tnpu_config *config, struct tnpu_error *e) {
    const struct tnpu_config roomy = {config->name, config->lanes, 0, INT32_MAX, 0};
    if (tnpu_plan_make(plan, g, g->layer_count, &roomy, e)) return -1;
    for (int t = 0; t < plan->count; t++) plan->place[t].base = 0;
    return 0;
}

/// The first error of the layer's instructions but for the memories' sizes, or NULL.
static const char *misfit(const struct tnpu_lowered *l, const struct tnpu_config *config) {
    struct tnpu_config roomy = *config;
    roomy.wmem_rows = roomy.fmem_bytes = INT32_MAX;
    for (int n = 0; n < l->count; n++) {
        uint32_t words[TNPU_IWORDS];
        struct tnpu_insn insn = l->insn[n];
        insn.w_base = insn.lut_row = 0;
        tnpu_encode(&insn, words);
        enum tnpu_hw_error bad = tnpu_isa_check(words, &roomy);
        if (bad != TNPU_HW_NONE) return tnpu_hw_error_text[bad];
    }
    return NULL;
}

/// Which layers the NPU cannot run, and the rows of the others.
static int judge_layers(struct tnpu_program *p, const struct tnpu_qgraph *g,
                        struct tnpu_lowered *lowered, struct tnpu_error *e) {
    struct tnpu_plan plan;
    if (plan_somewhere(&plan, g, p->config, e)) return -1;
    int rc = 0;
    for (int i = 0; !rc && i < g->layer_count; i++) {
        struct tnpu_program_layer *at = &p->layers[i];
        struct tnpu_error why;
        int unfit = tnpu_lower_layer(lowered, g, &g->layers[i], &plan, 0, false, p->config, &why);
        const char *bad = unfit ? why.text : misfit(lowered, p->config);
        if (bad) snprintf(at->reason, sizeof at->reason, "%.*s", TNPU_REASON_MAX - 1, bad);
        for (int n = 0; !bad && n < lowered->count; n++) {
            if (at->w_rows > INT32_MAX / 2 - lowered->rows[n])
                rc = tnpu_fail(e, "%s: far too many weights", g->arch);
            else
                at->w_rows += lowered->rows[n];
        }
    }
    tnpu_plan_free(&plan);
    return rc;
}

/// Multiplications a row of weights; layers with more deserve their rows more.
static double use_of(const struct tnpu_program *p, const struct tnpu_qgraph *g, int i) {
    return (double)tnpu_qlayer_macs(g, &g->layers[i]) / (p->layers[i].w_rows + 1);
}

/// The convolution to take from the NPU, or to give back to it (those in `out`): of those whose
/// rows are at most `most`, the one with the least or the largest use, of equals the last. Or -1.
static int choose(const struct tnpu_program *p, const struct tnpu_qgraph *g, const bool *out,
                  bool back, int64_t most) {
    int best = -1;
    for (int i = 0; i < g->layer_count; i++) {
        bool candidate =
            tnpu_qlayer_is_conv(&g->layers[i]) && p->layers[i].w_rows && out[i] == back;
        if (!candidate || p->layers[i].w_rows > most) continue;
        double more = best < 0 ? 0 : use_of(p, g, i) - use_of(p, g, best);
        if (best < 0 || (back ? more >= 0 : more <= 0)) best = i;
    }
    return best;
}

/// Takes convolutions from the NPU until the weights of the others fit, those first that do least
/// with their rows, and gives back those that fit after all. Returns 0, or -1 out of memory.
static int evict(struct tnpu_program *p, const struct tnpu_qgraph *g) {
    bool *out = calloc((size_t)g->layer_count, sizeof *out);
    if (!out) return -1;
    int64_t left = p->config->wmem_rows, row_bytes = p->config->lanes * TNPU_DOT;
    for (int i = 0; i < g->layer_count; i++) left -= p->layers[i].w_rows;
    for (int i; left < 0 && (i = choose(p, g, out, false, INT32_MAX)) >= 0;
         left += p->layers[i].w_rows)
        out[i] = true;
    for (int i; (i = choose(p, g, out, true, left)) >= 0; left -= p->layers[i].w_rows)
        out[i] = false;
    for (int i = 0; i < g->layer_count; i++) {
        struct tnpu_program_layer *l = &p->layers[i];
        if (!out[i]) continue;
        snprintf(l->reason, sizeof l->reason,
                 "its weights take %lld bytes of weight memory, %s has %lld left",
                 (long long)(l->w_rows * row_bytes), p->config->name,
                 (long long)(left > 0 ? left * row_bytes : 0));
        l->w_rows = 0;
    }
    free(out);
    return 0;
}

/// Decides which layers the NPU runs and gives each its rows. Returns 0 or -1 with a reason.
static int assign_rows(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    struct tnpu_lowered *lowered = malloc(sizeof *lowered);
    if (!lowered) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    int rc = judge_layers(p, g, lowered, e);
    free(lowered);
    if (rc) return -1;
    if (evict(p, g)) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    int64_t rows = 0;
    for (int i = 0; i < g->layer_count; i++) {
        p->layers[i].w_base = p->layers[i].w_rows ? (int)rows : 0;
        rows += p->layers[i].w_rows;
        if (!tnpu_program_is_host(p, i)) p->npu_layers = i + 1;
    }
    // Parts of one tensor stay together: in feature memory, if one of them is made there.
    for (int i = 0; i < g->layer_count; i++)
        for (int k = 0; i >= p->npu_layers && k < p->npu_layers; k++)
            if (g->layers[k].output == g->layers[i].output) p->npu_layers = i + 1;
    if (rows > p->config->wmem_rows)
        return tnpu_fail(e,
                         "%s: needs %lld bytes of weight memory without its convolutions, %s has "
                         "%lld; choose a larger --config",
                         g->arch, (long long)rows * p->config->lanes * TNPU_DOT, p->config->name,
                         (long long)p->config->wmem_rows * p->config->lanes * TNPU_DOT);
    if (p->npu_layers == 0)
        return tnpu_fail(e, "%s: the NPU can run none of its layers; the first, %s: %s", g->arch,
                         g->layers[0].name, p->layers[0].reason);
    p->wmem_rows = (int)rows;
    return 0;
}

static int add_insn(struct tnpu_program *p, const struct tnpu_insn *insn, const char *what,
                    struct tnpu_error *e) {
    uint32_t *words = p->insns + (size_t)p->insn_count * TNPU_IWORDS;
    if (p->insn_count == p->config->imem_depth)
        return tnpu_fail(
            e, "%s: needs more than the %d instructions that %s holds; choose a larger --config",
            p->graph.arch, p->config->imem_depth, p->config->name);
    tnpu_encode(insn, words);
    enum tnpu_hw_error bad = tnpu_isa_check(words, p->config);
    if (bad != TNPU_HW_NONE)
        return tnpu_fail(e, "%s: layer %s does not fit %s: %s", p->graph.arch, what,
                         p->config->name, tnpu_hw_error_text[bad]);
    p->insn_count++;
    return 0;
}

/// The input is read by the first layer and by no other.
static bool first_alone(const struct tnpu_program *p) {
    const struct tnpu_qgraph *g = &p->graph;
    bool alone = g->layers[0].input == g->input;
    for (int i = 1; i < p->npu_layers; i++)
        alone = alone && g->layers[i].input != g->input && g->layers[i].residual != g->input;
    return alone && g->layers[0].residual != g->input;
}

/// The layer's instructions and rows. A halt stands for a host layer.
static int emit_layer(struct tnpu_program *p, const struct tnpu_qgraph *g, int i, bool first,
                      struct tnpu_lowered *lowered, struct tnpu_error *e) {
    const struct tnpu_qlayer *l = &g->layers[i];
    const struct tnpu_insn halt = {.opcode = TNPU_OP_HOSTOP, .arg = i};
    if (tnpu_program_is_host(p, i)) return add_insn(p, &halt, l->name, e);
    struct tnpu_error why;
    if (tnpu_lower_layer(lowered, g, l, &p->plan, p->layers[i].w_base, first && i == 0, p->config,
                         &why))
        return tnpu_fail(e, "%s: layer %s: %s", g->arch, l->name, why.text);
    size_t row = (size_t)p->config->lanes * TNPU_DOT;
    int at = p->layers[i].w_base;
    for (int n = 0; n < lowered->count; at += lowered->rows[n++]) {
        if (add_insn(p, &lowered->insn[n], l->name, e)) return -1;
        uint32_t pix = l->input >= 0 ? p->plan.place[l->input].pix : 1;
        tnpu_lower_weights(g, l, &lowered->insn[n], pix, p->config, p->wmem + (size_t)at * row);
    }
    return 0;
}

static int emit(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    bool first = first_alone(p);
    struct tnpu_lowered *lowered = malloc(sizeof *lowered);
    int rc = lowered ? 0 : tnpu_fail(e, "%s: out of memory for the program", g->arch);
    for (int i = 0; !rc && i < p->npu_layers; i++) {
        p->layers[i].insn = p->insn_count;
        rc = emit_layer(p, g, i, first, lowered, e);
        p->layers[i].insn_count = p->insn_count - p->layers[i].insn;
    }
    free(lowered);
    const struct tnpu_insn end = {.opcode = TNPU_OP_END};
    return rc ? rc : add_insn(p, &end, "END", e);
}

static void *copy(const void *from, size_t bytes, bool *failed) {
    if (!from) return NULL;
    void *to = malloc(bytes + 1);
    if (to) memcpy(to, from, bytes);
    *failed = *failed || !to;
    return to;
}

/// A copy of the graph in which only host layers have weights and constants.
static int copy_graph(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    struct tnpu_qgraph *to = &p->graph;
    bool failed = false;
    *to = *g;
    to->tensors = copy(g->tensors, (size_t)g->tensor_count * sizeof *g->tensors, &failed);
    to->layers = copy(g->layers, (size_t)g->layer_count * sizeof *g->layers, &failed);
    to->sources = copy(g->sources, (size_t)g->source_count * sizeof *g->sources, &failed);
    for (int t = 0; to->tensors && t < g->tensor_count; t++)
        to->tensors[t].scale =
            copy(g->tensors[t].scale, (size_t)g->tensors[t].scale_count * sizeof(float), &failed);
    for (int i = 0; to->layers && i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        struct tnpu_qlayer *c = &to->layers[i];
        size_t n = (size_t)tnpu_qlayer_param_count(g, l);
        bool host = tnpu_program_is_host(p, i);
        c->weights =
            host ? copy(l->weights, (size_t)tnpu_qlayer_weight_count(g, l), &failed) : NULL;
        c->bias = host ? copy(l->bias, n * sizeof *l->bias, &failed) : NULL;
        c->post_bias = host ? copy(l->post_bias, n * sizeof *l->post_bias, &failed) : NULL;
        c->mult = host ? copy(l->mult, n * sizeof *l->mult, &failed) : NULL;
        c->shift = host ? copy(l->shift, n, &failed) : NULL;
        c->k = host ? copy(l->k, n * sizeof *l->k, &failed) : NULL;
    }
    return failed ? tnpu_fail(e, "%s: out of memory for the program", g->arch) : 0;
}

static int lower(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    p->layers = calloc((size_t)g->layer_count, sizeof *p->layers);
    if (!p->layers) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    if (assign_rows(p, g, e) || copy_graph(p, g, e) ||
        tnpu_plan_make(&p->plan, g, p->npu_layers, p->config, e))
        return -1;
    p->insns = calloc((size_t)p->config->imem_depth * TNPU_IWORDS, sizeof *p->insns);
    p->wmem = calloc((size_t)p->wmem_rows + 1, (size_t)p->config->lanes * TNPU_DOT);
    if (!p->insns || !p->wmem) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    return emit(p, g, e);
}

int tnpu_lower(struct tnpu_program *p, const struct tnpu_qgraph *g,
               const struct tnpu_config *config, struct tnpu_error *e) {
    *p = (struct tnpu_program){.config = config};
    int rc = g->layer_count < 1 ? tnpu_fail(e, "%s: the network has no layers", g->arch)
                                : lower(p, g, e);
    if (rc) tnpu_program_free(p);
    return rc;
}
