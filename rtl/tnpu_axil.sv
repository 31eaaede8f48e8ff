// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite subordinate in front of the core's host port. One access at a time: a write is taken when its address and its data are both there,
// a read when no answer waits to be fetched; a read goes before a write. Responses are always OKAY: the core reports
// addresses outside its map as error HOST_ADDR. The core's interrupt pin goes past the wrapper. Not for use: AWPROT, ARPROT.
module tnpu_axil (
    input  logic        clk_i,
    input  logic        rst_ni,         // ARESETn, synchronous
    // write
    input  logic        awvalid_i,
    output logic        awready_o,
    input  logic [22:0] awaddr_i,       // byte address in the map of docs/registers.md
    input  logic        wvalid_i,
    output logic        wready_o,
    input  logic [31:0] wdata_i,
    input  logic [3:0]  wstrb_i,
    output logic        bvalid_o,
    input  logic        bready_i,
    output logic [1:0]  bresp_o,
    // read
    input  logic        arvalid_i,
    output logic        arready_o,
    input  logic [22:0] araddr_i,
    output logic        rvalid_o,
    input  logic        rready_i,
    output logic [31:0] rdata_o,
    output logic [1:0]  rresp_o,
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
  logic reading_q;  // the core has taken a read and not yet answered
  logic bvalid_q, rvalid_q;
  logic [31:0] rdata_q;

  logic read, write;
  assign read = arvalid_i && !reading_q && (!rvalid_q || rready_i);
  assign write = awvalid_i && wvalid_i && (!bvalid_q || bready_i) && !read;  // has its turn while the core works on a read

  assign host_req_o = write || read;
  assign host_we_o = write;
  assign host_addr_o = write ? {awaddr_i[22:2], 2'b00} : {araddr_i[22:2], 2'b00};
  assign host_wdata_o = wdata_i;
  assign host_be_o = wstrb_i;

  assign awready_o = write && host_gnt_i;
  assign wready_o = write && host_gnt_i;
  assign arready_o = read && host_gnt_i;
  assign bvalid_o = bvalid_q;
  assign bresp_o = 2'b00;
  assign rvalid_o = rvalid_q;
  assign rdata_o = rdata_q;
  assign rresp_o = 2'b00;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bvalid_q  <= 1'b0;
      rvalid_q  <= 1'b0;
      reading_q <= 1'b0;
    end else begin
      if (bready_i) bvalid_q <= 1'b0;
      if (rready_i) rvalid_q <= 1'b0;
      if (awready_o) bvalid_q <= 1'b1;
      if (arready_o) reading_q <= 1'b1;
      if (host_rvalid_i) begin
        reading_q <= 1'b0;
        rvalid_q  <= 1'b1;
      end
    end
    if (host_rvalid_i) rdata_q <= host_rdata_i;  // the core does not hold it
  end

  logic unused;
  assign unused = ^{awaddr_i[1:0], araddr_i[1:0]};
endmodule
