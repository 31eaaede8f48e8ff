// SPDX-License-Identifier: Apache-2.0
// Weight memory: one bank a lane, a row of LANES * 16 bytes a cycle. The host writes at any time, in the cycle after its request (its memories
// lie all over a chip: a register on the way; a read cannot follow that soon). Its reads use cycles in which the program reads nothing, or a cycle in
// which it is frozen: the program's row is then read again.
module tnpu_wmem #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter bit PARITY = 0,
    localparam int LC = tnpu_copies::EACH * (LANES - 1) + 1,
    localparam int RW = $clog2(WMEM_ROWS),
    localparam int HB = $clog2(LANES * 16)  // byte address bits in a row
) (
    input  logic                   clk_i,
    input  logic [LC-1:0]          en_i,          // copies
    input  logic                   re_i,
    input  logic [RW-1:0]          row_i,
    output logic [LANES*128-1:0]   row_o,         // one cycle later
    input  logic                   host_re_i,
    input  logic                   host_again_i,  // the cycle after a host read that froze the program: read its row again
    input  logic                   host_we_i,
    input  logic [RW+HB-1:0]       host_addr_i,   // byte address
    input  logic [3:0]             host_be_i,
    input  logic [31:0]            host_wdata_i,
    output logic [31:0]            host_rdata_o,  // one cycle after the read
    output logic                   bad_o          // what was read in the cycle before has wrong parity
);
  logic [RW-1:0] hrow, last_q;
  assign hrow = host_addr_i[RW+HB-1:HB];

  always_ff @(posedge clk_i) begin
    if (re_i && en_i[0]) last_q <= row_i;
  end

  // Chosen for each bank with its own copy of en_i: the wires of one address to all banks are long
  logic [LC-1:0] re;
  logic [LC*RW-1:0] raddr;
  for (genvar i = 0; i < LC; i++) begin : gen_read
    logic take;
    assign take = re_i && en_i[i];
    assign re[i] = take || host_re_i || host_again_i;
    assign raddr[RW*i+:RW] = host_again_i ? last_q : take ? row_i : hrow;
  end

  logic [LANES-1:0] hwe_q;
  logic [RW-1:0] hrow_q;
  logic [15:0] hbe_q;
  logic [31:0] hdata_q;
  always_ff @(posedge clk_i) begin
    for (int l = 0; l < LANES; l++) hwe_q[l] <= host_we_i && host_addr_i[HB-1:4] == (HB - 4)'(l);
    hrow_q  <= hrow;
    hbe_q   <= 16'(host_be_i) << {host_addr_i[3:2], 2'b00};
    hdata_q <= host_wdata_i;
  end

  logic [LANES-1:0] bad;
  assign bad_o = bad != '0;
  for (genvar l = 0; l < LANES; l++) begin : gen_bank
    localparam int C = tnpu_copies::EACH * l;
    tnpu_ram #(
        .WIDTH(128),
        .DEPTH(WMEM_ROWS),
        .PARITY(PARITY)
    ) u_ram (
        .clk_i,
        .re_i   (re[C]),
        .raddr_i(raddr[RW*C+:RW]),
        .rdata_o(row_o[128*l+:128]),
        .bad_o  (bad[l]),
        .we_i   (hbe_q & {16{hwe_q[l]}}),
        .waddr_i(hrow_q),
        .wdata_i({4{hdata_q}})
    );
  end

  logic [HB-3:0] hword_q;
  always_ff @(posedge clk_i) begin
    if (host_re_i) hword_q <= host_addr_i[HB-1:2];
  end
  // first of a bank, then of the banks: across the chip goes one word of each
  logic [LANES*32-1:0] hwords;
  for (genvar l = 0; l < LANES; l++) begin : gen_word
    assign hwords[32*l+:32] = row_o[128*l+32*hword_q[1:0]+:32];
  end
  assign host_rdata_o = hwords[32*hword_q[HB-3:2]+:32];

  logic unused;
  assign unused = ^host_addr_i[1:0];
endmodule
