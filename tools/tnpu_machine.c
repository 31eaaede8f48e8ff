// SPDX-License-Identifier: Apache-2.0
// Drives a machine: load, input, run, result.
#include "tnpu_machine.h"

#include "tnpu_bytes.h"
#include "tnpu_isa.h"

#include <stdlib.h>
#include <string.h>

struct tnpu_machine {
    const struct tnpu_machine_ops *ops;
    void *impl;
    const struct tnpu_program *p; ///< loaded, NULL before
    const char *label;
    uint64_t patience; ///< cycles in which the program must end
};

enum {
    IRQ_DONE = 1 << TNPU_REG_IRQ_DONE_LSB,
    IRQ_ERROR = 1 << TNPU_REG_IRQ_ERROR_LSB,
    IRQ_HALT = 1 << TNPU_REG_IRQ_HALT_LSB,
};
/// The stop index never reached: none.
#define NO_STOP UINT32_C(0)

struct tnpu_machine *tnpu_machine_open(enum tnpu_machine_kind kind,
                                       const struct tnpu_config *config, struct tnpu_error *e) {
    struct tnpu_machine *m = calloc(1, sizeof *m);
    if (!m) {
        tnpu_fail(e, "%s: out of memory", config->name);
        return NULL;
    }
    m->ops = kind == TNPU_MACHINE_RTL ? &tnpu_machine_rtl_ops : &tnpu_machine_model_ops;
    m->impl = m->ops->open(config, e);
    if (!m->impl) {
        free(m);
        return NULL;
    }
    return m;
}

void tnpu_machine_close(struct tnpu_machine *m) {
    if (m) m->ops->close(m->impl);
    free(m);
}

static int set_reg(struct tnpu_machine *m, uint32_t reg, uint32_t value, struct tnpu_error *e) {
    uint8_t b[4];
    tnpu_set_u32(b, value);
    return m->ops->write(m->impl, TNPU_MAP_REGS + reg, b, sizeof b, e);
}

/// Reads registers into value[n]; 0 or -1.
static int get_regs(struct tnpu_machine *m, const uint32_t *reg, uint32_t *value, int n,
                    struct tnpu_error *e) {
    for (int i = 0; i < n; i++) {
        uint8_t b[4];
        if (m->ops->read(m->impl, TNPU_MAP_REGS + reg[i], b, sizeof b, e)) return -1;
        value[i] = tnpu_get_u32(b);
    }
    return 0;
}

/// The machine must say that it is what the program was compiled for.
static int identify(struct tnpu_machine *m, struct tnpu_error *e) {
    static const uint32_t reg[] = {TNPU_REG_ID, TNPU_REG_VERSION, TNPU_REG_CAP, TNPU_REG_CAP_WMEM,
                                   TNPU_REG_CAP_FMEM};
    const struct tnpu_config *c = m->p->config;
    uint32_t v[5];
    if (get_regs(m, reg, v, 5, e)) return -1;
    if (v[0] != TNPU_ISA_ID || v[1] >> 16 != TNPU_ISA_MAJOR)
        return tnpu_fail(e,
                         "%s: what answers is no TinyNPU of ISA %d (identity 0x%08x, version "
                         "0x%08x)",
                         m->label, TNPU_ISA_MAJOR, (unsigned)v[0], (unsigned)v[1]);
    if ((v[2] & 0xff) != (uint32_t)c->lanes || v[2] >> 16 < (uint32_t)m->p->insn_count ||
        v[3] < (uint32_t)(m->p->wmem_rows * c->lanes * TNPU_DOT) || v[4] < m->p->plan.peak)
        return tnpu_fail(e,
                         "%s: is for %s, and the machine at hand is another; compile it for that",
                         m->label, c->name);
    return 0;
}

/// An upper bound of an instruction's cycles: every read waits for the slowest of what can follow
/// it.
static uint64_t bound(const uint32_t words[TNPU_IWORDS], const struct tnpu_config *c) {
    struct tnpu_insn i;
    tnpu_decode(words, &i);
    uint64_t groups = (uint64_t)((i.out_c + c->lanes - 1) / c->lanes);
    uint64_t pixels = (uint64_t)i.out_h * i.out_w * i.pool_h * i.pool_w;
    uint64_t reads = pixels * ((uint64_t)i.kh * i.kw * i.nchunk + 2) +
                     ((uint64_t)i.in_h + 2) * ((uint64_t)i.in_w + 2);
    return groups * reads * TNPU_ADD_INTERVAL + 1000;
}

