// SPDX-License-Identifier: Apache-2.0
// Everything that a program or a host can do wrong, on the C model and on the RTL: the error code,
// the instruction's index, the interrupt, nothing written, and a machine that then runs a good
// program to the right bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "damage.h"
#include "npu.h"

#include <string.h>

/// Where the bad instruction goes: behind the small program, after a good one.
enum { BAD_PC = 20, F = 65536, ROWS = 1024, DEPTH = 64 };

static void open_loaded(struct npu *n, void **state) {
    npu_open(n, *(enum npu_kind *)*state);
    small_load(n);
    npu_control(n, BAD_PC, TNPU_OP_EVENT, 3);
}

/// Runs the words behind an EVENT. They must end with that error, none included.
static void run_words(struct npu *n, const uint32_t words[TNPU_IWORDS], enum tnpu_hw_error want) {
    npu_words(n, BAD_PC + 1, words);
    npu_start(n, BAD_PC, NPU_DONE | NPU_ERROR);
    if (want == TNPU_HW_NONE) {
        npu_expect_no_error(n);
        return;
    }
    npu_expect_error(n, want, BAD_PC + 1);
    assert_int_equal(npu_get(n, TNPU_REG_STATUS) & (NPU_BUSY | NPU_STATUS_DONE), 0);
    assert_int_equal(npu_get(n, TNPU_REG_FMEM_WRITES), 0);
    assert_int_equal(npu_get(n, TNPU_REG_ARG), 3); // the one before it has run
    npu_set(n, TNPU_REG_IRQ, NPU_ERROR);           // and the error can be cleared
    npu_expect_no_error(n);
}

static void no_program(void **state) {
    struct npu n;
    npu_open(&n, *(enum npu_kind *)*state);
    for (unsigned pc = 0; pc < 3; pc++) {
        npu_start(&n, pc, NPU_ERROR);
        npu_expect_error(&n, TNPU_HW_NO_PROGRAM, pc);
        assert_int_equal(npu_get(&n, TNPU_REG_STATUS) & (NPU_BUSY | NPU_STATUS_DONE), 0);
    }
    npu_set(&n, TNPU_REG_CTRL, NPU_RESUME); // nothing to resume, nothing to abort
    npu_set(&n, TNPU_REG_CTRL, NPU_ABORT);
    npu_expect_error(&n, TNPU_HW_NO_PROGRAM, 2);
    small_load(&n);
    small_run(&n);
    npu_close(&n);
}

static void illegal_opcodes(void **state) {
    struct npu n;
    open_loaded(&n, state);
    npu_control(&n, BAD_PC + 2, TNPU_OP_END, 0);
    int illegal = 0;
    for (unsigned code = 0; code < 256; code++) {
        if (tnpu_opcode_find(code)) continue;
        uint32_t words[TNPU_IWORDS] = {code};
        run_words(&n, words, TNPU_HW_OPCODE);
        words[15] = words[0] |= 0xFFFFFF00u; // comes before RESERVED
        run_words(&n, words, TNPU_HW_OPCODE);
        if (illegal++ % 50 == 0) small_run(&n);
    }
    assert_int_equal(illegal, 256 - TNPU_NUM_OPCODES);
    small_run(&n);
    npu_close(&n);
}

/// An instruction of one pixel and one channel that passes the check.
static struct tnpu_insn base(int opcode) {
    struct tnpu_insn i = {.opcode = opcode};
    if (opcode < TNPU_OP_CONV) return i;
    i.in_h = i.kh = i.kw = i.nchunk = i.pool_w = i.pool_h = i.tile = 1;
    i.out_c = i.out_w = i.out_h = i.in_w = 1;
    i.act_max = 127;
    if (opcode == TNPU_OP_DWCONV) i.stride_y = i.pad_y = i.pad_xb = 1, i.in_h = i.in_w = 4;
    return i;
}

static void reserved_bits(void **state) {
    struct npu n;
    open_loaded(&n, state);
    npu_control(&n, BAD_PC + 2, TNPU_OP_END, 0);
    int bits = 0;
    for (int op = 0; op < TNPU_NUM_OPCODES; op++) {
        struct tnpu_insn insn = base(tnpu_opcodes[op].code);
        for (int bit = 0; bit < 32 * TNPU_IWORDS; bit++) {
            uint32_t words[TNPU_IWORDS];
            if (!(tnpu_opcodes[op].reserved[bit / 32] >> bit % 32 & 1)) continue;
            tnpu_encode(&insn, words);
            words[bit / 32] |= 1u << bit % 32;
            run_words(&n, words, TNPU_HW_RESERVED);
            bits++;
        }
        small_run(&n);
    }
    assert_true(bits > 1000);
    npu_close(&n);
}

