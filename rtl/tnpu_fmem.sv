// SPDX-License-Identifier: Apache-2.0
// Feature memory: two banks of 16-byte vectors (even and odd), each with one read and one write port, shared by the program and the host.
// The program always wins, except in a cycle in which it is frozen; what it has read and not yet taken is kept for it then.
module tnpu_fmem #(
    parameter int FMEM_BYTES = 65536,
    parameter bit PARITY = 0,
    localparam int VECS = FMEM_BYTES / 32,  // vectors a bank
    localparam int VW = $clog2(VECS)
) (
    input  logic          clk_i,
    input  logic          rst_ni,
    input  logic          en_i,          // the program is not frozen
    // program, read: bank 0 even, bank 1 odd
    input  logic [1:0]    re_i,
    input  logic [VW-1:0] raddr0_i,
    input  logic [VW-1:0] raddr1_i,
    output logic [255:0]  rdata_o,       // {odd, even}, one cycle later
    // program, write
    input  logic [1:0]    we_any_i,      // banks written
    input  logic [31:0]   we_i,          // byte enables {odd, even}
    input  logic [VW-1:0] waddr0_i,
    input  logic [VW-1:0] waddr1_i,
    input  logic [255:0]  wdata_i,
    // host: one 32-bit word, read or written in a cycle in which the program leaves its bank alone
    input  logic          host_re_i,
    input  logic          host_we_i,
    input  logic [VW+4:0] host_addr_i,   // byte address
    input  logic [3:0]    host_be_i,
    input  logic [31:0]   host_wdata_i,
    output logic          host_rfree_o,  // a host read would disturb no one in this cycle
    output logic          host_wfree_o,
    output logic [31:0]   host_rdata_o,  // one cycle after host_re_i
    output logic          bad_o          // what was read in the cycle before has wrong parity
);
  logic          hbank;
  logic [VW-1:0] hvec;
  logic [15:0]   hbe;
  logic [127:0]  hdata;
  assign hbank = host_addr_i[4];
  assign hvec  = host_addr_i[VW+4:5];
  assign hbe   = 16'(host_be_i) << {host_addr_i[3:2], 2'b00};
  assign hdata = {4{host_wdata_i}};

  logic [1:0] re, we, hre, hwe;  // of the program, of the host
  assign re = re_i & {2{en_i}};
  assign we = we_any_i & {2{en_i}};
  assign hre = {host_re_i & hbank, host_re_i & ~hbank};
  assign hwe = {host_we_i & hbank, host_we_i & ~hbank};
  assign host_rfree_o = ~(hbank ? re_i[1] : re_i[0]);
  assign host_wfree_o = ~(hbank ? we_any_i[1] : we_any_i[0]);

  logic [127:0] q0, q1;
  logic bad0, bad1;
  assign bad_o = bad0 || bad1;
  tnpu_ram #(
      .WIDTH(128),
      .DEPTH(VECS),
      .PARITY(PARITY)
  ) u_even (
      .clk_i,
      .re_i   (re[0] | hre[0]),
      .raddr_i(re[0] ? raddr0_i : hvec),
      .rdata_o(q0),
      .bad_o  (bad0),
      .we_i   (we[0] ? we_i[15:0] : (hbe & {16{hwe[0]}})),
      .waddr_i(we[0] ? waddr0_i : hvec),
      .wdata_i(we[0] ? wdata_i[127:0] : hdata)
  );
  tnpu_ram #(
      .WIDTH(128),
      .DEPTH(VECS),
      .PARITY(PARITY)
  ) u_odd (
      .clk_i,
      .re_i   (re[1] | hre[1]),
      .raddr_i(re[1] ? raddr1_i : hvec),
      .rdata_o(q1),
      .bad_o  (bad1),
      .we_i   (we[1] ? we_i[31:16] : (hbe & {16{hwe[1]}})),
      .waddr_i(we[1] ? waddr1_i : hvec),
      .wdata_i(we[1] ? wdata_i[255:128] : hdata)
  );

  // Data that the program has read and could not take, for a host read froze it
  logic         kept_q;
  logic [255:0] keep_q;
  assign rdata_o = kept_q ? keep_q : {q1, q0};
  always_ff @(posedge clk_i) begin
    if (!rst_ni || en_i) kept_q <= 1'b0;
    else if (host_re_i) kept_q <= 1'b1;
    if (host_re_i && !en_i && !kept_q) keep_q <= {q1, q0};
  end

  logic       hbank_q;
  logic [1:0] hword_q;
  always_ff @(posedge clk_i) begin
    if (host_re_i) begin
      hbank_q <= hbank;
      hword_q <= host_addr_i[3:2];
    end
  end
  logic [127:0] hq;
  assign hq = hbank_q ? q1 : q0;
  assign host_rdata_o = hq[32*hword_q+:32];

  logic unused;
  assign unused = ^host_addr_i[1:0];
endmodule
