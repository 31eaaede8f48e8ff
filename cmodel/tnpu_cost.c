// SPDX-License-Identifier: Apache-2.0
// Time and counts of CONV and of the vector instructions from their fields. Addresses matter only
// by their position in a pair of vectors, so reads are counted by classes of rows times classes of
// columns; only a second operand needs a look at every convolution pixel.
#include <string.h>

#include "tnpu_unit.h"

enum { PAIR = 2 * TNPU_VEC }; // bytes after which banks repeat

// Number of rows, or of columns, whose byte offset is r modulo PAIR
struct classes {
    uint64_t of[PAIR];
};

static unsigned modulo(int64_t address) {
    return (unsigned)((uint64_t)address % PAIR);
}

static bool row_valid(const struct tnpu_insn *f, int y) {
    return y >= 0 && y < f->in_h;
}

// Input rows read for a column of the loops: oy, wy, ky
static void count_rows(const struct tnpu_job *job, struct classes *rows) {
    const struct tnpu_insn *f = &job->f;
    for (int oy = 0; oy < f->out_h; oy++)
        for (int wy = 0; wy < f->pool_h; wy++)
            for (int ky = 0; ky < f->kh; ky++) {
                int y = oy * f->in_wystep + wy * f->stride_y - f->pad_y + ky * f->dil_y;
                if (row_valid(f, y)) rows->of[modulo(f->in_base + (int64_t)y * f->in_row)]++;
            }
}

// Reads of one row of the loops: ox, wx, kx, ch, and the tiles
static void count_columns(const struct tnpu_job *job, struct classes *columns) {
    const struct tnpu_insn *f = &job->f;
    int64_t last_tile = job->conv ? 0 : (int64_t)(job->groups - 1) * job->lanes;
    uint64_t weight = job->conv ? (uint64_t)job->groups : 1;
    for (int ox = 0; ox < f->out_w; ox++)
        for (int wx = 0; wx < f->pool_w; wx++)
            for (int kx = 0; kx < f->kw; kx++) {
                int64_t pos =
                    (int64_t)ox * f->in_wxstep + wx * f->in_xstep - f->pad_xb + kx * f->kxstep;
                int64_t step = job->conv ? TNPU_DOT : job->lanes;
                int64_t end =
                    job->conv ? pos + (int64_t)(f->nchunk - 1) * TNPU_DOT : pos + last_tile;
                for (; pos <= end; pos += step)
                    if (pos + job->access > 0 && pos < f->in_wb && f->in_wb > 0)
                        columns->of[modulo(pos)] += weight;
            }
}

static uint64_t banks_of(const struct classes *rows, const struct classes *columns, int access) {
    uint64_t banks = 0;
    for (unsigned a = 0; a < PAIR; a++)
        for (unsigned b = 0; rows->of[a] && b < PAIR; b++)
            banks += rows->of[a] * columns->of[b] * tnpu_bank_count(tnpu_banks(a + b, access));
    return banks;
}

void tnpu_cost_writes(const struct tnpu_job *job, struct tnpu_counters *c) {
    const struct tnpu_insn *f = &job->f;
    uint64_t rows[TNPU_VEC] = {0}, columns[TNPU_VEC] = {0};
    for (int oy = 0; oy < f->out_h; oy++) rows[(f->out_base + oy * f->out_row) % TNPU_VEC]++;
    for (int ox = 0; ox < f->out_w; ox++) columns[(ox * f->out_pix) % TNPU_VEC]++;
    for (int a = 0; a < TNPU_VEC; a++)
        for (int b = 0; rows[a] && b < TNPU_VEC; b++) {
            if (!columns[b]) continue;
            uint64_t vectors = 0;
            for (int g = 0; g < job->groups; g++)
                vectors += (unsigned)((a + b + g * job->lanes) % TNPU_VEC +
                                      tnpu_job_valid_lanes(job, g) + TNPU_VEC - 1) /
                           TNPU_VEC;
            c->fmem_writes += rows[a] * columns[b] * vectors;
        }
}

// How often the loops enter a tile anew, reading its parameter row, and how many of those entries
// take a cycle of their own
static void count_params(const struct tnpu_job *job, struct tnpu_counters *c) {
    const struct tnpu_insn *f = &job->f;
    if (f->requant == TNPU_REQUANT_NONE) return;
    uint64_t groups = f->param_shared ? 1 : (uint64_t)job->groups;
    uint64_t tiles = (uint64_t)(job->pixels + f->tile - 1) / (unsigned)f->tile;
    int first = f->tile < job->pixels ? f->tile : job->pixels;
    bool first_alone = tnpu_job_param_alone(job, first * job->window);
    if (f->order == 0 || f->param_shared) {
        c->wmem_reads += groups;
        c->stall_param += first_alone ? groups : 0;
        return;
    }
    int last = job->pixels - (int)(tiles - 1) * f->tile;
    c->wmem_reads += groups * tiles;
    c->stall_param += (first_alone ? groups * (tiles - 1) : 0) +
                      (tnpu_job_param_alone(job, last * job->window) ? groups : 0);
}

// Walks the convolution pixels of an instruction with a second operand: time of the last phases,
// conflicts, and the drain of ADD and SUB.
struct pace {
    const struct tnpu_job *job;
    struct tnpu_counters *c;
    uint64_t now, phase_ready, left, written; // written: after issue cycle 0
    bool shared_done;
};

