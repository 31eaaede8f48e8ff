// SPDX-License-Identifier: Apache-2.0
// DWCONV an output row at a time. A row of the input is copied once a tile, its columns apart by
// column modulo the stride, so that the nine taps of all outputs of a row are nine flat runs.
#if !defined(TNPU_MODEL_SCALAR)
#include <string.h>

#include "tnpu_fast.h"

// Columns of a run: the padding at the left, the input, and the padding that windows reach at the
// right
enum { RUN = TNPU_DW_MAX_W + 4 };

struct rows {
    int lanes, stride;
    int8_t *at[3]; // window rows: stride runs of RUN columns each
};

static int8_t *run_at(const struct rows *w, int row, int column) {
    return w->at[row] + ((column % w->stride) * RUN + column / w->stride) * w->lanes;
}

// Fills window row `row` with input row y of tile g; column 0 is input column -pad_xb.
static void load_row(const struct tnpu_model *m, const struct tnpu_job *job, int g, int y,
                     const struct rows *w, int row) {
    const struct tnpu_insn *f = &job->f;
    int columns = (f->out_w - 1) * f->stride_y + 3;
    const uint8_t *in =
        m->state->fmem + f->in_base + (int64_t)y * f->in_row + (int64_t)g * job->lanes;
    for (int i = 0; i < columns; i++) {
        int x = i - f->pad_xb;
        int8_t *to = run_at(w, row, i);
        if (y < 0 || y >= f->in_h || x < 0 || x >= f->in_w)
            memset(to, f->pad_value, (size_t)job->lanes);
        else
            tnpu_fast_copy(to, in + (int64_t)x * f->in_xstep, job->lanes);
    }
}

// Output row oy of tile g from the window rows
static void output_row(struct tnpu_model *m, const struct tnpu_job *job, int g, int oy,
                       const struct rows *rows, const int32_t (*w)[TNPU_MAX_L]) {
    const struct tnpu_insn *f = &job->f;
    struct tnpu_scratch *s = m->state->scratch;
    int valid = tnpu_job_valid_lanes(job, g);
    for (int first = 0; first < f->out_w; first += TNPU_FAST_PIXELS) {
        int count = f->out_w - first < TNPU_FAST_PIXELS ? f->out_w - first : TNPU_FAST_PIXELS;
        const int8_t *x[9];
        for (int t = 0; t < 9; t++) x[t] = run_at(rows, t / 3, first * f->stride_y + t % 3);
        m->state->kernels->window(x, w, count * job->lanes, s->acc);
        if (f->res_mode != TNPU_RES_NONE) memcpy(s->r, x[4], (size_t)(count * job->lanes));
        tnpu_fast_finish(m, job, g, count);
        for (int o = 0; o < count; o++) {
            uint8_t *to = m->state->fmem + tnpu_job_out_address(job, g, oy, first + o);
            if (valid == job->lanes)
                tnpu_fast_copy((int8_t *)to, s->y + o * job->lanes, job->lanes);
            else
                memcpy(to, s->y + o * job->lanes, (size_t)valid);
        }
    }
}

void tnpu_fast_dw(struct tnpu_model *m, const struct tnpu_job *job) {
    const struct tnpu_insn *f = &job->f;
    int8_t *store = m->state->scratch->input;
    struct rows rows = {job->lanes, f->stride_y, {NULL}};
    for (int i = 0; i < 3; i++) rows.at[i] = store + i * 2 * RUN * TNPU_MAX_L;
    for (int g = 0; g < job->groups; g++) {
        const int8_t *row = tnpu_mem_row(m, tnpu_job_weight_row(job, g));
        int32_t w[9][TNPU_MAX_L];
        for (int t = 0; t < 9; t++)
            for (int i = 0; i < TNPU_MAX_L; i++) w[t][i] = row[i % job->lanes * TNPU_DOT + t];
        int top = -f->pad_y;
        for (int i = 0; i < 3; i++) load_row(m, job, g, top + i, &rows, i);
        for (int oy = 0; oy < f->out_h; oy++) {
            output_row(m, job, g, oy, &rows, (const int32_t(*)[TNPU_MAX_L])w);
            for (int i = 0; i < f->stride_y; i++) { // the window moves down
                int8_t *oldest = rows.at[0];
                rows.at[0] = rows.at[1];
                rows.at[1] = rows.at[2];
                rows.at[2] = oldest;
                if (oy + 1 < f->out_h)
                    load_row(m, job, g, top + 3 + oy * f->stride_y + i, &rows, 2);
            }
        }
    }
}
#endif
