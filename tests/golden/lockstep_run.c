// SPDX-License-Identifier: Apache-2.0
// Loading a program into both machines, and running it.
#include "lockstep_run.h"

#include "tnpu_bytes.h"

#include <stdio.h>
#include <stdlib.h>

static int write_both(struct lockstep_run *l, uint32_t addr, const void *bytes, size_t n,
                      struct tnpu_error *e) {
    tnpu_model_write(&l->model, addr, bytes, n);
    return tnpu_rtl_write(l->rtl, addr, bytes, n, e);
}

int lockstep_open(struct lockstep_run *l, const struct tnpu_config *config, struct tnpu_error *e) {
    *l = (struct lockstep_run){0};
    if (tnpu_model_init(&l->model, config)) return tnpu_fail(e, "out of memory");
    l->rtl = tnpu_rtl_open(config->name, e);
    // the same bytes in both, and not all alike
    uint8_t *fmem = malloc((size_t)config->fmem_bytes);
    uint32_t state = 1;
    for (int i = 0; fmem && i < config->fmem_bytes; i++) {
        state = state * 1664525 + 1013904223;
        fmem[i] = (uint8_t)(state >> 24);
    }
    int rc = -1;
    if (l->rtl)
        rc = fmem ? write_both(l, TNPU_MAP_FMEM, fmem, (size_t)config->fmem_bytes, e)
                  : tnpu_fail(e, "out of memory");
    free(fmem);
    return rc;
}

void lockstep_close(struct lockstep_run *l) {
    tnpu_rtl_close(l->rtl);
    tnpu_model_free(&l->model);
    *l = (struct lockstep_run){0};
}

static int nothing(void *ctx, struct tnpu_error *e) {
    (void)ctx;
    (void)e;
    return 0;
}

int lockstep_run(struct lockstep_run *l, const struct tnpu_program *p, const char *label,
                 struct tnpu_error *e) {
    for (int i = 0; i < p->insn_count * TNPU_IWORDS; i++) {
        uint8_t word[4];
        tnpu_set_u32(word, p->insns[i]);
        if (write_both(l, TNPU_MAP_IMEM + 4 * (uint32_t)i, word, 4, e)) return -1;
    }
    size_t weights = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    if (weights && write_both(l, TNPU_MAP_WMEM, p->wmem, weights, e)) return -1;
    struct tnpu_lockstep job = {
        .model = &l->model, .rtl = l->rtl, .written_only = true, .halt = nothing};
    struct tnpu_lockstep_result result;
    if (tnpu_lockstep_run(&job, &result, e)) return -1;
    if (result.same && (result.error & 0xFF) != TNPU_HW_NONE)
        return tnpu_fail(e, "%s: the program stops with error %u", label,
                         (unsigned)result.error & 0xFF);
    l->cycles += result.cycles;
    l->writes += result.writes;
    if (!result.same) snprintf(l->text, sizeof l->text, "%s", result.text);
    return !result.same;
}
