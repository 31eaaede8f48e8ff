// SPDX-License-Identifier: Apache-2.0
// Operators of the reference executor that work byte by byte.
#include "tnpu_qexec_bytes.h"

#include "tnpu_numerics.h"
#include "tnpu_ops.h"

#include <string.h>

int8_t tnpu_qexec_add(const struct tnpu_qlayer *l, int8_t first, int8_t second, bool subtract) {
    const struct tnpu_qadd *k = &l->add;
    int64_t v1 = tnpu_add_operand(first - k->zp1, k->m1, k->s1);
    int64_t v2 = tnpu_add_operand(second - l->res_zp, k->m2, k->s2);
    int32_t sum = (int32_t)(uint32_t)(uint64_t)(subtract ? v1 - v2 : v1 + v2);
    int64_t y = (int64_t)tnpu_rdbp(tnpu_srdhm(sum, k->m0), k->s0) + l->out_zp;
    return (int8_t)tnpu_clamp(y, l->act_min, l->act_max);
}

static int8_t combine(const struct tnpu_qlayer *l, int8_t q, int8_t r) {
    int32_t y;
    switch (l->op) {
    case TNPU_QOP_MUL:
        y = tnpu_mbqm((q - l->in_zp) * (r - l->res_zp), l->mult[0], l->shift[0]);
        return (int8_t)tnpu_clamp((int64_t)y + l->out_zp, l->act_min, l->act_max);
    case TNPU_QOP_MAX:
        return (int8_t)tnpu_clamp(q > r ? q : r, l->act_min, l->act_max);
    case TNPU_QOP_MIN:
        return (int8_t)tnpu_clamp(q < r ? q : r, l->act_min, l->act_max);
    default:
        return tnpu_qexec_add(l, q, r, l->op == TNPU_QOP_SUB);
    }
}

/// A dimension of 1 of the second operand is the same byte for all.
static void eltwise(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                    const int8_t *second, int8_t *out) {
    const struct tnpu_qtensor *t = &g->tensors[l->output], *r = &g->tensors[l->residual];
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++)
            for (int c = 0; c < t->c; c++) {
                size_t pixel =
                    (size_t)(r->h > 1 ? y : 0) * (size_t)r->w + (size_t)(r->w > 1 ? x : 0);
                *out++ =
                    combine(l, *in++, second[pixel * (size_t)r->c + (size_t)(r->c > 1 ? c : 0)]);
            }
}

static void copy(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                 int8_t *out) {
    const struct tnpu_qtensor *from = &g->tensors[l->input], *to = &g->tensors[l->output];
    const struct tnpu_qpart *p = &l->part;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            int iy = p->from_y + y * l->stride_h, ix = p->from_x + x * l->stride_w;
            size_t oy = (size_t)(p->to_y + y * p->step_y), ox = (size_t)(p->to_x + x * p->step_x);
            int8_t *at = out + (oy * (size_t)to->w + ox) * (size_t)to->c + p->to_c;
            if (iy < 0 || iy >= from->h || ix < 0 || ix >= from->w)
                memset(at, l->in_zp, (size_t)p->c);
            else
                memcpy(at,
                       in + ((size_t)iy * (size_t)from->w + (size_t)ix) * (size_t)from->c +
                           p->from_c,
                       (size_t)p->c);
        }
}

bool tnpu_qexec_bytes(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                      const int8_t *residual, int8_t *out) {
    const struct tnpu_qtensor *t = &g->tensors[l->output];
    size_t c = (size_t)t->c, pixels = (size_t)t->h * (size_t)t->w;
    if (tnpu_qlayer_is_eltwise(l)) {
        eltwise(g, l, in, residual, out);
        return true;
    }
    switch (l->op) {
    case TNPU_QOP_TABLE:
        for (size_t i = 0; i < pixels * c; i++) out[i] = l->weights[in[i] + 128];
        return true;
    case TNPU_QOP_CONST:
        for (size_t i = 0; i < pixels; i++) memcpy(out + i * c, l->weights, c);
        return true;
    case TNPU_QOP_COPY:
        copy(g, l, in, out);
        return true;
    case TNPU_QOP_SOFTMAX:
        tnpu_op_softmax(
            &(struct tnpu_op_softmax){(int32_t)pixels, t->c, l->mult[0], l->shift[0], l->bias[0]},
            in, out);
        return true;
    default:
        return false;
    }
}
