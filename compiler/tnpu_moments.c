// SPDX-License-Identifier: Apache-2.0
// Gathers the second moments of windows, a picture at a time.
#include "tnpu_moments.h"

#include "tnpu_parallel.h"

#include <stdlib.h>

/// Windows looked at over all pictures: enough for the largest window, few enough to be quick.
#define SAMPLES 16384
/// Windows of one picture: 255^2 times this stays within int32.
#define PICTURE_SAMPLES_MAX 32768

struct gatherer {
    const struct tnpu_qgraph *q;
    const struct tnpu_qlayer *l;
    const struct tnpu_pictures *in;
    int groups, k;
    int op_w, pixels; ///< of the operator's output, before fused pooling
    int samples;      ///< windows a picture
    int64_t *sum;     ///< [thread][groups][k]
    int64_t *sum2;    ///< [thread][groups][k][k], the lower triangle
    int32_t *picture; ///< [thread][groups][k][k], of the picture in hand
    int16_t *window;  ///< [thread][groups][k]
};

/// The bytes under output pixel (oy, ox)'s window less the zero point, group by group.
static void read_window(const struct gatherer *g, const int8_t *in, int oy, int ox,
                        int16_t *window) {
    const struct tnpu_qlayer *l = g->l;
    const struct tnpu_qtensor *t = &g->q->tensors[l->input];
    int taps = l->kernel_h * l->kernel_w;
    for (int tap = 0; tap < taps; tap++) {
        int y = oy * l->stride_h - l->pad_top + tap / l->kernel_w * l->dilation_h;
        int x = ox * l->stride_w - l->pad_left + tap % l->kernel_w * l->dilation_w;
        bool inside = y >= 0 && y < t->h && x >= 0 && x < t->w;
        const int8_t *at = inside ? in + ((size_t)y * t->w + x) * t->c : NULL;
        for (int c = 0; c < t->c; c++) {
            int16_t v = (int16_t)(at ? at[c] - l->in_zp : 0);
            window[l->op == TNPU_QOP_CONV ? tap * t->c + c : c * taps + tap] = v;
        }
    }
}

static void add_window(const struct gatherer *g, const int16_t *window, int64_t *sum,
                       int32_t *sum2) {
    size_t k = (size_t)g->k;
    for (int group = 0; group < g->groups; group++, window += k, sum += k, sum2 += k * k)
        for (size_t i = 0; i < k; i++) {
            int16_t x = window[i];
            int32_t *restrict row = sum2 + i * k;
            sum[i] += x;
            for (size_t j = 0; x && j <= i; j++) row[j] += (int32_t)x * window[j];
        }
}

static int picture_job(void *ctx, int worker, int picture) {
    const struct gatherer *g = ctx;
    size_t k = (size_t)g->k, groups = (size_t)g->groups, squares = groups * k * k;
    int32_t *sum2 = g->picture + (size_t)worker * squares;
    int16_t *window = g->window + (size_t)worker * groups * k;
    const int8_t *in = g->in->q + (size_t)picture * g->in->size;
    for (size_t i = 0; i < squares; i++) sum2[i] = 0;
    for (int s = 0; s < g->samples; s++) {
        // Neighbouring pictures look at different pixels.
        int64_t part = (int64_t)s * g->in->count + picture;
        int at = (int)(part * g->pixels / ((int64_t)g->samples * g->in->count));
        read_window(g, in, at / g->op_w, at % g->op_w, window);
        add_window(g, window, g->sum + (size_t)worker * groups * k, sum2);
    }
    for (size_t i = 0; i < squares; i++) g->sum2[(size_t)worker * squares + i] += sum2[i];
    return 0;
}

/// Sums of all threads to mean and covariance.
static void finish(struct tnpu_moments *m, const struct gatherer *g, int threads) {
    double n = (double)g->samples * g->in->count;
    size_t k = (size_t)m->k, groups = (size_t)m->groups;
    for (size_t i = 0; i < groups * k; i++) {
        int64_t sum = 0;
        for (int t = 0; t < threads; t++) sum += g->sum[(size_t)t * groups * k + i];
        m->mean[i] = (double)sum / n;
    }
    for (size_t i = 0; i < groups * k; i++)
        for (size_t j = 0; j <= i % k; j++) {
            int64_t sum2 = 0;
            for (int t = 0; t < threads; t++) sum2 += g->sum2[((size_t)t * groups * k + i) * k + j];
            size_t group = i / k;
            double cov = (double)sum2 / n - m->mean[i] * m->mean[group * k + j];
            m->cov[i * k + j] = m->cov[(group * k + j) * k + i % k] = cov;
        }
}

int tnpu_moments_gather(struct tnpu_moments *m, const struct tnpu_qgraph *q,
                        const struct tnpu_qlayer *l, const struct tnpu_pictures *in, int threads,
                        struct tnpu_error *e) {
    const struct tnpu_qtensor *t = &q->tensors[l->input];
    bool dense = l->op == TNPU_QOP_CONV;
    int op_h, op_w, taps = l->kernel_h * l->kernel_w;
    tnpu_qlayer_op_size(q, l, &op_h, &op_w);
    *m = (struct tnpu_moments){.groups = dense ? 1 : t->c, .k = dense ? taps * t->c : taps};
    struct gatherer g = {.q = q,
                         .l = l,
                         .in = in,
                         .groups = m->groups,
                         .k = m->k,
                         .op_w = op_w,
                         .pixels = op_h * op_w};
    int samples = (SAMPLES + in->count - 1) / in->count;
    samples = samples < g.pixels ? samples : g.pixels;
    g.samples = samples < PICTURE_SAMPLES_MAX ? samples : PICTURE_SAMPLES_MAX;
    size_t n = (size_t)m->groups * m->k, k = (size_t)m->k, th = (size_t)threads;
    m->mean = malloc(n * sizeof *m->mean);
    m->cov = malloc(n * k * sizeof *m->cov);
    g.sum = calloc(th * n, sizeof *g.sum);
    g.sum2 = calloc(th * n * k, sizeof *g.sum2);
    g.picture = malloc(th * n * k * sizeof *g.picture);
    g.window = malloc(th * n * sizeof *g.window);
    int rc = m->mean && m->cov && g.sum && g.sum2 && g.picture && g.window ? 0 : -1;
    if (!rc) {
        tnpu_parallel(threads, in->count, picture_job, &g);
        finish(m, &g, threads);
    }
    free(g.sum);
    free(g.sum2);
    free(g.picture);
    free(g.window);
    if (rc) {
        tnpu_moments_free(m);
        tnpu_fail(e, "%s: %s: out of memory for its second moments", q->arch, l->name);
    }
    return rc;
}

void tnpu_moments_free(struct tnpu_moments *m) {
    free(m->mean);
    free(m->cov);
    *m = (struct tnpu_moments){0};
}
