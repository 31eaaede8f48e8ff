// SPDX-License-Identifier: Apache-2.0
// tnpu_dwwalk: of a DWCONV that passed the check it offers columns that lie, with all channels of the tile, within the sum of the input (docs/ISA.md, section 4;
// rows: where they begin is added by tnpu_issue, issue.sv), output vectors within the sum of the output, and rows of weights, parameters and table likewise.
// Widths are full, and runs of any length: by induction over one cycle. Products are tables of multiples, as in walk.sv.
// A run begins from any state whatever, hence also after any other run; the instruction stays while it lasts.
//: rtl gen/tnpu_pkg.sv tnpu_dec.sv tnpu_dwwalk.sv
//: prep memory_collect
//: clock async2sync
//: case t64 LANES=4 WMEM_ROWS=1024 FMEM_BYTES=65536
//: case t512 LANES=32 WMEM_ROWS=1152 FMEM_BYTES=360448
//: induction 1 3
//: cover 30
//: find 30
//: mutant column_too_many tnpu_dwwalk.sv s/last_x = x_q == f_in_w/last_x = x_q > f_in_w/
//: mutant channels_without_end tnpu_dwwalk.sv s/> 14'\(f_out_c\)\) live_q <= 1'b0/> 14'(f_out_c)) live_q <= 1'b1/
//: mutant row_of_the_tile_before tnpu_dwwalk.sv s/row1_o = live_q \&\& s2 \&\& y1 <= 12'\(f_in_h\)/row1_o = live_q \&\& s2/
//: mutant position_not_back tnpu_dwwalk.sv s/pos_q <= last_x \? 28'\(chan_q\) : pos_q/pos_q <= pos_q/
//: mutant output_row_too_many tnpu_dwwalk.sv s/oy_left_q == 10'd1 : last_oy_q/oy_left_q == 10'd0 : last_oy_q/
//: mutant output_line_kept tnpu_dwwalk.sv s/out_line_q <= out_line_q \+ 20'\(f_out_row\)/out_line_q <= out_q + 20'(f_out_row)/
//: mutant tile_too_many tnpu_dwwalk.sv s/last_chan = 14'\(e_chan_q\) \+ 14'\(LANES\) > /last_chan = 14'(e_chan_q) > /
//: mutant parameters_forgotten tnpu_dwwalk.sv s/wrow_q     <= wrow_q \+ RW'\(1\) \+ RW'\(own_params\)/wrow_q     <= wrow_q + RW'(1)/
module formal_dwwalk #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    localparam int LOG = $clog2(LANES),
    localparam int RW = $clog2(WMEM_ROWS)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic en_i,
    input logic adv_i,
    input logic start_i
);
  (* anyconst *) logic [511:0] insn;
  logic [tnpu_dec::BITS-1:0] dec;
  assign dec = tnpu_dec::decode(insn, LANES);
  logic valid, tick, row0, row1, emit, w_re, p_re, t_re, fin;
  logic [3:0] word;
  logic [6:0] col;
  logic [RW-1:0] row;
  logic [19:0] y, out_addr;
  logic [27:0] pos;
  logic [12:0] chan;
  tnpu_dwwalk #(
      .LANES(LANES),
      .RW   (RW)
  ) u_walk (
      .clk_i,
      .rst_ni,
      .en_i,
      .adv_i,
      .start_i,
      .insn_i    (insn),
      .dec_i     (dec),
      .valid_o   (valid),
      .tick_o    (tick),
      .y_o       (y),
      .pos_o     (pos),
      .row0_o    (row0),
      .row1_o    (row1),
      .col_o     (col),
      .emit_o    (emit),
      .w_re_o    (w_re),
      .p_re_o    (p_re),
      .t_re_o    (t_re),
      .t_word_o  (word),
      .row_o     (row),
      .out_addr_o(out_addr),
      .chan_o    (chan),
      .fin_o     (fin)
  );
  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb if (!started_q) assume (rst_ni && en_i && start_i);

  // ---- the instruction
  logic has_params, own;
  logic [9:0] in_h_1, in_w_1, out_h_1, out_w_1;  // _1: less one
  logic [12:0] out_c_1, groups_1;
  logic [15:0] in_xstep, out_row, out_pix;
  assign has_params = insn[tnpu_pkg::F_REQUANT_LSB+:2] != 2'd0;
  assign own = has_params && !insn[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign in_h_1 = insn[tnpu_pkg::F_IN_H_LSB+:10];
  assign in_w_1 = insn[tnpu_pkg::F_IN_W_LSB+:10];
  assign out_h_1 = insn[tnpu_pkg::F_OUT_H_LSB+:10];
  assign out_w_1 = insn[tnpu_pkg::F_OUT_W_LSB+:10];
  assign out_c_1 = insn[tnpu_pkg::F_OUT_C_LSB+:13];
  assign groups_1 = out_c_1 >> LOG;
  assign in_xstep = insn[tnpu_pkg::F_IN_XSTEP_LSB+:16];
  assign out_row = insn[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign out_pix = insn[tnpu_pkg::F_OUT_PIX_LSB+:16];

  // ---- where the walk is
  (* hierconn *) wire [9:0] \u_walk.x_q , \u_walk.ox_left_q , \u_walk.oy_left_q ;
  (* hierconn *) wire [12:0] \u_walk.chan_q ;
  (* hierconn *) wire [19:0] \u_walk.out_q , \u_walk.out_line_q ;
  (* hierconn *) wire \u_walk.live_q , \u_walk.last_ox_q , \u_walk.last_oy_q , \u_walk.first_vec_q , \u_walk.single , \u_walk.pend_q , \u_walk.p_due_q ;
  (* hierconn *) wire [4:0] \u_walk.lut_q ;
  (* hierconn *) wire [RW-1:0] \u_walk.wrow_q , \u_walk.prow_q ;
  logic [10:0] oy, ox;  // rows and columns done
  logic [12:0] group;
  assign oy = 11'(out_h_1) - 11'(\u_walk.oy_left_q );
  assign ox = 11'(out_w_1) - 11'(\u_walk.ox_left_q );
  assign group = chan >> LOG;

  // ---- multiples of the steps (walk.sv)
  logic [27:0] m_in_pix[2048], m_out_row[2048], m_out_pix[2048];
  logic [10:0] x;
  assign x = 11'(\u_walk.x_q );
  always_comb begin
    assume (m_in_pix[0] == 28'd0 && m_out_row[0] == 28'd0 && m_out_pix[0] == 28'd0);
    assume (m_in_pix[x+11'd1] == m_in_pix[x] + 28'(in_xstep));
    assume (m_out_row[oy+11'd1] == m_out_row[oy] + 28'(out_row) && m_out_pix[ox+11'd1] == m_out_pix[ox] + 28'(out_pix));
    if (x <= 11'(in_w_1)) assume (m_in_pix[x] <= m_in_pix[11'(in_w_1)]);
    if (oy <= 11'(out_h_1)) assume (m_out_row[oy] <= m_out_row[11'(out_h_1)]);
    if (ox <= 11'(out_w_1)) assume (m_out_pix[ox] <= m_out_pix[11'(out_w_1)]);
    // 1,023 * 65,535
    assume (m_in_pix[11'(in_w_1)] < 28'h4000000 && m_out_row[11'(out_h_1)] < 28'h4000000 && m_out_pix[11'(out_w_1)] < 28'h4000000);
  end

  // ---- it has passed the check (check.sv); of the input the row alone: the rows before it are issue.sv's
  logic [27:0] in_bytes, row_bytes, rows_base, rows_end, out_last, out_bytes, out_end;
  assign in_bytes = (28'(groups_1) + 28'd1) << LOG;
  assign row_bytes = m_in_pix[11'(in_w_1)] + in_bytes;
  assign rows_base = 28'(insn[tnpu_pkg::F_W_BASE_LSB+:16]) + 28'(has_params && !own);  // of the first tile; the common parameters come before
  assign rows_end = rows_base + (own ? (28'(groups_1) + 28'd1) << 1 : 28'(groups_1) + 28'd1);
  assign out_last = 28'(insn[tnpu_pkg::F_OUT_BASE_LSB+:20]) + m_out_row[11'(out_h_1)] + m_out_pix[11'(out_w_1)];
  assign out_bytes = 28'(out_c_1) + 28'd1;
  assign out_end = out_last + out_bytes;
  always_comb begin
    assume (insn[7:0] == tnpu_pkg::OP_DWCONV && (tnpu_pkg::reserved_mask(tnpu_pkg::OP_DWCONV) & insn) == 512'd0);
    assume (in_w_1 < 10'(tnpu_pkg::DW_MAX_W));
    assume (insn[tnpu_pkg::F_STRIDE_Y_LSB+:4] == 4'd1 || insn[tnpu_pkg::F_STRIDE_Y_LSB+:4] == 4'd2);
    assume (insn[tnpu_pkg::F_PAD_Y_LSB+:4] <= 4'd1 && insn[tnpu_pkg::F_PAD_XB_LSB+:16] <= 16'd1);
    assume (out_end <= 28'(FMEM_BYTES) && rows_end <= 28'(WMEM_ROWS));
    if (dec[tnpu_dec::USE_LUT]) assume (28'(insn[tnpu_pkg::F_LUT_ROW_LSB+:16]) + 28'((256 + 16 * LANES - 1) / (16 * LANES)) <= 28'(WMEM_ROWS));
  end

  // ---- what is offered
  logic [27:0] out_at, out_n, row_at;
  logic [13:0] left;  // channels
  assign out_at = 28'(insn[tnpu_pkg::F_OUT_BASE_LSB+:20]) + m_out_row[oy] + m_out_pix[ox];
  assign left = 14'(out_c_1) + 14'd1 - 14'(chan);
  assign out_n = 28'(chan) + (left < 14'(LANES) ? 28'(left) : 28'(LANES));
  // Looked at in the next cycle: then the solver has what holds for the induction, and need not go on from the cycle before
  logic in_fine, out_fine, row_fine, in_fine_q, out_fine_q, row_fine_q;
  initial {in_fine_q, out_fine_q, row_fine_q} = '1;
  always_ff @(posedge clk_i) {in_fine_q, out_fine_q, row_fine_q} <= started_q && valid ? {in_fine, out_fine, row_fine} : 3'h7;
  always_comb begin
    row_at = rows_base + (own ? 28'(group) << 1 : 28'(group)) + 28'(own);
    if (p_re) row_at = own ? rows_base + (28'(group) << 1) : rows_base - 28'd1;
    if (t_re) row_at = 28'(insn[tnpu_pkg::F_LUT_ROW_LSB+:16]) + 28'(32'(word) / (LANES < 16 ? LANES : 16));
    in_fine = !(tick && (row0 || row1)) || (pos + 28'(LANES) <= row_bytes && !pos[27]);
    if (tick && row0 && 32'(y) > 32'(in_h_1)) in_fine = 1'b0;
    if (tick && row1 && y + 20'd1 > 20'(in_h_1)) in_fine = 1'b0;
    out_fine = !emit || (28'(out_addr) == out_at && out_at + out_n <= out_end);
    row_fine = !(w_re || p_re || t_re) || (28'(row) == row_at && row_at < 28'(WMEM_ROWS));
    if ((w_re || p_re) && (row_at < 28'(insn[tnpu_pkg::F_W_BASE_LSB+:16]) || row_at >= rows_end)) row_fine = 1'b0;
    // step by step
    if (oy <= 11'(out_h_1) && ox <= 11'(out_w_1)) assert (out_at <= out_last);
    if (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0)) assert (out_n <= out_bytes);
    if (\u_walk.chan_q <= out_c_1 && \u_walk.chan_q [LOG-1:0] == LOG'(0)) assert (28'(\u_walk.chan_q ) + 28'(LANES) <= in_bytes);
    assert (in_fine_q);
    assert (out_fine_q);
    assert (row_fine_q);
    if (started_q && valid) begin
      if (tick) assert (col == \u_walk.x_q && 32'(col) < tnpu_pkg::DW_MAX_W);
      if (emit) assert (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0));
      assert (2'(w_re) + 2'(p_re) + 2'(t_re) <= 2'd1);
      cover (fin && out_h_1 == 10'd1 && out_w_1 == 10'd1 && out_c_1 > 13'(LANES));
      cover (fin && \u_walk.single && own && out_c_1 > 13'(LANES));
      cover (tick && row0 && pos + 28'(LANES) == row_bytes && y == 20'(in_h_1) && in_w_1 != 10'd0 && in_h_1 != 10'd0 && groups_1 != 13'd0);
      cover (tick && row1 && pos + 28'(LANES) == row_bytes && y + 20'd1 == 20'(in_h_1));
      cover (tick && row1 && !row0);
      cover (tick && !row0 && !row1);
      cover (emit && out_at + 28'(chan) + 28'(left) == 28'(FMEM_BYTES) && left < 14'(LANES) && oy == 11'd1);
      cover (w_re && row_at == 28'(WMEM_ROWS - 1) && group == 13'd1);
      cover (p_re && own && group == 13'd1);
      cover (p_re && !own);
      cover (t_re && row_at == 28'(WMEM_ROWS - 1) && word == 4'd15);
    end
  end

  // ---- for the induction
  logic [19:0] out_line, out_here;
  logic [27:0] pos_here;
  logic [RW-1:0] prow_here, wrow_here;
  assign out_line = insn[tnpu_pkg::F_OUT_BASE_LSB+:20] + m_out_row[oy][19:0];
  assign out_here = out_line + m_out_pix[ox][19:0];
  assign pos_here = 28'(\u_walk.chan_q ) + m_in_pix[x];
  assign prow_here = own ? rows_base + (28'(group) << 1) : rows_base - 28'd1;
  assign wrow_here = rows_base + (own ? 28'(group) << 1 : 28'(group)) + 28'(own);
  always_comb begin
    if (started_q && valid) begin
      assert (out_addr == \u_walk.out_q && \u_walk.oy_left_q <= out_h_1 && \u_walk.ox_left_q <= out_w_1);
      assert (\u_walk.last_oy_q == (\u_walk.oy_left_q == 10'd0) && \u_walk.last_ox_q == (\u_walk.ox_left_q == 10'd0));
      assert (\u_walk.out_line_q == out_line && \u_walk.out_q == out_here);
      assert (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0));
      assert (\u_walk.x_q <= in_w_1);
      if (\u_walk.live_q ) assert (pos == pos_here && \u_walk.chan_q <= out_c_1 && \u_walk.chan_q [LOG-1:0] == LOG'(0));
      assert (\u_walk.lut_q <= 5'd16);
      if (\u_walk.lut_q != 5'd0) assert (dec[tnpu_dec::USE_LUT] && !\u_walk.p_due_q );
      assert (\u_walk.first_vec_q == (\u_walk.oy_left_q == out_h_1 && \u_walk.ox_left_q == out_w_1));
      if (\u_walk.p_due_q ) assert (!\u_walk.first_vec_q && !\u_walk.single && \u_walk.pend_q );
      if (\u_walk.pend_q ) assert (has_params);
      if (has_params) assert (\u_walk.prow_q == prow_here);
      assert (\u_walk.wrow_q == wrow_here);
    end
  end
endmodule
