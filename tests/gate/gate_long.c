// SPDX-License-Identifier: Apache-2.0
// Long kernels, much in flight, and much counted: each byte of two weight rows by itself, sums of
// which every bit shows, loops of one more than a power of two, as many parameter slots in use as
// there can be, and runs whose stalls are counted by the hundred and by the thousand.
#include "gate_parts.h"

#include "fuzz_program.h"
#include "tnpu_isa.h"
#include "tnpu_spec.h"

enum {
    TILES_MAX = 16, // channel tiles: parameter slots
    PIXELS = 4,
    X_BASE = 0,
    Y_BASE = 0x1000,
    EDGE = 96, // of the picture that is added to itself
    LOOP_CYCLES = 1200,
};

/// An instruction over single pixels, a stride and a kernel of one, that writes what comes out.
static struct tnpu_insn plain(enum tnpu_opcode opcode) {
    return (struct tnpu_insn){.opcode = opcode,
                              .in_base = X_BASE,
                              .in_h = 1,
                              .stride_y = 1,
                              .in_wystep = 1,
                              .kh = 1,
                              .kw = 1,
                              .nchunk = 1,
                              .tile = 1,
                              .pool_h = 1,
                              .pool_w = 1,
                              .out_base = Y_BASE,
                              .out_h = 1,
                              .out_w = 1,
                              .act_min = -128,
                              .act_max = 127};
}

static void fill(struct gate_vectors *v, struct fuzz_rng *rng, uint32_t at, int bytes) {
    for (uint32_t end = at + (uint32_t)bytes; at < end; at += 4)
        gate_write(v, at, (uint32_t)fuzz_next(rng), 15);
}

/// A depthwise kernel of two weight rows over a single pixel of ones: each result is one weight.
static void taps(struct gate_vectors *v, struct fuzz_rng *rng) {
    enum { ROWS = 4, COLUMNS = 2 * TNPU_DOT / ROWS };
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "taps");
    for (int at = 0; at < lanes; at += 4)
        gate_write(v, TNPU_MAP_FMEM + X_BASE + (uint32_t)at, 0x01010101, 15);
    fill(v, rng, TNPU_MAP_WMEM, 2 * lanes * TNPU_DOT);
    struct tnpu_insn insn = plain(TNPU_OP_DWTAP);
    insn.in_row = lanes;
    insn.in_wb = lanes;
    insn.in_wxstep = lanes;
    insn.pad_y = ROWS - 1;
    insn.pad_xb = (COLUMNS - 1) * lanes;
    insn.dil_y = 1;
    insn.kxstep = lanes;
    insn.kh = ROWS;
    insn.kw = COLUMNS;
    insn.tile = TNPU_TILE;
    insn.out_c = lanes;
    insn.out_row = COLUMNS * lanes;
    insn.out_pix = lanes;
    insn.out_h = ROWS;
    insn.out_w = COLUMNS;
    gate_run_insn(v, &insn);
}

/// Bytes of -1, 0 and 1.
static void fill_small(struct gate_vectors *v, struct fuzz_rng *rng, uint32_t at, int bytes) {
    for (uint32_t end = at + (uint32_t)bytes; at < end; at += 4) {
        uint32_t word = 0;
        for (int i = 0; i < 4; i++) word = word << 8 | ((uint32_t)fuzz_in(rng, -1, 1) & 0xFF);
        gate_write(v, at, word, 15);
    }
}

/// Sums of 144 small products, not scaled: an accumulator that is wrong by one is seen. Its kernel
/// is held up in the middle by reads of the second operand, than which nothing is larger.
static void exact(struct gate_vectors *v, struct fuzz_rng *rng) {
    enum { K = 3, IN = 8, OUT = IN - K + 1, RES_BASE = 0x2000 };
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "exact sums");
    fill_small(v, rng, TNPU_MAP_FMEM + X_BASE, IN * IN * TNPU_DOT);
    fill_small(v, rng, TNPU_MAP_WMEM, K * K * lanes * TNPU_DOT);
    for (int i = 0; i < OUT * OUT * lanes; i += 4)
        gate_write(v, TNPU_MAP_FMEM + RES_BASE + (uint32_t)i, 0x7F7F7F7F, 15);
    for (int tile = 1; tile <= TNPU_TILE; tile *= 4) {
        struct tnpu_insn insn = plain(TNPU_OP_CONV);
        insn.res_mode = 6; // MIN
        insn.res_base = RES_BASE;
        insn.res_row = OUT * lanes;
        insn.res_pix = lanes;
        insn.in_row = IN * TNPU_DOT;
        insn.in_wb = IN * TNPU_DOT;
        insn.in_h = IN;
        insn.in_wxstep = TNPU_DOT;
        insn.dil_y = 1;
        insn.kxstep = TNPU_DOT;
        insn.kh = K;
        insn.kw = K;
        insn.tile = tile;
        insn.out_c = lanes;
        insn.out_row = OUT * lanes;
        insn.out_pix = lanes;
        insn.out_h = OUT;
        insn.out_w = OUT;
        gate_run_insn(v, &insn);
    }
}

