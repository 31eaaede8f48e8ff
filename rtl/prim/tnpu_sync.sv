// SPDX-License-Identifier: Apache-2.0
// Two-flop synchroniser. Bits are independent: use it for one bit, or for a Gray code. An ASIC flow replaces this file by its synchroniser cell.
// In simulation, with +cdc_seed=N, what has just changed may be seen a cycle later, as metastability would have it. All of it: a Gray code may have
// taken several steps since the last edge, of which only the last one can be late, and a mixture of more would be a value that it never had.
module tnpu_sync #(
    parameter int WIDTH = 1,
    parameter logic [31:0] SALT = 1  // simulation: makes the random numbers of this instance its own
) (
    input  logic             clk_i,   // of the side that reads
    input  logic             rst_ni,  // asynchronous; outputs are 0 then
    input  logic [WIDTH-1:0] d_i,     // from a flop of another clock
    output logic [WIDTH-1:0] q_o
);
  (* ASYNC_REG = "TRUE" *) logic [WIDTH-1:0] first_q, second_q;  // Vivado: side by side
  logic [WIDTH-1:0] seen;
  assign q_o = second_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      first_q  <= '0;
      second_q <= '0;
    end else begin
      first_q  <= seen;
      second_q <= first_q;
    end
  end

`ifdef SYNTHESIS
  assign seen = d_i;
`else
  logic [31:0] seed, random_q;
  logic [WIDTH-1:0] last_q;
  initial begin
    if (!$value$plusargs("cdc_seed=%d", seed)) seed = 32'd0;
  end
  function logic [31:0] next(input logic [31:0] x);  // xorshift
    next = x ^ (x << 13);
    next = next ^ (next >> 17);
    next = next ^ (next << 5);
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q   <= '0;
      random_q <= seed == 32'd0 ? 32'd0 : (seed ^ (SALT * 32'h9E3779B9)) | 32'd1;
    end else begin
      last_q   <= d_i;
      random_q <= next(random_q);
    end
  end
  assign seen = random_q[7] ? last_q : d_i;
`endif
endmodule
