// SPDX-License-Identifier: Apache-2.0
// Draws one legal instruction. Fields that a target fixes are set first, the others are drawn
// around them; what then breaks a rule after all is thrown away and drawn again.
#include "fuzz_program.h"

#include "tnpu_isa.h"

#include <string.h>

enum { ATTEMPTS = 24 }; ///< draws before one target less is aimed at

/// An instruction being drawn: by field name and by field number.
struct draw {
    struct fuzz_rng *rng;
    const struct tnpu_config *config;
    union {
        struct tnpu_insn insn;
        int32_t value[TNPU_NUM_FIELDS];
    };
    uint64_t used;   ///< fields of the opcode
    uint64_t fixed;  ///< by a target
    uint64_t at_end; ///< address fields: the region shall end with the memory
    int tail;
    int64_t budget; ///< memory cycles
    const uint32_t *near;
};

static bool is_free(const struct draw *d, enum tnpu_field f) {
    return (d->used & ~d->fixed) >> f & 1;
}

/// Fields that must be multiples of 16 where a lane row is wider than a vector.
static bool aligned(const struct draw *d, enum tnpu_field f) {
    if (d->config->lanes <= TNPU_VEC) return false;
    int op = d->insn.opcode;
    bool whole = op != TNPU_OP_CONV || d->insn.pair; // vectors are read
    switch (f) {
    case TNPU_F_OUT_BASE:
    case TNPU_F_OUT_ROW:
    case TNPU_F_OUT_PIX:
        return true;
    case TNPU_F_IN_BASE:
    case TNPU_F_IN_ROW:
    case TNPU_F_IN_XSTEP:
    case TNPU_F_IN_WXSTEP:
    case TNPU_F_KXSTEP:
        return whole;
    case TNPU_F_PAD_XB:
        return whole && op != TNPU_OP_DWCONV;
    case TNPU_F_RES_BASE:
    case TNPU_F_RES_ROW:
    case TNPU_F_RES_PIX:
        return !d->insn.res_scalar;
    default:
        return false;
    }
}

/// Sets a field that no target fixes, within its range and aligned.
static void set(struct draw *d, enum tnpu_field f, int64_t value) {
    const struct tnpu_field_info *info = &tnpu_fields[f];
    if (!is_free(d, f)) return;
    if (value < info->min) value = info->min;
    if (value > info->max) value = info->max;
    if (aligned(d, f)) value &= ~15;
    d->value[f] = (int32_t)value;
}

static int32_t pick(struct draw *d, int64_t low, int64_t high) {
    return fuzz_in(d->rng, low, high);
}
static int32_t small(struct draw *d, int64_t low, int64_t high) {
    return fuzz_small(d->rng, low, high);
}
static bool chance(struct draw *d, int percent) {
    return fuzz_chance(d->rng, percent);
}
static int64_t round_up(int64_t v, int64_t to) {
    return (v + to - 1) / to * to;
}

static int64_t tiles(const struct draw *d) {
    return (d->insn.out_c + d->config->lanes - 1) / d->config->lanes;
}

int64_t fuzz_cost(const struct tnpu_insn *i, const struct tnpu_config *config) {
    if (!fuzz_is_compute(i->opcode)) return 1;
    int64_t groups = (i->out_c + config->lanes - 1) / config->lanes;
    int64_t vectors = groups * i->out_w * i->out_h * i->pool_w * i->pool_h;
    if (i->opcode == TNPU_OP_DWCONV) return groups * (i->in_h + 2) * i->in_w * 2;
    int64_t reads = vectors * i->kh * i->kw * i->nchunk;
    bool addition = i->res_mode == TNPU_RES_ADD || i->res_mode == TNPU_RES_SUB;
    return (addition && 4 * vectors > reads ? 4 * vectors : reads) + (i->res_mode ? vectors : 0);
}

