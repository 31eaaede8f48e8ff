// SPDX-License-Identifier: Apache-2.0
// Time and counts of DWCONV from its fields: ticks counted by classes of rows and columns, as
// addresses repeat after a pair of vectors.
#include <string.h>

#include "tnpu_unit.h"

enum { PAIR = 2 * TNPU_VEC };

static unsigned modulo(int64_t address) {
    return (unsigned)((uint64_t)address % PAIR);
}

// What the ticks of one sweep cost: sweep's upper row `first`, columns 0..columns-1 of the input by
// class and tile
static void count_sweep(const struct tnpu_job *job, int first, const uint64_t columns[PAIR],
                        struct tnpu_counters *c) {
    const struct tnpu_insn *f = &job->f;
    bool both = f->stride_y == 2 && first >= 0 && first + 1 < f->in_h;
    for (unsigned a = 0; a < PAIR; a++) {
        if (!columns[a]) continue;
        unsigned banks[2];
        for (int i = 0; i < f->stride_y; i++) {
            int y = first + i;
            if (y < 0 || y >= f->in_h) continue;
            banks[i] = tnpu_banks(modulo(f->in_base + (int64_t)y * f->in_row + a), job->lanes);
            c->fmem_reads += columns[a] * tnpu_bank_count(banks[i]);
        }
        if (both && (banks[0] & banks[1])) c->stall_bank += columns[a];
    }
}

static void count_columns(const struct tnpu_job *job, int groups_from, int groups_to, int columns,
                          uint64_t out[PAIR]) {
    uint64_t tiles[PAIR] = {0}, xs[PAIR] = {0};
    memset(out, 0, PAIR * sizeof *out);
    for (int g = groups_from; g < groups_to; g++) tiles[modulo((int64_t)g * job->lanes)]++;
    for (int x = 0; x < columns; x++) xs[modulo((int64_t)x * job->f.in_xstep)]++;
    for (unsigned a = 0; a < PAIR; a++)
        for (unsigned b = 0; tiles[a] && b < PAIR; b++) out[(a + b) % PAIR] += tiles[a] * xs[b];
}

void tnpu_dwcost(const struct tnpu_job *job, struct tnpu_insn_cost *cost) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_counters *c = &cost->counters;
    uint64_t all[PAIR], last[PAIR];
    memset(cost, 0, sizeof *cost);
    if (job->table) c->stall_param = c->wmem_reads = TNPU_LUT_WORDS;
    uint64_t params = f->requant == TNPU_REQUANT_NONE ? 0
                      : f->param_shared               ? 1
                                                      : (uint64_t)job->groups;
    c->wmem_reads += params + (uint64_t)job->groups;
    if (job->pixels == 1) c->stall_param += params;
    c->macs = 9 * (uint64_t)job->pixels * (uint64_t)f->out_c;

    // Ticks end with the last output vector, in tick `ticks - 1` of the last tile, counted from its
    // first
    int sweeps = tnpu_dw_sweeps(job);
    int ticks =
        tnpu_dw_sweep_of(job, f->out_h - 1) * f->in_w + tnpu_dw_column_of(job, f->out_w - 1) + 1;
    count_columns(job, 0, job->groups, f->in_w, all);
    for (int i = 0; i < sweeps; i++) {
        int first = f->stride_y == 1 ? i : 2 * i + f->pad_y - 1;
        int done = ticks - i * f->in_w; // columns of this sweep that the last tile reaches
        if (done < f->in_w) {
            count_columns(job, 0, job->groups - 1, f->in_w, all);
            count_columns(job, job->groups - 1, job->groups, done, last);
            count_sweep(job, first, last, c);
        }
        count_sweep(job, first, all, c);
    }
    cost->issue = (uint64_t)(job->groups - 1) * (unsigned)(sweeps * f->in_w) + (unsigned)ticks +
                  c->stall_bank + c->stall_param;
    cost->end = TNPU_CYC_START + cost->issue - 1 + TNPU_CYC_WRITE;
    tnpu_cost_writes(job, c);
    c->cycles = cost->end + 1 > TNPU_CYC_FETCH ? cost->end + 1 : TNPU_CYC_FETCH;
}
