// SPDX-License-Identifier: Apache-2.0
// Refinement, layer by layer over all calibration pictures at once. Only tensors that a later layer
// reads are kept.
#include "tnpu_refine.h"

#include "tnpu_parallel.h"
#include "tnpu_qbounds.h"
#include "tnpu_qexec.h"
#include "tnpu_round.h"

#include <math.h>
#include <stdlib.h>

struct refiner {
    struct tnpu_qgraph *q;
    const struct tnpu_pictures *pictures;
    int8_t **tensor; ///< [tensor][picture] in one array; NULL where not (or no longer) held
    void **scratch;  ///< [threads]
    int64_t *sum;    ///< [picture][channel] sums of the layer's output bytes
    const struct tnpu_qlayer *layer; ///< being run
};

static size_t tensor_size(const struct tnpu_qtensor *t) {
    return (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

/// What a tensor holds for every picture.
static struct tnpu_pictures tensor_pictures(const struct refiner *k, int tensor) {
    if (tensor == k->q->input) return *k->pictures;
    return (struct tnpu_pictures){k->tensor[tensor], k->pictures->count,
                                  tensor_size(&k->q->tensors[tensor])};
}

static int layer_job(void *ctx, int worker, int picture) {
    struct refiner *k = ctx;
    const struct tnpu_qlayer *l = k->layer;
    const struct tnpu_qtensor *t = &k->q->tensors[l->output];
    const int8_t *in =
        tensor_pictures(k, l->input).q + picture * tensor_size(&k->q->tensors[l->input]);
    const int8_t *residual = NULL;
    if (l->residual >= 0) residual = tensor_pictures(k, l->residual).q + picture * tensor_size(t);
    int8_t *out = k->tensor[l->output] + picture * tensor_size(t);
    tnpu_qexec_layer(k->q, l, in, residual, out, k->scratch[worker]);
    int64_t *sum = k->sum + (size_t)picture * t->c;
    for (int c = 0; c < t->c; c++) sum[c] = 0;
    for (size_t at = 0; at < tensor_size(t); at += (size_t)t->c)
        for (int c = 0; c < t->c; c++) sum[c] += out[at + c];
    return 0;
}

/// Shifts channel c's output by `steps` output steps, if its fields have room for that.
static void shift_channel(struct refiner *k, struct tnpu_qlayer *l, int c, double steps) {
    double gain = ldexp(l->mult[c], l->shift[c] - 31 - l->n); // output steps a step of the sum
    int32_t *bias = l->relu_first ? &l->post_bias[c] : &l->bias[c];
    double moved = gain != 0 ? *bias + steps / gain : INFINITY;
    if (!(fabs(moved) < INT32_MAX / 2)) return;
    int32_t before = *bias;
    *bias = (int32_t)lround(moved);
    if (tnpu_qchannel_fault(k->q, l, c)) *bias = before;
}

static void correct(struct refiner *k, struct tnpu_qlayer *l, const struct tnpu_stats *stats) {
    const struct tnpu_qtensor *t = &k->q->tensors[l->output];
    const struct tnpu_tensor_stats *ts = &stats->tensors[t->float_tensor];
    double pixels = (double)t->h * t->w * k->pictures->count;
    for (int c = 0; c < t->c; c++) {
        int64_t sum = 0;
        for (int p = 0; p < k->pictures->count; p++) sum += k->sum[(size_t)p * t->c + c];
        double scale = t->scale[t->scale_count == 1 ? 0 : c];
        shift_channel(k, l, c, ts->mean[c] / scale + t->zero_point - (double)sum / pixels);
    }
}

/// True if a layer after number `at` reads the tensor.
static bool read_later(const struct tnpu_qgraph *q, int tensor, int at) {
    for (int i = at + 1; i < q->layer_count; i++)
        if (q->layers[i].input == tensor || q->layers[i].residual == tensor) return true;
    return false;
}

static int refine_layer(struct refiner *k, int index, const struct tnpu_fused_layer *f,
                        const struct tnpu_stats *stats, const struct tnpu_refine_options *opt,
                        struct tnpu_error *e) {
    struct tnpu_qlayer *l = &k->q->layers[index];
    const struct tnpu_qtensor *t = &k->q->tensors[l->output];
    struct tnpu_pictures in = tensor_pictures(k, l->input);
    k->layer = l;
    k->tensor[l->output] = malloc(tensor_size(t) * (size_t)in.count);
    k->sum = malloc((size_t)t->c * (size_t)in.count * sizeof *k->sum);
    int rc = 0;
    if (!k->tensor[l->output] || !k->sum)
        rc = tnpu_fail(e, "%s: out of memory for refinement", k->q->arch);
    else if (l->weights && opt->adaptive_rounding)
        rc = tnpu_round_layer(k->q, l, f, &in, opt->threads, e);
    if (!rc && l->weights && opt->bias_correction) {
        tnpu_parallel(opt->threads, in.count, layer_job, k);
        correct(k, l, stats);
    }
    if (!rc) // with what was refined, for the layers that follow
        tnpu_parallel(opt->threads, in.count, layer_job, k);
    free(k->sum);
    k->sum = NULL;
    for (int i = 0; !rc && i < k->q->tensor_count; i++)
        if (!read_later(k->q, i, index)) {
            free(k->tensor[i]);
            k->tensor[i] = NULL;
        }
    return rc;
}

int tnpu_refine(struct tnpu_qgraph *q, const struct tnpu_fused *f, const struct tnpu_stats *stats,
                const struct tnpu_pictures *pictures, const struct tnpu_refine_options *opt,
                struct tnpu_error *e) {
    int threads = opt->threads;
    struct refiner k = {.q = q,
                        .pictures = pictures,
                        .tensor = calloc((size_t)q->tensor_count, sizeof *k.tensor),
                        .scratch = calloc((size_t)threads, sizeof *k.scratch)};
    int rc = k.tensor && k.scratch ? 0 : -1;
    for (int i = 0; !rc && i < threads; i++)
        rc = (k.scratch[i] = malloc(tnpu_qexec_scratch_size(q))) ? 0 : -1;
    if (rc) tnpu_fail(e, "%s: out of memory for refinement", q->arch);
    for (int i = 0; !rc && i < q->layer_count; i++)
        rc = refine_layer(&k, i, &f->layers[i], stats, opt, e);
    for (int i = 0; k.tensor && i < q->tensor_count; i++) free(k.tensor[i]);
    for (int i = 0; k.scratch && i < threads; i++) free(k.scratch[i]);
    free(k.tensor);
    free(k.scratch);
    return rc;
}
