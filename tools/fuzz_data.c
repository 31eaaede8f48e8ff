// SPDX-License-Identifier: Apache-2.0
// Contents of memory for an instruction: numbers as networks have them, so that results are not all
// clamped, and now and then numbers at the ends of their ranges, so that everything that can
// saturate does.
#include "fuzz_bench.h"

#include "tnpu_isa.h"

#include <string.h>

enum { PATCH_MAX = 512, PARAM_TILES_MAX = 24 };

static void put32(uint8_t *b, int64_t value) {
    for (int i = 0; i < 4; i++) b[i] = (uint8_t)((uint64_t)value >> (8 * i));
}

static int32_t extreme(struct fuzz_rng *r) {
    static const int32_t ends[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX};
    return ends[fuzz_in(r, 0, 6)];
}

/// Input bytes: any, small, at the ends, all the same.
static void draw_input(struct fuzz_bench *bench, struct fuzz_rng *r, uint32_t base,
                       int64_t extent) {
    uint8_t bytes[PATCH_MAX];
    size_t n = extent < PATCH_MAX ? (size_t)extent : PATCH_MAX;
    int style = fuzz_in(r, 0, 3);
    int one = fuzz_in(r, -128, 127);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(style == 0   ? fuzz_in(r, -128, 127)
                             : style == 1 ? fuzz_in(r, -9, 9)
                             : style == 2 ? (fuzz_chance(r, 50) ? -128 : 127)
                                          : one);
    fuzz_bench_poke(bench, TNPU_MAP_FMEM, base, bytes, n);
}

/// Bits of a typical accumulator: random products are about 2^12, their sum grows with the root of
/// the count.
static int accumulator_bits(const struct tnpu_insn *i) {
    int64_t terms = i->opcode == TNPU_OP_CONV     ? (int64_t)i->kh * i->kw * i->nchunk * TNPU_DOT
                    : i->opcode == TNPU_OP_DWCONV ? 9
                                                  : (int64_t)i->kh * i->kw;
    int bits =
        i->opcode == TNPU_OP_CONV || i->opcode == TNPU_OP_DWCONV || i->opcode == TNPU_OP_DWTAP ? 12
                                                                                               : 6;
    while (terms > 1) terms /= 4, bits++;
    return i->res_mode == TNPU_RES_MUL ? bits + 6 : bits;
}

/// One lane's parameters such that results spread over the range of a byte.
static void usual_lane(struct fuzz_rng *r, const struct tnpu_insn *i, uint8_t b[16]) {
    int bits = accumulator_bits(i);
    int fine = i->res_mode == TNPU_RES_WIDE ? i->wide_n : 0; // the wide residual's grid is finer
    int shift = 7 - bits + fine + fuzz_in(r, -1, 2);
    int64_t mult = fuzz_in(r, 1 << 29, INT32_MAX);
    if (i->requant == TNPU_REQUANT_AVERAGE) { // average of n, as the compiler would make it
        int64_t n = (int64_t)i->kh * i->kw;
        put32(b, n / 2);
        mult = (1 << 30) / n + 1;
    } else {
        put32(b, fuzz_in(r, -(1 << bits), 1 << bits));
        if (fuzz_chance(r, 15)) mult = -mult;
    }
    put32(b + 4, fuzz_in(r, -(1 << bits), 1 << bits));
    put32(b + 8, mult);
    b[12] = (uint8_t)(shift < -32 ? -32 : shift > 31 ? 31 : shift);
    b[13] = (uint8_t)fuzz_next(r);
    int k = fine < 15 ? fuzz_in(r, -(2 << fine), 2 << fine) : fuzz_in(r, -32768, 32767);
    b[14] = (uint8_t)k;
    b[15] = (uint8_t)(k >> 8);
}

static void extreme_lane(struct fuzz_rng *r, uint8_t b[16]) {
    for (int i = 0; i < 16; i++) b[i] = (uint8_t)fuzz_next(r);
    for (int i = 0; i < 3; i++)
        if (fuzz_chance(r, 60)) put32(b + 4 * i, extreme(r));
    if (fuzz_chance(r, 50)) b[12] = (uint8_t)(fuzz_chance(r, 50) ? -32 : 31);
}

static void draw_addition(struct fuzz_bench *bench, struct fuzz_rng *r, const struct tnpu_insn *i) {
    uint8_t row[20];
    for (int n = 0; n < 3; n++)
        put32(row + 4 * n, fuzz_chance(r, 15) ? extreme(r) : fuzz_in(r, 1 << 29, INT32_MAX));
    row[12] = (uint8_t)fuzz_in(r, 0, 3);
    row[13] = (uint8_t)fuzz_in(r, 0, 3);
    row[14] = (uint8_t)fuzz_in(r, 17, 22); // the sum carries 20 fraction bits
    for (int n = 15; n < 20; n++) row[n] = (uint8_t)fuzz_next(r);
    if (fuzz_chance(r, 70)) row[17] = 0x80, row[18] = 0x7F; // first operand not clamped
    if (fuzz_chance(r, 20))                                 // shifts use 5 bits of the byte
        for (int n = 12; n < 15; n++) row[n] = (uint8_t)fuzz_next(r);
    fuzz_bench_poke(bench, TNPU_MAP_WMEM, (uint32_t)(i->w_base * bench->config->lanes * TNPU_DOT),
                    row, sizeof row);
}

static void draw_parameters(struct fuzz_bench *bench, struct fuzz_rng *r,
                            const struct tnpu_insn *i) {
    int lanes = bench->config->lanes, groups = (i->out_c + lanes - 1) / lanes;
    int rows = i->param_shared ? 1 : groups < PARAM_TILES_MAX ? groups : PARAM_TILES_MAX;
    bool addition = i->res_mode == TNPU_RES_ADD || i->res_mode == TNPU_RES_SUB;
    // rows of one tile: those of the whole, without the addition row and what tile 0 alone has, by
    // tiles
    int64_t all = tnpu_isa_rows(i, bench->config) - addition;
    int64_t step = i->param_shared ? 0 : all / groups;
    bool wild = fuzz_chance(r, 15);
    for (int g = 0; g < rows; g++) {
        uint8_t row[16 * 32];
        for (int c = 0; c < lanes; c++) {
            if (wild || fuzz_chance(r, 4))
                extreme_lane(r, row + 16 * c);
            else
                usual_lane(r, i, row + 16 * c);
        }
        uint32_t at = (uint32_t)(i->w_base + addition + g * step);
        fuzz_bench_poke(bench, TNPU_MAP_WMEM, at * (uint32_t)lanes * TNPU_DOT, row,
                        (size_t)lanes * 16);
    }
}

void fuzz_bench_data(struct fuzz_bench *bench, const struct tnpu_insn *i, uint64_t seed) {
    struct fuzz_rng r = {seed};
    if (!fuzz_is_compute(i->opcode)) return;
    if (fuzz_chance(&r, 50)) {
        int64_t width = i->opcode == TNPU_OP_DWCONV
                            ? (int64_t)(i->in_w - 1) * i->in_xstep + i->out_c
                            : i->in_wb;
        draw_input(bench, &r, (uint32_t)i->in_base, (int64_t)(i->in_h - 1) * i->in_row + width);
    }
    if (i->res_mode == TNPU_RES_ADD || i->res_mode == TNPU_RES_SUB) draw_addition(bench, &r, i);
    if (i->requant) draw_parameters(bench, &r, i);
}
