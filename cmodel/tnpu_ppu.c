// SPDX-License-Identifier: Apache-2.0
// Post-processing: accumulator to int8, lane by lane, as docs/ISA.md section 2.5 writes it.
#include "tnpu_unit.h"

static int32_t wrap32(int64_t v) {
    return (int32_t)(uint32_t)(uint64_t)v;
}
static int32_t sat32(int64_t v) {
    return v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : (int32_t)v;
}
static int64_t clamp(int64_t v, int32_t min, int32_t max) {
    return v < min ? min : v > max ? max : v;
}
static int32_t word(const int8_t *b) {
    const uint8_t *u = (const uint8_t *)b;
    return (int32_t)((uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
                     (uint32_t)u[3] << 24);
}

// Rounding right shift, half away from zero; e 0..32
int64_t tnpu_ppu_rshift(int64_t v, int e) {
    return e == 0 ? v : (v + ((int64_t)1 << (e - 1)) - (v < 0 ? 1 : 0)) >> e;
}

// Saturating rounding doubling high half of a product
static int32_t high_mul(int64_t a, int32_t b) {
    return sat32((a * b + (1 << 30)) >> 31);
}

// TensorFlow Lite's MultiplyByQuantizedMultiplier; shift -32..31, positive is left
int32_t tnpu_ppu_mbqm(int32_t a, int32_t mult, int shift) {
    int left = shift > 0 ? shift : 0, right = shift < 0 ? -shift : 0;
    return (int32_t)tnpu_ppu_rshift(high_mul(wrap32((int64_t)((uint64_t)(int64_t)a << left)), mult),
                                    right);
}

void tnpu_ppu_default_params(struct tnpu_ppu_params *p) {
    for (int c = 0; c < TNPU_MAX_L; c++) {
        p->bias[c] = p->post[c] = p->k[c] = 0;
        p->mult[c] = 1 << 30;
        p->shift[c] = 1;
    }
}

void tnpu_ppu_load_params(struct tnpu_ppu_params *p, const int8_t *row, int lanes) {
    for (int c = 0; c < lanes; c++, row += TNPU_DOT) {
        p->bias[c] = word(row);
        p->post[c] = word(row + 4);
        p->mult[c] = word(row + 8);
        p->shift[c] = ((row[12] & 63) ^ 32) - 32;
        p->k[c] = (int16_t)((uint8_t)row[14] | (uint16_t)((uint8_t)row[15] << 8));
    }
}

void tnpu_ppu_load_addition(struct tnpu_ppu_addition *a, const int8_t *row) {
    a->m1 = word(row);
    a->m2 = word(row + 4);
    a->m0 = word(row + 8);
    a->s1 = row[12] & 31;
    a->s2 = row[13] & 31;
    a->s0 = row[14] & 31;
    a->z0 = row[16];
    a->pre_min = row[17];
    a->pre_max = row[18];
    a->z1 = row[19];
}

// acc to v, before the zero point: requant 0 and 1
static int64_t scale(const struct tnpu_job *job, const struct tnpu_ppu_params *p, int c,
                     int32_t acc, int32_t r) {
    int32_t a = wrap32((int64_t)acc + p->bias[c]);
    if (job->f.relu_first && a < 0) a = 0;
    a = sat32((int64_t)a + p->post[c]);
    if (job->f.res_mode == TNPU_RES_MUL) a = (int16_t)(uint16_t)(uint32_t)a * (r - job->f.res_zp);
    return tnpu_ppu_mbqm(a, p->mult[c], p->shift[c]);
}

// requant 2: division by a reciprocal
static int64_t average(const struct tnpu_ppu_params *p, int c, int32_t acc) {
    int64_t magnitude = wrap32((acc < 0 ? -(int64_t)acc : acc) + p->bias[c]);
    int32_t q = wrap32((magnitude * p->mult[c]) >> 30);
    return acc < 0 ? wrap32(-(int64_t)q) : q;
}

// ADD and SUB of TensorFlow Lite; y0: first operand, r: second
static int8_t sum(const struct tnpu_job *job, const struct tnpu_ppu_addition *a, int32_t y0,
                  int32_t r) {
    int64_t left = 1 << TNPU_ADD_SHIFT;
    int64_t v1 = tnpu_ppu_rshift(high_mul((y0 - a->z1) * left, a->m1), a->s1);
    int64_t v2 = tnpu_ppu_rshift(high_mul((r - job->f.res_zp) * left, a->m2), a->s2);
    int32_t both = wrap32(job->f.res_mode == TNPU_RES_ADD ? v1 + v2 : v1 - v2);
    return (int8_t)clamp(tnpu_ppu_rshift(high_mul(both, a->m0), a->s0) + a->z0, job->f.act_min,
                         job->f.act_max);
}

void tnpu_ppu(const struct tnpu_job *job, const struct tnpu_ppu_params *p,
              const struct tnpu_ppu_addition *a, const int32_t *acc, const int8_t *r, int8_t *y) {
    const struct tnpu_insn *f = &job->f;
    for (int c = 0; c < job->lanes; c++) {
        int64_t v = f->requant == TNPU_REQUANT_AVERAGE ? average(p, c, acc[c])
                                                       : scale(job, p, c, acc[c], r[c]);
        if (job->add) {
            y[c] = sum(job, a, (int32_t)clamp(v + f->out_zp, a->pre_min, a->pre_max), r[c]);
            continue;
        }
        if (f->res_mode == TNPU_RES_WIDE)
            v = tnpu_ppu_rshift(v + (int64_t)(r[c] - f->res_zp) * p->k[c], f->wide_n);
        y[c] = (int8_t)clamp(v + f->out_zp, f->act_min, f->act_max);
        if (f->res_mode == TNPU_RES_MAX && y[c] < r[c]) y[c] = r[c];
        if (f->res_mode == TNPU_RES_MIN && y[c] > r[c]) y[c] = r[c];
    }
}
