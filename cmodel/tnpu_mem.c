// SPDX-License-Identifier: Apache-2.0
// The memories: reads of a cycle, and writes that take effect when their cycle is over.
#include <assert.h>
#include <string.h>

#include "tnpu_unit.h"

// The oldest pending write happens.
static void retire(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    const struct tnpu_pending *w = &s->pending[s->head];
    memcpy(s->fmem + w->address, w->lanes, (size_t)w->count);
    if (m->trace.write) {
        uint32_t mask = (uint32_t)((1ULL << w->count) - 1);
        m->trace.write(m->trace.ctx, w->pc, w->cycle, w->address, mask, w->lanes);
    }
    s->head = (s->head + 1) % TNPU_PENDING;
    s->waiting--;
}

static void retire_before(struct tnpu_model *m, uint64_t cycle) {
    struct tnpu_model_state *s = m->state;
    while (s->waiting && s->pending[s->head].cycle < cycle) retire(m);
}

unsigned tnpu_mem_read(struct tnpu_model *m, uint64_t cycle, struct tnpu_span span, int bytes,
                       int pad, int8_t *x) {
    struct tnpu_model_state *s = m->state;
    retire_before(m, cycle);
    memset(x, pad, (size_t)bytes);
    if (span.first >= span.end) return 0;
    memcpy(x + span.first, s->fmem + span.address + span.first, (size_t)(span.end - span.first));
    unsigned banks = tnpu_banks(span.address, bytes);
    m->counters.fmem_reads += tnpu_bank_count(banks);
    return banks;
}

void tnpu_mem_write(struct tnpu_model *m, uint64_t now, const struct tnpu_pending *w) {
    struct tnpu_model_state *s = m->state;
    retire_before(m, now);
    assert(s->waiting < TNPU_PENDING);
    s->pending[(s->head + s->waiting) % TNPU_PENDING] = *w;
    s->waiting++;
    m->counters.fmem_writes +=
        (w->address % TNPU_VEC + (uint32_t)w->count + TNPU_VEC - 1) / TNPU_VEC;
}

void tnpu_mem_drain(struct tnpu_model *m) {
    while (m->state->waiting) retire(m);
}

const int8_t *tnpu_mem_row(const struct tnpu_model *m, int64_t row) {
    return (const int8_t *)m->state->wmem + row * m->cfg.lanes * TNPU_DOT;
}

uint8_t *tnpu_model_fmem(struct tnpu_model *m) {
    return m->state->fmem;
}
uint8_t *tnpu_model_wmem(struct tnpu_model *m) {
    return m->state->wmem;
}
const uint8_t *tnpu_model_imem(const struct tnpu_model *m) {
    return m->state->imem;
}
