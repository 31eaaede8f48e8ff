// SPDX-License-Identifier: Apache-2.0
// CONV and the vector instructions, a block of pixels at a time for all tiles: gather inputs,
// kernel, post-processing, write.
#if !defined(TNPU_MODEL_SCALAR)
#include <string.h>

#include "tnpu_fast.h"

// Copies `bytes` bytes from position `pos` of input row y on, padding where there is no input.
static void gather(const struct tnpu_model *m, const struct tnpu_insn *f, int y, int64_t pos,
                   int bytes, int8_t *to) {
    int64_t end = pos + bytes < f->in_wb ? pos + bytes : f->in_wb, from = pos > 0 ? pos : 0;
    const uint8_t *row = m->state->fmem + f->in_base + (int64_t)y * f->in_row;
    if (y < 0 || y >= f->in_h || from >= end)
        memset(to, f->pad_value, (size_t)bytes);
    else if (end - from == bytes && bytes == TNPU_DOT)
        memcpy(to, row + from, TNPU_DOT);
    else {
        memset(to, f->pad_value, (size_t)(from - pos));
        memcpy(to + (from - pos), row + from, (size_t)(end - from));
        memset(to + (end - pos), f->pad_value, (size_t)(pos + bytes - end));
    }
}

static int row_of(const struct tnpu_insn *f, const struct tnpu_fast_pixel *p, int ky) {
    return p->oy * f->in_wystep + p->wy * f->stride_y - f->pad_y + ky * f->dil_y;
}
static int64_t column_of(const struct tnpu_insn *f, const struct tnpu_fast_pixel *p, int kx) {
    return (int64_t)p->ox * f->in_wxstep + p->wx * f->in_xstep - f->pad_xb +
           (int64_t)kx * f->kxstep;
}

// All inputs of CONV's pixels, a pixel's taps one behind the other, for one set of lanes
static void gather_conv(struct tnpu_model *m, const struct tnpu_job *job, int set, int count) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_scratch *s = m->state->scratch;
    int run = f->nchunk * TNPU_DOT;
    int8_t *to = s->input + (ptrdiff_t)set * count * job->taps * TNPU_DOT;
    for (int i = 0; i < count; i++)
        for (int ky = 0; ky < f->kh; ky++)
            for (int kx = 0; kx < f->kw; kx++, to += run)
                gather(m, f, row_of(f, &s->pixels[i], ky),
                       column_of(f, &s->pixels[i], kx) + set * TNPU_DOT, run, to);
}

// Dot products of all pixels with tile g's weights, set of lanes by set of lanes
static void dot_conv(struct tnpu_model *m, const struct tnpu_job *job, int g, int count) {
    struct tnpu_scratch *s = m->state->scratch;
    const int8_t *w = tnpu_mem_row(m, tnpu_job_weight_row(job, g));
    int lanes = job->lanes / job->sets;
    for (int set = 0; set < job->sets; set++)
        m->state->kernels->dot(job->lanes, lanes,
                               s->input + (ptrdiff_t)set * count * job->taps * TNPU_DOT, count,
                               job->taps, w + set * lanes * TNPU_DOT, s->acc + set * lanes);
}

// The taps of a vector instruction into the accumulators
static void vector_taps(struct tnpu_model *m, const struct tnpu_job *job, int g, int count) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_scratch *s = m->state->scratch;
    int tap = 0;
    enum tnpu_tap_mode mode = f->opcode == TNPU_OP_DWTAP ? TNPU_TAP_MAC
                              : f->acc_max               ? TNPU_TAP_MAX
                                                         : TNPU_TAP_SUM;
    if (mode == TNPU_TAP_MAC) memset(s->acc, 0, sizeof s->acc);
    for (int ky = 0; ky < f->kh; ky++)
        for (int kx = 0; kx < f->kw; kx++, tap++) {
            int32_t w[TNPU_MAX_L] = {0};
            for (int i = 0; i < count; i++) {
                int64_t pos = column_of(f, &s->pixels[i], kx) + (int64_t)g * job->lanes;
                gather(m, f, row_of(f, &s->pixels[i], ky), pos, job->lanes, s->x + i * job->lanes);
            }
            if (mode == TNPU_TAP_MAC) {
                const int8_t *row =
                    tnpu_mem_row(m, tnpu_job_weight_row(job, g) + tap / TNPU_DOT) + tap % TNPU_DOT;
                for (int i = 0; i < TNPU_MAX_L; i++) w[i] = row[i % job->lanes * TNPU_DOT];
            }
            bool load = mode != TNPU_TAP_MAC && tap == 0;
            m->state->kernels->tap(load ? TNPU_TAP_LOAD : mode, s->x, w, count * job->lanes,
                                   s->acc);
        }
}

static void gather_operand(struct tnpu_model *m, const struct tnpu_job *job, int g, int count) {
    struct tnpu_scratch *s = m->state->scratch;
    for (int i = 0; i < count; i++) {
        const uint8_t *from =
            m->state->fmem + tnpu_job_operand_address(job, g, s->pixels[i].oy, s->pixels[i].ox);
        if (job->f.res_scalar)
            memset(s->r + i * job->lanes, *from, (size_t)job->lanes);
        else
            tnpu_fast_copy(s->r + i * job->lanes, from, job->lanes);
    }
}

static void write_out(struct tnpu_model *m, const struct tnpu_job *job, int g, int vectors) {
    struct tnpu_scratch *s = m->state->scratch;
    int valid = tnpu_job_valid_lanes(job, g);
    for (int o = 0; o < vectors; o++) {
        const struct tnpu_fast_pixel *p = &s->pixels[o * job->window];
        uint8_t *to = m->state->fmem + tnpu_job_out_address(job, g, p->oy, p->ox);
        if (valid == job->lanes)
            tnpu_fast_copy((int8_t *)to, s->y + o * job->lanes, job->lanes);
        else
            memcpy(to, s->y + o * job->lanes, (size_t)valid);
    }
}

void tnpu_fast_pixels(struct tnpu_model *m, const struct tnpu_job *job, int block) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_scratch *s = m->state->scratch;
    int oy = 0, ox = 0;
    for (int first = 0; first < job->pixels; first += block) {
        int vectors = job->pixels - first < block ? job->pixels - first : block, count = 0;
        for (int o = 0; o < vectors; o++) {
            for (int wy = 0; wy < f->pool_h; wy++)
                for (int wx = 0; wx < f->pool_w; wx++)
                    s->pixels[count++] = (struct tnpu_fast_pixel){oy, ox, wy, wx};
            if (++ox == f->out_w) ox = 0, oy++;
        }
        for (int set = 0; job->conv && set < job->sets; set++) gather_conv(m, job, set, count);
        for (int g = 0; g < job->groups; g++) {
            if (job->conv)
                dot_conv(m, job, g, count);
            else
                vector_taps(m, job, g, count);
            if (job->operand) gather_operand(m, job, g, count);
            tnpu_fast_finish(m, job, g, count);
            write_out(m, job, g, vectors);
        }
    }
}
#endif
