// SPDX-License-Identifier: Apache-2.0
// Memories filled and restored, a program run everywhere, results compared.
#include "fuzz_bench.h"

#include "tnpu_isa.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Word `n` of a memory as it is where no program put anything.
static uint32_t background(uint32_t map, uint32_t n) {
    return (uint32_t)fuzz_mix(((uint64_t)map << 32 | n) * 0x9E3779B97F4A7C15u);
}

static uint32_t wmem_bytes(const struct tnpu_config *c) {
    return (uint32_t)(c->wmem_rows * c->lanes * TNPU_DOT);
}

static uint8_t *memory(struct tnpu_model *m, uint32_t map) {
    return map == TNPU_MAP_FMEM ? tnpu_model_fmem(m) : tnpu_model_wmem(m);
}

static int write_all(struct fuzz_bench *b, uint32_t map, uint32_t offset, const void *bytes,
                     size_t n, struct tnpu_error *e) {
    memcpy(memory(&b->model, map) + offset, bytes, n);
    memcpy(memory(&b->fast, map) + offset, bytes, n);
    return b->rtl ? tnpu_rtl_write(b->rtl, map + offset, bytes, n, e) : 0;
}

static int fill(struct fuzz_bench *b, uint32_t map, uint32_t bytes, struct tnpu_error *e) {
    for (uint32_t w = 0; w < bytes / 4; w++) {
        uint32_t word = background(map, w);
        if (write_all(b, map, 4 * w, &word, 4, e)) return -1;
    }
    return 0;
}

int fuzz_bench_open(struct fuzz_bench *b, const struct tnpu_config *config, bool with_rtl,
                    struct tnpu_error *e) {
    *b = (struct fuzz_bench){.config = config};
    b->fmem_dirty = calloc((size_t)config->fmem_bytes / 4, 1);
    b->wmem_dirty = calloc(wmem_bytes(config) / 4, 1);
    bool models = !tnpu_model_init(&b->model, config) && !tnpu_model_init(&b->fast, config);
    if (models) b->model.plain = true;
    bool room = b->fmem_dirty && b->wmem_dirty && models;
    if (!room) tnpu_fail(e, "%s: out of memory", config->name);
    if (room && with_rtl) room = (b->rtl = tnpu_rtl_open(config->name, e)) != NULL;
    if (room && !fill(b, TNPU_MAP_FMEM, (uint32_t)config->fmem_bytes, e) &&
        !fill(b, TNPU_MAP_WMEM, wmem_bytes(config), e))
        return 0;
    fuzz_bench_close(b);
    return -1;
}

void fuzz_bench_close(struct fuzz_bench *b) {
    tnpu_model_free(&b->model);
    tnpu_model_free(&b->fast);
    tnpu_rtl_close(b->rtl);
    free(b->fmem_dirty);
    free(b->wmem_dirty);
}

static void mark(struct fuzz_bench *b, uint32_t map, int64_t offset, int64_t n) {
    uint8_t *dirty = map == TNPU_MAP_FMEM ? b->fmem_dirty : b->wmem_dirty;
    memset(dirty + offset / 4, 1, (size_t)((offset + n - 1) / 4 - offset / 4 + 1));
}

void fuzz_bench_poke(struct fuzz_bench *b, uint32_t map, uint32_t offset, const void *bytes,
                     size_t n) {
    if (n == 0) return;
    // a host port that does not take it shows as a difference soon enough
    write_all(b, map, offset, bytes, n, NULL);
    mark(b, map, offset, (int64_t)n);
}

static int restore(struct fuzz_bench *b, uint32_t map, uint8_t *dirty, uint32_t bytes,
                   struct tnpu_error *e) {
    for (uint32_t w = 0; w < bytes / 4; w++) {
        if (!dirty[w]) continue;
        uint32_t word = background(map, w);
        if (write_all(b, map, 4 * w, &word, 4, e)) return -1;
        dirty[w] = 0;
    }
    return 0;
}

static int load(struct fuzz_bench *b, const struct fuzz_program *p, struct tnpu_error *e) {
    if (restore(b, TNPU_MAP_FMEM, b->fmem_dirty, (uint32_t)b->config->fmem_bytes, e) ||
        restore(b, TNPU_MAP_WMEM, b->wmem_dirty, wmem_bytes(b->config), e))
        return -1;
    for (int n = 0; n < p->count; n++) {
        const struct fuzz_insn *f = &p->insns[n];
        uint32_t at = TNPU_MAP_IMEM + 4 * TNPU_IWORDS * (p->start_pc + (uint32_t)n);
        tnpu_model_write(&b->model, at, f->words, sizeof f->words);
        tnpu_model_write(&b->fast, at, f->words, sizeof f->words);
        if (b->rtl && tnpu_rtl_write(b->rtl, at, f->words, sizeof f->words, e)) return -1;
        if (tnpu_isa_check(f->words, b->config) != TNPU_HW_NONE) continue;
        struct tnpu_insn i;
        tnpu_decode(f->words, &i);
        fuzz_bench_data(b, &i, f->data_seed);
        for (int oy = 0; oy < i.out_h && fuzz_is_compute(i.opcode); oy++) // it will write there
            for (int ox = 0; ox < i.out_w; ox++)
                mark(b, TNPU_MAP_FMEM,
                     i.out_base + (int64_t)oy * i.out_row + (int64_t)ox * i.out_pix, i.out_c);
    }
    uint32_t stop = p->stop_at < 0
                        ? 0
                        : 1u << TNPU_REG_STOP_AT_ENABLE_LSB | (p->start_pc + (uint32_t)p->stop_at);
    tnpu_model_set_reg(&b->model, TNPU_REG_STOP_AT, stop);
    tnpu_model_set_reg(&b->fast, TNPU_REG_STOP_AT, stop);
    return b->rtl ? tnpu_rtl_write_reg(b->rtl, TNPU_REG_STOP_AT, stop, e) : 0;
}

