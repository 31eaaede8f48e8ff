// SPDX-License-Identifier: Apache-2.0
// The host's side: the address map, and runs started through it.
#include <string.h>

#include "tnpu_unit.h"

// The memory that holds byte `addr`, `*offset` its place there and `*size` the memory's bytes; a
// null pointer if none does.
static uint8_t *memory_at(struct tnpu_model *m, uint32_t addr, uint32_t *offset, uint32_t *size) {
    uint8_t *mem;
    uint32_t base;
    if (addr >= TNPU_MAP_WMEM) {
        mem = m->state->wmem;
        base = TNPU_MAP_WMEM;
        *size = (uint32_t)m->cfg.wmem_rows * (uint32_t)m->cfg.lanes * TNPU_DOT;
    } else if (addr >= TNPU_MAP_FMEM) {
        mem = m->state->fmem;
        base = TNPU_MAP_FMEM;
        *size = (uint32_t)m->cfg.fmem_bytes;
    } else {
        mem = m->state->imem;
        base = TNPU_MAP_IMEM;
        *size = (uint32_t)m->cfg.imem_depth * TNPU_IWORDS * 4;
    }
    *offset = addr - base;
    return addr >= TNPU_MAP_IMEM && *offset < *size ? mem : NULL;
}

// Bytes of a host access from `addr` on, of `left`, that one word register or one stretch of memory
// takes
static size_t stretch(uint32_t addr, size_t left, size_t in_memory) {
    size_t n = in_memory ? in_memory : 4 - addr % 4;
    return n < left ? n : left;
}

int tnpu_model_write(struct tnpu_model *m, uint32_t addr, const void *buf, size_t len) {
    const uint8_t *b = buf;
    int result = 0;
    for (size_t n; len; addr += (uint32_t)n, b += n, len -= n) {
        uint32_t offset, size, word = 0, enabled = 0, old;
        uint8_t *mem = memory_at(m, addr, &offset, &size);
        n = stretch(addr, len, mem ? size - offset : 0);
        if (mem) {
            memcpy(mem + offset, b, n);
            m->state->regs.loaded |= mem == m->state->imem;
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            word |= (uint32_t)b[i] << 8 * (addr % 4 + i);
            enabled |= 0xFFU << 8 * (addr % 4 + i);
        }
        if (tnpu_regs_get(m, addr & ~3U, &old))
            tnpu_regs_put(m, addr & ~3U, word, enabled);
        else {
            tnpu_seq_error(m, TNPU_HW_HOST_ADDR, m->state->regs.pc);
            result = -1;
        }
    }
    return result;
}

int tnpu_model_read(struct tnpu_model *m, uint32_t addr, void *buf, size_t len) {
    uint8_t *b = buf;
    int result = 0;
    for (size_t n; len; addr += (uint32_t)n, b += n, len -= n) {
        uint32_t offset, size, word;
        const uint8_t *mem = memory_at(m, addr, &offset, &size);
        n = stretch(addr, len, mem ? size - offset : 0);
        if (mem && mem == m->state->wmem && m->state->regs.locked)
            memset(b, 0, n);
        else if (mem)
            memcpy(b, mem + offset, n);
        else {
            if (!tnpu_regs_get(m, addr & ~3U, &word)) {
                tnpu_seq_error(m, TNPU_HW_HOST_ADDR, m->state->regs.pc);
                result = -1;
            }
            for (size_t i = 0; i < n; i++) b[i] = (uint8_t)(word >> 8 * (addr % 4 + i));
        }
    }
    return result;
}

uint32_t tnpu_model_reg(struct tnpu_model *m, uint32_t offset) {
    uint8_t b[4];
    tnpu_model_read(m, TNPU_MAP_REGS + offset, b, sizeof b);
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

void tnpu_model_set_reg(struct tnpu_model *m, uint32_t offset, uint32_t value) {
    uint8_t b[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                    (uint8_t)(value >> 24)};
    tnpu_model_write(m, TNPU_MAP_REGS + offset, b, sizeof b);
}

static int result_of(const struct tnpu_model *m) {
    const struct tnpu_regs *r = &m->state->regs;
    return r->halted ? TNPU_MODEL_HALTED : r->done ? TNPU_MODEL_DONE : -(int)(r->error & 0xFF);
}

int tnpu_model_run(struct tnpu_model *m, uint32_t start_pc) {
    if (m->state->regs.busy) {
        tnpu_model_set_reg(m, TNPU_REG_CTRL, 1U << TNPU_REG_CTRL_START_LSB);
        return -TNPU_HW_BUSY;
    }
    tnpu_model_set_reg(m, TNPU_REG_START_PC, start_pc);
    tnpu_model_set_reg(m, TNPU_REG_CTRL, 1U << TNPU_REG_CTRL_START_LSB);
    return result_of(m);
}

int tnpu_model_resume(struct tnpu_model *m) {
    if (!m->state->regs.halted) return TNPU_MODEL_DONE;
    tnpu_model_set_reg(m, TNPU_REG_CTRL, 1U << TNPU_REG_CTRL_RESUME_LSB);
    return result_of(m);
}
