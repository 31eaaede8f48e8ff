// SPDX-License-Identifier: Apache-2.0
// Draws whole programs: how many instructions, of which kind, around whose results, and with what
// disturbance.
#include "fuzz_program.h"

#include "tnpu_isa.h"

#include <string.h>

const char *const fuzz_kind_names[FUZZ_KINDS] = {"valid", "bad instruction", "no END", "abort",
                                                 "second start"};

/// Bins that cover lacks, of one opcode and tail.
static int lacking(const struct fuzz_cover *cover, int op, int tail) {
    int n = 0;
    for (int bin = 0; bin < TNPU_NUM_BINS; bin++)
        n += cover->reachable[op][bin][tail] && !cover->hits[op][bin][tail];
    return n;
}

/// Draws opcode and tail: each has some chance, those that lack bins more.
static void draw_class(struct fuzz_rng *rng, const struct fuzz_cover *cover, int *op, int *tail) {
    int weight[TNPU_NUM_OPCODES][FUZZ_TAILS], sum = 0;
    for (int o = 0; o < TNPU_NUM_OPCODES; o++)
        for (int t = 0; t < FUZZ_TAILS; t++) {
            bool compute = fuzz_is_compute(tnpu_opcodes[o].code);
            bool possible =
                compute && (!(t & FUZZ_TAIL_PIXEL) || tnpu_opcodes[o].fields >> TNPU_F_TILE & 1);
            weight[o][t] = possible ? 4 + lacking(cover, o, t) : 0;
            sum += weight[o][t];
        }
    int at = fuzz_in(rng, 0, sum - 1);
    for (*op = 0; *op < TNPU_NUM_OPCODES; ++*op)
        for (*tail = 0; *tail < FUZZ_TAILS; ++*tail)
            if ((at -= weight[*op][*tail]) < 0) return;
}

/// Some of the bins that cover lacks, drawn without preference.
static int draw_targets(struct fuzz_rng *rng, const struct fuzz_cover *cover, int op, int tail,
                        int targets[FUZZ_TARGETS]) {
    int n = 0, seen = 0;
    for (int bin = 0; bin < TNPU_NUM_BINS; bin++) {
        if (!cover->reachable[op][bin][tail] || cover->hits[op][bin][tail]) continue;
        int at = seen++ < FUZZ_TARGETS ? n++ : fuzz_in(rng, 0, seen - 1);
        if (at < FUZZ_TARGETS) targets[at] = bin;
    }
    return n ? fuzz_in(rng, 1, n) : 0;
}

static void append(struct fuzz_rng *rng, struct fuzz_program *p, const struct tnpu_insn *insn) {
    tnpu_encode(insn, p->insns[p->count].words);
    p->insns[p->count++].data_seed = fuzz_next(rng);
}

static void append_control(struct fuzz_rng *rng, struct fuzz_cover *cover, struct fuzz_program *p) {
    static const enum tnpu_opcode control[] = {TNPU_OP_EVENT, TNPU_OP_WAIT, TNPU_OP_HOSTOP};
    static const int32_t ends[] = {0, 65535};
    struct tnpu_insn insn = {.opcode = (int32_t)control[fuzz_in(rng, 0, 2)]};
    insn.arg = fuzz_chance(rng, 30) ? ends[fuzz_in(rng, 0, 1)] : fuzz_in(rng, 1, 65534);
    fuzz_cover_count(cover, &insn);
    append(rng, p, &insn);
}

/// The bytes that an instruction writes, from its first to its last.
static void output_region(const struct tnpu_insn *i, uint32_t region[2]) {
    region[0] = (uint32_t)i->out_base;
    region[1] = (uint32_t)((i->out_h - 1) * i->out_row + (i->out_w - 1) * i->out_pix + i->out_c);
}

static void append_compute(struct fuzz_rng *rng, struct fuzz_cover *cover, struct fuzz_program *p,
                           uint32_t near[2]) {
    int op, tail, targets[FUZZ_TARGETS];
    draw_class(rng, cover, &op, &tail);
    int n = draw_targets(rng, cover, op, tail, targets);
    struct tnpu_insn insn = fuzz_draw_insn(rng, p->config, op, targets, n, tail, near);
    fuzz_cover_count(cover, &insn);
    append(rng, p, &insn);
    output_region(&insn, near);
}

