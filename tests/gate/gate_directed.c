// SPDX-License-Identifier: Apache-2.0
// The host's side of the core: commands, interrupts, errors, strobes.
#include "gate_parts.h"

#include "tnpu_spec.h"

#define BIT(name) (1U << TNPU_REG_##name##_LSB)

void gate_run_insn(struct gate_vectors *v, const struct tnpu_insn *insn) {
    uint32_t words[2][TNPU_IWORDS];
    tnpu_encode(insn, words[0]);
    tnpu_encode(&(struct tnpu_insn){.opcode = TNPU_OP_END}, words[1]);
    gate_write_bytes(v, TNPU_MAP_IMEM, words, sizeof words);
    gate_run(v, 0);
}

void gate_run(struct gate_vectors *v, uint32_t start_pc) {
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, GATE_STOPS);
    gate_write_reg(v, TNPU_REG_IRQ, 15);
    gate_start(v, start_pc);
    for (;;) {
        gate_check_complete(v);
        gate_check_irq(v);
        gate_read_all_regs(v);
        gate_read_written(v);
        if (!(tnpu_model_reg(v->model, TNPU_REG_STATUS) & BIT(STATUS_HALTED))) return;
        gate_write_reg(v, TNPU_REG_IRQ, BIT(IRQ_HALT));
        gate_check_irq(v);
        gate_resume(v);
    }
}

void gate_before_program(struct gate_vectors *v) {
    gate_program(v, "after reset");
    gate_read_all_regs(v);
    gate_check_irq(v);
    gate_run(v, 0);
    for (unsigned bit = 0; bit < 16; bit++) {
        gate_run(v, 0xFFFF ^ 1U << bit);
        gate_run(v, 1U << bit);
        gate_write_reg(v, TNPU_REG_IRQ, BIT(IRQ_DONE) | BIT(IRQ_EVENT) | BIT(IRQ_HALT));
        gate_read(v, TNPU_MAP_REGS + TNPU_REG_ERROR); // keeps the error, all its bits
    }
    gate_write_reg(v, TNPU_REG_IRQ, BIT(IRQ_ERROR)); // takes the error away
    gate_read_all_regs(v);
}

void gate_random_accesses(struct gate_vectors *v, struct fuzz_rng *rng, int count) {
    static const unsigned strobes[] = {1, 2, 4, 8, 3, 6, 12, 7, 14, 15, 15, 15};
    static const uint32_t edges[] = {0x000100, TNPU_MAP_IMEM - 4, TNPU_MAP_FMEM - 4,
                                     TNPU_MAP_WMEM - 4, 0x7FFFFC};
    const struct tnpu_config *c = &v->model->cfg;
    uint32_t ends[] = {TNPU_MAP_IMEM + (uint32_t)c->imem_depth * TNPU_IWORDS * 4,
                       TNPU_MAP_FMEM + (uint32_t)c->fmem_bytes,
                       TNPU_MAP_WMEM + (uint32_t)(c->wmem_rows * c->lanes) * TNPU_DOT};
    for (int i = 0; i < count; i++) {
        uint32_t addr = fuzz_chance(rng, 80)   ? 4 * (uint32_t)fuzz_in(rng, 0, 63)
                        : fuzz_chance(rng, 50) ? edges[fuzz_in(rng, 0, 4)]
                                               : ends[fuzz_in(rng, 0, 2)];
        if (addr == TNPU_REG_CTRL || addr == TNPU_REG_LOCK) continue; // have tests of their own
        unsigned strobe = strobes[fuzz_in(rng, 0, 11)];
        if (fuzz_chance(rng, 60)) gate_write(v, addr, (uint32_t)fuzz_next(rng), strobe);
        if (fuzz_chance(rng, 60)) gate_read(v, addr);
        if (fuzz_chance(rng, 30)) gate_check_irq(v);
    }
}