enum tnpu_hw_error fuzz_expected(const struct fuzz_program *p) {
    for (int n = 0; n < p->count; n++) {
        enum tnpu_hw_error error = tnpu_isa_check(p->insns[n].words, p->config);
        if (error != TNPU_HW_NONE) return error;
        if ((p->insns[n].words[0] & 0xFF) == TNPU_OP_END) return TNPU_HW_NONE;
    }
    return TNPU_HW_PC_RANGE;
}

/// Counts what the lockstep comparison counts where there is an RTL to compare with.
static void count_write(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t mask,
                        const int8_t *lanes) {
    (void)pc, (void)cycle, (void)addr;
    struct tnpu_lockstep_result *result = ctx;
    result->writes++;
    for (; mask; mask >>= 1, lanes++)
        result->saturated += mask & 1 && (*lanes == INT8_MIN || *lanes == INT8_MAX);
}

static int run_model(struct tnpu_model *m, uint32_t start_pc) {
    tnpu_model_set_reg(m, TNPU_REG_IRQ, 15);
    int r = tnpu_model_run(m, start_pc);
    while (r == TNPU_MODEL_HALTED) r = tnpu_model_resume(m);
    return r < 0 ? -r : 0;
}

static void differ(struct tnpu_lockstep_result *result, const char *what, uint64_t a, uint64_t b) {
    if (!result->same) return;
    result->same = false;
    snprintf(result->text, sizeof result->text, "%s: %" PRIu64 " and %" PRIu64, what, a, b);
}

/// The model at full speed against the model walked plainly.
static void compare_models(struct fuzz_bench *b, struct tnpu_lockstep_result *result) {
    const uint8_t *plain = tnpu_model_fmem(&b->model), *fast = tnpu_model_fmem(&b->fast);
    for (int i = 0; i < b->config->fmem_bytes && memcmp(plain, fast, (size_t)b->config->fmem_bytes);
         i++)
        if (plain[i] != fast[i]) {
            char what[100];
            snprintf(what, sizeof what,
                     "feature memory 0x%05x of the model walked plainly and at full speed",
                     (unsigned)i);
            differ(result, what, plain[i], fast[i]);
            break;
        }
    for (int i = 0; i < TNPU_NUM_REGS; i++) {
        uint32_t offset = tnpu_regs[i].offset, ignore = 0;
        if (offset == TNPU_REG_IRQ_ENABLE) continue; // the lockstep run sets it
        if (offset == TNPU_REG_IRQ) ignore = 1u << TNPU_REG_IRQ_HALT_LSB; // and clears this one
        char what[100];
        snprintf(what, sizeof what, "register %s of the model walked plainly and at full speed",
                 tnpu_regs[i].name);
        uint32_t p = tnpu_model_reg(&b->model, offset) & ~ignore,
                 f = tnpu_model_reg(&b->fast, offset) & ~ignore;
        if (p != f) differ(result, what, p, f);
    }
}

/// The shortest program there is, after an abort: the core is as usable as before.
static int run_after_abort(struct fuzz_bench *b, struct tnpu_lockstep_result *result,
                           struct tnpu_error *e) {
    static const struct tnpu_insn insns[] = {{.opcode = TNPU_OP_EVENT, .arg = 1},
                                             {.opcode = TNPU_OP_END}};
    struct fuzz_program p = {.config = b->config, .kind = FUZZ_VALID, .count = 2, .stop_at = -1};
    for (int n = 0; n < p.count; n++) tnpu_encode(&insns[n], p.insns[n].words);
    struct tnpu_lockstep_result aborted = *result;
    int r = fuzz_bench_run(b, &p, false, NULL, result, e);
    if (result->same) *result = aborted;
    return r;
}

int fuzz_bench_run(struct fuzz_bench *b, const struct fuzz_program *p, bool whole, const char *wave,
                   struct tnpu_lockstep_result *result, struct tnpu_error *e) {
    *result = (struct tnpu_lockstep_result){.same = true};
    if (load(b, p, e)) return -1;
    enum tnpu_hw_error expected = fuzz_expected(p);
    int got = run_model(&b->fast, p->start_pc);
    if (got != (int)expected) {
        differ(result, "error that the rules give, and that the model gives", expected,
               (uint64_t)got);
        return 0;
    }
    uint64_t cycles = b->fast.counters.cycles;
    uint64_t disturb = 1 + (cycles > 2 ? cycles - 2 : 0) * (uint64_t)p->disturb_percent / 100;
    if (b->rtl) {
        struct tnpu_lockstep job = {.model = &b->model,
                                    .rtl = b->rtl,
                                    .start_pc = p->start_pc,
                                    .written_only = !whole,
                                    .wave_file = wave,
                                    .wave_to = UINT64_MAX,
                                    .abort_at = p->kind == FUZZ_ABORT ? disturb : 0,
                                    .start_again_at = p->kind == FUZZ_START_AGAIN ? disturb : 0};
        if (tnpu_lockstep_run(&job, result, e)) return -1;
    } else {
        b->model.trace = (struct tnpu_model_trace){.ctx = result, .write = count_write};
        run_model(&b->model, p->start_pc);
        b->model.trace = (struct tnpu_model_trace){0};
        result->cycles = cycles;
        result->error = tnpu_model_reg(&b->model, TNPU_REG_ERROR);
    }
    b->counters = b->fast.counters;
    compare_models(b, result);
    return p->kind == FUZZ_ABORT && result->same ? run_after_abort(b, result, e) : 0;
}
