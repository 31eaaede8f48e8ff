// SPDX-License-Identifier: Apache-2.0
// Reads far outside the input: positions a little beyond each power of two, reached by kernel
// columns, by pixels and by rows. A bit of a sum that is lost brings them back inside, where the
// bytes are not the padding.
#include "gate_parts.h"

#include "tnpu_spec.h"

enum { INPUT = 1024, OUTPUT = 0x4000, STEP_MAX = 65535 };

/// The number of steps of at most `most` to 2^bit, and their size: together less than one step
/// beyond.
static int steps(int bit, int32_t most, int32_t *size) {
    int32_t n = ((1 << bit) + most - 1) / most;
    *size = ((1 << bit) + n - 1) / n;
    return n;
}

static void run(struct gate_vectors *v, const struct tnpu_insn *change) {
    struct tnpu_insn insn = *change;
    insn.opcode = TNPU_OP_POOL;
    insn.acc_max = 1;
    insn.pad_value = -128;
    insn.in_wb = insn.in_row = INPUT;
    insn.in_h = 1;
    insn.kh = 1;
    insn.nchunk = insn.pool_h = insn.pool_w = 1;
    insn.tile = TNPU_TILE;
    insn.out_base = OUTPUT;
    insn.out_c = v->model->cfg.lanes;
    insn.act_min = -128;
    insn.act_max = 127;
    gate_run_insn(v, &insn);
}

void gate_far(struct gate_vectors *v) {
    gate_program(v, "far outside the input");
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    for (uint32_t at = 0; at < INPUT; at += 4) gate_write(v, TNPU_MAP_FMEM + at, 0x40302010, 15);
    for (int bit = 10; bit <= 21; bit++) { // 63 * 65,535 is less than 2^22
        struct tnpu_insn insn = {.out_h = 1, .out_w = 1, .in_wxstep = INPUT};
        insn.kw = steps(bit, STEP_MAX, &insn.kxstep) + 1;
        insn.pad_xb = INPUT; // columns 0 and further are outside as well
        run(v, &insn);
        insn.pad_xb = 0;
        run(v, &insn);
    }
    for (int bit = 10; bit <= 25; bit++) {
        struct tnpu_insn insn = {.out_h = 1, .kw = 1};
        insn.out_w = steps(bit, STEP_MAX, &insn.in_wxstep) + 1;
        run(v, &insn);
    }
    for (int bit = 1; bit <= 17; bit++) { // rows: 1,023 * 255 is less than 2^18
        struct tnpu_insn insn = {.out_w = 1, .kw = 1};
        insn.out_h = steps(bit, 255, &insn.in_wystep) + 1;
        run(v, &insn);
    }
}
