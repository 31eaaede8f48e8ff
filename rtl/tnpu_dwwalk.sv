// SPDX-License-Identifier: Apache-2.0
// Walks a 3x3 depthwise convolution (docs/CYCLES.md, 2): input columns stream through the line buffer tick by tick without a gap between rows and
// channel tiles, and the output vectors fall out where their last column has come in.
module tnpu_dwwalk #(
    parameter int LANES = 4
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         en_i,
    input  logic         adv_i,
    input  logic         start_i,
    input  logic         kill_i,
    input  logic [511:0] insn_i,
    output logic         valid_o,
    output logic         tick_o,      // an input column (else only a weight-memory row, or the table)
    output logic [19:0]  y_o,         // signed: upper row of the sweep
    output logic [27:0]  pos_o,       // byte position of the column, channel offset included
    output logic         row0_o,      // upper row is to be read
    output logic         row1_o,      // lower row (stride 2)
    output logic [6:0]   col_o,       // line-buffer column
    output logic         emit_o,      // an output vector is complete with this column
    output logic [2:0]   rows_ok_o,   // rows of its window that are inside the input
    output logic [2:0]   cols_ok_o,
    output logic         w_re_o,
    output logic         p_re_o,
    output logic         t_re_o,
    output logic [3:0]   t_word_o,
    output logic [15:0]  row_o,
    output logic [3:0]   slot_o,
    output logic [19:0]  out_addr_o,  // without the channel offset
    output logic [12:0]  chan_o,      // first channel of the vector
    output logic         fin_o
);
  localparam int ROWLANES = (LANES < 16) ? LANES : 16;

  logic has_params, own_params, use_lut, pad_y, pad_x, s2;
  logic [9:0] f_in_h, f_in_w, f_out_h, f_out_w;
  logic [12:0] f_out_c;
  logic [15:0] f_w_base, f_in_xstep, f_out_row, f_out_pix, f_lut_row;
  logic [19:0] f_out_base;
  assign has_params = insn_i[tnpu_pkg::F_REQUANT_LSB+:2] != 0;
  assign own_params = has_params && !insn_i[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign use_lut = insn_i[tnpu_pkg::F_LUT_LSB];
  assign pad_y = insn_i[tnpu_pkg::F_PAD_Y_LSB];
  assign pad_x = insn_i[tnpu_pkg::F_PAD_XB_LSB];
  assign s2 = insn_i[tnpu_pkg::F_STRIDE_Y_LSB+1];
  assign f_in_h = insn_i[tnpu_pkg::F_IN_H_LSB+:10];
  assign f_in_w = insn_i[tnpu_pkg::F_IN_W_LSB+:10];
  assign f_out_h = insn_i[tnpu_pkg::F_OUT_H_LSB+:10];
  assign f_out_w = insn_i[tnpu_pkg::F_OUT_W_LSB+:10];
  assign f_out_c = insn_i[tnpu_pkg::F_OUT_C_LSB+:13];
  assign f_w_base = insn_i[tnpu_pkg::F_W_BASE_LSB+:16];
  assign f_in_xstep = insn_i[tnpu_pkg::F_IN_XSTEP_LSB+:16];
  assign f_out_row = insn_i[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign f_out_pix = insn_i[tnpu_pkg::F_OUT_PIX_LSB+:16];
  assign f_lut_row = insn_i[tnpu_pkg::F_LUT_ROW_LSB+:16];
  assign f_out_base = insn_i[tnpu_pkg::F_OUT_BASE_LSB+:20];

  // Sweep in which output row 0 is made, and the last sweep that reads (docs/CYCLES.md: rs, NS - 1)
  logic [11:0] first_made, last_made, last_sweep;
  assign first_made = s2 ? 12'd1 - 12'(pad_y) : 12'd2 - 12'(pad_y);
  assign last_made = first_made + 12'(f_out_h);
  assign last_sweep = (!s2 && last_made > 12'(f_in_h)) ? 12'(f_in_h) : last_made;

  // ---- ticks: tile, sweep, column
  logic        run_q;
  logic [4:0]  lut_q;
  logic [11:0] tile_q, sweep_q;
  logic [9:0]  x_q;
  logic [12:0] chan_q;   // first channel of the tile being read
  logic        live_q;   // there is one
  logic [27:0] pos_q;
  // ---- the next output vector: tile, row, column, and the tick that makes it
  logic [11:0] e_tile_q, e_made_q;
  logic [9:0]  e_ox_q, e_oy_q;
  logic [11:0] e_col_q;           // ox * s + 2 - pad
  logic [12:0] e_chan_q;
  logic [19:0] out_q, out_line_q;
  logic [11:0] iy_q, ix_q;        // first row and column of its window, signed
  logic [15:0] wrow_q, prow_q;
  logic        pend_q, last_chan;
  logic [3:0]  slot_q;

  logic past_row, past_col;       // made by the first sweep of the next tile; by the first column of the next sweep
  logic [11:0] at_tile_r, at_sweep_r, at_tile, at_sweep, at_col;
  assign past_row = e_made_q > last_sweep;
  assign past_col = e_col_q > 12'(f_in_w);
  assign at_tile_r = e_tile_q + 12'(past_row);
  assign at_sweep_r = past_row ? 12'd0 : e_made_q;
  always_comb begin
    at_tile = at_tile_r;
    at_sweep = at_sweep_r;
    at_col = e_col_q;
    if (past_col) begin
      at_col = 12'd0;
      if (at_sweep_r == last_sweep) begin
        at_sweep = 12'd0;
        at_tile  = at_tile_r + 12'd1;
      end else begin
        at_sweep = at_sweep_r + 12'd1;
      end
    end
  end

  logic prelude, emit, first_vec, last_ox, last_oy, single, bubble;
  assign prelude = lut_q != 0;
  assign emit = tile_q == at_tile && sweep_q == at_sweep && 12'(x_q) == at_col;
  assign first_vec = e_ox_q == 0 && e_oy_q == 0;
  assign last_ox = e_ox_q == f_out_w;
  assign last_oy = e_oy_q == f_out_h;
  assign single = f_out_w == 0 && f_out_h == 0;
  assign last_chan = 14'(e_chan_q) + 14'(LANES) > 14'(f_out_c);
  // A tile's parameter row is read with the tick after its first vector; where that is its only vector, before it
  logic p_due_q;
  assign bubble = emit && first_vec && single && pend_q;

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
  assign rows_ok_o = {iy_q + 12'd2 <= 12'(f_in_h), iy_q + 12'd1 <= 12'(f_in_h), !iy_q[11]};
  assign cols_ok_o = {ix_q + 12'd2 <= 12'(f_in_w), ix_q + 12'd1 <= 12'(f_in_w), !ix_q[11]};
  assign w_re_o = emit_o && first_vec;
  assign p_re_o = !prelude && (bubble || p_due_q);
  assign t_re_o = prelude;
  assign t_word_o = 4'(5'd16 - lut_q);
  assign row_o = prelude ? f_lut_row + 16'(32'(t_word_o) / ROWLANES) : p_re_o ? prow_q : wrow_q;
  assign slot_o = slot_q;
  assign out_addr_o = out_q;
  assign chan_o = e_chan_q;
  assign fin_o = emit_o && last_ox && last_oy && last_chan;

  logic last_x, last_s;
  assign last_x = x_q == f_in_w;
  assign last_s = sweep_q == last_sweep;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
    end else if (en_i) begin
      if (kill_i) begin
        run_q <= 1'b0;
      end else if (start_i) begin
        run_q      <= 1'b1;
        lut_q      <= use_lut ? 5'd16 : 5'd0;
        tile_q     <= 12'd0;
        sweep_q    <= 12'd0;
        x_q        <= 10'd0;
        chan_q     <= 13'd0;
        live_q     <= 1'b1;
        pos_q      <= 28'd0;
        e_tile_q   <= 12'd0;
        e_made_q   <= first_made;
        e_ox_q     <= 10'd0;
        e_oy_q     <= 10'd0;
        e_col_q    <= 12'd2 - 12'(pad_x);
        e_chan_q   <= 13'd0;
        out_q      <= f_out_base;
        out_line_q <= f_out_base;
        iy_q       <= 12'd0 - 12'(pad_y);
        ix_q       <= 12'd0 - 12'(pad_x);
        prow_q     <= f_w_base;
        wrow_q     <= f_w_base + 16'(has_params);
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
            sweep_q <= last_s ? 12'd0 : sweep_q + 12'd1;
            if (last_s) begin
              tile_q <= tile_q + 12'd1;
              chan_q <= chan_q + 13'(LANES);
              pos_q  <= 28'(chan_q) + 28'(LANES);
              if (14'(chan_q) + 14'(LANES) > 14'(f_out_c)) live_q <= 1'b0;
            end
          end
        end
        if (emit_o) begin
          if (first_vec && pend_q && !single) p_due_q <= 1'b1;
          if (fin_o) run_q <= 1'b0;
          if (!last_ox) begin
            e_ox_q  <= e_ox_q + 10'd1;
            e_col_q <= e_col_q + (s2 ? 12'd2 : 12'd1);
            ix_q    <= ix_q + (s2 ? 12'd2 : 12'd1);
            out_q   <= out_q + 20'(f_out_pix);
          end else begin
            e_ox_q     <= 10'd0;
            e_col_q    <= 12'd2 - 12'(pad_x);
            ix_q       <= 12'd0 - 12'(pad_x);
            out_q      <= out_line_q + 20'(f_out_row);
            out_line_q <= out_line_q + 20'(f_out_row);
            if (!last_oy) begin
              e_oy_q   <= e_oy_q + 10'd1;
              e_made_q <= e_made_q + 12'd1;
              iy_q     <= iy_q + (s2 ? 12'd2 : 12'd1);
            end else begin
              e_oy_q     <= 10'd0;
              e_made_q   <= first_made;
              iy_q       <= 12'd0 - 12'(pad_y);
              e_tile_q   <= e_tile_q + 12'd1;
              e_chan_q   <= e_chan_q + 13'(LANES);
              out_q      <= f_out_base;
              out_line_q <= f_out_base;
              wrow_q     <= wrow_q + 16'd1 + 16'(own_params);
              if (own_params) begin
                prow_q <= wrow_q + 16'd1;
                pend_q <= 1'b1;
                slot_q <= slot_q + 4'd1;
              end
            end
          end
        end
      end
    end
  end

  logic unused;
  assign unused = ^{insn_i, x_q[9:7]};
endmodule
