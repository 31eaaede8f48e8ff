// SPDX-License-Identifier: Apache-2.0
// Legality and listing of instructions, from docs/ISA.md and the tables of tnpu_spec.h.
#include "tnpu_isa.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct tnpu_insn) == TNPU_NUM_FIELDS * sizeof(int32_t),
               "struct tnpu_insn is the fields in their order");

int32_t tnpu_isa_field(const struct tnpu_insn *insn, enum tnpu_field field) {
    int32_t value;
    memcpy(&value, (const char *)insn + (size_t)field * sizeof value, sizeof value);
    return value;
}

const struct tnpu_field_info *tnpu_isa_unfit(const struct tnpu_insn *insn, int32_t *value) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find((unsigned)insn->opcode);
    for (int f = 0; op && f < TNPU_NUM_FIELDS; f++) {
        *value = tnpu_isa_field(insn, (enum tnpu_field)f);
        bool used = op->fields >> f & 1;
        if (used && (*value < tnpu_fields[f].min || *value > tnpu_fields[f].max))
            return &tnpu_fields[f];
    }
    return NULL;
}

uint32_t tnpu_isa_version(const uint32_t words[TNPU_IWORDS]) {
    struct tnpu_insn insn;
    uint32_t minor = 0;
    tnpu_decode(words, &insn);
    for (int f = 0; f < TNPU_NUM_FIELDS; f++) {
        bool set = tnpu_isa_field(&insn, (enum tnpu_field)f) != tnpu_fields[f].minus_one;
        if (set && tnpu_fields[f].minor > minor) minor = tnpu_fields[f].minor;
    }
    return (uint32_t)TNPU_ISA_MAJOR << 16 | minor;
}

static int64_t groups(const struct tnpu_insn *i, const struct tnpu_config *c) {
    return (i->out_c + c->lanes - 1) / c->lanes;
}

static int64_t table_rows(const struct tnpu_config *c) {
    return (256 + TNPU_DOT * c->lanes - 1) / (TNPU_DOT * c->lanes);
}

int64_t tnpu_isa_rows(const struct tnpu_insn *i, const struct tnpu_config *c) {
    int64_t weights = 0;
    if (i->opcode == TNPU_OP_CONV)
        weights = (int64_t)i->kh * i->kw * i->nchunk;
    else if (i->opcode == TNPU_OP_DWCONV)
        weights = 1;
    else if (i->opcode == TNPU_OP_DWTAP)
        weights = (i->kh * i->kw + TNPU_DOT - 1) / TNPU_DOT;
    int64_t params = i->requant == TNPU_REQUANT_NONE ? 0 : i->param_shared ? 1 : groups(i, c);
    int64_t addition = i->res_mode == TNPU_RES_ADD || i->res_mode == TNPU_RES_SUB;
    return addition + params + groups(i, c) * weights;
}

static bool is_compute(const struct tnpu_insn *i) {
    return i->opcode >= TNPU_OP_CONV;
}

/// The second operand comes from memory (in DWCONV it is the window's centre).
static bool has_second(const struct tnpu_insn *i) {
    return i->res_mode != TNPU_RES_NONE && i->opcode != TNPU_OP_DWCONV;
}

static bool bad_field(const struct tnpu_insn *i, const struct tnpu_config *c) {
    if (i->requant > TNPU_REQUANT_AVERAGE || i->res_mode > TNPU_RES_MIN ||
        (i->res_mode == TNPU_RES_WIDE && i->requant == TNPU_REQUANT_NONE) ||
        (i->requant == TNPU_REQUANT_AVERAGE && i->res_mode == TNPU_RES_MUL) ||
        i->tile * i->pool_w * i->pool_h > TNPU_TILE || (i->pair && c->lanes <= TNPU_VEC))
        return true;
    if (i->opcode != TNPU_OP_DWCONV) return false;
    return i->stride_y < 1 || i->stride_y > 2 || i->pad_y > 1 || i->pad_xb > 1 ||
           i->in_w > TNPU_DW_MAX_W || i->res_mode > TNPU_RES_WIDE ||
           (i->out_h - 1) * i->stride_y + 2 - i->pad_y > i->in_h ||
           (i->out_w - 1) * i->stride_y + 2 - i->pad_xb > i->in_w;
}