/// Each count of a loop at one more than each power of two, in every instruction that has it. All
/// steps are zero, so that no count leads out of memory.
static void loops(struct gate_vectors *v, struct fuzz_rng *rng) {
    static const enum tnpu_field counts[] = {TNPU_F_KH,     TNPU_F_KW,    TNPU_F_NCHUNK,
                                             TNPU_F_TILE,   TNPU_F_OUT_H, TNPU_F_OUT_W,
                                             TNPU_F_POOL_H, TNPU_F_POOL_W};
    const struct tnpu_config *config = tnpu_config_find(v->model->cfg.name);
    const int lanes = config->lanes;
    gate_program(v, "loops");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, 2 * TNPU_DOT);
    for (int op = 0; op < TNPU_NUM_OPCODES; op++) {
        if (!fuzz_is_compute(tnpu_opcodes[op].code)) continue;
        struct tnpu_insn insn = plain(tnpu_opcodes[op].code);
        insn.in_row = insn.in_wb = lanes > TNPU_DOT ? lanes : TNPU_DOT;
        insn.out_c = lanes;
        for (size_t f = 0; f < sizeof counts / sizeof counts[0]; f++) {
            if (!(tnpu_opcodes[op].fields >> counts[f] & 1)) continue;
            for (int bit = 0; bit < tnpu_fields[counts[f]].width; bit++) {
                uint32_t words[TNPU_IWORDS];
                struct tnpu_insn long_one;
                tnpu_encode(&insn, words);
                fuzz_force(words, counts[f], 1u << bit);
                tnpu_decode(words, &long_one);
                if (!tnpu_isa_check(words, config) && fuzz_cost(&long_one, config) <= LOOP_CYCLES)
                    gate_run_insn(v, &long_one);
            }
        }
    }
}

/// As many channels as there can be, and then few.
static void channels(struct gate_vectors *v, struct fuzz_rng *rng) {
    enum { CHANNELS = 4096 };
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "channels");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, CHANNELS);
    for (int i = 0; i < 2; i++) {
        const int n = i == 0 ? CHANNELS : 2 * lanes;
        struct tnpu_insn insn = plain(TNPU_OP_COPY);
        insn.in_row = n;
        insn.in_wb = n;
        insn.out_c = n;
        insn.out_base = 2 * Y_BASE;
        gate_run_insn(v, &insn);
    }
}

/// Channel tile after channel tile of a single pixel, two cycles each: many are between the read of
/// their parameters and the last use of them. Around the last pixel the first tile comes again.
static void slots(struct gate_vectors *v, struct fuzz_rng *rng) {
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "parameter slots");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, PIXELS * TNPU_DOT);
    fill(v, rng, TNPU_MAP_WMEM, 2 * TILES_MAX * lanes * TNPU_DOT);
    for (int i = 0; i < TILES_MAX * lanes; i++) { // in place of random ones: constants that show
        uint32_t row = (uint32_t)(2 * (i / lanes) * lanes + i % lanes);
        uint32_t at = TNPU_MAP_WMEM + row * TNPU_DOT;
        gate_write(v, at, (uint32_t)fuzz_in(rng, -4000, 4000), 15);      // bias
        gate_write(v, at + 4, (uint32_t)fuzz_in(rng, -4000, 4000), 15);  // post
        gate_write(v, at + 8, (uint32_t)fuzz_in(rng, 1, 1 << 30), 15);   // mult
        gate_write(v, at + 12, (uint32_t)fuzz_in(rng, -6, 0) & 0xFF, 1); // shift
    }
    for (int tiles = 1; tiles <= TILES_MAX; tiles++) {
        struct tnpu_insn insn = plain(TNPU_OP_CONV);
        insn.requant = 1;
        insn.order = 1;
        insn.in_row = PIXELS * TNPU_DOT;
        insn.in_wb = PIXELS * TNPU_DOT;
        insn.in_wxstep = TNPU_DOT;
        insn.out_c = tiles * lanes;
        insn.out_pix = tiles * lanes;
        insn.out_w = PIXELS;
        gate_run_insn(v, &insn);
        if (tiles < TILES_MAX) continue;
        insn.in_wxstep = 0; // the same pixel many times: the stalls have a third digit
        insn.out_w = 32 * PIXELS;
        gate_run_insn(v, &insn);
    }
}

/// A picture added to itself, in place: both operands of a pixel are in one bank, and the
/// multiplier works four times.
static void counters(struct gate_vectors *v, struct fuzz_rng *rng) {
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "counters");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, EDGE * EDGE * lanes);
    fill(v, rng, TNPU_MAP_WMEM, lanes * TNPU_DOT);
    struct tnpu_insn insn = plain(TNPU_OP_ELTWISE);
    insn.res_mode = 2; // ADD
    insn.in_row = EDGE * lanes;
    insn.in_wb = EDGE * lanes;
    insn.in_h = EDGE;
    insn.in_wxstep = lanes;
    insn.res_base = X_BASE;
    insn.res_row = EDGE * lanes;
    insn.res_pix = lanes;
    insn.out_c = lanes;
    insn.out_base = X_BASE;
    insn.out_row = EDGE * lanes;
    insn.out_pix = lanes;
    insn.out_h = EDGE;
    insn.out_w = EDGE;
    gate_run_insn(v, &insn);
}

void gate_long(struct gate_vectors *v, struct fuzz_rng *rng) {
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    for (int i = 0; i < 2; i++) taps(v, rng);
    exact(v, rng);
    loops(v, rng);
    channels(v, rng);
    slots(v, rng);
    counters(v, rng);
}
