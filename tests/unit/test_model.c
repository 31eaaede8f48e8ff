// SPDX-License-Identifier: Apache-2.0
// The C model as its host sees it: registers, starts, halts, errors, and the cycle contract on
// cases counted by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_fixture.h"

enum { START = 1, RESUME = 2, ABORT = 4, RESET = 8 };            // CTRL
enum { BUSY = 1, HALTED = 2, DONE = 4, ERROR = 8, REASON = 16 }; // STATUS
enum { I_DONE = 1, I_ERROR = 2, I_EVENT = 4, I_HALT = 8 };       // IRQ

static int setup(void **state) {
    static struct tnpu_model m;
    *state = &m;
    return tnpu_model_init(&m, tnpu_config_find("t64"));
}

static int teardown(void **state) {
    tnpu_model_free(*state);
    return 0;
}

static uint32_t status(struct tnpu_model *m) {
    return tnpu_model_reg(m, TNPU_REG_STATUS) & 0x3F;
}
static uint32_t status_pc(struct tnpu_model *m) {
    return tnpu_model_reg(m, TNPU_REG_STATUS) >> 16;
}
static void ctrl(struct tnpu_model *m, uint32_t bits) {
    tnpu_model_set_reg(m, TNPU_REG_CTRL, bits);
}
static uint32_t error_word(enum tnpu_hw_error code, uint32_t pc) {
    return (uint32_t)code | pc << 16;
}

static void identity(void **state) {
    struct tnpu_model *m = *state;
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ID), TNPU_ISA_ID);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_VERSION), TNPU_ISA_MAJOR << 16 | TNPU_ISA_MINOR);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_CAP), 64 << 16 | 16 << 8 | 4);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_CAP_WMEM), 65536);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_CAP_FMEM), 65536);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_STATUS), 0);
    tnpu_model_set_reg(m, TNPU_REG_ID, 0); // read only
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ID), TNPU_ISA_ID);
}

static void byte_enables(void **state) {
    struct tnpu_model *m = *state;
    const uint8_t b[2] = {0x34, 0x12};
    tnpu_model_set_reg(m, TNPU_REG_START_PC, 0xFFFFAABB);
    assert_int_equal(tnpu_model_write(m, TNPU_REG_START_PC + 1, b, 1), 0);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_START_PC), 0x34BB);
    tnpu_model_set_reg(m, TNPU_REG_STOP_AT, 0xFFFFFFFF);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_STOP_AT), 0x8000FFFF);
    tnpu_model_set_reg(m, TNPU_REG_IRQ_ENABLE, 0xFF);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ_ENABLE), 0xF);
    uint8_t byte;
    assert_int_equal(tnpu_model_read(m, TNPU_REG_ID + 2, &byte, 1), 0);
    assert_int_equal(byte, TNPU_ISA_ID >> 16 & 0xFF);
}

static void memories(void **state) {
    struct tnpu_model *m = *state;
    const uint32_t at[] = {TNPU_MAP_IMEM + 3, TNPU_MAP_FMEM + 65535, TNPU_MAP_WMEM + 65535};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        uint8_t w = (uint8_t)(i + 1), r = 0;
        assert_int_equal(tnpu_model_write(m, at[i], &w, 1), 0);
        assert_int_equal(tnpu_model_read(m, at[i], &r, 1), 0);
        assert_int_equal(r, w);
    }
    tnpu_model_set_reg(m, TNPU_REG_LOCK, 1);
    tnpu_model_set_reg(m, TNPU_REG_LOCK, 0);
    ctrl(m, RESET);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_LOCK), 1);
    uint8_t r = 1;
    tnpu_model_read(m, TNPU_MAP_WMEM + 65535, &r, 1);
    assert_int_equal(r, 0);
    tnpu_model_reset(m);
    tnpu_model_read(m, TNPU_MAP_WMEM + 65535, &r, 1);
    assert_int_equal(r, 3);
}