int tnpu_machine_load(struct tnpu_machine *m, const struct tnpu_program *p, const char *label,
                      struct tnpu_error *e) {
    m->p = p;
    m->label = label;
    if (identify(m, e)) return -1;
    size_t words = (size_t)p->insn_count * TNPU_IWORDS;
    uint8_t *imem = malloc(words * 4);
    if (!imem) return tnpu_fail(e, "%s: out of memory", label);
    for (size_t i = 0; i < words; i++) tnpu_set_u32(imem + 4 * i, p->insns[i]);
    int rc = m->ops->write(m->impl, TNPU_MAP_IMEM, imem, words * 4, e);
    free(imem);
    m->patience = 1000;
    for (int i = 0; i < p->insn_count; i++)
        m->patience += bound(p->insns + (size_t)i * TNPU_IWORDS, p->config);
    size_t weights = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    if (!rc && weights) rc = m->ops->write(m->impl, TNPU_MAP_WMEM, p->wmem, weights, e);
    return rc || set_reg(m, TNPU_REG_IRQ_ENABLE, IRQ_DONE | IRQ_ERROR | IRQ_HALT, e) ? -1 : 0;
}

int tnpu_machine_put_input(struct tnpu_machine *m, const int8_t *q, struct tnpu_error *e) {
    const struct tnpu_qtensor *t = &m->p->graph.tensors[m->p->graph.input];
    const struct tnpu_place *at = &m->p->plan.place[m->p->graph.input];
    uint32_t base = TNPU_MAP_FMEM + at->base, c = (uint32_t)t->c;
    if (at->pix == c && at->row == c * (uint32_t)t->w)
        return m->ops->write(m->impl, base, q, (size_t)t->h * at->row, e);
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++, q += c)
            if (m->ops->write(m->impl, base + (uint32_t)y * at->row + (uint32_t)x * at->pix, q, c,
                              e))
                return -1;
    return 0;
}

int tnpu_machine_get_tensor(struct tnpu_machine *m, int tensor, int8_t *out, struct tnpu_error *e) {
    const struct tnpu_qtensor *t = &m->p->graph.tensors[tensor];
    const struct tnpu_place *at = &m->p->plan.place[tensor];
    size_t c = (size_t)t->c, row = (size_t)(t->w - 1) * at->pix + c;
    int8_t *line = malloc(row);
    if (!line || !at->used) {
        free(line);
        return tnpu_fail(e, "%s: tensor %s cannot be read", m->label, t->name);
    }
    int rc = 0;
    for (int y = 0; !rc && y < t->h; y++) {
        rc = m->ops->read(m->impl, TNPU_MAP_FMEM + at->base + (uint32_t)y * at->row, line, row, e);
        for (int x = 0; x < t->w; x++, out += c) memcpy(out, line + (size_t)x * at->pix, c);
    }
    free(line);
    return rc;
}

/// The name of the layer that an instruction belongs to.
static const char *layer_of(const struct tnpu_program *p, unsigned insn) {
    for (int i = 0; i < p->npu_layers; i++)
        if ((int)insn >= p->layers[i].insn &&
            (int)insn < p->layers[i].insn + p->layers[i].insn_count)
            return p->graph.layers[i].name;
    return "none";
}

