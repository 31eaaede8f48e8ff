// SPDX-License-Identifier: Apache-2.0
// Tables of the machine, made by scripts/gen from spec/tinynpu.toml: do not edit.
#include "tnpu_spec.h"

#include <stddef.h>
#include <string.h>

const struct tnpu_field_info tnpu_fields[TNPU_NUM_FIELDS] = {
    {"opcode", 0, 0, 8, 0, 0, 0, 0, 255},
    {"relu_first", 0, 8, 1, 0, 0, 0, 0, 1},
    {"requant", 0, 9, 2, 0, 0, 0, 0, 2},
    {"res_mode", 0, 11, 3, 0, 0, 0, 0, 6},
    {"res_scalar", 0, 14, 1, 0, 0, 0, 0, 1},
    {"order", 0, 15, 1, 0, 0, 0, 0, 1},
    {"release", 0, 16, 1, 0, 0, 0, 0, 1},
    {"param_shared", 0, 17, 1, 0, 0, 0, 0, 1},
    {"lut", 0, 18, 1, 0, 0, 0, 0, 1},
    {"acc_max", 0, 19, 1, 0, 0, 0, 0, 1},
    {"pair", 0, 20, 1, 0, 0, 1, 0, 1},
    {"in_base", 1, 0, 20, 0, 0, 0, 0, 1048575},
    {"pad_y", 1, 20, 4, 0, 0, 0, 0, 15},
    {"pad_value", 1, 24, 8, 1, 0, 0, -128, 127},
    {"in_row", 2, 0, 16, 0, 0, 0, 0, 65535},
    {"in_xstep", 2, 16, 16, 0, 0, 0, 0, 65535},
    {"in_wb", 3, 0, 17, 0, 0, 0, 0, 131071},
    {"in_h", 3, 17, 10, 0, 1, 0, 1, 1024},
    {"stride_y", 3, 27, 4, 0, 0, 0, 0, 15},
    {"pad_xb", 4, 0, 16, 0, 0, 0, 0, 65535},
    {"in_wxstep", 4, 16, 16, 0, 0, 0, 0, 65535},
    {"kxstep", 5, 0, 16, 0, 0, 0, 0, 65535},
    {"kh", 5, 16, 6, 0, 1, 0, 1, 64},
    {"kw", 5, 22, 6, 0, 1, 0, 1, 64},
    {"dil_y", 5, 28, 4, 0, 0, 0, 0, 15},
    {"nchunk", 6, 0, 12, 0, 1, 0, 1, 4096},
    {"in_wystep", 6, 12, 8, 0, 0, 0, 0, 255},
    {"pool_w", 6, 20, 4, 0, 1, 0, 1, 16},
    {"pool_h", 6, 24, 4, 0, 1, 0, 1, 16},
    {"tile", 6, 28, 4, 0, 1, 0, 1, 16},
    {"w_base", 7, 0, 16, 0, 0, 0, 0, 65535},
    {"out_c", 7, 16, 13, 0, 1, 0, 1, 8192},
    {"out_base", 8, 0, 20, 0, 0, 0, 0, 1048575},
    {"out_w", 8, 20, 10, 0, 1, 0, 1, 1024},
    {"out_row", 9, 0, 16, 0, 0, 0, 0, 65535},
    {"out_pix", 9, 16, 16, 0, 0, 0, 0, 65535},
    {"res_base", 10, 0, 20, 0, 0, 0, 0, 1048575},
    {"out_h", 10, 20, 10, 0, 1, 0, 1, 1024},
    {"res_row", 11, 0, 16, 0, 0, 0, 0, 65535},
    {"res_pix", 11, 16, 16, 0, 0, 0, 0, 65535},
    {"out_zp", 12, 0, 8, 1, 0, 0, -128, 127},
    {"act_min", 12, 8, 8, 1, 0, 0, -128, 127},
    {"act_max", 12, 16, 8, 1, 0, 0, -128, 127},
    {"res_zp", 12, 24, 8, 1, 0, 0, -128, 127},
    {"wide_n", 13, 0, 5, 0, 0, 0, 0, 31},
    {"lut_row", 13, 16, 16, 0, 0, 0, 0, 65535},
    {"in_w", 14, 0, 10, 0, 1, 0, 1, 1024},
    {"arg", 1, 0, 16, 0, 0, 0, 0, 65535},
};

