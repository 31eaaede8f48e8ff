// SPDX-License-Identifier: Apache-2.0
// The core in configuration t512, made by scripts/gen from spec/tinynpu.toml: do not edit.
module tnpu_t512 #(
    parameter bit PARITY = 0  // see tnpu_core
) (
    input logic clk_i,
    input logic rst_ni,
    input logic host_req_i,
    input logic host_we_i,
    input logic [22:0] host_addr_i,
    input logic [31:0] host_wdata_i,
    input logic [3:0] host_be_i,
    output logic host_gnt_o,
    output logic host_rvalid_o,
    output logic [31:0] host_rdata_o,
    output logic irq_o
);
  // what simulation traces
  logic unused_run;
  logic unused_start;
  logic unused_end;
  logic [15:0] unused_pc;
  logic unused_wr;
  logic [19:0] unused_wr_addr;
  logic [31:0] unused_wr_mask;
  logic [255:0] unused_wr_data;
  tnpu_core #(
      .LANES(32),
      .WMEM_ROWS(1152),
      .FMEM_BYTES(360448),
      .IMEM_DEPTH(256),
      .PARITY(PARITY)
  ) u_core (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .host_req_i(host_req_i),
      .host_we_i(host_we_i),
      .host_addr_i(host_addr_i),
      .host_wdata_i(host_wdata_i),
      .host_be_i(host_be_i),
      .host_gnt_o(host_gnt_o),
      .host_rvalid_o(host_rvalid_o),
      .host_rdata_o(host_rdata_o),
      .irq_o(irq_o),
      .trace_run_o(unused_run),
      .trace_start_o(unused_start),
      .trace_end_o(unused_end),
      .trace_pc_o(unused_pc),
      .trace_wr_o(unused_wr),
      .trace_wr_addr_o(unused_wr_addr),
      .trace_wr_mask_o(unused_wr_mask),
      .trace_wr_data_o(unused_wr_data)
  );
endmodule
