// SPDX-License-Identifier: Apache-2.0
// The host at work while a program runs on the RTL: reads and writes of memories and registers that
// the program does not use, as dense as the port allows or at random. The result is the same to the
// byte, CYCLES - STALL_HOST is the model's figure, no access waits longer than HOST_PATIENCE says,
// and each one does what it should.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "damage.h"
#include "npu.h"

#include <string.h>

enum {
    FREE_FMEM = 32768, ///< first byte of feature memory that the small program leaves alone
    FREE_WMEM = 32 * 64,
    FREE_IMEM = 16 * 64,
    FREE_BYTES = 2048, ///< in each memory, the host's own
    WORDS = FREE_BYTES / 4,
    /// From the request of an access to the end of the call, in clock cycles: it is taken and
    /// served by a memory read. A write that is still waiting comes first, and takes as long.
    WAIT_MAX = TNPU_CYC_HOST_PATIENCE + 6,
    /// The same for a read of instruction memory, which waits for the fetch of an instruction.
    WAIT_FETCH_MAX = TNPU_IWORDS + 6,
    RUN_MAX = 20000,
    /// The greedy program, which leaves a memory's port free in few cycles
    GREEDY_PC = 10,
    GREEDY_FMEM = 8192, ///< what it reads and writes: up to FREE_FMEM
};
static const struct tnpu_insn greedy_program[] = {
    // reads one bank in each cycle, and writes one in each
    {.opcode = TNPU_OP_COPY,
     .in_base = GREEDY_FMEM,
     .in_row = 1024,
     .in_wxstep = 32,
     .in_wystep = 1,
     .in_wb = 1024,
     .in_h = 8,
     .tile = 16,
     .out_base = 16384,
     .out_row = 1024,
     .out_pix = 32,
     .out_w = 32,
     .out_h = 8,
     .out_c = 4},
    // reads a weight row in each cycle
    {.opcode = TNPU_OP_CONV,
     .in_base = 16384,
     .in_row = 64,
     .in_wxstep = 64,
     .in_wystep = 1,
     .in_wb = 4096,
     .in_h = 1,
     .nchunk = 16,
     .kh = 1,
     .kw = 1,
     .pool_w = 1,
     .pool_h = 1,
     .tile = 1,
     .out_base = 28672,
     .out_row = 64,
     .out_pix = 4,
     .out_w = 32,
     .out_h = 1,
     .out_c = 4,
     .act_min = -128,
     .act_max = 127},
    {.opcode = TNPU_OP_END},
};

enum target { FMEM, WMEM, IMEM, MEMORIES, REGS = MEMORIES, OUTSIDE, TARGETS };
static const uint32_t base[MEMORIES] = {TNPU_MAP_FMEM + FREE_FMEM, TNPU_MAP_WMEM + FREE_WMEM,
                                        TNPU_MAP_IMEM + FREE_IMEM};

/// What the host keeps doing.
struct pattern {
    const char *name;
    unsigned targets; ///< bit n: accesses to target n
    int write_percent;
    int gap; ///< clock cycles between two accesses: 0..gap
};

struct host {
    struct npu n;
    uint64_t seed;
    uint32_t memory[MEMORIES][WORDS]; ///< what the host has put there
    uint64_t stalls;                  ///< of all runs
    int accesses, longest;
    bool outside; ///< error HOST_ADDR is to be expected
    unsigned pc;  ///< where the program begins that runs
    uint32_t greedy_cycles;
    uint8_t greedy[FREE_FMEM - GREEDY_FMEM]; ///< feature memory after it
};

static int setup(void **state) {
    static struct host h = {.seed = 5};
    npu_open(&h.n, NPU_RTL);
    small_load(&h.n);
    for (int m = 0; m < MEMORIES; m++)
        for (uint32_t w = 0; w < WORDS; w++) {
            uint8_t b[4];
            h.memory[m][w] = (uint32_t)damage_next(&h.seed);
            tnpu_set_u32(b, h.memory[m][w]);
            npu_write(&h.n, base[m] + 4 * w, b, 4);
        }
    small_run(&h.n);
    *state = &h;
    return 0;
}

static int teardown(void **state) {
    struct host *h = *state;
    print_message("%d accesses, the longest took %d cycles; %u cycles lost to them\n", h->accesses,
                  h->longest, (unsigned)h->stalls);
    npu_close(&h->n);
    return 0;
}

static void write_memory(struct host *h, int m, uint32_t w) {
    uint32_t value = (uint32_t)damage_next(&h->seed), shift = 0;
    uint8_t b[4];
    size_t n = 4;
    if (damage_below(&h->seed, 4) == 0) { // one byte of the word
        shift = (uint32_t)damage_below(&h->seed, 4);
        n = 1;
    }
    tnpu_set_u32(b, value);
    npu_write(&h->n, base[m] + 4 * w + shift, b, n);
    if (n == 4)
        h->memory[m][w] = value;
    else
        h->memory[m][w] = (h->memory[m][w] & ~(0xFFu << 8 * shift)) | (value & 0xFF) << 8 * shift;
}

