// SPDX-License-Identifier: Apache-2.0
// The sequencer: fetches, checks and dispatches instructions, keeps time between them, records
// errors.
#include <string.h>

#include "tnpu_unit.h"

#define IRQ(name) (1u << TNPU_REG_IRQ_##name##_LSB)

void tnpu_seq_error(struct tnpu_model *m, enum tnpu_hw_error code, uint32_t pc) {
    struct tnpu_regs *r = &m->state->regs;
    if (!r->error)
        r->error = (uint32_t)code << TNPU_REG_ERROR_CODE_LSB | pc << TNPU_REG_ERROR_PC_LSB;
    r->irq |= IRQ(ERROR);
}

// The program ends in cycle d, its last.
static void stop(struct tnpu_model *m, uint64_t d) {
    m->state->regs.busy = false;
    m->counters.cycles = d + 1;
}

// Whether the program halts here, in front of the instruction at pc
static bool halt(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    struct tnpu_regs *r = &s->regs;
    bool stop_here = r->stop_at >> TNPU_REG_STOP_AT_ENABLE_LSB && (r->stop_at & 0xFFFF) == r->pc;
    if (!s->wait_reason && !stop_here) return false;
    r->halted = true;
    r->reason = s->wait_reason ? s->wait_reason : TNPU_REASON_STOP_AT;
    r->irq |= IRQ(HALT);
    s->wait_reason = 0;
    m->counters.cycles = s->next;
    return true;
}

static void finished(struct tnpu_model *m, uint64_t d, uint64_t e) {
    struct tnpu_regs *r = &m->state->regs;
    r->last_start = d;
    r->last_end = e;
    if (m->trace.insn) m->trace.insn(m->trace.ctx, (int)r->pc, d, e);
}

// Takes the fast path through an instruction if it may. Returns the cycle in which it ends, 0 if
// not.
static uint64_t compute_fast(struct tnpu_model *m, const struct tnpu_job *job, uint64_t d) {
#if defined(TNPU_MODEL_SCALAR) // a build without vector code
    (void)m, (void)job, (void)d;
    return 0;
#else
    struct tnpu_insn_cost cost;
    if (m->plain || m->trace.write || !tnpu_fast(m, job)) return 0;
    if (job->dw)
        tnpu_dwcost(job, &cost);
    else
        tnpu_cost(job, &cost);
    struct tnpu_counters *c = &m->counters;
    c->macs += cost.counters.macs;
    c->fmem_reads += cost.counters.fmem_reads;
    c->fmem_writes += cost.counters.fmem_writes;
    c->wmem_reads += cost.counters.wmem_reads;
    c->stall_bank += cost.counters.stall_bank;
    c->stall_param += cost.counters.stall_param;
    c->stall_drain += cost.counters.stall_drain;
    return d + cost.end;
#endif
}

// Runs a compute instruction; returns the cycle in which it ends.
static uint64_t compute(struct tnpu_model *m, const struct tnpu_insn *insn, uint64_t d) {
    struct tnpu_job job;
    tnpu_job_init(&job, &m->cfg, insn);
    uint64_t e = compute_fast(m, &job, d);
    return e ? e : (job.dw ? tnpu_dwwalk : tnpu_walk)(m, &job, (int)m->state->regs.pc, d);
}

// Fetches the instruction at pc, if IMEM has one: what the host writes there later, during a halt,
// comes too late.
static void fetch(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    if (s->regs.pc >= (uint32_t)m->cfg.imem_depth) return;
    const uint8_t *b = s->imem + s->regs.pc * sizeof s->fetched;
    for (int i = 0; i < TNPU_IWORDS; i++, b += 4)
        s->fetched[i] =
            (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

// Dispatches the instruction fetched from pc. Returns whether the program goes on.
static bool dispatch(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    struct tnpu_regs *r = &s->regs;
    uint64_t d = s->next, e = d;
    if (r->pc >= (uint32_t)m->cfg.imem_depth) {
        r->pc = (uint32_t)m->cfg.imem_depth;
        tnpu_seq_error(m, TNPU_HW_PC_RANGE, r->pc);
        stop(m, d);
        return false;
    }
    int error = tnpu_model_check(&m->cfg, s->fetched);
    struct tnpu_insn insn;
    tnpu_decode(s->fetched, &insn);
    if (error) {
        tnpu_seq_error(m, (enum tnpu_hw_error)error, r->pc);
        finished(m, d, d);
        stop(m, d);
        return false;
    }
    switch (insn.opcode) {
    case TNPU_OP_END:
        r->irq |= IRQ(DONE);
        r->done = true;
        finished(m, d, d);
        stop(m, d);
        return false;
    case TNPU_OP_EVENT:
        r->irq |= IRQ(EVENT);
        break;
    case TNPU_OP_WAIT:
        s->wait_reason = TNPU_REASON_WAIT;
        break;
    case TNPU_OP_HOSTOP:
        s->wait_reason = TNPU_REASON_HOSTOP;
        break;
    default:
        e = compute(m, &insn, d);
        if (insn.release) r->release = (uint32_t)insn.in_h;
    }
    if (!tnpu_is_compute(insn.opcode)) r->arg = (uint32_t)insn.arg;
    finished(m, d, e);
    s->next = e + 1 > d + TNPU_CYC_FETCH ? e + 1 : d + TNPU_CYC_FETCH;
    r->pc++;
    return true;
}

void tnpu_seq_run(struct tnpu_model *m, bool resumed) {
    for (;; resumed = false) {
        if (!resumed) fetch(m);
        if (!resumed && halt(m)) return;
        if (!dispatch(m)) return;
    }
}
