// SPDX-License-Identifier: Apache-2.0
// The core: host port, sequencer, issue stage, memories, array, post-processing. What each unit does in which cycle is in docs/CYCLES.md.
module tnpu_core #(
    parameter int LANES = 4,           // output channels a cycle: 4, 8, 16 or 32
    parameter int WMEM_ROWS = 1024,    // weight memory, rows of LANES * 16 bytes
    parameter int FMEM_BYTES = 65536,  // feature memory
    parameter int IMEM_DEPTH = 64,     // instructions
    parameter bit PARITY = 0           // a parity bit a byte of each memory; a wrong one stops the program
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    // host port: word accesses into the map of docs/registers.md
    input  logic         host_req_i,
    input  logic         host_we_i,
    input  logic [22:0]  host_addr_i,
    input  logic [31:0]  host_wdata_i,
    input  logic [3:0]   host_be_i,
    output logic         host_gnt_o,
    output logic         host_rvalid_o,
    output logic [31:0]  host_rdata_o,
    output logic         irq_o,
    // trace, for simulation: what happens in this cycle
    output logic         trace_run_o,      // it counts
    output logic         trace_start_o,    // an instruction is dispatched
    output logic         trace_end_o,      // one ends
    output logic [15:0]  trace_pc_o,       // of that instruction
    output logic         trace_wr_o,       // an output vector is written
    output logic [19:0]  trace_wr_addr_o,  // byte address of lane 0
    output logic [31:0]  trace_wr_mask_o,  // lanes written
    output logic [255:0] trace_wr_data_o
);
  localparam int IW = $clog2(IMEM_DEPTH) + 4;
  localparam int VW = $clog2(FMEM_BYTES / 32);
  localparam int RW = $clog2(WMEM_ROWS);
  localparam int HB = $clog2(LANES * 16);
  localparam int W = LANES * 8;
  localparam int B = tnpu_mul::BYTE_W;
  localparam int MW = 29;

  // Copies, for the unit of its name each, for the lanes of a unit, and for what is here: nearly all registers are gated by them
  localparam int EACH = tnpu_copies::EACH;
  localparam int LC = EACH * (LANES - 1) + 1;  // copies that the lanes of a unit have
  localparam int COPIES = EACH * (6 + 4 * LANES) + 1;
  logic [COPIES-1:0] ens;
  logic en, en_seq, en_issue, en_fmem, en_array, en_ppu, en_tail;
  logic [LC-1:0] en_wmem, en_array_lane, en_ppu_lane, en_tail_lane;
  assign en = ens[0];
  assign en_seq = ens[EACH];
  assign en_issue = ens[EACH*2];
  assign en_fmem = ens[EACH*3];
  assign en_array = ens[EACH*4];
  assign en_ppu = ens[EACH*5];
  assign en_tail = ens[EACH*6];
  assign en_wmem = ens[EACH*7+:LC];
  assign en_array_lane = ens[EACH*(7+LANES)+:LC];
  assign en_ppu_lane = ens[EACH*(7+2*LANES)+:LC];
  assign en_tail_lane = ens[EACH*(7+3*LANES)+:LC];
  logic soft_reset, soft_reset_next, rst_n, look;
  assign rst_n = rst_ni && !soft_reset;

  // ---- host
  logic [22:0] h_addr;
  logic [31:0] h_wdata, regs_rdata, imem_rdata, fmem_hrdata, wmem_hrdata;
  logic [3:0] h_be;
  logic regs_we, regs_known, h_imem_re, h_imem_we, imem_re, h_fmem_re, h_fmem_we, fmem_rfree, fmem_wfree;
  logic h_wmem_re, h_wmem_we, h_wmem_again, wmem_re, lock, outside;
  tnpu_host #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES),
      .IMEM_DEPTH(IMEM_DEPTH),
      .COPIES    (COPIES)
  ) u_host (
      .clk_i,
      .rst_ni,
      .req_i       (host_req_i),
      .we_i        (host_we_i),
      .addr_i      (host_addr_i),
      .wdata_i     (host_wdata_i),
      .be_i        (host_be_i),
      .gnt_o       (host_gnt_o),
      .rvalid_o    (host_rvalid_o),
      .rdata_o     (host_rdata_o),
      .en_o        (ens),
      .addr_o      (h_addr),
      .wdata_o     (h_wdata),
      .be_o        (h_be),
      .regs_we_o   (regs_we),
      .regs_rdata_i(regs_rdata),
      .look_o      (look),
      .regs_known_i(regs_known),
      .imem_re_o   (h_imem_re),
      .imem_we_o   (h_imem_we),
      .imem_free_i (!imem_re),
      .imem_rdata_i(imem_rdata),
      .fmem_re_o   (h_fmem_re),
      .fmem_we_o   (h_fmem_we),
      .fmem_rfree_i(fmem_rfree),
      .fmem_wfree_i(fmem_wfree),
      .fmem_rdata_i(fmem_hrdata),
      .wmem_re_o   (h_wmem_re),
      .wmem_we_o   (h_wmem_we),
      .wmem_again_o(h_wmem_again),
      .wmem_free_i (!wmem_re),
      .wmem_rdata_i(wmem_hrdata),
      .lock_i      (lock),
      .outside_o   (outside)
  );

  // ---- sequencer and instruction memory
  logic start, resume, abort, stop_en, go, kill_next, go_dw, go_loop, finished, busy, halted, run, done, event_p, halt_p, error_p, arg_we, begin_p, finish_p;
  logic [15:0] start_pc, stop_pc, pc, next_pc, arg;
  logic [1:0] reason;
  logic [7:0] error_code;
  logic [511:0] insn;
  logic [tnpu_dec::BITS-1:0] dec;
  logic [IW-1:0] imem_addr;
  // A parity error waits for the sequencer to take it; what was read with it is far from being written then
  logic imem_bad, fmem_bad, wmem_bad;
  logic [7:0] fault_q;
  always_ff @(posedge clk_i) begin
    if (!rst_n) fault_q <= tnpu_pkg::ERR_NONE;
    else if (imem_bad) fault_q <= tnpu_pkg::ERR_IMEM_PARITY;
    else if (fmem_bad) fault_q <= tnpu_pkg::ERR_FMEM_PARITY;
    else if (wmem_bad) fault_q <= tnpu_pkg::ERR_WMEM_PARITY;
    else if (en) fault_q <= tnpu_pkg::ERR_NONE;
  end
  tnpu_ram #(
      .WIDTH(32),
      .DEPTH(IMEM_DEPTH * 16),
      .PARITY(PARITY)
  ) u_imem (
      .clk_i,
      .re_i   ((imem_re && en) || h_imem_re),
      .raddr_i(imem_re ? imem_addr : h_addr[IW+1:2]),
      .rdata_o(imem_rdata),
      .bad_o  (imem_bad),
      .we_i   (h_imem_we ? h_be : 4'd0),
      .waddr_i(h_addr[IW+1:2]),
      .wdata_i(h_wdata)
  );
  tnpu_seq #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES),
      .IMEM_DEPTH(IMEM_DEPTH)
  ) u_seq (
      .clk_i,
      .rst_ni      (rst_n),
      .en_i        (en_seq),
      .start_i     (start),
      .resume_i    (resume),
      .abort_i     (abort),
      .fault_i     (fault_q),
      .start_pc_i  (start_pc),
      .stop_pc_i   (stop_pc),
      .stop_en_i   (stop_en),
      .imem_re_o   (imem_re),
      .imem_addr_o (imem_addr),
      .imem_rdata_i(imem_rdata),
      .go_o        (go),
      .go_dw_o     (go_dw),
      .go_loop_o   (go_loop),
      .kill_next_o (kill_next),
      .insn_o      (insn),
      .dec_o       (dec),
      .end_i       (finished),
      .busy_o      (busy),
      .halted_o    (halted),
      .reason_o    (reason),
      .pc_o        (pc),
      .next_pc_o   (next_pc),
      .run_o       (run),
      .done_o      (done),
      .event_o     (event_p),
      .halt_o      (halt_p),
      .error_o     (error_p),
      .error_code_o(error_code),
      .arg_we_o    (arg_we),
      .arg_o       (arg),
      .begin_o     (begin_p),
      .finish_o    (finish_p)
  );

  // ---- issue
  logic engine_rst_n;  // an abort empties the pipeline as a reset does
  logic drop_q;
  always_ff @(posedge clk_i) drop_q <= soft_reset_next || kill_next;
  assign engine_rst_n = rst_ni && !drop_q;
  logic [1:0] fmem_re;
  logic [VW-1:0] fmem_ra0, fmem_ra1;
  logic i_busy, i_go, i_p_load, i_s_load, i_first, i_last, i_emit, i_w_re, i_p_re, i_a_re, i_t_re, i_pool_first, i_pool_last, i_fin, i_rel;
  logic [4:0] i_p_rot, i_s_rot;
  logic [5:0] i_lo, i_hi, i_lanes;
  logic [3:0] i_pix, i_t_word, i_slot;
  logic i_tap_odd;
  logic [6:0] i_col;
  logic [1:0] i_rows_ok, i_cols_ok;
  logic [RW-1:0] i_row;
  logic [15:0] rel_rows;
  logic [19:0] i_out_addr;
  logic [9:0] macs;
  logic stall_bank, stall_param, stall_drain;
  tnpu_issue #(
      .LANES     (LANES),
      .FMEM_BYTES(FMEM_BYTES),
      .RW        (RW)
  ) u_issue (
      .clk_i,
      .rst_ni       (engine_rst_n),
      .en_i         (en_issue),
      .start_i      (go),
      .start_dw_i   (go_dw),
      .start_loop_i (go_loop),
      .insn_i       (insn),
      .dec_i        (dec),
      .busy_o       (i_busy),
      .fmem_re_o    (fmem_re),
      .fmem_addr0_o (fmem_ra0),
      .fmem_addr1_o (fmem_ra1),
      .go_o         (i_go),
      .p_load_o     (i_p_load),
      .p_rot_o      (i_p_rot),
      .s_load_o     (i_s_load),
      .s_rot_o      (i_s_rot),
      .lo_o         (i_lo),
      .hi_o         (i_hi),
      .first_o      (i_first),
      .last_o       (i_last),
      .pix_o        (i_pix),
      .tap_odd_o    (i_tap_odd),
      .col_o        (i_col),
      .emit_o       (i_emit),
      .rows_ok_o    (i_rows_ok),
      .cols_ok_o    (i_cols_ok),
      .w_re_o       (i_w_re),
      .p_re_o       (i_p_re),
      .a_re_o       (i_a_re),
      .t_re_o       (i_t_re),
      .t_word_o     (i_t_word),
      .row_o        (i_row),
      .slot_o       (i_slot),
      .out_addr_o   (i_out_addr),
      .lanes_o      (i_lanes),
      .pool_first_o (i_pool_first),
      .pool_last_o  (i_pool_last),
      .fin_o        (i_fin),
      .rel_o        (i_rel),
      .rel_rows_o   (rel_rows),
      .macs_o       (macs),
      .stall_bank_o (stall_bank),
      .stall_param_o(stall_param),
      .stall_drain_o(stall_drain)
  );

  // Controls of the cycles after c
  logic c1_go, c1_last, c1_p_load, c1_s_load, c1_w_re, c1_p_re, c1_a_re, c1_t_re, c2_re, c2_w, c2_p, c2_a, c2_t, c3_w, c3_p, c3_a, c3_t, c4_p, c4_t;
  logic c2_go, c2_p_load, c2_s_load, c1_emit, c2_emit, c1_first;
  logic c1_tap_odd;
  logic [3:0] c1_pix;
  logic [MW-1:0] c1_meta;
  logic [4:0] c1_p_rot, c1_s_rot, c2_p_rot, c2_s_rot;
  logic [5:0] c1_lo, c1_hi, c2_lo, c2_hi;
  logic [6:0] c1_col, c2_col;
  logic [1:0] c1_rows_ok, c1_cols_ok, c2_rows_ok, c2_cols_ok;
  logic [3:0] c1_t_word, c1_slot, c2_t_word, c2_slot, c3_t_word, c3_slot, c4_t_word, c4_slot;
  logic [RW-1:0] c1_row, c2_row;
  always_ff @(posedge clk_i) begin
    if (!engine_rst_n) begin
      {c1_go, c1_last, c1_p_load, c1_s_load, c2_go, c2_p_load, c2_s_load} <= '0;
      {c1_w_re, c1_p_re, c1_a_re, c1_t_re, c2_re, c2_w, c2_p, c2_a, c2_t, c3_w, c3_p, c3_a, c3_t, c4_p, c4_t} <= '0;
    end else if (en) begin
      {c1_go, c1_last, c1_p_load, c1_s_load} <= {i_go, i_last, i_p_load, i_s_load};
      {c2_go, c2_p_load, c2_s_load} <= {c1_go, c1_p_load, c1_s_load};
      {c1_w_re, c1_p_re, c1_a_re, c1_t_re} <= {i_w_re, i_p_re, i_a_re, i_t_re};
      {c2_w, c2_p, c2_a, c2_t} <= {c1_w_re, c1_p_re, c1_a_re, c1_t_re};
      c2_re <= c1_w_re || c1_p_re || c1_a_re || c1_t_re;
      {c3_w, c3_p, c3_a, c3_t} <= {c2_w, c2_p, c2_a, c2_t};
      {c4_p, c4_t} <= {c3_p, c3_t};
    end
    if (en) begin
      {c1_first, c1_pix, c1_tap_odd} <= {i_first, i_pix, i_tap_odd};
      c1_meta <= {i_out_addr, i_lanes, i_pool_first, i_pool_last, i_fin};
      {c1_p_rot, c1_s_rot, c1_lo, c1_hi} <= {i_p_rot, i_s_rot, i_lo, i_hi};
      {c2_p_rot, c2_s_rot, c2_lo, c2_hi} <= {c1_p_rot, c1_s_rot, c1_lo, c1_hi};
      {c1_col, c1_emit, c1_rows_ok, c1_cols_ok} <= {i_col, i_emit, i_rows_ok, i_cols_ok};
      {c2_col, c2_emit, c2_rows_ok, c2_cols_ok} <= {c1_col, c1_emit, c1_rows_ok, c1_cols_ok};
      {c1_t_word, c1_slot, c1_row} <= {i_t_word, i_slot, i_row};
      {c2_t_word, c2_slot, c2_row} <= {c1_t_word, c1_slot, c1_row};
      {c3_t_word, c3_slot} <= {c2_t_word, c2_slot};
      {c4_t_word, c4_slot} <= {c3_t_word, c3_slot};
    end
  end

  // ---- memories
  logic [255:0] fmem_rdata, fmem_wdata;
  logic [1:0] fmem_we_any;
  logic [31:0] fmem_we;
  logic [VW-1:0] fmem_wa0, fmem_wa1;
  tnpu_fmem #(
      .FMEM_BYTES(FMEM_BYTES),
      .PARITY    (PARITY)
  ) u_fmem (
      .clk_i,
      .rst_ni,
      .en_i        (en_fmem),
      .re_i        (fmem_re),
      .raddr0_i    (fmem_ra0),
      .raddr1_i    (fmem_ra1),
      .rdata_o     (fmem_rdata),
      .we_any_i    (fmem_we_any),
      .we_i        (fmem_we),
      .waddr0_i    (fmem_wa0),
      .waddr1_i    (fmem_wa1),
      .wdata_i     (fmem_wdata),
      .host_re_i   (h_fmem_re),
      .host_we_i   (h_fmem_we),
      .host_addr_i (h_addr[VW+4:0]),
      .host_be_i   (h_be),
      .host_wdata_i(h_wdata),
      .host_rfree_o(fmem_rfree),
      .host_wfree_o(fmem_wfree),
      .host_rdata_o(fmem_hrdata),
      .bad_o       (fmem_bad)
  );
  logic [LANES*128-1:0] row;
  assign wmem_re = c2_re;
  tnpu_wmem #(
      .LANES    (LANES),
      .WMEM_ROWS(WMEM_ROWS),
      .PARITY   (PARITY)
  ) u_wmem (
      .clk_i,
      .en_i        (en_wmem),
      .re_i        (wmem_re),
      .row_i       (c2_row),
      .row_o       (row),
      .host_re_i   (h_wmem_re),
      .host_again_i(h_wmem_again),
      .host_we_i   (h_wmem_we),
      .host_addr_i (h_addr[RW+HB-1:0]),
      .host_be_i   (h_be),
      .host_wdata_i(h_wdata),
      .host_rdata_o(wmem_hrdata),
      .bad_o       (wmem_bad)
  );

  logic is_conv, is_dw;
  assign is_conv = dec[tnpu_dec::CONV];
  assign is_dw = dec[tnpu_dec::DW];

  // ---- operands, array, post-processing
  // What an instruction finds zero is cleared in the cycle after its start, long before its first bytes come; frozen or not, for nothing else is under way
  localparam int CLEARS = EACH * LANES + 1;
  logic [CLEARS-1:0] clear;
  tnpu_fanout #(
      .N(CLEARS)
  ) u_clear (
      .clk_i,
      .d_i(go),
      .q_o(clear)
  );
  localparam int SETS = (LANES < 16) ? 1 : LANES / 16;  // of lanes that share the input bytes of a convolution
  logic [SETS*16*B-1:0] x;
  logic [LANES*B-1:0] own;
  logic col_we, mem_we, centre_we;
  logic [W-1:0] row0, row1, row2, mem_res, centre;
  tnpu_operand #(
      .LANES(LANES)
  ) u_operand (
      .clk_i,
      .rst_ni   (engine_rst_n),
      .en_i     (en_fmem),
      .clear_i  (clear[0]),
      .is_conv_i(is_conv),
      .pair_i   (dec[tnpu_dec::PAIR]),
      .is_dw_i  (is_dw),
      .s2_i     (insn[tnpu_pkg::F_STRIDE_Y_LSB+1]),
      .scalar_i (insn[tnpu_pkg::F_RES_SCALAR_LSB]),
      .pad_i    (insn[tnpu_pkg::F_PAD_VALUE_LSB+:8]),
      .raw_we_i (c1_p_load || c1_s_load),
      .raw_i    (fmem_rdata),
      .go_i     (c2_go),
      .p_load_i (c2_p_load),
      .p_rot_i  (c2_p_rot),
      .s_load_i (c2_s_load),
      .s_rot_i  (c2_s_rot),
      .lo_i     (c2_lo),
      .hi_i     (c2_hi),
      .col_i    (c2_col),
      .col_we_o (col_we),
      .row0_o   (row0),
      .row1_o   (row1),
      .row2_o   (row2),
      .x_o      (x),
      .own_o    (own),
      .res_we_o (mem_we),
      .res_o    (mem_res)
  );
  // Rows that are not weights go on to many places: from a register
  localparam int TW = $clog2(LANES > 16 ? 16 : LANES);  // words of a table a row
  logic [LANES*128-1:0] param_q;
  logic [127:0] table_q;
  always_ff @(posedge clk_i) begin
