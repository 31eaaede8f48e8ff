// SPDX-License-Identifier: Apache-2.0
// Rounds one fused layer. Per output channel c, with s_acc the real value of one accumulator step:
//   weights are scaled by the input's scale(s) and rounded symmetrically, s_acc = largest / 127;
//   bias in steps of s_acc; post_bias = post_offset / (post_scale * s_acc);
//   the multiplier is post_scale * s_acc / s_out, times 2^n on the wide residual's finer grid.
#include "tnpu_quantise_layer.h"

#include "tnpu_qbounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Largest magnitude of bias and post_bias: leaves the accumulator's own 2^30 below int32.
#define BIAS_MAX (1 << 30)
/// What a constant channel's sum is: large, so that its multiplier sets the value finely.
#define CONSTANT_SUM (1 << 20)

int tnpu_quantise_multiplier(double factor, int32_t *mult, int8_t *shift) {
    int exponent;
    double fraction = frexp(factor, &exponent);
    int64_t m = llround(fraction * 2147483648.0);
    *mult = 0;
    *shift = 0;
    if (m == INT64_C(1) << 31 || m == -(INT64_C(1) << 31)) {
        m /= 2;
        exponent++;
    }
    if (exponent < TNPU_Q_SHIFT_MIN || m == 0) return 0;
    if (exponent > TNPU_Q_SHIFT_MAX) return -1;
    *mult = (int32_t)m;
    *shift = (int8_t)exponent;
    return 0;
}

static double scale_of(const struct tnpu_qtensor *t, int c) {
    return t->scale[t->scale_count == 1 ? 0 : c];
}

double tnpu_weights_in_steps(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                             const struct tnpu_fused_layer *f, int c, double *w) {
    const struct tnpu_qtensor *in = &g->tensors[l->input];
    int64_t each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c;
    double largest = 0;
    for (int64_t i = 0; i < each; i++) {
        int in_channel = l->op == TNPU_QOP_CONV ? (int)(i % in->c) : c;
        w[i] = f->weights[c * each + i] * scale_of(in, in_channel);
        largest = fmax(largest, fabs(w[i]));
    }
    for (int64_t i = 0; i < each && largest > 0; i++) w[i] *= 127 / largest;
    return largest / 127;
}

/// Rounds the weights of channel c to nearest. Returns the real value of a step.
static double round_weights(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                            const struct tnpu_fused_layer *f, int c, double *work) {
    int64_t each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c;
    double step = tnpu_weights_in_steps(g, l, f, c, work);
    for (int64_t i = 0; i < each; i++) l->weights[c * each + i] = (int8_t)lround(work[i]);
    return step;
}

/// Makes channel c the constant `value`, whatever the input.
static double make_constant(const struct tnpu_qgraph *g, struct tnpu_qlayer *l, int c,
                            double value) {
    int64_t each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c;
    memset(l->weights + c * each, 0, (size_t)each);
    l->bias[c] = CONSTANT_SUM;
    l->post_bias[c] = 0;
    return value / CONSTANT_SUM;
}

/// Weights, bias and post_bias of channel c; `work` has room for its weights. Returns the real
/// value of one step of the sum.
static double round_channel(const struct tnpu_qgraph *g, struct tnpu_qlayer *l,
                            const struct tnpu_fused_layer *f, int c, double *work) {
    int64_t each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c, weight_sum = 0;
    double s_acc = round_weights(g, l, f, c, work);
    double floor_value = f->relu && f->bias[c] < 0 ? 0 : f->bias[c];
    double constant = floor_value * f->post_scale[c] + f->post_offset[c];
    double step = s_acc * f->post_scale[c];
    double bias = s_acc > 0 ? f->bias[c] / s_acc : INFINITY;
    double post = step != 0 ? f->post_offset[c] / step : INFINITY;
    // Sums of one sign only, or with an offset that dwarfs them: nothing of the input would be
    // left.
    if (!(fabs(bias) < BIAS_MAX / 2.0) || !(fabs(post) < BIAS_MAX))
        return make_constant(g, l, c, constant);
    for (int64_t i = 0; i < each; i++) weight_sum += l->weights[c * each + i];
    l->bias[c] = (int32_t)(llround(bias) - l->in_zp * weight_sum);
    l->post_bias[c] = (int32_t)llround(post);
    return step;
}

