// SPDX-License-Identifier: Apache-2.0
// tnpu_issue: each byte of a read that counts lies where docs/ISA.md, 2.1 and 2.3, have it, within the sums of section 4, and the vector of feature memory that holds
// it is the one that is read; the mask of valid bytes is that of 2.1. (Of the vectors that a read opens the second may lie beyond the memory: no byte of it counts.)
// The same of second operand and lower row; write addresses and rows go through unchanged. What the walkers offer is free, for the input in every respect: a
// position is looked at byte by byte. For the rest it is what walk.sv and dwwalk.sv prove of it.
// Widths are full, by induction over one cycle.
//: rtl gen/tnpu_pkg.sv tnpu_dec.sv tnpu_walk.sv tnpu_dwwalk.sv tnpu_issue.sv
//: prep cutpoint */u_walk */u_dwwalk
//: clock async2sync
//: case t64 LANES=4 WMEM_ROWS=1024 FMEM_BYTES=65536
//: case t256 LANES=16 WMEM_ROWS=2304 FMEM_BYTES=360448
//: induction 1 4 each
//: cover 10
//: find 10
//: mutant row_beyond tnpu_issue.sv s/t_y <= 20'\(f_in_h\)/t_y <= 20'(f_in_h) + 20'd1/
//: mutant row_modulo_1024 tnpu_issue.sv s/t_y <= 20'\(f_in_h\)/t_y[9:0] <= f_in_h/
//: mutant byte_beyond tnpu_issue.sv s/a1_room   <= 28'\(f_in_wb\) - a0_pos/a1_room   <= 28'(f_in_wb) - a0_pos + 28'd1/
//: mutant byte_before tnpu_issue.sv s/else if \(&a1_pos\[26:VB\]\) lo = 6'\(VECN\) - 6'\(a1_pos\[VB-1:0\]\)/else if (\&a1_pos[26:VB]) lo = 6'd0/
//: mutant odd_vector_for_even tnpu_issue.sv s/a3_p_even   <= a2_p_addr\[5\+:VW\] \+ VW'\(a2_p_addr\[4\]\)/a3_p_even   <= a2_p_addr[5+:VW]/
//: mutant second_vector_forgotten tnpu_issue.sv s/p_two = 6'\(a2_p_addr\[3:0\]\) \+ n_bytes > 6'd16/p_two = 6'(a2_p_addr[3:0]) + n_bytes > 6'd17/
//: mutant conflict_not_seen tnpu_issue.sv s/\(p_bank \& s_bank\) != 2'b00/(p_bank \& s_bank) == 2'b11/
//: mutant lower_row_above tnpu_issue.sv s/lower_q <= f_in_base \+ 20'\(f_in_row\)/lower_q <= f_in_base/
//: mutant scalar_with_channel tnpu_issue.sv s/res_scalar \? 20'd0 : 20'\(a0_chan\)/20'(a0_chan)/
module formal_issue #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    localparam int LOG = $clog2(LANES),
    localparam int RW = $clog2(WMEM_ROWS),
    localparam int VW = $clog2(FMEM_BYTES / 32)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic en_i,
    input logic start_i
);
  (* anyconst *) logic [511:0] insn;
  logic [tnpu_dec::BITS-1:0] dec;
  assign dec = tnpu_dec::decode(insn, LANES);
  logic p_load, s_load, go, last, w_re, p_re, a_re, t_re;
  logic [1:0] re;
  logic [VW-1:0] even, odd;
  logic [5:0] lo, hi, lanes;
  logic [RW-1:0] row;
  logic [19:0] out_addr;
  tnpu_issue #(
      .LANES     (LANES),
      .FMEM_BYTES(FMEM_BYTES),
      .RW        (RW)
  ) u_issue (
      .clk_i,
      .rst_ni,
      .en_i,
      .start_i,
      .start_dw_i  (1'b0),
      .start_loop_i(1'b0),
      .insn_i      (insn),
      .dec_i       (dec),
      .fmem_re_o   (re),
      .fmem_addr0_o(even),
      .fmem_addr1_o(odd),
      .go_o        (go),
      .p_load_o    (p_load),
      .s_load_o    (s_load),
      .lo_o        (lo),
      .hi_o        (hi),
      .last_o      (last),
      .w_re_o      (w_re),
      .p_re_o      (p_re),
      .a_re_o      (a_re),
      .t_re_o      (t_re),
      .row_o       (row),
      .out_addr_o  (out_addr),
      .lanes_o     (lanes)
  );
  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb if (!started_q) assume (!rst_ni && start_i);

  // ---- the instruction, which has passed the check (check.sv)
  logic [7:0] op;
  logic is_conv, is_dw, operand, scalar;
  logic [9:0] in_h_1;
  logic [12:0] out_c_1;
  logic [15:0] in_row;
  logic [19:0] in_base;
  assign op = insn[7:0];
  assign is_conv = op == tnpu_pkg::OP_CONV;
  assign is_dw = op == tnpu_pkg::OP_DWCONV;
  assign operand = insn[tnpu_pkg::F_RES_MODE_LSB+:3] != 3'd0 && !is_dw;
  assign scalar = insn[tnpu_pkg::F_RES_SCALAR_LSB];
  assign in_h_1 = insn[tnpu_pkg::F_IN_H_LSB+:10];  // less one
  assign out_c_1 = insn[tnpu_pkg::F_OUT_C_LSB+:13];
  assign in_row = insn[tnpu_pkg::F_IN_ROW_LSB+:16];
  assign in_base = insn[tnpu_pkg::F_IN_BASE_LSB+:20];
  (* anyconst *) logic [27:0] last_row, dw_bytes;  // (in_h - 1) * in_row; of a row in a DWCONV, (in_w - 1) * in_xstep + G * L
  logic [27:0] row_bytes;
  logic [31:0] in_end;
  assign row_bytes = is_dw ? dw_bytes : 28'(insn[tnpu_pkg::F_IN_WB_LSB+:17]);
  assign in_end = 32'(in_base) + 32'(last_row) + 32'(row_bytes);
  always_comb begin
    assume (in_end <= 32'(FMEM_BYTES));
    assume ((tnpu_pkg::reserved_mask(op) & insn) == 512'd0);
  end

  // ---- what is offered
  (* hierconn *) wire \u_issue.adv , \u_issue.t_valid , \u_issue.t_mac , \u_issue.t_last , \u_issue.d_valid , \u_issue.d_tick , \u_issue.d_row0 , \u_issue.d_row1 , \u_issue.d_emit ;
  (* hierconn *) wire [19:0] \u_issue.t_y , \u_issue.t_out , \u_issue.t_res , \u_issue.d_y , \u_issue.d_out ;
  (* hierconn *) wire [27:0] \u_issue.t_pos , \u_issue.d_pos ;
  (* hierconn *) wire [RW-1:0] \u_issue.t_row , \u_issue.d_row ;
  (* hierconn *) wire [12:0] \u_issue.t_chan , \u_issue.d_chan ;
  logic valid, mac, ends, row_ok, need_p, need_s;
  logic signed [19:0] y;
  logic signed [27:0] pos;
  logic [12:0] chan;
  logic [13:0] left;
  logic [31:0] out_at, res_at, n_out;
  assign valid = is_dw ? \u_issue.d_valid : \u_issue.t_valid ;
  assign mac = is_dw ? \u_issue.d_tick : \u_issue.t_mac ;
  assign ends = is_dw ? \u_issue.d_emit : \u_issue.t_mac && \u_issue.t_last ;
  assign y = is_dw ? \u_issue.d_y : \u_issue.t_y ;
  assign pos = is_dw ? \u_issue.d_pos : \u_issue.t_pos ;
  assign chan = is_dw ? \u_issue.d_chan : \u_issue.t_chan ;
  assign left = 14'(out_c_1) + 14'd1 - 14'(chan);
  assign row_ok = !y[19] && y[18:0] <= 19'(in_h_1);
  assign need_p = is_dw ? mac && \u_issue.d_row0 : mac;
  assign need_s = is_dw ? mac && \u_issue.d_row1 : ends && operand;
  assign n_out = left < 14'(LANES) ? 32'(left) : 32'(LANES);
  assign out_at = 32'(is_dw ? \u_issue.d_out : \u_issue.t_out ) + 32'(chan);
  assign res_at = 32'(\u_issue.t_res ) + (scalar ? 32'd0 : 32'(chan));
  always_comb begin
    assume (is_dw ? !\u_issue.t_valid : !\u_issue.d_valid );
    if (valid) begin
      assume (chan <= out_c_1);
      if (ends) assume (out_at + n_out <= 32'(FMEM_BYTES));
      if (!is_dw && need_s) assume (res_at + (scalar ? 32'd1 : 32'(LANES)) <= 32'(FMEM_BYTES));
      if (is_dw && (need_p || need_s)) assume (!pos[27] && 28'(pos) + 28'(LANES) <= row_bytes);
      if (is_dw && need_p) assume (row_ok);
      if (is_dw && need_s) assume (20'(y + 20'sd1) <= 20'(in_h_1));
    end
  end

  // ---- with it through the stages: [0] to [3] are A0 to A3
  logic [3:0] valid_q, ends_q, row_ok_q, need_p_q, need_s_q;
  logic signed [11:0] y_q;
  logic signed [27:0] pos_q[4];
  logic signed [27:0] prod, prod_q[4];  // y * in_row, from A1 on
  logic [31:0] out_q[4], n_out_q[4], res_q[4];
  logic [RW-1:0] row_q[4];
  (* hierconn *) wire [11:0] \u_issue.a0_y ;  // shown to be y_q
  logic [19:0] prod_low;
  (* anyseq *) logic [7:0] prod_high;
  assign prod_low = 20'($signed({\u_issue.a0_y [10], \u_issue.a0_y [10:0]}) * $signed({1'b0, in_row}));
  assign prod = {prod_high, prod_low};
  initial valid_q = 4'd0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 4'd0;
    else if (en_i && \u_issue.adv ) begin
      valid_q <= {valid_q[2:0], valid};
      if (valid) begin
        {ends_q[0], row_ok_q[0], need_p_q[0], need_s_q[0]} <= {ends, row_ok, need_p, need_s};
        y_q <= y[11:0];
        pos_q[0] <= pos;
        out_q[0] <= out_at;
        n_out_q[0] <= n_out;
        res_q[0] <= res_at;
        row_q[0] <= is_dw ? \u_issue.d_row : \u_issue.t_row ;
      end
      for (int i = 1; i < 4; i++) begin
        {ends_q[i], row_ok_q[i], need_p_q[i], need_s_q[i]} <= {ends_q[i-1], row_ok_q[i-1], need_p_q[i-1], need_s_q[i-1]};
        pos_q[i] <= pos_q[i-1];
        prod_q[i] <= i == 1 ? prod : prod_q[i-1];
        out_q[i] <= out_q[i-1];
        n_out_q[i] <= n_out_q[i-1];
        res_q[i] <= res_q[i-1];
        row_q[i] <= row_q[i-1];
      end
    end
  end
  // Its lower bits are computed, as the unit does it. For the upper ones is assumed what is true of products: none up to the last row's is larger, one row more
  // is one pitch more
  logic below;  // a row that has one below it in the input
  assign below = y_q >= -12'sd1 && y_q < $signed({2'b00, in_h_1});
  always_comb begin
    if (y_q >= 12'sd0 && y_q <= $signed({2'b00, in_h_1})) assume (prod >= 28'sd0 && 28'(prod) <= last_row);
    if (below) assume (prod >= -28'sh10000 && 28'(prod) + 28'(in_row) <= last_row);
  end

  // ---- any byte of the read in A3
  (* anyconst *) logic [4:0] at;
  logic [5:0] n_p, n_s;
  logic signed [28:0] pos_at;  // in the row
  logic counts;
  logic [31:0] p_at, s_at;
  assign n_p = is_conv ? 6'd16 : 6'(LANES);
  assign n_s = !is_dw && scalar ? 6'd1 : 6'(LANES);
  assign pos_at = 29'(pos_q[3]) + 29'(at);
  assign counts = is_dw || (row_ok_q[3] && !pos_at[28] && pos_at[27:0] < row_bytes);
  logic [31:0] lower_at;  // where the lower row begins
  assign p_at = 32'(in_base) + 32'(prod_q[3]) + 32'(pos_at);
  assign lower_at = 32'(in_base) + (32'(in_row) + 32'(prod_q[3]));
  assign s_at = is_dw ? lower_at + 32'(pos_at) : res_q[3] + 32'(at);
  function logic at_vector(input logic [31:0] address, input logic [1:0] bank, input logic [VW-1:0] e, input logic [VW-1:0] o);
    at_vector = address[4] ? bank[1] && o == address[5+:VW] : bank[0] && e == address[5+:VW];
  endfunction
  // Looked at in the next cycle: then the solver has what holds for the induction, and need not go on from the cycle before
  logic [5:0] fine, fine_q;
  initial fine_q = '1;
  always_ff @(posedge clk_i) fine_q <= started_q && rst_ni ? fine : 6'h3F;
  always_comb begin
    fine = 6'h3F;
    if (p_load && 6'(at) < n_p) begin
      fine[0] = is_dw || (6'(at) >= lo && 6'(at) < hi) == counts;
      fine[1] = !counts || at_vector(p_at, re, even, odd);
      fine[2] = !counts || (p_at >= 32'(in_base) && p_at < in_end);
    end
    if (go && !p_load && valid_q[3] && !is_dw && need_p_q[3] && 6'(at) < n_p) fine[0] = !counts;  // no read: or the second half of one
    if (s_load && 6'(at) < n_s) begin
      fine[3] = at_vector(s_at, re, even, odd);
      fine[4] = s_at < (is_dw ? in_end : 32'(FMEM_BYTES));
    end
    if (last) fine[5] = 32'(out_addr) == out_q[3] && 32'(lanes) == n_out_q[3] && 32'(out_addr) + 32'(lanes) <= 32'(FMEM_BYTES);
    if ((w_re || p_re || a_re || t_re) && row != row_q[3]) fine[5] = 1'b0;
    if (started_q && valid_q[3] && is_dw && need_s_q[3]) assert (lower_at <= 32'(in_base) + 32'(last_row) && lower_at < 32'(FMEM_BYTES));
    assert (fine_q[0]);
    assert (fine_q[1]);
    assert (fine_q[2]);
    assert (fine_q[3]);
    assert (fine_q[4]);
    assert (fine_q[5]);
    if (started_q && rst_ni) begin
      cover (p_load && 6'(at) < n_p && counts && p_at == 32'(FMEM_BYTES - 1) && is_conv && pos_q[3][27]);
      cover (p_load && 6'(at) < n_p && counts && p_at == 32'(FMEM_BYTES - 1) && is_conv && hi == 6'd1 && prod_q[3] != 28'sd0);
      cover (p_load && 6'(at) < n_p && counts && p_at[4] && re == 2'b11 && !is_dw);
      cover (p_load && 6'(at) < n_p && is_dw && p_at == 32'(FMEM_BYTES - 1));
      cover (go && !p_load && !is_dw && need_p_q[3] && valid_q[3]);
      cover (s_load && 6'(at) < n_s && is_dw && prod_q[3][27]);
      cover (s_load && 6'(at) < n_s && is_dw && p_load && at == 5'd3);
      cover (s_load && 6'(at) < n_s && !is_dw && scalar && s_at == 32'(FMEM_BYTES - 1));
      cover (s_load && 6'(at) < n_s && !is_dw && !p_load && s_at == 32'(FMEM_BYTES - 1));
      cover (last && 32'(out_addr) + 32'(lanes) == 32'(FMEM_BYTES) && 32'(lanes) != 32'(LANES));
      cover (w_re && row == RW'(WMEM_ROWS - 1));
    end
  end

  // ---- for the induction
  (* hierconn *) wire \u_issue.a0_valid , \u_issue.a1_valid , \u_issue.a2_valid , \u_issue.a3_valid , \u_issue.a0_row_ok , \u_issue.a1_row_ok ;
  (* hierconn *) wire \u_issue.a2_need_p , \u_issue.a2_need_s , \u_issue.a3_need_p , \u_issue.a3_need_s , \u_issue.a3_conflict ;
  (* hierconn *) wire [12:0] \u_issue.a0_chan ;
  (* hierconn *) wire [27:0] \u_issue.a0_pos , \u_issue.a1_pos , \u_issue.a1_room ;
  (* hierconn *) wire [43:0] \u_issue.a0_ctl , \u_issue.a1_ctl , \u_issue.a2_ctl , \u_issue.a3_ctl ;
  (* hierconn *) wire [19:0] \u_issue.lower_q , \u_issue.a0_out , \u_issue.a0_res , \u_issue.a1_prod , \u_issue.a1_p_base , \u_issue.a1_s_base ;
  (* hierconn *) wire [19:0] \u_issue.a1_out , \u_issue.a2_out , \u_issue.a3_out , \u_issue.a2_p_addr , \u_issue.a2_s_addr ;
  (* hierconn *) wire [RW-1:0] \u_issue.a0_row , \u_issue.a1_row , \u_issue.a2_row , \u_issue.a3_row ;
  (* hierconn *) wire [5:0] \u_issue.a2_lo , \u_issue.a2_hi , \u_issue.a3_lo , \u_issue.a3_hi ;
  (* hierconn *) wire [1:0] \u_issue.a3_p_bank , \u_issue.a3_s_bank ;
  (* hierconn *) wire [VW-1:0] \u_issue.a3_p_even , \u_issue.a3_p_odd , \u_issue.a3_s_even , \u_issue.a3_s_odd ;
  logic [19:0] lower, p_base1, s_base1, p_addr2, s_addr2;
  logic [19:0] chan0_out, chan0_res;
  assign lower = in_base + 20'(in_row);
  assign p_base1 = in_base + pos_q[1][19:0];
  assign s_base1 = is_dw ? lower + pos_q[1][19:0] : res_q[1][19:0];
  assign p_addr2 = in_base + pos_q[2][19:0] + prod_q[2][19:0];
  assign s_addr2 = is_dw ? lower + pos_q[2][19:0] + prod_q[2][19:0] : res_q[2][19:0];
  assign chan0_out = \u_issue.a0_out + 20'(\u_issue.a0_chan );
  assign chan0_res = \u_issue.a0_res + (scalar ? 20'd0 : 20'(\u_issue.a0_chan ));
  logic signed [28:0] pos2_at;
  logic counts2;
  assign pos2_at = 29'(pos_q[2]) + 29'(at);
  assign counts2 = row_ok_q[2] && !pos2_at[28] && pos2_at[27:0] < row_bytes;
  always_comb begin
    if (started_q) begin
      assert (valid_q == {\u_issue.a3_valid , \u_issue.a2_valid , \u_issue.a1_valid , \u_issue.a0_valid });
      assert (\u_issue.lower_q == lower);
      if (valid_q[0]) assert (\u_issue.a0_y == y_q && \u_issue.a0_pos == pos_q[0] && \u_issue.a0_row == row_q[0] && 32'(chan0_out) == (out_q[0] & 32'hFFFFF));
      if (valid_q[0] && !is_dw) assert (\u_issue.a0_row_ok == row_ok_q[0] && 32'(chan0_res) == (res_q[0] & 32'hFFFFF));
      if (valid_q[0] && row_ok_q[0]) assert (y_q >= 12'sd0 && y_q <= $signed({2'b00, in_h_1}));
      if (valid_q[0] && is_dw && need_s_q[0]) assert (below);
      if (valid_q[1]) assert (\u_issue.a1_prod == prod_q[1][19:0] && \u_issue.a1_p_base == p_base1 && \u_issue.a1_pos == pos_q[1] && \u_issue.a1_row == row_q[1]);
      if (valid_q[1]) assert (\u_issue.a1_room == 28'(insn[tnpu_pkg::F_IN_WB_LSB+:17]) - pos_q[1]);
      if (valid_q[1] && !is_dw) assert (\u_issue.a1_row_ok == row_ok_q[1]);
      if (valid_q[1]) assert (\u_issue.a1_s_base == s_base1 && 32'(\u_issue.a1_out ) == (out_q[1] & 32'hFFFFF));
      if (valid_q[2]) assert (\u_issue.a2_p_addr == p_addr2 && \u_issue.a2_s_addr == s_addr2 && \u_issue.a2_row == row_q[2] && 32'(\u_issue.a2_out ) == (out_q[2] & 32'hFFFFF));
      if (valid_q[2] && !is_dw && 6'(at) < n_p) assert ((6'(at) >= \u_issue.a2_lo && 6'(at) < \u_issue.a2_hi ) == counts2);
      if (valid_q[2] && !is_dw && 6'(at) < n_p && need_p_q[2] && counts2) assert (\u_issue.a2_need_p );
      if (valid_q[2] && is_dw) assert (\u_issue.a2_need_p == need_p_q[2]);
      if (valid_q[2]) assert (\u_issue.a2_need_s == need_s_q[2]);
      if (valid_q[3]) assert (\u_issue.a3_row == row_q[3] && 32'(\u_issue.a3_out ) == (out_q[3] & 32'hFFFFF));
      if (valid_q[3] && !is_dw && 6'(at) < n_p) assert ((6'(at) >= \u_issue.a3_lo && 6'(at) < \u_issue.a3_hi ) == counts);
      if (valid_q[3] && !is_dw && 6'(at) < n_p && need_p_q[3] && counts) assert (\u_issue.a3_need_p );
      if (valid_q[3] && is_dw) assert (\u_issue.a3_need_p == need_p_q[3]);
      if (valid_q[3]) assert (\u_issue.a3_need_s == need_s_q[3]);
      if (valid_q[3] && 6'(at) < n_p) assert (at_vector(p_at, \u_issue.a3_p_bank , \u_issue.a3_p_even , \u_issue.a3_p_odd ));
      if (valid_q[3] && 6'(at) < n_s) assert (at_vector(s_at, \u_issue.a3_s_bank , \u_issue.a3_s_even , \u_issue.a3_s_odd ));
      if (valid_q[3]) assert (\u_issue.a3_conflict == (\u_issue.a3_need_p && \u_issue.a3_need_s && (\u_issue.a3_p_bank & \u_issue.a3_s_bank ) != 2'b00));
    end
  end
  for (genvar i = 0; i < 4; i++) begin : gen_stage
    always_comb begin
      if (started_q && valid_q[i]) begin
        assert (out_q[i] < 32'h200000 && res_q[i] < 32'h200000 && n_out_q[i] <= 32'(LANES));
        if (is_dw && need_p_q[i]) assert (row_ok_q[i]);
        if (ends_q[i]) assert (out_q[i] + n_out_q[i] <= 32'(FMEM_BYTES));
        if (!is_dw && need_s_q[i]) assert (res_q[i] + (scalar ? 32'd1 : 32'(LANES)) <= 32'(FMEM_BYTES));
        if (is_dw && (need_p_q[i] || need_s_q[i])) assert (!pos_q[i][27] && 28'(pos_q[i]) + 28'(LANES) <= row_bytes);
      end
    end
    if (i != 0) begin : gen_product
      always_comb begin
        if (started_q && valid_q[i]) begin
          if (row_ok_q[i] && (is_dw ? need_p_q[i] : 1'b1)) assert (prod_q[i] >= 28'sd0 && 28'(prod_q[i]) <= last_row);
          if (is_dw && need_s_q[i]) assert (prod_q[i] >= -28'sh10000 && 28'(prod_q[i]) + 28'(in_row) <= last_row);
        end
      end
    end
  end
  for (genvar i = 0; i < 4; i++) begin : gen_lanes
    // lanes are the sixth-last field of what goes along: {pix, tap, slot, lanes, ...}
    logic [43:0] ctl;
    assign ctl = i == 0 ? \u_issue.a0_ctl : i == 1 ? \u_issue.a1_ctl : i == 2 ? \u_issue.a2_ctl : \u_issue.a3_ctl ;
    always_comb begin
      if (started_q && valid_q[i]) begin
        assert (32'(ctl[18:13]) == n_out_q[i]);
        assert (ctl[41] == ends_q[i] && (!is_dw || ctl[1:0] == {need_p_q[i], need_s_q[i]}) && (is_dw || ctl[0] == need_s_q[i]));
        if (!is_dw) assert (ctl[43] == need_p_q[i]);
      end
    end
  end
endmodule