/// Starts or resumes, and waits for END, a halt or an error. Returns 0 at END, 1 at a halt, or -1.
static int go(struct tnpu_machine *m, uint32_t command, struct tnpu_error *e) {
    static const uint32_t reg[] = {TNPU_REG_STATUS, TNPU_REG_ERROR};
    uint32_t v[2];
    if (set_reg(m, TNPU_REG_IRQ, UINT32_MAX, e) || set_reg(m, TNPU_REG_CTRL, command, e)) return -1;
    int rc = m->ops->wait(m->impl, m->patience, e);
    if (rc < 0 || get_regs(m, reg, v, 2, e)) return -1;
    if (rc == 0)
        return tnpu_fail(e, "%s: the NPU has not ended after %llu cycles", m->label,
                         (unsigned long long)m->patience);
    if (v[0] >> TNPU_REG_STATUS_ERROR_LSB & 1) {
        unsigned code = v[1] & 0xff, pc = v[1] >> TNPU_REG_ERROR_PC_LSB;
        return tnpu_fail(e, "%s: the NPU stopped at instruction %u (layer %s): %s", m->label, pc,
                         layer_of(m->p, pc),
                         code < TNPU_NUM_HW_ERRORS ? tnpu_hw_error_text[code] : "unknown error");
    }
    return v[0] >> TNPU_REG_STATUS_HALTED_LSB & 1;
}

int tnpu_machine_run(struct tnpu_machine *m, struct tnpu_error *e) {
    if (set_reg(m, TNPU_REG_START_PC, 0, e) || set_reg(m, TNPU_REG_STOP_AT, NO_STOP, e)) return -1;
    int rc = go(m, 1u << TNPU_REG_CTRL_START_LSB, e);
    return rc > 0
               ? tnpu_fail(e, "%s: the NPU halted, which this program does not ask for", m->label)
               : rc;
}

int tnpu_machine_counters(struct tnpu_machine *m, struct tnpu_machine_counters *c,
                          struct tnpu_error *e) {
    static const uint32_t reg[] = {TNPU_REG_CYCLES,     TNPU_REG_MACS,        TNPU_REG_MACS_HI,
                                   TNPU_REG_FMEM_READS, TNPU_REG_FMEM_WRITES, TNPU_REG_WMEM_READS,
                                   TNPU_REG_STALL_BANK, TNPU_REG_STALL_PARAM, TNPU_REG_STALL_DRAIN,
                                   TNPU_REG_STALL_HOST};
    uint32_t v[10];
    if (get_regs(m, reg, v, 10, e)) return -1;
    *c = (struct tnpu_machine_counters){
        v[0], v[1] | (uint64_t)v[2] << 32, v[3], v[4], v[5], v[6], v[7], v[8], v[9]};
    return 0;
}

static struct tnpu_machine_counters since(const struct tnpu_machine_counters *now,
                                          const struct tnpu_machine_counters *then) {
    return (struct tnpu_machine_counters){
        now->cycles - then->cycles,           now->macs - then->macs,
        now->fmem_reads - then->fmem_reads,   now->fmem_writes - then->fmem_writes,
        now->wmem_reads - then->wmem_reads,   now->stall_bank - then->stall_bank,
        now->stall_param - then->stall_param, now->stall_drain - then->stall_drain,
        now->stall_host - then->stall_host};
}

int tnpu_machine_run_steps(struct tnpu_machine *m, struct tnpu_machine_step *steps,
                           tnpu_machine_visit *visit, void *ctx, struct tnpu_error *e) {
    static const uint32_t reg[] = {TNPU_REG_LAST_START, TNPU_REG_LAST_END};
    uint32_t command = 1u << TNPU_REG_CTRL_START_LSB, v[2];
    struct tnpu_machine_counters now, then = {0};
    if (set_reg(m, TNPU_REG_START_PC, 0, e)) return -1;
    for (int i = 0; i < m->p->insn_count; i++) {
        uint32_t stop = (UINT32_C(1) << TNPU_REG_STOP_AT_ENABLE_LSB) | (uint32_t)(i + 1);
        if (set_reg(m, TNPU_REG_STOP_AT, stop, e)) return -1;
        int rc = go(m, command, e);
        if (rc < 0 || tnpu_machine_counters(m, &now, e) || get_regs(m, reg, v, 2, e)) return -1;
        if (rc != (i + 1 < m->p->insn_count))
            return tnpu_fail(e, "%s: instruction %d did not end where it should", m->label, i);
        steps[i] = (struct tnpu_machine_step){v[0], v[1], since(&now, &then)};
        then = now;
        command = 1u << TNPU_REG_CTRL_RESUME_LSB;
        if (visit && visit(ctx, i, e)) return -1;
    }
    return set_reg(m, TNPU_REG_STOP_AT, NO_STOP, e);
}
