// SPDX-License-Identifier: Apache-2.0
// DWCONV, tick by tick: columns of one or two rows go into the line buffer, output vectors come
// when their window is complete (docs/CYCLES.md, section 2).
#include <string.h>

#include "tnpu_unit.h"

// Sweep and column in which output row oy and column ox are made; one past the last is the first of
// what follows
int tnpu_dw_sweep_of(const struct tnpu_job *job, int oy) {
    return (job->f.stride_y == 1 ? oy + 2 : oy + 1) - job->f.pad_y;
}
int tnpu_dw_column_of(const struct tnpu_job *job, int ox) {
    return ox * job->f.stride_y + 2 - job->f.pad_xb;
}
int tnpu_dw_sweeps(const struct tnpu_job *job) {
    int past = tnpu_dw_sweep_of(job, job->f.out_h - 1) + 1;
    return job->f.stride_y == 1 && past > job->f.in_h ? job->f.in_h : past;
}

// Ticks that the line buffer remembers: a window reaches back over less than four sweeps
enum { LINE = 4 * TNPU_DW_MAX_W };

struct dwwalk {
    struct tnpu_model *m;
    const struct tnpu_job *job;
    int pc, sweeps;
    uint64_t start, now, written;
    struct tnpu_ppu_params params;
    struct tnpu_tail tail;
    int8_t line[LINE][2][TNPU_MAX_L]; // of tick t at t % LINE: the rows of its sweep
};

static int64_t tick_of(const struct dwwalk *w, int g, int sweep, int column) {
    return ((int64_t)g * w->sweeps + sweep) * w->job->f.in_w + column;
}

// x(y, x) of tile g, from the line buffer, or padding
static const int8_t *window_pixel(const struct dwwalk *w, int g, int y, int x, const int8_t *pad) {
    const struct tnpu_insn *f = &w->job->f;
    if (y < 0 || y >= f->in_h || x < 0 || x >= f->in_w) return pad;
    int above = y - f->pad_y + 1; // stride 2: rows since the upper one of sweep 0
    int sweep = f->stride_y == 1 ? y : above / 2, row = f->stride_y == 1 ? 0 : above % 2;
    return w->line[tick_of(w, g, sweep, x) % LINE][row];
}

// Reads the rows of a tick; returns its last issue cycle.
static uint64_t read_tick(struct dwwalk *w, int64_t tick) {
    const struct tnpu_job *job = w->job;
    const struct tnpu_insn *f = &job->f;
    int x = (int)(tick % f->in_w), sweep = (int)(tick / f->in_w % w->sweeps),
        g = (int)(tick / f->in_w / w->sweeps);
    int first = f->stride_y == 1 ? sweep : 2 * sweep + f->pad_y - 1;
    unsigned banks = 0;
    if (g >= job->groups) return w->now;
    for (int i = 0; i < f->stride_y; i++) {
        int y = first + i;
        if (y < 0 || y >= f->in_h) continue;
        struct tnpu_span span = {f->in_base + (int64_t)y * f->in_row + (int64_t)x * f->in_xstep +
                                     (int64_t)g * job->lanes,
                                 0, job->lanes};
        bool stall = banks & tnpu_banks(span.address, job->lanes);
        w->now += stall;
        w->m->counters.stall_bank += stall;
        banks |=
            tnpu_mem_read(w->m, w->start + w->now, span, job->lanes, 0, w->line[tick % LINE][i]);
    }
    return w->now;
}

// Weights and parameters of a tile, before its first output vector
static void enter_tile(struct dwwalk *w, int g) {
    const struct tnpu_job *job = w->job;
    w->m->counters.wmem_reads++; // weights
    if (job->f.requant == TNPU_REQUANT_NONE || (job->f.param_shared && g > 0)) return;
    w->m->counters.wmem_reads++;
    tnpu_ppu_load_params(&w->params, tnpu_mem_row(w->m, tnpu_job_param_row(job, g)), job->lanes);
    if (job->pixels == 1) {
        w->now++;
        w->m->counters.stall_param++;
    }
}

// The output vector whose tick's last issue cycle is n
static void make_output(struct dwwalk *w, int g, int oy, int ox, uint64_t n) {
    const struct tnpu_job *job = w->job;
    const struct tnpu_insn *f = &job->f;
    int top = oy * f->stride_y - f->pad_y, left = ox * f->stride_y - f->pad_xb;
    int8_t pad[TNPU_MAX_L], y[TNPU_MAX_L];
    int32_t acc[TNPU_MAX_L] = {0};
    const struct tnpu_ppu_addition no_addition = {0};
    memset(pad, f->pad_value, sizeof pad);
    const int8_t *weights = tnpu_mem_row(w->m, tnpu_job_weight_row(job, g));
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const int8_t *x = window_pixel(w, g, top + i, left + j, pad);
            for (int c = 0; c < job->lanes; c++) acc[c] += x[c] * weights[TNPU_DOT * c + 3 * i + j];
        }
    tnpu_ppu(job, &w->params, &no_addition, acc, window_pixel(w, g, top + 1, left + 1, pad), y);
    tnpu_tail_take(&w->tail, job, 0, y);
    struct tnpu_pending out = {.cycle = w->start + n + TNPU_CYC_WRITE,
                               .address = tnpu_job_out_address(job, g, oy, ox),
                               .pc = w->pc,
                               .count = tnpu_job_valid_lanes(job, g)};
    memcpy(out.lanes, w->tail.best, sizeof out.lanes);
    tnpu_mem_write(w->m, w->start + n, &out);
    w->written = out.cycle;
    w->m->counters.macs += 9U * (unsigned)out.count;
}

uint64_t tnpu_dwwalk(struct tnpu_model *m, const struct tnpu_job *job, int pc, uint64_t d) {
    struct dwwalk w = {
        .m = m, .job = job, .pc = pc, .start = d + TNPU_CYC_START, .sweeps = tnpu_dw_sweeps(job)};
    tnpu_ppu_default_params(&w.params);
    if (job->table) {
        w.tail.table = tnpu_mem_row(m, job->f.lut_row);
        w.now += TNPU_LUT_WORDS;
        m->counters.wmem_reads += TNPU_LUT_WORDS;
        m->counters.stall_param += TNPU_LUT_WORDS;
    }
    int64_t tick = 0;
    for (int g = 0; g < job->groups; g++)
        for (int o = 0; o < job->pixels; o++) {
            int oy = o / job->f.out_w, ox = o % job->f.out_w;
            int64_t made = tick_of(&w, g, tnpu_dw_sweep_of(job, oy), tnpu_dw_column_of(job, ox));
            for (; tick < made; tick++, w.now++) read_tick(&w, tick);
            if (o == 0) enter_tile(&w, g);
            uint64_t n = read_tick(&w, tick++);
            w.now++;
            make_output(&w, g, oy, ox, n);
        }
    tnpu_mem_drain(m);
    return w.written;
}