static void outside_the_map(void **state) {
    struct tnpu_model *m = *state;
    const uint32_t at[] = {0x44,
                           0xA8,
                           0x3FFFC,
                           TNPU_MAP_IMEM + 64 * 64,
                           TNPU_MAP_FMEM + 65536,
                           TNPU_MAP_WMEM + 65536,
                           0x7FFFFC};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        uint32_t word = 0xFFFFFFFF;
        tnpu_model_set_reg(m, TNPU_REG_IRQ, 0xF);
        assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), 0);
        assert_int_equal(tnpu_model_read(m, at[i], &word, 4), -1);
        assert_int_equal(word, 0);
        assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), TNPU_HW_HOST_ADDR);
        assert_int_equal(tnpu_model_write(m, at[i], &word, 4), -1);
        assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ), I_ERROR);
        assert_int_equal(status(m), ERROR);
    }
    uint8_t both[2] = {1, 2}; // the first byte inside, the second not
    assert_int_equal(tnpu_model_write(m, TNPU_MAP_FMEM + 65535, both, 2), -1);
    assert_int_equal(tnpu_model_fmem(m)[65535], 1);
    assert_int_equal(tnpu_model_read(m, TNPU_MAP_FMEM + 65535, both, 2), -1);
    assert_int_equal(both[0], 1);
    assert_int_equal(both[1], 0);
}

static void control_cycles(void **state) {
    struct tnpu_model *m = *state;
    put_control(m, 0, TNPU_OP_EVENT, 7);
    put_control(m, 1, TNPU_OP_END, 0);
    assert_int_equal(tnpu_model_run(m, 0), TNPU_MODEL_DONE);
    assert_int_equal(m->counters.cycles, TNPU_CYC_BOOT + TNPU_CYC_FETCH + 1);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_CYCLES), m->counters.cycles);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ARG), 7);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ), I_DONE | I_EVENT);
    assert_int_equal(status(m), DONE);
    assert_int_equal(status_pc(m), 1);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_LAST_START), TNPU_CYC_BOOT + TNPU_CYC_FETCH);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_LAST_END), TNPU_CYC_BOOT + TNPU_CYC_FETCH);
    tnpu_model_set_reg(m, TNPU_REG_IRQ, I_EVENT);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ), I_DONE);
    assert_int_equal(tnpu_model_run(m, 1), TNPU_MODEL_DONE);
    assert_int_equal(m->counters.cycles, TNPU_CYC_BOOT + 1);
}

static void halts(void **state) {
    struct tnpu_model *m = *state;
    put_control(m, 0, TNPU_OP_WAIT, 5);
    put_control(m, 1, TNPU_OP_HOSTOP, 6);
    put_control(m, 2, TNPU_OP_END, 0);
    tnpu_model_set_reg(m, TNPU_REG_STOP_AT, 1U << 31 | 0);
    const struct {
        uint32_t reason, pc, arg, cycles;
    } halt[] = {{3, 0, 0, TNPU_CYC_BOOT},
                {1, 1, 5, TNPU_CYC_BOOT + TNPU_CYC_FETCH},
                {2, 2, 6, TNPU_CYC_BOOT + 2 * TNPU_CYC_FETCH}};
    int r = tnpu_model_run(m, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(r, TNPU_MODEL_HALTED);
        assert_int_equal(status(m), BUSY | HALTED | halt[i].reason * REASON);
        assert_int_equal(status_pc(m), halt[i].pc);
        assert_int_equal(tnpu_model_reg(m, TNPU_REG_ARG), halt[i].arg);
        assert_int_equal(m->counters.cycles, halt[i].cycles);
        assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ), I_HALT);
        tnpu_model_set_reg(m, TNPU_REG_IRQ, I_HALT);
        ctrl(m, 0); // no command: nothing
        assert_int_equal(status_pc(m), halt[i].pc);
        r = tnpu_model_resume(m);
    }
    assert_int_equal(r, TNPU_MODEL_DONE);
    assert_int_equal(m->counters.cycles, TNPU_CYC_BOOT + 2 * TNPU_CYC_FETCH + 1);
    assert_int_equal(tnpu_model_resume(m), TNPU_MODEL_DONE); // not halted: nothing happens
    assert_int_equal(status(m), DONE);
}

static void one_halt_of_two_reasons(void **state) {
    struct tnpu_model *m = *state;
    put_control(m, 0, TNPU_OP_WAIT, 0);
    put_control(m, 1, TNPU_OP_END, 0);
    tnpu_model_set_reg(m, TNPU_REG_STOP_AT, 1U << 31 | 1);
    assert_int_equal(tnpu_model_run(m, 0), TNPU_MODEL_HALTED);
    assert_int_equal(status(m), BUSY | HALTED | 1 * REASON);
    put_control(m, 1, TNPU_OP_EVENT, 0); // too late: END is fetched
    assert_int_equal(tnpu_model_resume(m), TNPU_MODEL_DONE);
}

