// SPDX-License-Identifier: Apache-2.0
// tnpu_core as the simulation shim knows it, around the design that holds all mutants: the number that the test program gives is the one
// that acts.
module tnpu_core #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         host_req_i,
    input  logic         host_we_i,
    input  logic [22:0]  host_addr_i,
    input  logic [31:0]  host_wdata_i,
    input  logic [3:0]   host_be_i,
    output logic         host_gnt_o,
    output logic         host_rvalid_o,
    output logic [31:0]  host_rdata_o,
    output logic         irq_o,
    output logic         trace_run_o,
    output logic         trace_start_o,
    output logic         trace_end_o,
    output logic [15:0]  trace_pc_o,
    output logic         trace_wr_o,
    output logic [19:0]  trace_wr_addr_o,
    output logic [31:0]  trace_wr_mask_o,
    output logic [255:0] trace_wr_data_o
);
  import "DPI-C" function int gate_mutant();
  logic [15:0] mutant;
  initial mutant = 16'(gate_mutant());

  tnpu_mutants u_mutants (
      .mutant         (mutant),
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .host_req_i     (host_req_i),
      .host_we_i      (host_we_i),
      .host_addr_i    (host_addr_i),
      .host_wdata_i   (host_wdata_i),
      .host_be_i      (host_be_i),
      .host_gnt_o     (host_gnt_o),
      .host_rvalid_o  (host_rvalid_o),
      .host_rdata_o   (host_rdata_o),
      .irq_o          (irq_o),
      .trace_run_o    (trace_run_o),
      .trace_start_o  (trace_start_o),
      .trace_end_o    (trace_end_o),
      .trace_pc_o     (trace_pc_o),
      .trace_wr_o     (trace_wr_o),
      .trace_wr_addr_o(trace_wr_addr_o),
      .trace_wr_mask_o(trace_wr_mask_o),
      .trace_wr_data_o(trace_wr_data_o)
  );
endmodule
