// SPDX-License-Identifier: Apache-2.0
// One lane of the array: its 3x3 depthwise window and a dot product of 16 pairs of bytes. Of the three sources of the first factors, those that
// the instruction does not use are zero, so that or-ing them is choosing.
//   c + 3: window    c + 4: multiply    c + 5, c + 6: adder tree
module tnpu_lane (
    input  logic                          clk_i,
    input  logic                          en_i,
    input  logic                          clear_i,    // an instruction has begun
    // c + 3: depthwise column of the lane's channel, {bottom, middle, top}
    input  logic                          col_we_i,
    input  logic [23:0]                   col_i,
    input  logic                          emit_i,     // it completes a window
    input  logic [8:0]                    tap_ok_i,   // taps of the window inside the input, as in it
    input  logic [7:0]                    pad_i,
    output logic [7:0]                    centre_o,   // c + 4
    // c + 3: weight row
    input  logic                          w_load_i,
    input  logic [127:0]                  w_i,
    input  logic                          v2_i,
    input  logic                          step_i,     // the first multiplier goes on to its next byte (DWTAP)
    // c + 4; the first three are constant during an instruction
    input  logic                          is_conv_i,
    input  logic                          is_dw_i,
    input  logic                          ones_i,     // times one
    input  logic                          v3_i,
    input  logic [16*tnpu_mul::BYTE_W-1:0] x_i,       // the input bytes that a set of lanes shares
    input  logic [tnpu_mul::BYTE_W-1:0]   own_i,      // the lane's own
    // c + 5, c + 6
    input  logic                          v4_i,
    input  logic                          v5_i,
    output logic [tnpu_mul::SUM_W-1:0]    sum_o       // c + 7
);
  localparam int B = tnpu_mul::BYTE_W;
  localparam int P = tnpu_mul::PROD_W;
  localparam int S = tnpu_mul::SUM4_W;
  localparam int W = tnpu_mul::SUM_W;

  // ---- window: two columns kept, the third coming in
  for (genvar r = 0; r < 3; r++) begin : gen_row
    logic [B-1:0] left_q, mid_q, col;
    assign col = B'($signed(col_i[8*r+:8]));
    always_ff @(posedge clk_i) begin
      if (en_i && col_we_i) begin
        left_q <= mid_q;
        mid_q  <= col;
      end
    end
  end
  logic [B-1:0] pad;
  assign pad = B'($signed(pad_i));
  for (genvar i = 0; i < 9; i++) begin : gen_tap  // 3 * row + column
    logic [B-1:0] x_q, x;
    if (i % 3 == 0) assign x = gen_row[i/3].left_q;
    else if (i % 3 == 1) assign x = gen_row[i/3].mid_q;
    else assign x = gen_row[i/3].col;
    always_ff @(posedge clk_i) begin
      if (clear_i) x_q <= '0;
      else if (en_i && col_we_i && emit_i) x_q <= tap_ok_i[i] ? x : pad;
    end
  end
  assign centre_o = gen_tap[4].x_q[7:0];

  // ---- multiply
  for (genvar i = 0; i < 16; i++) begin : gen_mul
    logic [B-1:0] a, w_q, after;
    logic [P-1:0] prod_q;
    if (i < 15) assign after = gen_mul[i+1].w_q;
    else assign after = '0;
    always_ff @(posedge clk_i) begin
      if (en_i && (w_load_i || step_i)) w_q <= w_load_i ? B'($signed(w_i[8*i+:8])) : after;
    end
    if (i == 0) begin : gen_first  // serves the vector instructions too
      assign a = x_i[0+:B] | gen_tap[0].x_q | own_i;
      always_ff @(posedge clk_i) begin
        if (en_i && v3_i) prod_q <= tnpu_mul::mul8x8(a, factor_q);
      end
    end else if (i < 9) begin : gen_window
      assign a = x_i[B*i+:B] | gen_tap[i].x_q;
      always_ff @(posedge clk_i) begin
        if (clear_i) prod_q <= '0;
        else if (en_i && v3_i && (is_conv_i || is_dw_i)) prod_q <= tnpu_mul::mul(a, w_q);
      end
    end else begin : gen_conv
      assign a = x_i[B*i+:B];
      always_ff @(posedge clk_i) begin
        if (clear_i) prod_q <= '0;
        else if (en_i && v3_i && is_conv_i) prod_q <= tnpu_mul::mul(a, w_q);
      end
    end
  end

  // The first multiplier's weight, chosen a cycle ahead. In DWTAP the row moves on by a byte a tap: a byte's wires go to its neighbour, not all of
  // them to one place. A row that is just being loaded begins with its byte 0 (docs/ISA.md, 2.7).
  logic [B-1:0] factor_q;
  always_ff @(posedge clk_i) begin
    if (en_i && v2_i) factor_q <= ones_i ? B'(1) : w_load_i ? B'($signed(w_i[7:0])) : step_i ? gen_mul[1].w_q : gen_mul[0].w_q;
  end

  // ---- add
  for (genvar i = 0; i < 4; i++) begin : gen_sum4
    logic [S-1:0] sum_q;
    always_ff @(posedge clk_i) begin
      if (en_i && v4_i)
        sum_q <= (S'($signed(gen_mul[4*i].prod_q)) + S'($signed(gen_mul[4*i+1].prod_q)))
               + (S'($signed(gen_mul[4*i+2].prod_q)) + S'($signed(gen_mul[4*i+3].prod_q)));
    end
  end
  always_ff @(posedge clk_i) begin
    if (en_i && v5_i)
      sum_o <= (W'($signed(gen_sum4[0].sum_q)) + W'($signed(gen_sum4[1].sum_q)))
             + (W'($signed(gen_sum4[2].sum_q)) + W'($signed(gen_sum4[3].sum_q)));
  end
endmodule
