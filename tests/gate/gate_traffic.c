// SPDX-License-Identifier: Apache-2.0
// A host that does not leave a running program alone.
#include "gate_traffic.h"

#include "fuzz_bench.h"
#include "tnpu_isa.h"
#include "tnpu_spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Clock cycles a program may take for each of the model's, and a start.
enum { SLOWEST = 20, START = 2000, INSN_CYCLES = 3000 };

/// Of each memory, from its beginning on: more than a busy program reads.
enum { SMALL_BYTES = 8192 };

/// Programs that leave the host no cycle, behind the fuzzer's: of random numbers, and of small ones
/// that are not scaled.
enum { BUSY = 4 };

struct traffic {
    struct fuzz_bench bench;
    struct fuzz_cover cover;
    struct fuzz_rng rng;
    struct gate_traffic *result;
    uint8_t *written; ///< words of feature memory that the program writes
};

static void differ(struct traffic *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differ(struct traffic *t, const char *fmt, ...) {
    if (!t->result->same) return;
    t->result->same = false;
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->result->text, sizeof t->result->text, fmt, args);
    va_end(args);
}

static void on_write(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t mask,
                     const int8_t *lanes) {
    struct traffic *t = ctx;
    (void)pc, (void)cycle, (void)lanes;
    for (uint32_t c = 0; c < (uint32_t)t->bench.config->lanes; c++)
        if (mask >> c & 1) t->written[(addr + c) / 4] = 1;
}

/// The memory behind a region of the map, and its words.
static const uint8_t *memory(struct traffic *t, uint32_t map, uint32_t *words) {
    struct tnpu_model *m = &t->bench.model;
    if (map == TNPU_MAP_IMEM) {
        *words = (uint32_t)m->cfg.imem_depth * TNPU_IWORDS;
        return tnpu_model_imem(m);
    }
    *words = (uint32_t)(map == TNPU_MAP_FMEM ? m->cfg.fmem_bytes
                                             : m->cfg.wmem_rows * m->cfg.lanes * TNPU_DOT) /
             4;
    return map == TNPU_MAP_FMEM ? tnpu_model_fmem(m) : tnpu_model_wmem(m);
}

/// One access of a word that the program does not change: a read that must give it, or a write of
/// what is there.
static void access(struct traffic *t) {
    static const uint32_t maps[] = {TNPU_MAP_FMEM, TNPU_MAP_FMEM, TNPU_MAP_WMEM, TNPU_MAP_IMEM};
    static const uint8_t strobes[][2] = {{0, 4}, {0, 1}, {3, 1},
                                         {1, 2}, {0, 2}, {2, 2}}; // first byte, bytes
    uint32_t map = maps[fuzz_in(&t->rng, 0, 3)], words;
    const uint8_t *m = memory(t, map, &words);
    uint32_t word = (uint32_t)fuzz_in(&t->rng, 0, (int64_t)words - 1), at = map + 4 * word;
    struct tnpu_error e;
    if (map == TNPU_MAP_FMEM && t->written[word]) return;
    if (fuzz_chance(&t->rng, 40)) {
        const uint8_t *s = strobes[fuzz_in(&t->rng, 0, 5)];
        if (tnpu_rtl_write(t->bench.rtl, at + s[0], m + 4 * word + s[0], s[1], &e))
            differ(t, "%s", e.text);
        t->result->writes++;
        return;
    }
    uint8_t got[4];
    if (tnpu_rtl_read(t->bench.rtl, at, got, sizeof got, &e))
        differ(t, "%s", e.text);
    else if (memcmp(got, m + 4 * word, sizeof got))
        differ(t, "read of 0x%06x during a run", (unsigned)at);
    t->result->reads++;
}

/// The RTL's run, with accesses in bursts and pauses between them.
static void run(struct traffic *t, uint32_t start_pc) {
    struct tnpu_rtl *rtl = t->bench.rtl;
    struct tnpu_error e;
    uint64_t limit = tnpu_rtl_cycle(rtl);
    if (tnpu_rtl_write_reg(rtl, TNPU_REG_IRQ, 15, &e) ||
        tnpu_rtl_write_reg(rtl, TNPU_REG_START_PC, start_pc, &e) || tnpu_rtl_start(rtl, &e)) {
        differ(t, "%s", e.text);
        return;
    }
    limit = t->bench.model.counters.cycles * SLOWEST + START;
    for (uint64_t spent = 0; t->result->same; spent++) {
        int r = tnpu_rtl_run(
            rtl, (uint64_t)(fuzz_chance(&t->rng, 70) ? 0 : fuzz_in(&t->rng, 1, 40)), &e);
        if (r < 0) differ(t, "%s", e.text);
        if (r) return;
        if (spent > limit) differ(t, "RTL hangs while the host accesses memory");
        access(t);
    }
}

