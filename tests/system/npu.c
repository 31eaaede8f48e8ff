// SPDX-License-Identifier: Apache-2.0
// A machine at its address map, and the small program that says whether it is well.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "damage.h"
#include "npu.h"

#include <stdlib.h>
#include <string.h>

void npu_open(struct npu *n, enum npu_kind kind) {
    struct tnpu_error e;
    *n = (struct npu){.is_rtl = kind == NPU_RTL, .config = tnpu_config_find("t64")};
    if (n->is_rtl) {
        n->rtl = tnpu_rtl_open("t64", &e);
        if (!n->rtl) fail_msg("%s", e.text);
        tnpu_verilated_link_init(&n->rtl_link, n->rtl, NPU_MHZ, &n->link);
    } else {
        assert_int_equal(tnpu_model_init(&n->model, n->config), 0);
        tnpu_model_link_init(&n->model_link, &n->model, &n->link);
    }
    uint8_t *zeros = calloc(1, (size_t)n->config->fmem_bytes);
    assert_non_null(zeros);
    npu_write(n, TNPU_MAP_FMEM, zeros, (size_t)n->config->fmem_bytes);
    free(zeros);
}

void npu_close(struct npu *n) {
    if (n->is_rtl)
        tnpu_rtl_close(n->rtl);
    else
        tnpu_model_free(&n->model);
}

struct tnpu_rtl *npu_rtl(const struct npu *n) {
    return n->rtl;
}

void npu_write(struct npu *n, uint32_t addr, const void *bytes, size_t count) {
    int rc = n->link.write(n->link.context, addr, bytes, count);
    if (rc) fail_msg("%s", tnpu_status_text(rc));
}

void npu_read(struct npu *n, uint32_t addr, void *bytes, size_t count) {
    int rc = n->link.read(n->link.context, addr, bytes, count);
    if (rc) fail_msg("%s", tnpu_status_text(rc));
}

void npu_set(struct npu *n, enum tnpu_reg reg, uint32_t value) {
    uint8_t b[4];
    tnpu_set_u32(b, value);
    npu_write(n, TNPU_MAP_REGS + (uint32_t)reg, b, sizeof b);
}

uint32_t npu_get(struct npu *n, enum tnpu_reg reg) {
    uint8_t b[4];
    npu_read(n, TNPU_MAP_REGS + (uint32_t)reg, b, sizeof b);
    return tnpu_get_u32(b);
}

void npu_words(struct npu *n, unsigned pc, const uint32_t words[TNPU_IWORDS]) {
    uint8_t b[4 * TNPU_IWORDS];
    for (int i = 0; i < TNPU_IWORDS; i++) tnpu_set_u32(b + 4 * i, words[i]);
    npu_write(n, TNPU_MAP_IMEM + pc * (uint32_t)sizeof b, b, sizeof b);
}

void npu_insn(struct npu *n, unsigned pc, const struct tnpu_insn *insn) {
    uint32_t words[TNPU_IWORDS];
    tnpu_encode(insn, words);
    npu_words(n, pc, words);
}

void npu_control(struct npu *n, unsigned pc, enum tnpu_opcode op, int arg) {
    npu_insn(n, pc, &(struct tnpu_insn){.opcode = (int32_t)op, .arg = arg});
}

void npu_start(struct npu *n, unsigned pc, uint32_t causes) {
    npu_set(n, TNPU_REG_IRQ_ENABLE, causes);
    npu_set(n, TNPU_REG_IRQ, 15);
    npu_set(n, TNPU_REG_START_PC, pc);
    npu_set(n, TNPU_REG_CTRL, NPU_START);
    npu_wait(n);
}

void npu_wait(struct npu *n) {
    int r = n->link.wait_irq(n->link.context, NPU_WAIT_MAX / NPU_MHZ);
    if (r < 0) fail_msg("%s", tnpu_status_text(r));
    bool irq = (npu_get(n, TNPU_REG_IRQ) & npu_get(n, TNPU_REG_IRQ_ENABLE)) != 0;
    if (!r || !irq)
        fail_msg("no interrupt in %d cycles: STATUS 0x%08x, IRQ 0x%x", NPU_WAIT_MAX,
                 (unsigned)npu_get(n, TNPU_REG_STATUS), (unsigned)npu_get(n, TNPU_REG_IRQ));
}

void npu_expect_error(struct npu *n, enum tnpu_hw_error code, unsigned pc) {
    uint32_t error = npu_get(n, TNPU_REG_ERROR), status = npu_get(n, TNPU_REG_STATUS);
    if (error != (pc << TNPU_REG_ERROR_PC_LSB | (uint32_t)code) || !(status & NPU_STATUS_ERROR) ||
        !(npu_get(n, TNPU_REG_IRQ) & NPU_ERROR))
        fail_msg("want error %d (%s) at %u: ERROR 0x%08x, STATUS 0x%08x, IRQ 0x%x", code,
                 tnpu_hw_error_text[code], pc, (unsigned)error, (unsigned)status,
                 (unsigned)npu_get(n, TNPU_REG_IRQ));
}

