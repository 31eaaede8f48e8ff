// SPDX-License-Identifier: Apache-2.0
// The registers: what they show, and what writing them does.
#include <string.h>

#include "tnpu_unit.h"

#define CTRL(name) (1u << TNPU_REG_CTRL_##name##_LSB)

static void start(struct tnpu_model *m) {
    struct tnpu_model_state *s = m->state;
    struct tnpu_regs *r = &s->regs;
    if (r->busy) {
        tnpu_seq_error(m, TNPU_HW_BUSY, r->pc);
        return;
    }
    memset(&m->counters, 0, sizeof m->counters);
    r->error = r->release = 0;
    r->last_start = r->last_end = 0;
    r->done = false;
    if (!r->loaded) {
        tnpu_seq_error(m, TNPU_HW_NO_PROGRAM, r->start_pc);
        return;
    }
    r->pc = r->start_pc;
    r->busy = true;
    s->next = TNPU_CYC_BOOT;
    s->wait_reason = 0;
    tnpu_seq_run(m, false);
}

static void resume(struct tnpu_model *m) {
    struct tnpu_regs *r = &m->state->regs;
    if (!r->halted) return;
    r->halted = false;
    r->reason = 0;
    tnpu_seq_run(m, true);
}

static void abort_run(struct tnpu_model *m) {
    struct tnpu_regs *r = &m->state->regs;
    if (!r->busy) return;
    r->busy = r->halted = false;
    r->reason = 0;
    tnpu_seq_error(m, TNPU_HW_ABORTED, r->pc);
}

// CTRL.RESET: what concerns a run goes, what the host has set up stays.
static void clear_run(struct tnpu_model *m) {
    struct tnpu_regs *r = &m->state->regs, old = *r;
    memset(&m->counters, 0, sizeof m->counters);
    *r = (struct tnpu_regs){.irq_enable = old.irq_enable,
                            .start_pc = old.start_pc,
                            .stop_at = old.stop_at,
                            .locked = old.locked,
                            .loaded = old.loaded};
}

bool tnpu_regs_get(struct tnpu_model *m, uint32_t offset, uint32_t *v) {
    const struct tnpu_regs *r = &m->state->regs;
    const struct tnpu_counters *c = &m->counters;
    const struct tnpu_config *cfg = &m->cfg;
    switch (offset) {
    case TNPU_REG_ID:
        *v = TNPU_ISA_ID;
        break;
    case TNPU_REG_VERSION:
        *v = (uint32_t)TNPU_ISA_MAJOR << TNPU_REG_VERSION_MAJOR_LSB |
             (uint32_t)TNPU_ISA_MINOR << TNPU_REG_VERSION_MINOR_LSB;
        break;
    case TNPU_REG_CAP:
        *v = (uint32_t)cfg->lanes << TNPU_REG_CAP_LANES_LSB |
             (uint32_t)TNPU_DOT << TNPU_REG_CAP_DOT_LSB |
             (uint32_t)cfg->imem_depth << TNPU_REG_CAP_IMEM_LSB;
        break;
    case TNPU_REG_CAP_WMEM:
        *v = (uint32_t)cfg->wmem_rows * (uint32_t)cfg->lanes * TNPU_DOT;
        break;
    case TNPU_REG_CAP_FMEM:
        *v = (uint32_t)cfg->fmem_bytes;
        break;
    case TNPU_REG_CTRL:
        *v = 0;
        break;
    case TNPU_REG_STATUS:
        *v = (uint32_t)r->busy << TNPU_REG_STATUS_BUSY_LSB |
             (uint32_t)r->halted << TNPU_REG_STATUS_HALTED_LSB |
             (uint32_t)r->done << TNPU_REG_STATUS_DONE_LSB |
             (uint32_t)(r->error != 0) << TNPU_REG_STATUS_ERROR_LSB |
             r->reason << TNPU_REG_STATUS_REASON_LSB | r->pc << TNPU_REG_STATUS_PC_LSB;
        break;
    case TNPU_REG_ERROR:
        *v = r->error;
        break;
    case TNPU_REG_IRQ:
        *v = r->irq;
        break;
    case TNPU_REG_IRQ_ENABLE:
        *v = r->irq_enable;
        break;
    case TNPU_REG_START_PC:
        *v = r->start_pc;
        break;
    case TNPU_REG_STOP_AT:
        *v = r->stop_at;
        break;
    case TNPU_REG_ARG:
        *v = r->arg;
        break;
    case TNPU_REG_RELEASE:
        *v = r->release;
        break;
    case TNPU_REG_LOCK:
        *v = r->locked;
        break;
    case TNPU_REG_LAST_START:
        *v = (uint32_t)r->last_start;
        break;
    case TNPU_REG_LAST_END:
        *v = (uint32_t)r->last_end;
        break;
    case TNPU_REG_CYCLES:
        *v = (uint32_t)c->cycles;
        break;
    case TNPU_REG_MACS:
        *v = (uint32_t)c->macs;
        break;
    case TNPU_REG_MACS_HI:
        *v = (uint32_t)(c->macs >> 32);
        break;
    case TNPU_REG_FMEM_READS:
        *v = (uint32_t)c->fmem_reads;
        break;
    case TNPU_REG_FMEM_WRITES:
        *v = (uint32_t)c->fmem_writes;
        break;
    case TNPU_REG_WMEM_READS:
        *v = (uint32_t)c->wmem_reads;
        break;
    case TNPU_REG_STALL_BANK:
        *v = (uint32_t)c->stall_bank;
        break;
    case TNPU_REG_STALL_PARAM:
        *v = (uint32_t)c->stall_param;
        break;
    case TNPU_REG_STALL_DRAIN:
        *v = (uint32_t)c->stall_drain;
        break;
    case TNPU_REG_STALL_HOST:
        *v = 0;
        break;
    default:
        *v = 0;
        return false;
    }
    return true;
}

void tnpu_regs_put(struct tnpu_model *m, uint32_t offset, uint32_t v, uint32_t enabled) {
    struct tnpu_regs *r = &m->state->regs;
    uint32_t set = v & enabled;
    switch (offset) {
    case TNPU_REG_CTRL: // one command an access
        if (set & CTRL(RESET))
            clear_run(m);
        else if (set & CTRL(ABORT))
            abort_run(m);
        else if (set & CTRL(START))
            start(m);
        else if (set & CTRL(RESUME))
            resume(m);
        break;
    case TNPU_REG_IRQ:
        r->irq &= ~set;
        if (set >> TNPU_REG_IRQ_ERROR_LSB & 1) r->error = 0;
        break;
    case TNPU_REG_IRQ_ENABLE:
        r->irq_enable = (set | (r->irq_enable & ~enabled)) & 0xF;
        break;
    case TNPU_REG_START_PC:
        r->start_pc = (set | (r->start_pc & ~enabled)) & 0xFFFF;
        break;
    case TNPU_REG_STOP_AT:
        r->stop_at = (set | (r->stop_at & ~enabled)) & 0x8000FFFF;
        break;
    case TNPU_REG_LOCK:
        r->locked |= set & 1;
        break;
    default:
        break; // the others are read only
    }
}
