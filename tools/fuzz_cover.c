// SPDX-License-Identifier: Apache-2.0
// Bins, what they stand for on a configuration, and what can not be reached and why.
#include "fuzz_cover.h"

#include "tnpu_isa.h"

#include <string.h>

#define OP(name) (1u << ((unsigned)TNPU_OP_##name - TNPU_OP_CONV))
#define ALL_COMPUTE 0xFFFFu
#define WEIGHTED (OP(CONV) | OP(DWCONV) | OP(DWTAP))
#define NO_LIMIT INT32_MAX

// How a limit depends on the configuration
enum limit_kind { CONSTANT, FEATURE_BYTES, WEIGHT_ROWS, WEIGHT_CHANNELS, ALIGNED, HALVES };

// Values that a field can take in a legal instruction, where the field itself could hold more
static const struct limit {
    unsigned opcodes;
    enum tnpu_field field;
    enum limit_kind kind;
    int32_t low, high; // CONSTANT
    const char *reason;
} limits[] = {
    {OP(DWCONV), TNPU_F_STRIDE_Y, CONSTANT, 1, 2, "DWCONV has strides 1 and 2"},
    {OP(DWCONV), TNPU_F_PAD_Y, CONSTANT, 0, 1, "DWCONV pads by 0 or 1"},
    {OP(DWCONV), TNPU_F_PAD_XB, CONSTANT, 0, 1, "DWCONV pads by 0 or 1"},
    {OP(DWCONV), TNPU_F_RES_MODE, CONSTANT, 0, 1, "DWCONV has no second operand but WIDE"},
    {OP(DWCONV), TNPU_F_IN_W, CONSTANT, 1, TNPU_DW_MAX_W, "columns of the line buffer"},
    {OP(DWCONV), TNPU_F_OUT_W, CONSTANT, 1, TNPU_DW_MAX_W, "columns of the line buffer"},
    {ALL_COMPUTE, TNPU_F_IN_WB, FEATURE_BYTES, 0, 0, "bytes of feature memory"},
    {OP(CONV), TNPU_F_NCHUNK, WEIGHT_ROWS, 0, 0, "rows of weight memory"},
    {WEIGHTED, TNPU_F_OUT_C, WEIGHT_CHANNELS, 0, 0, "rows of weight memory, one a tile"},
    {OP(CONV), TNPU_F_PAIR, HALVES, 0, 0, "FIELD: half of the lanes are no vector"},
    {ALL_COMPUTE, TNPU_F_OUT_ROW, ALIGNED, 0, 0, "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE, TNPU_F_OUT_PIX, ALIGNED, 0, 0, "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE & ~OP(CONV), TNPU_F_IN_ROW, ALIGNED, 0, 0,
     "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE & ~OP(CONV), TNPU_F_IN_XSTEP, ALIGNED, 0, 0,
     "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE & ~OP(CONV), TNPU_F_IN_WXSTEP, ALIGNED, 0, 0,
     "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE & ~OP(CONV), TNPU_F_KXSTEP, ALIGNED, 0, 0,
     "ALIGN: a multiple of 16 with 32 lanes"},
    {ALL_COMPUTE & ~(OP(CONV) | OP(DWCONV)), TNPU_F_PAD_XB, ALIGNED, 0, 0,
     "ALIGN: a multiple of 16 with 32 lanes"},
};
#define NUM_LIMITS ((int)(sizeof limits / sizeof limits[0]))

// Addresses: no memory is as large as the field, so the largest is the one whose region ends with
// the memory
static const enum tnpu_field at_end_fields[] = {TNPU_F_IN_BASE, TNPU_F_OUT_BASE, TNPU_F_RES_BASE,
                                                TNPU_F_W_BASE, TNPU_F_LUT_ROW};