void npu_expect_no_error(struct npu *n) {
    assert_int_equal(npu_get(n, TNPU_REG_ERROR), 0);
    assert_int_equal(npu_get(n, TNPU_REG_STATUS) & NPU_STATUS_ERROR, 0);
    assert_int_equal(npu_get(n, TNPU_REG_IRQ) & NPU_ERROR, 0);
}

// ---- the small program

#define SHAPE(H, W, C)                                                                             \
    .out_h = (H), .out_w = (W), .out_c = (C), .out_pix = (C), .out_row = (C) * (W)
#define COUNTS .kh = 1, .kw = 1, .nchunk = 1, .pool_w = 1, .pool_h = 1, .tile = 1, .in_w = 1
#define CLAMP .act_min = -128, .act_max = 127

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" // COUNTS are defaults
const struct tnpu_insn small_program[SMALL_INSNS] = {
    // 8x8x4 at 0: 3x3, stride 1, then 2x2 maximum: 4x4x8 at 1024
    {COUNTS,          CLAMP,
     SHAPE(4, 4, 8),  .opcode = TNPU_OP_CONV,
     .requant = 1,    .in_row = 32,
     .in_xstep = 4,   .in_wxstep = 8,
     .in_wystep = 2,  .in_wb = 32,
     .in_h = 8,       .stride_y = 1,
     .pad_y = 1,      .pad_xb = 4,
     .pad_value = 3,  .kh = 3,
     .dil_y = 1,      .pool_w = 2,
     .pool_h = 2,     .tile = 4,
     .w_base = 0,     .out_base = 1024,
     .relu_first = 1, .out_zp = -5},
    {.opcode = TNPU_OP_EVENT, .arg = 7},
    // depthwise 3x3 with the window's centre added
    {COUNTS, CLAMP, SHAPE(4, 4, 8), .opcode = TNPU_OP_DWCONV, .requant = 1, .res_mode = 1,
     .wide_n = 4, .in_base = 1024, .in_row = 32, .in_xstep = 8, .in_h = 4, .in_w = 4, .stride_y = 1,
     .pad_y = 1, .pad_xb = 1, .w_base = 8, .out_base = 2048},
    // the sum of both, by the rules of ADD
    {COUNTS, CLAMP, SHAPE(4, 4, 8), .opcode = TNPU_OP_ELTWISE, .requant = 1, .res_mode = 2,
     .in_base = 2048, .in_row = 32, .in_wxstep = 8, .in_wystep = 1, .in_wb = 32, .in_h = 4,
     .tile = 4, .w_base = 12, .out_base = 3072, .res_base = 1024, .res_row = 32, .res_pix = 8},
    // average of 4x4
    {COUNTS, CLAMP, SHAPE(1, 1, 8), .opcode = TNPU_OP_POOL, .requant = 2, .param_shared = 1,
     .in_base = 3072, .in_row = 32, .in_wxstep = 8, .in_wb = 32, .in_h = 4, .kh = 4, .kw = 4,
     .kxstep = 8, .dil_y = 1, .w_base = 15, .out_base = 4096},
    // a table
    {COUNTS, SHAPE(4, 4, 8), .opcode = TNPU_OP_LUT, .in_base = 3072, .in_row = 32, .in_wxstep = 8,
     .in_wystep = 1, .in_wb = 32, .in_h = 4, .tile = 4, .lut_row = 16, .out_base = 4608},
    {COUNTS, SHAPE(4, 4, 8), .opcode = TNPU_OP_COPY, .in_base = 4608, .in_row = 32, .in_wxstep = 8,
     .in_wystep = 1, .in_wb = 32, .in_h = 4, .tile = 16, .release = 1, .order = 1,
     .out_base = 5120},
    {.opcode = TNPU_OP_EVENT, .arg = 8},
    {.opcode = TNPU_OP_END},
};
#pragma GCC diagnostic pop