/// Each address there might be a register at, read and what it then says of the access.
static void every_register(struct gate_vectors *v) {
    gate_program(v, "registers, one by one");
    for (uint32_t addr = 0; addr < 0x110; addr += 4) {
        gate_read(v, addr);
        gate_read(v, TNPU_REG_IRQ);
        gate_read(v, TNPU_REG_ERROR);
        gate_write_reg(v, TNPU_REG_IRQ, 15);
    }
}

static void control(struct gate_vectors *v, uint32_t at, enum tnpu_opcode opcode, int32_t arg) {
    struct tnpu_insn insn = {.opcode = (int32_t)opcode, .arg = arg};
    uint32_t words[TNPU_IWORDS];
    tnpu_encode(&insn, words);
    for (uint32_t i = 0; i < TNPU_IWORDS; i++)
        gate_write(v, TNPU_MAP_IMEM + 4 * (at * TNPU_IWORDS + i), words[i], 15);
}

/// Byte strobes, all sixteen, in each memory.
static void strobes(struct gate_vectors *v, struct fuzz_rng *rng) {
    static const uint32_t maps[] = {TNPU_MAP_IMEM, TNPU_MAP_FMEM, TNPU_MAP_WMEM};
    gate_program(v, "byte strobes");
    for (int m = 0; m < 3; m++)
        for (unsigned be = 0; be < 16; be++) {
            uint32_t addr = maps[m] + 4 * (uint32_t)fuzz_in(rng, 0, 1023);
            gate_write(v, addr, (uint32_t)fuzz_next(rng), 15);
            gate_write(v, addr, (uint32_t)fuzz_next(rng), be);
            gate_read(v, addr);
        }
}

/// All four causes at once, then each set of them cleared and each mask: the others stay.
static void causes(struct gate_vectors *v) {
    gate_program(v, "interrupts, all sets of causes");
    control(v, 0, TNPU_OP_EVENT, 0x5A5A);
    control(v, 1, TNPU_OP_WAIT, 0xA5A5);
    control(v, 2, TNPU_OP_END, 0);
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    for (uint32_t set = 0; set < 16; set++) {
        gate_write_reg(v, TNPU_REG_IRQ, 15);
        gate_write_reg(v, TNPU_REG_IRQ_ENABLE, BIT(IRQ_HALT));
        gate_start(v, 0);
        gate_write_reg(v, TNPU_REG_IRQ_ENABLE, BIT(IRQ_DONE));
        gate_resume(v);
        gate_check_complete(v);
        gate_read(v, TNPU_MAP_IMEM - 4); // outside the map
        gate_read_all_regs(v);
        gate_write_reg(v, TNPU_REG_IRQ, set);
        gate_read_all_regs(v);
        for (uint32_t mask = 0; mask < 16; mask++) {
            gate_write_reg(v, TNPU_REG_IRQ_ENABLE, mask);
            gate_check_irq(v);
        }
        gate_read(v, TNPU_MAP_REGS + TNPU_REG_IRQ);
    }
}

/// EVENT raises the pin while the program goes on; ARG has all bits of the argument.
static void events(struct gate_vectors *v) {
    gate_program(v, "interrupts");
    control(v, 1, TNPU_OP_EVENT, 0xFEDC);
    control(v, 2, TNPU_OP_END, 0);
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, BIT(IRQ_EVENT));
    for (int32_t arg = 1; arg < 1 << 16; arg *= 2) {
        control(v, 0, TNPU_OP_EVENT, arg);
        gate_write_reg(v, TNPU_REG_IRQ, 15);
        gate_start(v, 0);
        gate_expect(v, TNPU_REG_ARG, (uint32_t)arg, UINT32_MAX);
        gate_idle(v, 200);
        gate_check_complete(v);
        gate_read_all_regs(v);
        gate_check_irq(v);
    }
}