static void refused_starts(void **state) {
    struct tnpu_model *m = *state;
    assert_int_equal(tnpu_model_run(m, 9), -TNPU_HW_NO_PROGRAM);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_NO_PROGRAM, 9));
    assert_int_equal(status(m), ERROR);
    put_control(m, 0, TNPU_OP_WAIT, 0);
    put_control(m, 1, TNPU_OP_END, 0);
    assert_int_equal(tnpu_model_run(m, 0), TNPU_MODEL_HALTED);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), 0);
    assert_int_equal(tnpu_model_run(m, 0), -TNPU_HW_BUSY);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_BUSY, 1));
    tnpu_model_reg(m, 0x44); // a second error: the first is kept
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_BUSY, 1));
    assert_int_equal(tnpu_model_resume(m), TNPU_MODEL_DONE); // the running program goes on
    assert_int_equal(status(m), DONE | ERROR);
    tnpu_model_set_reg(m, TNPU_REG_IRQ, I_ERROR);
    assert_int_equal(status(m), DONE);
}

static void aborts(void **state) {
    struct tnpu_model *m = *state;
    put_control(m, 3, TNPU_OP_WAIT, 0);
    ctrl(m, ABORT); // idle: nothing
    assert_int_equal(status(m), 0);
    assert_int_equal(tnpu_model_run(m, 3), TNPU_MODEL_HALTED);
    ctrl(m, ABORT | START);
    assert_int_equal(status(m), ERROR);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_ABORTED, 4));
    assert_int_equal(tnpu_model_run(m, 3), TNPU_MODEL_HALTED);
    ctrl(m, RESET | ABORT);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_STATUS), 0);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_IRQ), 0);
    assert_int_equal(m->counters.cycles, 0);
    assert_int_equal(tnpu_model_run(m, 3), TNPU_MODEL_HALTED); // still loaded
    tnpu_model_reset(m);
    assert_int_equal(tnpu_model_run(m, 3), -TNPU_HW_NO_PROGRAM);
}

static void end_of_instruction_memory(void **state) {
    struct tnpu_model *m = *state;
    put_control(m, 63, TNPU_OP_EVENT, 0);
    assert_int_equal(tnpu_model_run(m, 63), -TNPU_HW_PC_RANGE);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_PC_RANGE, 64));
    assert_int_equal(m->counters.cycles, TNPU_CYC_BOOT + TNPU_CYC_FETCH + 1);
    assert_int_equal(tnpu_model_run(m, 0xFFFF), -TNPU_HW_PC_RANGE);
    assert_int_equal(tnpu_model_reg(m, TNPU_REG_ERROR), error_word(TNPU_HW_PC_RANGE, 64));
}

// CYCLES.md, section 5
static void worked_example(void **state) {
    (void)state;
    struct tnpu_insn f = blank(TNPU_OP_CONV);
    struct tnpu_insn_cost cost;
    f.requant = f.stride_y = f.in_wystep = 1;
    f.in_row = f.in_wb = f.out_row = 1792;
    f.in_xstep = f.in_wxstep = f.out_c = f.out_pix = 32;
    f.in_h = f.out_w = f.out_h = 56;
    f.nchunk = 2;
    f.tile = 16;
    f.out_base = 100352;
    assert_int_equal(tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost), 0);
    assert_int_equal(cost.issue, 12544);
    assert_int_equal(cost.end, TNPU_CYC_START + 12543 + TNPU_CYC_WRITE);
    assert_int_equal(cost.counters.macs, 56 * 56 * 32 * 32);
    assert_int_equal(cost.counters.fmem_reads, 12544);
    assert_int_equal(cost.counters.fmem_writes, 56 * 56 * 2);
    assert_int_equal(cost.counters.wmem_reads, 2 * (1 + 196 * 2));
    assert_int_equal(
        cost.counters.stall_bank + cost.counters.stall_param + cost.counters.stall_drain, 0);
    f.tile = 1; // a pixel tile of one pixel has no free cycle for the parameter row: once a tile
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_param, 2);
    f.order = 1; // now in every pixel tile
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_param, 2 * 56 * 56);
    f.opcode = TNPU_OP_DWTAP; // of one tap reads a weight row in each cycle too, of two it does not
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_param, 2 * 56 * 56);
    f.kw = 2;
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_param, 0);
    f.out_base = 352 * 1024;
    assert_int_equal(tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost), TNPU_HW_FMEM_RANGE);
    assert_int_equal(cost.end, 0);
}

