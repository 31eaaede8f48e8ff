// SPDX-License-Identifier: Apache-2.0
// Post-processing: takes finished accumulators from the array's queue, one vector a cycle, through LANES pipelines. For ADD and SUB the
// multiplier works four times a vector, so one is taken every fourth cycle and comes round again:
//   pass 0 at t: requantise   2 at t + 9: second operand   1 at t + 10: first operand, what pass 0 has made   3 at t + 19: their sum
module tnpu_ppu #(
    parameter int LANES = 4,
    localparam int W = LANES * 8,
    localparam int MW = 4 + 20 + 6 + 3
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    input  logic                 en_i,
    input  logic                 start_i,
    input  logic [511:0]         insn_i,
    input  logic [tnpu_dec::BITS-1:0] dec_i,
    // weight-memory row: addition row, cycle c + 3; parameters, from a register, cycle c + 4
    input  logic                 param_we_i,
    input  logic [3:0]           param_slot_i,
    input  logic                 add_we_i,
    input  logic [LANES*128-1:0] row_i,
    input  logic [LANES*128-1:0] param_i,
    // queue of finished accumulators
    input  logic                 ready_i,
    output logic                 pop_o,
    input  logic [LANES*32-1:0]  acc_i,
    input  logic [MW-1:0]        meta_i,      // slot, then what tail wants
    // second operands
    input  logic                 res_we_i,
    input  logic [W-1:0]         res_i,
    // results
    output logic                 valid_o,
    output logic [W-1:0]         y_o,
    output logic [MW-1:0]        meta_o
);
  // ---- constant during an instruction
  logic add_mode, any_res;
  assign add_mode = dec_i[tnpu_dec::ADD];
  assign any_res = dec_i[tnpu_dec::RES];

  logic [159:0] add_row_q;
  always_ff @(posedge clk_i) begin
    if (en_i && add_we_i) add_row_q <= row_i[159:0];
  end

  // ---- passes
  localparam int QUEUE = 8;  // cycles from an access to its vector's place in the queue: ADD and SUB take it at once where the access is the first
  logic [1:0] phase_q;
  logic [9:1] v_q;
  logic [1:0] pass_q[10];
  logic [MW-1:0] metas_q[11];
  logic [MW-1:0] hold_q, meta_in;
  logic first_q, valid_q;
  logic take, take0, take2, take3, out;
  logic [1:0] take_pass;
  assign take0 = ready_i && (!add_mode || phase_q == 2'd3);
  assign take2 = add_mode && v_q[9] && pass_q[9] == 2'd0;
  assign take3 = v_q[9] && pass_q[9] == 2'd1;
  assign take = take0 || take2 || first_q || take3;
  assign take_pass = take2 ? 2'd2 : first_q ? 2'd1 : take3 ? 2'd3 : 2'd0;
  assign meta_in = (take2 || take3) ? metas_q[9] : first_q ? hold_q : meta_i;
  assign out = v_q[9] && (add_mode ? pass_q[9] == 2'd3 : 1'b1);
  assign pop_o = take0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      v_q      <= '0;
      first_q <= 1'b0;
      valid_q  <= 1'b0;
      phase_q  <= 2'd0;
    end else if (en_i) begin
      v_q      <= {v_q[8:1], take};
      first_q <= take2;
      valid_q  <= out;
      phase_q  <= start_i ? 2'(5 - tnpu_pkg::CYC_START - QUEUE) : phase_q + 2'd1;
    end
    if (en_i) begin
      if (take) begin
        pass_q[1]  <= take_pass;
        metas_q[1] <= meta_in;
      end
      for (int i = 2; i < 10; i++) begin
        if (v_q[i-1]) begin
          pass_q[i]  <= pass_q[i-1];
          metas_q[i] <= metas_q[i-1];
        end
      end
      if (take2) hold_q <= metas_q[9];
      if (out) metas_q[10] <= metas_q[9];
    end
  end
  assign valid_o = valid_q;
  assign meta_o  = metas_q[10];

  // ---- second operands wait for their vector
  logic [W-1:0] res;
  logic res_empty;
  tnpu_fifo #(
      .WIDTH(W),
      .DEPTH(32)
  ) u_res (
      .clk_i,
      .rst_ni,
      .push_i (res_we_i && any_res && en_i),
      .data_i (res_i),
      .pop_i  (any_res && en_i && (add_mode ? take2 : take0)),
      .data_o (res),
      .empty_o(res_empty)
  );

  logic [33:0] wide_below_q;
  always_ff @(posedge clk_i) wide_below_q <= ((34'd1 << insn_i[tnpu_pkg::F_WIDE_N_LSB+:5]) - 34'd1) >> 1;

  // What stage 10 adds and clamps to: the final byte, or the first operand of ADD and SUB. The bounds without the zero point are compared
  // with while it is added: at_least is -(min - zp), at_most is -(max - zp) - 1
  logic [7:0] zp, lo, hi, zp9_q, lo9_q, hi9_q;
  logic [9:0] at_least9_q, at_most9_q;
  assign zp = (pass_q[8] == 2'd3) ? add_row_q[135:128] : insn_i[tnpu_pkg::F_OUT_ZP_LSB+:8];
  assign lo = (add_mode && pass_q[8] == 2'd0) ? add_row_q[143:136] : dec_i[tnpu_dec::ACT_MIN+:8];
  assign hi = (add_mode && pass_q[8] == 2'd0) ? add_row_q[151:144] : dec_i[tnpu_dec::ACT_MAX+:8];
  always_ff @(posedge clk_i) begin
    if (en_i && v_q[8]) begin
      zp9_q <= zp;
      lo9_q <= lo;
      hi9_q <= hi;
      at_least9_q <= {{2{zp[7]}}, zp} - {{2{lo[7]}}, lo};
      at_most9_q <= {{2{zp[7]}}, zp} + ~{{2{hi[7]}}, hi};
    end
  end

  logic active;
`ifdef SYNTHESIS
  assign active = en_i;  // each stage has its own condition; this one saves simulation time and would cost a long path
`else
  assign active = en_i && (take || v_q != 9'd0 || param_we_i);
`endif
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    tnpu_ppu_lane u_lane (
        .clk_i,
        .en_i        (active),
        .param_we_i,
        .param_slot_i,
        .param_i     (param_i[128*l+:128]),
        .identity_i  (dec_i[tnpu_dec::IDENTITY]),
        .average_i   (dec_i[tnpu_dec::AVERAGE]),
        .relu_i      (insn_i[tnpu_pkg::F_RELU_FIRST_LSB]),
        .mul_i       (dec_i[tnpu_dec::MUL]),
        .wide_i      (dec_i[tnpu_dec::WIDE]),
        .max_i       (dec_i[tnpu_dec::MAX]),
        .min_i       (dec_i[tnpu_dec::MIN]),
        .sub_i       (dec_i[tnpu_dec::SUB]),
        .wide_n_i    (insn_i[tnpu_pkg::F_WIDE_N_LSB+:5]),
        .wide_below_i(wide_below_q),
        .res_zp_i    (insn_i[tnpu_pkg::F_RES_ZP_LSB+:8]),
        .zp_i        (zp9_q),
        .lo_i        (lo9_q),
        .hi_i        (hi9_q),
        .at_least_i  (at_least9_q),
        .at_most_i   (at_most9_q),
        .add_row_i   (add_row_q),
        .take_i      (take),
        .take_pass_i (take_pass),
        .acc_i       (acc_i[32*l+:32]),
        .res_i       (res[8*l+:8]),
        .slot0_i     (meta_i[MW-1-:4]),
        .v_i         (v_q),
        .pass1_i     (pass_q[1]),
        .pass2_i     (pass_q[2]),
        .pass3_i     (pass_q[3]),
        .pass6_i     (pass_q[6]),
        .pass9_i     (pass_q[9]),
        .slot1_i     (metas_q[1][MW-1-:4]),
        .slot2_i     (metas_q[2][MW-1-:4]),
        .slot3_i     (metas_q[3][MW-1-:4]),
        .slot5_i     (metas_q[5][MW-1-:4]),
        .out_i       (out || take2),
        .y_o         (y_o[8*l+:8])
    );
  end

  logic unused;
  assign unused = ^{insn_i, dec_i, row_i, res_empty};
endmodule