/// Fields set in `base`, and what comes of it. Rows come in pairs about a limit.
static const struct row {
    int opcode;
    enum tnpu_hw_error error;
    struct {
        enum tnpu_field field;
        int32_t value;
    } set[6];
} rows[] = {
#define OK(op, ...) {TNPU_OP_##op, TNPU_HW_NONE, {__VA_ARGS__}},
#define BAD(op, code, ...) {TNPU_OP_##op, TNPU_HW_##code, {__VA_ARGS__}},
#define S(field, value)                                                                            \
    { TNPU_F_##field, value }
    // clang-format off
    OK(CONV, S(REQUANT, 2)) BAD(CONV, FIELD, S(REQUANT, 3))
    OK(CONV, S(REQUANT, 1), S(RES_MODE, 6)) BAD(CONV, FIELD, S(REQUANT, 1), S(RES_MODE, 7))
    OK(CONV, S(REQUANT, 1), S(RES_MODE, 1)) BAD(CONV, FIELD, S(RES_MODE, 1))
    OK(ELTWISE, S(RES_MODE, 4)) BAD(ELTWISE, FIELD, S(RES_MODE, 4), S(REQUANT, 2))
    OK(CONV, S(PAIR, 0)) BAD(CONV, FIELD, S(PAIR, 1))
    OK(CONV, S(TILE, 4), S(POOL_W, 2), S(POOL_H, 2)) BAD(CONV, FIELD, S(TILE, 6), S(POOL_W, 3))
    OK(DWTAP, S(TILE, 16)) BAD(DWTAP, FIELD, S(TILE, 16), S(POOL_H, 2))
    OK(DWCONV, S(STRIDE_Y, 2)) BAD(DWCONV, FIELD, S(STRIDE_Y, 3)) BAD(DWCONV, FIELD, S(STRIDE_Y, 0))
    OK(DWCONV, S(PAD_Y, 0)) BAD(DWCONV, FIELD, S(PAD_Y, 2)) BAD(DWCONV, FIELD, S(PAD_XB, 2))
    OK(DWCONV, S(IN_W, 128)) BAD(DWCONV, FIELD, S(IN_W, 129))
    OK(DWCONV, S(OUT_H, 4)) BAD(DWCONV, FIELD, S(OUT_H, 5)) BAD(DWCONV, FIELD, S(OUT_W, 5))
    BAD(DWCONV, FIELD, S(RES_MODE, 2), S(REQUANT, 1))
    OK(COPY, S(IN_BASE, F - 100), S(IN_WB, 100)) BAD(COPY, FMEM_RANGE, S(IN_BASE, F - 100), S(IN_WB, 101))
    OK(COPY, S(IN_BASE, F - 1), S(IN_WB, 1)) BAD(COPY, FMEM_RANGE, S(IN_BASE, 0xFFFFF), S(IN_WB, 1))
    OK(COPY, S(IN_H, 3), S(IN_ROW, 30), S(IN_WB, 40), S(IN_BASE, F - 100))
    BAD(COPY, FMEM_RANGE, S(IN_H, 3), S(IN_ROW, 31), S(IN_WB, 40), S(IN_BASE, F - 100))
    OK(DWCONV, S(IN_BASE, F - 64), S(IN_ROW, 16), S(IN_XSTEP, 4))
    BAD(DWCONV, FMEM_RANGE, S(IN_BASE, F - 63), S(IN_ROW, 16), S(IN_XSTEP, 4))
    OK(COPY, S(OUT_BASE, F - 7), S(OUT_C, 7)) BAD(COPY, FMEM_RANGE, S(OUT_BASE, F - 7), S(OUT_C, 8))
    OK(COPY, S(OUT_BASE, F - 21), S(OUT_W, 3), S(OUT_PIX, 10))
    BAD(COPY, FMEM_RANGE, S(OUT_BASE, F - 20), S(OUT_W, 3), S(OUT_PIX, 10))
    BAD(COPY, FMEM_RANGE, S(OUT_H, 1024), S(OUT_ROW, 65535)) BAD(COPY, FMEM_RANGE, S(OUT_BASE, 0xFFFFF))
    OK(ELTWISE, S(RES_MODE, 5), S(RES_BASE, F - 4)) BAD(ELTWISE, FMEM_RANGE, S(RES_MODE, 5), S(RES_BASE, F - 3))
    OK(ELTWISE, S(RES_MODE, 5), S(RES_BASE, F - 1), S(RES_SCALAR, 1))
    BAD(ELTWISE, FMEM_RANGE, S(RES_MODE, 5), S(RES_BASE, F), S(RES_SCALAR, 1)) OK(ELTWISE, S(RES_BASE, F))
    OK(CONV, S(W_BASE, ROWS - 1)) BAD(CONV, WMEM_RANGE, S(W_BASE, ROWS)) BAD(CONV, WMEM_RANGE, S(W_BASE, 65535))
    OK(CONV, S(W_BASE, ROWS - 2), S(REQUANT, 1)) BAD(CONV, WMEM_RANGE, S(W_BASE, ROWS - 1), S(REQUANT, 1))
    OK(CONV, S(NCHUNK, 1024)) BAD(CONV, WMEM_RANGE, S(NCHUNK, 1025)) BAD(CONV, WMEM_RANGE, S(NCHUNK, 4096), S(KH, 64), S(KW, 64))
    OK(DWTAP, S(W_BASE, ROWS - 2), S(KH, 17)) BAD(DWTAP, WMEM_RANGE, S(W_BASE, ROWS - 1), S(KH, 17))
    OK(LUT, S(LUT_ROW, ROWS - 4)) BAD(LUT, WMEM_RANGE, S(LUT_ROW, ROWS - 3)) OK(POOL, S(W_BASE, 65535))
    BAD(CONV, FIELD, S(REQUANT, 3), S(W_BASE, ROWS), S(OUT_BASE, F)) BAD(CONV, FMEM_RANGE, S(W_BASE, ROWS), S(OUT_BASE, F))
    // clang-format on
};

static void fields_and_ranges(void **state) {
    struct npu n;
    open_loaded(&n, state);
    npu_control(&n, BAD_PC + 2, TNPU_OP_END, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tnpu_insn insn = base(rows[i].opcode);
        int32_t v[TNPU_NUM_FIELDS];
        uint32_t words[TNPU_IWORDS];
        memcpy(v, &insn, sizeof v);
        v[TNPU_F_OUT_BASE] = SMALL_FMEM; // out of the small program's way
        for (int k = 0; k < 6 && rows[i].set[k].field; k++)
            v[rows[i].set[k].field] = rows[i].set[k].value;
        memcpy(&insn, v, sizeof insn);
        tnpu_encode(&insn, words);
        int code = tnpu_model_check(n.config, words);
        if (code != (int)rows[i].error)
            fail_msg("row %zu: the check gives %d, want %d", i, code, rows[i].error);
        run_words(&n, words, rows[i].error);
        if (i % 8 == 0) small_run(&n);
    }
    small_run(&n);
    npu_close(&n);
}

/// Runs off the end of instruction memory, or begins beyond it.
static void pc_range(void **state) {
    struct npu n;
    open_loaded(&n, state);
    static const unsigned starts[] = {DEPTH - 1, DEPTH, DEPTH + 1, 1000, 0x8000, 65535};
    npu_control(&n, DEPTH - 1, TNPU_OP_EVENT, 9);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        npu_start(&n, starts[i], NPU_DONE | NPU_ERROR);
        npu_expect_error(&n, TNPU_HW_PC_RANGE, DEPTH);
        assert_int_equal(npu_get(&n, TNPU_REG_STATUS) & NPU_BUSY, 0);
        small_run(&n);
    }
    npu_close(&n);
}

