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
    channels(v, rng);
    slots(v, rng);
    counters(v, rng);
}
