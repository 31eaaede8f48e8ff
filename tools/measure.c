// SPDX-License-Identifier: Apache-2.0
// What each layer takes, by the counters of a machine that halts at every instruction.
#include "measure.h"

#include "runner.h"

#include <stdlib.h>

static void add(struct tnpu_machine_counters *to, const struct tnpu_machine_counters *c) {
    to->cycles += c->cycles;
    to->macs += c->macs;
    to->fmem_reads += c->fmem_reads;
    to->fmem_writes += c->fmem_writes;
    to->wmem_reads += c->wmem_reads;
    to->stall_bank += c->stall_bank;
    to->stall_param += c->stall_param;
    to->stall_drain += c->stall_drain;
    to->stall_host += c->stall_host;
}

/// A layer's counters are the sum of its instructions'; its cycles end where the next layer starts.
static void attribute(struct measure *m, const struct tnpu_program *p,
                      const struct tnpu_machine_step *steps) {
    for (int i = 0; i < p->npu_layers; i++) {
        const struct tnpu_program_layer *l = &p->layers[i];
        for (int n = l->insn; n < l->insn + l->insn_count; n++)
            add(&m->counters[i], &steps[n].counters);
        m->counters[i].cycles = steps[l->insn + l->insn_count].start - steps[l->insn].start;
        m->layer[i] = (struct tnpu_layer_cost){
            m->counters[i].cycles,
            m->counters[i].stall_bank + m->counters[i].stall_param + m->counters[i].stall_drain};
    }
}

static int run(struct measure *m, struct tnpu_machine *machine, const struct tnpu_program *p,
               const char *label, const int8_t *q, struct tnpu_error *e) {
    struct tnpu_machine_step *steps = calloc((size_t)p->insn_count, sizeof *steps);
    int8_t *zeros = calloc(runner_input_size(p), 1);
    m->layer = calloc((size_t)p->npu_layers, sizeof *m->layer);
    m->counters = calloc((size_t)p->npu_layers, sizeof *m->counters);
    int rc = -1;
    if (!steps || !zeros || !m->layer || !m->counters)
        tnpu_fail(e, "%s: out of memory", label);
    else
        rc = tnpu_machine_load(machine, p, label, e) ||
             tnpu_machine_put_input(machine, q ? q : zeros, e) ||
             tnpu_machine_run_steps(machine, steps, NULL, NULL, e) ||
             tnpu_machine_counters(machine, &m->total, e);
    if (!rc) attribute(m, p, steps);
    free(steps);
    free(zeros);
    return rc ? -1 : 0;
}

int measure_program(struct measure *m, const struct tnpu_program *p, const char *label,
                    const int8_t *q, struct tnpu_error *e) {
    *m = (struct measure){0};
    const struct tnpu_machine_options options = {.kind = TNPU_MACHINE_MODEL, .core_mhz = 50};
    struct tnpu_machine *machine = tnpu_machine_open(&options, p->config, e);
    int rc = machine ? run(m, machine, p, label, q, e) : -1;
    tnpu_machine_close(machine, NULL);
    if (rc) measure_free(m);
    return rc;
}

void measure_free(struct measure *m) {
    free(m->layer);
    free(m->counters);
    *m = (struct measure){0};
}
