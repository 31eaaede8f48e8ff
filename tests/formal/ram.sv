// SPDX-License-Identifier: Apache-2.0
// tnpu_ram as it is synthesised, in parts: the bytes read are those last written to the address, at any address and for any order of accesses, and
// stay until the next read; a read in the cycle of a write gives the old ones. Six cycles from reset are enough: the outcome of a read is decided by
// the last write of its address, those since it of other addresses, and one read.
//: rtl prim/tnpu_ram.sv
//: prep memory_map
//: clock async2sync
//: case whole_half_and_quarter DEPTH=14
//: case one_part DEPTH=8
//: case quarter DEPTH=3
//: case whole_and_quarter DEPTH=10
//: case whole_and_most DEPTH=15
//: bmc 6
//: cover 8
//: find 8
//: mutant wrong_part prim/tnpu_ram.sv s/TWO \&\& 32'\(raddr_i\) >= LAST/1'b0/
//: mutant other_bytes prim/tnpu_ram.sv s/we_i\[i\] \&\& here/we_i[0] \&\& here/
//: mutant write_anywhere prim/tnpu_ram.sv s/assign here = .*;/assign here = 1'b1;/
//: mutant choice_not_held prim/tnpu_ram.sv s/if \(re_i\) from_q/from_q/
module formal_ram #(
    parameter int DEPTH = 14,
    localparam int AW = $clog2(DEPTH)
) (
    input logic          clk_i,
    input logic          re_i,
    input logic [AW-1:0] raddr_i,
    input logic [1:0]    we_i,
    input logic [AW-1:0] waddr_i,
    input logic [15:0]   wdata_i
);
  logic [15:0] rdata;
  logic bad;
  tnpu_ram #(
      .WIDTH(16),
      .DEPTH(DEPTH),
      .BLOCK(8)
  ) u_ram (
      .clk_i,
      .re_i,
      .raddr_i,
      .rdata_o(rdata),
      .bad_o  (bad),
      .we_i,
      .waddr_i,
      .wdata_i
  );

  // One byte of one address, whichever it is: what was written last, once something was; and what a read of it must show
  (* anyconst *) logic [AW-1:0] at;
  (* anyconst *) logic lane;
  logic written, shown, held, passed;
  logic [7:0] byte_q, show_q, now;
  assign now = rdata[8*lane+:8];
  initial {written, shown, held, passed} = '0;
  always_ff @(posedge clk_i) begin
    if (we_i[lane] && waddr_i == at) {written, byte_q} <= {1'b1, wdata_i[8*lane+:8]};
    if (re_i) {shown, show_q} <= {written && raddr_i == at, byte_q};
    held   <= shown && !re_i;
    passed <= shown && re_i && we_i[lane] && waddr_i == at && raddr_i == at;
  end
  always_comb begin
    assume (32'(raddr_i) < DEPTH && 32'(waddr_i) < DEPTH && 32'(at) < DEPTH);
    if (shown) assert (now == show_q);
    assert (!bad);
    cover (shown && held && 32'(at) == DEPTH - 1);
    cover (shown && passed && now != byte_q);
  end
endmodule
