// SPDX-License-Identifier: Apache-2.0
// Lowering of a whole graph: which layers the NPU runs, then memory plan, instructions, weights.
#include "tnpu_lower.h"

#include "tnpu_isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Rows of weight memory that a layer takes. Those do not depend on addresses, only on whether the
/// pixels of its input are dense, so that a plan for a memory without limits will do.
static int64_t layer_rows(const struct tnpu_qgraph *g, int layer, const struct tnpu_plan *plan,
                          const struct tnpu_config *config, struct tnpu_error *e) {
    struct tnpu_insn insn;
    if (tnpu_lower_layer(&insn, g, &g->layers[layer], plan, 0, false, e)) return -1;
    return tnpu_isa_rows(&insn, config);
}

/// The network's last layer, when it makes its scores from what the layer before it left.
static bool is_classifier(const struct tnpu_qgraph *g, int layer) {
    const struct tnpu_qlayer *l = &g->layers[layer];
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    return layer == g->layer_count - 1 && layer > 0 && l->op == TNPU_QOP_CONV && out->h == 1 &&
           out->w == 1 && l->residual < 0 && l->input == g->layers[layer - 1].output;
}

/// Decides how many layers the NPU runs and gives each its rows. Returns 0 or -1 with a reason.
static int assign_rows(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    const struct tnpu_config roomy = {p->config->name, p->config->lanes, 0, INT32_MAX, 0};
    struct tnpu_plan plan;
    if (tnpu_plan_make(&plan, g, g->layer_count, &roomy, e)) return -1;
    // Rows do not depend on where tensors lie, and here that need not fit an instruction's field.
    for (int t = 0; t < plan.count; t++) plan.place[t].base = 0;
    int row_bytes = p->config->lanes * TNPU_DOT, has = p->config->wmem_rows;
    int64_t rows = 0, last = 0;
    for (int i = 0; i < g->layer_count; i++, rows += last) {
        last = layer_rows(g, i, &plan, p->config, e);
        if (last < 0 || rows + last > INT32_MAX) {
            tnpu_plan_free(&plan);
            return last < 0 ? -1 : tnpu_fail(e, "%s: far too many weights", g->arch);
        }
        p->layers[i].w_base = (int)rows;
        p->layers[i].w_rows = (int)last;
    }
    tnpu_plan_free(&plan);
    p->npu_layers = g->layer_count;
    if (rows <= has) return 0;
    struct tnpu_program_layer *l = &p->layers[g->layer_count - 1];
    bool host = is_classifier(g, g->layer_count - 1);
    if (!host || rows - last > has)
        return tnpu_fail(e,
                         "%s: needs %lld bytes of weight memory%s, %s has %lld; choose a larger "
                         "--config or a narrower network",
                         g->arch, (long long)(host ? rows - last : rows) * row_bytes,
                         host ? " without its classifier" : "", p->config->name,
                         (long long)has * row_bytes);
    snprintf(l->reason, sizeof l->reason,
             "its weights take %lld bytes of weight memory, %s has %lld left",
             (long long)last * row_bytes, p->config->name,
             (long long)(has - (rows - last)) * row_bytes);
    l->w_base = l->w_rows = 0;
    p->npu_layers--;
    return 0;
}

static int add_insn(struct tnpu_program *p, const struct tnpu_insn *insn, const char *what,
                    struct tnpu_error *e) {
    uint32_t *words = p->insns + (size_t)p->insn_count * TNPU_IWORDS;
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

static int emit(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    bool first = first_alone(p);
    for (int i = 0; i < p->npu_layers; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        struct tnpu_program_layer *at = &p->layers[i];
        struct tnpu_insn insn;
        if (tnpu_lower_layer(&insn, g, l, &p->plan, at->w_base, first && i == 0, e)) return -1;
        at->insn = p->insn_count;
        if (add_insn(p, &insn, l->name, e)) return -1;
        tnpu_lower_weights(g, l, &insn, p->plan.place[l->input].pix, p->config,
                           p->wmem + (size_t)at->w_base * (size_t)p->config->lanes * TNPU_DOT);
        const struct tnpu_insn event = {.opcode = TNPU_OP_EVENT, .arg = TNPU_EVENT_INPUT_READ};
        if (i == 0 && insn.release && p->plan.input_reserved && add_insn(p, &event, l->name, e))
            return -1;
        at->insn_count = p->insn_count - at->insn;
    }
    const struct tnpu_insn end = {.opcode = TNPU_OP_END};
    return add_insn(p, &end, "END", e);
}

static void *copy(const void *from, size_t bytes, bool *failed) {
    if (!from) return NULL;
    void *to = malloc(bytes + 1);
    if (to) memcpy(to, from, bytes);
    *failed = *failed || !to;
    return to;
}

/// A copy of the graph in which only layers from `npu_layers` on have weights and constants.
static int copy_graph(struct tnpu_qgraph *to, const struct tnpu_qgraph *g, int npu_layers,
                      struct tnpu_error *e) {
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
        size_t n = (size_t)g->tensors[l->output].c;
        bool host = i >= npu_layers;
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
    if (assign_rows(p, g, e) || copy_graph(&p->graph, g, p->npu_layers, e) ||
        tnpu_plan_make(&p->plan, g, p->npu_layers, p->config, e))
        return -1;
    for (int i = 0; i < p->npu_layers; i++) p->wmem_rows += p->layers[i].w_rows;
    // A layer is an instruction; beside them there may be an EVENT, and there is END.
    int most = p->npu_layers + 2;
    p->insns = calloc((size_t)most * TNPU_IWORDS, sizeof *p->insns);
    p->wmem = calloc((size_t)p->wmem_rows + 1, (size_t)p->config->lanes * TNPU_DOT);
    if (!p->insns || !p->wmem) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    if (emit(p, g, e)) return -1;
    if (p->insn_count > p->config->imem_depth)
        return tnpu_fail(e, "%s: needs %d instructions, %s holds %d; choose a larger --config",
                         g->arch, p->insn_count, p->config->name, p->config->imem_depth);
    return 0;
}

int tnpu_lower(struct tnpu_program *p, const struct tnpu_qgraph *g,
               const struct tnpu_config *config, struct tnpu_error *e) {
    *p = (struct tnpu_program){.config = config};
    int rc = g->layer_count < 1 ? tnpu_fail(e, "%s: the network has no layers", g->arch)
                                : lower(p, g, e);
    if (rc) tnpu_program_free(p);
    return rc;
}
