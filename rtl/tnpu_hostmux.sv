// SPDX-License-Identifier: Apache-2.0
// Two users of the core's host port take turns, word by word: where both ask, the one that was not served last. Neither waits for more than
// one access of the other.
module tnpu_hostmux (
    input  logic        clk_i,
    input  logic        rst_ni,        // asynchronous
    // users: bit or part 0 and 1
    input  logic [1:0]  req_i,
    input  logic [1:0]  we_i,
    input  logic [45:0] addr_i,
    input  logic [63:0] wdata_i,
    input  logic [7:0]  be_i,
    output logic [1:0]  gnt_o,
    output logic [1:0]  rvalid_o,
    // core
    output logic        host_req_o,
    output logic        host_we_o,
    output logic [22:0] host_addr_o,
    output logic [31:0] host_wdata_o,
    output logic [3:0]  host_be_o,
    input  logic        host_gnt_i,
    input  logic        host_rvalid_i
);
  logic last_q, reader_q;  // who was served last; whose read will be answered: the core takes no second access before
  logic pick;
  assign pick = last_q ? !req_i[0] : req_i[1];
  assign host_req_o = |req_i;
  assign host_we_o = we_i[pick];
  assign host_addr_o = addr_i[23*pick+:23];
  assign host_wdata_o = wdata_i[32*pick+:32];
  assign host_be_o = be_i[4*pick+:4];
  assign gnt_o = {host_gnt_i && pick && req_i[1], host_gnt_i && !pick && req_i[0]};
  assign rvalid_o = {host_rvalid_i && reader_q, host_rvalid_i && !reader_q};
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      last_q   <= 1'b0;
      reader_q <= 1'b0;
    end else if (|gnt_o) begin
      last_q <= pick;
      if (!host_we_o) reader_q <= pick;
    end
  end
endmodule
