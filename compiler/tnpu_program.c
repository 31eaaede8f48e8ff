// SPDX-License-Identifier: Apache-2.0
// Memory of a program.
#include "tnpu_program.h"

#include <stdlib.h>

void tnpu_program_free(struct tnpu_program *p) {
    tnpu_qgraph_free(&p->graph);
    tnpu_plan_free(&p->plan);
    free(p->layers);
    free(p->insns);
    free(p->wmem);
    free(p->float_net);
    *p = (struct tnpu_program){0};
}
