// SPDX-License-Identifier: Apache-2.0
// Interval arithmetic over one output channel.
#include "tnpu_qbounds.h"

#include <stddef.h>

/// The interval of the accumulator. Padding reads in_zp, a byte like any other.
static void acc_range(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int c, int64_t *lo,
                      int64_t *hi) {
    if (!tnpu_qlayer_is_conv(l)) { // MEAN: a sum of bytes; MUL: a product of two differences
        int64_t taps = (int64_t)l->kernel_h * l->kernel_w;
        *lo = l->op == TNPU_QOP_MUL ? -255 * 255 : -128 * taps;
        *hi = l->op == TNPU_QOP_MUL ? 255 * 255 : 127 * taps;
        return;
    }
    int64_t each = tnpu_qlayer_weight_count(g, l) / g->tensors[l->output].c;
    const int8_t *w = l->weights + c * each;
    *lo = *hi = 0;
    for (int64_t i = 0; i < each; i++) {
        *lo += w[i] > 0 ? w[i] * -128 : w[i] * 127;
        *hi += w[i] > 0 ? w[i] * 127 : w[i] * -128;
    }
}

static bool is_int32(int64_t lo, int64_t hi) {
    return lo >= INT32_MIN && hi <= INT32_MAX;
}

const char *tnpu_qchannel_fault(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int c) {
    int64_t lo, hi;
    if (l->op == TNPU_QOP_SOFTMAX) { // differences from diff_min to 0, shifted left; 4096 terms
        bool good = l->mult[c] >= 0 && l->shift[c] >= 0 && l->bias[c] <= 0 &&
                    is_int32(l->bias[c] * (INT64_C(1) << l->shift[c]), 0) &&
                    g->tensors[l->output].c < 4096;
        return good ? NULL : "exponent or sum";
    }
    acc_range(g, l, c, &lo, &hi);
    if (!is_int32(lo, hi)) return "accumulator";
    lo += l->bias[c];
    hi += l->bias[c];
    if (!is_int32(lo, hi)) return "sum with the bias";
    if (l->relu_first) {
        lo = lo < 0 ? 0 : lo;
        hi = hi < 0 ? 0 : hi;
    }
    lo += l->post_bias[c];
    hi += l->post_bias[c];
    if (!is_int32(lo, hi)) return "sum with post_bias";
    int64_t left = INT64_C(1) << (l->shift[c] > 0 ? l->shift[c] : 0);
    return is_int32(lo * left, hi * left) ? NULL : "left shift";
}
