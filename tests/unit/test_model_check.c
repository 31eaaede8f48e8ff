// SPDX-License-Identifier: Apache-2.0
// The check of instructions: every condition of docs/ISA.md section 4, on both sides of its limit,
// and the order of the checks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_fixture.h"

enum { F = 352 * 1024, ROWS16 = 2304, ROWS32 = 1152 };

// Changes of a valid instruction: field numbers and values. `error` is what they lead to.
struct row {
    int opcode, error;
    struct {
        int field, value;
    } set[6];
};
#define SET(...)                                                                                   \
    { __VA_ARGS__ }
#define AT(name, value)                                                                            \
    { TNPU_F_##name, value }

static const struct row rows_t256[] = {
    {TNPU_OP_CONV, 0, {{0}}},
    {TNPU_OP_DWCONV, 0, {{0}}},
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(PAIR, 1))}, // lanes that are no two vectors
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(REQUANT, 3))},
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(RES_MODE, 7))},
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(RES_MODE, 1), AT(REQUANT, 0))},
    {TNPU_OP_CONV, 0, SET(AT(RES_MODE, 1), AT(REQUANT, 1))},
    {TNPU_OP_ELTWISE, TNPU_HW_FIELD, SET(AT(RES_MODE, 4), AT(REQUANT, 2))},
    {TNPU_OP_ELTWISE, 0, SET(AT(RES_MODE, 4), AT(REQUANT, 0))},
    {TNPU_OP_CONV, 0, SET(AT(TILE, 4), AT(POOL_W, 2), AT(POOL_H, 2))},
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(TILE, 6), AT(POOL_W, 3), AT(POOL_H, 1))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(STRIDE_Y, 0))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(STRIDE_Y, 3))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(PAD_Y, 2))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(PAD_XB, 2))},
    {TNPU_OP_DWCONV, 0, SET(AT(IN_W, 128))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(IN_W, 129))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(RES_MODE, 2), AT(REQUANT, 1))},
    {TNPU_OP_DWCONV, 0, SET(AT(OUT_H, 4), AT(OUT_W, 4))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(OUT_H, 5))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(OUT_W, 5))},
    {TNPU_OP_DWCONV, TNPU_HW_FIELD, SET(AT(STRIDE_Y, 2), AT(OUT_W, 3))},
    {TNPU_OP_DWCONV, 0, SET(AT(STRIDE_Y, 2), AT(OUT_W, 2))},
    {TNPU_OP_COPY, 0, SET(AT(IN_BASE, F - 100), AT(IN_WB, 100))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(IN_BASE, F - 100), AT(IN_WB, 101))},
    {TNPU_OP_COPY, 0, SET(AT(IN_BASE, F - 100), AT(IN_WB, 40), AT(IN_H, 3), AT(IN_ROW, 30))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE,
     SET(AT(IN_BASE, F - 100), AT(IN_WB, 40), AT(IN_H, 3), AT(IN_ROW, 31))},
    {TNPU_OP_COPY, 0, SET(AT(IN_BASE, F), AT(IN_WB, 0))},
    {TNPU_OP_DWCONV, 0, SET(AT(IN_BASE, F - 16 * 16), AT(IN_ROW, 64), AT(IN_XSTEP, 16))},
    {TNPU_OP_DWCONV, TNPU_HW_FMEM_RANGE,
     SET(AT(IN_BASE, F - 16 * 16 + 1), AT(IN_ROW, 64), AT(IN_XSTEP, 16))},
    {TNPU_OP_COPY, 0, SET(AT(OUT_BASE, F - 7), AT(OUT_C, 7))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(OUT_BASE, F - 7), AT(OUT_C, 8))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(OUT_BASE, F - 7), AT(OUT_W, 2), AT(OUT_PIX, 7))},
    {TNPU_OP_COPY, 0, SET(AT(OUT_BASE, F - 21), AT(OUT_H, 3), AT(OUT_ROW, 10))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(OUT_BASE, F - 20), AT(OUT_H, 3), AT(OUT_ROW, 10))},
    {TNPU_OP_COPY, 0, SET(AT(OUT_BASE, F - 21), AT(OUT_W, 3), AT(OUT_PIX, 10))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(OUT_BASE, F - 20), AT(OUT_W, 3), AT(OUT_PIX, 10))},
    {TNPU_OP_ELTWISE, 0, SET(AT(RES_MODE, 5), AT(RES_BASE, F - 36), AT(RES_ROW, 10), AT(OUT_H, 3))},
    {TNPU_OP_ELTWISE, TNPU_HW_FMEM_RANGE,
     SET(AT(RES_MODE, 5), AT(RES_BASE, F - 35), AT(RES_ROW, 10), AT(OUT_H, 3))},
    {TNPU_OP_ELTWISE, 0, SET(AT(RES_MODE, 5), AT(RES_BASE, F - 36), AT(RES_PIX, 10), AT(OUT_W, 3))},
    {TNPU_OP_ELTWISE, TNPU_HW_FMEM_RANGE,
     SET(AT(RES_MODE, 5), AT(RES_BASE, F - 35), AT(RES_PIX, 10), AT(OUT_W, 3))},
    {TNPU_OP_COPY, TNPU_HW_FMEM_RANGE, SET(AT(OUT_H, 1024), AT(OUT_ROW, 65535))},
    {TNPU_OP_ELTWISE, 0, SET(AT(RES_MODE, 5), AT(RES_BASE, F - 32), AT(OUT_C, 17))},
    {TNPU_OP_ELTWISE, TNPU_HW_FMEM_RANGE,
     SET(AT(RES_MODE, 5), AT(RES_BASE, F - 31), AT(OUT_C, 17))},
    {TNPU_OP_ELTWISE, 0,
     SET(AT(RES_MODE, 5), AT(RES_BASE, F - 1), AT(OUT_C, 17), AT(RES_SCALAR, 1))},
    {TNPU_OP_ELTWISE, TNPU_HW_FMEM_RANGE,
     SET(AT(RES_MODE, 5), AT(RES_BASE, F), AT(OUT_C, 17), AT(RES_SCALAR, 1))},
    {TNPU_OP_ELTWISE, 0, SET(AT(RES_MODE, 0), AT(RES_BASE, F))},
    {TNPU_OP_DWCONV, 0, SET(AT(RES_MODE, 1), AT(REQUANT, 1))},
    {TNPU_OP_CONV, 0, SET(AT(W_BASE, ROWS16 - 1))},
    {TNPU_OP_CONV, TNPU_HW_WMEM_RANGE, SET(AT(W_BASE, ROWS16))},
    {TNPU_OP_CONV, TNPU_HW_WMEM_RANGE, SET(AT(W_BASE, ROWS16 - 1), AT(REQUANT, 1))},
    {TNPU_OP_CONV, 0,
     SET(AT(W_BASE, ROWS16 - 9), AT(REQUANT, 1), AT(RES_MODE, 2), AT(OUT_C, 17), AT(NCHUNK, 3))},
    {TNPU_OP_CONV, TNPU_HW_WMEM_RANGE,
     SET(AT(W_BASE, ROWS16 - 8), AT(REQUANT, 1), AT(RES_MODE, 2), AT(OUT_C, 17), AT(NCHUNK, 3))},
    {TNPU_OP_CONV, 0,
     SET(AT(W_BASE, ROWS16 - 8), AT(REQUANT, 1), AT(RES_MODE, 2), AT(OUT_C, 17), AT(NCHUNK, 3),
         AT(PARAM_SHARED, 1))},
    {TNPU_OP_DWTAP, 0, SET(AT(W_BASE, ROWS16 - 2), AT(KH, 17))},
    {TNPU_OP_DWTAP, TNPU_HW_WMEM_RANGE, SET(AT(W_BASE, ROWS16 - 1), AT(KH, 17))},
    {TNPU_OP_POOL, 0, SET(AT(W_BASE, 65535))}, // needs no rows
    {TNPU_OP_LUT, 0, SET(AT(LUT_ROW, ROWS16 - 1))},
    {TNPU_OP_LUT, TNPU_HW_WMEM_RANGE, SET(AT(LUT_ROW, ROWS16))},
    {TNPU_OP_POOL, TNPU_HW_WMEM_RANGE, SET(AT(LUT_ROW, ROWS16), AT(LUT, 1))},
    {TNPU_OP_POOL, 0, SET(AT(LUT_ROW, ROWS16))},
    {TNPU_OP_CONV, TNPU_HW_FIELD,
     SET(AT(REQUANT, 3), AT(W_BASE, ROWS16), AT(OUT_BASE, F))}, // the first of several is reported
    {TNPU_OP_CONV, TNPU_HW_FMEM_RANGE, SET(AT(W_BASE, ROWS16), AT(OUT_BASE, F))},
};

