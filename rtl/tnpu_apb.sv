// SPDX-License-Identifier: Apache-2.0
// APB4 subordinate in front of the core's host port. A write takes its access phase alone as long as the core has a free cycle for the access
// before; a read waits for the core's answer. PSLVERR is never set: the core reports addresses outside its map as error HOST_ADDR. The core's
// interrupt pin goes past the wrapper. Not for use: PPROT.
module tnpu_apb (
    input  logic        clk_i,
    input  logic        rst_ni,         // PRESETn, synchronous
    // bus
    input  logic        psel_i,
    input  logic        penable_i,
    input  logic        pwrite_i,
    input  logic [22:0] paddr_i,        // byte address in the map of docs/registers.md
    input  logic [31:0] pwdata_i,
    input  logic [3:0]  pstrb_i,
    output logic        pready_o,
    output logic [31:0] prdata_o,
    output logic        pslverr_o,
    // core
    output logic        host_req_o,
    output logic        host_we_o,
    output logic [22:0] host_addr_o,
    output logic [31:0] host_wdata_o,
    output logic [3:0]  host_be_o,
    input  logic        host_gnt_i,
    input  logic        host_rvalid_i,
    input  logic [31:0] host_rdata_i
);
  logic reading_q;  // the core has taken the read and not yet answered
  assign host_req_o = psel_i && penable_i && !reading_q;
  assign host_we_o = pwrite_i;
  assign host_addr_o = {paddr_i[22:2], 2'b00};
  assign host_wdata_o = pwdata_i;
  assign host_be_o = pstrb_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) reading_q <= 1'b0;
    else if (reading_q) reading_q <= !host_rvalid_i;
    else reading_q <= host_req_o && host_gnt_i && !pwrite_i;
  end

  assign pready_o = reading_q ? host_rvalid_i : (pwrite_i && host_gnt_i);
  assign prdata_o = host_rdata_i;
  assign pslverr_o = 1'b0;

  logic unused;
  assign unused = ^paddr_i[1:0];
endmodule
