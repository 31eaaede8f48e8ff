// SPDX-License-Identifier: Apache-2.0
// Quantisation after training: the order of its steps, and which tensor gets what kind of scale.
#include "tnpu_quantise.h"

#include "tnpu_fuse.h"
#include "tnpu_quantise_layer.h"
#include "tnpu_ranges.h"
#include "tnpu_refine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Everything a step needs.
struct quantiser {
    const struct tnpu_graph *g;
    struct tnpu_fused fused;
    struct tnpu_stats stats;
    struct tnpu_qgraph *q;
    int *qtensor; ///< [float tensor] index in q, or -1
    struct tnpu_error *e;
};

int tnpu_calib_pick(int total, int index[TNPU_CALIB_MAX]) {
    int n = total < TNPU_CALIB_MAX ? total : TNPU_CALIB_MAX;
    for (int i = 0; i < n; i++) index[i] = (int)((int64_t)i * total / n);
    return n;
}

static bool is_pool(const struct tnpu_fused_layer *l) {
    return l->op == TNPU_GOP_MAXPOOL || l->op == TNPU_GOP_AVGPOOL;
}

static enum tnpu_qop qop_of(enum tnpu_op op) {
    switch (op) {
    case TNPU_GOP_CONV:
        return TNPU_QOP_CONV;
    case TNPU_GOP_DWCONV:
        return TNPU_QOP_DWCONV;
    case TNPU_GOP_AVGPOOL:
        return TNPU_QOP_AVGPOOL;
    default: // fusion leaves no others
        return TNPU_QOP_MAXPOOL;
    }
}

/// Adds the int8 tensor of float tensor `t`, named `name`.
static int add_tensor(struct quantiser *z, int t, const char *name) {
    const struct tnpu_tensor *ft = &z->g->tensors[t];
    struct tnpu_qtensor *qt = &z->q->tensors[z->q->tensor_count];
    *qt = (struct tnpu_qtensor){.h = ft->h, .w = ft->w, .c = ft->c, .float_tensor = t};
    snprintf(qt->name, sizeof qt->name, "%s", name);
    qt->scale = malloc((size_t)ft->c * sizeof *qt->scale);
    if (!qt->scale) return tnpu_fail(z->e, "%s: out of memory", z->g->arch);
    z->qtensor[t] = z->q->tensor_count++;
    return z->qtensor[t];
}

/// Layers and tensors without numbers yet.
static int build_structure(struct quantiser *z) {
    struct tnpu_qgraph *q = z->q;
    q->tensors = calloc((size_t)z->fused.count + 1, sizeof *q->tensors);
    q->layers = calloc((size_t)z->fused.count, sizeof *q->layers);
    if (!q->tensors || !q->layers) return tnpu_fail(z->e, "%s: out of memory", z->g->arch);
    snprintf(q->arch, sizeof q->arch, "%s", z->g->arch);
    if (add_tensor(z, 0, "input")) return -1;
    for (int i = 0; i < z->fused.count; i++) {
        const struct tnpu_fused_layer *f = &z->fused.layers[i];
        struct tnpu_qlayer *l = &q->layers[q->layer_count++];
        snprintf(l->name, sizeof l->name, "%s", f->name);
        l->op = qop_of(f->op);
        l->input = z->qtensor[f->input];
        l->residual = f->residual >= 0 ? z->qtensor[f->residual] : -1;
        l->output = add_tensor(z, f->output, f->name);
        if (l->output < 0) return -1;
    }
    q->output = z->qtensor[z->g->output];
    return 0;
}

/// True if a dense convolution reads the tensor, itself or pooled.
static bool feeds_dense(const struct quantiser *z, int t) {
    for (int i = 0; i < z->fused.count; i++) {
        const struct tnpu_fused_layer *f = &z->fused.layers[i];
        if (f->input == t && (f->op == TNPU_GOP_CONV || (is_pool(f) && feeds_dense(z, f->output))))
            return true;
    }
    return false;
}

/// True if the tensor holds the scores, or is pooled to them.
static bool makes_scores(const struct quantiser *z, int t) {
    if (t == z->g->output) return true;
    for (int i = 0; i < z->fused.count; i++) {
        const struct tnpu_fused_layer *f = &z->fused.layers[i];
        if (f->input == t && is_pool(f) && makes_scores(z, f->output)) return true;
    }
    return false;
}

/// How many of the tensor's values make one that is rounded next: the size of the average pooling's
/// window if only that reads it, else 1.
static int averaged_over(const struct quantiser *z, int t) {
    int window = 1;
    for (int i = 0; i < z->fused.count; i++) {
        const struct tnpu_fused_layer *f = &z->fused.layers[i];
        if (f->residual == t || (f->input == t && f->op != TNPU_GOP_AVGPOOL)) return 1;
        if (f->input == t) window = f->window.kernel_h * f->window.kernel_w;
    }
    return window;
}