`ifdef SYNTHESIS
    for (int l = 0; l < LANES; l++) if (en_ppu_lane[l] && c3_p) param_q[128*l+:128] <= row[128*l+:128];
`else
    if (en && c3_p) param_q <= row;  // simulates faster
`endif
    if (en_tail && c3_t) table_q <= row[(HB + 3)'({c3_t_word[TW-1:0], 7'd0})+:128];
  end
  logic q_ready, q_pop;
  logic [LANES*32-1:0] q_acc;
  logic [3:0] q_slot;
  tnpu_array #(
      .LANES(LANES)
  ) u_array (
      .clk_i,
      .rst_ni  (engine_rst_n),
      .en_i    (en_array),
      .en_lane_i(en_array_lane),
      .clear_i (clear[EACH+:LC]),
      .is_conv_i(is_conv),
      .is_dw_i (is_dw),
      .ones_i  (dec[tnpu_dec::ONES]),
      .max_i   (insn[tnpu_pkg::F_ACC_MAX_LSB]),
      .go_i    (c1_go),
      .first_i (c1_first),
      .last_i  (c1_last),
      .pix_i   (c1_pix),
      .tap_odd_i(c1_tap_odd),
      .slot_i  (c1_slot),
      .w_load_i(c3_w),
      .w_i     (row),
      .emit_i  (c2_emit),
      .rows_ok_i(c2_rows_ok),
      .cols_ok_i(c2_cols_ok),
      .col_we_i(col_we),
      .row0_i  (row0),
      .row1_i  (row1),
      .row2_i  (row2),
      .pad_i   (insn[tnpu_pkg::F_PAD_VALUE_LSB+:8]),
      .x_i     (x),
      .own_i   (own),
      .centre_we_o(centre_we),
      .centre_o(centre),
      .ready_o (q_ready),
      .pop_i   (q_pop),
      .acc_o   (q_acc),
      .slot_o  (q_slot)
  );
  logic y_valid;
  logic [W-1:0] y;
  logic [MW-1:0] y_meta;
  tnpu_ppu #(
      .LANES(LANES)
  ) u_ppu (
      .clk_i,
      .rst_ni      (engine_rst_n),
      .en_i        (en_ppu),
      .en_lane_i   (en_ppu_lane),
      .start_i     (go),
      .insn_i      (insn),
      .dec_i       (dec),
      .param_we_i  (c4_p),
      .param_slot_i(c4_slot),
      .add_we_i    (c3_a),
      .row_i       (row),
      .param_i     (param_q),
      .ready_i     (q_ready),
      .pop_o       (q_pop),
      .acc_i       (q_acc),
      .slot_i      (q_slot),
      .meta_we_i   (c1_last),
      .meta_i      (c1_meta),
      .res_we_i    (is_dw ? centre_we : mem_we),
      .res_i       (is_dw ? centre : mem_res),
      .valid_o     (y_valid),
      .y_o         (y),
      .meta_o      (y_meta)
  );
  tnpu_tail #(
      .LANES     (LANES),
      .FMEM_BYTES(FMEM_BYTES)
  ) u_tail (
      .clk_i,
      .rst_ni    (engine_rst_n),
      .en_i      (en_tail),
      .en_lane_i (en_tail_lane),
      .use_lut_i (dec[tnpu_dec::USE_LUT]),
      .lut_we_i  (c4_t),
      .lut_word_i(c4_t_word),
      .lut_i     (table_q),
      .valid_i   (y_valid),
      .y_i       (y),
      .meta_i    (y_meta),
      .we_any_o  (fmem_we_any),
      .we_o      (fmem_we),
      .waddr0_o  (fmem_wa0),
      .waddr1_o  (fmem_wa1),
      .wdata_o   (fmem_wdata),
      .end_o     (finished),
      .wr_o      (trace_wr_o),
      .wr_addr_o (trace_wr_addr_o),
      .wr_mask_o (trace_wr_mask_o),
      .wr_data_o (trace_wr_data_o)
  );

  // ---- registers
  logic rel;
  logic [15:0] rel_value;
  assign rel = en && (i_rel || (finished && insn[tnpu_pkg::F_RELEASE_LSB]));
  assign rel_value = finished ? 16'(insn[tnpu_pkg::F_IN_H_LSB+:10]) + 16'd1 : rel_rows;
  tnpu_regs #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES),
      .IMEM_DEPTH(IMEM_DEPTH)
  ) u_regs (
      .clk_i,
      .rst_ni,
      .irq_o,
      .we_i         (regs_we),
      .addr_i       (h_addr[7:0]),
      .be_i         (h_be),
      .wdata_i      (h_wdata),
      .rdata_o      (regs_rdata),
      .look_i       (look),
      .look_addr_i  (host_addr_i[7:0]),
      .known_o      (regs_known),
      .outside_i    (outside),
      .imem_we_i    (h_imem_we),
      .soft_reset_o (soft_reset),
      .soft_reset_next_o(soft_reset_next),
      .start_o      (start),
      .resume_o     (resume),
      .abort_o      (abort),
      .start_pc_o   (start_pc),
      .stop_pc_o    (stop_pc),
      .stop_en_o    (stop_en),
      .lock_o       (lock),
      .busy_i       (busy),
      .halted_i     (halted),
      .reason_i     (reason),
      .pc_i         (pc),
      .next_pc_i    (next_pc),
      .run_i        (run),
      .done_i       (done),
      .event_i      (event_p),
      .halt_i       (halt_p),
      .error_i      (error_p),
      .error_code_i (error_code),
      .arg_we_i     (arg_we),
      .arg_i        (arg),
      .begin_i      (begin_p),
      .finish_i     (finish_p),
      .rel_i        (rel),
      .rel_rows_i   (rel_value),
      .en_i         (en),
      .macs_i       (macs),
      .fmem_reads_i (2'(fmem_re[0]) + 2'(fmem_re[1])),
      .fmem_writes_i(2'(fmem_we_any[0]) + 2'(fmem_we_any[1])),
      .wmem_read_i  (wmem_re),
      .stall_bank_i (stall_bank),
      .stall_param_i(stall_param),
      .stall_drain_i(stall_drain)
  );

  assign trace_run_o = run;
  assign trace_start_o = begin_p;
  assign trace_end_o = finish_p;
  assign trace_pc_o = begin_p ? next_pc : pc;

  logic unused;
  assign unused = ^{h_addr, i_busy, insn};
endmodule
