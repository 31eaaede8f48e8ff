// SPDX-License-Identifier: Apache-2.0
// ADD, SUB, MUL, MAXIMUM, MINIMUM and SOFTMAX.
#include "tnpu_tflite_build.h"

/// Which of the operator's inputs is the first operand, the one of the output's shape.
struct operands {
    int first, second, out;
    bool swapped;
};

static bool covers(struct tnpu_tfl_shape a, struct tnpu_tfl_shape b) {
    return (b.h == a.h || b.h == 1) && (b.w == a.w || b.w == 1) && (b.c == a.c || b.c == 1);
}

static int find_operands(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op,
                         struct operands *o) {
    int x = tnpu_tfl_operand(b, op, 0), y = x < 0 ? -1 : tnpu_tfl_operand(b, op, 1);
    if (y < 0) return -1;
    struct tnpu_tfl_shape sx = tnpu_tfl_shape_of(b, x), sy = tnpu_tfl_shape_of(b, y);
    o->swapped = !covers(sx, sy);
    if (o->swapped && !covers(sy, sx))
        return tnpu_tfl_refuse(
            b, "operands of %d x %d x %d and %d x %d x %d: one must be of the result's shape", sx.h,
            sx.w, sx.c, sy.h, sy.w, sy.c);
    o->first = o->swapped ? y : x;
    o->second = o->swapped ? x : y;
    o->out = tnpu_tfl_result(b, op, 0, o->swapped ? sy : sx);
    return o->out < 0 ? -1 : 0;
}

static struct tnpu_qlayer *layer(struct tnpu_tfl_build *b, enum tnpu_qop op,
                                 const struct operands *o) {
    struct tnpu_qlayer *l = tnpu_tfl_add_layer(b, op, o->first, o->out);
    if (!l) return NULL;
    l->residual = o->second;
    l->res_zp = b->q->tensors[o->second].zero_point;
    return l;
}

/// A right shift of 0..31, or false.
static bool to_right(int32_t shift, int *right) {
    *right = -shift;
    return shift <= 0 && shift >= -31;
}

int tnpu_tfl_add(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    bool subtract = op->code == TNPU_TFL_SUB;
    struct operands o;
    if (find_operands(b, op, &o)) return -1;
    struct tnpu_qlayer *l = layer(b, subtract ? TNPU_QOP_SUB : TNPU_QOP_ADD, &o);
    if (!l) return -1;
    struct tnpu_op_binary p;
    struct tnpu_qadd *k = &l->add;
    tnpu_prepare_add(&p, tnpu_tfl_quantisation(b, o.first), tnpu_tfl_quantisation(b, o.second),
                     tnpu_tfl_quantisation(b, o.out), TNPU_ACT_NONE);
    if (subtract && o.swapped) p.out_mult = -p.out_mult; // (b - a) * -m is (a - b) * m
    *k = (struct tnpu_qadd){
        .m1 = p.a_mult, .m2 = p.b_mult, .m0 = p.out_mult, .zp1 = p.a_zp, .min1 = -128, .max1 = 127};
    if (!to_right(p.a_shift, &k->s1) || !to_right(p.b_shift, &k->s2) ||
        !to_right(p.out_shift, &k->s0))
        return tnpu_tfl_refuse(b, "the scales of operands and result are too far from each other");
    return tnpu_tfl_clamp(b, l, op->options.activation, o.out);
}

int tnpu_tfl_mul(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    struct operands o;
    if (find_operands(b, op, &o)) return -1;
    struct tnpu_qlayer *l = layer(b, TNPU_QOP_MUL, &o);
    if (!l || tnpu_tfl_add_constants(b, l)) return -1;
    struct tnpu_op_binary p;
    tnpu_prepare_mul(&p, tnpu_tfl_quantisation(b, o.first), tnpu_tfl_quantisation(b, o.second),
                     tnpu_tfl_quantisation(b, o.out), TNPU_ACT_NONE);
    if (p.out_shift > TNPU_Q_SHIFT_MAX)
        return tnpu_tfl_refuse(b, "the scales of operands and result are too far from each other");
    l->mult[0] = p.out_mult;
    l->shift[0] = (int8_t)p.out_shift;
    return tnpu_tfl_clamp(b, l, op->options.activation, o.out);
}

/// MAXIMUM and MINIMUM compare bytes.
int tnpu_tfl_larger(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    struct operands o;
    if (find_operands(b, op, &o)) return -1;
    return layer(b, op->code == TNPU_TFL_MAXIMUM ? TNPU_QOP_MAX : TNPU_QOP_MIN, &o) ? 0 : -1;
}

int tnpu_tfl_softmax(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int in = tnpu_tfl_operand(b, op, 0);
    int out = in < 0 ? -1 : tnpu_tfl_result(b, op, 0, tnpu_tfl_shape_of(b, in));
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_SOFTMAX, in, out);
    if (!l || tnpu_tfl_add_constants(b, l)) return -1;
    if (l->out_zp != -128 || *b->q->tensors[out].scale != 1.0f / 256)
        return tnpu_tfl_refuse(b,
                               "its output has another scale than 1/256 or zero point than -128");
    if (b->q->tensors[out].c > 4095) return tnpu_tfl_refuse(b, "more than 4095 classes");
    if (!(op->options.beta > 0) || op->options.beta > 1e6f)
        return tnpu_tfl_refuse(b, "its beta is %g", (double)op->options.beta);
    struct tnpu_op_softmax p;
    tnpu_prepare_softmax(&p, *b->q->tensors[in].scale, op->options.beta);
    if (p.shift < 0 || p.shift > TNPU_Q_SHIFT_MAX)
        return tnpu_tfl_refuse(b, "its input's scale %g is out of range",
                               (double)*b->q->tensors[in].scale);
    l->mult[0] = p.mult;
    l->shift[0] = (int8_t)p.shift;
    l->bias[0] = p.diff_min;
    return 0;
}
