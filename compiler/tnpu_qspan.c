// SPDX-License-Identifier: Apache-2.0
// Interval arithmetic from bytes to bytes.
#include "tnpu_qspan.h"

#include "tnpu_numerics.h"

/// The output byte of a convolution's sum.
static int8_t requantised(const struct tnpu_qlayer *l, int c, int64_t acc) {
    int32_t a = (int32_t)(acc + l->bias[c]);
    if (l->relu_first && a < 0) a = 0;
    a = tnpu_sat32((int64_t)a + l->post_bias[c]);
    return (int8_t)tnpu_clamp((int64_t)tnpu_mbqm(a, l->mult[c], l->shift[c]) + l->out_zp,
                              l->act_min, l->act_max);
}

static struct tnpu_qspan convolution(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                                     int c, const struct tnpu_qspan *in, int32_t *acc) {
    int64_t lo = 0, hi = 0, each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c;
    int in_c = g->tensors[l->input].c;
    const int8_t *w = l->weights + c * each;
    for (int64_t i = 0; i < each; i++) {
        struct tnpu_qspan x = in[l->op == TNPU_QOP_CONV ? i % in_c : c];
        if (tnpu_qlayer_pads(l) && l->in_zp < x.lo) x.lo = (int8_t)l->in_zp;
        if (tnpu_qlayer_pads(l) && l->in_zp > x.hi) x.hi = (int8_t)l->in_zp;
        lo += w[i] * (w[i] > 0 ? x.lo : x.hi);
        hi += w[i] * (w[i] > 0 ? x.hi : x.lo);
    }
    *acc = (int32_t)lo;
    // The rest is monotone: upwards, or downwards for a negative multiplier
    int8_t a = requantised(l, c, lo), b = requantised(l, c, hi);
    return a < b ? (struct tnpu_qspan){a, b} : (struct tnpu_qspan){b, a};
}

static struct tnpu_qspan table(const struct tnpu_qlayer *l, struct tnpu_qspan in) {
    struct tnpu_qspan s = {INT8_MAX, INT8_MIN};
    for (int q = in.lo; q <= in.hi; q++) {
        int8_t out = l->weights[q + 128];
        s.lo = out < s.lo ? out : s.lo;
        s.hi = out > s.hi ? out : s.hi;
    }
    return s;
}

struct tnpu_qspan tnpu_qspan_of(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int c,
                                const struct tnpu_qspan *in, int32_t *acc) {
    *acc = 0;
    switch (l->op) {
    case TNPU_QOP_CONV:
    case TNPU_QOP_DWCONV:
        if (l->residual < 0) return convolution(g, l, c, in, acc);
        return (struct tnpu_qspan){(int8_t)l->act_min, (int8_t)l->act_max};
    case TNPU_QOP_AVGPOOL: // a mean or maximum of bytes of the interval lies in it
    case TNPU_QOP_MAXPOOL:
        return (struct tnpu_qspan){(int8_t)tnpu_clamp(in[c].lo, l->act_min, l->act_max),
                                   (int8_t)tnpu_clamp(in[c].hi, l->act_min, l->act_max)};
    case TNPU_QOP_TABLE:
        return table(l, in[c]);
    case TNPU_QOP_CONST:
        return (struct tnpu_qspan){l->weights[c], l->weights[c]};
    case TNPU_QOP_COPY:
    case TNPU_QOP_SOFTMAX:
        return (struct tnpu_qspan){INT8_MIN, INT8_MAX};
    default:
        return (struct tnpu_qspan){(int8_t)l->act_min, (int8_t)l->act_max};
    }
}
