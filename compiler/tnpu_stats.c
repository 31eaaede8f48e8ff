// SPDX-License-Identifier: Apache-2.0
// Gathers calibration statistics in parallel. Floating-point sums are kept a picture and added in
// the pictures' order, so that the result is the same for any number of threads.
#include "tnpu_stats.h"

#include "tnpu_float.h"
#include "tnpu_parallel.h"

#include <math.h>
#include <stdlib.h>

#define BINS TNPU_STATS_BINS

/// Shared by the jobs of both passes.
struct collector {
    struct tnpu_stats *s;
    const struct tnpu_pictures *pictures;
    struct tnpu_float_run **run; ///< [threads]
    size_t *first;               ///< [tensor] index of its channel 0 among all channels asked for
    size_t channels;             ///< channels asked for
    float *min, *max;            ///< [picture][channels]
    double *sum, *sum2;          ///< [picture][channels]
    uint32_t *hist;              ///< [thread][channels][BINS]
};

static void channel_extremes(const float *x, size_t n, int c, float *min, float *max, double *sum,
                             double *sum2) {
    for (int i = 0; i < c; i++) {
        min[i] = max[i] = x[i];
        sum[i] = sum2[i] = 0;
    }
    for (size_t at = 0; at < n; at += (size_t)c)
        for (int i = 0; i < c; i++) {
            float v = x[at + i];
            min[i] = v < min[i] ? v : min[i];
            max[i] = v > max[i] ? v : max[i];
            sum[i] += v;
            sum2[i] += (double)v * v;
        }
}

static int extremes_job(void *ctx, int worker, int picture) {
    struct collector *k = ctx;
    tnpu_float_run_picture(k->run[worker], k->pictures->q + (size_t)picture * k->pictures->size);
    for (int t = 0; t < k->s->tensor_count; t++) {
        const struct tnpu_tensor_stats *ts = &k->s->tensors[t];
        size_t row = (size_t)picture * k->channels + k->first[t];
        if (ts->c)
            channel_extremes(tnpu_float_tensor(k->run[worker], t),
                             (size_t)(ts->count / k->pictures->count) * ts->c, ts->c, k->min + row,
                             k->max + row, k->sum + row, k->sum2 + row);
    }
    return 0;
}

static int histogram_job(void *ctx, int worker, int picture) {
    struct collector *k = ctx;
    tnpu_float_run_picture(k->run[worker], k->pictures->q + (size_t)picture * k->pictures->size);
    for (int t = 0; t < k->s->tensor_count; t++) {
        const struct tnpu_tensor_stats *ts = &k->s->tensors[t];
        const float *x = tnpu_float_tensor(k->run[worker], t);
        uint32_t *hist = k->hist + ((size_t)worker * k->channels + k->first[t]) * BINS;
        size_t n = (size_t)(ts->count / k->pictures->count) * ts->c;
        for (size_t at = 0; at < n; at += (size_t)ts->c)
            for (int i = 0; i < ts->c; i++) {
                float width = (ts->max[i] - ts->min[i]) / BINS;
                int bin = width > 0 ? (int)((x[at + i] - ts->min[i]) / width) : 0;
                hist[(size_t)i * BINS + (bin < BINS ? bin : BINS - 1)]++;
            }
    }
    return 0;
}

/// Joins the pictures' extremes and sums.
static void reduce_extremes(const struct collector *k, struct tnpu_tensor_stats *ts, size_t first) {
    for (int i = 0; i < ts->c; i++) {
        double sum = 0, sum2 = 0;
        ts->min[i] = INFINITY;
        ts->max[i] = -INFINITY;
        for (int p = 0; p < k->pictures->count; p++) {
            size_t at = (size_t)p * k->channels + first + i;
            ts->min[i] = fminf(ts->min[i], k->min[at]);
            ts->max[i] = fmaxf(ts->max[i], k->max[at]);
            sum += k->sum[at];
            sum2 += k->sum2[at];
        }
        ts->mean[i] = sum / ts->count;
        ts->var[i] = fmax(sum2 / ts->count - ts->mean[i] * ts->mean[i], 0);
    }
}

static int alloc_tensor(struct tnpu_tensor_stats *ts, const struct tnpu_tensor *t, int pictures) {
    size_t c = (size_t)t->c;
    ts->c = t->c;
    ts->count = (double)t->h * t->w * pictures;
    ts->min = calloc(c, sizeof *ts->min);
    ts->max = calloc(c, sizeof *ts->max);
    ts->mean = calloc(c, sizeof *ts->mean);
    ts->var = calloc(c, sizeof *ts->var);
    ts->hist = calloc(c * BINS, sizeof *ts->hist);
    return ts->min && ts->max && ts->mean && ts->var && ts->hist ? 0 : -1;
}

