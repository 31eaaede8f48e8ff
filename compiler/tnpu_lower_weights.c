// SPDX-License-Identifier: Apache-2.0
// Rows of weight memory: docs/ISA.md, sections 1 (parameter row, addition row, table) and 2.7
// (order).
#include "tnpu_bytes.h"
#include "tnpu_lower.h"

#include <string.h>

/// A lane's 16 bytes of a parameter row.
static void param(uint8_t *lane, const struct tnpu_qlayer *l, int c) {
    tnpu_set_u32(lane, (uint32_t)l->bias[c]);
    tnpu_set_u32(lane + 4, (uint32_t)l->post_bias[c]);
    tnpu_set_u32(lane + 8, (uint32_t)l->mult[c]);
    lane[12] = (uint8_t)l->shift[c] & 0x3f;
    int16_t k = l->k ? l->k[c] : 0;
    lane[14] = (uint8_t)k;
    lane[15] = (uint8_t)((uint16_t)k >> 8);
}

/// The one parameter row of a layer whose channels are all alike. Averages: division by n as bias
/// and multiplier of requant 2.
static void shared_param(uint8_t *rows, int lanes, const struct tnpu_qlayer *l, int n) {
    for (int c = 0; c < lanes; c++) {
        uint8_t *lane = rows + c * TNPU_DOT;
        if (l->op != TNPU_QOP_AVGPOOL) param(lane, l, 0);
        if (l->op == TNPU_QOP_MUL) tnpu_set_u32(lane, (uint32_t)-l->in_zp);
        if (l->op == TNPU_QOP_AVGPOOL) {
            tnpu_set_u32(lane, (uint32_t)n / 2);
            tnpu_set_u32(lane + 8, (UINT32_C(1) << 30) / (uint32_t)n + 1);
        }
    }
}

/// The constants of ADD and SUB.
static void addition(uint8_t *row, const struct tnpu_qlayer *l) {
    const struct tnpu_qadd *a = &l->add;
    tnpu_set_u32(row, (uint32_t)a->m1);
    tnpu_set_u32(row + 4, (uint32_t)a->m2);
    tnpu_set_u32(row + 8, (uint32_t)a->m0);
    row[12] = (uint8_t)a->s1;
    row[13] = (uint8_t)a->s2;
    row[14] = (uint8_t)a->s0;
    row[16] = (uint8_t)l->out_zp;
    row[17] = (uint8_t)a->min1;
    row[18] = (uint8_t)a->max1;
    row[19] = (uint8_t)a->zp1;
}

/// Bytes that depend on nothing: a multiplication by one of the bias; weights are zero.
static void constant(const struct tnpu_qlayer *l, int channels, int lanes, uint8_t *rows) {
    size_t tile = 2 * (size_t)lanes * TNPU_DOT; // parameters, weights
    for (int c = 0; c < channels; c++) {
        uint8_t *lane = rows + (size_t)(c / lanes) * tile + (size_t)(c % lanes) * TNPU_DOT;
        tnpu_set_u32(lane, (uint32_t)l->weights[c]);
        tnpu_set_u32(lane + 8, UINT32_C(1) << 30);
        lane[12] = 1;
    }
}

/// Where a lane's weights lie: output channel `c` of the pixel `x` to the right of the one whose
/// bytes the lane sees, whose kernel rows come `rows` at a time.
struct lane_site {
    int c, x, rows;
};

/// A lane's bytes of the weight row of (ky, kx, ch). Byte i of the chunk lies `ch * 16 + i` bytes
/// behind the kernel column's first pixel; where a kernel row is one run, that may be in a later
/// column, and where several rows are, in a later row.
static void conv_row(uint8_t *lane, const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                     int pix, struct lane_site s, int ky, int kx, int ch) {
    int in_c = g->tensors[l->input].c, pitch = pix * g->tensors[l->input].w;
    bool run = l->dilation_w == 1;
    for (int i = 0; i < TNPU_DOT; i++) {
        int at = ch * TNPU_DOT + i, behind = 0;
        if (s.rows > 1) {
            behind = at / pitch;
            at %= pitch;
        }
        int column = run ? at / pix - s.x * l->stride_w : kx, channel = run ? at % pix : at;
        if (behind < s.rows && column >= 0 && column < l->kernel_w && channel < in_c)
            lane[i] = (uint8_t)l->weights[(((size_t)s.c * (size_t)l->kernel_h +
                                            (size_t)(ky * s.rows + behind)) *
                                               (size_t)l->kernel_w +
                                           (size_t)column) *
                                              (size_t)in_c +
                                          (size_t)channel];
    }
}

void tnpu_lower_weights(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                        const struct tnpu_insn *insn, uint32_t pix,
                        const struct tnpu_config *config, uint8_t *rows) {
    int lanes = config->lanes, taps = l->kernel_h * l->kernel_w;
    size_t row = (size_t)lanes * TNPU_DOT;
    if (insn->res_mode == TNPU_RES_ADD || insn->res_mode == TNPU_RES_SUB) {
        addition(rows, l);
        rows += row;
    }
    if (insn->param_shared) shared_param(rows, lanes, l, insn->kh * insn->kw);
    if (l->op == TNPU_QOP_TABLE) memcpy(rows, l->weights, 256);
    if (l->op == TNPU_QOP_CONST) constant(l, insn->out_c, lanes, rows);
    if (!tnpu_qlayer_is_conv(l)) return;
    const struct tnpu_qtensor *out = &g->tensors[l->output];
    int pixels = out->w / insn->out_w, each = insn->out_c / pixels; // at once: lanes of each
    for (int base = 0; base < insn->out_c; base += lanes) {
        int valid = insn->out_c - base < lanes ? insn->out_c - base : lanes;
        for (int c = 0; c < valid; c++)
            if ((base + c) % each < out->c) param(rows + c * TNPU_DOT, l, (base + c) % each);
        rows += row;
        if (l->op == TNPU_QOP_DWCONV) { // byte t % 16 of row t / 16 is tap t
            for (int c = 0; c < valid; c++)
                for (int t = 0; t < taps; t++)
                    rows[(size_t)(t / TNPU_DOT) * row + (size_t)(c * TNPU_DOT + t % TNPU_DOT)] =
                        (uint8_t)l->weights[(size_t)(base + c) * (size_t)taps + (size_t)t];
            rows += row * (size_t)((taps + TNPU_DOT - 1) / TNPU_DOT);
            continue;
        }
        for (int ky = 0; ky < insn->kh; ky++)
            for (int kx = 0; kx < insn->kw; kx++)
                for (int ch = 0; ch < insn->nchunk; ch++, rows += row)
                    for (int c = 0; c < valid; c++) {
                        int x = insn->pair ? 0 : (base + c) / each; // a pair's see their own
                        struct lane_site s = {(base + c) % each, x, l->kernel_h / insn->kh};
                        if (s.c < out->c)
                            conv_row(rows + c * TNPU_DOT, g, l, (int)pix, s, ky, kx, ch);
                    }
    }
}