/// The ratios of the channels' scales, [c], or NULL where each channel is free.
///
/// Scores are compared with each other, so they share one scale. A depthwise layer, and a
/// residual's k, absorb any scales for free. A dense layer absorbs them in its weights, and pays in
/// the weights' resolution: there the scales follow the channels' spread, but only by its fourth
/// root.
static float *scale_profile(const struct quantiser *z, int t) {
    const struct tnpu_tensor_stats *ts = &z->stats.tensors[t];
    float *profile = malloc((size_t)ts->c * sizeof *profile);
    double largest = 0;
    for (int c = 0; c < ts->c; c++) largest = fmax(largest, sqrt(ts->var[c]));
    for (int c = 0; profile && c < ts->c; c++) {
        double spread = largest > 0 ? fmax(sqrt(ts->var[c]) / largest, 1e-3) : 1;
        profile[c] = makes_scores(z, t) ? 1 : (float)sqrt(sqrt(spread));
    }
    return profile;
}

/// Scales and zero point of the output of fused layer `f`.
static int choose_tensor(struct quantiser *z, const struct tnpu_fused_layer *f) {
    struct tnpu_qtensor *t = &z->q->tensors[z->qtensor[f->output]];
    t->scale_count = makes_scores(z, f->output) ? 1 : t->c;
    if (is_pool(f)) { // values pass through unchanged
        const struct tnpu_qtensor *in = &z->q->tensors[z->qtensor[f->input]];
        t->zero_point = in->zero_point;
        t->scale_count = in->scale_count;
        memcpy(t->scale, in->scale, (size_t)in->scale_count * sizeof *in->scale);
        return 0;
    }
    float *profile = NULL;
    double clip_weight = 1 / sqrt(averaged_over(z, f->output));
    if (makes_scores(z, f->output) || feeds_dense(z, f->output)) {
        profile = scale_profile(z, f->output);
        if (!profile) return tnpu_fail(z->e, "%s: out of memory", z->g->arch);
    }
    int rc = tnpu_choose_range(&z->stats.tensors[f->output], profile, clip_weight, &t->zero_point,
                               t->scale, z->e);
    free(profile);
    return rc;
}

static int choose_ranges(struct quantiser *z) {
    struct tnpu_qtensor *in = &z->q->tensors[0];
    in->zero_point = z->g->input_mean - 128;
    in->scale_count = 1;
    in->scale[0] = z->g->input_scale;
    for (int i = 0; i < z->fused.count; i++)
        if (choose_tensor(z, &z->fused.layers[i])) return -1;
    return 0;
}

static int collect(struct quantiser *z, const struct tnpu_pictures *pictures, int threads) {
    bool *wanted = calloc((size_t)z->g->tensor_count, sizeof *wanted);
    if (!wanted) return tnpu_fail(z->e, "%s: out of memory", z->g->arch);
    for (int i = 0; i < z->fused.count; i++) wanted[z->fused.layers[i].output] = true;
    int rc = tnpu_stats_collect(&z->stats, z->g, wanted, pictures, threads, z->e);
    free(wanted);
    return rc;
}

static int quantise(struct quantiser *z, const struct tnpu_pictures *pictures,
                    const struct tnpu_quantise_options *opt) {
    if (collect(z, pictures, opt->threads) || build_structure(z) || choose_ranges(z)) return -1;
    z->q->pixels = tnpu_qtensor_range(&z->q->tensors[z->q->input]);
    for (int i = 0; i < z->fused.count; i++)
        if (tnpu_quantise_layer(z->q, &z->q->layers[i], &z->fused.layers[i], z->e)) return -1;
    const struct tnpu_refine_options refine = {.threads = opt->threads,
                                               .adaptive_rounding = !opt->nearest_rounding,
                                               .bias_correction = opt->bias_correction};
    if ((refine.adaptive_rounding || refine.bias_correction) &&
        tnpu_refine(z->q, &z->fused, &z->stats, pictures, &refine, z->e))
        return -1;
    return tnpu_qgraph_check(z->q, z->e);
}

int tnpu_quantise(struct tnpu_qgraph *q, const struct tnpu_graph *g,
                  const struct tnpu_pictures *pictures, const struct tnpu_quantise_options *opt,
                  struct tnpu_error *e) {
    struct quantiser z = {.g = g, .q = q, .e = e};
    *q = (struct tnpu_qgraph){0};
    if (pictures->count < 1 || pictures->size != tnpu_tensor_size(&g->tensors[0]))
        return tnpu_fail(e, "%s: no calibration pictures of the input's size", g->arch);
    if (tnpu_fuse(&z.fused, g, e)) return -1;
    z.qtensor = malloc((size_t)g->tensor_count * sizeof *z.qtensor);
    int rc = z.qtensor ? quantise(&z, pictures, opt) : tnpu_fail(e, "%s: out of memory", g->arch);
    free(z.qtensor);
    tnpu_stats_free(&z.stats);
    tnpu_fused_free(&z.fused);
    if (rc) tnpu_qgraph_free(q);
    return rc;
}
