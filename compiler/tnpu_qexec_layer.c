// SPDX-License-Identifier: Apache-2.0
// One layer of the reference executor. Integer sums are exact, so their order is free.
#include "tnpu_qexec.h"

#include "tnpu_numerics.h"
#include "tnpu_qexec_bytes.h"

#include <string.h>

/// A layer in the course of being run.
struct work {
    const struct tnpu_qlayer *l;
    const struct tnpu_qtensor *in_shape;
    const int8_t *in;
    int out_c;
    int op_w;        ///< columns of the operator's output, before fused pooling
    int32_t *acc;    ///< [out_c] accumulators of one pixel
    int16_t *window; ///< CONV: the input bytes under one pixel's window, widened
};

size_t tnpu_qexec_layer_scratch(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l) {
    if (l->input < 0) return 0;
    size_t window = (size_t)l->kernel_h * (size_t)l->kernel_w * (size_t)g->tensors[l->input].c;
    size_t acc = (size_t)g->tensors[l->output].c * sizeof(int32_t);
    return (l->op == TNPU_QOP_CONV ? window * sizeof(int16_t) : 0) + acc;
}

size_t tnpu_qexec_scratch_size(const struct tnpu_qgraph *g) {
    size_t most = 0;
    for (int i = 0; i < g->layer_count; i++) {
        size_t size = tnpu_qexec_layer_scratch(g, &g->layers[i]);
        most = size > most ? size : most;
    }
    return most;
}

/// Input pixel under tap (ky, kx) of output pixel (oy, ox), or NULL in the padding.
static const int8_t *tap(const struct work *k, int oy, int ox, int ky, int kx) {
    const struct tnpu_qlayer *l = k->l;
    int y = oy * l->stride_h - l->pad_top + ky * l->dilation_h;
    int x = ox * l->stride_w - l->pad_left + kx * l->dilation_w;
    if (y < 0 || y >= k->in_shape->h || x < 0 || x >= k->in_shape->w) return NULL;
    return k->in + ((size_t)y * k->in_shape->w + x) * k->in_shape->c;
}

static int32_t dot(const int16_t *a, const int8_t *b, int n) {
    int32_t sum = 0;
    for (int i = 0; i < n; i++) sum += (int32_t)a[i] * (int16_t)b[i];
    return sum;
}

static void conv_pixel(const struct work *k, int oy, int ox) {
    const struct tnpu_qlayer *l = k->l;
    int in_c = k->in_shape->c, n = 0;
    for (int ky = 0; ky < l->kernel_h; ky++)
        for (int kx = 0; kx < l->kernel_w; kx++) {
            const int8_t *x = tap(k, oy, ox, ky, kx);
            for (int i = 0; i < in_c; i++) k->window[n++] = x ? x[i] : (int16_t)l->in_zp;
        }
    for (int c = 0; c < k->out_c; c++) k->acc[c] = dot(k->window, l->weights + (size_t)c * n, n);
}

static void dwconv_pixel(const struct work *k, int oy, int ox) {
    const struct tnpu_qlayer *l = k->l;
    int taps = l->kernel_h * l->kernel_w;
    memset(k->acc, 0, (size_t)k->out_c * sizeof *k->acc);
    for (int ky = 0; ky < l->kernel_h; ky++)
        for (int kx = 0; kx < l->kernel_w; kx++) {
            const int8_t *x = tap(k, oy, ox, ky, kx);
            const int8_t *w = l->weights + ky * l->kernel_w + kx;
            for (int c = 0; c < k->out_c; c++)
                k->acc[c] += (x ? x[c] : l->in_zp) * w[(size_t)c * taps];
        }
}

static int8_t requantise(const struct tnpu_qlayer *l, int c, int32_t acc, const int8_t *residual) {
    int32_t a = acc + l->bias[c];
    if (l->relu_first && a < 0) a = 0;
    a = tnpu_sat32((int64_t)a + l->post_bias[c]);
    int64_t y = tnpu_mbqm(a, l->mult[c], l->shift[c]);
    if (residual && l->sum != TNPU_QSUM_WIDE) {
        int8_t first = (int8_t)tnpu_clamp(y + l->add.zp1, l->add.min1, l->add.max1);
        return tnpu_qexec_add(l, first, residual[c], l->sum == TNPU_QSUM_SUB);
    }
    if (residual) y = tnpu_rdbp64(y + (int64_t)(residual[c] - l->res_zp) * l->k[c], l->n);
    return (int8_t)tnpu_clamp(y + l->out_zp, l->act_min, l->act_max);
}

/// One output vector: the maximum over its fused pooling window (of one pixel, without pooling).
static void conv_output(const struct work *k, int oy, int ox, const int8_t *residual, int8_t *out) {
    const struct tnpu_qlayer *l = k->l;
    for (int p = 0; p < l->pool_h * l->pool_w; p++) {
        int y = oy * l->pool_h + p / l->pool_w, x = ox * l->pool_w + p % l->pool_w;
        if (l->op == TNPU_QOP_CONV)
            conv_pixel(k, y, x);
        else
            dwconv_pixel(k, y, x);
        const int8_t *r = residual ? residual + ((size_t)y * k->op_w + x) * k->out_c : NULL;
        for (int c = 0; c < k->out_c; c++) {
            int8_t q = requantise(l, c, k->acc[c], r);
            out[c] = p == 0 || q > out[c] ? q : out[c];
        }
    }
}

static void pool_output(const struct work *k, int oy, int ox, int8_t *out) {
    const struct tnpu_qlayer *l = k->l;
    int n = 0;
    for (int ky = 0; ky < l->kernel_h; ky++)
        for (int kx = 0; kx < l->kernel_w; kx++) {
            const int8_t *x = tap(k, oy, ox, ky, kx);
            for (int c = 0; x && c < k->out_c; c++) {
                int32_t before = n ? k->acc[c] : l->op != TNPU_QOP_MAXPOOL ? 0 : INT8_MIN;
                k->acc[c] = l->op != TNPU_QOP_MAXPOOL ? before + x[c]
                            : x[c] > before           ? x[c]
                                                      : before;
            }
            n += x != NULL;
        }
    for (int c = 0; c < k->out_c; c++) {
        int32_t a = k->acc[c];
        if (l->op == TNPU_QOP_AVGPOOL) a = a > 0 ? (a + n / 2) / n : (a - n / 2) / n;
        if (l->op == TNPU_QOP_MEAN)
            a = tnpu_mbqm(a + l->bias[0], l->mult[0], l->shift[0]) + l->out_zp;
        out[c] = (int8_t)tnpu_clamp(a, l->act_min, l->act_max);
    }
}

void tnpu_qexec_layer(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                      const int8_t *residual, int8_t *out, void *scratch) {
    const struct tnpu_qtensor *t = &g->tensors[l->output];
    if (tnpu_qexec_bytes(g, l, in, residual, out)) return;
    struct work k = {
        .l = l, .in_shape = &g->tensors[l->input], .in = in, .out_c = t->c, .acc = scratch};
    int op_h;
    tnpu_qlayer_op_size(g, l, &op_h, &k.op_w);
    k.window = (int16_t *)(k.acc + t->c);
    for (int oy = 0; oy < t->h; oy++)
        for (int ox = 0; ox < t->w; ox++, out += t->c) {
            if (l->op == TNPU_QOP_CONV || l->op == TNPU_QOP_DWCONV)
                conv_output(&k, oy, ox, residual, out);
            else
                pool_output(&k, oy, ox, out);
        }
}