// Values that exclude a tail, on every configuration
static const struct exclusion {
    enum tnpu_field field;
    enum tnpu_bin_kind kind;
    int tail, value; // excluded: tails whose bit `tail` is `value`
    const char *reason;
} exclusions[] = {
    {TNPU_F_OUT_C, TNPU_BIN_MIN, FUZZ_TAIL_CHANNEL, 0, "one channel fills no tile"},
    {TNPU_F_OUT_C, TNPU_BIN_MAX, FUZZ_TAIL_CHANNEL, FUZZ_TAIL_CHANNEL,
     "the largest count is a multiple of the lanes"},
    {TNPU_F_TILE, TNPU_BIN_MIN, FUZZ_TAIL_PIXEL, FUZZ_TAIL_PIXEL,
     "a tile of one pixel is always full"},
    {TNPU_F_POOL_W, TNPU_BIN_MAX, FUZZ_TAIL_PIXEL, FUZZ_TAIL_PIXEL,
     "the window fills the tile: tiles of one pixel"},
    {TNPU_F_POOL_H, TNPU_BIN_MAX, FUZZ_TAIL_PIXEL, FUZZ_TAIL_PIXEL,
     "the window fills the tile: tiles of one pixel"},
};
#define NUM_EXCLUSIONS ((int)(sizeof exclusions / sizeof exclusions[0]))

bool fuzz_is_compute(int32_t opcode) {
    return opcode >= TNPU_OP_CONV;
}

int fuzz_opcode_index(int32_t opcode) {
    for (int i = 0; i < TNPU_NUM_OPCODES; i++)
        if (tnpu_opcodes[i].code == opcode) return i;
    return -1;
}

static bool uses(int op, enum tnpu_field field) {
    return tnpu_opcodes[op].fields >> field & 1;
}

static unsigned op_bit(int op) {
    unsigned code = tnpu_opcodes[op].code;
    return code >= TNPU_OP_CONV ? 1u << (code - TNPU_OP_CONV) : 0;
}

int fuzz_tail(const struct tnpu_insn *i, const struct tnpu_config *config) {
    if (!fuzz_is_compute(i->opcode)) return 0;
    int tile = uses(fuzz_opcode_index(i->opcode), TNPU_F_TILE) ? i->tile : 1;
    return (i->out_c % config->lanes ? FUZZ_TAIL_CHANNEL : 0) |
           (i->out_w * i->out_h % tile ? FUZZ_TAIL_PIXEL : 0);
}

static int32_t limit_high(const struct limit *l, int32_t high, const struct tnpu_config *c) {
    int64_t most = l->kind == CONSTANT          ? l->high
                   : l->kind == FEATURE_BYTES   ? c->fmem_bytes
                   : l->kind == WEIGHT_ROWS     ? c->wmem_rows
                   : l->kind == WEIGHT_CHANNELS ? (int64_t)c->wmem_rows * c->lanes
                   : l->kind == HALVES          ? c->lanes > TNPU_VEC
                   : c->lanes > TNPU_VEC        ? high & ~15
                                                : high;
    return most < high ? (int32_t)most : high;
}

struct fuzz_values fuzz_bin_values(int bin, int op, const struct tnpu_config *config) {
    const struct tnpu_bin *b = &tnpu_bins[bin];
    const struct tnpu_field_info *f = &tnpu_fields[b->field];
    int32_t low = f->min, high = f->max;
    for (int i = 0; i < NUM_LIMITS; i++) {
        const struct limit *l = &limits[i];
        if (l->field != b->field || !(l->opcodes & op_bit(op))) continue;
        high = limit_high(l, high, config);
        if (l->kind == CONSTANT) low = l->low;
    }
    struct fuzz_values v = {0};
    for (size_t i = 0; i < sizeof at_end_fields / sizeof *at_end_fields; i++)
        v.at_end |= at_end_fields[i] == b->field && b->kind == TNPU_BIN_MAX;
    if (b->kind == TNPU_BIN_VALUE)
        v.low = v.high = b->value;
    else if (b->kind == TNPU_BIN_MIDDLE)
        v.low = low + 1, v.high = high - 1;
    else
        v.low = v.high = b->kind == TNPU_BIN_MIN ? low : high;
    if (v.low < low || v.high > high) v.low = 1, v.high = 0;
    return v;
}

