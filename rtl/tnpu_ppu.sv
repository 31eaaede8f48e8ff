// SPDX-License-Identifier: Apache-2.0
// Post-processing: takes finished accumulators from the array's queue, one vector a cycle, through LANES pipelines. For ADD and SUB the
// multiplier works four times a vector, so one is taken every fourth cycle and comes round again:
//   pass 0 at t: requantise   2 at t + 9: second operand   1 at t + 10: first operand, what pass 0 has made   3 at t + 19: their sum
module tnpu_ppu #(
    parameter int LANES = 4,
    localparam int LC = tnpu_copies::EACH * (LANES - 1) + 1,
    localparam int W = LANES * 8,
    localparam int MW = 20 + 6 + 3  // address, lanes, flags: what the tail wants to know of a vector
) (
    input  logic                 clk_i,
    input  logic                 rst_ni,
    input  logic                 en_i,
    input  logic [LC-1:0]        en_lane_i,   // copies of it
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
    input  logic [3:0]           slot_i,      // of its parameters
    // what goes along with a vector, when the read that completes it is issued
    input  logic                 meta_we_i,
    input  logic [MW-1:0]        meta_i,
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
  logic [17:0] passes_q;  // pass and slot of stage n at 2 * (n - 1) and 4 * (n - 1)
  logic [19:0] slots_q;
  logic [1:0] pass9;
  logic first_q, valid_q;
  logic take, take0, take2, take3, out;
  logic [1:0] take_pass;
  assign pass9 = passes_q[16+:2];
  assign take0 = ready_i && (!add_mode || phase_q == 2'd3);
  assign take2 = add_mode && v_q[9] && pass9 == 2'd0;
  assign take3 = v_q[9] && pass9 == 2'd1;
  assign take = take0 || take2 || first_q || take3;
  assign take_pass = take2 ? 2'd2 : first_q ? 2'd1 : take3 ? 2'd3 : 2'd0;
  assign out = v_q[9] && (!add_mode || pass9 == 2'd3);
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
      passes_q <= {passes_q[15:0], take_pass};
      slots_q  <= {slots_q[15:0], slot_i};
    end
  end
  assign valid_o = valid_q;

  // Vectors leave in the order in which they were issued: at most 22 are before post-processing, 9 in it
  logic [MW-1:0] meta;
  logic meta_empty;
  tnpu_fifo #(
      .WIDTH(MW),
      .DEPTH(32)
  ) u_meta (
      .clk_i,
      .rst_ni,
      .push_i (meta_we_i && en_i),
      .data_i (meta_i),
      .pop_i  (out && en_i),
      .data_o (meta),
      .empty_o(meta_empty)
  );
  always_ff @(posedge clk_i) begin
    if (en_i && out) meta_o <= meta;
  end

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
  assign zp = (passes_q[14+:2] == 2'd3) ? add_row_q[135:128] : insn_i[tnpu_pkg::F_OUT_ZP_LSB+:8];
  assign lo = (add_mode && passes_q[14+:2] == 2'd0) ? add_row_q[143:136] : dec_i[tnpu_dec::ACT_MIN+:8];
  assign hi = (add_mode && passes_q[14+:2] == 2'd0) ? add_row_q[151:144] : dec_i[tnpu_dec::ACT_MAX+:8];
  always_ff @(posedge clk_i) begin
    if (en_i && v_q[8]) begin
      zp9_q <= zp;
      lo9_q <= lo;
      hi9_q <= hi;
      at_least9_q <= {{2{zp[7]}}, zp} - {{2{lo[7]}}, lo};
      at_most9_q <= {{2{zp[7]}}, zp} + ~{{2{hi[7]}}, hi};
    end
  end

  // ---- parameters: one slot a tile in flight; a memory a field, all lanes together, for each field is looked up in its stage
  logic [LANES*32-1:0] bias_mem[16];
  logic [LANES*32-1:0] post_mem[16];
  logic [LANES*32-1:0] mult_mem[16];
  logic [LANES*6-1:0] shift_mem[16];
  logic [LANES*16-1:0] k_mem[16];
  logic [LANES*32-1:0] bias_row, post_row, mult_row, bias, post, mult;
  logic [LANES*6-1:0] shift_row, shift;
  logic [LANES*16-1:0] k_row, k;
  for (genvar l = 0; l < LANES; l++) begin : gen_param
    assign bias_row[32*l+:32] = param_i[128*l+:32];
    assign post_row[32*l+:32] = param_i[128*l+32+:32];
    assign mult_row[32*l+:32] = param_i[128*l+64+:32];
    assign shift_row[6*l+:6]  = param_i[128*l+96+:6];
    assign k_row[16*l+:16]    = param_i[128*l+112+:16];
  end
  always_ff @(posedge clk_i) begin
    if (en_i && param_we_i) begin
      bias_mem[param_slot_i]  <= bias_row;
      post_mem[param_slot_i]  <= post_row;
      mult_mem[param_slot_i]  <= mult_row;
      shift_mem[param_slot_i] <= shift_row;
      k_mem[param_slot_i]     <= k_row;
    end
  end
  assign bias  = bias_mem[slot_i];
  assign post  = post_mem[slots_q[0+:4]];
  assign shift = shift_mem[slots_q[4+:4]];
  assign mult  = mult_mem[slots_q[8+:4]];
  assign k     = k_mem[slots_q[16+:4]];

  logic [LC-1:0] active;
`ifdef SYNTHESIS
  assign active = en_lane_i;  // each stage has its own condition; this one saves simulation time and would cost a long path
`else
  assign active = en_lane_i & {LC{take || v_q != 9'd0}};
`endif
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    tnpu_ppu_lane u_lane (
        .clk_i,
        .en_i        (active[tnpu_copies::EACH*l]),
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
        .bias_i      (bias[32*l+:32]),
        .post_i      (post[32*l+:32]),
        .shift_i     (shift[6*l+:6]),
        .mult_i      (mult[32*l+:32]),
        .k_i         (k[16*l+:16]),
        .v_i         (v_q),
        .pass1_i     (passes_q[0+:2]),
        .pass2_i     (passes_q[2+:2]),
        .pass3_i     (passes_q[4+:2]),
        .pass6_i     (passes_q[10+:2]),
        .pass9_i     (pass9),
        .out_i       (out || take2),
        .y_o         (y_o[8*l+:8])
    );
  end

  logic unused;
  assign unused = ^{insn_i, dec_i, row_i, param_i, res_empty, meta_empty};
endmodule
