// SPDX-License-Identifier: Apache-2.0
// The RTL disturbed in each single cycle of a program: aborted, reset by register and by pin,
// started again, its interrupts cleared. It answers in bounded time, has written nothing but what
// the program had written by then, and runs the next program as if nothing had been.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "npu.h"

#include <string.h>

/// Clock cycles between a write of ABORT and the end of the program.
enum { ABORT_MAX = 4, WRITES_MAX = 2000 };

/// Output vectors of a run, in order.
struct writes {
    int count; ///< of a run that is compared: how many were as they should be
    const struct writes *want;
    struct write {
        uint64_t cycle;
        uint32_t addr, mask;
        uint8_t data[TNPU_RTL_LANES];
    } list[WRITES_MAX];
};

static void record(void *ctx, uint64_t cycle, uint32_t addr, uint32_t mask,
                   const uint8_t data[TNPU_RTL_LANES]) {
    struct writes *w = ctx;
    assert_true(w->count < WRITES_MAX);
    struct write *one = &w->list[w->count++];
    memset(one, 0, sizeof *one);
    one->cycle = cycle, one->addr = addr, one->mask = mask;
    for (int c = 0; c < TNPU_RTL_LANES; c++)
        if (mask >> c & 1) one->data[c] = data[c];
    if (w->want &&
        (w->count > w->want->count || memcmp(one, &w->want->list[w->count - 1], sizeof *one) != 0))
        fail_msg("write %d: cycle %u, address %u: not one of the undisturbed program", w->count - 1,
                 (unsigned)cycle, (unsigned)addr);
}

struct bench {
    struct npu n;
    struct writes all, some;
    int cycles; ///< of the small program
};

static void start(struct bench *b) {
    b->some.count = 0;
    npu_set(&b->n, TNPU_REG_IRQ_ENABLE, 0); // the clock runs for as long as it is told to
    npu_set(&b->n, TNPU_REG_IRQ, 15);
    npu_set(&b->n, TNPU_REG_START_PC, 0);
    if (tnpu_rtl_start(npu_rtl(&b->n), NULL)) fail_msg("the host port does not answer");
}

static void clock_it(struct bench *b, uint64_t cycles) {
    if (cycles) assert_int_equal(tnpu_rtl_run(npu_rtl(&b->n), cycles, NULL), 0);
}

static int setup(void **state) {
    static struct bench b;
    npu_open(&b.n, NPU_RTL);
    small_load(&b.n);
    const struct tnpu_rtl_hooks hooks = {.ctx = &b.all, .write = record};
    b.all.count = 0;
    b.cycles = (int)small_cycles();
    tnpu_rtl_set_hooks(npu_rtl(&b.n), &hooks);
    start(&b);
    clock_it(&b, (uint64_t)b.cycles + 10);
    small_expect(&b.n);
    tnpu_rtl_set_hooks(npu_rtl(&b.n), NULL);
    b.some.want = &b.all;
    *state = &b;
    return b.all.count > 50 ? 0 : -1;
}

static int teardown(void **state) {
    npu_close(&((struct bench *)*state)->n);
    return 0;
}

/// Runs the small program up to a cycle with every write looked at, and does something to it.
static void disturb(struct bench *b, int cycle, enum tnpu_reg reg, uint32_t value) {
    const struct tnpu_rtl_hooks hooks = {.ctx = &b->some, .write = record};
    tnpu_rtl_set_hooks(npu_rtl(&b->n), &hooks);
    start(b);
    clock_it(b, (uint64_t)cycle);
    npu_set(&b->n, reg, value);
}

static void undisturbed(struct bench *b) {
    tnpu_rtl_set_hooks(npu_rtl(&b->n), NULL);
    small_run(&b->n);
}

/// What the register says of a program that has ended: aborted, or whole.
static bool was_aborted(struct bench *b) {
    uint32_t status = npu_get(&b->n, TNPU_REG_STATUS);
    assert_int_equal(status & (NPU_BUSY | NPU_HALTED), 0);
    if (status & NPU_STATUS_DONE) {
        npu_expect_no_error(&b->n);
        assert_int_equal(b->some.count, b->all.count);
        return false;
    }
    npu_expect_error(&b->n, TNPU_HW_ABORTED, status >> TNPU_REG_STATUS_PC_LSB);
    return true;
}

static void abort_in_every_cycle(void **state) {
    struct bench *b = *state;
    int aborted = 0;
    for (int cycle = 0; cycle < b->cycles + 4; cycle++) {
        disturb(b, cycle, TNPU_REG_CTRL, NPU_ABORT);
        clock_it(b, ABORT_MAX);
        aborted += was_aborted(b);
        if (aborted == cycle + 1) { // what an abort finds written is written
            int before = 0;
            while (before < b->all.count && b->all.list[before].cycle <= (uint64_t)cycle) before++;
            int after = before; // and nothing more, once the command has come through
            while (after < b->all.count && b->all.list[after].cycle <= (uint64_t)cycle + ABORT_MAX)
                after++;
            assert_in_range(b->some.count, before, after);
        }
        undisturbed(b);
    }
    assert_in_range(aborted, b->cycles - 4, b->cycles);
}

