// SPDX-License-Identifier: Apache-2.0
// One layer to its instructions. docs/ISA.md says what each field does.
#include "tnpu_lower_site.h"

#include "tnpu_isa.h"
#include "tnpu_qrows.h"

#include <string.h>

static int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

/// A tile's accumulators hold whole pooling windows.
static int tile_of(const struct tnpu_qlayer *l) {
    int window = l->pool_h * l->pool_w;
    return window > TNPU_TILE ? 1 : TNPU_TILE / window;
}

void tnpu_lower_output(struct tnpu_insn *i, const struct tnpu_site *s) {
    i->out_base = (int)s->at_out->base;
    i->out_row = (int)s->at_out->row;
    i->out_pix = (int)s->at_out->pix;
    i->out_w = s->out->w;
    i->out_h = s->out->h;
    i->out_c = s->out->c;
}

void tnpu_lower_input(struct tnpu_insn *i, const struct tnpu_site *s) {
    const struct tnpu_qlayer *l = s->l;
    int pix = (int)s->at_in->pix;
    i->in_base = (int)s->at_in->base;
    i->in_row = (int)s->at_in->row;
    i->in_h = s->in->h;
    i->in_wb = s->in->w * pix;
    i->stride_y = l->stride_h;
    i->in_xstep = l->stride_w * pix;
    i->in_wxstep = l->pool_w * i->in_xstep;
    i->in_wystep = l->pool_h * l->stride_h;
    i->tile = tile_of(l);
}

void tnpu_lower_window(struct tnpu_insn *i, const struct tnpu_site *s) {
    const struct tnpu_qlayer *l = s->l;
    int pix = (int)s->at_in->pix;
    i->pad_y = l->pad_top;
    i->pad_xb = l->pad_left * pix;
    i->pool_w = l->pool_w;
    i->pool_h = l->pool_h;
    i->kh = l->kernel_h;
    i->kw = l->kernel_w;
    i->dil_y = l->kernel_h > 1 ? l->dilation_h : 0;
    i->kxstep = l->kernel_w > 1 ? l->dilation_w * pix : 0;
}

/// Reads of a kernel row that serve `n` output pixels side by side: of each column's chunks, or
/// without gaps between the columns of one run of bytes.
static int row_reads(const struct tnpu_site *s, int n) {
    const struct tnpu_qlayer *l = s->l;
    if (l->dilation_w > 1) return n * l->kernel_w * ceil_div(s->in->c, TNPU_DOT);
    int columns = l->kernel_w + (n - 1) * l->stride_w;
    return ceil_div(s->in->c + (columns - 1) * (int)s->at_in->pix, TNPU_DOT);
}

/// What the neighbour of an output pixel reads lies in the next vector: the upper half of the lanes
/// takes that (`pair`), if rows and columns begin with vectors, as tensors do.
static bool next_vector(const struct tnpu_site *s, const struct tnpu_config *config) {
    const struct tnpu_qlayer *l = s->l;
    uint32_t pix = s->at_in->pix;
    uint32_t places = s->at_in->row | (uint32_t)l->pad_left * pix |
                      (l->dilation_w > 1 ? (uint32_t)l->dilation_w * pix : 0);
    return config->lanes == 2 * TNPU_VEC && (uint32_t)l->stride_w * pix == TNPU_VEC &&
           places % TNPU_VEC == 0;
}

/// Output pixels that one set of lanes computes at once: where a pixel takes half of them or less,
/// those of its neighbours to the right take the rest. Their bytes lie side by side in memory as
/// the lanes do. They share reads, each with the same weights further along the kernel row
/// (tnpu_lower_weights), or as a pair each have half of a read: whatever takes fewer.
static int pixels_at_once(const struct tnpu_site *s, const struct tnpu_config *config, bool *pair) {
    const struct tnpu_qlayer *l = s->l;
    int pix = (int)s->at_out->pix, n = config->lanes / pix;
    *pair = false;
    if (n <= 1 || n * pix != config->lanes || s->out->w % n || l->pool_h * l->pool_w > 1 ||
        (l->residual >= 0 && s->at_res->pix != s->at_out->pix))
        return 1;
    int one = row_reads(s, 1), shared = row_reads(s, n);
    *pair = n == 2 && one < shared && next_vector(s, config);
    return *pair || shared < n * one ? n : 1;
}

/// Kernel rows that lie in one run too: see tnpu_qrows.h. Not of the network's input, whose rows
/// the host wants back one by one.
static void rows_at_once(struct tnpu_insn *i, const struct tnpu_site *s, int pixels) {
    const struct tnpu_qlayer *l = s->l;
    int row = (int)s->at_in->row, pix = (int)s->at_in->pix, reads;
    if (tnpu_qlayer_pads(l) || pix != s->in->c || row != pix * s->in->w || l->input == s->g->input)
        return;
    int n = tnpu_qrows_at_once(s->g, l, row, pixels, &reads);
    if (n == 1) return;
    i->kh = l->kernel_h / n;
    i->dil_y = i->kh > 1 ? n : 0;
    i->nchunk = reads / i->kh;
    i->in_h -= n - 1;
    i->in_wb += (n - 1) * row;
}

/// A kernel row without gaps between its columns is one run of bytes: fewer, fuller chunks.
static void conv(struct tnpu_insn *i, const struct tnpu_site *s, const struct tnpu_config *config) {
    bool pair;
    int n = pixels_at_once(s, config, &pair), shared = pair ? 1 : n;
    i->nchunk = ceil_div(s->in->c, TNPU_DOT);
    if (s->l->dilation_w == 1) {
        i->nchunk = row_reads(s, shared);
        i->kw = 1;
        i->kxstep = 0;
        rows_at_once(i, s, shared);
    }
    if (n == 1) return;
    i->pair = pair;
    i->in_xstep *= n;
    i->in_wxstep *= n;
    i->out_w /= n;
    i->out_pix *= n;
    i->out_c = config->lanes;
}

