// SPDX-License-Identifier: Apache-2.0
// Long kernels, much in flight, and much counted: each byte of two weight rows by itself, as many
// parameter slots in use as there can be, and a run whose stalls are counted by the thousand.
#include "gate_parts.h"

#include "tnpu_spec.h"

enum {
    TILES_MAX = 16, // channel tiles: parameter slots
    PIXELS = 4,
    X_BASE = 0,
    Y_BASE = 0x1000,
    EDGE = 96, // of the picture that is added to itself
};

static void run(struct gate_vectors *v, const struct tnpu_insn *insn) {
    uint32_t words[2][TNPU_IWORDS];
    tnpu_encode(insn, words[0]);
    tnpu_encode(&(struct tnpu_insn){.opcode = TNPU_OP_END}, words[1]);
    gate_write_bytes(v, TNPU_MAP_IMEM, words, sizeof words);
    gate_run(v, 0);
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
    run(v, &(struct tnpu_insn){.opcode = TNPU_OP_DWTAP,
                               .in_base = X_BASE,
                               .in_row = lanes,
                               .in_wb = lanes,
                               .in_h = 1,
                               .in_wystep = 1,
                               .in_wxstep = lanes,
                               .pad_y = ROWS - 1,
                               .pad_xb = (COLUMNS - 1) * lanes,
                               .stride_y = 1,
                               .dil_y = 1,
                               .kxstep = lanes,
                               .kh = ROWS,
                               .kw = COLUMNS,
                               .nchunk = 1,
                               .tile = TNPU_TILE,
                               .pool_h = 1,
                               .pool_w = 1,
                               .out_c = lanes,
                               .out_base = Y_BASE,
                               .out_row = COLUMNS * lanes,
                               .out_pix = lanes,
                               .out_h = ROWS,
                               .out_w = COLUMNS,
                               .act_min = -128,
                               .act_max = 127});
}

/// As many channels as there can be, and then few.
static void channels(struct gate_vectors *v, struct fuzz_rng *rng) {
    enum { CHANNELS = 4096 };
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "channels");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, CHANNELS);
    for (int i = 0; i < 2; i++) {
        const int n = i == 0 ? CHANNELS : 2 * lanes;
        run(v, &(struct tnpu_insn){.opcode = TNPU_OP_COPY,
                                   .in_base = X_BASE,
                                   .in_row = n,
                                   .in_wb = n,
                                   .in_h = 1,
                                   .stride_y = 1,
                                   .kh = 1,
                                   .kw = 1,
                                   .nchunk = 1,
                                   .tile = 1,
                                   .pool_h = 1,
                                   .pool_w = 1,
                                   .out_c = n,
                                   .out_base = 2 * Y_BASE,
                                   .out_h = 1,
                                   .out_w = 1,
                                   .act_min = -128,
                                   .act_max = 127});
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
        const struct tnpu_insn insn = {.opcode = TNPU_OP_CONV,
                                       .requant = 1,
                                       .order = 1,
                                       .in_base = X_BASE,
                                       .in_row = PIXELS * TNPU_DOT,
                                       .in_wb = PIXELS * TNPU_DOT,
                                       .in_h = 1,
                                       .in_wxstep = TNPU_DOT,
                                       .kh = 1,
                                       .kw = 1,
                                       .nchunk = 1,
                                       .tile = 1,
                                       .pool_h = 1,
                                       .pool_w = 1,
                                       .out_c = tiles * lanes,
                                       .out_base = Y_BASE,
                                       .out_pix = tiles * lanes,
                                       .out_h = 1,
                                       .out_w = PIXELS,
                                       .act_min = -128,
                                       .act_max = 127};
        run(v, &insn);
    }
}

/// A picture added to itself, in place: both operands of a pixel are in one bank, and the
/// multiplier works four times.
static void counters(struct gate_vectors *v, struct fuzz_rng *rng) {
    const int lanes = v->model->cfg.lanes;
    gate_program(v, "counters");
    fill(v, rng, TNPU_MAP_FMEM + X_BASE, EDGE * EDGE * lanes);
    fill(v, rng, TNPU_MAP_WMEM, lanes * TNPU_DOT);
    run(v, &(struct tnpu_insn){.opcode = TNPU_OP_ELTWISE,
                               .res_mode = 2, // ADD
                               .in_base = X_BASE,
                               .in_row = EDGE * lanes,
                               .in_wb = EDGE * lanes,
                               .in_h = EDGE,
                               .stride_y = 1,
                               .in_wystep = 1,
                               .in_wxstep = lanes,
                               .kh = 1,
                               .kw = 1,
                               .nchunk = 1,
                               .tile = 1,
                               .pool_h = 1,
                               .pool_w = 1,
                               .res_base = X_BASE,
                               .res_row = EDGE * lanes,
                               .res_pix = lanes,
                               .out_c = lanes,
                               .out_base = X_BASE,
                               .out_row = EDGE * lanes,
                               .out_pix = lanes,
                               .out_h = EDGE,
                               .out_w = EDGE,
                               .act_min = -128,
                               .act_max = 127});
}

void gate_long(struct gate_vectors *v, struct fuzz_rng *rng) {
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    for (int i = 0; i < 2; i++) taps(v, rng);
    channels(v, rng);
    slots(v, rng);
    counters(v, rng);
}
