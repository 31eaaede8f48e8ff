// SPDX-License-Identifier: Apache-2.0
// Memory with one read and one write port, byte enables, registered read. An ASIC flow replaces this file by its RAM macros.
// A read of an address that is written in the same cycle gives the old data.
module tnpu_ram #(
    parameter int WIDTH = 32,  // bits, a multiple of 8
    parameter int DEPTH = 64,
    localparam int AW = $clog2(DEPTH)
) (
    input  logic               clk_i,
    input  logic               re_i,     // read enable: rdata_o changes only after a read
    input  logic [AW-1:0]      raddr_i,
    output logic [WIDTH-1:0]   rdata_o,  // valid in the next cycle, held until the next read
    input  logic [WIDTH/8-1:0] we_i,     // one bit a byte
    input  logic [AW-1:0]      waddr_i,
    input  logic [WIDTH-1:0]   wdata_i
);
  logic [WIDTH-1:0] mem[DEPTH];

  always_ff @(posedge clk_i) begin
    if (re_i) rdata_o <= mem[raddr_i];
  end

  // Two forms of the same: synthesis infers byte enables from the first, the second simulates several times faster
`ifdef SYNTHESIS
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < WIDTH / 8; i++) begin
      if (we_i[i]) mem[waddr_i][8*i+:8] <= wdata_i[8*i+:8];
    end
  end
`else
  function logic [WIDTH-1:0] merge(input logic [WIDTH-1:0] old, input logic [WIDTH-1:0] now, input logic [WIDTH/8-1:0] we);
    for (int i = 0; i < WIDTH / 8; i++) merge[8*i+:8] = we[i] ? now[8*i+:8] : old[8*i+:8];
  endfunction
  always_ff @(posedge clk_i) begin
    if (&we_i) mem[waddr_i] <= wdata_i;
    else if (|we_i) mem[waddr_i] <= merge(mem[waddr_i], wdata_i, we_i);
  end
`endif
endmodule
