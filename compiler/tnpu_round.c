// SPDX-License-Identifier: Apache-2.0
// Adaptive rounding by coordinate descent. With d the rounding errors of one output channel's
// weights and C the covariance of its window, the error of its sum has variance d' C d; weights are
// moved by whole steps, one at a time, as long as that falls.
#include "tnpu_round.h"

#include "tnpu_moments.h"
#include "tnpu_parallel.h"
#include "tnpu_qbounds.h"
#include "tnpu_quantise_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SWEEPS_MAX 20
/// Weight of rounding to nearest against what was seen in calibration, relative to the mean
/// variance: keeps weights of inputs that hardly ever move from straying.
#define NEAREST 0.01

struct rounder {
    const struct tnpu_qgraph *q;
    struct tnpu_qlayer *l;
    const struct tnpu_fused_layer *f;
    const struct tnpu_moments *m;
    double *work; ///< [thread][3][k]
};

/// Rounds w (weights in steps) to q. `d` and `slope` are k values each of working memory.
static void descend(const double *cov, const double *w, int8_t *q, int k, double *d,
                    double *slope) {
    double ridge = 1e-9;
    for (int i = 0; i < k; i++) ridge += NEAREST * cov[(size_t)i * k + i] / k;
    for (int i = 0; i < k; i++) d[i] = q[i] - w[i];
    for (int i = 0; i < k; i++) { // half the gradient of d' (C + ridge) d
        slope[i] = ridge * d[i];
        for (int j = 0; j < k; j++) slope[i] += cov[(size_t)i * k + j] * d[j];
    }
    bool moved = true;
    for (int sweep = 0; moved && sweep < SWEEPS_MAX; sweep++) {
        moved = false;
        for (int i = 0; i < k; i++) {
            double best = -slope[i] / (cov[(size_t)i * k + i] + ridge);
            double to = fmin(fmax(round(q[i] + best), -127), 127);
            // Never further than the second nearest step.
            if (to == q[i] || fabs(to - w[i]) > 1.5) continue;
            double step = to - q[i];
            q[i] = (int8_t)to;
            slope[i] += ridge * step;
            for (int j = 0; j < k; j++) slope[j] += cov[(size_t)i * k + j] * step;
            moved = true;
        }
    }
}

/// Output channel c: new weights, and a bias that makes up for their mean error.
static int channel_job(void *ctx, int worker, int c) {
    const struct rounder *r = ctx;
    struct tnpu_qlayer *l = r->l;
    int k = r->m->k, group = r->m->groups > 1 ? c : 0;
    int8_t *q = l->weights + (size_t)c * k, before[TNPU_ROUND_WINDOW_MAX];
    double *w = r->work + (size_t)worker * 3 * k;
    int32_t bias = l->bias[c];
    bool constant = true;
    for (int i = 0; i < k; i++) constant = constant && q[i] == 0;
    if (constant) return 0;
    memcpy(before, q, (size_t)k);
    tnpu_weights_in_steps(r->q, l, r->f, c, w);
    descend(r->m->cov + (size_t)group * k * k, w, q, k, w + k, w + 2 * k);
    double mean_error = 0;
    int64_t sum_moved = 0;
    for (int i = 0; i < k; i++) {
        mean_error += (q[i] - w[i]) * r->m->mean[(size_t)group * k + i];
        sum_moved += q[i] - before[i];
    }
    l->bias[c] = (int32_t)(bias - l->in_zp * sum_moved - llround(mean_error));
    if (tnpu_qchannel_fault(r->q, l, c)) {
        memcpy(q, before, (size_t)k);
        l->bias[c] = bias;
    }
    return 0;
}

int tnpu_round_layer(const struct tnpu_qgraph *q, struct tnpu_qlayer *l,
                     const struct tnpu_fused_layer *f, const struct tnpu_pictures *in, int threads,
                     struct tnpu_error *e) {
    int channels = q->tensors[l->output].c;
    if (tnpu_qlayer_weight_count(q, l) / channels > TNPU_ROUND_WINDOW_MAX) return 0;
    struct tnpu_moments m;
    if (tnpu_moments_gather(&m, q, l, in, threads, e)) return -1;
    struct rounder r = {.q = q, .l = l, .f = f, .m = &m};
    r.work = malloc((size_t)threads * 3 * m.k * sizeof *r.work);
    int rc = 0;
    if (r.work)
        tnpu_parallel(threads, channels, channel_job, &r);
    else
        rc = tnpu_fail(e, "%s: %s: out of memory for rounding", q->arch, l->name);
    free(r.work);
    tnpu_moments_free(&m);
    return rc;
}
