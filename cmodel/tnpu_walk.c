// SPDX-License-Identifier: Apache-2.0
// The loops of CONV and of the vector instructions, read by read: which access is in which cycle
// (docs/CYCLES.md, section 2) and in which cycle each output vector is written (section 3).
#include <string.h>

#include "tnpu_unit.h"

// A convolution pixel of the pixel tile under way
struct pixel {
    int oy, ox, wy, wx;
    int32_t acc[TNPU_MAX_L];
};

struct walk {
    struct tnpu_model *m;
    const struct tnpu_job *job;
    int pc;
    uint64_t start;                   // cycle of issue cycle 0
    uint64_t now;                     // number of the next issue cycle
    bool have_params;                 // the shared parameter row was read
    bool phase_before;                // a pixel tile went before this one:
    uint64_t phase_start, phase_size; // when its last phase began, its convolution pixels
    uint64_t left;                    // ADD, SUB: one more than the slot of the last vector
    uint64_t written;                 // cycle of the last write
    struct tnpu_ppu_params params;
    struct tnpu_ppu_addition addition;
    struct tnpu_tail tail;
    struct pixel pixels[TNPU_TILE];
};

// Cycle of the write of a vector whose last input read was issue cycle n
static uint64_t write_cycle(struct walk *w, uint64_t n) {
    if (!w->job->add) return w->start + n + TNPU_CYC_WRITE;
    uint64_t slot = n > w->left ? n : w->left;
    while (slot % TNPU_ADD_INTERVAL != 0) slot++;
    w->left = slot + 1;
    return w->start + slot + TNPU_CYC_WRITE + TNPU_CYC_ADD_EXTRA;
}

// A convolution pixel has its last input read in issue cycle n: the rest of its way.
static void finish(struct walk *w, int g, const struct pixel *p, uint64_t n, const int8_t *r) {
    const struct tnpu_job *job = w->job;
    int8_t y[TNPU_MAX_L];
    tnpu_ppu(job, &w->params, &w->addition, p->acc, r, y);
    uint64_t cycle = write_cycle(w, n);
    if (!tnpu_tail_take(&w->tail, job, p->wy * job->f.pool_w + p->wx, y)) return;
    struct tnpu_pending out = {.cycle = cycle,
                               .address = tnpu_job_out_address(job, g, p->oy, p->ox),
                               .pc = w->pc,
                               .count = tnpu_job_valid_lanes(job, g)};
    memcpy(out.lanes, w->tail.best, sizeof out.lanes);
    tnpu_mem_write(w->m, w->start + n, &out);
    w->written = cycle;
}

// The second operand of a pixel whose input used `banks` in this cycle: in the same one, or in one
// more.
static void read_operand(struct walk *w, int g, const struct pixel *p, unsigned banks, int8_t *r) {
    const struct tnpu_job *job = w->job;
    struct tnpu_span span = {tnpu_job_operand_address(job, g, p->oy, p->ox), 0, job->operand_bytes};
    bool stall = banks & tnpu_banks(span.address, job->operand_bytes);
    w->now += stall;
    w->m->counters.stall_bank += stall;
    tnpu_mem_read(w->m, w->start + w->now, span, job->operand_bytes, 0, r);
    if (job->f.res_scalar) memset(r, r[0], TNPU_MAX_L);
}

// The drain wait of ADD and SUB, before the last phase of a pixel tile of `count` pixels
static void wait_for_multiplier(struct walk *w, int count) {
    uint64_t ready = w->phase_start + TNPU_ADD_INTERVAL * w->phase_size;
    if (w->phase_before && w->now < ready) {
        w->m->counters.stall_drain += ready - w->now;
        w->now = ready;
    }
    w->phase_before = true;
    w->phase_start = w->now;
    w->phase_size = (uint64_t)count;
}

