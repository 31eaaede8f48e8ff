// SPDX-License-Identifier: Apache-2.0
// Post-processing at the places where random numbers seldom are: ties of every rounding, averages
// that round to zero from below, maxima of negative numbers, products whose low bits decide, clamps
// of all bounds.
#include "gate_parts.h"

#include "tnpu_spec.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 32, W_BASE = 1, CHUNK = 16 };

/// Feature memory holds three tensors of SIDE x SIDE pixels of one channel tile: input, second
/// operand, output.
static uint32_t tensor(const struct gate_vectors *v, int which) {
    return (uint32_t)(which * SIDE * SIDE * v->model->cfg.lanes);
}

/// Parameter row of one instruction: what each lane gets is drawn by a function.
typedef void draw_lane(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane,
                       int32_t p[5]); // bias, post, mult, shift, k

/// Multipliers so small that their low bits count: sums of operands times 2 to 64, brought back
/// into a byte.
static void addition_row(struct gate_vectors *v, struct fuzz_rng *rng) {
    uint8_t row[20] = {0};
    for (int i = 0; i < 3; i++) {
        int32_t m = i < 2 ? fuzz_in(rng, 1 << 12, 1 << 17) : fuzz_in(rng, 1 << 30, INT32_MAX);
        for (int b = 0; b < 4; b++) row[4 * i + b] = (uint8_t)((uint32_t)m >> 8 * b);
    }
    row[14] = (uint8_t)fuzz_in(rng, 4, 7); // s0
    row[16] = (uint8_t)fuzz_in(rng, -20, 20);
    row[17] = 0x80; // first operand: not clamped
    row[18] = 0x7F;
    row[19] = (uint8_t)fuzz_in(rng, -20, 20);
    gate_write_bytes(v, TNPU_MAP_WMEM + (uint32_t)(W_BASE * v->model->cfg.lanes * CHUNK), row,
                     sizeof row);
}

/// An instruction over SIDE x SIDE pixels of one channel tile, and END.
static void run(struct gate_vectors *v, struct fuzz_rng *rng, struct tnpu_insn insn,
                draw_lane *draw) {
    const struct tnpu_config *c = &v->model->cfg;
    uint32_t words[2][TNPU_IWORDS];
    uint8_t row[TNPU_MODEL_MAX_LANES * CHUNK];
    const int lanes = c->lanes;
    insn.out_c = lanes;
    insn.in_base = (int32_t)tensor(v, 0);
    insn.in_h = SIDE;
    insn.in_row = SIDE * lanes;
    insn.in_wb = SIDE * lanes;
    insn.in_wxstep = insn.kxstep = lanes;
    insn.in_wystep = insn.dil_y = 1;
    insn.out_base = (int32_t)tensor(v, 2);
    insn.out_h = insn.out_w = SIDE;
    insn.out_row = SIDE * lanes;
    insn.out_pix = lanes;
    insn.res_base = (int32_t)tensor(v, 1);
    insn.res_row = SIDE * lanes;
    insn.res_pix = lanes;
    insn.tile = TNPU_TILE;
    insn.pool_w = insn.pool_h = insn.nchunk = 1;
    insn.kh = insn.kh ? insn.kh : 1;
    insn.kw = insn.kw ? insn.kw : 1;
    insn.w_base = W_BASE;
    tnpu_encode(&insn, words[0]);
    tnpu_encode(&(struct tnpu_insn){.opcode = TNPU_OP_END}, words[1]);
    gate_write_bytes(v, TNPU_MAP_IMEM, words, sizeof words);
    const bool add = insn.res_mode == 2 || insn.res_mode == 3;
    if (add) addition_row(v, rng);
    for (int l = 0; l < lanes; l++) {
        int32_t p[5] = {0, 0, 1 << 30, 1, 0};
        draw(rng, &insn, l, p);
        for (int i = 0; i < 12; i++)
            row[CHUNK * l + i] = (uint8_t)((uint32_t)p[i / 4] >> 8 * (i % 4));
        row[CHUNK * l + 12] = (uint8_t)p[3];
        row[CHUNK * l + 13] = 0;
        row[CHUNK * l + 14] = (uint8_t)p[4];
        row[CHUNK * l + 15] = (uint8_t)((uint32_t)p[4] >> 8);
    }
    gate_write_bytes(v, TNPU_MAP_WMEM + (uint32_t)((W_BASE + add) * lanes * CHUNK), row,
                     (size_t)(lanes * CHUNK));
    gate_run(v, 0);
}