/// Multipliers and residual factors of all channels on a grid 2^n finer than the output. Returns 0
/// if all fit their fields.
static int round_multipliers(const struct tnpu_qgraph *g, struct tnpu_qlayer *l, const double *step,
                             int n) {
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    for (int c = 0; c < out->c; c++) {
        double s_out = scale_of(out, c);
        if (tnpu_quantise_multiplier(ldexp(step[c] / s_out, n), &l->mult[c], &l->shift[c]) ||
            tnpu_qchannel_fault(g, l, c))
            return -1;
        if (l->k) {
            double k = ldexp(scale_of(&g->tensors[l->residual], c) / s_out, n);
            if (k >= INT16_MAX + 0.5) return -1;
            l->k[c] = (int16_t)lround(k);
        }
    }
    l->n = n;
    return 0;
}

static int alloc_arrays(const struct tnpu_qgraph *g, struct tnpu_qlayer *l) {
    size_t c = (size_t)g->tensors[l->output].c;
    l->weights = malloc((size_t)tnpu_qlayer_weight_count(g, l));
    l->bias = calloc(c, sizeof *l->bias);
    l->post_bias = calloc(c, sizeof *l->post_bias);
    l->mult = calloc(c, sizeof *l->mult);
    l->shift = calloc(c, sizeof *l->shift);
    l->k = l->residual >= 0 ? calloc(c, sizeof *l->k) : NULL;
    bool ok = l->weights && l->bias && l->post_bias && l->mult && l->shift;
    return ok && (l->k || l->residual < 0) ? 0 : -1;
}

static void set_fields(const struct tnpu_qgraph *g, struct tnpu_qlayer *l,
                       const struct tnpu_fused_layer *f) {
    const struct tnpu_window *w = &f->window;
    l->kernel_h = w->kernel_h;
    l->kernel_w = w->kernel_w;
    l->stride_h = w->stride_h;
    l->stride_w = w->stride_w;
    l->dilation_h = w->dilation_h;
    l->dilation_w = w->dilation_w;
    l->pad_top = w->pad_top;
    l->pad_left = w->pad_left;
    l->pad_bottom = w->pad_bottom;
    l->pad_right = w->pad_right;
    l->pool_h = f->pool_h;
    l->pool_w = f->pool_w;
    l->relu_first = f->relu;
    l->in_zp = g->tensors[l->input].zero_point;
    l->out_zp = g->tensors[l->output].zero_point;
    l->res_zp = l->residual >= 0 ? g->tensors[l->residual].zero_point : 0;
    l->act_min = f->relu_last ? l->out_zp : -128;
    l->act_max = 127;
    l->residual_is_input = l->residual == l->input && l->op == TNPU_QOP_DWCONV &&
                           w->stride_h == 1 && w->stride_w == 1 &&
                           2 * w->pad_top == (w->kernel_h - 1) * w->dilation_h &&
                           2 * w->pad_left == (w->kernel_w - 1) * w->dilation_w;
}

int tnpu_quantise_layer(const struct tnpu_qgraph *g, struct tnpu_qlayer *l,
                        const struct tnpu_fused_layer *f, struct tnpu_error *e) {
    set_fields(g, l, f);
    if (l->op == TNPU_QOP_AVGPOOL || l->op == TNPU_QOP_MAXPOOL) return 0;
    int channels = g->tensors[l->output].c;
    size_t each = (size_t)tnpu_qlayer_weight_count(g, l) / channels;
    double *step = malloc((channels + each) * sizeof *step);
    if (!step || alloc_arrays(g, l)) {
        free(step);
        return tnpu_fail(e, "%s: %s: out of memory", g->arch, l->name);
    }
    for (int c = 0; c < channels; c++) step[c] = round_channel(g, l, f, c, step + channels);
    int n = l->residual >= 0 ? TNPU_Q_WIDE_N_MAX : 0;
    while (n >= 0 && round_multipliers(g, l, step, n)) n--;
    free(step);
    if (n < 0)
        return tnpu_fail(e, "%s: %s: its outputs are too small for its inputs: no multiplier fits",
                         g->arch, l->name);
    return 0;
}
