// SPDX-License-Identifier: Apache-2.0
// Makes a failing program smaller: drops instructions, then disturbances, then brings fields to
// their plainest value.
#include "fuzz_bench.h"

#include "tnpu_isa.h"

struct shrink {
    struct fuzz_program *best;
    struct tnpu_lockstep_result *result;
    bool with_rtl;
    int trials;
};

/// Takes the candidate if it still fails. One that cannot run does not.
static bool try(struct shrink *s, const struct fuzz_program *candidate) {
    if (s->trials-- <= 0) return false;
    struct fuzz_bench bench;
    struct tnpu_lockstep_result result;
    if (fuzz_bench_open(&bench, candidate->config, s->with_rtl, NULL)) return false;
    bool fails = !fuzz_bench_run(&bench, candidate, true, NULL, &result, NULL) && !result.same;
    fuzz_bench_close(&bench);
    if (fails) {
        *s->best = *candidate;
        *s->result = result;
    }
    return fails;
}

static bool drop_insns(struct shrink *s) {
    bool smaller = false;
    for (int n = s->best->count - 1; n >= 0; n--) {
        struct fuzz_program p = *s->best;
        if (p.count == 1 || (p.insns[n].words[0] & 0xFF) == TNPU_OP_END) continue;
        fuzz_remove_insn(&p, n);
        smaller |= try(s, &p);
    }
    return smaller;
}

static void plain_run(struct shrink *s) {
    struct fuzz_program p = *s->best;
    if (p.stop_at >= 0) {
        p.stop_at = -1;
        try(s, &p);
    }
    p = *s->best;
    if (p.start_pc && p.kind != FUZZ_PC_RANGE) {
        p.start_pc = 0;
        try(s, &p);
    }
    p = *s->best;
    if (p.kind == FUZZ_ABORT || p.kind == FUZZ_START_AGAIN) {
        p.kind = FUZZ_VALID;
        try(s, &p);
    }
}

/// Brings one field to its default, or half of the way.
static bool plain_field(struct shrink *s, int n, enum tnpu_field f) {
    struct tnpu_insn insn;
    tnpu_decode(s->best->insns[n].words, &insn);
    int32_t value = tnpu_isa_field(&insn, f), least = tnpu_fields[f].minus_one;
    for (int step = 0; value != least && step < 2; step++) {
        struct fuzz_program p = *s->best;
        union {
            struct tnpu_insn insn;
            int32_t value[TNPU_NUM_FIELDS];
        } plain = {.insn = insn};
        plain.value[f] = step == 0 ? least : least + (value - least) / 2;
        tnpu_encode(&plain.insn, p.insns[n].words);
        if (tnpu_isa_check(p.insns[n].words, p.config) == TNPU_HW_NONE && try(s, &p)) return true;
    }
    return false;
}

static bool plain_fields(struct shrink *s) {
    bool smaller = false;
    for (int n = 0; n < s->best->count; n++) {
        if (tnpu_isa_check(s->best->insns[n].words, s->best->config) != TNPU_HW_NONE) continue;
        const struct tnpu_opcode_info *op = tnpu_opcode_find(s->best->insns[n].words[0] & 0xFF);
        for (int f = 0; f < TNPU_NUM_FIELDS; f++)
            if (f != TNPU_F_OPCODE && op->fields >> f & 1)
                smaller |= plain_field(s, n, (enum tnpu_field)f);
    }
    return smaller;
}

void fuzz_shrink(struct fuzz_program *program, bool with_rtl, int trials,
                 struct tnpu_lockstep_result *result) {
    struct shrink s = {program, result, with_rtl, trials};
    while (drop_insns(&s)) {
    }
    plain_run(&s);
    while (s.trials > 0 && plain_fields(&s)) {
    }
}