static void draw_modes(struct draw *d) {
    static const enum tnpu_field bits[] = {TNPU_F_RELU_FIRST, TNPU_F_RES_SCALAR,   TNPU_F_ORDER,
                                           TNPU_F_RELEASE,    TNPU_F_PARAM_SHARED, TNPU_F_ACC_MAX};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) set(d, bits[i], pick(d, 0, 1));
    set(d, TNPU_F_PAIR, d->config->lanes > TNPU_VEC && chance(d, 40));
    set(d, TNPU_F_LUT, chance(d, 25));
    set(d, TNPU_F_REQUANT, chance(d, 70) ? 1 : pick(d, 0, 2));
    bool second = d->insn.opcode == TNPU_OP_ELTWISE ? chance(d, 90) : chance(d, 50);
    set(d, TNPU_F_RES_MODE, second ? pick(d, 1, d->insn.opcode == TNPU_OP_DWCONV ? 1 : 6) : 0);
    if (d->insn.res_mode == TNPU_RES_WIDE && d->insn.requant == TNPU_REQUANT_NONE)
        set(d, TNPU_F_REQUANT, pick(d, 1, 2));
    if (d->insn.res_mode == TNPU_RES_MUL && d->insn.requant == TNPU_REQUANT_AVERAGE)
        set(d, TNPU_F_REQUANT, pick(d, 0, 1));
}

static void draw_numbers(struct draw *d) {
    set(d, TNPU_F_PAD_VALUE, pick(d, -128, 127));
    set(d, TNPU_F_OUT_ZP, chance(d, 40) ? 0 : pick(d, -128, 127));
    set(d, TNPU_F_RES_ZP, pick(d, -128, 127));
    set(d, TNPU_F_WIDE_N, small(d, 0, 31));
    bool whole = chance(d, 60);
    int32_t a = pick(d, -128, 127), b = pick(d, -128, 127);
    bool swap = (a > b) != chance(d, 15); // rarely the minimum is above the maximum
    set(d, TNPU_F_ACT_MIN, whole ? -128 : swap ? b : a);
    set(d, TNPU_F_ACT_MAX, whole ? 127 : swap ? a : b);
}

static void draw_channels(struct draw *d, int most_tiles) {
    int lanes = d->config->lanes;
    bool partial = d->tail < 0 ? chance(d, 50) : (d->tail & FUZZ_TAIL_CHANNEL) != 0;
    int step = lanes > TNPU_VEC && d->at_end >> TNPU_F_OUT_BASE & 1 ? TNPU_VEC : 1;
    int64_t full = (int64_t)lanes * (small(d, 1, most_tiles) - partial);
    set(d, TNPU_F_OUT_C, full + (partial ? step * pick(d, 1, (lanes - 1) / step) : 0));
}

/// tile * pool_w * pool_h is at most TNPU_TILE; a factor that is fixed leaves less for the others.
static void draw_tile(struct draw *d) {
    static const enum tnpu_field factors[] = {TNPU_F_POOL_W, TNPU_F_POOL_H, TNPU_F_TILE};
    int left = TNPU_TILE;
    for (int i = 0; i < 3; i++)
        if (!is_free(d, factors[i])) left /= d->value[factors[i]];
    bool pool = chance(d, 30);
    for (int i = 0; i < 3; i++) {
        if (!is_free(d, factors[i])) continue;
        bool tile = factors[i] == TNPU_F_TILE;
        int most = left > 1 ? left : 1;
        set(d, factors[i],
            tile   ? (chance(d, 30) ? most : pick(d, 1, most))
            : pool ? small(d, 1, most)
                   : 1);
        left /= d->value[factors[i]];
    }
}

/// Does the shape have the pixel tail that is wanted, few enough cycles, and room for its weights?
static bool shape_right(const struct draw *d, int64_t cycles) {
    bool partial = d->insn.out_w * d->insn.out_h % d->insn.tile != 0;
    bool tail = d->tail < 0 || partial == ((d->tail & FUZZ_TAIL_PIXEL) != 0);
    return tail && fuzz_cost(&d->insn, d->config) <= cycles &&
           tnpu_isa_rows(&d->insn, d->config) <= d->config->wmem_rows;
}

