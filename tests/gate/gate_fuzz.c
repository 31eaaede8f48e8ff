// SPDX-License-Identifier: Apache-2.0
// Programs of the fuzzer as vectors. Memories are written whole once; what runs leave behind is
// what later programs find.
#include "gate_parts.h"

#include "fuzz_bench.h"
#include "tnpu_isa.h"
#include "tnpu_spec.h"

#include <stdlib.h>
#include <string.h>

struct fuzz {
    struct gate_vectors *v;
    struct fuzz_bench bench; ///< draws the contents of memory on models of its own
    struct fuzz_cover cover;
    int opcodes[TNPU_NUM_OPCODES];
};

static uint32_t wmem_bytes(const struct tnpu_config *c) {
    return (uint32_t)(c->wmem_rows * c->lanes * TNPU_DOT);
}

/// Writes the words of a memory that the bench's model has and the vectors' model has not.
static void write_changes(struct gate_vectors *v, uint32_t map, const uint8_t *from,
                          const uint8_t *have, uint32_t bytes) {
    for (uint32_t at = 0; at < bytes; at += 4)
        if (memcmp(from + at, have + at, 4)) gate_write_bytes(v, map + at, from + at, 4);
}

static void write_all(struct fuzz *f) {
    const struct tnpu_config *c = f->bench.config;
    gate_write_bytes(f->v, TNPU_MAP_FMEM, tnpu_model_fmem(&f->bench.model), (size_t)c->fmem_bytes);
    gate_write_bytes(f->v, TNPU_MAP_WMEM, tnpu_model_wmem(&f->bench.model), wmem_bytes(c));
}

static void load(struct fuzz *f, const struct fuzz_program *p) {
    const struct tnpu_config *c = p->config;
    struct tnpu_model *model = f->v->model;
    memcpy(tnpu_model_fmem(&f->bench.model), tnpu_model_fmem(model), (size_t)c->fmem_bytes);
    memcpy(tnpu_model_wmem(&f->bench.model), tnpu_model_wmem(model), wmem_bytes(c));
    for (int n = 0; n < p->count; n++) {
        uint32_t at = TNPU_MAP_IMEM + 4 * TNPU_IWORDS * (p->start_pc + (uint32_t)n);
        gate_write_bytes(f->v, at, p->insns[n].words, sizeof p->insns[n].words);
        if (tnpu_isa_check(p->insns[n].words, c) != TNPU_HW_NONE) continue;
        struct tnpu_insn insn;
        tnpu_decode(p->insns[n].words, &insn);
        fuzz_bench_data(&f->bench, &insn, p->insns[n].data_seed);
        f->opcodes[fuzz_opcode_index(insn.opcode)]++;
    }
    write_changes(f->v, TNPU_MAP_FMEM, tnpu_model_fmem(&f->bench.model), tnpu_model_fmem(model),
                  (uint32_t)c->fmem_bytes);
    write_changes(f->v, TNPU_MAP_WMEM, tnpu_model_wmem(&f->bench.model), tnpu_model_wmem(model),
                  wmem_bytes(c));
    gate_write_reg(f->v, TNPU_REG_STOP_AT,
                   p->stop_at < 0
                       ? 0
                       : 1U << TNPU_REG_STOP_AT_ENABLE_LSB | (p->start_pc + (uint32_t)p->stop_at));
}

/// Drops instructions that take too long for a slow simulator.
static void shorten(struct fuzz_program *p, int cycles) {
    for (int n = p->count - 1; n >= 0; n--) {
        struct tnpu_insn insn;
        if (tnpu_isa_check(p->insns[n].words, p->config) != TNPU_HW_NONE) continue;
        tnpu_decode(p->insns[n].words, &insn);
        if (fuzz_is_compute(insn.opcode) && fuzz_cost(&insn, p->config) > cycles)
            fuzz_remove_insn(p, n);
    }
}

static void run_programs(struct fuzz *f, int count, int seed, int cycles) {
    for (int n = 0; n < count; n++) {
        struct fuzz_rng rng = {fuzz_mix((uint64_t)seed << 32 | (uint32_t)n)};
        struct fuzz_program p;
        char what[100];
        fuzz_draw_program(&rng, &f->cover, &p);
        shorten(&p, cycles);
        snprintf(what, sizeof what, "fuzz program %d of seed %d: %s, %d instructions", n, seed,
                 fuzz_kind_names[p.kind], p.count);
        gate_program(f->v, what);
        load(f, &p);
        gate_run(f->v, p.start_pc);
        gate_random_accesses(f->v, &rng, 8);
    }
}

int gate_fuzz(struct gate_vectors *v, int count, int seed, int cycles, struct tnpu_error *e) {
    struct fuzz *f = calloc(1, sizeof *f);
    const struct tnpu_config *config = tnpu_config_find(v->model->cfg.name);
    if (!f) return tnpu_fail(e, "vectors: out of memory");
    f->v = v;
    int r = fuzz_cover_init(&f->cover, config)
                ? tnpu_fail(e, "coverage bins are missing: run scripts/gen")
                : fuzz_bench_open(&f->bench, config, false, e);
    if (!r) {
        write_all(f);
        run_programs(f, count, seed, cycles);
        for (int o = 0; o < TNPU_NUM_OPCODES && !r; o++)
            if (!f->opcodes[o])
                r = tnpu_fail(e, "vectors: no %s among %d programs of seed %d; draw more",
                              tnpu_opcodes[o].name, count, seed);
        fuzz_bench_close(&f->bench);
    }
    free(f);
    return r;
}
