// SPDX-License-Identifier: Apache-2.0
// Issue stage: takes what the walkers offer, forms addresses, and gives feature memory at most one read a bank and cycle. A read whose
// second half (second operand, lower row of a depthwise sweep) needs the same bank takes two cycles.
//   offered by a walker -> A0: addresses -> A1: banks; the memories are read in this cycle, "c" of docs/CYCLES.md
module tnpu_issue #(
    parameter int LANES = 4,
    parameter int FMEM_BYTES = 65536,
    localparam int VW = $clog2(FMEM_BYTES / 32)
) (
    input  logic          clk_i,
    input  logic          rst_ni,
    input  logic          en_i,
    input  logic          start_i,
    input  logic [511:0]  insn_i,
    input  logic [tnpu_dec::BITS-1:0] dec_i,
    output logic          busy_o,         // something is still to be issued
    // feature memory, read ports, in cycle c
    output logic [1:0]    fmem_re_o,
    output logic [VW-1:0] fmem_addr0_o,
    output logic [VW-1:0] fmem_addr1_o,
    // in cycle c: what the pipeline gets
    output logic          go_o,           // a read of the input for the array (or a depthwise tick) completes
    output logic          p_load_o,       // input bytes arrive
    output logic [4:0]    p_rot_o,
    output logic          s_load_o,       // second operand or lower row arrives
    output logic [4:0]    s_rot_o,
    output logic [5:0]    lo_o,           // bytes lo .. hi-1 of the input are valid
    output logic [5:0]    hi_o,
    output logic          first_o,
    output logic          last_o,         // completes an output vector's accumulator
    output logic [3:0]    pix_o,
    output logic [3:0]    tap_o,
    output logic [6:0]    col_o,
    output logic          emit_o,
    output logic [2:0]    rows_ok_o,
    output logic [2:0]    cols_ok_o,
    output logic          w_re_o,
    output logic          p_re_o,
    output logic          a_re_o,
    output logic          t_re_o,
    output logic [3:0]    t_word_o,
    output logic [15:0]   row_o,
    output logic [3:0]    slot_o,
    // with last_o
    output logic [19:0]   out_addr_o,
    output logic [5:0]    lanes_o,        // lanes that write
    output logic          pool_first_o,
    output logic          pool_last_o,
    output logic          fin_o,
    // registers and counters
    output logic          rel_o,
    output logic [15:0]   rel_rows_o,
    output logic [9:0]    macs_o,
    output logic          stall_bank_o,
    output logic          stall_param_o,
    output logic          stall_drain_o
);
  logic is_conv, is_dw, vec, add_mode, res_mem, res_scalar;
  assign is_conv = dec_i[tnpu_dec::CONV];
  assign is_dw = dec_i[tnpu_dec::DW];
  assign vec = dec_i[tnpu_dec::VEC];
  assign res_scalar = insn_i[tnpu_pkg::F_RES_SCALAR_LSB];
  assign add_mode = dec_i[tnpu_dec::ADD];
  assign res_mem = dec_i[tnpu_dec::RES_MEM];
  logic [9:0] f_in_h;
  logic [15:0] f_in_row;
  logic [16:0] f_in_wb;
  logic [19:0] f_in_base;
  logic [12:0] f_out_c;
  assign f_in_h = insn_i[tnpu_pkg::F_IN_H_LSB+:10];
  assign f_in_row = insn_i[tnpu_pkg::F_IN_ROW_LSB+:16];
  assign f_in_wb = insn_i[tnpu_pkg::F_IN_WB_LSB+:17];
  assign f_in_base = insn_i[tnpu_pkg::F_IN_BASE_LSB+:20];
  assign f_out_c = insn_i[tnpu_pkg::F_OUT_C_LSB+:13];

  // ---- the walkers
  logic adv;
  logic t_valid, t_mac, t_first, t_last, t_phase, t_w_re, t_p_re, t_a_re, t_t_re, t_pool_first, t_pool_last, t_fin, t_rel;
  logic [19:0] t_y, t_out, t_res, t_y_rel;
  logic [27:0] t_pos;
  logic [3:0] t_pix, t_tap, t_t_word, t_slot;
  logic [15:0] t_row;
  logic [12:0] t_chan;
  tnpu_walk #(
      .LANES(LANES)
  ) u_walk (
      .clk_i,
      .rst_ni,
      .en_i,
      .adv_i       (adv),
      .start_i     (start_i && !is_dw),
      .insn_i,
      .dec_i,
      .valid_o     (t_valid),
      .mac_o       (t_mac),
      .y_o         (t_y),
      .pos_o       (t_pos),
      .first_o     (t_first),
      .last_o      (t_last),
      .phase_o     (t_phase),
      .pix_o       (t_pix),
      .tap_o       (t_tap),
      .w_re_o      (t_w_re),
      .p_re_o      (t_p_re),
      .a_re_o      (t_a_re),
      .t_re_o      (t_t_re),
      .t_word_o    (t_t_word),
      .row_o       (t_row),
      .slot_o      (t_slot),
      .out_addr_o  (t_out),
      .res_addr_o  (t_res),
      .chan_o      (t_chan),
      .pool_first_o(t_pool_first),
      .pool_last_o (t_pool_last),
      .fin_o       (t_fin),
      .rel_o       (t_rel),
      .y_rel_o     (t_y_rel)
  );
  logic d_valid, d_tick, d_row0, d_row1, d_emit, d_w_re, d_p_re, d_t_re, d_fin;
  logic [19:0] d_y, d_out;
  logic [27:0] d_pos;
  logic [6:0] d_col;
  logic [2:0] d_rows_ok, d_cols_ok;
  logic [3:0] d_t_word, d_slot;
  logic [15:0] d_row;
  logic [12:0] d_chan;
  tnpu_dwwalk #(
      .LANES(LANES)
  ) u_dwwalk (
      .clk_i,
      .rst_ni,
      .en_i,
      .adv_i     (adv),
      .start_i   (start_i && is_dw),
      .insn_i,
      .dec_i,
      .valid_o   (d_valid),
      .tick_o    (d_tick),
      .y_o       (d_y),
      .pos_o     (d_pos),
      .row0_o    (d_row0),
      .row1_o    (d_row1),
      .col_o     (d_col),
      .emit_o    (d_emit),
      .rows_ok_o (d_rows_ok),
      .cols_ok_o (d_cols_ok),
      .w_re_o    (d_w_re),
      .p_re_o    (d_p_re),
      .t_re_o    (d_t_re),
      .t_word_o  (d_t_word),
      .row_o     (d_row),
      .slot_o    (d_slot),
      .out_addr_o(d_out),
      .chan_o    (d_chan),
      .fin_o     (d_fin)
  );

  logic [12:0] chan, left;
  assign chan = is_dw ? d_chan : t_chan;
  assign left = f_out_c - chan;  // one less than the channels left
  logic row_ok;
  assign row_ok = !t_y[19] && t_y <= 20'(f_in_h);

  // ---- A0
  logic a0_valid, a0_mac, a0_first, a0_last, a0_phase, a0_w_re, a0_p_re, a0_a_re, a0_t_re, a0_pool_first, a0_pool_last, a0_fin, a0_rel;
  logic a0_row0, a0_row1, a0_emit, a0_row_ok;
  logic [11:0] a0_y;
  logic [27:0] a0_pos;
  logic [3:0] a0_pix, a0_tap, a0_t_word, a0_slot;
  logic [15:0] a0_row;
  logic [19:0] a0_out, a0_res, a0_y_rel;
  logic [12:0] a0_chan;
  logic [5:0] a0_lanes;
  logic [6:0] a0_col;
  logic [2:0] a0_rows_ok, a0_cols_ok;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a0_valid <= 1'b0;
    end else if (en_i && adv) begin
      a0_valid <= (t_valid || d_valid);
      if (t_valid || d_valid) begin
        a0_mac        <= is_dw ? d_tick : t_mac;
        a0_first      <= is_dw || t_first;
        a0_last       <= is_dw ? d_emit : (t_mac && t_last);
        a0_phase      <= !is_dw && t_phase;
        a0_w_re       <= is_dw ? d_w_re : t_w_re;
        a0_p_re       <= is_dw ? d_p_re : t_p_re;
        a0_a_re       <= !is_dw && t_a_re;
        a0_t_re       <= is_dw ? d_t_re : t_t_re;
        a0_t_word     <= is_dw ? d_t_word : t_t_word;
        a0_row        <= is_dw ? d_row : t_row;
        a0_slot       <= is_dw ? d_slot : t_slot;
        a0_pool_first <= is_dw || t_pool_first;
        a0_pool_last  <= is_dw || t_pool_last;
        a0_fin        <= is_dw ? d_fin : t_fin;
        a0_rel        <= !is_dw && t_rel;
        a0_y_rel      <= t_y_rel;
        a0_row0       <= is_dw && d_row0;
        a0_row1       <= is_dw && d_row1;
        a0_row_ok     <= row_ok;
        a0_emit       <= is_dw && d_emit;
        a0_y          <= is_dw ? d_y[11:0] : t_y[11:0];
        a0_pos        <= is_dw ? d_pos : t_pos;
        a0_pix        <= is_dw ? 4'd0 : t_pix;
        a0_tap        <= t_tap;
        a0_out        <= is_dw ? d_out : t_out;
        a0_res        <= t_res;
        a0_chan       <= chan;
        a0_lanes      <= (left >= 13'(LANES)) ? 6'(LANES) : 6'(left) + 6'd1;
        a0_col        <= d_col;
        a0_rows_ok    <= d_rows_ok;
        a0_cols_ok    <= d_cols_ok;
      end
    end
  end

  // Bytes pos .. pos+n-1 of the row, of which 0 .. in_wb-1 exist: lo .. hi-1 of them are valid
  localparam int VECN = (LANES < 16) ? 16 : LANES;  // most bytes a read
  logic [27:0] room;
  logic [5:0] lo, hi, n_bytes;
  logic some;
  assign n_bytes = is_conv ? 6'd16 : 6'(LANES);
  assign room = 28'(f_in_wb) - a0_pos;
  always_comb begin
    if (!a0_pos[27]) lo = 6'd0;
    else if (-a0_pos > 28'(VECN)) lo = 6'(VECN);
    else lo = 6'(-a0_pos);
    if (room[27] || !a0_row_ok) hi = 6'd0;
    else if (room > 28'(VECN)) hi = 6'(VECN);
    else hi = 6'(room);
  end
  assign some = lo < n_bytes && lo < hi;

  // ---- A1
  logic a1_valid, a1_mac, a1_first, a1_last, a1_phase, a1_w_re, a1_p_re, a1_a_re, a1_t_re, a1_pool_first, a1_pool_last, a1_fin, a1_rel;
  logic a1_emit, a1_need_p, a1_need_s;
  logic [3:0] a1_pix, a1_tap, a1_t_word, a1_slot;
  logic [15:0] a1_row;
  logic [19:0] a1_out, a1_y_rel, a1_p_addr, a1_s_addr;
  logic [5:0] a1_lanes, a1_lo, a1_hi;
  logic [6:0] a1_col;
  logic [2:0] a1_rows_ok, a1_cols_ok;
  // The product is slow and comes last: one adder behind it
  logic [19:0] prod, at_pos, s_start;
  assign prod = 20'($signed({a0_y[10], a0_y[10:0]}) * $signed({1'b0, f_in_row}));
  assign at_pos = f_in_base + 20'(a0_pos);
  assign s_start = is_dw ? at_pos + 20'(f_in_row) : a0_res + (res_scalar ? 20'd0 : 20'(a0_chan));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a1_valid <= 1'b0;
    end else if (en_i && adv) begin
      a1_valid <= a0_valid;
      if (a0_valid) begin
        a1_mac        <= a0_mac;
        a1_first      <= a0_first;
        a1_last       <= a0_last;
        a1_phase      <= a0_phase;
        a1_w_re       <= a0_w_re;
        a1_p_re       <= a0_p_re;
        a1_a_re       <= a0_a_re;
        a1_t_re       <= a0_t_re;
        a1_t_word     <= a0_t_word;
        a1_row        <= a0_row;
        a1_slot       <= a0_slot;
        a1_pool_first <= a0_pool_first;
        a1_pool_last  <= a0_pool_last;
        a1_fin        <= a0_fin;
        a1_rel        <= a0_rel;
        a1_y_rel      <= a0_y_rel;
        a1_emit       <= a0_emit;
        a1_need_p     <= a0_mac && (is_dw ? a0_row0 : some);
        a1_need_s     <= a0_mac && (is_dw ? a0_row1 : (a0_last && res_mem));
        a1_p_addr        <= at_pos + prod;
        a1_s_addr        <= s_start + (is_dw ? prod : 20'd0);
        a1_pix        <= a0_pix;
        a1_tap        <= a0_tap;
        a1_out        <= a0_out + 20'(a0_chan);
        a1_lanes      <= a0_lanes;
        a1_lo         <= lo;
        a1_hi         <= hi;
        a1_col        <= a0_col;
        a1_rows_ok    <= a0_rows_ok;
        a1_cols_ok    <= a0_cols_ok;
      end
    end
  end

  // ---- banks
  logic [1:0] p_bank, s_bank;
  logic p_two, s_two;
  assign p_two = 6'(a1_p_addr[3:0]) + n_bytes > 6'd16;
  assign s_two = 6'(a1_s_addr[3:0]) + (res_scalar ? 6'd1 : 6'(LANES)) > 6'd16;
  assign p_bank = p_two ? 2'b11 : (a1_p_addr[4] ? 2'b10 : 2'b01);
  assign s_bank = s_two ? 2'b11 : (a1_s_addr[4] ? 2'b10 : 2'b01);

  logic second_q;  // the read's second half is left
  logic conflict, wait_drain, p_first, do_p, do_s, full;
  logic [6:0] drain_q;
  assign conflict = a1_need_p && a1_need_s && (p_bank & s_bank) != 2'b00;
  assign wait_drain = add_mode && a1_phase && drain_q != 0 && !second_q;
  assign full = a1_valid && !wait_drain && (second_q || !conflict);  // this cycle ends the offer
  assign p_first = a1_need_p && !second_q;
  assign do_p = a1_valid && !wait_drain && p_first;
  assign do_s = a1_valid && !wait_drain && a1_need_s && (second_q || !conflict);
  assign adv = !a1_valid || full;

  logic [6:0] drain_next;
  assign drain_next = drain_q + ((add_mode && go_o && a1_last) ? 7'(tnpu_pkg::ADD_INTERVAL) : 7'd0);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      second_q <= 1'b0;
      drain_q  <= 7'd0;
    end else if (en_i) begin
      second_q <= a1_valid && !wait_drain && conflict && !second_q;
      drain_q  <= (drain_next == 0) ? 7'd0 : drain_next - 7'd1;
    end
  end

  logic [19:0] a0_bank_addr, a1_bank_addr;  // byte addresses that the even and the odd bank are read for
  assign a0_bank_addr = (p_first && p_bank[0]) ? a1_p_addr : a1_s_addr;
  assign a1_bank_addr = (p_first && p_bank[1]) ? a1_p_addr : a1_s_addr;
  assign fmem_re_o = ({2{do_p}} & p_bank) | ({2{do_s}} & s_bank);
  assign fmem_addr0_o = a0_bank_addr[5+:VW] + VW'(a0_bank_addr[4]);
  assign fmem_addr1_o = a1_bank_addr[5+:VW];

  logic at_go;  // depthwise ticks complete with their last cycle, other reads with their first
  assign at_go = a1_valid && !wait_drain && (is_dw ? full : !second_q);
  assign go_o = at_go && a1_mac;
  assign p_load_o = do_p;
  assign p_rot_o = a1_p_addr[4:0];
  assign s_load_o = do_s;
  assign s_rot_o = a1_s_addr[4:0];
  assign lo_o = a1_lo;
  assign hi_o = a1_hi;
  assign first_o = a1_first;
  assign last_o = go_o && a1_last;
  assign pix_o = a1_pix;
  assign tap_o = a1_tap;
  assign col_o = a1_col;
  assign emit_o = a1_emit;
  assign rows_ok_o = a1_rows_ok;
  assign cols_ok_o = a1_cols_ok;
  assign w_re_o = at_go && a1_w_re;
  assign p_re_o = at_go && a1_p_re;
  assign a_re_o = at_go && a1_a_re;
  assign t_re_o = at_go && a1_t_re;
  assign t_word_o = a1_t_word;
  assign row_o = a1_row;
  assign slot_o = a1_slot;
  assign out_addr_o = a1_out;
  assign lanes_o = a1_lanes;
  assign pool_first_o = a1_pool_first;
  assign pool_last_o = a1_pool_last;
  assign fin_o = a1_fin;
  assign busy_o = t_valid || d_valid || a0_valid || a1_valid;

  assign rel_o = at_go && a1_rel && insn_i[tnpu_pkg::F_RELEASE_LSB];
  assign rel_rows_o = a1_y_rel[19] ? 16'd0 : (a1_y_rel > 20'(f_in_h)) ? 16'(f_in_h) + 16'd1 : a1_y_rel[15:0];
  always_comb begin
    macs_o = 10'd0;
    if (go_o) begin
      if (is_conv) macs_o = {a1_lanes, 4'd0};
      else if (vec) macs_o = 10'(a1_lanes);
      else if (a1_emit) macs_o = {1'b0, a1_lanes, 3'd0} + 10'(a1_lanes);
    end
  end
  assign stall_bank_o = a1_valid && second_q;
  assign stall_param_o = at_go && !a1_mac;
  assign stall_drain_o = a1_valid && wait_drain;

  logic unused;
  assign unused = ^{insn_i, dec_i, t_y[19:12], d_y[19:12], a0_y[11], a1_p_addr, a1_s_addr, a0_bank_addr, a1_bank_addr};
endmodule
