// SPDX-License-Identifier: Apache-2.0
// Checks an instruction before it is dispatched (docs/ISA.md, 4): one product a step, through one multiplier, while the instruction
// before it runs. After the last step err_o holds the first error in the documented order, or none.
module tnpu_check #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536
) (
    input  logic         clk_i,
    input  logic         en_i,
    input  logic [3:0]   step_i,  // 0 .. 13 in successive cycles; 15 between checks
    input  logic [511:0] insn_i,
    output logic [7:0]   err_o    // valid from the cycle after step 13
);
  localparam int LOG = $clog2(LANES);
  localparam int TABLE_ROWS = (LANES < 16) ? 16 / LANES : 1;

  logic [7:0] opcode;
  assign opcode = insn_i[7:0];
  logic is_control, is_conv, is_dw, is_tap, is_vec, has_params, own_params, add_row, res_mem, res_scalar, use_lut;
  logic [1:0] requant;
  logic [2:0] res_mode;
  assign is_control = opcode == tnpu_pkg::OP_END || opcode == tnpu_pkg::OP_EVENT || opcode == tnpu_pkg::OP_WAIT || opcode == tnpu_pkg::OP_HOSTOP;
  assign is_conv = opcode == tnpu_pkg::OP_CONV;
  assign is_dw = opcode == tnpu_pkg::OP_DWCONV;
  assign is_tap = opcode == tnpu_pkg::OP_DWTAP;
  assign is_vec = opcode == tnpu_pkg::OP_POOL || opcode == tnpu_pkg::OP_ELTWISE || opcode == tnpu_pkg::OP_LUT || opcode == tnpu_pkg::OP_COPY;
  assign requant = insn_i[tnpu_pkg::F_REQUANT_LSB+:2];
  assign res_mode = insn_i[tnpu_pkg::F_RES_MODE_LSB+:3];
  assign res_scalar = insn_i[tnpu_pkg::F_RES_SCALAR_LSB];
  assign use_lut = insn_i[tnpu_pkg::F_LUT_LSB] || opcode == tnpu_pkg::OP_LUT;
  assign has_params = requant != tnpu_pkg::REQUANT_NONE;
  assign own_params = has_params && !insn_i[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign add_row = res_mode == tnpu_pkg::RES_ADD || res_mode == tnpu_pkg::RES_SUB;
  assign res_mem = res_mode != tnpu_pkg::RES_NONE && !is_dw;

  // ---- fields; _1 is the value minus one
  logic [9:0] in_h_1, in_w_1, out_h_1, out_w_1;
  logic [12:0] out_c_1;
  logic [13:0] out_c, groups, group_bytes;
  logic [16:0] in_wb;
  logic [3:0] in_wxstep_lo, kxstep_lo;
  logic [15:0] in_row, in_xstep, pad_xb, out_row, out_pix, res_row, res_pix, w_base, lut_row;
  logic [19:0] in_base, out_base, res_base;
  logic [3:0] stride_y, pad_y;
  assign in_h_1 = insn_i[tnpu_pkg::F_IN_H_LSB+:10];
  assign in_w_1 = insn_i[tnpu_pkg::F_IN_W_LSB+:10];
  assign out_h_1 = insn_i[tnpu_pkg::F_OUT_H_LSB+:10];
  assign out_w_1 = insn_i[tnpu_pkg::F_OUT_W_LSB+:10];
  assign out_c_1 = insn_i[tnpu_pkg::F_OUT_C_LSB+:13];
  assign in_wb = insn_i[tnpu_pkg::F_IN_WB_LSB+:17];
  assign in_row = insn_i[tnpu_pkg::F_IN_ROW_LSB+:16];
  assign in_xstep = insn_i[tnpu_pkg::F_IN_XSTEP_LSB+:16];
  assign in_wxstep_lo = insn_i[tnpu_pkg::F_IN_WXSTEP_LSB+:4];
  assign kxstep_lo = insn_i[tnpu_pkg::F_KXSTEP_LSB+:4];
  assign pad_xb = insn_i[tnpu_pkg::F_PAD_XB_LSB+:16];
  assign out_row = insn_i[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign out_pix = insn_i[tnpu_pkg::F_OUT_PIX_LSB+:16];
  assign res_row = insn_i[tnpu_pkg::F_RES_ROW_LSB+:16];
  assign res_pix = insn_i[tnpu_pkg::F_RES_PIX_LSB+:16];
  assign w_base = insn_i[tnpu_pkg::F_W_BASE_LSB+:16];
  assign lut_row = insn_i[tnpu_pkg::F_LUT_ROW_LSB+:16];
  assign in_base = insn_i[tnpu_pkg::F_IN_BASE_LSB+:20];
  assign out_base = insn_i[tnpu_pkg::F_OUT_BASE_LSB+:20];
  assign res_base = insn_i[tnpu_pkg::F_RES_BASE_LSB+:20];
  assign stride_y = insn_i[tnpu_pkg::F_STRIDE_Y_LSB+:4];
  assign pad_y = insn_i[tnpu_pkg::F_PAD_Y_LSB+:4];
  assign out_c = 14'(out_c_1) + 14'd1;
  assign groups = (14'(out_c_1) >> LOG) + 14'd1;
  assign group_bytes = groups << LOG;

  // ---- step by step: operands chosen, multiplied in the next step, the product used in the one after that
  logic [15:0] a, b, a_q, b_q;
  localparam int PW = 28;  // bits of the products and of sums of two of them: 1,023 * 65,535 each
  logic [PW-1:0] p_q;      // the product of the operands of two steps before
  logic [7:0] tap_rows_q;  // (kh * kw - 1) / 16
  logic [24:0] rows_q;     // weight-memory rows a tile
  logic [PW-1:0] sum_q;
  logic bad_tile_q, bad_rows_q, bad_range_q;
  always_comb begin
    a = 16'd0;
    b = 16'd0;
    case (step_i)
      4'd0: begin
        a = 16'(insn_i[tnpu_pkg::F_KH_LSB+:6]) + 16'd1;
        b = 16'(insn_i[tnpu_pkg::F_KW_LSB+:6]) + 16'd1;
      end
      4'd1: begin
        a = 16'(insn_i[tnpu_pkg::F_TILE_LSB+:4]) + 16'd1;
        b = 16'(insn_i[tnpu_pkg::F_POOL_W_LSB+:4]) + 16'd1;
      end
      4'd2: begin
        a = p_q[15:0];
        b = 16'(insn_i[tnpu_pkg::F_NCHUNK_LSB+:12]) + 16'd1;
      end
      4'd3: begin
        a = p_q[15:0];
        b = 16'(insn_i[tnpu_pkg::F_POOL_H_LSB+:4]) + 16'd1;
      end
      4'd4: begin
        a = 16'(in_h_1);
        b = in_row;
      end
      4'd5: begin
        a = rows_q[15:0];
        b = 16'(groups);
      end
      4'd6: begin
        a = is_dw ? 16'(in_w_1) : 16'd0;
        b = in_xstep;
      end
      4'd7: begin
        a = 16'(out_h_1);
        b = out_row;
      end
      4'd8: begin
        a = 16'(out_w_1);
        b = out_pix;
      end
      4'd9: begin
        a = 16'(out_h_1);
        b = res_row;
      end
      4'd10: begin
        a = 16'(out_w_1);
        b = res_pix;
      end
      default: ;
    endcase
  end

  logic [PW-1:0] rows_total;
  logic none;  // the instruction needs no rows at all
  assign none = !is_conv && !is_tap && !is_dw && !has_params && !add_row;
  assign rows_total = p_q + PW'(w_base) + PW'(add_row) + PW'(has_params && !own_params);
  always_ff @(posedge clk_i) begin
    if (en_i && step_i != 4'd15) begin
      a_q <= a;
      b_q <= b;
      p_q <= PW'(a_q) * PW'(b_q);
      case (step_i)
        4'd2: tap_rows_q <= 8'((p_q[15:0] - 16'd1) >> 4);
        4'd4: begin
          if (is_conv) rows_q <= p_q[24:0] + 25'(own_params);
          else if (is_tap) rows_q <= 25'(tap_rows_q) + 25'd1 + 25'(own_params);
          else rows_q <= 25'(is_dw) + 25'(own_params);
        end
        4'd5: bad_tile_q <= p_q > PW'(tnpu_pkg::TILE);
        4'd6: sum_q <= p_q + PW'(in_base) + (is_dw ? PW'(group_bytes) : PW'(in_wb));
        4'd7: bad_rows_q <= !none && (rows_q[24:16] != 0 || rows_total > PW'(WMEM_ROWS));
        4'd8: bad_range_q <= sum_q + p_q > PW'(FMEM_BYTES);
        4'd9: sum_q <= p_q + PW'(out_base) + PW'(out_c);
        4'd10: if (sum_q + p_q > PW'(FMEM_BYTES)) bad_range_q <= 1'b1;
        4'd11: sum_q <= p_q + PW'(res_base) + (res_scalar ? PW'(1) : PW'(group_bytes));
        4'd12: if (res_mem && sum_q + p_q > PW'(FMEM_BYTES)) bad_range_q <= 1'b1;
        default: ;
      endcase
    end
  end

  // ---- the verdict
  logic bad_opcode, bad_field, bad_align, bad_lut, pair;
  assign pair = insn_i[tnpu_pkg::F_PAIR_LSB];
  function logic outside(input logic [511:0] insn);
    outside = (tnpu_pkg::reserved_mask(insn[7:0]) & insn) != 0;
  endfunction
  assign bad_opcode = !(is_control || is_conv || is_dw || is_tap || is_vec);
  logic [11:0] dw_rows, dw_cols;  // input rows and columns up to the last window's end
  assign dw_rows = (stride_y[1] ? {1'b0, out_h_1, 1'b0} : 12'(out_h_1)) + 12'd2 - 12'(pad_y[0]);
  assign dw_cols = (stride_y[1] ? {1'b0, out_w_1, 1'b0} : 12'(out_w_1)) + 12'd2 - 12'(pad_xb[0]);
  always_comb begin
    bad_field = requant == tnpu_pkg::REQUANT_AVERAGE + 2'd1 || res_mode == tnpu_pkg::RES_MIN + 3'd1 || (res_mode == tnpu_pkg::RES_WIDE && !has_params) || (requant == tnpu_pkg::REQUANT_AVERAGE && res_mode == tnpu_pkg::RES_MUL) || bad_tile_q || (LANES <= 16 && pair);
    if (is_dw) begin
      if ((stride_y != 4'd1 && stride_y != 4'd2) || pad_y > 4'd1 || pad_xb > 16'd1 || in_w_1 >= 10'(tnpu_pkg::DW_MAX_W) || res_mode > tnpu_pkg::RES_WIDE) bad_field = 1'b1;
      else if (dw_rows > 12'(in_h_1) + 12'd1 || dw_cols > 12'(in_w_1) + 12'd1) bad_field = 1'b1;
    end
  end
  if (LANES > 16) begin : gen_align  // a vector fills both banks
    logic shared;  // all lanes take the same 16 bytes, which may begin anywhere
    assign shared = is_conv && !pair;
    always_comb begin
      bad_align = (out_base[3:0] | out_row[3:0] | out_pix[3:0]) != 0;
      if (!shared && (in_base[3:0] | in_row[3:0] | in_xstep[3:0]) != 0) bad_align = 1'b1;
      if (!shared && !is_dw && (in_wxstep_lo | kxstep_lo | pad_xb[3:0]) != 0) bad_align = 1'b1;
      if (res_mem && !res_scalar && (res_base[3:0] | res_row[3:0] | res_pix[3:0]) != 0) bad_align = 1'b1;
    end
  end else begin : gen_any
    assign bad_align = 1'b0;
    logic unused_lo;
    assign unused_lo = ^{in_wxstep_lo, kxstep_lo};
  end
  assign bad_lut = use_lut && 32'(lut_row) + TABLE_ROWS > WMEM_ROWS;

  always_ff @(posedge clk_i) begin
    if (en_i && step_i == 4'd13) begin
      if (bad_opcode) err_o <= tnpu_pkg::ERR_OPCODE;
      else if (outside(insn_i)) err_o <= tnpu_pkg::ERR_RESERVED;
      else if (is_control) err_o <= tnpu_pkg::ERR_NONE;
      else if (bad_field) err_o <= tnpu_pkg::ERR_FIELD;
      else if (bad_align) err_o <= tnpu_pkg::ERR_ALIGN;
      else if (bad_range_q) err_o <= tnpu_pkg::ERR_FMEM_RANGE;
      else if (bad_rows_q || bad_lut) err_o <= tnpu_pkg::ERR_WMEM_RANGE;
      else err_o <= tnpu_pkg::ERR_NONE;
    end
  end
endmodule
