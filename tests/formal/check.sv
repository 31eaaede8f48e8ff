// SPDX-License-Identifier: Apache-2.0
// tnpu_check: an instruction that passes keeps to its memories, by the sums of docs/ISA.md, section 4, without wrapping: input, output, second operand,
// rows of weights, table; has no pair, which t64 cannot do; and has what else walk.sv, dwwalk.sv and issue.sv build on. The numbers of rows, columns
// and taps are narrowed to 16 for the sake of the solver's multiplications; steps and bases are in full width.
// The check takes 14 steps and starts from nothing that it has kept: 15 steps from any state are all that there is.
//: rtl gen/tnpu_pkg.sv tnpu_check.sv
//: clock async2sync
//: case t64 LANES=4 WMEM_ROWS=1024 FMEM_BYTES=65536
//: bmc 14:15
//: cover 15
//: find 14:15
//: mutant output_one_short tnpu_check.sv s/PW'\(out_base\) \+ PW'\(out_c\)/PW'(out_base) + PW'(out_c_1)/
//: mutant input_rows_forgotten tnpu_check.sv s/a = 16'\(in_h_1\);/a = 16'(in_h_1[2:0]);/
//: mutant operand_not_looked_at tnpu_check.sv s/if \(res_mem \&\& sum_q/if (res_scalar \&\& res_mem \&\& sum_q/
//: mutant pair_anywhere tnpu_check.sv s/ \|\| \(LANES <= 16 \&\& pair\)//
//: mutant parameter_rows_forgotten tnpu_check.sv s/rows_q <= p_q\[24:0\] \+ 25'\(own_params\)/rows_q <= p_q[24:0]/
//: mutant table_not_looked_at tnpu_check.sv s/bad_rows_q \|\| bad_lut/bad_rows_q/
module formal_check #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536
) (
    input logic clk_i
);
  (* anyconst *) logic [511:0] insn;
  logic [3:0] time_q;
  logic [7:0] err;
  initial time_q = 4'd0;
  always_ff @(posedge clk_i) time_q <= time_q + 4'd1;
  tnpu_check #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES)
  ) u_check (
      .clk_i,
      .en_i  (1'b1),
      .step_i(time_q < 4'd14 ? time_q : 4'd15),
      .insn_i(insn),
      .err_o (err)
  );

  // Fields
  logic [7:0] op;
  logic [15:0] in_h_1, in_w_1, out_h_1, out_w_1, kh, kw, nchunk;  // _1: less one
  logic [13:0] out_c, groups;
  logic [33:0] in_end, out_end, res_end, group_bytes;
  assign op = insn[7:0];
  assign in_h_1 = 16'(insn[tnpu_pkg::F_IN_H_LSB+:10]);
  assign in_w_1 = 16'(insn[tnpu_pkg::F_IN_W_LSB+:10]);
  assign out_h_1 = 16'(insn[tnpu_pkg::F_OUT_H_LSB+:10]);
  assign out_w_1 = 16'(insn[tnpu_pkg::F_OUT_W_LSB+:10]);
  assign out_c = 14'(insn[tnpu_pkg::F_OUT_C_LSB+:13]) + 14'd1;
  assign kh = 16'(insn[tnpu_pkg::F_KH_LSB+:6]) + 16'd1;
  assign kw = 16'(insn[tnpu_pkg::F_KW_LSB+:6]) + 16'd1;
  assign nchunk = 16'(insn[tnpu_pkg::F_NCHUNK_LSB+:12]) + 16'd1;
  assign groups = (14'(insn[tnpu_pkg::F_OUT_C_LSB+:13]) >> $clog2(LANES)) + 14'd1;
  assign group_bytes = 34'(groups) << $clog2(LANES);
  logic is_conv, is_dw, compute, operand, table_used;
  assign is_conv = op == tnpu_pkg::OP_CONV;
  assign is_dw = op == tnpu_pkg::OP_DWCONV;
  assign compute = op != tnpu_pkg::OP_END && op != tnpu_pkg::OP_EVENT && op != tnpu_pkg::OP_WAIT && op != tnpu_pkg::OP_HOSTOP;
  assign operand = insn[tnpu_pkg::F_RES_MODE_LSB+:3] != 3'd0 && !is_dw;
  assign table_used = insn[tnpu_pkg::F_LUT_LSB] || op == tnpu_pkg::OP_LUT;

  // One product each, of numbers of 16 bits, written as the unit's multiplier has it: the solver need not prove that multiplying is what it is
  function logic [33:0] times(input logic [15:0] a, input logic [15:0] b);
    logic [27:0] p;
    p = 28'(a) * 28'(b);
    times = 34'(p);
  endfunction
  assign in_end = 34'(insn[tnpu_pkg::F_IN_BASE_LSB+:20]) + times(in_h_1, insn[tnpu_pkg::F_IN_ROW_LSB+:16]) +
      (is_dw ? times(in_w_1, insn[tnpu_pkg::F_IN_XSTEP_LSB+:16]) + group_bytes : 34'(insn[tnpu_pkg::F_IN_WB_LSB+:17]));
  assign out_end = 34'(insn[tnpu_pkg::F_OUT_BASE_LSB+:20]) + times(out_h_1, insn[tnpu_pkg::F_OUT_ROW_LSB+:16]) +
      times(out_w_1, insn[tnpu_pkg::F_OUT_PIX_LSB+:16]) + 34'(out_c);
  assign res_end = 34'(insn[tnpu_pkg::F_RES_BASE_LSB+:20]) + times(out_h_1, insn[tnpu_pkg::F_RES_ROW_LSB+:16]) +
      times(out_w_1, insn[tnpu_pkg::F_RES_PIX_LSB+:16]) + (insn[tnpu_pkg::F_RES_SCALAR_LSB] ? 34'd1 : group_bytes);
  logic is_tap, has_params, own, add;
  assign is_tap = op == tnpu_pkg::OP_DWTAP;
  assign has_params = insn[tnpu_pkg::F_REQUANT_LSB+:2] != 2'd0;
  assign own = has_params && !insn[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign add = insn[tnpu_pkg::F_RES_MODE_LSB+:3] == 3'd2 || insn[tnpu_pkg::F_RES_MODE_LSB+:3] == 3'd3;
  logic [33:0] taps, weights, tile_rows, rows_end;  // weight rows of a tile; all that it has to itself
  assign taps = times(kh, kw);
  assign weights = is_conv ? times(taps[15:0], nchunk) : is_tap ? 34'(8'((taps[15:0] - 16'd1) >> 4)) + 34'd1 : 34'(is_dw);
  assign tile_rows = weights + 34'(own);
  assign rows_end = times(tile_rows[15:0], 16'(groups)) + 34'(insn[tnpu_pkg::F_W_BASE_LSB+:16]) + 34'(add) + 34'(has_params && !own);
  logic [33:0] window, pixels;  // of a pixel tile: of a row of its windows; all
  assign window = times(16'(insn[tnpu_pkg::F_TILE_LSB+:4]) + 16'd1, 16'(insn[tnpu_pkg::F_POOL_W_LSB+:4]) + 16'd1);
  assign pixels = times(window[15:0], 16'(insn[tnpu_pkg::F_POOL_H_LSB+:4]) + 16'd1);
  localparam int LOOP = 4;
  always_comb begin
    assume ((in_h_1 | in_w_1 | out_h_1 | out_w_1) < 16'(1 << LOOP));
    assume ((kh | kw | nchunk) <= 16'(1 << LOOP));
    if (time_q == 4'd14 && err == tnpu_pkg::ERR_NONE && compute) begin
      assert (in_end <= 34'(FMEM_BYTES));
      assert (out_end <= 34'(FMEM_BYTES));
      if (LANES <= 16) assert (!insn[tnpu_pkg::F_PAIR_LSB]);
      if (operand) assert (res_end <= 34'(FMEM_BYTES));
      if (is_conv || is_tap || is_dw || has_params || add) assert (tile_rows < 34'h10000 && rows_end <= 34'(WMEM_ROWS));
      assert (pixels <= 34'd16 && (tnpu_pkg::reserved_mask(op) & insn) == 512'd0);
      if (is_dw) assert (in_w_1 < 16'(tnpu_pkg::DW_MAX_W) && insn[tnpu_pkg::F_PAD_Y_LSB+:4] <= 4'd1 && insn[tnpu_pkg::F_PAD_XB_LSB+:16] <= 16'd1);
      if (is_dw) assert (insn[tnpu_pkg::F_STRIDE_Y_LSB+:4] == 4'd1 || insn[tnpu_pkg::F_STRIDE_Y_LSB+:4] == 4'd2);
      cover (is_conv && own && rows_end == 34'(WMEM_ROWS) && weights == 34'd18 && groups > 14'd4);
      cover (is_tap && own && rows_end == 34'(WMEM_ROWS) && weights == 34'd2);
      if (table_used) assert (34'(insn[tnpu_pkg::F_LUT_ROW_LSB+:16]) + 34'((256 + 16 * LANES - 1) / (16 * LANES)) <= 34'(WMEM_ROWS));
      cover (is_conv && operand && out_h_1 == 16'd7 && out_w_1 == 16'd7);
      cover (is_dw && out_end == 34'(FMEM_BYTES));
      cover (operand && res_end == 34'(FMEM_BYTES));
      cover (in_end == 34'(FMEM_BYTES) && in_h_1 == 16'd3);
      cover (table_used);
    end
  end
endmodule
