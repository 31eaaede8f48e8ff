// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue with the oldest word always visible. Writing a full one or reading an empty one is a design error.
module tnpu_fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 32,  // a power of two
    localparam int AW = $clog2(DEPTH)
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             push_i,
    input  logic [WIDTH-1:0] data_i,
    input  logic             pop_i,
    output logic [WIDTH-1:0] data_o,
    output logic             empty_o
);
  logic [WIDTH-1:0] mem[DEPTH];
  logic [AW:0] wptr_q, rptr_q;
  assign empty_o = wptr_q == rptr_q;
  assign data_o = mem[rptr_q[AW-1:0]];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (push_i) wptr_q <= wptr_q + 1'b1;
      if (pop_i) rptr_q <= rptr_q + 1'b1;
    end
    if (push_i) mem[wptr_q[AW-1:0]] <= data_i;
  end
`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(pop_i && empty_o))
      else $error("tnpu_fifo: read while empty");
      assert (!(push_i && !pop_i && wptr_q == {~rptr_q[AW], rptr_q[AW-1:0]}))
      else $error("tnpu_fifo: written while full");
    end
  end
`endif
endmodule
