// SPDX-License-Identifier: Apache-2.0
// Convolutions in which each half of 32 lanes takes a vector of its own: padding that begins or
// ends between the two, in the middle of one, and beyond both; chunks; a second operand that needs
// the same banks. With fewer lanes the bit is refused: gate_limits.
#include "gate_parts.h"

#include "tnpu_spec.h"

enum { EDGE = 6, PITCH = TNPU_VEC, PLANE = EDGE * EDGE * PITCH, OUTPUT = 0x1000, KERNEL = 3 };

static void fill(struct gate_vectors *v, struct fuzz_rng *rng, uint32_t at, int bytes) {
    for (uint32_t end = at + (uint32_t)bytes; at < end; at += 4)
        gate_write(v, at, (uint32_t)fuzz_next(rng), 15);
}

/// Two neighbouring pixels of EDGE x EDGE, each of 16 channels, by one instruction.
static struct tnpu_insn two_pixels(int lanes) {
    return (struct tnpu_insn){.opcode = TNPU_OP_CONV,
                              .pair = 1,
                              .pad_y = 1,
                              .pad_value = 77,
                              .in_row = EDGE * PITCH,
                              .in_xstep = 2 * PITCH,
                              .in_wxstep = 2 * PITCH,
                              .in_h = EDGE,
                              .stride_y = 1,
                              .in_wystep = 1,
                              .kh = KERNEL,
                              .kw = KERNEL,
                              .kxstep = PITCH,
                              .dil_y = 1,
                              .nchunk = 1,
                              .tile = 5,
                              .pool_h = 1,
                              .pool_w = 1,
                              .out_base = OUTPUT,
                              .out_h = EDGE,
                              .out_w = EDGE / 2,
                              .out_c = lanes,
                              .out_row = EDGE * PITCH,
                              .out_pix = lanes,
                              .res_base = PLANE,
                              .res_row = EDGE * PITCH,
                              .res_pix = lanes,
                              .act_min = -128,
                              .act_max = 127};
}

void gate_pair(struct gate_vectors *v, struct fuzz_rng *rng) {
    const int lanes = v->model->cfg.lanes, row = lanes * TNPU_DOT;
    if (lanes != 2 * TNPU_VEC) return;
    gate_program(v, "pairs of pixels");
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    fill(v, rng, TNPU_MAP_FMEM, 2 * PLANE);
    fill(v, rng, TNPU_MAP_WMEM, (1 + KERNEL * KERNEL) * row);
    for (int lane = 0; lane < lanes; lane++) { // parameters that show the sums
        uint32_t at = TNPU_MAP_WMEM + (uint32_t)(lane * TNPU_DOT);
        gate_write(v, at + 8, (uint32_t)fuzz_in(rng, 1 << 29, 1 << 30), 15); // mult
        gate_write(v, at + 12, (uint32_t)fuzz_in(rng, -9, -7) & 0xFF, 1);    // shift
    }
    for (int pad = 0; pad <= 2; pad++)                                // pixels on the left
        for (int wb = 4 * PITCH; wb <= EDGE * PITCH; wb += PITCH - 3) // the right edge
            for (int i = 0; i < 4; i++) {
                struct tnpu_insn insn = two_pixels(lanes);
                insn.requant = 1;
                insn.pad_xb = pad * PITCH;
                insn.in_wb = wb;
                insn.order = i % 2;
                if (i == 1) insn.nchunk = KERNEL, insn.kw = 1; // the same reads
                if (i >= 2) insn.res_mode = 5;                 // MAX
                gate_run_insn(v, &insn);
            }
}
