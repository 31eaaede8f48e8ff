// SPDX-License-Identifier: Apache-2.0
// Accumulators: a tile of 16 pixels for each lane, and the queue in which finished ones wait for post-processing.
module tnpu_accum #(
    parameter int LANES = 4,
    localparam int LC = tnpu_copies::EACH * (LANES - 1) + 1
) (
    input  logic                             clk_i,
    input  logic                             rst_ni,
    input  logic                             en_i,
    input  logic [LC-1:0]                    en_lane_i,  // copies of it
    input  logic                             max_i,    // the maximum instead of the sum
    // cycle c + 7
    input  logic                             valid_i,
    input  logic                             first_i,  // what was there does not count
    input  logic                             last_i,   // into the queue
    input  logic [4*LC-1:0]                  pix_i,    // copies
    input  logic [LANES*tnpu_mul::SUM_W-1:0] sum_i,
    // head of the queue
    output logic                             ready_o,
    input  logic                             pop_i,
    output logic [LANES*32-1:0]              acc_o
);
  localparam int S = tnpu_mul::SUM_W;

  logic [LANES*32-1:0] queue[16];
  logic [LANES*32-1:0] now;
  function logic [31:0] accumulate(input logic first, input logic maximum, input logic [31:0] old, input logic [31:0] sum);
    if (first) accumulate = sum;
    else if (maximum) accumulate = ($signed(old) > $signed(sum)) ? old : sum;
    else accumulate = old + sum;
  endfunction
`ifndef SYNTHESIS
  // One for all lanes simulates faster
  logic [LANES*32-1:0] acc[16];
  always_ff @(posedge clk_i) begin
    if (en_lane_i[0] && valid_i) acc[pix_i] <= now;
  end
`endif
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic [31:0] old;
    assign now[32*l+:32] = accumulate(first_i, max_i, old, 32'($signed(sum_i[S*l+:S])));
`ifdef SYNTHESIS
    // One a lane, with its own copies of address and enable, can be near its adder
    logic [31:0] acc[16];
    logic [3:0] pix;
    assign pix = pix_i[4*l+:4];
    assign old = acc[pix];
    always_ff @(posedge clk_i) begin
      if (en_lane_i[l] && valid_i) acc[pix] <= now[32*l+:32];
    end
`else
    assign old = acc[pix_i][32*l+:32];
`endif
  end

  logic [4:0] wptr_q, rptr_q;
  assign ready_o = wptr_q != rptr_q;
  assign acc_o = queue[rptr_q[3:0]];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= 5'd0;
      rptr_q <= 5'd0;
    end else if (en_i) begin
      if (last_i) wptr_q <= wptr_q + 5'd1;
      if (pop_i) rptr_q <= rptr_q + 5'd1;
    end
    if (en_i && last_i) queue[wptr_q[3:0]] <= now;
  end
endmodule
