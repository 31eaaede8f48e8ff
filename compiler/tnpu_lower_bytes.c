// SPDX-License-Identifier: Apache-2.0
// Layers without windows: element by element, tables, constants, copies.
#include "tnpu_lower_site.h"

static void eltwise(struct tnpu_lowered *to, const struct tnpu_site *s) {
    static const int mode[TNPU_QOPS] = {[TNPU_QOP_ADD] = TNPU_RES_ADD,
                                        [TNPU_QOP_SUB] = TNPU_RES_SUB,
                                        [TNPU_QOP_MUL] = TNPU_RES_MUL,
                                        [TNPU_QOP_MAX] = TNPU_RES_MAX,
                                        [TNPU_QOP_MIN] = TNPU_RES_MIN};
    const struct tnpu_qlayer *l = s->l;
    struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_ELTWISE);
    tnpu_lower_input(i, s);
    tnpu_lower_output(i, s);
    i->res_mode = mode[l->op];
    i->res_zp = l->op == TNPU_QOP_MAX || l->op == TNPU_QOP_MIN ? 0 : l->res_zp;
    i->res_base = (int)s->at_res->base;
    i->res_row = s->res->h > 1 ? (int)s->at_res->row : 0;
    i->res_pix = s->res->w > 1 ? (int)s->at_res->pix : 0;
    i->res_scalar = s->res->c < s->out->c;
    if (l->op != TNPU_QOP_MUL) return;
    i->requant = TNPU_REQUANT_SCALE;
    i->param_shared = 1;
    i->out_zp = l->out_zp;
}

/// No byte of the input is valid, so none is read; the biases are the bytes.
static void constant(struct tnpu_lowered *to, const struct tnpu_site *s) {
    struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_CONV);
    tnpu_lower_output(i, s);
    i->in_h = 1;
    i->requant = TNPU_REQUANT_SCALE;
    i->order = 0;
}

/// The part's place in the input as padding or as another beginning, in the output as another
/// beginning and pitch.
static int copy(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e) {
    const struct tnpu_qpart *p = &s->l->part;
    struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_COPY);
    int pix = (int)s->at_in->pix;
    if (p->from_y >= s->in->h || p->from_x >= s->in->w)
        return tnpu_fail(e, "it copies nothing but padding");
    tnpu_lower_input(i, s);
    tnpu_lower_output(i, s);
    i->pad_value = s->l->in_zp;
    i->pad_y = p->from_y < 0 ? -p->from_y : 0;
    i->pad_xb = p->from_x < 0 ? -p->from_x * pix : 0;
    int y = p->from_y > 0 ? p->from_y : 0, x = p->from_x > 0 ? p->from_x : 0;
    i->in_base += y * i->in_row + x * pix + p->from_c;
    i->in_h -= y;
    i->in_wb -= x * pix + p->from_c;
    i->out_base += p->to_y * i->out_row + p->to_x * i->out_pix + p->to_c;
    i->out_row *= p->step_y;
    i->out_pix *= p->step_x;
    i->out_h = p->h;
    i->out_w = p->w;
    i->out_c = p->c;
    bool dense = pix == s->in->c && i->out_pix == s->out->c;
    if (dense && p->c == pix && p->c == i->out_pix && s->l->stride_w == 1 && p->step_x == 1) {
        i->out_c *= p->w; // a row is one pixel
        i->out_w = 1;
    }
    return 0;
}

int tnpu_lower_bytes(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e) {
    switch (s->l->op) {
    case TNPU_QOP_CONST:
        constant(to, s);
        return 0;
    case TNPU_QOP_TABLE: {
        struct tnpu_insn *i = tnpu_lower_add(to, s, TNPU_OP_LUT);
        tnpu_lower_input(i, s);
        tnpu_lower_output(i, s);
        return 0;
    }
    case TNPU_QOP_COPY:
        return copy(to, s, e);
    case TNPU_QOP_SOFTMAX:
        return tnpu_fail(e, "the NPU has no exponential and no sum over channels");
    default:
        eltwise(to, s);
        return 0;
    }
}