static void abort_twice_and_start_at_once(void **state) {
    struct bench *b = *state;
    for (int cycle = 5; cycle < b->cycles - 5; cycle += 3) {
        disturb(b, cycle, TNPU_REG_CTRL, NPU_ABORT);
        npu_set(&b->n, TNPU_REG_CTRL, cycle % 2 ? NPU_ABORT : NPU_RESUME);
        clock_it(b, ABORT_MAX);
        assert_true(was_aborted(b));
        disturb(b, cycle, TNPU_REG_CTRL, NPU_ABORT);
        // what is read next sees it
        assert_int_equal(npu_get(&b->n, TNPU_REG_STATUS) & NPU_BUSY, 0);
        b->some.count = 0;
        if (tnpu_rtl_start(npu_rtl(&b->n), NULL)) fail_msg("the host port does not answer");
        clock_it(b, (uint64_t)b->cycles + 10);
        assert_int_equal(b->some.count, b->all.count);
        small_expect(&b->n);
        undisturbed(b);
    }
}

static void reset_in_every_cycle(void **state) {
    struct bench *b = *state;
    for (int cycle = 0; cycle < b->cycles + 4; cycle++) {
        disturb(b, cycle, TNPU_REG_CTRL, NPU_RESET);
        static const enum tnpu_reg cleared[] = {TNPU_REG_STATUS,  TNPU_REG_ERROR,  TNPU_REG_IRQ,
                                                TNPU_REG_ARG,     TNPU_REG_CYCLES, TNPU_REG_MACS,
                                                TNPU_REG_LAST_END};
        for (size_t i = 0; i < sizeof cleared / sizeof *cleared; i++)
            assert_int_equal(npu_get(&b->n, cleared[i]), 0);
        int written = b->some.count;
        if (cycle % 2) clock_it(b, ABORT_MAX); // or straight into the next run
        assert_int_equal(b->some.count, written);
        undisturbed(b);
    }
}

static void reset_pin_in_every_cycle(void **state) {
    struct bench *b = *state;
    const struct tnpu_rtl_hooks hooks = {.ctx = &b->some, .write = record};
    for (int cycle = 0; cycle < b->cycles + 4; cycle++) {
        tnpu_rtl_set_hooks(npu_rtl(&b->n), &hooks);
        start(b);
        clock_it(b, (uint64_t)cycle);
        tnpu_rtl_reset(npu_rtl(&b->n));
        assert_int_equal(npu_get(&b->n, TNPU_REG_STATUS), 0);
        if (cycle % 16 == 0) { // the mark of a loaded program is gone too
            npu_start(&b->n, 0, NPU_ERROR);
            npu_expect_error(&b->n, TNPU_HW_NO_PROGRAM, 0);
        }
        npu_insn(&b->n, 0, &small_program[0]); // sets it; memories have stayed
        undisturbed(b);
    }
}

static void start_again_in_every_cycle(void **state) {
    struct bench *b = *state;
    int refused = 0;
    for (int cycle = 0; cycle < b->cycles; cycle++) {
        disturb(b, cycle, TNPU_REG_CTRL, NPU_START);
        uint32_t error = npu_get(&b->n, TNPU_REG_ERROR), status = npu_get(&b->n, TNPU_REG_STATUS);
        if (error) {
            refused++;
            assert_int_equal(error & 0xff, TNPU_HW_BUSY);
            npu_set(&b->n, TNPU_REG_IRQ, NPU_ERROR);
            clock_it(b, (uint64_t)(b->cycles - cycle) + 10);
            npu_expect_no_error(&b->n);
            assert_int_equal(b->some.count, b->all.count);
        } else { // the program had ended, and this was the start of another run
            assert_true(status & NPU_BUSY);
            b->some.count = 0;
            tnpu_rtl_set_hooks(npu_rtl(&b->n), NULL);
            clock_it(b, (uint64_t)b->cycles + 10);
        }
        small_expect(&b->n);
    }
    assert_true(refused >= b->cycles - 4);
}

/// The error interrupt cleared while another error arrives: the interrupt and the code must agree,
/// and none of the two errors hides behind the other.
static void clear_in_every_cycle(void **state) {
    struct bench *b = *state;
    npu_words(&b->n, 1, (const uint32_t[TNPU_IWORDS]){0xEE}); // an illegal opcode
    int seen = 0;
    for (int cycle = 10; cycle < 600; cycle++) {
        start(b);
        npu_set(&b->n, TNPU_REG_CTRL, NPU_START); // error BUSY
        clock_it(b, (uint64_t)cycle);
        npu_set(&b->n, TNPU_REG_IRQ, NPU_ERROR);
        clock_it(b, 600);
        uint32_t error = npu_get(&b->n, TNPU_REG_ERROR), irq = npu_get(&b->n, TNPU_REG_IRQ);
        assert_int_equal(npu_get(&b->n, TNPU_REG_STATUS) & NPU_BUSY, 0);
        if ((error != 0) != ((irq & NPU_ERROR) != 0))
            fail_msg("cleared after %d cycles: IRQ 0x%x, and ERROR 0x%08x", cycle, (unsigned)irq,
                     (unsigned)error);
        if (error) assert_int_equal(error, 1u << TNPU_REG_ERROR_PC_LSB | TNPU_HW_OPCODE);
        seen += error != 0;
    }
    assert_in_range(seen, 100, 500); // cleared before it, and after it
    small_load_insns(&b->n);
    undisturbed(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(abort_in_every_cycle),
                                       cmocka_unit_test(abort_twice_and_start_at_once),
                                       cmocka_unit_test(reset_in_every_cycle),
                                       cmocka_unit_test(reset_pin_in_every_cycle),
                                       cmocka_unit_test(start_again_in_every_cycle),
                                       cmocka_unit_test(clear_in_every_cycle)};
    return cmocka_run_group_tests_name("npu_stops", tests, setup, teardown);
}
