// SPDX-License-Identifier: Apache-2.0
// The reference executor over a whole graph.
#include "tnpu_qexec.h"

#include <stdlib.h>
#include <string.h>

struct tnpu_qexec {
    const struct tnpu_qgraph *g;
    int8_t **tensor; ///< [tensor_count]
    void *scratch;
};

static size_t tensor_size(const struct tnpu_qtensor *t) {
    return (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

struct tnpu_qexec *tnpu_qexec_new(const struct tnpu_qgraph *g, struct tnpu_error *e) {
    struct tnpu_qexec *x = calloc(1, sizeof *x);
    if (x) {
        x->g = g;
        x->scratch = malloc(tnpu_qexec_scratch_size(g) + 1);
        x->tensor = calloc((size_t)g->tensor_count, sizeof *x->tensor);
    }
    int rc = !x || !x->scratch || !x->tensor;
    for (int i = 0; !rc && i < g->tensor_count; i++) {
        int root = g->tensors[i].view_of - 1; // a view's bytes are those of an earlier tensor
        x->tensor[i] = root >= 0 ? x->tensor[root] : malloc(tensor_size(&g->tensors[i]));
        rc = !x->tensor[i];
    }
    if (rc) {
        tnpu_qexec_free(x);
        tnpu_fail(e, "%s: out of memory for the int8 tensors", g->arch);
        return NULL;
    }
    return x;
}

void tnpu_qexec_free(struct tnpu_qexec *x) {
    if (!x) return;
    for (int i = 0; x->tensor && i < x->g->tensor_count; i++)
        if (!x->g->tensors[i].view_of) free(x->tensor[i]);
    free(x->tensor);
    free(x->scratch);
    free(x);
}

void tnpu_qexec_run(struct tnpu_qexec *x, const int8_t *q) {
    const struct tnpu_qgraph *g = x->g;
    memcpy(x->tensor[g->input], q, tensor_size(&g->tensors[g->input]));
    for (int i = 0; i < g->layer_count; i++) {
        const struct tnpu_qlayer *l = &g->layers[i];
        const int8_t *residual = l->residual >= 0 ? x->tensor[l->residual] : NULL;
        const int8_t *in = l->input >= 0 ? x->tensor[l->input] : NULL;
        tnpu_qexec_layer(g, l, in, residual, x->tensor[l->output], x->scratch);
    }
}

const int8_t *tnpu_qexec_tensor(const struct tnpu_qexec *x, int tensor) {
    return x->tensor[tensor];
}