static void dwconv(struct tnpu_insn *i, const struct tnpu_site *s) {
    i->in_xstep = (int)s->at_in->pix;
    i->in_w = s->in->w;
    i->pad_xb = s->l->pad_left; // columns here
}

/// The constants of convolutions, and their second operand.
static int requantisation(struct tnpu_insn *i, const struct tnpu_site *s, struct tnpu_error *e) {
    const struct tnpu_qlayer *l = s->l;
    i->requant = TNPU_REQUANT_SCALE;
    i->relu_first = l->relu_first;
    i->pad_value = l->in_zp;
    i->out_zp = l->sum == TNPU_QSUM_WIDE ? l->out_zp : l->add.zp1;
    if (l->residual < 0) return 0;
    if (l->pool_h * l->pool_w > 1)
        return tnpu_fail(e, "a residual before pooling, which the NPU does not do");
    static const int mode[] = {[TNPU_QSUM_WIDE] = TNPU_RES_WIDE,
                               [TNPU_QSUM_ADD] = TNPU_RES_ADD,
                               [TNPU_QSUM_SUB] = TNPU_RES_SUB};
    i->res_mode = mode[l->sum];
    i->res_zp = l->res_zp;
    i->wide_n = l->n;
    if (i->opcode == TNPU_OP_DWCONV) return 0;
    i->res_base = (int)s->at_res->base;
    i->res_row = (int)s->at_res->row;
    i->res_pix = (int)s->at_res->pix * (s->out->w / i->out_w); // pixels at once
    return 0;
}

static int convolution(struct tnpu_lowered *to, const struct tnpu_site *s,
                       const struct tnpu_config *config, struct tnpu_error *e) {
    struct tnpu_insn *i = tnpu_lower_add(to, s, tnpu_plan_opcode(s->g, s->l));
    tnpu_lower_input(i, s);
    tnpu_lower_output(i, s);
    tnpu_lower_window(i, s);
    if (i->opcode == TNPU_OP_CONV) conv(i, s, config);
    if (i->opcode == TNPU_OP_DWCONV) dwconv(i, s);
    return requantisation(i, s, e);
}

struct tnpu_insn *tnpu_lower_add(struct tnpu_lowered *to, const struct tnpu_site *s,
                                 enum tnpu_opcode opcode) {
    struct tnpu_insn *i = &to->insn[to->count++];
    *i = (struct tnpu_insn){.opcode = (int)opcode,
                            .act_min = s->l->act_min,
                            .act_max = s->l->act_max,
                            .in_w = 1,
                            .nchunk = 1,
                            .kh = 1,
                            .kw = 1,
                            .pool_h = 1,
                            .pool_w = 1,
                            .tile = 1};
    return i;
}

/// Rows from w_base on for each, and what no field holds.
static int finish(struct tnpu_lowered *to, int w_base, const struct tnpu_config *config,
                  struct tnpu_error *e) {
    int64_t at = w_base;
    for (int n = 0; n < to->count; n++) {
        struct tnpu_insn *i = &to->insn[n];
        i->w_base = (int)at;
        int64_t rows = tnpu_isa_rows(i, config);
        if (i->opcode == TNPU_OP_LUT) {
            i->w_base = 0;
            i->lut_row = (int)at;
            rows = (256 + TNPU_DOT * config->lanes - 1) / (TNPU_DOT * config->lanes);
        }
        at += rows;
        to->rows[n] = (int)rows;
        int32_t value;
        const struct tnpu_field_info *unfit = tnpu_isa_unfit(i, &value);
        if (unfit && strcmp(unfit->name, "w_base") != 0 && strcmp(unfit->name, "lut_row") != 0)
            return tnpu_fail(e, "it does not fit an instruction: %s is %d, want %d to %d",
                             unfit->name, (int)value, (int)unfit->min, (int)unfit->max);
        if (at > INT32_MAX) return tnpu_fail(e, "it has far too many weights");
    }
    return 0;
}

int tnpu_lower_layer(struct tnpu_lowered *to, const struct tnpu_qgraph *g,
                     const struct tnpu_qlayer *l, const struct tnpu_plan *plan, int w_base,
                     bool first, const struct tnpu_config *config, struct tnpu_error *e) {
    static const struct tnpu_place nowhere = {0};
    static const struct tnpu_qtensor nothing = {.h = 1, .w = 1, .c = 1};
    const struct tnpu_site s = {g,
                                l,
                                l->input >= 0 ? &g->tensors[l->input] : &nothing,
                                &g->tensors[l->output],
                                l->residual >= 0 ? &g->tensors[l->residual] : &nothing,
                                l->input >= 0 ? &plan->place[l->input] : &nowhere,
                                &plan->place[l->output],
                                l->residual >= 0 ? &plan->place[l->residual] : &nowhere};
    to->count = 0;
    int rc;
    if (tnpu_qlayer_is_conv(l))
        rc = convolution(to, &s, config, e);
    else if (l->op == TNPU_QOP_AVGPOOL || l->op == TNPU_QOP_MAXPOOL || l->op == TNPU_QOP_MEAN)
        rc = tnpu_lower_pool(to, &s, e);
    else
        rc = tnpu_lower_bytes(to, &s, e);
    if (rc || finish(to, w_base, config, e)) return -1;
    struct tnpu_insn *i = &to->insn[0];
    // Pixel tiles outermost: rows of the input are done with as early as can be, and published.
    if (first && to->count == 1 && i->opcode != TNPU_OP_DWCONV) i->order = i->release = 1;
    return 0;
}
