// SPDX-License-Identifier: Apache-2.0
// What an instruction's fields say, decoded once: the sequencer puts it into registers as it dispatches the instruction, the units use it
// while the instruction runs. Bit positions in the decoded vector, and the decoder.
package tnpu_dec;
  localparam int CONV = 0;
  localparam int DW = 1;
  localparam int TAP = 2;
  localparam int VEC = 3;          // a lane multiplies its own byte
  localparam int ONES = 4;         // by one
  localparam int HAS_W = 5;        // reads weight rows (not DWCONV)
  localparam int HAS_PARAMS = 6;
  localparam int OWN_PARAMS = 7;   // each tile reads its parameter row
  localparam int USE_LUT = 8;
  localparam int IDENTITY = 9;     // requant 0
  localparam int AVERAGE = 10;     // requant 2
  localparam int RES = 11;         // there is a second operand
  localparam int RES_MEM = 12;     // from memory
  localparam int WIDE = 13;        // what is done with it
  localparam int ADD = 14;         // ADD or SUB
  localparam int SUB = 15;
  localparam int MUL = 16;
  localparam int MAX = 17;
  localparam int MIN = 18;
  localparam int ONE_TILE = 19;    // all output channels in the lanes
  localparam int NO_POOL_W = 20;   // loops of one step
  localparam int NO_POOL_H = 21;
  localparam int NO_TILE = 22;
  localparam int NO_KH = 23;
  localparam int NO_KW = 24;
  localparam int NO_CHUNK = 25;
  localparam int NO_OUT_W = 26;
  localparam int NO_OUT_H = 27;
  localparam int ACT_MIN = 28;     // 8 bits each
  localparam int ACT_MAX = 36;
  localparam int LATE_ROW = 44;    // DWCONV: the last output row is made by the first sweep of the next tile
  localparam int LATE_COL = 45;    // the last output column by the first column of the next sweep (only the last ones can be)
  localparam int FIRST_MADE = 46;  // 2 bits, the sweep in which output row 0 is made (docs/CYCLES.md: rs)
  localparam int LAST_SWEEP = 48;  // 12 bits, the last sweep that reads (NS - 1)
  localparam int PAIR = 60;        // the upper half of the lanes has input bytes of its own
  localparam int BITS = 61;

  function logic [BITS-1:0] decode(input logic [511:0] insn, input int lanes);
    logic [7:0] opcode;
    logic [1:0] requant;
    logic [2:0] res_mode;
    logic plain, s2, pad_y;
    logic [11:0] last_made, last_col;
    opcode = insn[7:0];
    requant = insn[tnpu_pkg::F_REQUANT_LSB+:2];
    res_mode = insn[tnpu_pkg::F_RES_MODE_LSB+:3];
    plain = opcode == tnpu_pkg::OP_LUT || opcode == tnpu_pkg::OP_COPY;
    decode[CONV] = opcode == tnpu_pkg::OP_CONV;
    decode[DW] = opcode == tnpu_pkg::OP_DWCONV;
    decode[TAP] = opcode == tnpu_pkg::OP_DWTAP;
    decode[VEC] = opcode != tnpu_pkg::OP_CONV && opcode != tnpu_pkg::OP_DWCONV;
    decode[ONES] = opcode != tnpu_pkg::OP_CONV && opcode != tnpu_pkg::OP_DWCONV && opcode != tnpu_pkg::OP_DWTAP;
    decode[HAS_W] = opcode == tnpu_pkg::OP_CONV || opcode == tnpu_pkg::OP_DWTAP;
    decode[HAS_PARAMS] = requant != tnpu_pkg::REQUANT_NONE;
    decode[OWN_PARAMS] = requant != tnpu_pkg::REQUANT_NONE && !insn[tnpu_pkg::F_PARAM_SHARED_LSB];
    decode[USE_LUT] = insn[tnpu_pkg::F_LUT_LSB] || opcode == tnpu_pkg::OP_LUT;
    decode[IDENTITY] = requant == tnpu_pkg::REQUANT_NONE;
    decode[AVERAGE] = requant == tnpu_pkg::REQUANT_AVERAGE;
    decode[RES] = res_mode != tnpu_pkg::RES_NONE;
    decode[RES_MEM] = res_mode != tnpu_pkg::RES_NONE && opcode != tnpu_pkg::OP_DWCONV;
    decode[WIDE] = res_mode == tnpu_pkg::RES_WIDE;
    decode[ADD] = res_mode == tnpu_pkg::RES_ADD || res_mode == tnpu_pkg::RES_SUB;
    decode[SUB] = res_mode == tnpu_pkg::RES_SUB;
    decode[MUL] = res_mode == tnpu_pkg::RES_MUL;
    decode[MAX] = res_mode == tnpu_pkg::RES_MAX;
    decode[MIN] = res_mode == tnpu_pkg::RES_MIN;
    decode[PAIR] = lanes > 16 && insn[tnpu_pkg::F_PAIR_LSB];
    decode[ONE_TILE] = 32'(insn[tnpu_pkg::F_OUT_C_LSB+:13]) < lanes;
    decode[NO_POOL_W] = insn[tnpu_pkg::F_POOL_W_LSB+:4] == 4'd0;
    decode[NO_POOL_H] = insn[tnpu_pkg::F_POOL_H_LSB+:4] == 4'd0;
    decode[NO_TILE] = insn[tnpu_pkg::F_TILE_LSB+:4] == 4'd0;
    decode[NO_KH] = insn[tnpu_pkg::F_KH_LSB+:6] == 6'd0;
    decode[NO_KW] = insn[tnpu_pkg::F_KW_LSB+:6] == 6'd0;
    decode[NO_CHUNK] = insn[tnpu_pkg::F_NCHUNK_LSB+:12] == 12'd0;
    decode[NO_OUT_W] = insn[tnpu_pkg::F_OUT_W_LSB+:10] == 10'd0;
    decode[NO_OUT_H] = insn[tnpu_pkg::F_OUT_H_LSB+:10] == 10'd0;
    decode[ACT_MIN+:8] = plain ? 8'h80 : insn[tnpu_pkg::F_ACT_MIN_LSB+:8];
    decode[ACT_MAX+:8] = plain ? 8'h7F : insn[tnpu_pkg::F_ACT_MAX_LSB+:8];
    s2 = insn[tnpu_pkg::F_STRIDE_Y_LSB+1];
    pad_y = insn[tnpu_pkg::F_PAD_Y_LSB];
    last_made = (s2 ? 12'd1 : 12'd2) - 12'(pad_y) + 12'(insn[tnpu_pkg::F_OUT_H_LSB+:10]);
    last_col = (s2 ? {1'b0, insn[tnpu_pkg::F_OUT_W_LSB+:10], 1'b0} : 12'(insn[tnpu_pkg::F_OUT_W_LSB+:10])) + 12'd2 - 12'(insn[tnpu_pkg::F_PAD_XB_LSB]);
    decode[LATE_ROW] = !s2 && last_made > 12'(insn[tnpu_pkg::F_IN_H_LSB+:10]);
    decode[LATE_COL] = last_col > 12'(insn[tnpu_pkg::F_IN_W_LSB+:10]);
    decode[FIRST_MADE+:2] = (s2 ? 2'd1 : 2'd2) - 2'(pad_y);
    decode[LAST_SWEEP+:12] = (!s2 && last_made > 12'(insn[tnpu_pkg::F_IN_H_LSB+:10])) ? 12'(insn[tnpu_pkg::F_IN_H_LSB+:10]) : last_made;
  endfunction
endpackage