/// What the model cannot be asked, because it runs a program in no time: a host that interferes
/// with a run. A program of EVENTs only, so that nothing is written.
static void interference(struct gate_vectors *v) {
    gate_program(v, "second start, abort, reset of a running program");
    for (uint32_t i = 0; i < 20; i++) control(v, i, TNPU_OP_EVENT, (int32_t)i);
    control(v, 20, TNPU_OP_END, 0);
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, GATE_STOPS);
    gate_write_reg(v, TNPU_REG_IRQ, 15);
    gate_start_only(v, 0);
    static const uint32_t maps[] = {TNPU_MAP_IMEM, TNPU_MAP_FMEM, TNPU_MAP_WMEM};
    for (int m = 0; m < 3; m++) { // a read that is over must leave the memory to the program
        gate_read(v, maps[m]);
        gate_idle(v, TNPU_CYC_FETCH * 3);
    }
    gate_write_unseen(v, TNPU_REG_CTRL, BIT(CTRL_START), 15);
    gate_expect(v, TNPU_REG_ERROR, TNPU_HW_BUSY, BIT(ERROR_PC) - 1);
    gate_expect(v, TNPU_REG_STATUS, BIT(STATUS_BUSY) | BIT(STATUS_ERROR), 0xFFFF);
    gate_expect(v, TNPU_MAP_IMEM - 4, 0, UINT32_MAX); // outside the map: a second error
    gate_expect(v, TNPU_REG_ERROR, TNPU_HW_BUSY, BIT(ERROR_PC) - 1);
    gate_write_unseen(v, TNPU_REG_IRQ, BIT(IRQ_ERROR), 15);
    gate_expect(v, TNPU_REG_ERROR, 0, UINT32_MAX);
    gate_await_irq(v, v->run_cycles + 200);
    gate_check_complete(v);
    gate_read_all_regs(v);

    // the same again, aborted on the way; the model's last instructions are not reached, so the run
    // is not the model's
    gate_write_reg(v, TNPU_REG_IRQ, 15);
    gate_write_unseen(v, TNPU_REG_START_PC, 19, 15); // two instructions: aborted before the first
    for (int way = 0; way < 2; way++) {
        gate_write_unseen(v, TNPU_REG_CTRL, BIT(CTRL_START), 15);
        gate_write_unseen(
            v, TNPU_REG_CTRL,
            way ? BIT(CTRL_RESET) | BIT(CTRL_START) : BIT(CTRL_ABORT) | BIT(CTRL_START), 15);
        gate_idle(v, 300);
        gate_expect(v, TNPU_REG_STATUS, way ? 0 : 19U << 16 | BIT(STATUS_ERROR), UINT32_MAX);
        gate_expect(v, TNPU_REG_ERROR, way ? 0 : 19U << 16 | TNPU_HW_ABORTED, UINT32_MAX);
        gate_expect(v, TNPU_REG_IRQ, way ? 0 : BIT(IRQ_ERROR), UINT32_MAX);
    }
    gate_write_reg(v, TNPU_REG_CTRL, BIT(CTRL_RESET)); // both alike again
    gate_write_reg(v, TNPU_REG_START_PC, 0);
    gate_read_all_regs(v);
}

