// SPDX-License-Identifier: Apache-2.0
// One copy of a register (tnpu_fanout). Synthesis would find it equal to the others and make one of them all: the attribute keeps it apart until
// that is over, and scripts/synth takes it away then.
(* keep_hierarchy *)
module tnpu_copy #(
    parameter int WIDTH = 1
) (
    input  logic             clk_i,
    input  logic [WIDTH-1:0] d_i,
    output logic [WIDTH-1:0] q_o
);
  always_ff @(posedge clk_i) q_o <= d_i;
endmodule
