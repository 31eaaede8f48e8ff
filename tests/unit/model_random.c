// SPDX-License-Identifier: Apache-2.0
// Random instructions that the core accepts, for the tests of the C model.
#include "model_random.h"

#include <string.h>

uint32_t model_random(uint64_t *seed) {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (uint32_t)((*seed * 0x2545F4914F6CDD1DULL) >> 32);
}

int model_random_in(uint64_t *seed, int lo, int hi) {
    return lo + (int)(model_random(seed) % (uint32_t)(hi - lo + 1));
}

static void fill(uint64_t *seed, uint8_t *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t r = model_random(seed);
        b[i] = (uint8_t)(r >> 8 & 31 ? r : r & 32 ? 0x80 : 0x7F);
    }
}

void model_random_memories(uint64_t *seed, struct tnpu_model *m) {
    fill(seed, tnpu_model_fmem(m), (size_t)m->cfg.fmem_bytes);
    fill(seed, tnpu_model_wmem(m), (size_t)m->cfg.wmem_rows * (size_t)m->cfg.lanes * TNPU_DOT);
}

// Parameter rows that keep results in range: multipliers of either sign below 1, bias and post
// small
static void sane_params(uint64_t *seed, struct tnpu_model *m, const struct tnpu_insn *f) {
    uint8_t *wmem = tnpu_model_wmem(m);
    for (int row = f->w_base; row < m->cfg.wmem_rows && row < f->w_base + 40; row++) {
        if (model_random(seed) % 2) continue;
        for (int c = 0; c < m->cfg.lanes; c++) {
            int32_t v[3] = {model_random_in(seed, -2000, 2000), model_random_in(seed, -500, 500),
                            model_random_in(seed, 1 << 30, INT32_MAX - 1)};
            if (model_random(seed) % 8 == 0) v[2] = -v[2];
            uint8_t *b = wmem + ((size_t)row * (size_t)m->cfg.lanes + (size_t)c) * TNPU_DOT;
            memcpy(b, v, sizeof v);
            b[12] = (uint8_t)model_random_in(seed, -11, 1);
        }
    }
}

// A pitch or address: a multiple of 16 or of the lanes most times, as compilers choose them
static int aligned(uint64_t *seed, const struct tnpu_config *cfg, int lo, int hi) {
    int unit = model_random(seed) % 3 == 0 ? 1 : model_random(seed) % 2 ? 16 : cfg->lanes;
    if (cfg->lanes == 32 && unit != 16) unit = model_random(seed) % 4 ? 32 : 1;
    return model_random_in(seed, lo, hi) / unit * unit;
}

static void draw(uint64_t *seed, const struct tnpu_config *cfg, struct tnpu_insn *f) {
    memset(f, 0, sizeof *f);
    int32_t v[TNPU_NUM_FIELDS];
    for (int i = 0; i < TNPU_NUM_FIELDS; i++) // one-bit and int8 fields: anything
        v[i] = model_random_in(seed, tnpu_fields[i].min, tnpu_fields[i].max);
    memcpy(f, v, sizeof *f);
    int far = cfg->fmem_bytes / 4;
    f->opcode = model_random_in(seed, TNPU_OP_CONV, TNPU_OP_COPY);
    f->out_w = model_random_in(seed, 1, model_random(seed) % 4 ? 6 : 20);
    f->out_h = model_random_in(seed, 1, 6);
    f->out_c = model_random(seed) % 2 ? cfg->lanes * model_random_in(seed, 1, 3)
                                      : model_random_in(seed, 1, 3 * cfg->lanes);
    f->pool_w = model_random(seed) % 2 ? 1 : model_random_in(seed, 1, 3);
    f->pool_h = model_random(seed) % 2 ? 1 : model_random_in(seed, 1, 3);
    if (f->opcode != TNPU_OP_CONV && f->opcode != TNPU_OP_DWTAP) f->pool_w = f->pool_h = 1;
    f->tile = model_random(seed) % 2 ? 16 / (f->pool_w * f->pool_h)
                                     : model_random_in(seed, 1, 16 / (f->pool_w * f->pool_h));
    f->kh = model_random(seed) % 2 ? 1 : model_random_in(seed, 1, 5);
    f->kw = model_random(seed) % 2 ? 1 : model_random_in(seed, 1, 5);
    f->nchunk = model_random_in(seed, 1, 4);
    f->in_h = model_random_in(seed, 1, 12);
    f->in_w = model_random_in(seed, 1, 14);
    f->stride_y = model_random_in(seed, 0, 3);
    f->in_wystep = model_random(seed) % 2 ? f->pool_h * f->stride_y : model_random_in(seed, 0, 3);
    f->pad_y = model_random_in(seed, 0, 2);
    f->dil_y = model_random_in(seed, 0, 2);
    f->pad_xb = model_random(seed) % 2 ? 0 : aligned(seed, cfg, 0, 60);
    f->in_row = aligned(seed, cfg, 0, 500);
    f->in_xstep = aligned(seed, cfg, 0, 80);
    f->in_wxstep = model_random(seed) % 2 ? f->pool_w * f->in_xstep : aligned(seed, cfg, 0, 80);
    f->kxstep = aligned(seed, cfg, 0, 80);
    f->in_wb = model_random_in(seed, 0, 700);
    f->in_base = aligned(seed, cfg, 0, far);
    f->out_base = model_random(seed) % 3 ? far * 2 + aligned(seed, cfg, 0, far / 2)
                                         : aligned(seed, cfg, f->in_base, f->in_base + 100);
    f->out_row = aligned(seed, cfg, 0, 900);
    f->out_pix = aligned(seed, cfg, 0, 120);
    f->res_base = model_random(seed) % 3 ? far + aligned(seed, cfg, 0, far / 2)
                                         : aligned(seed, cfg, f->out_base, f->out_base + 100);
    f->res_row = aligned(seed, cfg, 0, 600);
    f->res_pix = aligned(seed, cfg, 0, 90);
    f->requant = model_random(seed) % 2 ? 1 : f->requant;
    f->res_mode = model_random(seed) % 3 == 0 ? 0 : f->res_mode;
    if (model_random(seed) % 2) {
        f->act_min = -128;
        f->act_max = 127;
    }
    if (f->opcode == TNPU_OP_DWCONV) {
        f->stride_y = model_random_in(seed, 1, 2);
        if (model_random(seed) % 8 == 0) f->out_w = model_random_in(seed, 1, 120 / f->stride_y);
        f->pad_y = model_random_in(seed, 0, 1);
        f->pad_xb = model_random_in(seed, 0, 1);
        f->res_mode = model_random(seed) % 2;
        f->in_h = (f->out_h - 1) * f->stride_y + 2 - f->pad_y + model_random_in(seed, 0, 2);
        f->in_w = (f->out_w - 1) * f->stride_y + 2 - f->pad_xb + model_random_in(seed, 0, 2);
    }
    f->pair = f->pair && cfg->lanes == 32;
    f->w_base = model_random_in(seed, 0, cfg->wmem_rows * 3 / 4);
    f->lut_row = model_random_in(seed, 0, cfg->wmem_rows - 1);
}

void model_random_insn(uint64_t *seed, struct tnpu_model *m, struct tnpu_insn *insn) {
    uint32_t words[TNPU_IWORDS];
    do {
        draw(seed, &m->cfg, insn);
        tnpu_encode(insn, words);
    } while (tnpu_model_check(&m->cfg, words));
    tnpu_decode(words, insn);
    if (model_random(seed) % 2) sane_params(seed, m, insn);
}