const struct tnpu_opcode_info tnpu_opcodes[TNPU_NUM_OPCODES] = {
    {"END", 0x01, 0x0000000000000001ULL, {0xFFFFFF00, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"EVENT", 0x02, 0x0000800000000001ULL, {0xFFFFFF00, 0xFFFF0000, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"WAIT", 0x03, 0x0000800000000001ULL, {0xFFFFFF00, 0xFFFF0000, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"HOSTOP", 0x04, 0x0000800000000001ULL, {0xFFFFFF00, 0xFFFF0000, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"CONV", 0x10, 0x00003FFFFFFFFDFFULL, {0xFFE80000, 0x00000000, 0x00000000, 0x80000000, 0x00000000, 0x00000000, 0x00000000, 0xE0000000, 0xC0000000, 0x00000000, 0xC0000000, 0x00000000, 0x00000000, 0x0000FFE0, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"DWCONV", 0x11, 0x00007F2FC00EF98FULL, {0xFFF9C000, 0x00000000, 0x00000000, 0x8001FFFF, 0xFFFF0000, 0xFFFFFFFF, 0xFFFFFFFF, 0xE0000000, 0xC0000000, 0x00000000, 0xC00FFFFF, 0xFFFFFFFF, 0x00000000, 0x0000FFE0, 0xFFFFFC00, 0xFFFFFFFF}},
    {"DWTAP", 0x12, 0x00003FFFFDFFF9FFULL, {0xFFF80000, 0x00000000, 0x00000000, 0x80000000, 0x00000000, 0x00000000, 0x00000FFF, 0xE0000000, 0xC0000000, 0x00000000, 0xC0000000, 0x00000000, 0x00000000, 0x0000FFE0, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"POOL", 0x13, 0x0000272FE5FB7BE7ULL, {0xFFF07800, 0x00000000, 0xFFFF0000, 0xF8000000, 0x00000000, 0x00000000, 0x0FF00FFF, 0xE0000000, 0xC0000000, 0x00000000, 0xC00FFFFF, 0xFFFFFFFF, 0xFF000000, 0x0000FFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"ELTWISE", 0x14, 0x00003FFFE41349FFULL, {0xFFF80000, 0xFFF00000, 0xFFFF0000, 0xF8000000, 0x0000FFFF, 0xFFFFFFFF, 0x0FF00FFF, 0xE0000000, 0xC0000000, 0x00000000, 0xC0000000, 0x00000000, 0x00000000, 0x0000FFE0, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"LUT", 0x15, 0x0000202FA4134861ULL, {0xFFFE7F00, 0xFFF00000, 0xFFFF0000, 0xF8000000, 0x0000FFFF, 0xFFFFFFFF, 0x0FF00FFF, 0xE000FFFF, 0xC0000000, 0x00000000, 0xC00FFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x0000FFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {"COPY", 0x16, 0x0000002FA41B7861ULL, {0xFFFE7F00, 0x00000000, 0xFFFF0000, 0xF8000000, 0x00000000, 0xFFFFFFFF, 0x0FF00FFF, 0xE000FFFF, 0xC0000000, 0x00000000, 0xC00FFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
};

const struct tnpu_reg_info tnpu_regs[TNPU_NUM_REGS] = {
    {"ID", 0x00},
    {"VERSION", 0x04},
    {"CAP", 0x08},
    {"CAP_WMEM", 0x0C},
    {"CAP_FMEM", 0x10},
    {"CTRL", 0x14},
    {"STATUS", 0x18},
    {"ERROR", 0x1C},
    {"IRQ", 0x20},
    {"IRQ_ENABLE", 0x24},
    {"START_PC", 0x28},
    {"STOP_AT", 0x2C},
    {"ARG", 0x30},
    {"RELEASE", 0x34},
    {"LOCK", 0x38},
    {"LAST_START", 0x3C},
    {"LAST_END", 0x40},
    {"CYCLES", 0x80},
    {"MACS", 0x84},
    {"MACS_HI", 0x88},
    {"FMEM_READS", 0x8C},
    {"FMEM_WRITES", 0x90},
    {"WMEM_READS", 0x94},
    {"STALL_BANK", 0x98},
    {"STALL_PARAM", 0x9C},
    {"STALL_DRAIN", 0xA0},
    {"STALL_HOST", 0xA4},
};

const struct tnpu_config tnpu_configs[TNPU_NUM_CONFIGS] = {
    {"t64", 4, 1024, 65536, 64},
    {"t128", 8, 2304, 81920, 64},
    {"t256", 16, 2304, 360448, 256},
    {"t512", 32, 1152, 360448, 256},
};

const char *const tnpu_hw_error_text[TNPU_NUM_HW_ERRORS] = {
    "no error",
    "start without a program in instruction memory",
    "start while a program runs; the running program goes on",
    "illegal opcode",
    "a reserved bit of the instruction is set",
    "a field's value is not allowed",
    "an address outside feature memory",
    "a row outside weight memory",
    "an address or pitch that this configuration needs aligned is not",
    "the program counter left instruction memory",
    "aborted by the host",
    "host access outside the address map",
    "wrong parity of a byte read from instruction memory: write the program again",
    "wrong parity of a byte read from feature memory: write the input again",
    "wrong parity of a byte read from weight memory: write the weights again",
};

const struct tnpu_config *tnpu_config_find(const char *name) {
    for (int i = 0; i < TNPU_NUM_CONFIGS; i++)
        if (!strcmp(tnpu_configs[i].name, name)) return &tnpu_configs[i];
    return NULL;
}

const struct tnpu_opcode_info *tnpu_opcode_find(unsigned code) {
    for (int i = 0; i < TNPU_NUM_OPCODES; i++)
        if (tnpu_opcodes[i].code == code) return &tnpu_opcodes[i];
    return NULL;
}

static void put(uint32_t *words, int field, int32_t value) {
    const struct tnpu_field_info *f = &tnpu_fields[field];
    uint32_t mask = (uint32_t)((1ULL << f->width) - 1);
    words[f->word] |= (((uint32_t)value - f->minus_one) & mask) << f->lsb;
}

static int32_t get(const uint32_t *words, int field) {
    const struct tnpu_field_info *f = &tnpu_fields[field];
    uint32_t v = (words[f->word] >> f->lsb) & (uint32_t)((1ULL << f->width) - 1);
    if (f->is_signed && (v >> (f->width - 1))) return (int32_t)v - (int32_t)(1U << f->width);
    return (int32_t)v + f->minus_one;
}

// struct tnpu_insn holds one int32_t a field, in the order of enum tnpu_field
_Static_assert(sizeof(struct tnpu_insn) == TNPU_NUM_FIELDS * sizeof(int32_t), "one member a field");

void tnpu_encode(const struct tnpu_insn *insn, uint32_t words[TNPU_IWORDS]) {
    int32_t v[TNPU_NUM_FIELDS];
    memcpy(v, insn, sizeof v);
    memset(words, 0, TNPU_IWORDS * sizeof *words);
    const struct tnpu_opcode_info *op = tnpu_opcode_find((unsigned)insn->opcode);
    put(words, TNPU_F_OPCODE, insn->opcode);
    for (int i = 0; op && i < TNPU_NUM_FIELDS; i++)
        if (i != TNPU_F_OPCODE && (op->fields >> i & 1)) put(words, i, v[i]);
}

void tnpu_decode(const uint32_t words[TNPU_IWORDS], struct tnpu_insn *insn) {
    int32_t v[TNPU_NUM_FIELDS];
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xFF);
    for (int i = 0; i < TNPU_NUM_FIELDS; i++)
        v[i] = op && (op->fields >> i & 1) ? get(words, i) : tnpu_fields[i].minus_one;
    v[TNPU_F_OPCODE] = get(words, TNPU_F_OPCODE);
    memcpy(insn, v, sizeof v);
}
