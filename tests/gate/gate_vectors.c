// SPDX-License-Identifier: Apache-2.0
// Host accesses on the model, written down line by line.
#include "gate_vectors.h"

#include "tnpu_spec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Clock cycles that a run may take beyond the model's cycles: the host's accesses, the pipeline.
enum { SLACK = 1000 };

static void on_write(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t mask,
                     const int8_t *lanes) {
    struct gate_vectors *v = ctx;
    (void)pc;
    fprintf(v->out, "w %" PRIu64 " %05x %08x ", cycle, (unsigned)addr, (unsigned)mask);
    int lane = v->model->cfg.lanes - 1;
    while (lane > 0 && !(mask >> lane & 1)) lane--;
    for (; lane >= 0; lane--)
        fprintf(v->out, "%02x", mask >> lane & 1 ? (unsigned)(uint8_t)lanes[lane] : 0U);
    fputc('\n', v->out);
    for (uint32_t c = 0; c < (uint32_t)v->model->cfg.lanes; c++)
        if (mask >> c & 1) v->written[(addr + c) / 4] = 1;
}

static void on_insn(void *ctx, int pc, uint64_t start, uint64_t end) {
    struct gate_vectors *v = ctx;
    fprintf(v->out, "i %d %" PRIu64 " %" PRIu64 "\n", pc, start, end);
}

int gate_vectors_begin(struct gate_vectors *v, struct tnpu_error *e) {
    v->written = calloc((size_t)v->model->cfg.fmem_bytes / 4, 1);
    if (!v->written) return tnpu_fail(e, "vectors: out of memory");
    v->model->trace = (struct tnpu_model_trace){.ctx = v, .write = on_write, .insn = on_insn};
    return 0;
}

int gate_vectors_end(struct gate_vectors *v, struct tnpu_error *e) {
    v->model->trace = (struct tnpu_model_trace){0};
    free(v->written);
    v->written = NULL;
    return fflush(v->out) || ferror(v->out) ? tnpu_fail(e, "vectors: out of memory") : 0;
}

void gate_program(struct gate_vectors *v, const char *what) {
    fprintf(v->out, "# %s\nP %d\n", what, v->programs++);
}

void gate_write_unseen(struct gate_vectors *v, uint32_t addr, uint32_t data, unsigned byte_enable) {
    fprintf(v->out, "W %06x %08x %x\n", (unsigned)addr, (unsigned)data, byte_enable);
}

void gate_write(struct gate_vectors *v, uint32_t addr, uint32_t data, unsigned byte_enable) {
    uint8_t b[4] = {(uint8_t)data, (uint8_t)(data >> 8), (uint8_t)(data >> 16),
                    (uint8_t)(data >> 24)};
    unsigned first = 0;
    while (first < 4) { // each row of enabled bytes
        unsigned n = 0;
        while (first + n < 4 && byte_enable >> (first + n) & 1) n++;
        if (n) tnpu_model_write(v->model, addr + first, b + first, n);
        first += n + 1;
    }
    gate_write_unseen(v, addr, data, byte_enable);
}

void gate_write_reg(struct gate_vectors *v, uint32_t reg, uint32_t value) {
    gate_write(v, TNPU_MAP_REGS + reg, value, 15);
}

void gate_expect(struct gate_vectors *v, uint32_t addr, uint32_t expected, uint32_t mask) {
    fprintf(v->out, "R %06x %08x %08x\n", (unsigned)addr, (unsigned)expected, (unsigned)mask);
}

void gate_read(struct gate_vectors *v, uint32_t addr) {
    uint8_t b[4];
    tnpu_model_read(v->model, addr, b, sizeof b);
    gate_expect(v, addr,
                (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24,
                UINT32_MAX);
}

void gate_write_bytes(struct gate_vectors *v, uint32_t addr, const void *bytes, size_t n) {
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i += 4)
        gate_write(v, addr + (uint32_t)i,
                   (uint32_t)b[i] | (uint32_t)b[i + 1] << 8 | (uint32_t)b[i + 2] << 16 |
                       (uint32_t)b[i + 3] << 24,
                   15);
}

static void command(struct gate_vectors *v, unsigned lsb) {
    uint64_t before = lsb == TNPU_REG_CTRL_START_LSB ? 0 : v->model->counters.cycles;
    gate_write_reg(v, TNPU_REG_CTRL, 1U << lsb);
    v->run_cycles = v->model->counters.cycles - before;
    v->cycles += v->run_cycles;
}

void gate_start_only(struct gate_vectors *v, uint32_t start_pc) {
    gate_write_reg(v, TNPU_REG_START_PC, start_pc);
    fputs("Z\n", v->out);
    command(v, TNPU_REG_CTRL_START_LSB);
}

void gate_start(struct gate_vectors *v, uint32_t start_pc) {
    gate_start_only(v, start_pc);
    gate_await_irq(v, v->run_cycles + SLACK);
}

void gate_resume(struct gate_vectors *v) {
    command(v, TNPU_REG_CTRL_RESUME_LSB);
    gate_await_irq(v, v->run_cycles + SLACK);
}

void gate_await_irq(struct gate_vectors *v, uint64_t limit) {
    fprintf(v->out, "G %" PRIu64 "\n", limit);
}

void gate_idle(struct gate_vectors *v, unsigned clocks) {
    fprintf(v->out, "I %u\n", clocks);
}

void gate_check_irq(struct gate_vectors *v) {
    uint32_t on =
        tnpu_model_reg(v->model, TNPU_REG_IRQ) & tnpu_model_reg(v->model, TNPU_REG_IRQ_ENABLE);
    fprintf(v->out, "L %d\n", on != 0);
}

void gate_check_complete(struct gate_vectors *v) {
    fputs("Q\n", v->out);
}

void gate_watch(struct gate_vectors *v, bool on) {
    fprintf(v->out, "T %d\n", on);
}

void gate_reset(struct gate_vectors *v) {
    tnpu_model_reset(v->model);
    fputs("X\n", v->out);
}

void gate_read_all_regs(struct gate_vectors *v) {
    for (int i = 0; i < TNPU_NUM_REGS; i++) gate_read(v, TNPU_MAP_REGS + tnpu_regs[i].offset);
}

void gate_read_written(struct gate_vectors *v) {
    uint32_t words = (uint32_t)v->model->cfg.fmem_bytes / 4;
    for (uint32_t w = 0; w < words; w++)
        if (v->written[w]) gate_read(v, TNPU_MAP_FMEM + 4 * w);
    memset(v->written, 0, words);
}
