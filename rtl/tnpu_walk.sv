// SPDX-License-Identifier: Apache-2.0
// Walks the loops of CONV and the vector instructions (docs/ISA.md, 2.1 and 2.7): one read of the input a cycle, with the
// weight-memory row, accumulator and addresses that go with it. The reads before the loops (addition row, table) come from here too.
module tnpu_walk #(
    parameter int LANES = 4,
    parameter int RW = 10  // bits of a weight-memory row
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         en_i,        // time passes
    input  logic         adv_i,       // the issue stage takes what is offered
    input  logic         start_i,     // insn_i is new
    input  logic [511:0] insn_i,
    input  logic [tnpu_dec::BITS-1:0] dec_i,
    // what is offered
    output logic         valid_o,
    output logic         mac_o,       // a read of the input (else only a weight-memory row)
    output logic [19:0]  y_o,         // signed row and byte position of the read
    output logic [27:0]  pos_o,
    output logic         first_o,     // first read of its accumulator
    output logic         last_o,      // last one
    output logic         phase_o,     // first read of a pixel tile's last phase
    output logic [3:0]   pix_o,       // accumulator
    output logic [3:0]   tap_o,       // DWTAP: byte of the weight row
    output logic         w_re_o,      // read row_o as weights
    output logic         p_re_o,      // read row_o as parameters
    output logic         a_re_o,      // read row_o as addition row
    output logic         t_re_o,      // read row_o for the table's word t_word_o
    output logic [3:0]   t_word_o,
    output logic [RW-1:0] row_o,
    output logic [3:0]   slot_o,      // parameter slot of the tile
    output logic [19:0]  out_addr_o,  // without the channel offset
    output logic [19:0]  res_addr_o,
    output logic [12:0]  chan_o,      // first channel of the tile
    output logic         pool_first_o,
    output logic         pool_last_o,
    output logic         fin_o,       // last vector of the instruction
    output logic         rel_o,       // publish y_rel_o as first row still needed
    output logic [19:0]  y_rel_o
);
  localparam int ROWLANES = (LANES < 16) ? LANES : 16;  // table words a weight-memory row

  // ---- fields of the instruction
  logic is_conv, is_tap, has_w, vec, own_params, has_params, shared, order, add_mode, use_lut;
  assign is_conv = dec_i[tnpu_dec::CONV];
  assign is_tap = dec_i[tnpu_dec::TAP];
  assign vec = dec_i[tnpu_dec::VEC];
  assign has_w = dec_i[tnpu_dec::HAS_W];
  assign has_params = dec_i[tnpu_dec::HAS_PARAMS];
  assign shared = insn_i[tnpu_pkg::F_PARAM_SHARED_LSB];
  assign own_params = dec_i[tnpu_dec::OWN_PARAMS];
  assign order = insn_i[tnpu_pkg::F_ORDER_LSB];
  assign add_mode = dec_i[tnpu_dec::ADD];
  assign use_lut = dec_i[tnpu_dec::USE_LUT];
  logic [3:0] f_pad_y, f_stride_y, f_dil_y, f_pool_w, f_pool_h, f_tile;
  logic [15:0] f_in_xstep, f_pad_xb, f_in_wxstep, f_kxstep, f_out_row, f_out_pix, f_res_row, f_res_pix;
  logic [RW-1:0] f_w_base, f_lut_row;
  logic [5:0] f_kh, f_kw;
  logic [11:0] f_nchunk;
  logic [7:0] f_in_wystep;
  logic [12:0] f_out_c;
  logic [19:0] f_out_base, f_res_base;
  logic [9:0] f_out_w, f_out_h;
  assign f_pad_y = insn_i[tnpu_pkg::F_PAD_Y_LSB+:4];
  assign f_stride_y = insn_i[tnpu_pkg::F_STRIDE_Y_LSB+:4];
  assign f_dil_y = insn_i[tnpu_pkg::F_DIL_Y_LSB+:4];
  assign f_pool_w = insn_i[tnpu_pkg::F_POOL_W_LSB+:4];
  assign f_pool_h = insn_i[tnpu_pkg::F_POOL_H_LSB+:4];
  assign f_tile = insn_i[tnpu_pkg::F_TILE_LSB+:4];
  assign f_in_xstep = insn_i[tnpu_pkg::F_IN_XSTEP_LSB+:16];
  assign f_pad_xb = insn_i[tnpu_pkg::F_PAD_XB_LSB+:16];
  assign f_in_wxstep = insn_i[tnpu_pkg::F_IN_WXSTEP_LSB+:16];
  assign f_kxstep = insn_i[tnpu_pkg::F_KXSTEP_LSB+:16];
  assign f_kh = insn_i[tnpu_pkg::F_KH_LSB+:6];
  assign f_kw = insn_i[tnpu_pkg::F_KW_LSB+:6];
  assign f_nchunk = insn_i[tnpu_pkg::F_NCHUNK_LSB+:12];
  assign f_in_wystep = insn_i[tnpu_pkg::F_IN_WYSTEP_LSB+:8];
  assign f_w_base = insn_i[tnpu_pkg::F_W_BASE_LSB+:RW];
  assign f_out_c = insn_i[tnpu_pkg::F_OUT_C_LSB+:13];
  assign f_out_base = insn_i[tnpu_pkg::F_OUT_BASE_LSB+:20];
  assign f_out_w = insn_i[tnpu_pkg::F_OUT_W_LSB+:10];
  assign f_out_h = insn_i[tnpu_pkg::F_OUT_H_LSB+:10];
  assign f_out_row = insn_i[tnpu_pkg::F_OUT_ROW_LSB+:16];
  assign f_out_pix = insn_i[tnpu_pkg::F_OUT_PIX_LSB+:16];
  assign f_res_base = insn_i[tnpu_pkg::F_RES_BASE_LSB+:20];
  assign f_res_row = insn_i[tnpu_pkg::F_RES_ROW_LSB+:16];
  assign f_res_pix = insn_i[tnpu_pkg::F_RES_PIX_LSB+:16];
  assign f_lut_row = insn_i[tnpu_pkg::F_LUT_ROW_LSB+:RW];

  // ---- state: where the walk is
  // (h: this read's pixel, t: first pixel of the pixel tile, n: the pixel after this one). Loops count down what is left, and that a loop is
  // at its last step is a register of its own: comparisons would be too slow.
  logic [3:0] h_wx, h_wy, n_wx, n_wy;                    // left in the pooling window; a pixel tile starts with a window
  logic [9:0] h_ox, h_oy, t_ox, t_oy, n_ox, n_oy;        // output pixels and rows left
  logic last_wx, last_wy, n_last_wx, n_last_wy, last_ox, last_oy, t_last_ox, t_last_oy, n_last_ox, n_last_oy;
  logic win_start, n_win_start;                          // first pixel of its window
  logic [19:0] h_y, h_y_win, t_y, n_y, n_y_win;          // input row of kernel row 0; the same at wy = 0
  logic [27:0] h_pos, h_pos_win, t_pos, n_pos, n_pos_win;  // byte position of kernel column 0, channel 0; the same at wx = 0
  logic [19:0] h_out, h_out_line, t_out, t_out_line, n_out, n_out_line;  // write address; the same at ox = 0
  logic [19:0] h_res, h_res_line, t_res, t_res_line, n_res, n_res_line;  // second operand's
  logic        run_q, add_q;      // offering; addition row still to read
  logic [4:0]  lut_q;             // table words still to read
  logic [12:0] chan_q;            // first channel of the tile
  logic [RW-1:0] row_q, wfirst_q, prow_q;  // next weight row; first of the tile; parameter row
  logic [5:0]  ky_q, kx_q;        // kernel rows, columns, chunks left
  logic [11:0] ch_q;
  logic        last_ky, last_kx, last_ch, first_pass;
  logic [3:0]  pix_q, cnt_q, tap_q;  // accumulator; output pixels left in the tile; kernel tap modulo 16
  logic        full_q, last_tile_c;  // the last output pixel of a whole tile; the tile holds the last channel
  logic [9:0]  ky_off_q;          // ky * dil_y
  logic [27:0] kx_off_q, k_off_q; // kx * kxstep; with the chunk
  logic        pend_q;            // the tile's parameter row is still to be read
  logic [3:0]  slot_q;

  // ---- the pixel after this one, in raster order with the pooling window inside
  logic win_end, plane_end, raster_end, tile_end;  // the first two: registers, last_wx && last_wy, last_ox && last_oy
  assign raster_end = win_end && plane_end;
  assign tile_end = win_end && (full_q || plane_end);

  logic [27:0] pos_0;  // position of column 0
  logic [19:0] y_0;
  assign pos_0 = 28'd0 - 28'(f_pad_xb);
  assign y_0 = 20'd0 - 20'(f_pad_y);
  always_comb begin
    n_wx = f_pool_w;
    n_last_wx = dec_i[tnpu_dec::NO_POOL_W];
    n_wy = f_pool_h;
    n_last_wy = dec_i[tnpu_dec::NO_POOL_H];
    n_win_start = win_end;
    n_ox = h_ox;
    n_last_ox = last_ox;
    n_oy = h_oy;
    n_last_oy = last_oy;
    n_y = h_y;
    n_y_win = h_y_win;
    n_pos = h_pos_win;
    n_pos_win = h_pos_win;
    n_out = h_out;
    n_out_line = h_out_line;
    n_res = h_res;
    n_res_line = h_res_line;
    if (!last_wx) begin
      n_wx = h_wx - 4'd1;
      n_last_wx = h_wx == 4'd1;
      n_wy = h_wy;
      n_last_wy = last_wy;
      n_pos = h_pos + 28'(f_in_xstep);
    end else if (!last_wy) begin
      n_wy = h_wy - 4'd1;
      n_last_wy = h_wy == 4'd1;
      n_y = h_y + 20'(f_stride_y);
    end else if (!last_ox) begin
      n_ox = h_ox - 10'd1;
      n_last_ox = h_ox == 10'd1;
      n_pos_win = h_pos_win + 28'(f_in_wxstep);
      n_pos = n_pos_win;
      n_y = h_y_win;
      n_out = h_out + 20'(f_out_pix);
      n_res = h_res + 20'(f_res_pix);
    end else begin
      n_ox = f_out_w;
      n_last_ox = dec_i[tnpu_dec::NO_OUT_W];
      n_oy = h_oy - 10'd1;
      n_last_oy = h_oy == 10'd1;
      n_pos = pos_0;
      n_pos_win = pos_0;
      n_y_win = h_y_win + 20'(f_in_wystep);
      n_y = n_y_win;
      n_out_line = h_out_line + 20'(f_out_row);
      n_out = n_out_line;
      n_res_line = h_res_line + 20'(f_res_row);
      n_res = n_res_line;
    end
  end

  // ---- kernel loops
  logic last_pass, pass_start;  // registers: last_ch && last_kx && last_ky; pix_q == 0

  // A parameter row is read with the first read that needs no weight row, or before a pixel tile that has none
  logic one_pixel, prelude, bubble, w_re, p_re;  // prelude: a register, add_q || lut_q != 0
  assign one_pixel = tile_end && pass_start;
  assign w_re = has_w && pass_start && (is_conv || tap_q == 0);
  assign bubble = pend_q && first_pass && one_pixel && (is_conv || (is_tap && last_pass));
  assign p_re = pend_q && (bubble || !w_re);

  assign valid_o = run_q;
  assign mac_o = !prelude && !bubble;
  assign y_o = h_y + 20'(ky_off_q);
  assign pos_o = h_pos + k_off_q + (vec ? 28'(chan_q) : 28'd0);
  assign first_o = first_pass;
  assign last_o = last_pass;
  assign phase_o = mac_o && last_pass && pass_start;
  assign pix_o = pix_q;
  assign tap_o = is_tap ? tap_q : 4'd0;  // without weights the lane multiplies byte 0 by one
  assign w_re_o = mac_o && w_re;
  assign p_re_o = !prelude && p_re;
  assign a_re_o = add_q;
  assign t_re_o = prelude && !add_q;
  assign t_word_o = 4'(5'd16 - lut_q);
  always_comb begin
    if (add_q) row_o = f_w_base;
    else if (prelude) row_o = f_lut_row + RW'(32'(t_word_o) / ROWLANES);
    else if (p_re) row_o = prow_q;
    else row_o = row_q;
  end
  assign slot_o = slot_q;
  assign out_addr_o = h_out;
  assign res_addr_o = h_res;
  assign chan_o = chan_q;
  assign pool_first_o = win_start;
  assign pool_last_o = win_end;
  assign fin_o = mac_o && last_pass && raster_end && last_tile_c;
  assign rel_o = mac_o && first_pass && pass_start && (order || last_tile_c);
  assign y_rel_o = h_y;

  // ---- next state
  logic [RW-1:0] row_next, row_base;
  assign row_next = row_q + RW'(w_re);
  assign row_base = f_w_base + RW'(add_mode);
  logic go_pixel_tile, go_first_tile, go_next_tile;  // what follows the end of a tile's last pass
  assign go_next_tile  = order ? !last_tile_c : raster_end;
  assign go_first_tile = order && last_tile_c;
  assign go_pixel_tile = !go_next_tile;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q <= 1'b0;
    end else if (en_i) begin
      if (start_i) begin
        run_q    <= 1'b1;
        add_q    <= add_mode;
        prelude  <= add_mode || use_lut;
        lut_q    <= use_lut ? 5'd16 : 5'd0;
        chan_q   <= 13'd0;
        prow_q   <= row_base;
        row_q    <= row_base + RW'(has_params);
        wfirst_q <= row_base + RW'(has_params);
        ky_q     <= f_kh;
        last_ky  <= dec_i[tnpu_dec::NO_KH];
        kx_q     <= f_kw;
        last_kx  <= dec_i[tnpu_dec::NO_KW];
        ch_q     <= f_nchunk;
        last_ch  <= dec_i[tnpu_dec::NO_CHUNK];
        last_pass <= dec_i[tnpu_dec::NO_CHUNK] && dec_i[tnpu_dec::NO_KW] && dec_i[tnpu_dec::NO_KH];
        first_pass  <= 1'b1;
        last_tile_c <= dec_i[tnpu_dec::ONE_TILE];
        pix_q    <= 4'd0;
        pass_start <= 1'b1;
        cnt_q    <= f_tile;
        full_q   <= dec_i[tnpu_dec::NO_TILE];
        tap_q    <= 4'd0;
        ky_off_q <= 10'd0;
        kx_off_q <= 28'd0;
        k_off_q  <= 28'd0;
        pend_q   <= has_params;
        slot_q   <= 4'd0;
      end else if (run_q && adv_i) begin
        if (prelude) begin
          add_q   <= 1'b0;
          prelude <= add_q ? use_lut : lut_q != 5'd1;
          if (!add_q) lut_q <= lut_q - 5'd1;
        end
        if (p_re_o) pend_q <= 1'b0;
        if (mac_o) begin
          if (w_re) row_q <= row_next;
          if (!tile_end) begin
            // next pixel of the tile
            pix_q <= pix_q + 4'd1;
            pass_start <= 1'b0;
            if (win_end) begin
              cnt_q  <= cnt_q - 4'd1;
              full_q <= cnt_q == 4'd1;
            end
          end else begin
            pix_q  <= 4'd0;
            pass_start <= 1'b1;
            cnt_q  <= f_tile;
            full_q <= dec_i[tnpu_dec::NO_TILE];
            first_pass <= last_pass;
            if (!last_pass) begin
              // next chunk, kernel column or kernel row of the same pixels
              if (!last_ch) begin
                ch_q    <= ch_q - 12'd1;
                last_ch <= ch_q == 12'd1;
                last_pass <= ch_q == 12'd1 && last_kx && last_ky;
                k_off_q <= k_off_q + 28'd16;
              end else begin
                ch_q    <= f_nchunk;
                last_ch <= dec_i[tnpu_dec::NO_CHUNK];
                tap_q   <= tap_q + 4'd1;
                if (!last_kx) begin
                  kx_q     <= kx_q - 6'd1;
                  last_kx  <= kx_q == 6'd1;
                  last_pass <= dec_i[tnpu_dec::NO_CHUNK] && kx_q == 6'd1 && last_ky;
                  kx_off_q <= kx_off_q + 28'(f_kxstep);
                  k_off_q  <= kx_off_q + 28'(f_kxstep);
                end else begin
                  kx_q     <= f_kw;
                  last_kx  <= dec_i[tnpu_dec::NO_KW];
                  kx_off_q <= 28'd0;
                  k_off_q  <= 28'd0;
                  ky_q     <= ky_q - 6'd1;
                  last_ky  <= ky_q == 6'd1;
                  last_pass <= dec_i[tnpu_dec::NO_CHUNK] && dec_i[tnpu_dec::NO_KW] && ky_q == 6'd1;
                  ky_off_q <= ky_off_q + 10'(f_dil_y);
                end
              end
            end else begin
              ky_q     <= f_kh;
              last_ky  <= dec_i[tnpu_dec::NO_KH];
              kx_q     <= f_kw;
              last_kx  <= dec_i[tnpu_dec::NO_KW];
              ch_q     <= f_nchunk;
              last_ch  <= dec_i[tnpu_dec::NO_CHUNK];
              last_pass <= dec_i[tnpu_dec::NO_CHUNK] && dec_i[tnpu_dec::NO_KW] && dec_i[tnpu_dec::NO_KH];
              tap_q    <= 4'd0;
              ky_off_q <= 10'd0;
              kx_off_q <= 28'd0;
              k_off_q  <= 28'd0;
              if (fin_o) run_q <= 1'b0;
              if (go_next_tile) begin
                // the next output tile: of the whole picture (order 0) or of the same pixels (order 1)
                chan_q   <= chan_q + 13'(LANES);
                last_tile_c <= 14'(chan_q) + 14'(2 * LANES) > 14'(f_out_c);
                prow_q   <= shared ? prow_q : row_next;
                row_q    <= row_next + RW'(own_params);
                wfirst_q <= row_next + RW'(own_params);
                if (own_params) begin
                  pend_q <= 1'b1;
                  slot_q <= slot_q + 4'd1;
                end
              end
              if (go_pixel_tile) begin
                row_q <= wfirst_q;
                if (go_first_tile) begin
                  chan_q   <= 13'd0;
                  last_tile_c <= dec_i[tnpu_dec::ONE_TILE];
                  prow_q   <= row_base;
                  row_q    <= row_base + RW'(has_params);
                  wfirst_q <= row_base + RW'(has_params);
                  if (own_params) begin
                    pend_q <= 1'b1;
                    slot_q <= slot_q + 4'd1;
                  end
                end
              end
            end
          end
        end
      end
    end
  end

  // Where the pixel goes: on, back to the tile's first, or to the picture's first
  logic step, on, back, home, keep_tile;
  assign step = run_q && adv_i && mac_o;
  assign on = step && (!tile_end || (last_pass && go_pixel_tile));
  assign back = step && tile_end && (!last_pass || (go_next_tile && order));
  assign home = start_i || (step && tile_end && last_pass && go_next_tile && !order);
  assign keep_tile = step && tile_end && last_pass && go_pixel_tile;
  always_ff @(posedge clk_i) begin
    if (en_i && home) begin
      h_wx <= f_pool_w;
      last_wx <= dec_i[tnpu_dec::NO_POOL_W];
      h_wy <= f_pool_h;
      last_wy <= dec_i[tnpu_dec::NO_POOL_H];
      win_end <= dec_i[tnpu_dec::NO_POOL_W] && dec_i[tnpu_dec::NO_POOL_H];
      plane_end <= dec_i[tnpu_dec::NO_OUT_W] && dec_i[tnpu_dec::NO_OUT_H];
      win_start <= 1'b1;
      h_ox <= f_out_w;
      last_ox <= dec_i[tnpu_dec::NO_OUT_W];
      h_oy <= f_out_h;
      last_oy <= dec_i[tnpu_dec::NO_OUT_H];
      h_y <= y_0;
      h_y_win <= y_0;
      h_pos <= pos_0;
      h_pos_win <= pos_0;
      h_out <= f_out_base;
      h_out_line <= f_out_base;
      h_res <= f_res_base;
      h_res_line <= f_res_base;
    end else if (en_i && on) begin
      h_wx <= n_wx;
      last_wx <= n_last_wx;
      h_wy <= n_wy;
      last_wy <= n_last_wy;
      win_end <= n_last_wx && n_last_wy;
      plane_end <= n_last_ox && n_last_oy;
      win_start <= n_win_start;
      h_ox <= n_ox;
      last_ox <= n_last_ox;
      h_oy <= n_oy;
      last_oy <= n_last_oy;
      h_y <= n_y;
      h_y_win <= n_y_win;
      h_pos <= n_pos;
      h_pos_win <= n_pos_win;
      h_out <= n_out;
      h_out_line <= n_out_line;
      h_res <= n_res;
      h_res_line <= n_res_line;
    end else if (en_i && back) begin
      h_wx <= f_pool_w;
      last_wx <= dec_i[tnpu_dec::NO_POOL_W];
      h_wy <= f_pool_h;
      last_wy <= dec_i[tnpu_dec::NO_POOL_H];
      win_end <= dec_i[tnpu_dec::NO_POOL_W] && dec_i[tnpu_dec::NO_POOL_H];
      plane_end <= t_last_ox && t_last_oy;
      win_start <= 1'b1;
      h_ox <= t_ox;
      last_ox <= t_last_ox;
      h_oy <= t_oy;
      last_oy <= t_last_oy;
      h_y <= t_y;
      h_y_win <= t_y;
      h_pos <= t_pos;
      h_pos_win <= t_pos;
      h_out <= t_out;
      h_out_line <= t_out_line;
      h_res <= t_res;
      h_res_line <= t_res_line;
    end
    if (en_i && home) begin
      t_ox <= f_out_w;
      t_last_ox <= dec_i[tnpu_dec::NO_OUT_W];
      t_oy <= f_out_h;
      t_last_oy <= dec_i[tnpu_dec::NO_OUT_H];
      t_y <= y_0;
      t_pos <= pos_0;
      t_out <= f_out_base;
      t_out_line <= f_out_base;
      t_res <= f_res_base;
      t_res_line <= f_res_base;
    end else if (en_i && keep_tile) begin
      t_ox <= n_ox;
      t_last_ox <= n_last_ox;
      t_oy <= n_oy;
      t_last_oy <= n_last_oy;
      t_y <= n_y;
      t_pos <= n_pos;
      t_out <= n_out;
      t_out_line <= n_out_line;
      t_res <= n_res;
      t_res_line <= n_res_line;
    end
  end

  logic unused;
  assign unused = ^{insn_i, dec_i};
endmodule