/// A compute instruction aborted on its way, of which the model knows nothing: it copies bytes to
/// where they are, so that memory is as before. Then the same run undisturbed.
static void abort_compute(struct gate_vectors *v) {
    const uint32_t at = 2;
    const struct tnpu_insn copy = {.opcode = TNPU_OP_COPY,
                                   .in_row = 16 * TNPU_VEC,
                                   .in_wxstep = TNPU_VEC,
                                   .in_wystep = 1,
                                   .in_wb = 16 * TNPU_VEC,
                                   .in_h = 16,
                                   .in_w = 1,
                                   .kh = 1,
                                   .kw = 1,
                                   .nchunk = 1,
                                   .pool_h = 1,
                                   .pool_w = 1,
                                   .tile = 16,
                                   .out_h = 16,
                                   .out_w = 16,
                                   .out_c = 4,
                                   .out_pix = TNPU_VEC,
                                   .out_row = 16 * TNPU_VEC};
    uint32_t words[TNPU_IWORDS];
    gate_program(v, "abort of a compute instruction");
    control(v, at, TNPU_OP_EVENT, 5);
    tnpu_encode(&copy, words);
    gate_write_bytes(v, TNPU_MAP_IMEM + 4 * TNPU_IWORDS * (at + 1), words, sizeof words);
    control(v, at + 2, TNPU_OP_END, 0);
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, GATE_STOPS);
    gate_write_reg(v, TNPU_REG_IRQ, 15);
    gate_write_reg(v, TNPU_REG_START_PC, at);
    gate_watch(v, false);
    gate_write_unseen(v, TNPU_REG_CTRL, BIT(CTRL_START), 15);
    gate_idle(v, 200);
    gate_expect(v, TNPU_REG_STATUS, (at + 1) << 16 | BIT(STATUS_BUSY), UINT32_MAX);
    gate_write_unseen(v, TNPU_REG_CTRL, BIT(CTRL_ABORT), 15);
    gate_await_irq(v, 10);
    gate_expect(v, TNPU_REG_STATUS, (at + 1) << 16 | BIT(STATUS_ERROR), UINT32_MAX);
    gate_expect(v, TNPU_REG_ERROR, (at + 1) << 16 | TNPU_HW_ABORTED, UINT32_MAX);
    gate_watch(v, true);
    gate_run(v, at);
}

/// RELEASE in the middle of an instruction, which the model cannot be asked either: two output
/// pixels of SIDE * SIDE reads each, the second of which needs the input from row `rows` on.
static void release(struct gate_vectors *v) {
    enum { SIDE = 16, PIXEL = SIDE * SIDE };
    struct tnpu_insn pool = {.opcode = TNPU_OP_POOL,
                             .release = 1,
                             .acc_max = 1,
                             .in_wb = 4,
                             .in_h = 1024, // all rows are one: in_row is 0
                             .kh = SIDE,
                             .kw = SIDE,
                             .nchunk = 1,
                             .pool_h = 1,
                             .pool_w = 1,
                             .tile = 1,
                             .out_base = 64,
                             .out_h = 2,
                             .out_w = 1,
                             .out_c = 4,
                             .out_row = TNPU_VEC,
                             .act_min = -128,
                             .act_max = 127};
    uint32_t words[TNPU_IWORDS];
    gate_program(v, "RELEASE during an instruction");
    control(v, 1, TNPU_OP_END, 0);
    gate_write(v, TNPU_MAP_FMEM, 0x04030201, 15);
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, GATE_STOPS);
    for (int bit = 0; bit <= 8; bit++) {
        pool.in_wystep = bit < 8 ? 1 << bit : 255;
        tnpu_encode(&pool, words);
        gate_write_bytes(v, TNPU_MAP_IMEM, words, sizeof words);
        gate_write_reg(v, TNPU_REG_IRQ, 15);
        gate_start_only(v, 0);
        gate_idle(v, TNPU_CYC_BOOT + TNPU_CYC_START + PIXEL / 2);
        gate_expect(v, TNPU_REG_RELEASE, 0, UINT32_MAX);
        gate_idle(v, PIXEL);
        gate_expect(v, TNPU_REG_RELEASE, (uint32_t)pool.in_wystep, UINT32_MAX);
        gate_await_irq(v, v->run_cycles + 200);
        gate_check_complete(v);
        gate_expect(v, TNPU_REG_RELEASE, (uint32_t)pool.in_h, UINT32_MAX);
    }
    gate_read_written(v);
}