static void read_memory(struct host *h, int m, uint32_t w) {
    uint8_t b[4];
    npu_read(&h->n, base[m] + 4 * w, b, 4);
    if (tnpu_get_u32(b) != h->memory[m][w])
        fail_msg("read 0x%08x at 0x%06x, want 0x%08x", (unsigned)tnpu_get_u32(b),
                 (unsigned)(base[m] + 4 * w), (unsigned)h->memory[m][w]);
}

static void touch_regs(struct host *h, bool write) {
    if (write) {
        npu_set(&h->n, TNPU_REG_START_PC, (uint32_t)damage_next(&h->seed)); // means nothing now
    } else {
        assert_int_equal(npu_get(&h->n, TNPU_REG_ID), TNPU_ISA_ID);
    }
}

static void touch_outside(struct host *h, bool write) {
    static const uint32_t holes[] = {0x48, 0x200, 0x41000, 0x110000, 0x210000, 0x7FFFFC};
    uint32_t at = holes[damage_below(&h->seed, sizeof holes / sizeof *holes)];
    uint8_t b[4] = {1, 2, 3, 4};
    if (write) {
        npu_write(&h->n, at, b, 4);
    } else {
        npu_read(&h->n, at, b, 4);
        assert_int_equal(tnpu_get_u32(b), 0);
    }
    h->outside = true;
}

/// One access by the pattern. *limit is how long it may take; returns how long it may still wait
/// when the call is over, for it returns from a write as soon as the port has taken it.
static int touch(struct host *h, const struct pattern *p, int *limit) {
    enum target t;
    do t = (enum target)damage_below(&h->seed, TARGETS);
    while (!(p->targets >> t & 1));
    bool write = (int)damage_below(&h->seed, 100) < p->write_percent;
    uint32_t w = (uint32_t)damage_below(&h->seed, WORDS);
    if (t == REGS)
        touch_regs(h, write);
    else if (t == OUTSIDE)
        touch_outside(h, write);
    else if (write)
        write_memory(h, (int)t, w);
    else
        read_memory(h, (int)t, w);
    h->accesses++;
    *limit = t == IMEM && !write ? WAIT_FETCH_MAX : WAIT_MAX;
    return write ? WAIT_MAX : 0;
}

static void greedy_read(struct host *h, uint8_t bytes[FREE_FMEM - GREEDY_FMEM]) {
    npu_read(&h->n, TNPU_MAP_FMEM + GREEDY_FMEM, bytes, FREE_FMEM - GREEDY_FMEM);
}

static void expect(struct host *h) {
    static uint8_t now[FREE_FMEM - GREEDY_FMEM];
    if (h->pc == 0) {
        small_expect(&h->n);
        return;
    }
    assert_int_equal(npu_get(&h->n, TNPU_REG_CYCLES) - npu_get(&h->n, TNPU_REG_STALL_HOST),
                     h->greedy_cycles);
    greedy_read(h, now);
    assert_memory_equal(now, h->greedy, sizeof now);
}

/// Runs the program at h->pc under a pattern.
static void run(struct host *h, const struct pattern *p) {
    struct tnpu_rtl *rtl = npu_rtl(&h->n);
    npu_set(&h->n, TNPU_REG_IRQ_ENABLE, 0);
    npu_set(&h->n, TNPU_REG_IRQ, 15);
    npu_set(&h->n, TNPU_REG_START_PC, h->pc);
    h->outside = false;
    assert_int_equal(tnpu_rtl_start(rtl, NULL), 0);
    int pending = WAIT_MAX, limit; // the start itself
    for (int i = 0;; i++) {
        if (i % 16 == 15 && !(npu_get(&h->n, TNPU_REG_STATUS) & NPU_BUSY)) break;
        if (i % 16 == 15) pending = 0;
        if (p->gap)
            assert_int_equal(tnpu_rtl_run(rtl, damage_below(&h->seed, (size_t)p->gap + 1), NULL),
                             0);
        uint64_t before = tnpu_rtl_cycle(rtl);
        int next = touch(h, p, &limit);
        int took = (int)(tnpu_rtl_cycle(rtl) - before);
        if (took > pending + limit)
            fail_msg("%s: an access took %d cycles, at cycle %u", p->name, took, (unsigned)before);
        if (took > h->longest) h->longest = took;
        pending = next;
        assert_true(tnpu_rtl_cycle(rtl) < RUN_MAX); // the host may delay a program, not stop it
    }
    uint32_t stalls = npu_get(&h->n, TNPU_REG_STALL_HOST), error = npu_get(&h->n, TNPU_REG_ERROR);
    h->stalls += stalls;
    if (stalls > (uint32_t)h->accesses * 2)
        fail_msg("%s: %u cycles lost", p->name, (unsigned)stalls);
    assert_int_equal(error & 0xff, h->outside ? TNPU_HW_HOST_ADDR : TNPU_HW_NONE);
    npu_set(&h->n, TNPU_REG_IRQ, 15);
    expect(h);
}