/// Channels, tile, kernel and output size: smaller and smaller until the instruction is cheap
/// enough.
static void draw_shape(struct draw *d) {
    for (int most = 16; most > 0; most /= 2)
        for (int i = 0; i < 8; i++) {
            int kernel = chance(d, 50) ? 1 : (most + 1) / 2;
            draw_channels(d, (most + 3) / 4);
            draw_tile(d);
            set(d, TNPU_F_KH, small(d, 1, kernel));
            set(d, TNPU_F_KW, small(d, 1, kernel));
            set(d, TNPU_F_NCHUNK, small(d, 1, (most + 1) / 2));
            set(d, TNPU_F_OUT_W, small(d, 1, most));
            set(d, TNPU_F_OUT_H, small(d, 1, most));
            if (shape_right(d, most > 2 ? d->budget : FUZZ_CYCLES_MAX)) return;
            if (most == 1) { // no room for anything but weights
                set(d, TNPU_F_REQUANT, 0);
                set(d, TNPU_F_RES_MODE, 0);
            }
        }
}

/// Steps, padding and size of the input as a network has them: pixels of `pitch` bytes in rows.
static void draw_network_input(struct draw *d) {
    const struct tnpu_insn *i = &d->insn;
    int64_t channels = i->opcode == TNPU_OP_CONV ? i->nchunk * 16 : i->out_c;
    int64_t pitch = chance(d, 70)   ? round_up(channels, TNPU_VEC)
                    : chance(d, 50) ? channels
                                    : pick(d, 1, 64);
    int stride = chance(d, 70) ? 1 : 2, dilation = chance(d, 80) ? 1 : 2;
    if (aligned(d, TNPU_F_KXSTEP)) pitch = round_up(pitch, TNPU_VEC);
    set(d, TNPU_F_STRIDE_Y, stride);
    set(d, TNPU_F_DIL_Y, dilation);
    set(d, TNPU_F_IN_XSTEP, pitch * stride);
    set(d, TNPU_F_KXSTEP, pitch * dilation);
    set(d, TNPU_F_IN_WXSTEP, i->pool_w * pitch * stride);
    set(d, TNPU_F_IN_WYSTEP, i->pool_h * stride);
    set(d, TNPU_F_PAD_Y, pick(d, 0, i->kh / 2));
    set(d, TNPU_F_PAD_XB, pitch * pick(d, 0, i->kw / 2));
    int64_t width =
        (int64_t)i->out_w * i->pool_w * stride + (i->kw - 1) * dilation - pick(d, 0, i->kw / 2);
    int64_t height =
        (int64_t)i->out_h * i->pool_h * stride + (i->kh - 1) * dilation - pick(d, 0, i->kh / 2);
    set(d, TNPU_F_IN_WB, pitch * width);
    set(d, TNPU_F_IN_H, height);
}

/// The same without a plan: windows overlap, skip, leave the input.
static void draw_wild_input(struct draw *d) {
    set(d, TNPU_F_STRIDE_Y, small(d, 0, 15));
    set(d, TNPU_F_DIL_Y, small(d, 0, 15));
    set(d, TNPU_F_IN_XSTEP, small(d, 0, 800));
    set(d, TNPU_F_KXSTEP, small(d, 0, 800));
    set(d, TNPU_F_IN_WXSTEP, small(d, 0, 1600));
    set(d, TNPU_F_IN_WYSTEP, small(d, 0, 20));
    set(d, TNPU_F_PAD_Y, small(d, 0, 15));
    set(d, TNPU_F_PAD_XB, small(d, 0, 300));
    set(d, TNPU_F_IN_WB, small(d, 0, 4000));
    set(d, TNPU_F_IN_H, small(d, 1, 40));
}

static void draw_dwconv_input(struct draw *d) {
    struct tnpu_insn *i = &d->insn;
    set(d, TNPU_F_STRIDE_Y, pick(d, 1, 2));
    set(d, TNPU_F_PAD_Y, pick(d, 0, 1));
    set(d, TNPU_F_PAD_XB, pick(d, 0, 1));
    if (!is_free(d, TNPU_F_IN_W))
        set(d, TNPU_F_OUT_W, pick(d, 1, (i->in_w - 2 + i->pad_xb) / i->stride_y + 1));
    if (!is_free(d, TNPU_F_IN_H))
        set(d, TNPU_F_OUT_H, pick(d, 1, (i->in_h - 2 + i->pad_y) / i->stride_y + 1));
    set(d, TNPU_F_IN_W, (i->out_w - 1) * i->stride_y + 2 - i->pad_xb + small(d, 0, 3));
    set(d, TNPU_F_IN_H, (i->out_h - 1) * i->stride_y + 2 - i->pad_y + small(d, 0, 3));
    int64_t span = tiles(d) * d->config->lanes;
    set(d, TNPU_F_IN_XSTEP, chance(d, 75) ? round_up(span, TNPU_VEC) : small(d, 0, 300));
}

