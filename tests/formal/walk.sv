// SPDX-License-Identifier: Apache-2.0
// tnpu_walk: every address and row that it offers for an instruction that passed the check lies within the sums of docs/ISA.md, section 4: output and second
// operand of every vector, the rows of weights, parameters, addition and table. (Bytes of the input are not its affair: tnpu_issue looks at each, issue.sv.)
// Widths are full, and runs of any length: by induction over one cycle. The walk adds steps where the sums multiply. Products are tables here, m_x[k] being
// k times x: constants of which is assumed, in the places where a walk is, what is true of multiples: the first is 0, the next is one x more, and none up
// to the last is larger than that.
// A run begins from any state whatever, hence also after any other run; the instruction stays while it lasts.
//: rtl gen/tnpu_pkg.sv tnpu_dec.sv tnpu_walk.sv
//: prep memory_collect
//: clock async2sync
//: case t64 LANES=4 WMEM_ROWS=1024 FMEM_BYTES=65536
//: case t512 LANES=32 WMEM_ROWS=1152 FMEM_BYTES=360448
//: induction 1 3 each
//: cover 24
//: find 24
//: mutant column_too_many tnpu_walk.sv s/n_last_ox = h_ox == 10'd1/n_last_ox = h_ox == 10'd0/
//: mutant line_kept tnpu_walk.sv s/n_out_line = h_out_line \+ 20'\(f_out_row\)/n_out_line = h_out + 20'(f_out_row)/
//: mutant tile_begins_at_line tnpu_walk.sv s/h_res <= t_res;/h_res <= t_res_line;/
//: mutant channel_too_many tnpu_walk.sv s/14'\(chan_q\) \+ 14'\(2 \* LANES\) > /14'(chan_q) + 14'(LANES) > /
//: mutant weights_not_from_the_first tnpu_walk.sv s/row_q <= wfirst_q;/row_q <= row_next;/
//: mutant weights_read_twice tnpu_walk.sv s/row_next = row_q \+ RW'\(w_re\)/row_next = row_q + RW'(w_re || pass_start)/
//: mutant addition_row_forgotten tnpu_walk.sv s/row_base = f_w_base \+ RW'\(add_mode\)/row_base = f_w_base/
//: mutant taps_go_on tnpu_walk.sv s/tap_q    <= 4'd0;/tap_q    <= tap_q + 4'd1;/
//: mutant table_word_too_many tnpu_walk.sv s/lut_q    <= use_lut \? 5'd16/lut_q    <= use_lut ? 5'd17/
module formal_walk #(
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
  logic valid, mac, last, w_re, p_re, a_re, t_re, fin;
  logic [3:0] word;
  logic [RW-1:0] row;
  logic [19:0] out_addr, res_addr;
  logic [12:0] chan;
  tnpu_walk #(
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
      .mac_o     (mac),
      .last_o    (last),
      .w_re_o    (w_re),
      .p_re_o    (p_re),
      .a_re_o    (a_re),
      .t_re_o    (t_re),
      .t_word_o  (word),
      .row_o     (row),
      .out_addr_o(out_addr),
      .res_addr_o(res_addr),
      .chan_o    (chan),
      .fin_o     (fin)
  );
  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always_comb if (!started_q) assume (rst_ni && en_i && start_i);

  // ---- the instruction
  logic [7:0] op;
  logic is_conv, is_tap, has_params, own, add, operand, scalar;
  logic [9:0] out_h_1, out_w_1;  // _1: less one
  logic [3:0] pool_w_1, pool_h_1, tile_1;
  logic [5:0] kh_1, kw_1;
  logic [11:0] nchunk_1;
  logic [12:0] out_c_1, groups_1;
  logic [15:0] out_row, out_pix, res_row, res_pix;
  assign op = insn[7:0];
  assign is_conv = op == tnpu_pkg::OP_CONV;
  assign is_tap = op == tnpu_pkg::OP_DWTAP;
  assign has_params = insn[tnpu_pkg::F_REQUANT_LSB+:2] != 2'd0;
  assign own = has_params && !insn[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign add = insn[tnpu_pkg::F_RES_MODE_LSB+:3] == 3'd2 || insn[tnpu_pkg::F_RES_MODE_LSB+:3] == 3'd3;
  assign operand = insn[tnpu_pkg::F_RES_MODE_LSB+:3] != 3'd0;
  assign scalar = insn[tnpu_pkg::F_RES_SCALAR_LSB];
  assign out_h_1 = insn[tnpu_pkg::F_OUT_H_LSB+:10];
  assign out_w_1 = insn[tnpu_pkg::F_OUT_W_LSB+:10];
  assign pool_w_1 = insn[tnpu_pkg::F_POOL_W_LSB+:4];
  assign pool_h_1 = insn[tnpu_pkg::F_POOL_H_LSB+:4];
  assign tile_1 = insn[tnpu_pkg::F_TILE_LSB+:4];
  assign kh_1 = insn[tnpu_pkg::F_KH_LSB+:6];
  assign kw_1 = insn[tnpu_pkg::F_KW_LSB+:6];
  assign nchunk_1 = insn[tnpu_pkg::F_NCHUNK_LSB+:12];
  assign out_c_1 = insn[tnpu_pkg::F_OUT_C_LSB+:13];
  assign groups_1 = out_c_1 >> LOG;
  assign out_row = insn[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign out_pix = insn[tnpu_pkg::F_OUT_PIX_LSB+:16];
  assign res_row = insn[tnpu_pkg::F_RES_ROW_LSB+:16];
  assign res_pix = insn[tnpu_pkg::F_RES_PIX_LSB+:16];

  // ---- where the walk is
  (* hierconn *) wire [9:0] \u_walk.h_ox , \u_walk.h_oy , \u_walk.t_ox , \u_walk.t_oy ;
  (* hierconn *) wire \u_walk.last_ox , \u_walk.last_oy , \u_walk.t_last_ox , \u_walk.t_last_oy ;
  (* hierconn *) wire \u_walk.last_wx , \u_walk.last_wy , \u_walk.win_end , \u_walk.plane_end , \u_walk.full_q ;
  (* hierconn *) wire [19:0] \u_walk.h_out , \u_walk.h_out_line , \u_walk.h_res , \u_walk.h_res_line ;
  (* hierconn *) wire [19:0] \u_walk.t_out , \u_walk.t_out_line , \u_walk.t_res , \u_walk.t_res_line ;
  (* hierconn *) wire \u_walk.add_q , \u_walk.prelude , \u_walk.pass_start , \u_walk.last_tile_c , \u_walk.last_pass , \u_walk.pend_q ;
  (* hierconn *) wire \u_walk.last_ky , \u_walk.last_kx , \u_walk.last_ch ;
  (* hierconn *) wire [4:0] \u_walk.lut_q ;
  (* hierconn *) wire [3:0] \u_walk.h_wx , \u_walk.h_wy , \u_walk.cnt_q , \u_walk.pix_q , \u_walk.tap_q ;
  (* hierconn *) wire [RW-1:0] \u_walk.row_q , \u_walk.wfirst_q , \u_walk.prow_q ;
  (* hierconn *) wire [5:0] \u_walk.ky_q , \u_walk.kx_q ;
  (* hierconn *) wire [11:0] \u_walk.ch_q ;
  logic [10:0] oy, ox, t_oy, t_ox;  // rows and columns done
  logic [6:0] ky, kx;
  logic [12:0] ch, group;
  logic [8:0] window, pixel;  // of a pooling window; of the pixel tile
  assign oy = 11'(out_h_1) - 11'(\u_walk.h_oy );
  assign ox = 11'(out_w_1) - 11'(\u_walk.h_ox );
  assign t_oy = 11'(out_h_1) - 11'(\u_walk.t_oy );
  assign t_ox = 11'(out_w_1) - 11'(\u_walk.t_ox );
  assign ky = 7'(kh_1) - 7'(\u_walk.ky_q );
  assign kx = 7'(kw_1) - 7'(\u_walk.kx_q );
  assign ch = 13'(nchunk_1) - 13'(\u_walk.ch_q );
  assign group = chan >> LOG;
  assign window = (9'(pool_w_1) + 9'd1) * (9'(pool_h_1) + 9'd1);
  assign pixel = 9'(tile_1 - \u_walk.cnt_q ) * window + 9'(pool_h_1 - \u_walk.h_wy ) * (9'(pool_w_1) + 9'd1) + 9'(pool_w_1 - \u_walk.h_wx );

  // ---- multiples: of the steps of output and second operand; taps: of kw; chunks: of nchunk; tiles: of the rows that a tile has to itself
  logic [27:0] m_out_row[2048], m_out_pix[2048], m_res_row[2048], m_res_pix[2048], m_taps[128], m_chunks[8192], m_tiles[8192];
  logic [12:0] tap, taps;  // of kernel row ky, column kx; all
  assign tap = 13'(m_taps[ky]) + 13'(kx);
  assign taps = 13'(m_taps[7'(kh_1)+7'd1]);
  logic [27:0] weights, tile_rows;  // weight rows a tile; all that it has to itself
  assign weights = is_conv ? m_chunks[taps] : is_tap ? 28'(14'(taps) + 14'd15) >> 4 : 28'd0;
  assign tile_rows = weights + 28'(own);
  always_comb begin
    assume (m_out_row[0] == 28'd0 && m_out_pix[0] == 28'd0 && m_res_row[0] == 28'd0 && m_res_pix[0] == 28'd0);
    assume (m_taps[0] == 28'd0 && m_chunks[0] == 28'd0 && m_tiles[0] == 28'd0);
    assume (m_out_row[oy+11'd1] == m_out_row[oy] + 28'(out_row) && m_out_pix[ox+11'd1] == m_out_pix[ox] + 28'(out_pix));
    assume (m_res_row[oy+11'd1] == m_res_row[oy] + 28'(res_row) && m_res_pix[ox+11'd1] == m_res_pix[ox] + 28'(res_pix));
    assume (m_taps[ky+7'd1] == m_taps[ky] + 28'(kw_1) + 28'd1);
    assume (m_chunks[tap+13'd1] == m_chunks[tap] + 28'(nchunk_1) + 28'd1);
    assume (m_tiles[group+13'd1] == m_tiles[group] + tile_rows);
    if (oy <= 11'(out_h_1)) assume (m_out_row[oy] <= m_out_row[11'(out_h_1)] && m_res_row[oy] <= m_res_row[11'(out_h_1)]);
    if (ox <= 11'(out_w_1)) assume (m_out_pix[ox] <= m_out_pix[11'(out_w_1)] && m_res_pix[ox] <= m_res_pix[11'(out_w_1)]);
    if (ky <= 7'(kh_1)) assume (m_taps[ky] <= m_taps[ky+7'd1] && m_taps[ky+7'd1] <= m_taps[7'(kh_1)+7'd1]);
    // 1,023 * 65,535; kh * kw * nchunk at most 2^24; 65,535 rows, if the check lets them pass, and up to 2,048 tiles
    assume (m_out_row[11'(out_h_1)] < 28'h4000000 && m_out_pix[11'(out_w_1)] < 28'h4000000);
    assume (m_res_row[11'(out_h_1)] < 28'h4000000 && m_res_pix[11'(out_w_1)] < 28'h4000000);
    assume (m_chunks[taps] <= 28'h1000000 && (tile_rows >= 28'h10000 || m_tiles[groups_1+13'd1] < 28'h8000000));
    assume (m_taps[7'(kh_1)+7'd1] == m_taps[7'(kh_1)] + 28'(kw_1) + 28'd1 && m_taps[7'(kh_1)+7'd1] <= 28'd4096);
    if (tap < taps) assume (m_chunks[tap] <= m_chunks[tap+13'd1] && m_chunks[tap+13'd1] <= m_chunks[taps]);
    if (group <= groups_1) assume (m_tiles[group] <= m_tiles[group+13'd1] && m_tiles[group+13'd1] <= m_tiles[groups_1+13'd1]);
  end

  // ---- it has passed the check (check.sv)
  logic [27:0] rows_base, rows_end, out_end, res_end;
  logic [27:0] out_last, res_last, out_bytes, res_bytes;  // of the last pixel: where, and how many
  assign rows_base = 28'(insn[tnpu_pkg::F_W_BASE_LSB+:16]) + 28'(add) + 28'(has_params && !own);  // of the first tile; the common parameters come before
  assign rows_end = rows_base + m_tiles[groups_1+13'd1];
  assign out_last = 28'(insn[tnpu_pkg::F_OUT_BASE_LSB+:20]) + m_out_row[11'(out_h_1)] + m_out_pix[11'(out_w_1)];
  assign res_last = 28'(insn[tnpu_pkg::F_RES_BASE_LSB+:20]) + m_res_row[11'(out_h_1)] + m_res_pix[11'(out_w_1)];
  assign out_bytes = 28'(out_c_1) + 28'd1;
  assign res_bytes = scalar ? 28'd1 : (28'(groups_1) + 28'd1) << LOG;
  assign out_end = out_last + out_bytes;
  assign res_end = res_last + res_bytes;
  always_comb begin
    assume (is_conv || is_tap || op == tnpu_pkg::OP_POOL || op == tnpu_pkg::OP_ELTWISE || op == tnpu_pkg::OP_LUT || op == tnpu_pkg::OP_COPY);
    assume ((tnpu_pkg::reserved_mask(op) & insn) == 512'd0);
    assume (window <= 9'd16 && (9'(tile_1) + 9'd1) * window <= 9'd16);
    assume (out_end <= 28'(FMEM_BYTES));
    if (operand) assume (res_end <= 28'(FMEM_BYTES));
    if (is_conv || is_tap || has_params || add) assume (tile_rows < 28'h10000 && rows_end <= 28'(WMEM_ROWS));
    if (dec[tnpu_dec::USE_LUT]) assume (28'(insn[tnpu_pkg::F_LUT_ROW_LSB+:16]) + 28'((256 + 16 * LANES - 1) / (16 * LANES)) <= 28'(WMEM_ROWS));
  end

  // ---- what is offered
  logic [27:0] out_at, res_at, row_at, within;  // within: how many of the tile's weight rows come before this one
  logic [27:0] out_n, res_n;                    // bytes of the pixel up to the last one of this vector
  logic [13:0] left;  // channels
  assign out_at = 28'(insn[tnpu_pkg::F_OUT_BASE_LSB+:20]) + m_out_row[oy] + m_out_pix[ox];
  assign res_at = 28'(insn[tnpu_pkg::F_RES_BASE_LSB+:20]) + m_res_row[oy] + m_res_pix[ox];
  assign within = is_conv ? m_chunks[tap] + 28'(ch) : 28'(tap >> 4);
  assign out_n = 28'(chan) + (left < 14'(LANES) ? 28'(left) : 28'(LANES));
  assign res_n = scalar ? 28'd1 : 28'(chan) + 28'(LANES);
  assign left = 14'(out_c_1) + 14'd1 - 14'(chan);
  // Looked at in the next cycle: then the solver has what holds for the induction, and need not go on from the cycle before
  logic out_fine, res_fine, row_fine, sum_fine, out_fine_q, res_fine_q, row_fine_q, sum_fine_q;
  initial {out_fine_q, res_fine_q, row_fine_q, sum_fine_q} = '1;
  always_ff @(posedge clk_i) {out_fine_q, res_fine_q, row_fine_q, sum_fine_q} <= started_q && valid ? {out_fine, res_fine, row_fine, sum_fine} : 4'hF;
  always_comb begin
    row_at = rows_base + (m_tiles[group] + (28'(own) + within));
    if (p_re) row_at = own ? rows_base + m_tiles[group] : rows_base - 28'd1;
    if (a_re) row_at = 28'(insn[tnpu_pkg::F_W_BASE_LSB+:16]);
    if (t_re) row_at = 28'(insn[tnpu_pkg::F_LUT_ROW_LSB+:16]) + 28'(32'(word) / (LANES < 16 ? LANES : 16));
    out_fine = !mac || (28'(out_addr) == out_at && out_at + out_n <= out_end);
    res_fine = !mac || !operand || (28'(res_addr) == res_at && res_at + res_n <= res_end);
    row_fine = !(w_re || p_re || a_re || t_re) || (28'(row) == row_at && row_at < 28'(WMEM_ROWS));
    sum_fine = !(w_re || p_re || a_re) || (row_at >= 28'(insn[tnpu_pkg::F_W_BASE_LSB+:16]) && row_at < rows_end);
    // step by step
    if (oy <= 11'(out_h_1) && ox <= 11'(out_w_1)) assert (out_at <= out_last && res_at <= res_last);
    if (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0)) assert (out_n <= out_bytes && (res_n <= res_bytes));
    if (ky <= 7'(kh_1) && kx <= 7'(kw_1)) assert (tap < taps);
    if ((is_conv || is_tap) && tap < taps && ch <= 13'(nchunk_1)) assert (within < weights);
    if (group <= groups_1) assert (m_tiles[group] + tile_rows <= m_tiles[groups_1+13'd1]);
    assert (out_fine_q);
    assert (res_fine_q);
    assert (row_fine_q);
    assert (sum_fine_q);
    if (started_q && valid) begin
      if (mac) assert (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0));
      assert (3'(w_re) + 3'(p_re) + 3'(a_re) + 3'(t_re) <= 3'd1);
      cover (fin && out_h_1 == 10'd1 && out_w_1 == 10'd1 && insn[tnpu_pkg::F_TILE_LSB+:4] == 4'd2 && out_c_1 > 13'(LANES) && insn[tnpu_pkg::F_ORDER_LSB]);
      cover (fin && out_h_1 == 10'd1 && out_w_1 == 10'd1 && out_c_1 > 13'(LANES) && !insn[tnpu_pkg::F_ORDER_LSB] && insn[tnpu_pkg::F_POOL_W_LSB+:4] == 4'd1);
      cover (mac && last && 28'(out_addr) + 28'(chan) + 28'(left) == 28'(FMEM_BYTES) && left < 14'(LANES) && oy == 11'd1);
      cover (mac && last && operand && !scalar && 28'(res_addr) + 28'(chan) + 28'(LANES) == 28'(FMEM_BYTES) && oy == 11'd1 && chan != 13'd0);
      cover (mac && last && operand && scalar && 28'(res_addr) == 28'(FMEM_BYTES - 1));
      cover (w_re && is_conv && row_at == 28'(WMEM_ROWS - 1) && ky == 7'd1 && kx == 7'd1 && ch == 13'd1 && group == 13'd1);
      cover (w_re && is_tap && row_at == 28'(WMEM_ROWS - 1) && tap == 13'd16);
      cover (p_re && own && row_at == 28'(WMEM_ROWS - 1));
      cover (p_re && !own && mac);
      cover (p_re && !mac);
      cover (a_re && row_at == 28'(WMEM_ROWS - 1));
      cover (t_re && row_at == 28'(WMEM_ROWS - 1) && word == 4'd15);
    end
  end

  // ---- for the induction
  logic [19:0] out_line, out_here, t_out_line, t_out_here, res_line, res_here, t_res_line, t_res_here;
  logic [RW-1:0] prow_here, wfirst_here, row_here;
  assign out_line = insn[tnpu_pkg::F_OUT_BASE_LSB+:20] + m_out_row[oy][19:0];
  assign out_here = out_line + m_out_pix[ox][19:0];
  assign t_out_line = insn[tnpu_pkg::F_OUT_BASE_LSB+:20] + m_out_row[t_oy][19:0];
  assign t_out_here = t_out_line + m_out_pix[t_ox][19:0];
  assign res_line = insn[tnpu_pkg::F_RES_BASE_LSB+:20] + m_res_row[oy][19:0];
  assign res_here = res_line + m_res_pix[ox][19:0];
  assign t_res_line = insn[tnpu_pkg::F_RES_BASE_LSB+:20] + m_res_row[t_oy][19:0];
  assign t_res_here = t_res_line + m_res_pix[t_ox][19:0];
  assign prow_here = own ? rows_base + m_tiles[group] : rows_base - 28'd1;
  assign wfirst_here = rows_base + m_tiles[group] + 28'(own);
  assign row_here = wfirst_here + (is_conv ? m_chunks[tap] + 28'(ch) + 28'(!\u_walk.pass_start ) :
      is_tap ? (28'(tap) + 28'd15 + 28'(!\u_walk.pass_start )) >> 4 : 28'd0);
  always_comb begin
    if (started_q && valid) begin
      assert (out_addr == \u_walk.h_out && \u_walk.h_oy <= out_h_1 && \u_walk.h_ox <= out_w_1);
      assert (\u_walk.last_oy == (\u_walk.h_oy == 10'd0) && \u_walk.last_ox == (\u_walk.h_ox == 10'd0));
      assert (\u_walk.plane_end == (\u_walk.last_oy && \u_walk.last_ox ) && \u_walk.win_end == (\u_walk.last_wx && \u_walk.last_wy ));
      assert (\u_walk.h_out_line == out_line && \u_walk.h_out == out_here && \u_walk.h_res_line == res_line && \u_walk.h_res == res_here);
      assert (\u_walk.t_oy <= out_h_1 && \u_walk.t_ox <= out_w_1);
      assert (\u_walk.t_last_oy == (\u_walk.t_oy == 10'd0) && \u_walk.t_last_ox == (\u_walk.t_ox == 10'd0));
      assert (\u_walk.t_out_line == t_out_line && \u_walk.t_out == t_out_here && \u_walk.t_res_line == t_res_line && \u_walk.t_res == t_res_here);
      assert (chan <= out_c_1 && chan[LOG-1:0] == LOG'(0) && \u_walk.last_tile_c == (group == groups_1));
      assert (\u_walk.lut_q <= 5'd16 && \u_walk.prelude == (\u_walk.add_q || \u_walk.lut_q != 5'd0));
      if (\u_walk.add_q ) assert (add && \u_walk.lut_q == (dec[tnpu_dec::USE_LUT] ? 5'd16 : 5'd0));
      if (\u_walk.lut_q != 5'd0) assert (dec[tnpu_dec::USE_LUT]);
      assert (\u_walk.ky_q <= kh_1 && \u_walk.kx_q <= kw_1 && \u_walk.ch_q <= nchunk_1);
      assert (\u_walk.last_ky == (\u_walk.ky_q == 6'd0) && \u_walk.last_kx == (\u_walk.kx_q == 6'd0) && \u_walk.last_ch == (\u_walk.ch_q == 12'd0));
      assert (\u_walk.last_pass == (\u_walk.last_ky && \u_walk.last_kx && \u_walk.last_ch ));
      assert (\u_walk.h_wx <= pool_w_1 && \u_walk.h_wy <= pool_h_1 && \u_walk.cnt_q <= tile_1 && \u_walk.full_q == (\u_walk.cnt_q == 4'd0));
      assert (\u_walk.last_wx == (\u_walk.h_wx == 4'd0) && \u_walk.last_wy == (\u_walk.h_wy == 4'd0));
      assert (\u_walk.pass_start == (pixel == 9'd0) && pixel == 9'(\u_walk.pix_q ) && pixel < 9'd16);
      if (\u_walk.pend_q ) assert (has_params);
      if (has_params) assert (\u_walk.prow_q == prow_here);
      assert (\u_walk.wfirst_q == wfirst_here && \u_walk.row_q == row_here);
      if (\u_walk.prelude ) assert (\u_walk.pass_start && tap == 13'd0 && ch == 13'd0);
      if (is_tap) assert (\u_walk.tap_q == tap[3:0]);
    end
  end
endmodule
