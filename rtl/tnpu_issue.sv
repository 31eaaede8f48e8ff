// SPDX-License-Identifier: Apache-2.0
// Issue stage: takes what the walkers offer, forms addresses, and gives feature memory at most one read a bank and cycle. A read whose
// second half (second operand, lower row of a depthwise sweep) needs the same bank takes two cycles.
//   offered by a walker -> A0 -> A1: products and sums -> A2: addresses -> A3: banks; the memories are read in this cycle, "c" of
//   docs/CYCLES.md
module tnpu_issue #(
    parameter int LANES = 4,
    parameter int FMEM_BYTES = 65536,
    parameter int RW = 10,  // bits of a weight-memory row
    localparam int VW = $clog2(FMEM_BYTES / 32)
) (
    input  logic          clk_i,
    input  logic          rst_ni,
    input  logic          en_i,
    input  logic          start_i,
    input  logic          start_dw_i,     // of a DWCONV
    input  logic          start_loop_i,   // of another instruction
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
    output logic          tap_odd_o,
    output logic [6:0]    col_o,
    output logic          emit_o,
    output logic [1:0]    rows_ok_o,
    output logic [1:0]    cols_ok_o,
    output logic          w_re_o,
    output logic          p_re_o,
    output logic          a_re_o,
    output logic          t_re_o,
    output logic [3:0]    t_word_o,
    output logic [RW-1:0] row_o,
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
  logic [RW-1:0] t_row;
  logic [12:0] t_chan;
  tnpu_walk #(
      .LANES(LANES),
      .RW   (RW)
  ) u_walk (
      .clk_i,
      .rst_ni,
      .en_i,
      .adv_i       (adv),
      .start_i     (start_loop_i),
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
  logic [1:0] d_rows_ok, d_cols_ok;
  logic [3:0] d_t_word, d_slot;
  logic [RW-1:0] d_row;
  logic [12:0] d_chan;
  tnpu_dwwalk #(
      .LANES(LANES),
      .RW   (RW)
  ) u_dwwalk (
      .clk_i,
      .rst_ni,
      .en_i,
      .adv_i     (adv),
      .start_i   (start_dw_i),
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

  // ---- what goes along with an offer unchanged
  localparam int CTL = 44;
  logic [5:0] lanes;
  logic [CTL-1:0] t_ctl, d_ctl, a0_ctl, a1_ctl, a2_ctl, a3_ctl;
  assign lanes = (left >= 13'(LANES)) ? 6'(LANES) : 6'(left[$clog2(LANES)-1:0]) + 6'd1;
  assign t_ctl = {
    {t_mac, t_first, t_mac && t_last, t_phase, t_w_re, t_p_re, t_a_re, t_t_re, t_pool_first, t_pool_last, t_fin, t_rel, 1'b0},
    {t_pix, t_t_re ? t_t_word : t_tap, t_slot, lanes, 7'd0, 2'd0, 2'd0, 1'b0, t_mac && t_last && res_mem}
  };
  assign d_ctl = {
    {d_tick, 1'b1, d_emit, 1'b0, d_w_re, d_p_re, 1'b0, d_t_re, 1'b1, 1'b1, d_fin, 1'b0, d_emit},
    {4'd0, d_t_word, d_slot, lanes, d_col, d_rows_ok, d_cols_ok, d_tick && d_row0, d_tick && d_row1}
  };

  // ---- A0
  logic a0_valid, a0_row_ok;
  logic [11:0] a0_y;
  logic [27:0] a0_pos;
  logic [RW-1:0] a0_row;
  logic [19:0] a0_out, a0_res, a0_y_rel;
  logic [12:0] a0_chan;
  logic [19:0] lower_q;  // depthwise: base address of the lower row
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a0_valid <= 1'b0;
    end else if (en_i && adv) begin
      a0_valid <= t_valid || d_valid;
      if (t_valid || d_valid) begin
        a0_ctl    <= is_dw ? d_ctl : t_ctl;
        a0_row    <= is_dw ? d_row : t_row;
        a0_y_rel  <= t_y_rel;
        a0_row_ok <= !t_y[19] && t_y <= 20'(f_in_h);
        a0_y      <= is_dw ? d_y[11:0] : t_y[11:0];
        a0_pos    <= is_dw ? d_pos : t_pos;
        a0_out    <= is_dw ? d_out : t_out;
        a0_res    <= t_res;
        a0_chan   <= chan;
      end
    end
    if (start_i) lower_q <= f_in_base + 20'(f_in_row);
  end

  // ---- A1: the parts of the addresses; bytes left in the row
  localparam int VECN = (LANES < 16) ? 16 : LANES;  // most bytes a read
  localparam int VB = $clog2(VECN);
  logic a1_valid, a1_row_ok;
  logic [RW-1:0] a1_row;
  logic [19:0] a1_prod, a1_p_base, a1_s_base, a1_out, a1_y_rel;
  logic [27:0] a1_pos, a1_room;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a1_valid <= 1'b0;
    end else if (en_i && adv) begin
      a1_valid <= a0_valid;
      if (a0_valid) begin
        a1_ctl    <= a0_ctl;
        a1_row    <= a0_row;
        a1_y_rel  <= a0_y_rel;
        a1_row_ok <= a0_row_ok;
        a1_prod   <= 20'($signed({a0_y[10], a0_y[10:0]}) * $signed({1'b0, f_in_row}));
        a1_p_base <= f_in_base + 20'(a0_pos);
        a1_s_base <= (is_dw ? lower_q : a0_res) + (is_dw ? 20'(a0_pos) : res_scalar ? 20'd0 : 20'(a0_chan));
        a1_out    <= a0_out + 20'(a0_chan);
        a1_pos    <= a0_pos;
        a1_room   <= 28'(f_in_wb) - a0_pos;
      end
    end
  end

  // ---- A2: addresses; bytes pos .. pos+n-1 of the row, of which 0 .. in_wb-1 exist: lo .. hi-1 of them are valid
  logic a2_valid, a2_need_p, a2_need_s, some;
  logic [RW-1:0] a2_row;
  logic [19:0] a2_p_addr, a2_s_addr, a2_out, a2_y_rel;
  logic [5:0] lo, hi, a2_lo, a2_hi, n_bytes;
  assign n_bytes = (is_conv && !dec_i[tnpu_dec::PAIR]) ? 6'd16 : 6'(LANES);
  always_comb begin
    if (!a1_pos[27]) lo = 6'd0;
    else if (&a1_pos[26:VB]) lo = 6'(VECN) - 6'(a1_pos[VB-1:0]);
    else lo = 6'(VECN);
    if (a1_room[27] || !a1_row_ok) hi = 6'd0;
    else if (|a1_room[26:VB]) hi = 6'(VECN);
    else hi = 6'(a1_room[VB-1:0]);
  end
  assign some = lo < n_bytes && lo < hi;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a2_valid <= 1'b0;
    end else if (en_i && adv) begin
      a2_valid <= a1_valid;
      if (a1_valid) begin
        a2_ctl    <= a1_ctl;
        a2_row    <= a1_row;
        a2_y_rel  <= a1_y_rel;
        a2_out    <= a1_out;
        a2_need_p <= is_dw ? a1_ctl[1] : a1_ctl[CTL-1] && some;
        a2_need_s <= a1_ctl[0];
        a2_p_addr <= a1_p_base + a1_prod;
        a2_s_addr <= a1_s_base + (is_dw ? a1_prod : 20'd0);
        a2_lo     <= lo;
        a2_hi     <= hi;
      end
    end
  end

  // ---- A3: banks
  logic [1:0] p_bank, s_bank;
  logic p_two, s_two;
  assign p_two = 6'(a2_p_addr[3:0]) + n_bytes > 6'd16;
  assign s_two = 6'(a2_s_addr[3:0]) + (res_scalar ? 6'd1 : 6'(LANES)) > 6'd16;
  assign p_bank = p_two ? 2'b11 : (a2_p_addr[4] ? 2'b10 : 2'b01);
  assign s_bank = s_two ? 2'b11 : (a2_s_addr[4] ? 2'b10 : 2'b01);

  logic a3_valid, a3_need_p, a3_need_s, a3_conflict;
  logic [1:0] a3_p_bank, a3_s_bank;
  logic [RW-1:0] a3_row;
  logic [19:0] a3_out, a3_y_rel;
  logic [4:0] a3_p_rot, a3_s_rot;
  logic [VW-1:0] a3_p_even, a3_p_odd, a3_s_even, a3_s_odd;  // vectors of the even and the odd bank
  logic [5:0] a3_lo, a3_hi;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      a3_valid <= 1'b0;
    end else if (en_i && adv) begin
      a3_valid <= a2_valid;
      if (a2_valid) begin
        a3_ctl      <= a2_ctl;
        a3_row      <= a2_row;
        a3_y_rel    <= a2_y_rel;
        a3_out      <= a2_out;
        a3_need_p   <= a2_need_p;
        a3_need_s   <= a2_need_s;
        a3_conflict <= a2_need_p && a2_need_s && (p_bank & s_bank) != 2'b00;
        a3_p_bank   <= p_bank;
        a3_s_bank   <= s_bank;
        a3_p_rot    <= a2_p_addr[4:0];
        a3_s_rot    <= a2_s_addr[4:0];
        a3_p_even   <= a2_p_addr[5+:VW] + VW'(a2_p_addr[4]);
        a3_p_odd    <= a2_p_addr[5+:VW];
        a3_s_even   <= a2_s_addr[5+:VW] + VW'(a2_s_addr[4]);
        a3_s_odd    <= a2_s_addr[5+:VW];
        a3_lo       <= a2_lo;
        a3_hi       <= a2_hi;
      end
    end
  end
  logic mac, last, phase, w_re, p_re, a_re, t_re, rel;
  logic [1:0] unused_need;
  assign {mac, first_o, last, phase, w_re, p_re, a_re, t_re, pool_first_o, pool_last_o, fin_o, rel, emit_o} = a3_ctl[CTL-1-:13];
  assign {pix_o, t_word_o, slot_o, lanes_o, col_o, rows_ok_o, cols_ok_o, unused_need} = a3_ctl[CTL-14:0];

  logic second_q;  // the read's second half is left
  logic wait_drain, p_first, do_p, do_s, full, drain_nz_q;
  logic [5:0] drain_q;  // cycles that the vectors of a pixel tile need, 16 at most
  assign wait_drain = add_mode && phase && drain_nz_q && !second_q;
  assign full = a3_valid && !wait_drain && (second_q || !a3_conflict);  // this cycle ends the offer
  assign p_first = a3_need_p && !second_q;
  assign do_p = a3_valid && !wait_drain && p_first;
  assign do_s = a3_valid && !wait_drain && a3_need_s && (second_q || !a3_conflict);
  assign adv = !a3_valid || full;

  logic drain_add;
  assign drain_add = add_mode && go_o && last;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || start_i) begin
      second_q   <= 1'b0;
      drain_q    <= 6'd0;
      drain_nz_q <= 1'b0;
    end else if (en_i) begin
      second_q   <= a3_valid && !wait_drain && a3_conflict && !second_q;
      drain_q    <= drain_add ? drain_q + 6'(tnpu_pkg::ADD_INTERVAL - 1) : (drain_q == 6'd0) ? 6'd0 : drain_q - 6'd1;
      drain_nz_q <= drain_add || drain_q > 6'd1;
    end
  end

  assign fmem_re_o = ({2{do_p}} & a3_p_bank) | ({2{do_s}} & a3_s_bank);
  assign fmem_addr0_o = (p_first && a3_p_bank[0]) ? a3_p_even : a3_s_even;
  assign fmem_addr1_o = (p_first && a3_p_bank[1]) ? a3_p_odd : a3_s_odd;

  logic at_go;  // depthwise ticks complete with their last cycle, other reads with their first
  assign at_go = a3_valid && !wait_drain && (is_dw ? full : !second_q);
  assign go_o = at_go && mac;
  assign p_load_o = do_p;
  assign p_rot_o = a3_p_rot;
  assign s_load_o = do_s;
  assign s_rot_o = a3_s_rot;
  assign lo_o = a3_lo;
  assign hi_o = a3_hi;
  assign last_o = go_o && last;
  assign w_re_o = at_go && w_re;
  assign p_re_o = at_go && p_re;
  assign a_re_o = at_go && a_re;
  assign t_re_o = at_go && t_re;
  assign tap_odd_o = t_word_o[0];
  assign row_o = a3_row;
  assign out_addr_o = a3_out;
  assign busy_o = t_valid || d_valid || a0_valid || a1_valid || a2_valid || a3_valid;

  assign rel_o = at_go && rel && insn_i[tnpu_pkg::F_RELEASE_LSB];
  assign rel_rows_o = a3_y_rel[19] ? 16'd0 : (a3_y_rel > 20'(f_in_h)) ? 16'(f_in_h) + 16'd1 : a3_y_rel[15:0];
  always_comb begin
    macs_o = 10'd0;
    if (go_o) begin
      if (is_conv) macs_o = {lanes_o, 4'd0};
      else if (vec) macs_o = 10'(lanes_o);
      else if (emit_o) macs_o = {1'b0, lanes_o, 3'd0} + 10'(lanes_o);
    end
  end
  assign stall_bank_o = a3_valid && second_q;
  assign stall_param_o = at_go && !mac;
  assign stall_drain_o = a3_valid && wait_drain;

  logic unused;
  assign unused = ^{insn_i, dec_i, t_y[19:12], d_y[19:12], a0_y[11], a2_p_addr, a2_s_addr, unused_need};
endmodule
