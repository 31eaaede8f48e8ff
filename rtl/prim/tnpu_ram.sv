// SPDX-License-Identifier: Apache-2.0
// Memory with one read and one write port, byte enables, registered read. An ASIC flow replaces this file by its RAM macros.
// A read of an address that is written in the same cycle gives the old data.
module tnpu_ram #(
    parameter int WIDTH = 32,  // bits, a multiple of 8
    parameter int DEPTH = 64,
    parameter bit PARITY = 0,  // a ninth bit a byte makes the number of ones even
    parameter int BLOCK = 2048,  // bytes of a block RAM (ECP5, Xilinx 7), for synthesis
    localparam int AW = $clog2(DEPTH)
) (
    input  logic               clk_i,
    input  logic               re_i,     // read enable: rdata_o changes only after a read
    input  logic [AW-1:0]      raddr_i,
    output logic [WIDTH-1:0]   rdata_o,  // valid in the next cycle, held until the next read
    output logic               bad_o,    // in the cycle after a read: a byte of rdata_o has wrong parity
    input  logic [WIDTH/8-1:0] we_i,     // one bit a byte
    input  logic [AW-1:0]      waddr_i,
    input  logic [WIDTH-1:0]   wdata_i
);
  localparam int B = PARITY ? 9 : 8;  // bits stored a byte
  localparam int N = WIDTH / 8;
  logic [N*B-1:0] wstored, rstored_q;

  if (PARITY) begin : gen_parity
    logic [N-1:0] wrong;
    logic read_q;
    for (genvar i = 0; i < N; i++) begin : gen_byte
      assign wstored[B*i+:B]   = {^wdata_i[8*i+:8], wdata_i[8*i+:8]};
      assign rdata_o[8*i+:8] = rstored_q[B*i+:8];
      assign wrong[i]        = ^rstored_q[B*i+:B];
    end
    always_ff @(posedge clk_i) read_q <= re_i;
    assign bad_o = read_q && wrong != '0;
  end else begin : gen_plain
    assign wstored = wdata_i;
    assign rdata_o = rstored_q;
    assign bad_o   = 1'b0;
  end

`ifdef SYNTHESIS
  // Parts of as many rows as one block RAM has at a width of 1, 2 or 4 bytes: Yosys gives them that width, and no bit of a part is chosen among
  // several block RAMs. A deep memory that is left whole it makes 4 bytes wide, each bit a choice among many, with wires across the device.
  localparam int REST = DEPTH % BLOCK;
  localparam bit TWO = REST > BLOCK / 2 && REST <= BLOCK * 3 / 4;  // the rest is two parts: a half block and less
  localparam int PARTS = DEPTH / BLOCK + (REST == 0 ? 0 : TWO ? 2 : 1);
  localparam int LAST = DEPTH / BLOCK * BLOCK + BLOCK / 2;  // where the second of them begins
  logic [PARTS*N*B-1:0] part;
  for (genvar p = 0; p < PARTS; p++) begin : gen_part
    localparam int FROM = p > DEPTH / BLOCK ? LAST : p * BLOCK;
    localparam int TO = p < DEPTH / BLOCK ? FROM + BLOCK : p == PARTS - 1 ? DEPTH : LAST;
    localparam int PW = TO - FROM > 1 ? $clog2(TO - FROM) : 1;
    logic here;
    assign here = 32'(waddr_i) >= FROM && 32'(waddr_i) < TO;
    logic [N*B-1:0] mem[TO-FROM], q;
    assign part[N*B*p+:N*B] = q;
    always_ff @(posedge clk_i) begin
      if (re_i) q <= mem[PW'(raddr_i)];
    end
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < N; i++) begin
        if (we_i[i] && here) mem[PW'(waddr_i)][B*i+:B] <= wstored[B*i+:B];
      end
    end
  end
  if (PARTS > 1) begin : gen_parts
    logic [$clog2(PARTS)-1:0] from_q;
    always_ff @(posedge clk_i) begin
      if (re_i) from_q <= ($clog2(PARTS))'(32'(raddr_i) / BLOCK) + ($clog2(PARTS))'(TWO && 32'(raddr_i) >= LAST);
    end
    assign rstored_q = part[N*B*from_q+:N*B];
  end else begin : gen_part_alone
    assign rstored_q = part;
  end
`else
  // Simulates several times faster than byte enables
  logic unused;
  assign unused = BLOCK == 0;
  logic [N*B-1:0] mem[DEPTH];
  function logic [N*B-1:0] merge(input logic [N*B-1:0] old, input logic [N*B-1:0] now, input logic [N-1:0] we);
    for (int i = 0; i < N; i++) merge[B*i+:B] = we[i] ? now[B*i+:B] : old[B*i+:B];
  endfunction
  always_ff @(posedge clk_i) begin
    if (re_i) rstored_q <= mem[raddr_i];
    if (&we_i) mem[waddr_i] <= wstored;
    else if (|we_i) mem[waddr_i] <= merge(mem[waddr_i], wstored, we_i);
  end
`endif
endmodule
