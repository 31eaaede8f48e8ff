// SPDX-License-Identifier: Apache-2.0
// A register in N copies, for what very many hang on that lie all over a chip: each copy is near those that it serves, and its wires are short.
module tnpu_fanout #(
    parameter int WIDTH = 1,
    parameter int N = 2
) (
    input  logic               clk_i,
    input  logic [WIDTH-1:0]   d_i,
    output logic [N*WIDTH-1:0] q_o
);
  for (genvar i = 0; i < N; i++) begin : gen_copy
    tnpu_copy #(
        .WIDTH(WIDTH)
    ) u_copy (
        .clk_i,
        .d_i,
        .q_o(q_o[WIDTH*i+:WIDTH])
    );
  end
endmodule
