// SPDX-License-Identifier: Apache-2.0
// The array: LANES dot products, the weight row they share the input with, their accumulators, and the queue in which finished
// accumulators wait for post-processing, each with the slot of its parameters.
module tnpu_array #(
    parameter int LANES = 4,
    localparam int LC = tnpu_copies::EACH * (LANES - 1) + 1,
    localparam int SETS = (LANES < 16) ? 1 : LANES / 16,  // of 16 lanes, which share the input bytes of a convolution
    localparam int W = LANES * 8,
    localparam int B = tnpu_mul::BYTE_W
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                en_i,
    input  logic [LC-1:0]       en_lane_i,  // copies of it
    input  logic [LC-1:0]       clear_i,    // an instruction has begun; copies
    // constant during an instruction
    input  logic                is_conv_i,
    input  logic                is_dw_i,
    input  logic                ones_i,
    input  logic                max_i,
    // cycle c + 1
    input  logic                go_i,
    input  logic                first_i,
    input  logic                last_i,
    input  logic [3:0]          pix_i,
    input  logic                tap_odd_i,  // DWTAP: lowest bit of the kernel tap, which is counted up
    input  logic [3:0]          slot_i,     // of the vector's parameters
    // cycle c + 2
    input  logic                emit_i,     // depthwise: the column completes a window
    input  logic [1:0]          rows_ok_i,  // lower and upper row, right and left column of the window are inside the input
    input  logic [1:0]          cols_ok_i,
    // cycle c + 3
    input  logic                w_load_i,
    input  logic [LANES*128-1:0] w_i,
    input  logic                col_we_i,   // depthwise column
    input  logic [W-1:0]        row0_i,
    input  logic [W-1:0]        row1_i,
    input  logic [W-1:0]        row2_i,
    input  logic [7:0]          pad_i,
    // cycle c + 4: input bytes that a set of lanes shares, and one of each lane; zero where the instruction does not use them
    input  logic [SETS*16*B-1:0] x_i,
    input  logic [LANES*B-1:0]  own_i,
    output logic                centre_we_o,
    output logic [W-1:0]        centre_o,   // centre of the window
    // queue of finished accumulators
    output logic                ready_o,
    input  logic                pop_i,
    output logic [LANES*32-1:0] acc_o,
    output logic [3:0]          slot_o
);
  // ---- controls follow the data
  logic [6:1] v_q, first_q, last_q;  // index n: cycle c + 1 + n
  logic [23:0] pix_q;                // n at 4 * (n - 1)
  logic tap_odd_q, tap_before_q, tap_step_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      v_q    <= '0;
      last_q <= '0;
    end else if (en_i) begin
      v_q    <= {v_q[5:1], go_i && (!is_dw_i || last_i)};
      last_q <= {last_q[5:1], last_i};
    end
    if (en_i) begin
      first_q <= {first_q[5:1], first_i};
      pix_q   <= {pix_q[19:0], pix_i};
      tap_odd_q <= tap_odd_i;
      if (v_q[1]) tap_before_q <= tap_odd_q;
      tap_step_q <= v_q[1] && tap_odd_q != tap_before_q;
    end
  end

  // Each lane's accumulators have their own copy of the last
  logic [4*LC-1:0] pix;
  tnpu_fanout #(
      .WIDTH(4),
      .N    (LC)
  ) u_pix (
      .clk_i,
      .d_i(en_i ? pix_q[19:16] : pix_q[23:20]),
      .q_o(pix)
  );

  // A slot waits from the issue of the read that completes its vector on: at most 16 vectors are in the queue, 6 before it. That of the
  // queue's head is in a register, for a parameter is looked up with it.
  logic [4:0] wptr_q, rptr_q, rptr;
  logic [3:0] slots[32];
  assign rptr = rptr_q + 5'(pop_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= 5'd0;
      rptr_q <= 5'd0;
    end else if (en_i) begin
      if (last_i) wptr_q <= wptr_q + 5'd1;
      rptr_q <= rptr;
    end
    if (en_i) slot_o <= slots[rptr];
    if (en_i && last_i) slots[wptr_q] <= slot_i;
  end

  // ---- depthwise window
  logic emit_q;
  logic [8:0] tap_ok_q;  // 3 * row + column
  logic [2:0] cols_ok;
  assign cols_ok = {cols_ok_i[1], 1'b1, cols_ok_i[0]};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) centre_we_o <= 1'b0;
    else if (en_i) centre_we_o <= col_we_i && emit_q;
    if (en_i) begin
      emit_q   <= emit_i;
      tap_ok_q <= {{3{rows_ok_i[1]}} & cols_ok, cols_ok, {3{rows_ok_i[0]}} & cols_ok};
    end
  end

  // ---- lanes
  logic [LANES*tnpu_mul::SUM_W-1:0] sum;
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    tnpu_lane u_lane (
        .clk_i,
        .en_i    (en_lane_i[tnpu_copies::EACH*l]),
        .clear_i (clear_i[tnpu_copies::EACH*l]),
        .col_we_i,
        .col_i   ({row2_i[8*l+:8], row1_i[8*l+:8], row0_i[8*l+:8]}),
        .emit_i  (emit_q),
        .tap_ok_i(tap_ok_q),
        .pad_i,
        .centre_o(centre_o[8*l+:8]),
        .w_load_i,
        .w_i     (w_i[128*l+:128]),
        .is_conv_i,
        .is_dw_i,
        .ones_i,
        .v2_i    (v_q[2]),
        .step_i  (tap_step_q),
        .v3_i    (v_q[3]),
        .x_i     (x_i[16*B*(l/16)+:16*B]),
        .own_i   (own_i[B*l+:B]),
        .v4_i    (v_q[4]),
        .v5_i    (v_q[5]),
        .sum_o   (sum[tnpu_mul::SUM_W*l+:tnpu_mul::SUM_W])
    );
  end

  tnpu_accum #(
      .LANES(LANES)
  ) u_accum (
      .clk_i,
      .rst_ni,
      .en_i,
      .en_lane_i,
      .max_i,
      .valid_i(v_q[6]),
      .first_i(first_q[6]),
      .last_i (last_q[6]),
      .pix_i  (pix),
      .sum_i  (sum),
      .ready_o,
      .pop_i,
      .acc_o
  );
endmodule