/// The distance of two rows: right behind each other, with room between, or anything.
static int64_t row_pitch(struct draw *d, int64_t row) {
    return chance(d, 40)   ? round_up(row, TNPU_VEC)
           : chance(d, 50) ? round_up(row, TNPU_VEC) + TNPU_VEC * pick(d, 0, 3)
                           : small(d, 0, 2 * row + 64);
}

/// Puts a region of `extent` bytes somewhere, near the region wanted, or at the end of memory.
static void place(struct draw *d, enum tnpu_field base, int64_t extent, bool follow) {
    int64_t most = d->config->fmem_bytes - extent;
    if (most < 0 || !is_free(d, base)) return;
    int64_t at = chance(d, 10) ? most - small(d, 0, most) : pick(d, 0, most);
    if (d->at_end >> base & 1)
        at = most;
    else if (follow && d->near[1])
        at = chance(d, 60) ? (int64_t)d->near[0]
                           : (int64_t)d->near[0] - extent + 1 + pick(d, 0, extent + d->near[1]);
    set(d, base, at > most ? most : at < 0 ? 0 : at);
}

/// Makes row pitch and number of rows fit the memory.
static void fit_rows(struct draw *d, enum tnpu_field rows, enum tnpu_field pitch, int64_t width) {
    int64_t room = d->config->fmem_bytes - width;
    if (room < 0 || (d->value[rows] - 1) * (int64_t)d->value[pitch] <= room) return;
    set(d, pitch, room / (d->value[rows] - 1));
    if ((d->value[rows] - 1) * (int64_t)d->value[pitch] > room)
        set(d, rows, 1 + room / d->value[pitch]);
}

static void draw_regions(struct draw *d) {
    struct tnpu_insn *i = &d->insn;
    int64_t span = tiles(d) * d->config->lanes;
    int64_t width =
        i->opcode == TNPU_OP_DWCONV ? (int64_t)(i->in_w - 1) * i->in_xstep + span : i->in_wb;
    set(d, TNPU_F_IN_ROW, row_pitch(d, width));
    fit_rows(d, TNPU_F_IN_H, TNPU_F_IN_ROW, width);
    place(d, TNPU_F_IN_BASE, (int64_t)(i->in_h - 1) * i->in_row + width, true);

    int64_t pixel = chance(d, 60)   ? round_up(i->out_c, TNPU_VEC)
                    : chance(d, 60) ? i->out_c
                                    : small(d, 0, 300);
    set(d, TNPU_F_OUT_PIX, pixel);
    fit_rows(d, TNPU_F_OUT_W, TNPU_F_OUT_PIX, i->out_c);
    width = (int64_t)(i->out_w - 1) * i->out_pix + i->out_c;
    set(d, TNPU_F_OUT_ROW, row_pitch(d, width));
    fit_rows(d, TNPU_F_OUT_H, TNPU_F_OUT_ROW, width);
    place(d, TNPU_F_OUT_BASE, (int64_t)(i->out_h - 1) * i->out_row + width, chance(d, 10));

    span = i->res_scalar ? 1 : span;
    set(d, TNPU_F_RES_PIX,
        chance(d, 25)   ? 0
        : chance(d, 60) ? round_up(span, TNPU_VEC)
                        : small(d, 0, 300));
    fit_rows(d, TNPU_F_OUT_W, TNPU_F_RES_PIX, span);
    width = (int64_t)(i->out_w - 1) * i->res_pix + span;
    set(d, TNPU_F_RES_ROW, chance(d, 15) ? 0 : row_pitch(d, width));
    fit_rows(d, TNPU_F_OUT_H, TNPU_F_RES_ROW, width);
    place(d, TNPU_F_RES_BASE, (int64_t)(i->out_h - 1) * i->res_row + width, chance(d, 30));
}