void fuzz_draw_program(struct fuzz_rng *rng, struct fuzz_cover *cover, struct fuzz_program *p) {
    const struct tnpu_config *config = cover->config;
    *p = (struct fuzz_program){.config = config, .stop_at = -1};
    int kind = fuzz_in(rng, 0, 99);
    p->kind = kind < 84   ? FUZZ_VALID
              : kind < 94 ? FUZZ_BAD_INSN
              : kind < 96 ? FUZZ_PC_RANGE
              : kind < 98 ? FUZZ_ABORT
                          : FUZZ_START_AGAIN;
    int compute = fuzz_chance(rng, 20) ? fuzz_in(rng, 1, 2) : fuzz_in(rng, 3, FUZZ_COMPUTE_MAX);
    bool chained = fuzz_chance(rng, 90);
    uint32_t near[2] = {0, 0};
    for (int i = 0; i < compute; i++) {
        if (p->count - i < FUZZ_INSNS_MAX - FUZZ_COMPUTE_MAX - 1 && fuzz_chance(rng, 20))
            append_control(rng, cover, p);
        if (!chained) near[1] = 0;
        append_compute(rng, cover, p, near);
    }
    if (p->kind == FUZZ_BAD_INSN) {
        int bad = fuzz_in(rng, 0, p->count - 1);
        fuzz_spoil(rng, config, p->insns[bad].words);
    }
    if (p->kind != FUZZ_PC_RANGE) {
        struct tnpu_insn end = {.opcode = TNPU_OP_END};
        fuzz_cover_count(cover, &end);
        append(rng, p, &end);
    }
    if (fuzz_chance(rng, 15)) p->stop_at = fuzz_in(rng, 0, p->count - 1);
    p->disturb_percent = fuzz_in(rng, 0, 99);
    uint32_t last = (uint32_t)(config->imem_depth - p->count);
    p->start_pc = p->kind == FUZZ_PC_RANGE ? last
                  : fuzz_chance(rng, 60)   ? 0
                                           : (uint32_t)fuzz_in(rng, 0, last);
}

static void spoil_reserved(struct fuzz_rng *rng, uint32_t words[TNPU_IWORDS]) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xFF);
    int word, bit;
    do {
        word = fuzz_in(rng, 0, TNPU_IWORDS - 1);
        bit = fuzz_in(rng, 0, 31);
    } while (!(op->reserved[word] >> bit & 1));
    words[word] |= 1u << bit;
}

/// A field goes one step beyond what the rules allow, or a power of two farther.
static void spoil_limit(struct fuzz_rng *rng, const struct tnpu_config *config,
                        uint32_t words[TNPU_IWORDS]) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xFF);
    uint32_t limits[FUZZ_LIMITS_MAX];
    enum tnpu_field field = (enum tnpu_field)fuzz_in(rng, 1, TNPU_NUM_FIELDS - 1);
    if (!(op->fields >> field & 1)) return;
    int n = fuzz_limits(words, field, config, limits);
    if (!n) return;
    uint32_t at = limits[fuzz_in(rng, 0, n - 1)] + (uint32_t)fuzz_in(rng, 0, 1);
    int far = tnpu_fields[field].width - 1;
    if (fuzz_chance(rng, 30)) at += 1u << fuzz_in(rng, 0, far);
    fuzz_force(words, field, at);
}

/// A field goes wild, to an end of its range or anywhere: FIELD, ALIGN, FMEM_RANGE, WMEM_RANGE.
static void spoil_field(struct fuzz_rng *rng, uint32_t words[TNPU_IWORDS]) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xFF);
    for (int n = fuzz_in(rng, 1, 2); n > 0; n--) {
        int f = fuzz_in(rng, 1, TNPU_NUM_FIELDS - 1);
        if (!(op->fields >> f & 1)) continue;
        int most = (1 << tnpu_fields[f].width) - 1; // by code: beyond the maximum too
        int code = fuzz_chance(rng, 40) ? most : fuzz_in(rng, 0, most);
        fuzz_force(words, (enum tnpu_field)f, (uint32_t)code);
    }
}

void fuzz_spoil(struct fuzz_rng *rng, const struct tnpu_config *config,
                uint32_t words[TNPU_IWORDS]) {
    uint32_t legal[TNPU_IWORDS];
    memcpy(legal, words, sizeof legal);
    enum tnpu_hw_error got = TNPU_HW_NONE;
    for (int tries = 0; got == TNPU_HW_NONE; tries++) {
        memcpy(words, legal, sizeof legal);
        int way = fuzz_in(rng, 0, 9);
        if (way == 0 || tries > 50)
            words[0] = (words[0] & ~0xFFu) | (uint32_t)fuzz_in(rng, 0, 255);
        else if (way <= 2)
            spoil_reserved(rng, words);
        else if (way <= 6)
            spoil_limit(rng, config, words);
        else
            spoil_field(rng, words);
        got = tnpu_isa_check(words, config);
    }
}

void fuzz_remove_insn(struct fuzz_program *p, int index) {
    memmove(&p->insns[index], &p->insns[index + 1],
            (size_t)(p->count - index - 1) * sizeof p->insns[0]);
    p->count--;
    if (p->stop_at > index) p->stop_at--;
    if (p->stop_at >= p->count) p->stop_at = -1;
    if (p->kind == FUZZ_PC_RANGE) p->start_pc++;
}
