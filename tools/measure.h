// SPDX-License-Identifier: Apache-2.0
// Runs a program instruction by instruction on the C model, to say what each layer takes.
#ifndef TNPU_MEASURE_H
#define TNPU_MEASURE_H

#include "tnpu_machine.h"
#include "tnpu_report.h"

struct measure {
    struct tnpu_machine_counters total;
    struct tnpu_layer_cost *layer;          ///< [npu_layers]
    struct tnpu_machine_counters *counters; ///< [npu_layers]
};

/// Cycles do not depend on the input's values: `q` may be NULL, which stands for zeros. Returns 0,
/// or -1 with a reason and *m empty.
int measure_program(struct measure *m, const struct tnpu_program *p, const char *label,
                    const int8_t *q, struct tnpu_error *e);

void measure_free(struct measure *m);

#endif