/// Results and counters after END.
static void compare(struct traffic *t) {
    static const enum tnpu_reg same[] = {
        TNPU_REG_STATUS,      TNPU_REG_ERROR,       TNPU_REG_MACS,       TNPU_REG_MACS_HI,
        TNPU_REG_FMEM_READS,  TNPU_REG_FMEM_WRITES, TNPU_REG_WMEM_READS, TNPU_REG_STALL_BANK,
        TNPU_REG_STALL_PARAM, TNPU_REG_STALL_DRAIN, TNPU_REG_ARG,        TNPU_REG_RELEASE};
    struct tnpu_rtl *rtl = t->bench.rtl;
    struct tnpu_model *m = &t->bench.model;
    struct tnpu_error e;
    uint32_t v = 0, cycles = 0, stalls = 0;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (tnpu_rtl_read_reg(rtl, same[i], &v, &e) || v != tnpu_model_reg(m, same[i]))
            differ(t, "register 0x%02x after a run under host accesses: model 0x%08x, RTL 0x%08x",
                   (unsigned)same[i], (unsigned)tnpu_model_reg(m, same[i]), (unsigned)v);
    if (tnpu_rtl_read_reg(rtl, TNPU_REG_CYCLES, &cycles, &e) ||
        tnpu_rtl_read_reg(rtl, TNPU_REG_STALL_HOST, &stalls, &e) ||
        cycles - stalls != tnpu_model_reg(m, TNPU_REG_CYCLES))
        differ(t, "CYCLES %u, STALL_HOST %u; the model's cycles: %u", (unsigned)cycles,
               (unsigned)stalls, (unsigned)tnpu_model_reg(m, TNPU_REG_CYCLES));
    t->result->cycles += cycles;
    t->result->stalls += stalls;
    uint32_t words;
    const uint8_t *fmem = memory(t, TNPU_MAP_FMEM, &words);
    for (uint32_t w = 0; w < words && t->result->same; w++) {
        uint8_t got[4];
        if (!t->written[w] && fuzz_in(&t->rng, 0, 63))
            continue; // of what the program did not write, a sample
        if (tnpu_rtl_read(rtl, TNPU_MAP_FMEM + 4 * w, got, 4, &e))
            differ(t, "%s", e.text);
        else if (memcmp(got, fmem + 4 * w, 4))
            differ(t, "feature memory 0x%05x after a run under host accesses", (unsigned)(4 * w));
    }
}

/// Loads a program without its halts and long instructions. Returns whether anything is left.
static bool load(struct traffic *t, struct fuzz_program *p) {
    struct fuzz_bench *b = &t->bench;
    bool any = false;
    for (int n = p->count - 1; n >= 0; n--) {
        struct tnpu_insn i;
        tnpu_decode(p->insns[n].words, &i);
        bool keep = i.opcode == TNPU_OP_END || i.opcode == TNPU_OP_EVENT ||
                    (fuzz_is_compute(i.opcode) && fuzz_cost(&i, b->config) <= INSN_CYCLES);
        any |= keep && fuzz_is_compute(i.opcode);
        if (!keep) fuzz_remove_insn(p, n);
    }
    for (int n = 0; n < p->count; n++) {
        const struct fuzz_insn *f = &p->insns[n];
        uint32_t at = TNPU_MAP_IMEM + 4 * TNPU_IWORDS * (p->start_pc + (uint32_t)n);
        struct tnpu_insn i;
        tnpu_decode(f->words, &i);
        tnpu_model_write(&b->model, at, f->words, sizeof f->words);
        tnpu_rtl_write(b->rtl, at, f->words, sizeof f->words,
                       NULL); // one that is not taken shows soon enough
        fuzz_bench_data(b, &i, f->data_seed);
    }
    return any;
}

/// Weights and features of -1, 0 and 1, so that a sum of their products fits into a byte, and one
/// that is wrong by one is seen.
static void make_small(struct traffic *t) {
    static const uint32_t maps[] = {TNPU_MAP_FMEM, TNPU_MAP_WMEM};
    for (int m = 0; m < 2; m++)
        for (uint32_t at = maps[m]; at < maps[m] + SMALL_BYTES; at += 4) {
            uint8_t word[4];
            for (int i = 0; i < 4; i++) word[i] = (uint8_t)fuzz_in(&t->rng, -1, 1);
            tnpu_model_write(&t->bench.model, at, word, sizeof word);
            tnpu_rtl_write(t->bench.rtl, at, word, sizeof word, NULL); // as in load
        }
}