/// WAIT, HOSTOP and the stop index, ended by RESUME, by ABORT and by RESET; commands that do
/// nothing.
static void halts(struct gate_vectors *v) {
    static const uint32_t commands[] = {BIT(CTRL_RESUME), BIT(CTRL_ABORT), BIT(CTRL_RESET),
                                        BIT(CTRL_RESET) | BIT(CTRL_ABORT),
                                        BIT(CTRL_ABORT) | BIT(CTRL_RESUME)};
    gate_program(v, "halts");
    control(v, 0, TNPU_OP_WAIT, 0xA5A5);
    control(v, 1, TNPU_OP_HOSTOP, 0x5A5A);
    control(v, 2, TNPU_OP_EVENT, 1);
    control(v, 3, TNPU_OP_END, 0);
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        gate_write_reg(v, TNPU_REG_STOP_AT, i % 2 ? BIT(STOP_AT_ENABLE) | (i - 1) : 3);
        gate_run(v, 0);
        gate_write_reg(v, TNPU_REG_CTRL, commands[i]); // idle
        gate_read_all_regs(v);
        gate_write_reg(v, TNPU_REG_IRQ, 15);
        gate_start(v, 0);
        gate_write_reg(v, TNPU_REG_CTRL, 0);
        gate_read_all_regs(v);
        if (commands[i] == BIT(CTRL_RESUME)) {
            gate_read(v, TNPU_MAP_IMEM - 4); // outside the map: the error that is kept
            gate_read(v, TNPU_MAP_REGS + TNPU_REG_ERROR);
            gate_write_reg(v, TNPU_REG_CTRL, BIT(CTRL_START)); // refused: BUSY
            gate_read_all_regs(v);
            gate_write_reg(v, TNPU_REG_CTRL, BIT(CTRL_ABORT));
        } else {
            gate_write_reg(v, TNPU_REG_CTRL, commands[i]); // halted
        }
        gate_check_irq(v);
        gate_read_all_regs(v);
        gate_check_complete(v);
    }
    gate_write_reg(v, TNPU_REG_CTRL, BIT(CTRL_RESET));
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
}

/// At each of them an error of its index; with the stop index there, first a halt.
static void start_anywhere(struct gate_vectors *v) {
    const uint32_t depth = (uint32_t)v->model->cfg.imem_depth;
    gate_program(v, "starts at and beyond the end of instruction memory");
    control(v, depth - 1, TNPU_OP_EVENT, 7);
    gate_run(v, depth - 1);
    for (uint32_t start = depth; start < 1 << 16; start *= 2) {
        gate_run(v, start);
        gate_run(v, start + 1);
        gate_write_reg(v, TNPU_REG_STOP_AT, BIT(STOP_AT_ENABLE) | start);
        gate_run(v, start);
        gate_run(v, 0xFFFF ^ start); // not there
        gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    }
    gate_run(v, 0);
}

void gate_directed(struct gate_vectors *v, struct fuzz_rng *rng) {
    every_register(v);
    strobes(v, rng);
    events(v);
    causes(v);
    interference(v);
    abort_compute(v);
    release(v);
    halts(v);
    start_anywhere(v);
}

void gate_lock(struct gate_vectors *v) {
    gate_program(v, "lock and reset pin");
    gate_write(v, TNPU_REG_LOCK, 0xFFFFFF01, 14); // not this byte
    gate_write(v, TNPU_REG_LOCK, 0xFFFFFFFE, 15); // not this bit
    gate_read(v, TNPU_REG_LOCK);
    gate_read(v, TNPU_MAP_WMEM + 64);
    gate_write(v, TNPU_REG_LOCK, 1, 1);
    gate_write(v, TNPU_REG_LOCK, 0, 15);
    gate_read(v, TNPU_REG_LOCK);
    gate_write_reg(v, TNPU_REG_CTRL, BIT(CTRL_RESET));
    gate_write(v, TNPU_MAP_WMEM + 64, 0x13579BDF, 15);
    gate_read(v, TNPU_MAP_WMEM + 64);
    gate_read(v, TNPU_MAP_FMEM + 64);
    gate_read(v, TNPU_MAP_IMEM + 64);
    gate_reset(v);
    gate_read_all_regs(v);
    gate_read(v, TNPU_MAP_WMEM + 64);
    gate_run(v, 0);
}
