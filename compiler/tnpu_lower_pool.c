// SPDX-License-Identifier: Apache-2.0
// Pooling to POOL instructions. An average divides by the number of values inside the map: where
// padding leaves fewer of them, an instruction of its own makes those rows and columns.
#include "tnpu_lower_site.h"

/// Successive outputs along one direction whose windows have the same taps inside the map.
struct strip {
    int from, count; ///< outputs
    int taps;        ///< inside
    int begin;       ///< input row or column of the first tap of the first output
};

/// Cuts `out` outputs into strips. Returns how many, or -1 if there are more than `room` or an
/// output has no tap inside.
static int cut(int in, int out, int kernel, int stride, int dilation, int pad, struct strip *to,
               int room) {
    int n = 0, last = -1;
    for (int o = 0; o < out; o++) {
        int first = o * stride - pad, skip = 0, taps = 0;
        while (skip < kernel && first + skip * dilation < 0) skip++;
        while (skip + taps < kernel && first + (skip + taps) * dilation < in) taps++;
        if (taps == 0) return -1;
        if (n && to[n - 1].taps == taps && last == skip) {
            to[n - 1].count++;
            continue;
        }
        if (n == room) return -1;
        to[n++] = (struct strip){o, 1, taps, first + skip * dilation};
        last = skip;
    }
    return n;
}

/// The instruction that makes one strip of rows of one strip of columns.
static void region(struct tnpu_lowered *to, const struct tnpu_site *s, const struct strip *rows,
                   const struct strip *columns) {
    struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_POOL);
    tnpu_lower_input(i, s);
    tnpu_lower_output(i, s);
    tnpu_lower_window(i, s);
    i->pad_y = i->pad_xb = 0;
    i->in_base += rows->begin * i->in_row + columns->begin * (int)s->at_in->pix;
    i->in_h -= rows->begin;
    i->in_wb -= columns->begin * (int)s->at_in->pix;
    i->kh = rows->taps;
    i->kw = columns->taps;
    i->dil_y = i->kh > 1 ? s->l->dilation_h : 0;
    i->kxstep = i->kw > 1 ? i->kxstep : 0;
    i->out_base += rows->from * i->out_row + columns->from * i->out_pix;
    i->out_h = rows->count;
    i->out_w = columns->count;
    i->requant = TNPU_REQUANT_AVERAGE;
    i->param_shared = 1;
}

static int average(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e) {
    enum { SIDE = 16 };
    const struct tnpu_qlayer *l = s->l;
    struct strip rows[SIDE], columns[SIDE];
    int h =
        cut(s->in->h, s->out->h, l->kernel_h, l->stride_h, l->dilation_h, l->pad_top, rows, SIDE);
    int w = cut(s->in->w, s->out->w, l->kernel_w, l->stride_w, l->dilation_w, l->pad_left, columns,
                SIDE);
    if (h < 0 || w < 0 || h * w > TNPU_LAYER_INSNS)
        return tnpu_fail(e, "its padding makes windows of too many sizes");
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            if (rows[y].taps * columns[x].taps > TNPU_AVERAGE_MAX)
                return tnpu_fail(e, "it averages over %d values, the NPU does at most %d exactly",
                                 rows[y].taps * columns[x].taps, TNPU_AVERAGE_MAX);
            region(to, s, &rows[y], &columns[x]);
        }
    return 0;
}

int tnpu_lower_pool(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e) {
    // POOL has no pooling window behind it: its own window moves by in_wxstep and in_wystep.
    if (s->l->op == TNPU_QOP_AVGPOOL) return average(to, s, e);
    struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_POOL);
    tnpu_lower_input(i, s);
    tnpu_lower_output(i, s);
    tnpu_lower_window(i, s);
    i->acc_max = s->l->op == TNPU_QOP_MAXPOOL;
    i->pad_value = i->acc_max ? INT8_MIN : 0;
    i->requant = i->acc_max ? TNPU_REQUANT_NONE : TNPU_REQUANT_SCALE;
    i->param_shared = !i->acc_max;
    i->out_zp = i->acc_max ? 0 : s->l->out_zp;
    return 0;
}
