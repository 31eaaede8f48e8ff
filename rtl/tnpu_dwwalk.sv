// SPDX-License-Identifier: Apache-2.0
// Walks a 3x3 depthwise convolution (docs/CYCLES.md, 2): input columns stream through the line buffer tick by tick without a gap between rows and
// channel tiles, and the output vectors fall out where their last column has come in.
module tnpu_dwwalk #(
    parameter int LANES = 4,
    parameter int RW = 10  // bits of a weight-memory row
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         en_i,
    input  logic         adv_i,
    input  logic         start_i,
    input  logic [511:0] insn_i,
    input  logic [tnpu_dec::BITS-1:0] dec_i,
    output logic         valid_o,
    output logic         tick_o,      // an input column (else only a weight-memory row, or the table)
    output logic [19:0]  y_o,         // signed: upper row of the sweep
    output logic [27:0]  pos_o,       // byte position of the column, channel offset included
    output logic         row0_o,      // upper row is to be read
    output logic         row1_o,      // lower row (stride 2)
    output logic [6:0]   col_o,       // line-buffer column
    output logic         emit_o,      // an output vector is complete with this column
    output logic [1:0]   rows_ok_o,   // upper and lower row of its window are inside the input, as the middle one always is (FIELD)
    output logic [1:0]   cols_ok_o,   // left and right column
    output logic         w_re_o,
    output logic         p_re_o,
    output logic         t_re_o,
    output logic [3:0]   t_word_o,
    output logic [RW-1:0] row_o,
    output logic [3:0]   slot_o,
    output logic [19:0]  out_addr_o,  // without the channel offset
    output logic [12:0]  chan_o,      // first channel of the vector
    output logic         fin_o
);
  localparam int ROWLANES = (LANES < 16) ? LANES : 16;

  logic has_params, own_params, use_lut, pad_y, pad_x, s2;
  logic [9:0] f_in_h, f_in_w, f_out_h, f_out_w;
  logic [12:0] f_out_c;
  logic [15:0] f_in_xstep, f_out_row, f_out_pix;
  logic [RW-1:0] f_w_base, f_lut_row;
  logic [19:0] f_out_base;
  assign has_params = dec_i[tnpu_dec::HAS_PARAMS];
  assign own_params = dec_i[tnpu_dec::OWN_PARAMS];
  assign use_lut = dec_i[tnpu_dec::USE_LUT];
  assign pad_y = insn_i[tnpu_pkg::F_PAD_Y_LSB];
  assign pad_x = insn_i[tnpu_pkg::F_PAD_XB_LSB];
  assign s2 = insn_i[tnpu_pkg::F_STRIDE_Y_LSB+1];
  assign f_in_h = insn_i[tnpu_pkg::F_IN_H_LSB+:10];
  assign f_in_w = insn_i[tnpu_pkg::F_IN_W_LSB+:10];
  assign f_out_h = insn_i[tnpu_pkg::F_OUT_H_LSB+:10];
  assign f_out_w = insn_i[tnpu_pkg::F_OUT_W_LSB+:10];
  assign f_out_c = insn_i[tnpu_pkg::F_OUT_C_LSB+:13];
  assign f_w_base = insn_i[tnpu_pkg::F_W_BASE_LSB+:RW];
  assign f_in_xstep = insn_i[tnpu_pkg::F_IN_XSTEP_LSB+:16];
  assign f_out_row = insn_i[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign f_out_pix = insn_i[tnpu_pkg::F_OUT_PIX_LSB+:16];
  assign f_lut_row = insn_i[tnpu_pkg::F_LUT_ROW_LSB+:RW];
  assign f_out_base = insn_i[tnpu_pkg::F_OUT_BASE_LSB+:20];

  logic [11:0] first_made, last_sweep;
  logic late_row, late_col, single;  // single: a tile has one output vector
  assign first_made = 12'(dec_i[tnpu_dec::FIRST_MADE+:2]);
  assign last_sweep = dec_i[tnpu_dec::LAST_SWEEP+:12];
  assign late_row = dec_i[tnpu_dec::LATE_ROW];
  assign late_col = dec_i[tnpu_dec::LATE_COL];
  assign single = dec_i[tnpu_dec::NO_OUT_W] && dec_i[tnpu_dec::NO_OUT_H];

  // ---- ticks: tile, sweep, column
  logic        run_q;
  logic [4:0]  lut_q;
  logic [1:0]  tile_q;   // modulo 4: at most 2 behind that of the next output vector
  logic [11:0] sweep_q;
  logic [9:0]  x_q;
  logic [12:0] chan_q;   // first channel of the tile being read
  logic        live_q;   // there is one
  logic [27:0] pos_q;
  // ---- the next output vector: tile, rows and columns left after its own, and the tick that makes it
  logic [1:0]  e_tile_q, at_tile_q;
  logic [11:0] e_made_q, at_sweep_q, at_col_q;
  logic [9:0]  ox_left_q, oy_left_q;
  logic        first_vec_q, last_ox_q, last_oy_q;
  logic [11:0] e_col_q;           // ox * s + 2 - pad
  logic [12:0] e_chan_q;
  logic [19:0] out_q, out_line_q;
  logic [11:0] iy_q, ix_q;        // first row and column of its window, signed
  logic [RW-1:0] wrow_q, prow_q;
  logic        pend_q, last_chan;
  logic [3:0]  slot_q;

  // The vector after it (at the start: the first one), and the tick that makes that
  logic [1:0] n_tile, tile_r;
  logic [11:0] n_made, n_col, sweep_r;
  logic [9:0] n_ox_left, n_oy_left;
  logic n_last_ox, n_last_oy, n_past_row, n_past_col, wrap, new_row, new_tile;
  assign new_row = start_i || last_ox_q;
  assign new_tile = start_i || (last_ox_q && last_oy_q);
  assign n_ox_left = new_row ? f_out_w : ox_left_q - 10'd1;
  assign n_last_ox = new_row ? dec_i[tnpu_dec::NO_OUT_W] : ox_left_q == 10'd1;
  assign n_col = new_row ? 12'd2 - 12'(pad_x) : e_col_q + (s2 ? 12'd2 : 12'd1);
  assign n_oy_left = new_tile ? f_out_h : new_row ? oy_left_q - 10'd1 : oy_left_q;
  assign n_last_oy = new_tile ? dec_i[tnpu_dec::NO_OUT_H] : new_row ? oy_left_q == 10'd1 : last_oy_q;
  assign n_made = new_tile ? first_made : new_row ? e_made_q + 12'd1 : e_made_q;
  assign n_tile = start_i ? 2'd0 : e_tile_q + 2'(new_tile);
  assign n_past_row = n_last_oy && late_row;
  assign n_past_col = n_last_ox && late_col;
  assign tile_r = n_tile + 2'(n_past_row);
  assign sweep_r = n_past_row ? 12'd0 : n_made;
  assign wrap = sweep_r == last_sweep;

  logic prelude, emit, bubble;
  assign prelude = lut_q != 0;
  assign emit = tile_q == at_tile_q && sweep_q == at_sweep_q && 12'(x_q) == at_col_q;
  assign last_chan = 14'(e_chan_q) + 14'(LANES) > 14'(f_out_c);
  // A tile's parameter row is read with the tick after its first vector; where that is its only vector, before it
  logic p_due_q;
  assign bubble = emit && single && pend_q;

  logic [11:0] y0, y1;
  assign y0 = s2 ? {sweep_q[10:0], 1'b0} + 12'(pad_y) - 12'd1 : sweep_q;
  assign y1 = y0 + 12'd1;
  assign valid_o = run_q;
  assign tick_o = !prelude && !bubble;
  assign y_o = 20'($signed(y0));
  assign pos_o = pos_q;
  assign row0_o = live_q && !y0[11] && y0 <= 12'(f_in_h);
  assign row1_o = live_q && s2 && y1 <= 12'(f_in_h);
  assign col_o = x_q[6:0];
  assign emit_o = tick_o && emit;
  assign rows_ok_o = {iy_q + 12'd2 <= 12'(f_in_h), !iy_q[11]};
  assign cols_ok_o = {ix_q + 12'd2 <= 12'(f_in_w), !ix_q[11]};
  assign w_re_o = emit_o && first_vec_q;
  assign p_re_o = !prelude && (bubble || p_due_q);
  assign t_re_o = prelude;
  assign t_word_o = 4'(5'd16 - lut_q);
  assign row_o = prelude ? f_lut_row + RW'(32'(t_word_o) / ROWLANES) : (p_due_q || (single && pend_q)) ? prow_q : wrow_q;
  assign slot_o = slot_q;
  assign out_addr_o = out_q;
  assign chan_o = e_chan_q;
  assign fin_o = emit_o && last_ox_q && last_oy_q && last_chan;

  logic last_x, last_sw;
  assign last_x = x_q == f_in_w;
  assign last_sw = sweep_q == last_sweep;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
    end else if (en_i) begin
      if (start_i) begin
        run_q      <= 1'b1;
        lut_q      <= use_lut ? 5'd16 : 5'd0;
        tile_q     <= 2'd0;
        sweep_q    <= 12'd0;
        x_q        <= 10'd0;
        chan_q     <= 13'd0;
        live_q     <= 1'b1;
        pos_q      <= 28'd0;
        e_chan_q   <= 13'd0;
        out_q      <= f_out_base;
        out_line_q <= f_out_base;
        iy_q       <= 12'd0 - 12'(pad_y);
        ix_q       <= 12'd0 - 12'(pad_x);
        prow_q     <= f_w_base;
        wrow_q     <= f_w_base + RW'(has_params);
        pend_q     <= has_params;
        p_due_q    <= 1'b0;
        slot_q     <= 4'd0;
      end else if (run_q && adv_i) begin
        if (prelude) lut_q <= lut_q - 5'd1;
        if (p_re_o) begin
          pend_q  <= 1'b0;
          p_due_q <= 1'b0;
        end
        if (tick_o) begin
          x_q   <= last_x ? 10'd0 : x_q + 10'd1;
          pos_q <= last_x ? 28'(chan_q) : pos_q + 28'(f_in_xstep);
          if (last_x) begin
            sweep_q <= last_sw ? 12'd0 : sweep_q + 12'd1;
            if (last_sw) begin
              tile_q <= tile_q + 2'd1;
              chan_q <= chan_q + 13'(LANES);
              pos_q  <= 28'(chan_q) + 28'(LANES);
              if (14'(chan_q) + 14'(LANES) > 14'(f_out_c)) live_q <= 1'b0;
            end
          end
        end
        if (emit_o) begin
          if (first_vec_q && pend_q && !single) p_due_q <= 1'b1;
          if (fin_o) run_q <= 1'b0;
          if (!last_ox_q) begin
            ix_q  <= ix_q + (s2 ? 12'd2 : 12'd1);
            out_q <= out_q + 20'(f_out_pix);
          end else begin
            ix_q       <= 12'd0 - 12'(pad_x);
            out_q      <= out_line_q + 20'(f_out_row);
            out_line_q <= out_line_q + 20'(f_out_row);
            if (!last_oy_q) begin
              iy_q <= iy_q + (s2 ? 12'd2 : 12'd1);
            end else begin
              iy_q       <= 12'd0 - 12'(pad_y);
              e_chan_q   <= e_chan_q + 13'(LANES);
              out_q      <= f_out_base;
              out_line_q <= f_out_base;
              wrow_q     <= wrow_q + RW'(1) + RW'(own_params);
              if (own_params) begin
                prow_q <= wrow_q + RW'(1);
                pend_q <= 1'b1;
                slot_q <= slot_q + 4'd1;
              end
            end
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (en_i && (start_i || (run_q && adv_i && emit_o))) begin
      e_tile_q    <= n_tile;
      e_made_q    <= n_made;
      e_col_q     <= n_col;
      ox_left_q   <= n_ox_left;
      oy_left_q   <= n_oy_left;
      first_vec_q <= new_tile;
      last_ox_q   <= n_last_ox;
      last_oy_q   <= n_last_oy;
      at_tile_q   <= tile_r + 2'(n_past_col && wrap);
      at_sweep_q  <= !n_past_col ? sweep_r : wrap ? 12'd0 : sweep_r + 12'd1;
      at_col_q    <= n_past_col ? 12'd0 : n_col;
    end
  end

  logic unused;
  assign unused = ^{insn_i, dec_i, x_q[9:7]};
endmodule
