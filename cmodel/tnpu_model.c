// SPDX-License-Identifier: Apache-2.0
// Making, resetting and freeing a model.
#include "tnpu_model.h"

#include <stdlib.h>
#include <string.h>

#include "tnpu_fast.h"
#include "tnpu_unit.h"

enum { WMEM_BYTES_MAX = (1 << TNPU_MAP_BITS) - TNPU_MAP_WMEM }; // what the host can address

static bool can_be(const struct tnpu_config *c) {
    bool lanes = c->lanes == 4 || c->lanes == 8 || c->lanes == 16 || c->lanes == 32;
    return lanes && c->wmem_rows >= 1 && c->wmem_rows <= WMEM_BYTES_MAX / (c->lanes * TNPU_DOT) &&
           c->fmem_bytes >= 32 && c->fmem_bytes <= 1 << 20 && c->fmem_bytes % 32 == 0 &&
           c->imem_depth >= 1 && c->imem_depth <= 4096;
}

int tnpu_model_init(struct tnpu_model *m, const struct tnpu_config *cfg) {
    memset(m, 0, sizeof *m);
    if (!cfg || !can_be(cfg)) return -1;
    m->cfg = *cfg;
    struct tnpu_model_state *s = m->state = calloc(1, sizeof *s);
    if (!s) return -1;
    s->imem = calloc((size_t)cfg->imem_depth, TNPU_IWORDS * 4);
    s->fmem = calloc((size_t)cfg->fmem_bytes, 1);
    s->wmem = calloc((size_t)cfg->wmem_rows, (size_t)cfg->lanes * TNPU_DOT);
#if !defined(TNPU_MODEL_SCALAR)
    s->kernels = tnpu_kernels_nth(0);
    s->scratch = tnpu_scratch_new(cfg);
    bool scratch = s->scratch != NULL;
#else
    bool scratch = true; // needs none
#endif
    if (s->imem && s->fmem && s->wmem && scratch) return 0;
    tnpu_model_free(m);
    return -1;
}

void tnpu_model_free(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    if (!s) return;
    free(s->imem);
    free(s->fmem);
    free(s->wmem);
#if !defined(TNPU_MODEL_SCALAR)
    tnpu_scratch_free(s->scratch);
#endif
    free(s);
    m->state = NULL;
}

void tnpu_model_reset(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    memset(&s->regs, 0, sizeof s->regs);
    memset(&m->counters, 0, sizeof m->counters);
    s->next = s->wait_reason = 0;
}