/// Runs a program on the model, and on the RTL under accesses. Returns whether there is anything in
/// it to run.
static bool run_program(struct traffic *t, struct fuzz_program *p, bool small) {
    if (!load(t, p)) return false;
    if (small) make_small(t);
    memset(t->written, 0, (size_t)t->bench.config->fmem_bytes / 4);
    t->bench.model.trace = (struct tnpu_model_trace){.ctx = t, .write = on_write};
    tnpu_model_run(&t->bench.model, p->start_pc);
    run(t, p->start_pc);
    compare(t);
    return true;
}

/// A convolution that reads both banks in every cycle: the host's reads have to freeze it, and what
/// it has just read is kept.
static void draw_busy(struct fuzz_rng *rng, const struct tnpu_config *config, bool small,
                      struct fuzz_program *p) {
    enum { CHUNKS = 16, PIXELS = 16, ROWS = 4, BANK = 16 };
    const struct tnpu_insn insn = {.opcode = TNPU_OP_CONV,
                                   .requant = !small,
                                   .in_base = BANK / 2,
                                   .in_row = (CHUNKS + PIXELS) * TNPU_DOT,
                                   .in_wb = (CHUNKS + PIXELS) * TNPU_DOT,
                                   .in_h = ROWS,
                                   .stride_y = 1,
                                   .in_wystep = 1,
                                   .in_wxstep = TNPU_DOT,
                                   .kh = 1,
                                   .kw = 1,
                                   .nchunk = CHUNKS,
                                   .tile = TNPU_TILE,
                                   .pool_h = 1,
                                   .pool_w = 1,
                                   .out_c = config->lanes,
                                   .out_base = 0x4000,
                                   .out_row = PIXELS * config->lanes,
                                   .out_pix = config->lanes,
                                   .out_h = ROWS,
                                   .out_w = PIXELS,
                                   .act_min = -128,
                                   .act_max = 127};
    *p = (struct fuzz_program){.config = config, .kind = FUZZ_VALID, .count = 2, .stop_at = -1};
    tnpu_encode(&insn, p->insns[0].words);
    p->insns[0].data_seed = fuzz_next(rng);
    tnpu_encode(&(struct tnpu_insn){.opcode = TNPU_OP_END}, p->insns[1].words);
}

static void run_programs(struct traffic *t, int count, int seed) {
    const uint32_t stops = 1U << TNPU_REG_IRQ_DONE_LSB | 1U << TNPU_REG_IRQ_ERROR_LSB;
    struct tnpu_error e;
    if (tnpu_rtl_write_reg(t->bench.rtl, TNPU_REG_IRQ_ENABLE, stops, &e)) differ(t, "%s", e.text);
    for (int n = 0, ran = 0; ran < count && t->result->same; n++) {
        struct fuzz_program p;
        t->rng.state = fuzz_mix((uint64_t)seed << 32 | (uint32_t)n);
        fuzz_draw_program(&t->rng, &t->cover, &p);
        if (p.kind == FUZZ_VALID && run_program(t, &p, false)) ran++;
    }
    for (int n = 0; n < BUSY && t->result->same; n++) {
        struct fuzz_program p;
        const bool small = n % 2 == 1;
        draw_busy(&t->rng, t->bench.config, small, &p);
        if (!run_program(t, &p, small)) differ(t, "the busy program cannot be run");
    }
}

/// Instruction memory as the model has it, so that words no program has written can be read.
static int clear_imem(struct traffic *t, struct tnpu_error *e) {
    uint32_t words;
    const uint8_t *imem = memory(t, TNPU_MAP_IMEM, &words);
    return tnpu_rtl_write(t->bench.rtl, TNPU_MAP_IMEM, imem, 4 * (size_t)words, e);
}

int gate_traffic(const char *config, int count, int seed, struct gate_traffic *result,
                 struct tnpu_error *e) {
    const struct tnpu_config *c = tnpu_config_find(config);
    if (!c) return tnpu_fail(e, "%s: no such configuration; see docs/instructions.md", config);
    *result = (struct gate_traffic){.same = true};
    struct traffic *t = calloc(1, sizeof *t);
    uint8_t *written = calloc((size_t)c->fmem_bytes / 4, 1);
    int r = -1;
    if (!t || !written)
        tnpu_fail(e, "%s: out of memory", config);
    else if (fuzz_cover_init(&t->cover, c))
        tnpu_fail(e, "coverage bins are missing: run scripts/gen");
    else if (!fuzz_bench_open(&t->bench, c, true, e)) {
        t->written = written;
        t->result = result;
        r = clear_imem(t, e);
        if (!r) run_programs(t, count, seed);
        fuzz_bench_close(&t->bench);
    }
    free(written);
    free(t);
    return r;
}