static int collector_init(struct collector *k, const struct tnpu_graph *g, const bool *wanted,
                          const struct tnpu_float_plan *plan, int threads, struct tnpu_error *e) {
    int rc = 0;
    for (int t = 0; !rc && t < g->tensor_count; t++) {
        k->first[t] = k->channels;
        if (wanted[t]) {
            rc = alloc_tensor(&k->s->tensors[t], &g->tensors[t], k->pictures->count);
            k->channels += (size_t)g->tensors[t].c;
        }
    }
    size_t rows = (size_t)k->pictures->count * k->channels;
    k->min = malloc(rows * sizeof *k->min);
    k->max = malloc(rows * sizeof *k->max);
    k->sum = malloc(rows * sizeof *k->sum);
    k->sum2 = malloc(rows * sizeof *k->sum2);
    k->hist = calloc((size_t)threads * k->channels, BINS * sizeof *k->hist);
    if (rc || !k->min || !k->max || !k->sum || !k->sum2 || !k->hist)
        return tnpu_fail(e, "%s: out of memory for calibration", g->arch);
    for (int i = 0; i < threads; i++)
        if (!(k->run[i] = tnpu_float_run_new(plan, e))) return -1;
    return 0;
}

static void collector_free(struct collector *k, int threads) {
    for (int i = 0; k->run && i < threads; i++) tnpu_float_run_free(k->run[i]);
    free(k->run);
    free(k->first);
    free(k->min);
    free(k->max);
    free(k->sum);
    free(k->sum2);
    free(k->hist);
}

static int collect(struct collector *k, const struct tnpu_graph *g, int threads,
                   struct tnpu_error *e) {
    if (tnpu_parallel(threads, k->pictures->count, extremes_job, k))
        return tnpu_fail(e, "%s: calibration failed", g->arch);
    for (int t = 0; t < g->tensor_count; t++) {
        reduce_extremes(k, &k->s->tensors[t], k->first[t]);
        const struct tnpu_tensor_stats *ts = &k->s->tensors[t];
        for (int i = 0; i < ts->c; i++) // the histogram needs the width of the range, too
            if (!isfinite(ts->mean[i]) || !isfinite(ts->var[i]) ||
                !isfinite(ts->max[i] - ts->min[i]))
                return tnpu_fail(e, "%s: the float network overflows on a calibration picture",
                                 g->arch);
    }
    if (tnpu_parallel(threads, k->pictures->count, histogram_job, k))
        return tnpu_fail(e, "%s: calibration failed", g->arch);
    for (int t = 0; t < g->tensor_count; t++)
        for (size_t i = 0; i < (size_t)k->s->tensors[t].c * BINS; i++)
            for (int w = 0; w < threads; w++)
                k->s->tensors[t].hist[i] +=
                    k->hist[((size_t)w * k->channels + k->first[t]) * BINS + i];
    return 0;
}

int tnpu_stats_collect(struct tnpu_stats *s, const struct tnpu_graph *g, const bool *wanted,
                       const struct tnpu_pictures *pictures, int threads, struct tnpu_error *e) {
    struct collector k = {.s = s,
                          .pictures = pictures,
                          .run = calloc((size_t)threads, sizeof *k.run),
                          .first = calloc((size_t)g->tensor_count, sizeof *k.first)};
    struct tnpu_float_plan *plan = tnpu_float_plan_new(g, e);
    s->tensors = calloc((size_t)g->tensor_count, sizeof *s->tensors);
    s->tensor_count = s->tensors ? g->tensor_count : 0;
    int rc = plan ? 0 : -1;
    if (!rc && (!k.run || !k.first || !s->tensors))
        rc = tnpu_fail(e, "%s: out of memory for calibration", g->arch);
    if (!rc) rc = collector_init(&k, g, wanted, plan, threads, e);
    if (!rc) rc = collect(&k, g, threads, e);
    collector_free(&k, threads);
    tnpu_float_plan_free(plan);
    if (rc) tnpu_stats_free(s);
    return rc;
}

void tnpu_stats_free(struct tnpu_stats *s) {
    for (int t = 0; t < s->tensor_count; t++) {
        free(s->tensors[t].min);
        free(s->tensors[t].max);
        free(s->tensors[t].mean);
        free(s->tensors[t].var);
        free(s->tensors[t].hist);
    }
    free(s->tensors);
    *s = (struct tnpu_stats){0};
}
