// SPDX-License-Identifier: Apache-2.0
// Host layers: the reference executor on some layers of a program.
#include "tnpu_host_layer.h"

#include "tnpu_qexec.h"

#include <stdlib.h>

struct tnpu_host {
    const struct tnpu_program *p;
    int8_t **tensor; ///< [tensor_count], those that host layers touch; a view's is its root's
    void *scratch;
};

static int root_of(const struct tnpu_program *p, int t) {
    int view_of = p->graph.tensors[t].view_of;
    return view_of ? view_of - 1 : t;
}

/// Whether layer i is the host's and touches the memory of tensor t; `reads`: only as an operand.
static bool touches(const struct tnpu_program *p, int i, int t, bool reads) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    if (!tnpu_program_is_host(p, i)) return false;
    return (l->input >= 0 && root_of(p, l->input) == t) ||
           (l->residual >= 0 && root_of(p, l->residual) == t) || (!reads && l->output == t);
}

struct tnpu_host *tnpu_host_new(const struct tnpu_program *p, struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &p->graph;
    struct tnpu_host *h = calloc(1, sizeof *h);
    if (h) {
        h->p = p;
        size_t most = 1;
        for (int i = 0; i < g->layer_count; i++) {
            size_t n = tnpu_program_is_host(p, i) ? tnpu_qexec_layer_scratch(g, &g->layers[i]) : 0;
            most = n > most ? n : most;
        }
        h->scratch = malloc(most);
        h->tensor = calloc((size_t)g->tensor_count, sizeof *h->tensor);
    }
    bool failed = !h || !h->scratch || !h->tensor;
    for (int t = 0; !failed && t < g->tensor_count; t++) {
        const struct tnpu_qtensor *shape = &g->tensors[t];
        bool used = t == root_of(p, g->output);
        for (int i = 0; i < g->layer_count; i++) used = used || touches(p, i, t, false);
        if (!used || shape->view_of) continue;
        h->tensor[t] = malloc((size_t)shape->h * (size_t)shape->w * (size_t)shape->c);
        failed = !h->tensor[t];
    }
    if (failed) {
        tnpu_host_free(h);
        tnpu_fail(e, "%s: out of memory for the host layers", p->graph.arch);
        return NULL;
    }
    return h;
}

void tnpu_host_free(struct tnpu_host *h) {
    if (!h) return;
    for (int t = 0; h->tensor && t < h->p->graph.tensor_count; t++) free(h->tensor[t]);
    free(h->tensor);
    free(h->scratch);
    free(h);
}

int8_t *tnpu_host_tensor(struct tnpu_host *h, int tensor) {
    return h->tensor[root_of(h->p, tensor)];
}

bool tnpu_host_needs(const struct tnpu_host *h, int tensor) {
    const struct tnpu_program *p = h->p;
    if (!p->plan.place[tensor].used || p->graph.tensors[tensor].view_of) return false;
    bool needs = tensor == root_of(p, p->graph.output);
    for (int i = p->npu_layers; i < p->graph.layer_count; i++)
        needs = needs || touches(p, i, tensor, true);
    return needs;
}

void tnpu_host_layer(struct tnpu_host *h, int i) {
    const struct tnpu_qlayer *l = &h->p->graph.layers[i];
    const int8_t *in = l->input >= 0 ? tnpu_host_tensor(h, l->input) : NULL;
    const int8_t *residual = l->residual >= 0 ? tnpu_host_tensor(h, l->residual) : NULL;
    tnpu_qexec_layer(&h->p->graph, l, in, residual, tnpu_host_tensor(h, l->output), h->scratch);
}

const int8_t *tnpu_host_run(struct tnpu_host *h) {
    for (int i = h->p->npu_layers; i < h->p->graph.layer_count; i++) tnpu_host_layer(h, i);
    return tnpu_host_tensor(h, h->p->graph.output);
}
