// SPDX-License-Identifier: Apache-2.0
// AVERAGE_POOL_2D, MAX_POOL_2D and MEAN on the host.
#include "tnpu_numerics.h"
#include "tnpu_ops.h"

/// Sum and maximum of a window's taps inside the input, for one channel.
struct window {
    int32_t sum, max, count;
};

static struct window look(const struct tnpu_op_pool *p, const int8_t *in, int32_t oy, int32_t ox,
                          int32_t c) {
    struct window w = {.max = INT8_MIN};
    int32_t top = oy * p->stride_h - p->pad_top, left = ox * p->stride_w - p->pad_left;
    for (int32_t y = top < 0 ? 0 : top; y < top + p->kernel_h && y < p->in.h; y++)
        for (int32_t x = left < 0 ? 0 : left; x < left + p->kernel_w && x < p->in.w; x++) {
            int32_t q = in[(y * p->in.w + x) * p->in.c + c];
            w.sum += q;
            w.max = q > w.max ? q : w.max;
            w.count++;
        }
    return w;
}

void tnpu_op_average_pool_2d(const struct tnpu_op_pool *p, const int8_t *in, int8_t *out) {
    for (int32_t oy = 0; oy < p->out.h; oy++)
        for (int32_t ox = 0; ox < p->out.w; ox++)
            for (int32_t c = 0; c < p->out.c; c++) {
                struct window w = look(p, in, oy, ox, c);
                int32_t half = w.sum > 0 ? w.count / 2 : -(w.count / 2); // ties away from zero
                *out++ = (int8_t)tnpu_clamp((w.sum + half) / w.count, p->act_min, p->act_max);
            }
}

void tnpu_op_max_pool_2d(const struct tnpu_op_pool *p, const int8_t *in, int8_t *out) {
    for (int32_t oy = 0; oy < p->out.h; oy++)
        for (int32_t ox = 0; ox < p->out.w; ox++)
            for (int32_t c = 0; c < p->out.c; c++)
                *out++ = (int8_t)tnpu_clamp(look(p, in, oy, ox, c).max, p->act_min, p->act_max);
}

void tnpu_op_mean(const struct tnpu_op_mean *p, const int8_t *in, int8_t *out) {
    int32_t pixels = p->in.h * p->in.w;
    for (int32_t c = 0; c < p->in.c; c++) {
        int32_t sum = 0;
        for (int32_t i = 0; i < pixels; i++) sum += in[i * p->in.c + c];
        int64_t y = (int64_t)tnpu_mbqm(sum - p->in_zp * pixels, p->mult, p->shift) + p->out_zp;
        out[c] = (int8_t)tnpu_clamp(y, INT8_MIN, INT8_MAX);
    }
}
