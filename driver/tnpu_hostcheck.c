// SPDX-License-Identifier: Apache-2.0
// Whether a host layer of a program file can be run: nothing in it is trusted. Arithmetic that
// overflows gives wrong bytes, not undefined behaviour, and a compiler makes no such programs.
#include "tnpu_hostrun.h"

enum { DIM_MAX = 4096, SHIFT_MIN = -31, SHIFT_MAX = 30, WIDE_N_MAX = 15 };

static bool in_range(int32_t v, int32_t lo, int32_t hi) {
    return v >= lo && v <= hi;
}

static bool all_in_range(const int32_t *v, size_t n, int32_t lo, int32_t hi) {
    for (size_t i = 0; i < n; i++)
        if (!in_range(v[i], lo, hi)) return false;
    return true;
}

static int32_t op_size(uint32_t in, int32_t pad, int32_t kernel, int32_t dilation, int32_t stride) {
    return ((int32_t)in + pad - (kernel - 1) * dilation - 1) / stride + 1;
}

void tnpu_hostwork_op_size(const struct tnpu_hostwork *w, int32_t *h, int32_t *width) {
    const struct tnpu_hostfields *f = &w->f;
    *h = op_size(w->in.height, f->pad_top + f->pad_bottom, f->kernel_h, f->dilation_h, f->stride_h);
    *width =
        op_size(w->in.width, f->pad_left + f->pad_right, f->kernel_w, f->dilation_w, f->stride_w);
}

uint32_t tnpu_hostwork_params(const struct tnpu_hostwork *w) {
    if (tnpu_hostop_is_conv(w)) return w->out.channels;
    return w->f.op == TNPU_HOSTOP_MEAN || w->f.op == TNPU_HOSTOP_MUL ||
           w->f.op == TNPU_HOSTOP_SOFTMAX;
}

static uint64_t weights(const struct tnpu_hostwork *w) {
    uint64_t taps = (uint64_t)w->f.kernel_h * (uint64_t)w->f.kernel_w * w->out.channels;
    switch (w->f.op) {
    case TNPU_HOSTOP_CONV:
        return taps * w->in.channels;
    case TNPU_HOSTOP_DWCONV:
        return taps;
    case TNPU_HOSTOP_TABLE:
        return 256;
    case TNPU_HOSTOP_CONST:
        return w->out.channels;
    default:
        return 0;
    }
}

static bool is_wide(const struct tnpu_hostwork *w) {
    return tnpu_hostop_is_conv(w) && w->f.residual >= 0 && w->f.sum == TNPU_HOSTSUM_WIDE;
}

uint64_t tnpu_hostwork_constants(const struct tnpu_hostwork *w) {
    uint64_t params = tnpu_hostwork_params(w);
    return 13 * params + weights(w) + (is_wide(w) ? 4 * params : 0);
}

static bool numbers_are_good(const struct tnpu_hostfields *f) {
    const int32_t counts[] = {f->kernel_h,   f->kernel_w,   f->stride_h, f->stride_w,
                              f->dilation_h, f->dilation_w, f->pool_h,   f->pool_w};
    const int32_t pads[] = {f->pad_top, f->pad_left, f->pad_bottom, f->pad_right};
    const int32_t bytes[] = {f->in_zp,   f->out_zp, f->res_zp, f->act_min,
                             f->act_max, f->zp1,    f->min1,   f->max1};
    const int32_t shifts[] = {f->s1, f->s2, f->s0};
    const int32_t part[] = {f->from_y, f->from_x, f->from_c, f->to_y,   f->to_x,  f->to_c,
                            f->step_y, f->step_x, f->part_h, f->part_w, f->part_c};
    return all_in_range(counts, 8, 1, DIM_MAX) && all_in_range(pads, 4, 0, DIM_MAX) &&
           all_in_range(bytes, 8, -128, 127) && all_in_range(shifts, 3, 0, 31) &&
           all_in_range(part, 11, -DIM_MAX, DIM_MAX) && in_range(f->n, 0, WIDE_N_MAX) &&
           in_range(f->sum, TNPU_HOSTSUM_WIDE, TNPU_HOSTSUM_SUB);
}

static bool window_is_good(const struct tnpu_hostwork *w) {
    const struct tnpu_hostfields *f = &w->f;
    int32_t h, width;
    bool conv = tnpu_hostop_is_conv(w), pooled = f->pool_h > 1 || f->pool_w > 1;
    tnpu_hostwork_op_size(w, &h, &width);
    if (h < 1 || width < 1 || h / f->pool_h != (int32_t)w->out.height ||
        width / f->pool_w != (int32_t)w->out.width ||
        (f->op != TNPU_HOSTOP_CONV && w->in.channels != w->out.channels) || (pooled && !conv))
        return false;
    return f->residual < 0 ||
           (conv && (int32_t)w->res.height == h && (int32_t)w->res.width == width &&
            w->res.channels == w->out.channels);
}

static bool copy_is_good(const struct tnpu_hostwork *w) {
    const struct tnpu_hostfields *f = &w->f;
    return f->from_c >= 0 && f->to_y >= 0 && f->to_x >= 0 && f->to_c >= 0 && f->part_h >= 1 &&
           f->part_w >= 1 && f->part_c >= 1 && f->step_y >= 1 && f->step_x >= 1 &&
           f->to_y + (f->part_h - 1) * f->step_y < (int32_t)w->out.height &&
           f->to_x + (f->part_w - 1) * f->step_x < (int32_t)w->out.width &&
           f->to_c + f->part_c <= (int32_t)w->out.channels &&
           f->from_c + f->part_c <= (int32_t)w->in.channels;
}

static bool broadcasts(uint32_t second, uint32_t out) {
    return second == out || second == 1;
}

static bool bytes_are_good(const struct tnpu_hostwork *w) {
    const struct tnpu_hostfields *f = &w->f;
    bool binary = f->op >= TNPU_HOSTOP_ADD && f->op <= TNPU_HOSTOP_MIN;
    if (binary != (f->residual >= 0)) return false;
    if (f->op == TNPU_HOSTOP_CONST) return true;
    if (f->op == TNPU_HOSTOP_COPY) return copy_is_good(w);
    if (w->in.height != w->out.height || w->in.width != w->out.width ||
        w->in.channels != w->out.channels)
        return false;
    return !binary ||
           (broadcasts(w->res.height, w->out.height) && broadcasts(w->res.width, w->out.width) &&
            broadcasts(w->res.channels, w->out.channels));
}

/// Differences from the smallest up to 0 are shifted left; up to 4,095 terms are added.
static bool softmax_is_good(const struct tnpu_hostwork *w) {
    int32_t shift = (int8_t)w->shift[0], least = tnpu_hostint(w->bias, 0);
    return tnpu_hostint(w->mult, 0) >= 0 && shift >= 0 && least <= 0 &&
           least * (INT64_C(1) << shift) >= INT32_MIN && w->out.channels < DIM_MAX;
}

bool tnpu_hostwork_is_good(const struct tnpu_hostwork *w) {
    const struct tnpu_hostfields *f = &w->f;
    if (!numbers_are_good(f)) return false;
    if (!(f->op <= TNPU_HOSTOP_MEAN ? window_is_good(w) : bytes_are_good(w))) return false;
    for (uint32_t c = 0; c < tnpu_hostwork_params(w); c++)
        if (!in_range((int8_t)w->shift[c], SHIFT_MIN, SHIFT_MAX)) return false;
    return f->op != TNPU_HOSTOP_SOFTMAX || softmax_is_good(w);
}