#define ALL ((1u << MEMORIES | ((1u << MEMORIES) - 1)))
static const struct pattern patterns[] = {
    {"feature memory read", 1 << FMEM, 0, 0},
    {"feature memory written", 1 << FMEM, 100, 0},
    {"weight memory read", 1 << WMEM, 0, 0},
    {"weight memory written", 1 << WMEM, 100, 0},
    {"instruction memory read", 1 << IMEM, 0, 0},
    {"instruction memory written", 1 << IMEM, 100, 0},
    {"registers", 1 << REGS, 50, 0},
    {"all, dense", ALL, 50, 0},
    {"all, with gaps", ALL, 50, 7},
    {"all, rarely", ALL, 50, 40},
    {"memories read", ALL & ~(1u << REGS), 0, 2},
    {"outside the map, too", ALL | 1u << OUTSIDE, 50, 3},
};

static void run_patterns(struct host *h, int runs) {
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        uint64_t stalls = h->stalls;
        int accesses = h->accesses;
        for (int i = 0; i < runs; i++) run(h, &patterns[p]);
        print_message("%-26s %6d accesses, %5u cycles lost\n", patterns[p].name,
                      h->accesses - accesses, (unsigned)(h->stalls - stalls));
    }
    for (int m = 0; m < MEMORIES; m++)
        for (uint32_t w = 0; w < WORDS; w++) read_memory(h, m, w);
}

static void same_result_under_traffic(void **state) {
    struct host *h = *state;
    h->pc = 0;
    run_patterns(h, 40);
    small_run(&h->n);
}

/// Fills what the greedy program reads, and keeps what it makes of that: the same as the C model.
static void load_greedy(struct host *h) {
    struct npu model;
    npu_open(&model, NPU_MODEL);
    for (uint32_t i = 0; i < sizeof h->greedy / 4; i++) {
        uint8_t b[4];
        tnpu_set_u32(b, (uint32_t)damage_next(&h->seed));
        npu_write(&model, TNPU_MAP_FMEM + GREEDY_FMEM + 4 * i, b, 4);
        npu_write(&h->n, TNPU_MAP_FMEM + GREEDY_FMEM + 4 * i, b, 4);
    }
    uint8_t rows[SMALL_ROWS * 64];
    npu_read(&h->n, TNPU_MAP_WMEM, rows, sizeof rows);
    npu_write(&model, TNPU_MAP_WMEM, rows, sizeof rows);
    for (unsigned i = 0; i < sizeof greedy_program / sizeof *greedy_program; i++) {
        npu_insn(&model, GREEDY_PC + i, &greedy_program[i]);
        npu_insn(&h->n, GREEDY_PC + i, &greedy_program[i]);
    }
    npu_start(&model, GREEDY_PC, NPU_DONE | NPU_ERROR);
    npu_expect_no_error(&model);
    h->greedy_cycles = npu_get(&model, TNPU_REG_CYCLES);
    greedy_read(&(struct host){.n = model}, h->greedy);
    npu_close(&model);
}

static void same_result_where_ports_are_busy(void **state) {
    struct host *h = *state;
    load_greedy(h);
    h->pc = GREEDY_PC;
    uint64_t stalls = h->stalls;
    run_patterns(h, 8);
    assert_true(h->stalls > stalls + 100); // the host has had to take cycles
}

/// The next input written while a program runs, behind the rows that RELEASE gives free: here the
/// same one, byte by byte, over and over.
static void input_rewritten(void **state) {
    struct host *h = *state;
    uint8_t input[SMALL_INPUT];
    npu_read(&h->n, TNPU_MAP_FMEM, input, sizeof input);
    for (int i = 0; i < 20; i++) {
        npu_set(&h->n, TNPU_REG_IRQ_ENABLE, 0);
        npu_set(&h->n, TNPU_REG_IRQ, 15);
        npu_set(&h->n, TNPU_REG_START_PC, 0);
        assert_int_equal(tnpu_rtl_start(npu_rtl(&h->n), NULL), 0);
        while (npu_get(&h->n, TNPU_REG_STATUS) & NPU_BUSY) {
            size_t at = damage_below(&h->seed, sizeof input), n = 1 + damage_below(&h->seed, 9);
            if (n > sizeof input - at) n = sizeof input - at;
            npu_write(&h->n, TNPU_MAP_FMEM + (uint32_t)at, input + at, n);
        }
        small_expect(&h->n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_result_under_traffic),
                                       cmocka_unit_test(same_result_where_ports_are_busy),
                                       cmocka_unit_test(input_rewritten)};
    return cmocka_run_group_tests_name("npu_traffic", tests, setup, teardown);
}
