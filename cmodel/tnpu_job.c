// SPDX-License-Identifier: Apache-2.0
// A compute instruction made ready: what follows from its fields before any loop runs.
#include "tnpu_unit.h"

bool tnpu_is_compute(int opcode) {
    return opcode >= TNPU_OP_CONV && opcode <= TNPU_OP_COPY;
}

void tnpu_job_init(struct tnpu_job *job, const struct tnpu_config *cfg,
                   const struct tnpu_insn *insn) {
    struct tnpu_insn *f = &job->f;
    *f = *insn;
    if (f->opcode == TNPU_OP_LUT || f->opcode == TNPU_OP_COPY) {
        f->act_min = -128;
        f->act_max = 127;
    }
    job->lanes = cfg->lanes;
    job->groups = (f->out_c + cfg->lanes - 1) / cfg->lanes;
    job->pixels = f->out_w * f->out_h;
    job->window = f->pool_w * f->pool_h;
    job->taps = f->kh * f->kw * f->nchunk;
    job->conv = f->opcode == TNPU_OP_CONV;
    job->dw = f->opcode == TNPU_OP_DWCONV;
    job->sets = f->pair ? 2 : 1;
    job->access = job->conv ? job->sets * TNPU_DOT : cfg->lanes;
    job->weight_rows = job->conv                    ? job->taps
                       : job->dw                    ? 1
                       : f->opcode == TNPU_OP_DWTAP ? (job->taps + TNPU_DOT - 1) / TNPU_DOT
                                                    : 0;
    job->table = f->lut || f->opcode == TNPU_OP_LUT;
    job->add = f->res_mode == TNPU_RES_ADD || f->res_mode == TNPU_RES_SUB;
    job->operand = f->res_mode != TNPU_RES_NONE && !job->dw;
    job->operand_bytes = f->res_scalar ? 1 : cfg->lanes;
}

int64_t tnpu_job_rows(const struct tnpu_job *job) {
    int64_t params = job->f.requant == TNPU_REQUANT_NONE ? 0
                     : job->f.param_shared               ? 1
                                                         : job->groups;
    return job->add + params + (int64_t)job->groups * job->weight_rows;
}

int64_t tnpu_job_param_row(const struct tnpu_job *job, int g) {
    int64_t stride = job->f.param_shared ? 0 : 1 + job->weight_rows;
    return job->f.w_base + job->add + g * stride;
}

int64_t tnpu_job_weight_row(const struct tnpu_job *job, int g) {
    int64_t params = job->f.requant == TNPU_REQUANT_NONE ? 0 : job->f.param_shared ? 1 : g + 1;
    return job->f.w_base + job->add + params + (int64_t)g * job->weight_rows;
}

struct tnpu_span tnpu_job_span(const struct tnpu_job *job, int g, int y, int64_t pos) {
    if (!job->conv) pos += (int64_t)g * job->lanes;
    struct tnpu_span s = {job->f.in_base + (int64_t)y * job->f.in_row + pos, 0, 0};
    if (y < 0 || y >= job->f.in_h) return s;
    int64_t end = job->f.in_wb - pos;
    s.first = pos >= 0 ? 0 : -pos < job->access ? (int)-pos : job->access;
    s.end = end < 0 ? 0 : end < job->access ? (int)end : job->access;
    return s;
}

uint32_t tnpu_job_out_address(const struct tnpu_job *job, int g, int oy, int ox) {
    const struct tnpu_insn *f = &job->f;
    return (uint32_t)(f->out_base + oy * f->out_row + ox * f->out_pix + g * job->lanes);
}

uint32_t tnpu_job_operand_address(const struct tnpu_job *job, int g, int oy, int ox) {
    const struct tnpu_insn *f = &job->f;
    return (uint32_t)(f->res_base + oy * f->res_row + ox * f->res_pix +
                      (f->res_scalar ? 0 : g * job->lanes));
}
