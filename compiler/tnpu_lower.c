// SPDX-License-Identifier: Apache-2.0
// Lowering of a whole graph: instructions and weights of the layers that the NPU runs.
#include "tnpu_lower.h"

#include "tnpu_isa.h"
#include "tnpu_lower_assign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_insn(struct tnpu_program *p, const struct tnpu_insn *insn, const char *what,
                    struct tnpu_error *e) {
    uint32_t *words = p->insns + (size_t)p->insn_count * TNPU_IWORDS;
    if (p->insn_count == p->config->imem_depth)
        return tnpu_fail(e, "%s: needs more than the %d instructions that %s holds", p->graph.arch,
                         p->config->imem_depth, p->config->name);
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
    if (tnpu_lower_assign(p, g, e) || copy_graph(p, g, e)) return -1;
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
