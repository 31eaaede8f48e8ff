// SPDX-License-Identifier: Apache-2.0
// Host layers with windows. Sums are exact modulo 2^32, and the compiler has proved that none of
// them leaves int32.
#include "tnpu_hostrun.h"

#include "tnpu_numerics.h"

/// Input pixel under tap (ky, kx) of the operator's output pixel (oy, ox), or NULL in the padding.
static const int8_t *tap(const struct tnpu_hostwork *w, int32_t oy, int32_t ox, int32_t ky,
                         int32_t kx) {
    const struct tnpu_hostfields *f = &w->f;
    int32_t y = oy * f->stride_h - f->pad_top + ky * f->dilation_h;
    int32_t x = ox * f->stride_w - f->pad_left + kx * f->dilation_w;
    if (y < 0 || y >= (int32_t)w->in.height || x < 0 || x >= (int32_t)w->in.width) return NULL;
    return w->x + ((size_t)y * w->in.width + (size_t)x) * w->in.channels;
}

static uint32_t dot(const int8_t *x, int32_t padding, const int8_t *weights, uint32_t n) {
    int32_t sum = 0; // of at most 4,096 products
    if (x)
        for (uint32_t i = 0; i < n; i++) sum += x[i] * weights[i];
    else
        for (uint32_t i = 0; i < n; i++) sum += padding * weights[i];
    return (uint32_t)sum;
}

/// The accumulator of channel c.
static uint32_t accumulate(const struct tnpu_hostwork *w, int32_t oy, int32_t ox, uint32_t c) {
    const struct tnpu_hostfields *f = &w->f;
    uint32_t sum = 0, n = f->op == TNPU_HOSTOP_CONV ? w->in.channels : 1;
    const int8_t *weights =
        (const int8_t *)w->weights + (size_t)c * (uint32_t)(f->kernel_h * f->kernel_w) * n;
    for (int32_t ky = 0; ky < f->kernel_h; ky++)
        for (int32_t kx = 0; kx < f->kernel_w; kx++, weights += n) {
            const int8_t *x = tap(w, oy, ox, ky, kx);
            if (x && f->op == TNPU_HOSTOP_DWCONV) x += c;
            sum += dot(x, f->in_zp, weights, n);
        }
    return sum;
}

/// The byte of channel c of the operator's output, before a fused pooling.
static int8_t conv_byte(const struct tnpu_hostwork *w, int32_t oy, int32_t ox, int32_t op_w,
                        uint32_t c) {
    const struct tnpu_hostfields *f = &w->f;
    int32_t a = (int32_t)(accumulate(w, oy, ox, c) + (uint32_t)tnpu_hostint(w->bias, c));
    if (f->relu_first && a < 0) a = 0;
    a = tnpu_sat32((int64_t)a + tnpu_hostint(w->post_bias, c));
    int64_t y = tnpu_mbqm(a, tnpu_hostint(w->mult, c), (int8_t)w->shift[c]);
    if (w->r) {
        int8_t r = w->r[((size_t)oy * (size_t)op_w + (size_t)ox) * w->out.channels + c];
        if (f->sum != TNPU_HOSTSUM_WIDE)
            return tnpu_hostadd(f, (int8_t)tnpu_clamp(y + f->zp1, f->min1, f->max1), r,
                                f->sum == TNPU_HOSTSUM_SUB);
        y = tnpu_rdbp64(y + (int64_t)(r - f->res_zp) * tnpu_hostint(w->k, c), f->n);
    }
    return (int8_t)tnpu_clamp(y + f->out_zp, f->act_min, f->act_max);
}

/// The largest of a fused pooling's window.
static int8_t conv_output(const struct tnpu_hostwork *w, int32_t oy, int32_t ox, int32_t op_w,
                          uint32_t c) {
    const struct tnpu_hostfields *f = &w->f;
    int8_t most = INT8_MIN;
    for (int32_t p = 0; p < f->pool_h * f->pool_w; p++) {
        int8_t q =
            conv_byte(w, oy * f->pool_h + p / f->pool_w, ox * f->pool_w + p % f->pool_w, op_w, c);
        if (q > most) most = q;
    }
    return most;
}

static int8_t pool_output(const struct tnpu_hostwork *w, int32_t oy, int32_t ox, uint32_t c) {
    const struct tnpu_hostfields *f = &w->f;
    int32_t n = 0, sum = 0, most = INT8_MIN;
    for (int32_t ky = 0; ky < f->kernel_h; ky++)
        for (int32_t kx = 0; kx < f->kernel_w; kx++) {
            const int8_t *x = tap(w, oy, ox, ky, kx);
            if (!x) continue;
            n++;
            sum += x[c]; // of less than 2^24
            if (x[c] > most) most = x[c];
        }
    if (f->op == TNPU_HOSTOP_MAXPOOL) return (int8_t)tnpu_clamp(most, f->act_min, f->act_max);
    if (f->op == TNPU_HOSTOP_AVGPOOL) {
        if (n) sum = (sum > 0 ? sum + n / 2 : sum - n / 2) / n;
        return (int8_t)tnpu_clamp(sum, f->act_min, f->act_max);
    }
    sum = (int32_t)((uint32_t)sum + (uint32_t)tnpu_hostint(w->bias, 0));
    int64_t y = (int64_t)tnpu_mbqm(sum, tnpu_hostint(w->mult, 0), (int8_t)w->shift[0]) + f->out_zp;
    return (int8_t)tnpu_clamp(y, f->act_min, f->act_max);
}

void tnpu_hostrun_window(const struct tnpu_hostwork *w) {
    int32_t op_h, op_w;
    int8_t *y = w->y;
    tnpu_hostwork_op_size(w, &op_h, &op_w);
    for (int32_t oy = 0; oy < (int32_t)w->out.height; oy++)
        for (int32_t ox = 0; ox < (int32_t)w->out.width; ox++)
            for (uint32_t c = 0; c < w->out.channels; c++)
                *y++ = tnpu_hostop_is_conv(w) ? conv_output(w, oy, ox, op_w, c)
                                              : pool_output(w, oy, ox, c);
}