/// Fills the input (0) or the second operand (1) with bytes of low..high.
static void operand(struct gate_vectors *v, struct fuzz_rng *rng, int which, int low, int high) {
    uint8_t bytes[SIDE * SIDE * TNPU_MODEL_MAX_LANES];
    size_t n = (size_t)(SIDE * SIDE * v->model->cfg.lanes);
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)fuzz_in(rng, low, high);
    gate_write_bytes(v, TNPU_MAP_FMEM + tensor(v, which), bytes, n);
}

/// Results of about -128..127, of products of 16 by 24 bits whose high half is that small.
static void low_bits(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane, int32_t p[5]) {
    (void)insn, (void)lane;
    p[0] = fuzz_in(rng, -255, 255);
    p[1] = fuzz_in(rng, -255, 255);
    p[2] = fuzz_in(rng, 1 << 22, 1 << 24) * (fuzz_chance(rng, 50) ? -1 : 1);
    p[3] = 0;
}

/// Nothing but the residual, in steps of half a rounding unit as far as k reaches.
static void wide_ties(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane, int32_t p[5]) {
    (void)rng;
    int n = insn->wide_n;
    p[2] = 0;
    p[4] = n == 0 ? 3 : n <= 15 ? 1 << (n - 1) : INT16_MIN;
    if (n <= 15 && lane % 2) p[4] = -p[4];
}

/// Ties of the right shift: the accumulator itself, shifted by up to 8.
static void shift_ties(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane, int32_t p[5]) {
    (void)rng, (void)insn;
    p[2] = 1 << 30; // a half: together with the shift of the doubled product
    p[3] = -1 - lane;
}

static void average(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane, int32_t p[5]) {
    (void)rng, (void)lane;
    int32_t n = insn->kh * insn->kw;
    p[0] = n / 2;
    p[2] = (1 << 30) / n + 1;
}

static void plain(struct fuzz_rng *rng, const struct tnpu_insn *insn, int lane, int32_t p[5]) {
    (void)insn, (void)lane;
    p[0] = fuzz_in(rng, -20, 20);
}

void gate_numeric(struct gate_vectors *v, struct fuzz_rng *rng) {
    const struct tnpu_insn full = {
        .requant = 1, .act_min = -128, .act_max = 127, .opcode = TNPU_OP_ELTWISE};
    struct tnpu_insn insn = full;
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);

    gate_program(v, "numeric: products whose low bits decide");
    insn.res_mode = 4;
    for (int i = 0; i < 4; i++) {
        operand(v, rng, 0, -128, 127);
        operand(v, rng, 1, -128, 127);
        insn.res_zp = fuzz_in(rng, -128, 127);
        run(v, rng, insn, low_bits);
    }

    gate_program(v, "numeric: sums whose low bits decide");
    for (int i = 0; i < 4; i++) {
        insn.res_mode = 2 + i % 2;
        insn.res_zp = fuzz_in(rng, -20, 20);
        run(v, rng, insn, plain);
    }

    gate_program(v, "numeric: ties of the wide residual");
    insn = full;
    insn.res_mode = 1;
    for (insn.wide_n = 0; insn.wide_n <= 22; insn.wide_n += insn.wide_n < 15 ? 5 : 1)
        run(v, rng, insn, wide_ties);

    gate_program(v, "numeric: ties of the right shift");
    insn = full;
    run(v, rng, insn, shift_ties);

    gate_program(v, "numeric: averages around zero, maxima of negative numbers");
    insn = full;
    insn.opcode = TNPU_OP_POOL;
    insn.requant = 2;
    operand(v, rng, 0, -2, 1);
    for (insn.kh = 1; insn.kh <= 3; insn.kh++)
        for (insn.kw = 1; insn.kw <= 2; insn.kw++) run(v, rng, insn, average);
    insn.acc_max = 1;
    insn.requant = 0;
    insn.kh = 3;
    operand(v, rng, 0, -128, -1);
    run(v, rng, insn, plain);

    gate_program(v, "numeric: clamps");
    insn = full;
    operand(v, rng, 0, -128, 127);
    for (int i = 0; i < 8; i++) {
        insn.act_min = fuzz_in(rng, -128, 127);
        insn.act_max = fuzz_in(rng, insn.act_min, 127);
        insn.out_zp = fuzz_in(rng, -20, 20);
        run(v, rng, insn, plain);
    }
}
