// SPDX-License-Identifier: Apache-2.0
// Signal-to-noise ratio of the int8 tensors.
#include "tnpu_snr.h"

#include "tnpu_float.h"
#include "tnpu_parallel.h"
#include "tnpu_qexec.h"

#include <math.h>
#include <stdlib.h>

struct meter {
    const struct tnpu_qgraph *q;
    const struct tnpu_pictures *pictures;
    struct tnpu_float_run **run; ///< [threads]
    struct tnpu_qexec **qrun;    ///< [threads]
    double *signal, *noise;      ///< [picture][tensor]
};

static int measure_job(void *ctx, int worker, int picture) {
    struct meter *m = ctx;
    const int8_t *q = m->pictures->q + (size_t)picture * m->pictures->size;
    tnpu_float_run_picture(m->run[worker], q);
    tnpu_qexec_run(m->qrun[worker], q);
    for (int i = 0; i < m->q->tensor_count; i++) {
        const struct tnpu_qtensor *t = &m->q->tensors[i];
        const float *want = tnpu_float_tensor(m->run[worker], t->float_tensor);
        const int8_t *got = tnpu_qexec_tensor(m->qrun[worker], i);
        double signal = 0, noise = 0;
        for (size_t at = 0; at < (size_t)t->h * t->w * t->c; at++) {
            float scale = t->scale[t->scale_count == 1 ? 0 : at % t->c];
            double error = (double)want[at] - scale * (got[at] - t->zero_point);
            signal += (double)want[at] * want[at];
            noise += error * error;
        }
        m->signal[(size_t)picture * m->q->tensor_count + i] = signal;
        m->noise[(size_t)picture * m->q->tensor_count + i] = noise;
    }
    return 0;
}

static int meter_init(struct meter *m, const struct tnpu_float_plan *plan, int threads,
                      struct tnpu_error *e) {
    size_t rows = (size_t)m->pictures->count * m->q->tensor_count;
    m->run = calloc((size_t)threads, sizeof *m->run);
    m->qrun = calloc((size_t)threads, sizeof *m->qrun);
    m->signal = malloc(rows * sizeof *m->signal);
    m->noise = malloc(rows * sizeof *m->noise);
    if (!m->run || !m->qrun || !m->signal || !m->noise)
        return tnpu_fail(e, "%s: out of memory", m->q->arch);
    for (int i = 0; i < threads; i++)
        if (!(m->run[i] = tnpu_float_run_new(plan, e)) || !(m->qrun[i] = tnpu_qexec_new(m->q, e)))
            return -1;
    return 0;
}

static void meter_free(struct meter *m, int threads) {
    for (int i = 0; m->run && m->qrun && i < threads; i++) {
        tnpu_float_run_free(m->run[i]);
        tnpu_qexec_free(m->qrun[i]);
    }
    free(m->run);
    free(m->qrun);
    free(m->signal);
    free(m->noise);
}

int tnpu_snr(const struct tnpu_graph *g, const struct tnpu_qgraph *q,
             const struct tnpu_pictures *pictures, int threads, double *snr_db,
             struct tnpu_error *e) {
    struct meter m = {.q = q, .pictures = pictures};
    struct tnpu_float_plan *plan = tnpu_float_plan_new(g, e);
    int rc = plan ? meter_init(&m, plan, threads, e) : -1;
    if (!rc) rc = tnpu_parallel(threads, pictures->count, measure_job, &m);
    for (int i = 0; !rc && i < q->tensor_count; i++) {
        double signal = 0, noise = 0;
        for (int p = 0; p < pictures->count; p++) {
            signal += m.signal[(size_t)p * q->tensor_count + i];
            noise += m.noise[(size_t)p * q->tensor_count + i];
        }
        snr_db[i] = noise > 0 ? 10 * log10(signal / noise) : INFINITY;
    }
    meter_free(&m, threads);
    tnpu_float_plan_free(plan);
    return rc;
}
