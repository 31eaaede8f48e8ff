// SPDX-License-Identifier: Apache-2.0
// The two ways of the C model against each other, with each set of vector kernels, on random
// programs: bytes, cycles, counters, and the costs told without a run. TNPU_TEST_COUNT programs a
// configuration from TNPU_TEST_SEED on; default 300 from 1.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_fixture.h"
#include "model_random.h"
#include "tnpu_fast.h"

enum { PROGRAM = 4 }; // instructions before END

struct log {
    uint64_t last_write, starts[PROGRAM + 1], ends[PROGRAM + 1];
    int insns;
    bool in_order;
    uint8_t *shadow; // feature memory, by what is said to be written
};

static void on_write(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t mask,
                     const int8_t *lanes) {
    struct log *log = ctx;
    log->in_order &= cycle > log->last_write && pc == log->insns && mask != 0;
    log->last_write = cycle;
    for (int c = 0; c < TNPU_MODEL_MAX_LANES; c++)
        if (mask >> c & 1) log->shadow[addr + (unsigned)c] = (uint8_t)lanes[c];
}

static void on_insn(void *ctx, int pc, uint64_t start, uint64_t end) {
    struct log *log = ctx;
    log->in_order &= pc == log->insns && (pc == PROGRAM || end == log->last_write);
    log->starts[log->insns] = start;
    log->ends[log->insns++] = end;
}

// Adds the cost of an instruction to the sum; returns its end after its dispatch.
static uint64_t sum_costs(const struct tnpu_config *cfg, const struct tnpu_insn *insn,
                          struct tnpu_counters *sum) {
    struct tnpu_insn_cost cost;
    assert_int_equal(tnpu_model_insn_cost(cfg, insn, &cost), 0);
    const uint64_t *from = (const uint64_t *)&cost.counters;
    uint64_t *to = (uint64_t *)sum;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++) to[i] += from[i];
    return cost.end;
}

static void same_counters(const struct tnpu_counters *a, const struct tnpu_counters *b) {
    assert_int_equal(a->cycles, b->cycles);
    assert_int_equal(a->macs, b->macs);
    assert_int_equal(a->fmem_reads, b->fmem_reads);
    assert_int_equal(a->fmem_writes, b->fmem_writes);
    assert_int_equal(a->wmem_reads, b->wmem_reads);
    assert_int_equal(a->stall_bank, b->stall_bank);
    assert_int_equal(a->stall_param, b->stall_param);
    assert_int_equal(a->stall_drain, b->stall_drain);
}

static void copy_memories(struct tnpu_model *to, struct tnpu_model *from) {
    memcpy(tnpu_model_fmem(to), tnpu_model_fmem(from), (size_t)from->cfg.fmem_bytes);
    memcpy(tnpu_model_wmem(to), tnpu_model_wmem(from),
           (size_t)from->cfg.wmem_rows * (size_t)from->cfg.lanes * TNPU_DOT);
    tnpu_model_write(to, TNPU_MAP_IMEM, tnpu_model_imem(from),
                     (size_t)from->cfg.imem_depth * TNPU_IWORDS * 4);
}

static void one_program(uint64_t *seed, struct tnpu_model *plain, struct tnpu_model *fast) {
    struct tnpu_counters costs = {.cycles = TNPU_CYC_BOOT};
    struct log log = {.in_order = true};
    uint64_t starts[PROGRAM + 1], ends[PROGRAM + 1];
    for (int i = 0; i <= PROGRAM; i++) {
        struct tnpu_insn insn = {.opcode = TNPU_OP_END};
        uint32_t words[TNPU_IWORDS];
        if (i < PROGRAM) model_random_insn(seed, plain, &insn);
        tnpu_encode(&insn, words);
        tnpu_model_write(plain, TNPU_MAP_IMEM + (uint32_t)i * sizeof words, words, sizeof words);
        starts[i] = costs.cycles;
        ends[i] = starts[i] + sum_costs(&plain->cfg, &insn, &costs);
    }
    copy_memories(fast, plain);
    size_t fmem_bytes = (size_t)plain->cfg.fmem_bytes;
    log.shadow = malloc(fmem_bytes);
    assert_non_null(log.shadow);
    memcpy(log.shadow, tnpu_model_fmem(plain), fmem_bytes);
    plain->plain = true;
    plain->trace = (struct tnpu_model_trace){&log, on_write, on_insn};
    assert_int_equal(tnpu_model_run(plain, 0), TNPU_MODEL_DONE);
    assert_int_equal(tnpu_model_run(fast, 0), TNPU_MODEL_DONE);
    assert_true(log.in_order);
    assert_int_equal(log.insns, PROGRAM + 1);
    assert_memory_equal(log.starts, starts, sizeof starts);
    assert_memory_equal(log.ends, ends, sizeof ends);
    same_counters(&plain->counters, &fast->counters);
    same_counters(&plain->counters, &costs);
    assert_int_equal(tnpu_model_reg(plain, TNPU_REG_LAST_START),
                     tnpu_model_reg(fast, TNPU_REG_LAST_START));
    assert_int_equal(tnpu_model_reg(plain, TNPU_REG_RELEASE),
                     tnpu_model_reg(fast, TNPU_REG_RELEASE));
    assert_memory_equal(tnpu_model_fmem(plain), tnpu_model_fmem(fast), fmem_bytes);
    assert_memory_equal(tnpu_model_fmem(plain), log.shadow, fmem_bytes);
    free(log.shadow);
}

