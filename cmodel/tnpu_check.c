// SPDX-License-Identifier: Apache-2.0
// The check of an instruction before it runs: docs/ISA.md, section 4, in its order, in 64 bits.
#include "tnpu_unit.h"

static bool bad_dwconv(const struct tnpu_insn *f) {
    return f->stride_y < 1 || f->stride_y > 2 || f->pad_y > 1 || f->pad_xb > 1 ||
           f->in_w > TNPU_DW_MAX_W || f->res_mode > TNPU_RES_WIDE ||
           (f->out_h - 1) * f->stride_y + 2 - f->pad_y > f->in_h ||
           (f->out_w - 1) * f->stride_y + 2 - f->pad_xb > f->in_w;
}

static bool bad_field(const struct tnpu_job *job) {
    const struct tnpu_insn *f = &job->f;
    return f->requant > TNPU_REQUANT_AVERAGE || f->res_mode > TNPU_RES_MIN ||
           (f->res_mode == TNPU_RES_WIDE && f->requant == TNPU_REQUANT_NONE) ||
           (f->requant == TNPU_REQUANT_AVERAGE && f->res_mode == TNPU_RES_MUL) ||
           f->tile * f->pool_w * f->pool_h > TNPU_TILE || (f->pair && job->lanes <= TNPU_VEC) ||
           (job->dw && bad_dwconv(f));
}

static bool bad_align(const struct tnpu_job *job) {
    const struct tnpu_insn *f = &job->f;
    int32_t bits = f->out_base | f->out_row | f->out_pix;
    if (job->lanes <= TNPU_VEC) return false;
    if (job->dw)
        bits |= f->in_base | f->in_row | f->in_xstep;
    else if (!job->conv || f->pair)
        bits |= f->in_base | f->in_row | f->in_xstep | f->in_wxstep | f->kxstep | f->pad_xb;
    if (job->operand && !f->res_scalar) bits |= f->res_base | f->res_row | f->res_pix;
    return bits % TNPU_VEC != 0;
}

static bool bad_fmem(const struct tnpu_job *job, int64_t bytes) {
    const struct tnpu_insn *f = &job->f;
    int64_t lanes = (int64_t)job->groups * job->lanes;
    int64_t row = job->dw ? (int64_t)(f->in_w - 1) * f->in_xstep + lanes : f->in_wb;
    int64_t input = f->in_base + (int64_t)(f->in_h - 1) * f->in_row + row;
    int64_t output = f->out_base + (int64_t)(f->out_h - 1) * f->out_row +
                     (int64_t)(f->out_w - 1) * f->out_pix + f->out_c;
    int64_t operand = f->res_base + (int64_t)(f->out_h - 1) * f->res_row +
                      (int64_t)(f->out_w - 1) * f->res_pix + (f->res_scalar ? 1 : lanes);
    return input > bytes || output > bytes || (job->operand && operand > bytes);
}

static bool bad_wmem(const struct tnpu_job *job, int64_t rows) {
    int64_t need = tnpu_job_rows(job), row_bytes = (int64_t)job->lanes * TNPU_DOT;
    if (need && job->f.w_base + need > rows) return true;
    return job->table && job->f.lut_row + (256 + row_bytes - 1) / row_bytes > rows;
}

int tnpu_model_check(const struct tnpu_config *cfg, const uint32_t words[TNPU_IWORDS]) {
    const struct tnpu_opcode_info *op = tnpu_opcode_find(words[0] & 0xFF);
    if (!op) return TNPU_HW_OPCODE;
    for (int i = 0; i < TNPU_IWORDS; i++)
        if (words[i] & op->reserved[i]) return TNPU_HW_RESERVED;
    struct tnpu_insn insn;
    struct tnpu_job job;
    tnpu_decode(words, &insn);
    if (!tnpu_is_compute(insn.opcode)) return TNPU_HW_NONE;
    tnpu_job_init(&job, cfg, &insn);
    if (bad_field(&job)) return TNPU_HW_FIELD;
    if (bad_align(&job)) return TNPU_HW_ALIGN;
    if (bad_fmem(&job, cfg->fmem_bytes)) return TNPU_HW_FMEM_RANGE;
    if (bad_wmem(&job, cfg->wmem_rows)) return TNPU_HW_WMEM_RANGE;
    return TNPU_HW_NONE;
}
