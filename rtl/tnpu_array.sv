// SPDX-License-Identifier: Apache-2.0
// The array: LANES dot products, the weight row they share the input with, their accumulators, and the queue in which finished
// accumulators wait for post-processing, with what goes along with each of them.
module tnpu_array #(
    parameter int LANES = 4,
    localparam int VECN = (LANES < 16) ? 16 : LANES,
    localparam int W = LANES * 8,
    localparam int MW = 4 + 20 + 6 + 3  // slot, address, lanes, flags
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                en_i,
    // constant during an instruction
    input  logic                is_dw_i,
    input  logic                vec_i,
    input  logic                ones_i,
    input  logic                max_i,
    // cycle c + 1
    input  logic                go_i,
    input  logic                first_i,
    input  logic                last_i,
    input  logic [3:0]          pix_i,
    input  logic [3:0]          tap_i,
    input  logic [MW-1:0]       meta_i,     // goes along with the vector
    // cycle c + 3
    input  logic                w_load_i,
    input  logic [LANES*128-1:0] w_i,
    // cycle c + 2
    input  logic                emit_i,     // depthwise: the column completes a window
    input  logic [2:0]          rows_ok_i,
    input  logic [2:0]          cols_ok_i,
    // cycle c + 3: depthwise column
    input  logic                col_we_i,
    input  logic [W-1:0]        row0_i,
    input  logic [W-1:0]        row1_i,
    input  logic [W-1:0]        row2_i,
    input  logic [7:0]          pad_i,
    // cycle c + 4
    input  logic [VECN*8-1:0]   x_i,
    output logic                centre_we_o,
    output logic [W-1:0]        centre_o,   // centre of the window
    // queue of finished accumulators
    output logic                ready_o,
    input  logic                pop_i,
    output logic [LANES*32-1:0] acc_o,
    output logic [MW-1:0]       meta_o
);
  // ---- controls follow the data
  logic [6:1] v_q, first_q, last_q;  // index: cycle c + 1 + n
  logic [3:0] pix_q[7];
  logic [3:0] tap1_q, tap2_q;
  logic [MW-1:0] meta_q[7];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      v_q <= '0;
      last_q <= '0;
    end else if (en_i) begin
      v_q <= {v_q[5:1], go_i && (!is_dw_i || last_i)};
      last_q <= {last_q[5:1], last_i};
    end
    if (en_i) begin
      first_q <= {first_q[5:1], first_i};
      pix_q[1] <= pix_i;
      for (int i = 2; i < 7; i++) pix_q[i] <= pix_q[i-1];
      tap1_q <= tap_i;
      tap2_q <= tap1_q;
      if (last_i) meta_q[1] <= meta_i;
      for (int i = 2; i < 7; i++) if (last_q[i-1]) meta_q[i] <= meta_q[i-1];
    end
  end

  logic [LANES*128-1:0] w_q;
  always_ff @(posedge clk_i) begin
    if (en_i && w_load_i) w_q <= w_i;
  end

  // ---- queue; the slot at its head is in a register, for a parameter is looked up with it
  logic [4:0] wptr_q, rptr_q, rptr;
  logic [MW-5:0] metas[16];
  logic [3:0] slots[16];
  logic [3:0] slot_q;
  assign ready_o = wptr_q != rptr_q;
  assign meta_o = {slot_q, metas[rptr_q[3:0]]};
  assign rptr = rptr_q + 5'(pop_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= 5'd0;
      rptr_q <= 5'd0;
    end else if (en_i) begin
      if (last_q[6]) wptr_q <= wptr_q + 5'd1;
      rptr_q <= rptr;
    end
    if (en_i) slot_q <= (wptr_q == rptr) ? meta_q[6][MW-1-:4] : slots[rptr[3:0]];
    if (en_i && last_q[6]) begin
      slots[wptr_q[3:0]] <= meta_q[6][MW-1-:4];
      metas[wptr_q[3:0]] <= meta_q[6][MW-5:0];
    end
  end

  logic emit_q;
  logic [2:0] rows_ok_q, cols_ok_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) centre_we_o <= 1'b0;
    else if (en_i) centre_we_o <= col_we_i && emit_q;
    if (en_i) begin
      emit_q    <= emit_i;
      rows_ok_q <= rows_ok_i;
      cols_ok_q <= cols_ok_i;
    end
  end

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic [127:0] w;  // weights of the next cycle, of which the first multiplier's is chosen
    logic [7:0] w0_q;
    assign w = w_load_i ? w_i[128*l+:128] : w_q[128*l+:128];
    always_ff @(posedge clk_i) begin
      if (en_i && v_q[2]) w0_q <= ones_i ? 8'd1 : vec_i ? w[{tap2_q, 3'b000}+:8] : w[7:0];
    end
    tnpu_lane u_lane (
        .clk_i,
        .en_i,
        .col_we_i,
        .col_i    ({row2_i[8*l+:8], row1_i[8*l+:8], row0_i[8*l+:8]}),
        .emit_i   (emit_q),
        .rows_ok_i(rows_ok_q),
        .cols_ok_i(cols_ok_q),
        .pad_i,
        .centre_o (centre_o[8*l+:8]),
        .is_dw_i,
        .vec_i,
        .v3_i    (v_q[3]),
        .x_i     (x_i[127:0]),
        .own_i   (x_i[8*l+:8]),
        .w_i     (w_q[128*l+:128]),
        .w0_i    (w0_q),
        .v4_i    (v_q[4]),
        .v5_i    (v_q[5]),
        .v6_i    (v_q[6]),
        .first6_i(first_q[6]),
        .max_i,
        .pix6_i  (pix_q[6]),
        .push6_i (last_q[6]),
        .wptr_i  (wptr_q[3:0]),
        .rptr_i  (rptr_q[3:0]),
        .acc_o   (acc_o[32*l+:32])
    );
  end
endmodule
