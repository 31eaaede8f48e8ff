// SPDX-License-Identifier: Apache-2.0
// The fast path: when it may be taken, and the steps that all its instructions share.
#if !defined(TNPU_MODEL_SCALAR)
#include "tnpu_fast.h"

#include <stdlib.h>
#include <string.h>

struct tnpu_scratch *tnpu_scratch_new(const struct tnpu_config *cfg) {
    struct tnpu_scratch *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    // One window of 16 convolution pixels with as many taps as weight memory can hold, for two sets
    // of lanes where there can be two; six rows of the line buffer with their padding
    size_t tap = cfg->lanes > TNPU_VEC ? 2 * TNPU_DOT : TNPU_DOT;
    size_t window = (size_t)TNPU_TILE * (size_t)cfg->wmem_rows * tap;
    s->input_bytes = window > 2 * TNPU_FAST_INPUT ? window : 2 * TNPU_FAST_INPUT;
    s->input = calloc(s->input_bytes, 1);
    if (s->input) return s;
    free(s);
    return NULL;
}

void tnpu_scratch_free(struct tnpu_scratch *s) {
    if (s) free(s->input);
    free(s);
}

// Lowest address that output pixel (oy, ox) or a later one reads: of the input, of the second
// operand
static int64_t input_from(const struct tnpu_job *job, int oy, int ox) {
    const struct tnpu_insn *f = &job->f;
    int64_t y = (int64_t)oy * f->in_wystep - f->pad_y, pos = (int64_t)ox * f->in_wxstep - f->pad_xb;
    return f->in_base + (y > 0 ? y : 0) * f->in_row + (pos > 0 ? pos : 0);
}
static int64_t operand_from(const struct tnpu_job *job, int oy, int ox) {
    return job->f.res_base + (int64_t)oy * job->f.res_row + (int64_t)ox * job->f.res_pix;
}

// Lowest address that output pixel o or a later one reads
static int64_t lowest(const struct tnpu_job *job,
                      int64_t (*from)(const struct tnpu_job *, int, int), int o) {
    int oy = o / job->f.out_w;
    if (o >= job->pixels) return INT64_MAX;
    int64_t here = from(job, oy, o % job->f.out_w),
            below = oy + 1 < job->f.out_h ? from(job, oy + 1, 0) : here;
    return below < here ? below : here;
}

// Whether the output, pixel by pixel, stays below everything that is read later. With several
// tiles, a block of pixels is read again after its first vectors were written, so there the output
// must stay below the whole block.
static bool trails(const struct tnpu_job *job, int64_t (*from)(const struct tnpu_job *, int, int),
                   int block) {
    const struct tnpu_insn *f = &job->f;
    bool again = job->groups > 1;
    if (again && f->order == 0) return false;
    int64_t low = 0;
    for (int o = 0; o < job->pixels; o++) {
        if (!again)
            low = lowest(job, from, o + 1);
        else if (o % block == 0)
            low = lowest(job, from, o);
        if ((int64_t)tnpu_job_out_address(job, 0, o / f->out_w, o % f->out_w) + f->out_c > low)
            return false;
    }
    return true;
}

// Output pixels whose inputs fit the cache: whole pixel tiles, of which at least one always fits
// the work space
static int block_pixels(const struct tnpu_job *job) {
    int most = TNPU_FAST_PIXELS / job->window, tile = job->f.tile;
    int64_t fit =
        job->conv ? TNPU_FAST_INPUT / ((int64_t)job->taps * job->window * job->access) : most;
    int block = fit < most ? (int)fit : most;
    return block < tile ? tile : block / tile * tile;
}

