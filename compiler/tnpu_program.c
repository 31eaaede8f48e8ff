// SPDX-License-Identifier: Apache-2.0
// Memory of a program.
#include "tnpu_program.h"

#include <stdlib.h>

int tnpu_program_ready(const struct tnpu_program *p, int t) {
    if (!p->plan.place[t].used) return -1;
    if (p->graph.tensors[t].view_of) t = p->graph.tensors[t].view_of - 1;
    int ready = 0;
    for (int i = 0; i < p->npu_layers; i++)
        if (p->graph.layers[i].output == t) ready = p->layers[i].insn + p->layers[i].insn_count;
    return ready;
}

int tnpu_program_until(const struct tnpu_program *p, int t) {
    if (p->graph.tensors[t].view_of) t = p->graph.tensors[t].view_of - 1;
    const struct tnpu_place *at = &p->plan.place[t];
    if (!at->used) return -1;
    return at->last + 1 < p->npu_layers ? p->layers[at->last + 1].insn : p->insn_count;
}

void tnpu_program_free(struct tnpu_program *p) {
    tnpu_qgraph_free(&p->graph);
    tnpu_plan_free(&p->plan);
    free(p->layers);
    free(p->insns);
    free(p->wmem);
    free(p->float_net);
    *p = (struct tnpu_program){0};
}
