// SPDX-License-Identifier: Apache-2.0
// Commands to a machine that is halted or idle, on the C model and on the RTL, and instructions
// with flipped bits on both in lockstep: an error by name or an end, and a machine that then runs a
// good program to the right bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "damage.h"
#include "npu.h"
#include "tnpu_lockstep.h"

/// Where the program that halts goes: behind the small program.
enum { HALT_PC = 20, ROWS = 1024 };

static void open_loaded(struct npu *n, void **state) {
    npu_open(n, *(enum npu_kind *)*state);
    small_load(n);
}

/// Ways to be halted.
enum { BY_WAIT, BY_HOSTOP, BY_STOP, BY_STOP_FIRST, BY_KINDS };

static void halt(struct npu *n, int by) {
    npu_control(n, HALT_PC,
                by == BY_WAIT     ? TNPU_OP_WAIT
                : by == BY_HOSTOP ? TNPU_OP_HOSTOP
                                  : TNPU_OP_EVENT,
                5);
    npu_control(n, HALT_PC + 1, TNPU_OP_EVENT, 6);
    npu_control(n, HALT_PC + 2, TNPU_OP_END, 0);
    uint32_t stop =
        by < BY_STOP ? 0 : 1u << TNPU_REG_STOP_AT_ENABLE_LSB | (HALT_PC + (by == BY_STOP));
    npu_set(n, TNPU_REG_STOP_AT, stop);
    npu_start(n, HALT_PC, NPU_HALT | NPU_DONE | NPU_ERROR);
    uint32_t reason = (uint32_t)(by >= BY_STOP ? 3 : by == BY_WAIT ? 1 : 2);
    uint32_t pc = HALT_PC + (by != BY_STOP_FIRST);
    assert_int_equal(npu_get(n, TNPU_REG_STATUS), NPU_BUSY | NPU_HALTED |
                                                      reason << TNPU_REG_STATUS_REASON_LSB |
                                                      pc << TNPU_REG_STATUS_PC_LSB);
}

static void while_halted(void **state) {
    struct npu n;
    open_loaded(&n, state);
    for (int by = 0; by < BY_KINDS; by++) {
        unsigned pc = HALT_PC + (by != BY_STOP_FIRST);
        halt(&n, by); // aborted
        npu_set(&n, TNPU_REG_CTRL, NPU_ABORT);
        npu_wait(&n);
        npu_expect_error(&n, TNPU_HW_ABORTED, pc);
        assert_int_equal(npu_get(&n, TNPU_REG_STATUS) & (NPU_BUSY | NPU_HALTED | NPU_STATUS_DONE),
                         0);
        npu_set(&n, TNPU_REG_CTRL, NPU_RESUME); // is over: nothing to resume
        assert_int_equal(npu_get(&n, TNPU_REG_STATUS) & NPU_BUSY, 0);
        npu_set(&n, TNPU_REG_STOP_AT, 0);
        small_run(&n);

        halt(&n, by); // started again: refused, and goes on when resumed
        npu_set(&n, TNPU_REG_CTRL, NPU_START);
        npu_expect_error(&n, TNPU_HW_BUSY, pc);
        assert_true(npu_get(&n, TNPU_REG_STATUS) & NPU_HALTED);
        npu_set(&n, TNPU_REG_IRQ, 15);
        npu_set(&n, TNPU_REG_CTRL, NPU_RESUME);
        npu_wait(&n);
        npu_expect_no_error(&n);
        assert_int_equal(npu_get(&n, TNPU_REG_STATUS),
                         NPU_STATUS_DONE | (HALT_PC + 2) << TNPU_REG_STATUS_PC_LSB);
        assert_int_equal(npu_get(&n, TNPU_REG_ARG), 6);

        halt(&n, by); // reset
        npu_set(&n, TNPU_REG_CTRL, NPU_RESET);
        static const enum tnpu_reg cleared[] = {
            TNPU_REG_STATUS, TNPU_REG_ERROR,   TNPU_REG_IRQ,       TNPU_REG_ARG,
            TNPU_REG_CYCLES, TNPU_REG_RELEASE, TNPU_REG_LAST_START};
        for (size_t i = 0; i < sizeof cleared / sizeof *cleared; i++)
            assert_int_equal(npu_get(&n, cleared[i]), 0);
        assert_int_equal(npu_get(&n, TNPU_REG_START_PC), HALT_PC);
        npu_set(&n, TNPU_REG_STOP_AT, 0);
        small_run(&n);
    }
    npu_close(&n);
}