// DWCONV with SAME padding, 5 x 5, one tile: the last vector is made in column 0 of the sweep after
// the five
static void depthwise_cycles(void **state) {
    (void)state;
    struct tnpu_insn f = blank(TNPU_OP_DWCONV);
    struct tnpu_insn_cost cost;
    f.stride_y = f.pad_y = f.pad_xb = f.requant = 1;
    f.in_h = f.in_w = f.out_h = f.out_w = 5;
    f.in_xstep = f.out_pix = f.out_c = 16;
    f.in_row = f.out_row = 80;
    f.out_base = 1024;
    assert_int_equal(tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost), 0);
    assert_int_equal(cost.issue, 5 * 5 + 5 + 1);
    assert_int_equal(cost.end, TNPU_CYC_START + 30 + TNPU_CYC_WRITE);
    assert_int_equal(cost.counters.fmem_reads, 25);
    assert_int_equal(cost.counters.macs, 9 * 25 * 16);
    assert_int_equal(cost.counters.wmem_reads, 2);
    f.stride_y = 2; // sweeps of two rows, 80 bytes apart: other banks, so a tick a column
    f.out_h = f.out_w = 3;
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.issue, 3 * 5 + 1);
    assert_int_equal(cost.counters.stall_bank, 0);
    f.in_row = 96; // same bank: a cycle more in sweeps 0 and 1; sweep 2 has one row inside
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_bank, 10);
    assert_int_equal(cost.issue, 3 * 5 + 1 + 10);
    f.out_h = f.out_w = f.in_h = f.in_w = 1; // one vector: the parameter row takes a cycle
    f.pad_y = f.pad_xb = 1;
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_param, 1);
}

// ELTWISE ADD of 3 pixels: the addition row in cycle 0, reads in 1, 2, 3 with the parameter row in
// 1; every 4th cycle one leaves
static void addition_cycles(void **state) {
    (void)state;
    struct tnpu_insn f = blank(TNPU_OP_ELTWISE);
    struct tnpu_insn_cost cost;
    f.requant = 1;
    f.res_mode = 2;
    f.out_w = 3;
    f.tile = 2;
    f.in_wb = 96;
    f.in_wxstep = f.out_pix = f.res_pix = 32;
    f.out_c = 16;
    f.res_base = 1024 + 16; // the other bank
    f.out_base = 2048;
    assert_int_equal(tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost), 0);
    assert_int_equal(cost.counters.stall_drain,
                     6); // the second pixel tile begins 8 cycles after the first: in cycle 9, not 3
    assert_int_equal(cost.issue, 10);
    // its vector reaches the queue in cycle 9 + 7 = 16 and leaves in 19
    assert_int_equal(cost.end, TNPU_CYC_START + 19 + TNPU_CYC_WRITE + TNPU_CYC_ADD_EXTRA - 7);
    f.res_base = 1024; // the same bank: each operand takes a cycle more
    tnpu_model_insn_cost(tnpu_config_find("t256"), &f, &cost);
    assert_int_equal(cost.counters.stall_bank, 3);
    assert_int_equal(cost.counters.stall_drain, 4);
}

static void impossible_machines(void **state) {
    (void)state;
    struct tnpu_model m;
    struct tnpu_config c = *tnpu_config_find("t64");
    assert_int_equal(tnpu_model_init(&m, NULL), -1);
    c.lanes = 5;
    assert_int_equal(tnpu_model_init(&m, &c), -1);
    c = *tnpu_config_find("t512");
    c.wmem_rows = 1 << 20;
    assert_int_equal(tnpu_model_init(&m, &c), -1);
    tnpu_model_free(&m);
}

#define WITH_MODEL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_MODEL(identity),
        WITH_MODEL(byte_enables),
        WITH_MODEL(memories),
        WITH_MODEL(outside_the_map),
        WITH_MODEL(control_cycles),
        WITH_MODEL(halts),
        WITH_MODEL(one_halt_of_two_reasons),
        WITH_MODEL(refused_starts),
        WITH_MODEL(aborts),
        WITH_MODEL(end_of_instruction_memory),
        cmocka_unit_test(worked_example),
        cmocka_unit_test(depthwise_cycles),
        cmocka_unit_test(addition_cycles),
        cmocka_unit_test(impossible_machines),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