/// Where the region that an address field starts comes to its end, and the end of that memory.
static bool ends_memory(const struct tnpu_insn *i, enum tnpu_field field,
                        const struct tnpu_config *c) {
    int64_t span = (int64_t)((i->out_c + c->lanes - 1) / c->lanes) * c->lanes;
    int64_t rows = i->out_h - 1, columns = i->out_w - 1;
    switch (field) {
    case TNPU_F_IN_BASE:
        return i->in_base + (int64_t)(i->in_h - 1) * i->in_row +
                   (i->opcode == TNPU_OP_DWCONV ? (int64_t)(i->in_w - 1) * i->in_xstep + span
                                                : i->in_wb) ==
               c->fmem_bytes;
    case TNPU_F_OUT_BASE:
        return i->out_base + rows * i->out_row + columns * i->out_pix + i->out_c == c->fmem_bytes;
    case TNPU_F_RES_BASE:
        return i->res_base + rows * i->res_row + columns * i->res_pix +
                   (i->res_scalar ? 1 : span) ==
               c->fmem_bytes;
    case TNPU_F_W_BASE:
        return i->w_base + tnpu_isa_rows(i, c) == c->wmem_rows;
    case TNPU_F_LUT_ROW: {
        int row = TNPU_DOT * c->lanes;
        return i->lut_row + (256 + row - 1) / row == c->wmem_rows;
    }
    default:
        return false;
    }
}

/// Does the field have an effect in this instruction?
static bool matters(const struct tnpu_insn *i, enum tnpu_field field, const struct tnpu_config *c) {
    bool second = i->res_mode != TNPU_RES_NONE;
    switch (field) {
    case TNPU_F_RES_SCALAR:
    case TNPU_F_RES_BASE:
    case TNPU_F_RES_ROW:
    case TNPU_F_RES_PIX:
        return second;
    case TNPU_F_RES_ZP: // not in MAX and MIN
        return second && i->res_mode <= TNPU_RES_MUL;
    case TNPU_F_WIDE_N:
        return i->res_mode == TNPU_RES_WIDE;
    case TNPU_F_LUT_ROW:
        return i->lut || i->opcode == TNPU_OP_LUT;
    case TNPU_F_W_BASE:
        return tnpu_isa_rows(i, c) > 0;
    case TNPU_F_RELU_FIRST:
        return i->requant < TNPU_REQUANT_AVERAGE;
    case TNPU_F_PARAM_SHARED:
        return i->requant > TNPU_REQUANT_NONE;
    default:
        return true;
    }
}

bool fuzz_in_bin(const struct tnpu_insn *insn, int bin, const struct tnpu_config *config) {
    int op = fuzz_opcode_index(insn->opcode);
    enum tnpu_field field = tnpu_bins[bin].field;
    if (op < 0 || !uses(op, field)) return false;
    if (fuzz_is_compute(insn->opcode) && !matters(insn, field, config)) return false;
    struct fuzz_values v = fuzz_bin_values(bin, op, config);
    if (v.at_end) return ends_memory(insn, field, config);
    int32_t value = tnpu_isa_field(insn, field);
    return value >= v.low && value <= v.high;
}