static void while_idle(void **state) {
    struct npu n;
    open_loaded(&n, state);
    small_run(&n);
    static const uint32_t commands[] = {
        NPU_ABORT, NPU_RESUME, NPU_ABORT | NPU_START, NPU_ABORT | NPU_RESUME, 0xFFFFFFF0, 0};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        npu_set(&n, TNPU_REG_CTRL, commands[i]);
        npu_expect_no_error(&n);
        small_expect(&n); // as it was
    }
    npu_set(&n, TNPU_REG_CTRL, 0xF); // reset before all others
    assert_int_equal(npu_get(&n, TNPU_REG_STATUS), 0);
    assert_int_equal(npu_get(&n, TNPU_REG_CYCLES), 0);
    small_run(&n);
    npu_close(&n);
}

/// Instructions with bits flipped, past every loader: both machines do the same, to the cycle.
static void flipped_instructions(void **state) {
    (void)state;
    struct npu model, rtl;
    npu_open(&model, NPU_MODEL);
    npu_open(&rtl, NPU_RTL);
    small_load(&model);
    small_load(&rtl);
    for (uint32_t row = SMALL_ROWS; row < ROWS; row++) { // a flipped base reads other rows
        uint8_t bytes[64] = {0};
        npu_write(&model, TNPU_MAP_WMEM + 64 * row, bytes, sizeof bytes);
        npu_write(&rtl, TNPU_MAP_WMEM + 64 * row, bytes, sizeof bytes);
    }
    uint64_t seed = 11;
    int errors = 0, ends = 0;
    for (int i = 0; i < 1000; i++) {
        int pc = (int)damage_below(&seed, SMALL_INSNS - 1);
        uint32_t words[TNPU_IWORDS];
        struct tnpu_insn insn;
        struct tnpu_insn_cost cost;
        tnpu_encode(&small_program[pc], words);
        for (size_t flips = 1 + damage_below(&seed, 2); flips > 0; flips--) {
            size_t bit = damage_below(&seed, 32 * TNPU_IWORDS);
            words[bit / 32] ^= 1u << bit % 32;
        }
        tnpu_decode(words, &insn);
        if (!tnpu_model_check(model.config, words) &&
            !tnpu_model_insn_cost(model.config, &insn, &cost) && cost.end > 20000)
            continue; // right, but long
        npu_words(&model, (unsigned)pc, words);
        npu_words(&rtl, (unsigned)pc, words);
        struct tnpu_lockstep job = {
            .model = &model.model, .rtl = npu_rtl(&rtl), .written_only = true};
        struct tnpu_lockstep_result result;
        struct tnpu_error e;
        if (tnpu_lockstep_run(&job, &result, &e)) fail_msg("%s", e.text);
        if (!result.same) fail_msg("flip %d, instruction %d: %s", i, pc, result.text);
        errors += result.error != 0;
        ends += result.error == 0;
        npu_insn(&model, (unsigned)pc, &small_program[pc]);
        npu_insn(&rtl, (unsigned)pc, &small_program[pc]);
    }
    assert_true(errors > 300 && ends > 100); // both ways are taken
    small_load(&rtl);
    small_run(&rtl);
    npu_close(&model);
    npu_close(&rtl);
}

int main(void) {
    static enum npu_kind model = NPU_MODEL, rtl = NPU_RTL;
#define ON(test, kind)                                                                             \
    { #test " (" #kind ")", test, NULL, NULL, &kind }
    const struct CMUnitTest tests[] = {ON(while_halted, model), ON(while_halted, rtl),
                                       ON(while_idle, model), ON(while_idle, rtl),
                                       cmocka_unit_test(flipped_instructions)};
    return cmocka_run_group_tests_name("npu_states", tests, NULL, NULL);
}