const struct tnpu_field_info *tnpu_isa_unaligned(const struct tnpu_insn *i,
                                                 const struct tnpu_config *c, int32_t *value) {
    enum { ALIGNED = 12 };
    static const enum tnpu_field all[ALIGNED] = {TNPU_F_OUT_BASE,  TNPU_F_OUT_ROW, TNPU_F_OUT_PIX,
                                                 TNPU_F_RES_BASE,  TNPU_F_RES_ROW, TNPU_F_RES_PIX,
                                                 TNPU_F_IN_BASE,   TNPU_F_IN_ROW,  TNPU_F_IN_XSTEP,
                                                 TNPU_F_IN_WXSTEP, TNPU_F_KXSTEP,  TNPU_F_PAD_XB};
    bool second = has_second(i) && !i->res_scalar;
    bool input = i->opcode != TNPU_OP_CONV || i->pair;
    int end = !input ? 6 : i->opcode == TNPU_OP_DWCONV ? 9 : ALIGNED;
    for (int n = 0; c->lanes > TNPU_VEC && n < end; n++) {
        *value = tnpu_isa_field(i, all[n]);
        if (*value % TNPU_VEC && (second || n < 3 || n >= 6)) return &tnpu_fields[all[n]];
    }
    return NULL;
}

static bool bad_align(const struct tnpu_insn *i, const struct tnpu_config *c) {
    int32_t value;
    return tnpu_isa_unaligned(i, c, &value) != NULL;
}

static bool bad_fmem(const struct tnpu_insn *i, const struct tnpu_config *c) {
    int64_t span = groups(i, c) * c->lanes, size = c->fmem_bytes;
    int64_t width =
        i->opcode == TNPU_OP_DWCONV ? (int64_t)(i->in_w - 1) * i->in_xstep + span : i->in_wb;
    if (i->in_base + (int64_t)(i->in_h - 1) * i->in_row + width > size) return true;
    int64_t rows = i->out_h - 1, cols = i->out_w - 1;
    if (i->out_base + rows * i->out_row + cols * i->out_pix + i->out_c > size) return true;
    return has_second(i) &&
           i->res_base + rows * i->res_row + cols * i->res_pix + (i->res_scalar ? 1 : span) > size;
}

static bool bad_wmem(const struct tnpu_insn *i, const struct tnpu_config *c) {
    int64_t rows = tnpu_isa_rows(i, c);
    bool table = i->lut || i->opcode == TNPU_OP_LUT;
    return (rows > 0 && i->w_base + rows > c->wmem_rows) ||
           (table && i->lut_row + table_rows(c) > c->wmem_rows);
}

enum tnpu_hw_error tnpu_isa_check(const uint32_t words[TNPU_IWORDS], const struct tnpu_config *c) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xff);
    if (!op) return TNPU_HW_OPCODE;
    for (int w = 0; w < TNPU_IWORDS; w++)
        if (words[w] & op->reserved[w]) return TNPU_HW_RESERVED;
    struct tnpu_insn i;
    tnpu_decode(words, &i);
    if (!is_compute(&i)) return TNPU_HW_NONE;
    return bad_field(&i, c)   ? TNPU_HW_FIELD
           : bad_align(&i, c) ? TNPU_HW_ALIGN
           : bad_fmem(&i, c)  ? TNPU_HW_FMEM_RANGE
           : bad_wmem(&i, c)  ? TNPU_HW_WMEM_RANGE
                              : TNPU_HW_NONE;
}

void tnpu_isa_print(const struct tnpu_insn *insn, char *text, size_t size) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find((unsigned)insn->opcode);
    int n = snprintf(text, size, "%-7s", op ? op->name : "?");
    for (int f = TNPU_F_OPCODE + 1; op && f < TNPU_NUM_FIELDS; f++) {
        int32_t value = tnpu_isa_field(insn, (enum tnpu_field)f);
        bool used = op->fields >> f & 1;
        if (used && value != tnpu_fields[f].minus_one && n >= 0 && (size_t)n < size)
            n += snprintf(text + n, size - (size_t)n, " %s=%d", tnpu_fields[f].name, (int)value);
    }
}