static void operand_pixel(struct pace *p, int g, int oy, int ox, int wy, int wx) {
    const struct tnpu_job *job = p->job;
    const struct tnpu_insn *f = &job->f;
    int y = oy * f->in_wystep + wy * f->stride_y - f->pad_y + (f->kh - 1) * f->dil_y;
    int64_t pos = (int64_t)ox * f->in_wxstep + wx * f->in_xstep - f->pad_xb +
                  (f->kw - 1) * f->kxstep + (int64_t)(f->nchunk - 1) * TNPU_DOT;
    struct tnpu_span span = tnpu_job_span(job, g, y, pos);
    unsigned input = span.first < span.end ? tnpu_banks(span.address, job->access) : 0;
    unsigned operand = tnpu_banks(tnpu_job_operand_address(job, g, oy, ox), job->operand_bytes);
    uint64_t n = p->now, wait = TNPU_CYC_WRITE;
    if (job->add) {
        if (n < p->left) n = p->left;
        n = (n + TNPU_ADD_INTERVAL - 1) / TNPU_ADD_INTERVAL * TNPU_ADD_INTERVAL;
        p->left = n + 1;
        wait += TNPU_CYC_ADD_EXTRA;
    }
    p->written = n + wait;
    p->now += 1 + ((input & operand) != 0);
    p->c->stall_bank += (input & operand) != 0;
    p->c->fmem_reads += tnpu_bank_count(operand);
}

static void operand_tile(struct pace *p, int g, int first) {
    const struct tnpu_job *job = p->job;
    const struct tnpu_insn *f = &job->f;
    int end = first + f->tile < job->pixels ? first + f->tile : job->pixels;
    int count = (end - first) * job->window;
    bool entry = (f->order == 1 || first == 0) && f->requant != TNPU_REQUANT_NONE &&
                 !(f->param_shared && p->shared_done);
    p->now += entry && tnpu_job_param_alone(job, count);
    p->shared_done |= entry;
    p->now += (uint64_t)(job->taps - 1) * (uint64_t)count;
    if (job->add) {
        if (p->now < p->phase_ready) {
            p->c->stall_drain += p->phase_ready - p->now;
            p->now = p->phase_ready;
        }
        p->phase_ready = p->now + TNPU_ADD_INTERVAL * (uint64_t)count;
    }
    int oy = first / f->out_w, ox = first % f->out_w;
    for (int o = first; o < end; o++) {
        for (int wy = 0; wy < f->pool_h; wy++)
            for (int wx = 0; wx < f->pool_w; wx++) operand_pixel(p, g, oy, ox, wy, wx);
        if (++ox == f->out_w) ox = 0, oy++;
    }
}

// Fills issue and end of a cost whose counts so far hold all but the second operand's.
static void operand_time(const struct tnpu_job *job, uint64_t prologue,
                         struct tnpu_insn_cost *cost) {
    struct pace p = {.job = job, .c = &cost->counters, .now = prologue};
    int tile = job->f.tile;
    if (job->f.order == 0)
        for (int g = 0; g < job->groups; g++)
            for (int o = 0; o < job->pixels; o += tile) operand_tile(&p, g, o);
    else
        for (int o = 0; o < job->pixels; o += tile)
            for (int g = 0; g < job->groups; g++) operand_tile(&p, g, o);
    cost->issue = p.now;
    cost->end = TNPU_CYC_START + p.written;
}

void tnpu_cost(const struct tnpu_job *job, struct tnpu_insn_cost *cost) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_counters *c = &cost->counters;
    struct classes rows = {{0}}, columns = {{0}};
    memset(cost, 0, sizeof *cost);
    uint64_t prologue = job->add + (job->table ? (uint64_t)TNPU_LUT_WORDS : 0);
    uint64_t reads = (uint64_t)job->pixels * (uint64_t)job->window * (uint64_t)job->taps; // a tile
    uint64_t pixel_tiles = (uint64_t)(job->pixels + f->tile - 1) / (unsigned)f->tile;
    c->stall_param = c->wmem_reads = prologue;
    c->wmem_reads += (uint64_t)job->groups * pixel_tiles * (uint64_t)job->weight_rows;
    c->macs = reads * (uint64_t)f->out_c * (job->conv ? TNPU_DOT : 1);
    count_params(job, c);
    count_rows(job, &rows);
    count_columns(job, &columns);
    c->fmem_reads = banks_of(&rows, &columns, job->access);
    tnpu_cost_writes(job, c);
    if (job->operand)
        operand_time(job, prologue, cost);
    else {
        cost->issue = c->stall_param + reads * (uint64_t)job->groups;
        cost->end = TNPU_CYC_START + cost->issue - 1 + TNPU_CYC_WRITE;
    }
    c->cycles = cost->end + 1 > TNPU_CYC_FETCH ? cost->end + 1 : TNPU_CYC_FETCH;
}

int tnpu_model_insn_cost(const struct tnpu_config *cfg, const struct tnpu_insn *insn,
                         struct tnpu_insn_cost *cost) {
    uint32_t words[TNPU_IWORDS];
    struct tnpu_insn decoded;
    struct tnpu_job job;
    memset(cost, 0, sizeof *cost);
    tnpu_encode(insn, words);
    int error = tnpu_model_check(cfg, words);
    if (error) return error;
    tnpu_decode(words, &decoded);
    cost->counters.cycles = decoded.opcode == TNPU_OP_END ? 1 : TNPU_CYC_FETCH;
    if (!tnpu_is_compute(decoded.opcode)) return 0;
    tnpu_job_init(&job, cfg, &decoded);
    if (job.dw)
        tnpu_dwcost(&job, cost);
    else
        tnpu_cost(&job, cost);
    return 0;
}
