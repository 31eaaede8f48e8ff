// SPDX-License-Identifier: Apache-2.0
// One layer to one instruction. docs/ISA.md says what each field does.
#include "tnpu_isa.h"
#include "tnpu_lower.h"

#include <string.h>

/// What building an instruction needs at every step.
struct site {
    const struct tnpu_qgraph *g;
    const struct tnpu_qlayer *l;
    const struct tnpu_qtensor *in, *out;
    const struct tnpu_place *at_in, *at_out;
};

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/// A tile's accumulators hold whole pooling windows.
static int tile_of(const struct tnpu_qlayer *l) {
    int window = l->pool_h * l->pool_w;
    return window > TNPU_TILE ? 1 : TNPU_TILE / window;
}

/// The fields that CONV, DWTAP and POOL share: input geometry, kernel, output.
static void geometry(struct tnpu_insn *i, const struct site *s) {
    const struct tnpu_qlayer *l = s->l;
    int pix = (int)s->at_in->pix;
    i->in_base = (int)s->at_in->base;
    i->in_row = (int)s->at_in->row;
    i->in_h = s->in->h;
    i->in_wb = s->in->w * pix;
    i->pad_y = l->pad_top;
    i->pad_xb = l->pad_left * pix;
    i->stride_y = l->stride_h;
    i->in_xstep = l->stride_w * pix;
    i->in_wxstep = l->pool_w * i->in_xstep;
    i->in_wystep = l->pool_h * l->stride_h;
    i->pool_w = l->pool_w;
    i->pool_h = l->pool_h;
    i->tile = tile_of(l);
    i->kh = l->kernel_h;
    i->kw = l->kernel_w;
    i->dil_y = l->kernel_h > 1 ? l->dilation_h : 0;
    i->kxstep = l->kernel_w > 1 ? l->dilation_w * pix : 0;
    i->out_base = (int)s->at_out->base;
    i->out_row = (int)s->at_out->row;
    i->out_pix = (int)s->at_out->pix;
    i->out_w = s->out->w;
    i->out_h = s->out->h;
    i->out_c = s->out->c;
}

/// A kernel row without gaps between its columns is one run of bytes: fewer, fuller chunks.
static void conv(struct tnpu_insn *i, const struct site *s) {
    int run = s->in->c;
    if (s->l->dilation_w == 1) {
        run += (s->l->kernel_w - 1) * (int)s->at_in->pix;
        i->kw = 1;
        i->kxstep = 0;
    }
    i->nchunk = ceil_div(run, TNPU_DOT);
}

static void dwconv(struct tnpu_insn *i, const struct site *s) {
    i->in_xstep = (int)s->at_in->pix;
    i->in_w = s->in->w;
    i->pad_xb = s->l->pad_left; // columns here
}

/// The constants of convolutions, and their second operand.
static void requantisation(struct tnpu_insn *i, const struct site *s,
                           const struct tnpu_plan *plan) {
    const struct tnpu_qlayer *l = s->l;
    i->requant = 1;
    i->relu_first = l->relu_first;
    i->pad_value = l->in_zp;
    i->out_zp = l->out_zp;
    if (l->residual < 0) return;
    const struct tnpu_place *r = &plan->place[l->residual];
    i->res_mode = 1;
    i->res_zp = l->res_zp;
    i->wide_n = l->n;
    if (i->opcode == TNPU_OP_DWCONV) return;
    i->res_base = (int)r->base;
    i->res_row = (int)r->row;
    i->res_pix = (int)r->pix;
}

/// Every tap of every window is inside the map: the divisor is the same everywhere.
static bool windows_inside(const struct site *s) {
    const struct tnpu_qlayer *l = s->l;
    return l->pad_top == 0 && l->pad_left == 0 &&
           (s->out->h - 1) * l->stride_h + (l->kernel_h - 1) * l->dilation_h < s->in->h &&
           (s->out->w - 1) * l->stride_w + (l->kernel_w - 1) * l->dilation_w < s->in->w;
}

static int pool(struct tnpu_insn *i, const struct site *s, struct tnpu_error *e) {
    const struct tnpu_qlayer *l = s->l;
    // POOL has no pooling window behind it: its own window moves by in_wxstep and in_wystep.
    i->acc_max = l->op == TNPU_QOP_MAXPOOL;
    i->pad_value = i->acc_max ? INT8_MIN : 0;
    i->requant = i->acc_max ? 0 : 2;
    i->param_shared = !i->acc_max;
    if (!i->acc_max && !windows_inside(s))
        return tnpu_fail(e, "%s: layer %s averages over padding, which the NPU does not do",
                         s->g->arch, l->name);
    if (!i->acc_max && l->kernel_h * l->kernel_w > TNPU_AVERAGE_MAX)
        return tnpu_fail(e, "%s: layer %s averages over %d values, the NPU does at most %d exactly",
                         s->g->arch, l->name, l->kernel_h * l->kernel_w, TNPU_AVERAGE_MAX);
    return 0;
}

int tnpu_lower_layer(struct tnpu_insn *i, const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                     const struct tnpu_plan *plan, int w_base, bool first, struct tnpu_error *e) {
    const struct site s = {g,
                           l,
                           &g->tensors[l->input],
                           &g->tensors[l->output],
                           &plan->place[l->input],
                           &plan->place[l->output]};
    *i = (struct tnpu_insn){.opcode = (int)tnpu_plan_opcode(g, l), .in_w = 1, .nchunk = 1};
    geometry(i, &s);
    i->w_base = w_base;
    i->act_min = l->act_min;
    i->act_max = l->act_max;
    if (i->opcode == TNPU_OP_POOL) {
        if (pool(i, &s, e)) return -1;
    } else {
        requantisation(i, &s, plan);
        if (i->res_mode && l->pool_h * l->pool_w > 1)
            return tnpu_fail(e,
                             "%s: layer %s has a residual before its pooling, which the NPU does "
                             "not do",
                             g->arch, l->name);
    }
    if (i->opcode == TNPU_OP_CONV) conv(i, &s);
    if (i->opcode == TNPU_OP_DWCONV) dwconv(i, &s);
    // Pixel tiles outermost: rows of the input are done with as early as can be, and published.
    i->order = i->release = first && i->opcode != TNPU_OP_DWCONV;
    int32_t value;
    const struct tnpu_field_info *unfit = tnpu_isa_unfit(i, &value);
    if (unfit)
        return tnpu_fail(e, "%s: layer %s does not fit an instruction: %s is %d, want %d to %d",
                         g->arch, l->name, unfit->name, (int)value, (int)unfit->min,
                         (int)unfit->max);
    return 0;
}