static const struct row rows_t512[] = {
    {TNPU_OP_CONV, 0,
     SET(AT(IN_BASE, 1), AT(IN_ROW, 1), AT(IN_XSTEP, 1), AT(IN_WXSTEP, 1), AT(KXSTEP, 1),
         AT(PAD_XB, 1))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(OUT_BASE, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(OUT_ROW, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(OUT_PIX, 8))},
    {TNPU_OP_DWTAP, 0, SET(AT(IN_BASE, 16), AT(IN_ROW, 48))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(IN_BASE, 8))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(IN_ROW, 8))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(IN_XSTEP, 8))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(IN_WXSTEP, 8))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(KXSTEP, 8))},
    {TNPU_OP_DWTAP, TNPU_HW_ALIGN, SET(AT(PAD_XB, 8))},
    {TNPU_OP_DWCONV, 0, SET(AT(PAD_XB, 1))},
    {TNPU_OP_DWCONV, TNPU_HW_ALIGN, SET(AT(IN_BASE, 8))},
    {TNPU_OP_DWCONV, TNPU_HW_ALIGN, SET(AT(IN_ROW, 8))},
    {TNPU_OP_DWCONV, TNPU_HW_ALIGN, SET(AT(IN_XSTEP, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(RES_MODE, 5), AT(RES_BASE, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(RES_MODE, 5), AT(RES_ROW, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(RES_MODE, 5), AT(RES_PIX, 8))},
    {TNPU_OP_CONV, 0, SET(AT(RES_MODE, 5), AT(RES_PIX, 8), AT(RES_SCALAR, 1))},
    {TNPU_OP_CONV, 0, SET(AT(RES_MODE, 0), AT(RES_PIX, 8))},
    {TNPU_OP_CONV, 0,
     SET(AT(PAIR, 1), AT(IN_BASE, 16), AT(IN_ROW, 48), AT(IN_XSTEP, 16), AT(KXSTEP, 32),
         AT(PAD_XB, 16))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(IN_BASE, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(IN_ROW, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(IN_XSTEP, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(IN_WXSTEP, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(KXSTEP, 8))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(PAIR, 1), AT(PAD_XB, 8))},
    {TNPU_OP_CONV, 0, SET(AT(PAIR, 1), AT(IN_WB, 7), AT(IN_BASE, F - 16))}, // ends anywhere
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(OUT_BASE, 8), AT(REQUANT, 3))},
    {TNPU_OP_CONV, TNPU_HW_ALIGN, SET(AT(OUT_BASE, 8), AT(W_BASE, ROWS32))},
    {TNPU_OP_LUT, 0, SET(AT(LUT_ROW, ROWS32 - 1))},
};

static const struct row rows_t64[] = {
    {TNPU_OP_CONV, TNPU_HW_FIELD, SET(AT(PAIR, 1))},
    {TNPU_OP_COPY, 0, SET(AT(OUT_BASE, 3), AT(IN_BASE, 1))},
    {TNPU_OP_LUT, 0, SET(AT(LUT_ROW, 1020))},
    {TNPU_OP_LUT, TNPU_HW_WMEM_RANGE, SET(AT(LUT_ROW, 1021))},
};

// 4 x 4 input for the depthwise convolution, padded above and at the left
static struct tnpu_insn base(int opcode) {
    struct tnpu_insn f = blank((enum tnpu_opcode)opcode);
    if (opcode != TNPU_OP_DWCONV) return f;
    f.stride_y = f.pad_y = f.pad_xb = 1;
    f.in_h = f.in_w = 4;
    return f;
}

static void check_rows(const char *config, const struct row *rows, size_t count) {
    const struct tnpu_config *cfg = tnpu_config_find(config);
    struct tnpu_model m;
    assert_int_equal(tnpu_model_init(&m, cfg), 0);
    for (size_t i = 0; i < count; i++) {
        struct tnpu_insn insn = base(rows[i].opcode);
        uint32_t words[TNPU_IWORDS];
        int32_t v[TNPU_NUM_FIELDS];
        memcpy(v, &insn, sizeof v);
        for (int k = 0; k < 6; k++)
            if (rows[i].set[k].field)
                v[rows[i].set[k].field] = rows[i].set[k].value; // field 0 is the opcode: the end
        memcpy(&insn, v, sizeof insn);
        tnpu_encode(&insn, words);
        if (tnpu_model_check(cfg, words) != rows[i].error)
            fail_msg("%s, row %zu: %s instead of %s", config, i,
                     tnpu_hw_error_text[tnpu_model_check(cfg, words)],
                     tnpu_hw_error_text[rows[i].error]);
        memset(tnpu_model_fmem(&m), 0x5A, (size_t)cfg->fmem_bytes);
        assert_int_equal(run_one(&m, &insn), -rows[i].error);
        if (!rows[i].error) continue;
        assert_int_equal(tnpu_model_reg(&m, TNPU_REG_ERROR), rows[i].error);
        assert_int_equal(tnpu_model_reg(&m, TNPU_REG_LAST_END), TNPU_CYC_BOOT);
        assert_int_equal(m.counters.cycles, TNPU_CYC_BOOT + 1);
        for (int b = 0; b < cfg->fmem_bytes; b++) assert_int_equal(tnpu_model_fmem(&m)[b], 0x5A);
    }
    tnpu_model_free(&m);
}

static void limits_t256(void **state) {
    (void)state;
    check_rows("t256", rows_t256, sizeof rows_t256 / sizeof *rows_t256);
}
static void limits_t512(void **state) {
    (void)state;
    check_rows("t512", rows_t512, sizeof rows_t512 / sizeof *rows_t512);
}
static void limits_t64(void **state) {
    (void)state;
    check_rows("t64", rows_t64, sizeof rows_t64 / sizeof *rows_t64);
}

// Every opcode that is none, and of those that are every bit that they do not use
static void codes_and_reserved_bits(void **state) {
    (void)state;
    const struct tnpu_config *cfg = tnpu_config_find("t256");
    for (unsigned code = 0; code < 256; code++) {
        uint32_t words[TNPU_IWORDS] = {code};
        const struct tnpu_opcode_info *op = tnpu_opcode_find(code);
        if (!op) assert_int_equal(tnpu_model_check(cfg, words), TNPU_HW_OPCODE);
        for (int bit = 8; op && bit < 32 * TNPU_IWORDS; bit++) {
            struct tnpu_insn insn = base((int)code);
            tnpu_encode(&insn, words);
            words[bit / 32] |= 1U << bit % 32;
            bool reserved = op->reserved[bit / 32] >> bit % 32 & 1;
            assert_int_equal(reserved, tnpu_model_check(cfg, words) == TNPU_HW_RESERVED);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_t256), cmocka_unit_test(limits_t512),
                                       cmocka_unit_test(limits_t64),
                                       cmocka_unit_test(codes_and_reserved_bits)};
    return cmocka_run_group_tests_name("model_check", tests, NULL, NULL);
}