// One phase: tap (ky, kx, ch) of every pixel of the tile
static void phase(struct walk *w, int g, int count, int ky, int kx, int ch) {
    const struct tnpu_job *job = w->job;
    const struct tnpu_insn *f = &job->f;
    int tap = (ky * f->kw + kx) * f->nchunk + ch;
    bool last = tap == job->taps - 1;
    if (last && job->add) wait_for_multiplier(w, count);
    const int8_t *weights = NULL;
    if (job->weight_rows) {
        weights =
            tnpu_mem_row(w->m, tnpu_job_weight_row(job, g) + (job->conv ? tap : tap / TNPU_DOT));
        w->m->counters.wmem_reads += job->conv || tap % TNPU_DOT == 0;
    }
    int lane_macs = tnpu_job_valid_lanes(job, g) * (job->conv ? TNPU_DOT : 1);
    for (int i = 0; i < count; i++) {
        struct pixel *p = &w->pixels[i];
        int y = p->oy * f->in_wystep + p->wy * f->stride_y - f->pad_y + ky * f->dil_y;
        int64_t pos = (int64_t)p->ox * f->in_wxstep + p->wx * f->in_xstep - f->pad_xb +
                      kx * f->kxstep + ch * TNPU_DOT;
        int8_t x[TNPU_MAX_L], r[TNPU_MAX_L] = {0};
        uint64_t n = w->now;
        unsigned banks = tnpu_mem_read(w->m, w->start + n, tnpu_job_span(job, g, y, pos),
                                       job->access, f->pad_value, x);
        tnpu_array_mac(job, tap, weights, x, p->acc);
        w->m->counters.macs += (uint64_t)lane_macs;
        if (last) {
            if (job->operand) read_operand(w, g, p, banks, r);
            finish(w, g, p, n, r);
        }
        w->now++;
    }
}

// Pixel tile from output pixel `first` on, of output tile g; `enter`: the loops enter g here.
static void pixel_tile(struct walk *w, int g, int first, bool enter) {
    const struct tnpu_job *job = w->job;
    const struct tnpu_insn *f = &job->f;
    int count = 0;
    for (int o = first; o < first + f->tile && o < job->pixels; o++)
        for (int wy = 0; wy < f->pool_h; wy++)
            for (int wx = 0; wx < f->pool_w; wx++) {
                struct pixel *p = &w->pixels[count++];
                *p = (struct pixel){.oy = o / f->out_w, .ox = o % f->out_w, .wy = wy, .wx = wx};
                tnpu_array_clear(job, p->acc);
            }
    if (enter && f->requant != TNPU_REQUANT_NONE && !(f->param_shared && w->have_params)) {
        bool alone = tnpu_job_param_alone(job, count);
        w->now += alone;
        w->m->counters.stall_param += alone;
        w->m->counters.wmem_reads++;
        w->have_params = true;
        tnpu_ppu_load_params(&w->params, tnpu_mem_row(w->m, tnpu_job_param_row(job, g)),
                             job->lanes);
    }
    for (int ky = 0; ky < f->kh; ky++)
        for (int kx = 0; kx < f->kw; kx++)
            for (int ch = 0; ch < f->nchunk; ch++) phase(w, g, count, ky, kx, ch);
}

uint64_t tnpu_walk(struct tnpu_model *m, const struct tnpu_job *job, int pc, uint64_t d) {
    struct walk w = {.m = m, .job = job, .pc = pc, .start = d + TNPU_CYC_START};
    const struct tnpu_insn *f = &job->f;
    tnpu_ppu_default_params(&w.params);
    if (job->add) {
        tnpu_ppu_load_addition(&w.addition, tnpu_mem_row(m, f->w_base));
        w.now++;
    }
    if (job->table) {
        w.tail.table = tnpu_mem_row(m, f->lut_row);
        w.now += TNPU_LUT_WORDS;
    }
    m->counters.wmem_reads += w.now;
    m->counters.stall_param += w.now;
    if (f->order == 0)
        for (int g = 0; g < job->groups; g++)
            for (int o = 0; o < job->pixels; o += f->tile) pixel_tile(&w, g, o, o == 0);
    else
        for (int o = 0; o < job->pixels; o += f->tile)
            for (int g = 0; g < job->groups; g++) pixel_tile(&w, g, o, true);
    tnpu_mem_drain(m);
    return w.written;
}