static void programs(void **state) {
    const struct tnpu_config *cfg = &tnpu_configs[(intptr_t)*state];
    const char *count = getenv("TNPU_TEST_COUNT"), *first = getenv("TNPU_TEST_SEED");
    struct tnpu_model plain, fast;
    assert_int_equal(tnpu_model_init(&plain, cfg), 0);
    assert_int_equal(tnpu_model_init(&fast, cfg), 0);
    for (uint64_t i = 1, n = count ? strtoull(count, NULL, 0) : 300; i <= n; i++) {
        uint64_t seed = (first ? strtoull(first, NULL, 0) : 1) * 1000003 + i;
        if (i % 16 == 1) model_random_memories(&seed, &plain);
        const struct tnpu_kernels *kernels = tnpu_kernels_nth((int)(i % 3));
        fast.state->kernels = kernels ? kernels : tnpu_kernels_nth(0);
        one_program(&seed, &plain, &fast);
    }
    tnpu_model_free(&plain);
    tnpu_model_free(&fast);
}

// A pointwise convolution whose output trails its input: fast as long as no read comes after a
// write
static void where_time_matters(void **state) {
    (void)state;
    const struct tnpu_config *cfg = tnpu_config_find("t256");
    const struct {
        int out_base, out_c, order, fast;
    } row[] = {{8192, 32, 0, 1},      {4096 - 32, 16, 0, 1},      {4096, 16, 0, 1},
               {4096 + 32, 16, 0, 0}, {4096, 32, 0, 0},           {4096, 32, 1, 0},
               {4096 - 32, 32, 1, 0}, {4096 - 15 * 32, 32, 1, 0}, {4096 - 16 * 32, 32, 1, 1}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct tnpu_insn f = blank(TNPU_OP_CONV);
        struct tnpu_job job;
        f.in_base = 4096;
        f.in_h = f.out_h = 8;
        f.out_w = 16;
        f.nchunk = 2;
        f.stride_y = f.in_wystep = 1;
        f.in_wb = f.in_row = f.out_row = 512;
        f.in_xstep = f.in_wxstep = f.out_pix = 32;
        f.tile = 16;
        f.out_base = row[i].out_base;
        f.out_c = row[i].out_c;
        f.order = row[i].order;
        tnpu_job_init(&job, cfg, &f);
        assert_int_equal(tnpu_fast_block(&job) > 0, row[i].fast);
    }
    for (int gap = -1; gap <= 0;
         gap++) { // a depthwise convolution writes into its input's last byte, or behind it
        struct tnpu_insn f = blank(TNPU_OP_DWCONV);
        struct tnpu_job job;
        f.in_h = f.in_w = 3;
        f.stride_y = 1;
        f.in_xstep = 48;
        f.in_row = 144;
        f.out_c = 17;
        f.out_base = 2 * 144 + 2 * 48 + 32 + gap;
        tnpu_job_init(&job, cfg, &f);
        assert_int_equal(tnpu_fast_block(&job) > 0, gap == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(programs, (void *)0),
        cmocka_unit_test_prestate(programs, (void *)1),
        cmocka_unit_test_prestate(programs, (void *)2),
        cmocka_unit_test_prestate(programs, (void *)3),
        cmocka_unit_test(where_time_matters),
    };
    return cmocka_run_group_tests_name("model_fast", tests, NULL, NULL);
}
