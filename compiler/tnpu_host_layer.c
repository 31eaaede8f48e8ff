// SPDX-License-Identifier: Apache-2.0
// Host layers: the reference executor on the layers behind the NPU's.
#include "tnpu_host_layer.h"

#include "tnpu_qexec.h"

#include <stdlib.h>

struct tnpu_host {
    const struct tnpu_program *p;
    struct tnpu_qgraph graph; ///< a view of the program's: the host's layers only
    int8_t **tensor;          ///< [tensor_count], those that host layers make
    void *scratch;
};

struct tnpu_host *tnpu_host_new(const struct tnpu_program *p, struct tnpu_error *e) {
    struct tnpu_host *h = calloc(1, sizeof *h);
    if (h) {
        h->p = p;
        h->graph = p->graph;
        h->graph.layers += p->npu_layers;
        h->graph.layer_count -= p->npu_layers;
        h->scratch = malloc(tnpu_qexec_scratch_size(&h->graph) + 1);
        h->tensor = calloc((size_t)p->graph.tensor_count, sizeof *h->tensor);
    }
    bool failed = !h || !h->scratch || !h->tensor;
    for (int i = 0; !failed && i < h->graph.layer_count; i++) {
        int t = h->graph.layers[i].output;
        const struct tnpu_qtensor *shape = &h->graph.tensors[t];
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

static const int8_t *bytes_of(const struct tnpu_host *h, const int8_t *npu_output, int t) {
    return t == tnpu_program_npu_output(h->p) ? npu_output : h->tensor[t];
}

const int8_t *tnpu_host_run(struct tnpu_host *h, const int8_t *npu_output) {
    for (int i = 0; i < h->graph.layer_count; i++) {
        const struct tnpu_qlayer *l = &h->graph.layers[i];
        tnpu_qexec_layer(&h->graph, l, bytes_of(h, npu_output, l->input), NULL,
                         h->tensor[l->output], h->scratch);
    }
    return bytes_of(h, npu_output, h->graph.output);
}
