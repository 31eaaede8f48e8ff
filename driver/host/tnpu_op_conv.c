// SPDX-License-Identifier: Apache-2.0
// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on the host.
#include "tnpu_numerics.h"
#include "tnpu_ops.h"

static int8_t finish(const struct tnpu_op_conv *p, int32_t channel, int32_t acc) {
    if (p->bias) acc += p->bias[channel];
    int64_t y = (int64_t)tnpu_mbqm(acc, p->mult[channel], p->shift[channel]) + p->out_zp;
    return (int8_t)tnpu_clamp(y, p->act_min, p->act_max);
}

/// The taps t for which 0 <= origin + t * dilation < size: *first up to, not including, the result.
static int32_t taps_inside(int32_t origin, int32_t dilation, int32_t taps, int32_t size,
                           int32_t *first) {
    *first = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    int32_t end = origin < size ? (size - origin + dilation - 1) / dilation : 0;
    return end < taps ? end : taps;
}

/// One output pixel's window: its input origin, and the taps inside the input. Padding is the
/// input's zero point, so taps outside add nothing.
struct window {
    int32_t y, x;
    int32_t first_y, end_y, first_x, end_x;
};

static struct window window_at(const struct tnpu_op_conv *p, int32_t oy, int32_t ox) {
    struct window w = {.y = oy * p->stride_h - p->pad_top, .x = ox * p->stride_w - p->pad_left};
    w.end_y = taps_inside(w.y, p->dilation_h, p->kernel_h, p->in.h, &w.first_y);
    w.end_x = taps_inside(w.x, p->dilation_w, p->kernel_w, p->in.w, &w.first_x);
    return w;
}

/// Index of the input pixel that a tap sees.
static int32_t pixel_of(const struct tnpu_op_conv *p, const struct window *w, int32_t ky,
                        int32_t kx) {
    return (w->y + ky * p->dilation_h) * p->in.w + w->x + kx * p->dilation_w;
}

static int32_t dot(const int8_t *q, const int8_t *weights, int32_t n, int32_t zp) {
    int32_t acc = 0;
    for (int32_t i = 0; i < n; i++) acc += (q[i] - zp) * weights[i];
    return acc;
}

void tnpu_op_conv_2d(const struct tnpu_op_conv *p, const int8_t *in, int8_t *out) {
    int32_t groups = p->groups > 1 ? p->groups : 1, n = p->in.c / groups;
    for (int32_t oy = 0; oy < p->out.h; oy++)
        for (int32_t ox = 0; ox < p->out.w; ox++) {
            const struct window w = window_at(p, oy, ox);
            const int8_t *weights = p->weights;
            for (int32_t c = 0; c < p->out.c; c++, weights += p->kernel_h * p->kernel_w * n) {
                const int8_t *seen = in + c / (p->out.c / groups) * n;
                int32_t acc = 0;
                for (int32_t ky = w.first_y; ky < w.end_y; ky++)
                    for (int32_t kx = w.first_x; kx < w.end_x; kx++)
                        acc += dot(seen + pixel_of(p, &w, ky, kx) * p->in.c,
                                   weights + (ky * p->kernel_w + kx) * n, n, p->in_zp);
                *out++ = finish(p, c, acc);
            }
        }
}

void tnpu_op_depthwise_conv_2d(const struct tnpu_op_conv *p, const int8_t *in, int8_t *out) {
    int32_t multiplier = p->out.c / p->in.c;
    for (int32_t oy = 0; oy < p->out.h; oy++)
        for (int32_t ox = 0; ox < p->out.w; ox++) {
            const struct window w = window_at(p, oy, ox);
            for (int32_t c = 0; c < p->out.c; c++) {
                int32_t acc = 0;
                for (int32_t ky = w.first_y; ky < w.end_y; ky++)
                    for (int32_t kx = w.first_x; kx < w.end_x; kx++)
                        acc += (in[pixel_of(p, &w, ky, kx) * p->in.c + c / multiplier] - p->in_zp) *
                               p->weights[(ky * p->kernel_w + kx) * p->out.c + c];
                *out++ = finish(p, c, acc);
            }
        }
}

void tnpu_op_fully_connected(const struct tnpu_op_fully_connected *p, const int8_t *in,
                             int8_t *out) {
    for (int32_t row = 0; row < p->rows; row++, in += p->inputs)
        for (int32_t o = 0; o < p->outputs; o++) {
            int32_t acc = dot(in, p->weights + o * p->inputs, p->inputs, p->in_zp);
            if (p->bias) acc += p->bias[o];
            int64_t y = (int64_t)tnpu_mbqm(acc, p->mult[o], p->shift[o]) + p->out_zp;
            *out++ = (int8_t)tnpu_clamp(y, p->act_min, p->act_max);
        }
}