int tnpu_fast_block(const struct tnpu_job *job) {
    const struct tnpu_insn *f = &job->f;
    int64_t lanes = (int64_t)job->groups * job->lanes;
    int64_t out_row = (int64_t)(f->out_w - 1) * f->out_pix + f->out_c;
    if ((f->out_w > 1 && f->out_pix < f->out_c) || (f->out_h > 1 && f->out_row < out_row)) return 0;
    int64_t out_end = f->out_base + (int64_t)(f->out_h - 1) * f->out_row + out_row;
    int64_t in_end = f->in_base + (int64_t)(f->in_h - 1) * f->in_row +
                     (job->dw ? (int64_t)(f->in_w - 1) * f->in_xstep + lanes : f->in_wb);
    int64_t operand_end =
        operand_from(job, f->out_h - 1, f->out_w - 1) + (f->res_scalar ? 1 : lanes);
    bool on_input = f->in_base < out_end && f->out_base < in_end;
    bool on_operand = job->operand && f->res_base < out_end && f->out_base < operand_end;
    if (on_input && job->dw) return 0;
    int blocks[2] = {block_pixels(job), f->tile};
    for (int i = 0; i < 2; i++)
        if ((!on_input || trails(job, input_from, blocks[i])) &&
            (!on_operand || trails(job, operand_from, blocks[i])))
            return blocks[i];
    return 0;
}

void tnpu_lane_constants_make(struct tnpu_lane_constants *k, const struct tnpu_ppu_params *p,
                              const struct tnpu_job *job) {
    for (int i = 0; i < TNPU_MAX_L; i++) {
        int c = i % job->lanes, shift = p->shift[c];
        k->bias[i] = p->bias[c];
        k->post[i] = p->post[c];
        k->mult[i] = shift == -32 && job->f.requant != TNPU_REQUANT_AVERAGE ? 0 : p->mult[c];
        k->k[i] = p->k[c];
        k->left[i] = shift > 0 ? shift : 0;
        k->right[i] = shift < 0 && shift > -32 ? -shift : 0;
    }
}

const struct tnpu_lane_constants *tnpu_fast_constants(struct tnpu_model *m,
                                                      const struct tnpu_job *job, int g) {
    struct tnpu_scratch *s = m->state->scratch;
    int slot = g % TNPU_FAST_TILES;
    struct tnpu_lane_constants *k = &s->constants[slot];
    if (s->tile_of[slot] == g) return k;
    s->tile_of[slot] = g;
    struct tnpu_ppu_params p;
    tnpu_ppu_default_params(&p);
    if (job->f.requant != TNPU_REQUANT_NONE)
        tnpu_ppu_load_params(&p, tnpu_mem_row(m, tnpu_job_param_row(job, g)), job->lanes);
    tnpu_lane_constants_make(k, &p, job);
    return k;
}

void tnpu_fast_finish(struct tnpu_model *m, const struct tnpu_job *job, int g, int count) {
    struct tnpu_scratch *s = m->state->scratch;
    int n = count * job->lanes;
    m->state->kernels->ppu(job, tnpu_fast_constants(m, job, g), &s->addition, n, s->acc, s->r,
                           s->y);
    int vectors = count / job->window;
    if (job->window > 1) // the vectors of a window follow one another
        for (int o = 0; o < vectors; o++) {
            const int8_t *y = s->y + o * job->window * job->lanes;
            int8_t best[TNPU_MAX_L];
            memcpy(best, y, (size_t)job->lanes);
            for (int i = 1; i < job->window; i++)
                for (int c = 0; c < job->lanes; c++) {
                    int8_t v = y[i * job->lanes + c];
                    best[c] = v > best[c] ? v : best[c];
                }
            memcpy(s->y + o * job->lanes, best, (size_t)job->lanes);
        }
    if (!job->table) return;
    const int8_t *table = tnpu_mem_row(m, job->f.lut_row);
    for (int i = 0; i < vectors * job->lanes; i++) s->y[i] = table[s->y[i] + 128];
}

bool tnpu_fast(struct tnpu_model *m, const struct tnpu_job *job) {
    struct tnpu_scratch *s = m->state->scratch;
    int block = tnpu_fast_block(job);
    if (!block) return false;
    for (int i = 0; i < TNPU_FAST_TILES; i++) s->tile_of[i] = -1;
    if (job->add) tnpu_ppu_load_addition(&s->addition, tnpu_mem_row(m, job->f.w_base));
    if (job->dw)
        tnpu_fast_dw(m, job);
    else
        tnpu_fast_pixels(m, job, block);
    return true;
}
#endif