/// Weight memory of the small program: random weights, parameters that keep outputs within range
/// and that differ from row to row, so that a vector with another tile's parameters is seen.
static void small_weights(uint8_t rows[SMALL_ROWS][64]) {
    static const int param_rows[] = {0, 4, 8, 10, 13, 14, 15}, addition_row = 12;
    uint64_t seed = 64;
    for (int i = 0; i < SMALL_ROWS * 64; i++) rows[i / 64][i % 64] = (uint8_t)damage_next(&seed);
    for (size_t i = 0; i < sizeof param_rows / sizeof *param_rows; i++)
        for (int lane = 0; lane < 4; lane++) {
            uint8_t *p = rows[param_rows[i]] + 16 * lane;
            bool average = param_rows[i] == 15, one = param_rows[i] >= 13;
            memset(p, 0, 16);
            tnpu_set_u32(p, average ? 8 : (uint32_t)(lane * 100 - 150 + (int)i * 700));
            tnpu_set_u32(p + 4, average ? 0 : (uint32_t)(50 - lane * 30));
            tnpu_set_u32(p + 8, average ? (1u << 30) / 16 + 1 : 0x50000000u + (uint32_t)lane);
            p[12] = (uint8_t)((one ? 0 : -8) & 63);
            p[14] = (uint8_t)(9 + lane);
        }
    uint8_t *a = rows[addition_row];
    for (int i = 0; i < 3; i++) tnpu_set_u32(a + 4 * i, 0x40000000u + (uint32_t)i);
    a[12] = a[13] = 1;
    a[14] = 19;
    a[16] = 2;
    a[17] = 0x80;
    a[18] = 0x7f;
    a[19] = 1;
}

void small_load_insns(struct npu *n) {
    for (unsigned i = 0; i < SMALL_INSNS; i++) npu_insn(n, i, &small_program[i]);
}

void small_load(struct npu *n) {
    uint8_t rows[SMALL_ROWS][64], input[SMALL_INPUT];
    uint64_t seed = 7;
    small_weights(rows);
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)damage_next(&seed);
    npu_write(n, TNPU_MAP_WMEM, rows, sizeof rows);
    npu_write(n, TNPU_MAP_FMEM, input, sizeof input);
    small_load_insns(n);
}

/// What a run leaves behind, beside STALL_HOST and what follows from it.
struct small_result {
    uint8_t fmem[SMALL_FMEM];
    uint32_t reg[9];
};
static const enum tnpu_reg compared[9] = {
    TNPU_REG_MACS,        TNPU_REG_MACS_HI,     TNPU_REG_FMEM_READS,
    TNPU_REG_WMEM_READS,  TNPU_REG_FMEM_WRITES, TNPU_REG_STALL_BANK,
    TNPU_REG_STALL_PARAM, TNPU_REG_STALL_DRAIN, TNPU_REG_RELEASE};

/// Reads only what the program writes: the rest of feature memory is the test's.
static void collect(struct npu *n, struct small_result *r) {
    memset(r, 0, sizeof *r);
    for (int i = 0; i < SMALL_INSNS; i++) {
        const struct tnpu_insn *f = &small_program[i];
        if (f->opcode < TNPU_OP_CONV) continue;
        npu_read(n, TNPU_MAP_FMEM + (uint32_t)f->out_base, r->fmem + f->out_base,
                 (size_t)(f->out_h * f->out_row));
    }
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
        r->reg[i] = npu_get(n, compared[i]);
}

/// What the C model makes of it, walked plainly, computed once.
static const struct small_result *golden(uint32_t *cycles) {
    static struct small_result result;
    static uint32_t took;
    if (!took) {
        struct npu n;
        npu_open(&n, NPU_MODEL);
        n.model.plain = true;
        small_load(&n);
        npu_start(&n, 0, NPU_DONE | NPU_ERROR);
        npu_expect_no_error(&n);
        collect(&n, &result);
        took = npu_get(&n, TNPU_REG_CYCLES);
        npu_close(&n);
    }
    *cycles = took;
    return &result;
}

uint32_t small_cycles(void) {
    uint32_t cycles;
    golden(&cycles);
    return cycles;
}

void small_expect(struct npu *n) {
    static struct small_result got;
    uint32_t cycles;
    const struct small_result *want = golden(&cycles);
    uint32_t status = npu_get(n, TNPU_REG_STATUS);
    if (status != (NPU_STATUS_DONE | SMALL_END << TNPU_REG_STATUS_PC_LSB))
        fail_msg("the small program has not ended well: STATUS 0x%08x, ERROR 0x%08x",
                 (unsigned)status, (unsigned)npu_get(n, TNPU_REG_ERROR));
    assert_int_equal(npu_get(n, TNPU_REG_CYCLES) - npu_get(n, TNPU_REG_STALL_HOST), cycles);
    assert_int_equal(npu_get(n, TNPU_REG_ARG), 8);
    collect(n, &got);
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
        if (got.reg[i] != want->reg[i])
            fail_msg("register 0x%02x: %u, want %u", (unsigned)compared[i], (unsigned)got.reg[i],
                     (unsigned)want->reg[i]);
    for (int i = 0; i < SMALL_FMEM; i++)
        if (got.fmem[i] != want->fmem[i])
            fail_msg("byte %d: 0x%02x, want 0x%02x", i, got.fmem[i], want->fmem[i]);
}

void small_run(struct npu *n) {
    npu_start(n, 0, NPU_DONE | NPU_ERROR);
    small_expect(n);
}
