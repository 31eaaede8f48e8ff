// SPDX-License-Identifier: Apache-2.0
// Small memory of 32-bit words between two clocks: byte-enabled writes by one, registered reads by the other. Who uses it sees to it that a word
// is not read while it is written (tnpu_linkbuf: by the places of tnpu_afifo).
module tnpu_ram2 #(
    parameter int DEPTH = 64,
    localparam int AW = $clog2(DEPTH)
) (
    input  logic          wclk_i,
    input  logic [3:0]    we_i,     // one bit a byte
    input  logic [AW-1:0] waddr_i,
    input  logic [31:0]   wdata_i,
    input  logic          rclk_i,
    input  logic          re_i,
    input  logic [AW-1:0] raddr_i,
    output logic [31:0]   rdata_o   // in the next cycle, held until the next read
);
  logic [31:0] mem[DEPTH];
  always_ff @(posedge wclk_i) begin
    for (int i = 0; i < 4; i++) begin
      if (we_i[i]) mem[waddr_i][8*i+:8] <= wdata_i[8*i+:8];
    end
  end
  always_ff @(posedge rclk_i) begin
    if (re_i) rdata_o <= mem[raddr_i];
  end
endmodule