static void draw_rows(struct draw *d, enum tnpu_field first, int64_t rows) {
    int64_t most = d->config->wmem_rows - rows;
    if (most >= 0) set(d, first, d->at_end >> first & 1 ? most : small(d, 0, most));
}

/// One draw around the fixed fields. Whether it is legal, cheap and right remains to be seen.
static void draw_once(struct draw *d) {
    draw_modes(d);
    draw_numbers(d);
    draw_shape(d);
    if (d->insn.opcode == TNPU_OP_DWCONV)
        draw_dwconv_input(d);
    else if (chance(d, 60))
        draw_network_input(d);
    else
        draw_wild_input(d);
    draw_regions(d);
    int row = TNPU_DOT * d->config->lanes;
    draw_rows(d, TNPU_F_W_BASE, tnpu_isa_rows(&d->insn, d->config));
    draw_rows(d, TNPU_F_LUT_ROW, (256 + row - 1) / row);
    set(d, TNPU_F_ARG, pick(d, 0, 65535));
}

/// Fixes the field of a bin to one of its values, unless another target already did.
static void aim(struct draw *d, int bin, int op) {
    enum tnpu_field f = tnpu_bins[bin].field;
    struct fuzz_values v = fuzz_bin_values(bin, op, d->config);
    if (!is_free(d, f)) return;
    if (v.at_end) {
        d->at_end |= 1ull << f;
        return;
    }
    bool address = f == TNPU_F_IN_BASE || f == TNPU_F_OUT_BASE || f == TNPU_F_RES_BASE ||
                   f == TNPU_F_W_BASE || f == TNPU_F_LUT_ROW || f == TNPU_F_OUT_C;
    if (address && tnpu_bins[bin].kind == TNPU_BIN_MIDDLE)
        return; // depends on the rest of the draw
    bool second = f == TNPU_F_RES_ROW || f == TNPU_F_RES_PIX;
    if (second && tnpu_bins[bin].kind == TNPU_BIN_MAX) { // only a scalar may lie anywhere
        set(d, TNPU_F_RES_SCALAR, 1);
        d->fixed |= 1ull << TNPU_F_RES_SCALAR;
    }
    int32_t value = small(d, v.low, v.high);
    bool move = aligned(d, f) && tnpu_bins[bin].kind == TNPU_BIN_MIDDLE;
    d->value[f] = move ? (int32_t)round_up(value, TNPU_VEC) : value;
    d->fixed |= 1ull << f;
}

/// Legal, not too long, and what it was aimed at?
static bool acceptable(const struct draw *d) {
    uint32_t words[TNPU_IWORDS];
    tnpu_encode(&d->insn, words);
    bool right = tnpu_isa_check(words, d->config) == TNPU_HW_NONE &&
                 fuzz_cost(&d->insn, d->config) <= FUZZ_CYCLES_MAX &&
                 (d->tail < 0 || fuzz_tail(&d->insn, d->config) == d->tail);
    return right;
}

struct tnpu_insn fuzz_draw_insn(struct fuzz_rng *rng, const struct tnpu_config *config, int op,
                                const int *targets, int num_targets, int tail,
                                const uint32_t near[2]) {
    int first = fuzz_in(rng, 0, num_targets - 1);
    for (int attempt = 0;; attempt++) {
        int aimed = num_targets - attempt / ATTEMPTS;
        struct draw d = {.rng = rng, .config = config, .near = near, .tail = aimed > 0 ? tail : -1};
        d.used = tnpu_opcodes[op].fields & ~(1ull << TNPU_F_OPCODE);
        for (int f = 0; f < TNPU_NUM_FIELDS; f++) d.value[f] = tnpu_fields[f].minus_one;
        d.insn.opcode = tnpu_opcodes[op].code;
        d.budget = fuzz_chance(rng, 5) ? FUZZ_CYCLES_MAX / 2 : 1500;
        for (int t = 0; t < aimed; t++) aim(&d, targets[(first + t) % num_targets], op);
        draw_once(&d);
        bool hit = acceptable(&d);
        for (int t = 0; t < aimed && hit; t++)
            hit = fuzz_in_bin(&d.insn, targets[(first + t) % num_targets], config);
        if (hit) return d.insn;
    }
}