/// Reads zero, writes nothing, records HOST_ADDR: every gap of the map, both sides of its edges.
static void outside_the_map(void **state) {
    struct npu n;
    open_loaded(&n, state);
    static const uint32_t addresses[] = {0x44,     0x7C,     0xA8,    0xFC,     0x100,
                                         0x3FFFC,  0x41000,  0xFFFFC, 0x110000, 0x1FFFFC,
                                         0x210000, 0x3FFFFC, 0x7FFFFC};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        for (int write = 0; write < 2; write++) {
            uint8_t word[4] = {1, 2, 3, 4};
            npu_set(&n, TNPU_REG_IRQ_ENABLE, NPU_ERROR);
            npu_set(&n, TNPU_REG_IRQ, 15);
            if (write) // the C model says it at once, the RTL by its interrupt
                n.link.write(n.link.context, addresses[i], word, 4);
            else
                n.link.read(n.link.context, addresses[i], word, 4);
            npu_wait(&n);
            npu_expect_error(&n, TNPU_HW_HOST_ADDR,
                             npu_get(&n, TNPU_REG_STATUS) >> TNPU_REG_STATUS_PC_LSB);
            if (!write) assert_int_equal(tnpu_get_u32(word), 0);
        }
    static const uint32_t edges[] = {TNPU_REG_STALL_HOST, 0x40FFC, 0x10FFFC, 0x20FFFC};
    npu_set(&n, TNPU_REG_IRQ, 15);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        uint8_t word[4];
        npu_read(&n, edges[i], word, 4);
    }
    npu_expect_no_error(&n);
    npu_set(&n, TNPU_REG_CYCLES, 5); // writing a read-only register does nothing
    npu_expect_no_error(&n);
    small_run(&n);
    npu_close(&n);
}

int main(void) {
    static enum npu_kind model = NPU_MODEL, rtl = NPU_RTL;
#define ON(test, kind)                                                                             \
    { #test " (" #kind ")", test, NULL, NULL, &kind }
    const struct CMUnitTest tests[] = {
        ON(no_program, model),        ON(no_program, rtl),
        ON(illegal_opcodes, model),   ON(illegal_opcodes, rtl),
        ON(reserved_bits, model),     ON(reserved_bits, rtl),
        ON(fields_and_ranges, model), ON(fields_and_ranges, rtl),
        ON(pc_range, model),          ON(pc_range, rtl),
        ON(outside_the_map, model),   ON(outside_the_map, rtl),
    };
    return cmocka_run_group_tests_name("npu_errors", tests, NULL, NULL);
}
