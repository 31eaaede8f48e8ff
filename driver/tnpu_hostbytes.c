// SPDX-License-Identifier: Apache-2.0
// Host layers that work byte by byte, without windows.
#include "tnpu_hostrun.h"

#include "tnpu_numerics.h"
#include "tnpu_ops.h"

#include <string.h>

int8_t tnpu_hostadd(const struct tnpu_hostfields *f, int8_t first, int8_t second, bool subtract) {
    int64_t v1 = tnpu_add_operand(first - f->zp1, f->m1, f->s1);
    int64_t v2 = tnpu_add_operand(second - f->res_zp, f->m2, f->s2);
    int32_t sum = (int32_t)(uint32_t)(uint64_t)(subtract ? v1 - v2 : v1 + v2);
    int64_t y = (int64_t)tnpu_rdbp(tnpu_srdhm(sum, f->m0), f->s0) + f->out_zp;
    return (int8_t)tnpu_clamp(y, f->act_min, f->act_max);
}

static int8_t combine(const struct tnpu_hostwork *w, int8_t q, int8_t r) {
    const struct tnpu_hostfields *f = &w->f;
    int64_t y;
    switch (f->op) {
    case TNPU_HOSTOP_MUL:
        y = tnpu_mbqm((q - f->in_zp) * (r - f->res_zp), tnpu_hostint(w->mult, 0),
                      (int8_t)w->shift[0]);
        return (int8_t)tnpu_clamp(y + f->out_zp, f->act_min, f->act_max);
    case TNPU_HOSTOP_MAX:
        return (int8_t)tnpu_clamp(q > r ? q : r, f->act_min, f->act_max);
    case TNPU_HOSTOP_MIN:
        return (int8_t)tnpu_clamp(q < r ? q : r, f->act_min, f->act_max);
    default:
        return tnpu_hostadd(f, q, r, f->op == TNPU_HOSTOP_SUB);
    }
}

/// A dimension of 1 of the second operand is the same byte for all.
static void run_eltwise(const struct tnpu_hostwork *w) {
    const struct tnpu_net_tensor *t = &w->out, *r = &w->res;
    const int8_t *x = w->x;
    int8_t *out = w->y;
    for (uint32_t y = 0; y < t->height; y++)
        for (uint32_t col = 0; col < t->width; col++)
            for (uint32_t c = 0; c < t->channels; c++) {
                size_t pixel =
                    (size_t)(r->height > 1 ? y : 0) * r->width + (r->width > 1 ? col : 0);
                *out++ = combine(w, *x++, w->r[pixel * r->channels + (r->channels > 1 ? c : 0)]);
            }
}

static void run_copy(const struct tnpu_hostwork *w) {
    const struct tnpu_hostfields *f = &w->f;
    for (int32_t y = 0; y < f->part_h; y++)
        for (int32_t x = 0; x < f->part_w; x++) {
            int32_t iy = f->from_y + y * f->stride_h, ix = f->from_x + x * f->stride_w;
            size_t oy = (size_t)(f->to_y + y * f->step_y), ox = (size_t)(f->to_x + x * f->step_x);
            int8_t *at = w->y + (oy * w->out.width + ox) * w->out.channels + f->to_c;
            if (iy < 0 || iy >= (int32_t)w->in.height || ix < 0 || ix >= (int32_t)w->in.width)
                memset(at, f->in_zp, (size_t)f->part_c);
            else
                memcpy(at,
                       w->x + ((size_t)iy * w->in.width + (size_t)ix) * w->in.channels + f->from_c,
                       (size_t)f->part_c);
        }
}

void tnpu_hostrun_bytes(const struct tnpu_hostwork *w) {
    size_t pixels = (size_t)w->out.height * w->out.width, c = w->out.channels;
    switch (w->f.op) {
    case TNPU_HOSTOP_TABLE:
        tnpu_op_table((const int8_t *)w->weights, w->x, w->y, pixels * c);
        break;
    case TNPU_HOSTOP_CONST:
        for (size_t i = 0; i < pixels; i++) memcpy(w->y + i * c, w->weights, c);
        break;
    case TNPU_HOSTOP_COPY:
        run_copy(w);
        break;
    case TNPU_HOSTOP_SOFTMAX:
        tnpu_op_softmax(&(struct tnpu_op_softmax){(int32_t)pixels, (int32_t)c,
                                                  tnpu_hostint(w->mult, 0), (int8_t)w->shift[0],
                                                  tnpu_hostint(w->bias, 0)},
                        w->x, w->y);
        break;
    default:
        run_eltwise(w);
    }
}