/// Why a bin cannot be reached, or a null pointer.
static const char *unreachable(const struct tnpu_config *config, int op, int bin, int tail) {
    enum tnpu_field field = tnpu_bins[bin].field;
    if (!fuzz_is_compute(tnpu_opcodes[op].code))
        return tail ? "control instructions have no tiles" : NULL;
    if ((tail & FUZZ_TAIL_PIXEL) && !uses(op, TNPU_F_TILE)) return "the opcode has no pixel tiles";
    for (int i = 0; i < NUM_EXCLUSIONS; i++) {
        const struct exclusion *x = &exclusions[i];
        if (x->field == field && x->kind == tnpu_bins[bin].kind && (tail & x->tail) == x->value)
            return x->reason;
    }
    struct fuzz_values v = fuzz_bin_values(bin, op, config);
    if (v.at_end || v.low <= v.high) return NULL;
    for (int i = 0; i < NUM_LIMITS; i++)
        if (limits[i].field == field && (limits[i].opcodes & op_bit(op))) return limits[i].reason;
    return NULL;
}

int fuzz_cover_init(struct fuzz_cover *cover, const struct tnpu_config *config) {
    memset(cover, 0, sizeof *cover);
    cover->config = config;
    for (int op = 0; op < TNPU_NUM_OPCODES; op++) {
        int bins[TNPU_NUM_FIELDS] = {0};
        for (int bin = 0; bin < TNPU_NUM_BINS; bin++) {
            if (!uses(op, tnpu_bins[bin].field)) continue;
            bins[tnpu_bins[bin].field]++;
            for (int tail = 0; tail < FUZZ_TAILS; tail++) {
                cover->reachable[op][bin][tail] = !unreachable(config, op, bin, tail);
                cover->total += cover->reachable[op][bin][tail];
            }
        }
        for (int f = 0; f < TNPU_NUM_FIELDS; f++)
            if (f != TNPU_F_OPCODE && uses(op, (enum tnpu_field)f) && !bins[f]) {
                fprintf(stderr, "tnpu: fuzz: field %s has no coverage bins\n", tnpu_fields[f].name);
                return -1;
            }
    }
    return 0;
}

void fuzz_cover_count(struct fuzz_cover *cover, const struct tnpu_insn *insn) {
    int op = fuzz_opcode_index(insn->opcode), tail = fuzz_tail(insn, cover->config);
    for (int bin = 0; bin < TNPU_NUM_BINS; bin++)
        if (fuzz_in_bin(insn, bin, cover->config) && !cover->hits[op][bin][tail]++)
            cover->covered += cover->reachable[op][bin][tail];
}

static void print_bin(const struct fuzz_cover *cover, FILE *out, int op, int bin, int tail) {
    struct fuzz_values v = fuzz_bin_values(bin, op, cover->config);
    fprintf(out, "  %-8s%-13s", tnpu_opcodes[op].name, tnpu_fields[tnpu_bins[bin].field].name);
    if (v.at_end)
        fprintf(out, "ends with memory");
    else if (v.low == v.high)
        fprintf(out, "%d", (int)v.low);
    else
        fprintf(out, "%d..%d", (int)v.low, (int)v.high);
    fprintf(out, ", %s channel tile, %s pixel tile", tail & FUZZ_TAIL_CHANNEL ? "partial" : "full",
            tail & FUZZ_TAIL_PIXEL ? "partial" : "full");
}

void fuzz_cover_print(const struct fuzz_cover *cover, FILE *out, int limit, bool all) {
    fprintf(out, "coverage: %d of %d bins\n", cover->covered, cover->total);
    for (int op = 0; op < TNPU_NUM_OPCODES; op++)
        for (int bin = 0; bin < TNPU_NUM_BINS; bin++)
            for (int tail = 0; tail < FUZZ_TAILS; tail++) {
                if (!uses(op, tnpu_bins[bin].field)) continue;
                bool reachable = cover->reachable[op][bin][tail];
                if (reachable && !cover->hits[op][bin][tail] && limit-- > 0) {
                    print_bin(cover, out, op, bin, tail);
                    fprintf(out, ": not covered\n");
                } else if (!reachable && all && fuzz_is_compute(tnpu_opcodes[op].code)) {
                    print_bin(cover, out, op, bin, tail);
                    fprintf(out, ": unreachable: %s\n", unreachable(cover->config, op, bin, tail));
                }
            }
}
