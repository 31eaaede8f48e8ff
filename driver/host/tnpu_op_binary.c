// SPDX-License-Identifier: Apache-2.0
// ADD, SUB, MUL, MAXIMUM, MINIMUM with broadcast on the host.
#include "tnpu_numerics.h"
#include "tnpu_ops.h"

#define LEFT_SHIFT 20 ///< ADD and SUB: inputs are made this much finer

typedef int32_t combine_fn(const struct tnpu_op_binary *p, int32_t a, int32_t b);

/// Distance between neighbours along a dimension: 0 where the operand is used again.
static struct tnpu_shape steps(const struct tnpu_shape *s) {
    return (struct tnpu_shape){s->h > 1 ? s->w * s->c : 0, s->w > 1 ? s->c : 0, s->c > 1};
}

static void each(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out,
                 combine_fn *combine) {
    const struct tnpu_shape sa = steps(&p->a), sb = steps(&p->b);
    for (int32_t y = 0; y < p->out.h; y++)
        for (int32_t x = 0; x < p->out.w; x++)
            for (int32_t c = 0; c < p->out.c; c++)
                *out++ = (int8_t)combine(p, a[y * sa.h + x * sa.w + c * sa.c],
                                         b[y * sb.h + x * sb.w + c * sb.c]);
}

static int32_t requantised(const struct tnpu_op_binary *p, int32_t x) {
    int64_t y = (int64_t)tnpu_mbqm(x, p->out_mult, p->out_shift) + p->out_zp;
    return tnpu_clamp(y, p->act_min, p->act_max);
}

/// An operand of ADD or SUB on the scale that both have in common.
static int32_t common(int32_t q, int32_t zp, int32_t mult, int32_t shift) {
    return tnpu_mbqm((q - zp) * (1 << LEFT_SHIFT), mult, shift);
}

static int32_t add(const struct tnpu_op_binary *p, int32_t a, int32_t b) {
    return requantised(p, common(a, p->a_zp, p->a_mult, p->a_shift) +
                              common(b, p->b_zp, p->b_mult, p->b_shift));
}

static int32_t sub(const struct tnpu_op_binary *p, int32_t a, int32_t b) {
    return requantised(p, common(a, p->a_zp, p->a_mult, p->a_shift) -
                              common(b, p->b_zp, p->b_mult, p->b_shift));
}

static int32_t mul(const struct tnpu_op_binary *p, int32_t a, int32_t b) {
    return requantised(p, (a - p->a_zp) * (b - p->b_zp));
}

static int32_t maximum(const struct tnpu_op_binary *p, int32_t a, int32_t b) {
    (void)p;
    return a > b ? a : b;
}

static int32_t minimum(const struct tnpu_op_binary *p, int32_t a, int32_t b) {
    (void)p;
    return a < b ? a : b;
}

void tnpu_op_add(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out) {
    each(p, a, b, out, add);
}

void tnpu_op_sub(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out) {
    each(p, a, b, out, sub);
}

void tnpu_op_mul(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b, int8_t *out) {
    each(p, a, b, out, mul);
}

void tnpu_op_maximum(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b,
                     int8_t *out) {
    each(p, a, b, out, maximum);
}

void tnpu_op_minimum(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b,
                     int8_t *out) {
    each(p, a, b, out, minimum);
}
