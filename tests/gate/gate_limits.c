// SPDX-License-Identifier: Apache-2.0
// The check of an instruction at every limit: each reserved bit of each opcode alone, each illegal
// opcode, and each field at the last code of one verdict and the first of the next, and powers of
// two beyond. What the verdicts are, and where they change, is asked of the rules.
#include "gate_parts.h"

#include "fuzz_program.h"
#include "tnpu_isa.h"
#include "tnpu_spec.h"

#include <stdio.h>
#include <string.h>

enum { BASES = 3, CYCLES_MAX = 150 };

struct limits {
    struct gate_vectors *v;
    const struct tnpu_config *config;
    uint32_t loaded[TNPU_IWORDS]; ///< instruction 0 as it is in instruction memory
};

static void load(struct limits *l, const uint32_t words[TNPU_IWORDS]) {
    for (uint32_t w = 0; w < TNPU_IWORDS; w++) {
        if (l->loaded[w] == words[w]) continue;
        gate_write(l->v, TNPU_MAP_IMEM + 4 * w, words[w], 15);
        l->loaded[w] = words[w];
    }
}

/// Runs one instruction, which must be refused, or not, with the right error.
static void try(struct limits *l, const uint32_t words[TNPU_IWORDS]) {
    struct tnpu_insn insn;
    tnpu_decode(words, &insn);
    if (tnpu_isa_check(words, l->config) == TNPU_HW_NONE) {
        if (insn.opcode == TNPU_OP_WAIT || insn.opcode == TNPU_OP_HOSTOP) return;
        if (fuzz_cost(&insn, l->config) > CYCLES_MAX) return; // too long for a slow simulator
    }
    load(l, words);
    gate_write_reg(l->v, TNPU_REG_IRQ, 15);
    gate_start(l->v, 0);
    gate_check_complete(l->v);
    gate_read(l->v, TNPU_MAP_REGS + TNPU_REG_ERROR);
    gate_read(l->v, TNPU_MAP_REGS + TNPU_REG_CYCLES);
}

static void try_code(struct limits *l, const uint32_t base[TNPU_IWORDS], enum tnpu_field field,
                     uint32_t code) {
    uint32_t words[TNPU_IWORDS];
    if (code >> tnpu_fields[field].width) return;
    memcpy(words, base, sizeof words);
    fuzz_force(words, field, code);
    try(l, words);
}

/// Both sides of each limit of a field; of a verdict of memory ranges also powers of two beyond,
/// where one wrong bit of a sum would bring it back inside.
static void around(struct limits *l, const uint32_t base[TNPU_IWORDS], enum tnpu_field field) {
    uint32_t limits[FUZZ_LIMITS_MAX];
    int n = fuzz_limits(base, field, l->config, limits);
    for (int i = 0; i < n; i++) {
        try_code(l, base, field, limits[i]);
        try_code(l, base, field, limits[i] + 1);
        if (tnpu_fields[field].width < 16) continue;
        for (int bit = 0; bit < tnpu_fields[field].width; bit++)
            try_code(l, base, field, limits[i] + (1u << bit));
    }
}

/// Fields of a legal instruction, one after the other.
static void fields(struct limits *l, struct fuzz_rng *rng, int op) {
    static const uint32_t anywhere[2] = {0, 0};
    uint32_t words[TNPU_IWORDS];
    struct tnpu_insn insn;
    do insn = fuzz_draw_insn(rng, l->config, op, NULL, 0, -1, anywhere);
    while (fuzz_cost(&insn, l->config) > CYCLES_MAX);
    tnpu_encode(&insn, words);
    try(l, words);
    for (int f = 1; f < TNPU_NUM_FIELDS; f++)
        if (tnpu_opcodes[op].fields >> f & 1) around(l, words, (enum tnpu_field)f);
    gate_read_written(l->v);
}

static void reserved(struct limits *l, const struct tnpu_opcode_info *op) {
    for (int bit = 0; bit < 32 * TNPU_IWORDS; bit++) {
        uint32_t words[TNPU_IWORDS] = {op->code};
        if (!(op->reserved[bit / 32] >> bit % 32 & 1)) continue;
        words[bit / 32] |= 1u << bit % 32;
        try(l, words);
    }
}

void gate_limits(struct gate_vectors *v, struct fuzz_rng *rng) {
    struct limits l = {.v = v, .config = tnpu_config_find(v->model->cfg.name)};
    struct tnpu_insn end = {.opcode = TNPU_OP_END};
    uint32_t words[TNPU_IWORDS];
    gate_program(v, "limits: opcodes");
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    gate_write_reg(v, TNPU_REG_IRQ_ENABLE, GATE_STOPS);
    gate_write_bytes(v, TNPU_MAP_IMEM, l.loaded, sizeof l.loaded);
    tnpu_encode(&end, words);
    gate_write_bytes(v, TNPU_MAP_IMEM + sizeof words, words, sizeof words);
    for (uint32_t code = 0; code < 256; code++) {
        memset(words, 0, sizeof words);
        words[0] = code;
        try(&l, words);
    }
    gate_read_written(v);
    for (int op = 0; op < TNPU_NUM_OPCODES; op++) {
        char what[60];
        snprintf(what, sizeof what, "limits: %s, reserved bits and fields", tnpu_opcodes[op].name);
        gate_program(v, what);
        reserved(&l, &tnpu_opcodes[op]);
        for (int i = 0; i < BASES && fuzz_is_compute(tnpu_opcodes[op].code); i++)
            fields(&l, rng, op);
    }
}
