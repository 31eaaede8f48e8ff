// SPDX-License-Identifier: Apache-2.0
// Short ways to say what the tests of the C model say often.
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H
#include <string.h>

#include "tnpu_model.h"

static inline void put_words(struct tnpu_model *m, int pc, const uint32_t words[TNPU_IWORDS]) {
    uint8_t b[TNPU_IWORDS * 4];
    for (int i = 0; i < TNPU_IWORDS * 4; i++) b[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
    tnpu_model_write(m, TNPU_MAP_IMEM + (uint32_t)pc * sizeof b, b, sizeof b);
}

// Puts an instruction at index pc.
static inline void put_insn(struct tnpu_model *m, int pc, const struct tnpu_insn *insn) {
    uint32_t words[TNPU_IWORDS];
    tnpu_encode(insn, words);
    put_words(m, pc, words);
}

// Puts a control instruction.
static inline void put_control(struct tnpu_model *m, int pc, enum tnpu_opcode op, int arg) {
    put_insn(m, pc, &(struct tnpu_insn){.opcode = (int32_t)op, .arg = arg});
}

// Runs one instruction and END; returns the run's result.
static inline int run_one(struct tnpu_model *m, const struct tnpu_insn *insn) {
    put_insn(m, 0, insn);
    put_control(m, 1, TNPU_OP_END, 0);
    return tnpu_model_run(m, 0);
}

// Puts the parameters of one lane into a row of weight memory.
static inline void put_param(struct tnpu_model *m, int row, int lane, int32_t bias, int32_t post,
                             int32_t mult, int shift, int k) {
    uint32_t word[3] = {(uint32_t)bias, (uint32_t)post, (uint32_t)mult};
    uint8_t *b =
        tnpu_model_wmem(m) + ((size_t)row * (size_t)m->cfg.lanes + (size_t)lane) * TNPU_DOT;
    for (int i = 0; i < 12; i++) b[i] = (uint8_t)(word[i / 4] >> 8 * (i % 4));
    b[12] = (uint8_t)(shift & 63);
    b[14] = (uint8_t)k;
    b[15] = (uint8_t)((unsigned)k >> 8);
}

// All counts 1, no clamp: what an instruction of a single pixel and channel starts from
static inline struct tnpu_insn blank(enum tnpu_opcode op) {
    return (struct tnpu_insn){.opcode = (int32_t)op,
                              .in_h = 1,
                              .kh = 1,
                              .kw = 1,
                              .nchunk = 1,
                              .pool_w = 1,
                              .pool_h = 1,
                              .tile = 1,
                              .out_c = 1,
                              .out_w = 1,
                              .out_h = 1,
                              .in_w = 1,
                              .act_min = -128,
                              .act_max = 127};
}

#endif
