// SPDX-License-Identifier: Apache-2.0
// The yardstick of scripts/bench: an array of LANES x 16 int8 multipliers between a feature and a weight memory, busy in every
// cycle, with nothing that makes it a processor. Ports and parameters are those of tnpu_core, so that it runs in the same shim.
module tnpu_bare_array #(
    parameter int LANES = 16,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 262144,
    parameter int IMEM_DEPTH = 0  // none
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
    output logic [31:0]  host_rdata_o,  // a checksum, whatever is read
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
  localparam int FW = $clog2(FMEM_BYTES / 16);
  localparam int RW = $clog2(WMEM_ROWS);

  logic [127:0] fmem[FMEM_BYTES / 16];
  logic [LANES*128-1:0] wmem[WMEM_ROWS];
  logic [31:0] cycle;
  logic [127:0] x_q, out;
  logic [LANES*128-1:0] w_q;

  initial begin  // anything that is not all the same
    for (int i = 0; i < FMEM_BYTES / 16; i++) fmem[i] = {4{32'(i) * 32'h9E3779B1}};
    for (int i = 0; i < WMEM_ROWS; i++) wmem[i] = {(4 * LANES) {32'(i) * 32'h85EBCA6B}};
  end

  // memories, multipliers, adder tree in two steps, accumulators: a register behind each, as an array that is to
  // reach its clock has them. 16 reads make an output vector.
  always_ff @(posedge clk_i) begin
    cycle <= cycle + 1;
    x_q <= fmem[cycle[FW-1:0]];
    w_q <= wmem[cycle[RW-1:0]];
    if (cycle[3:0] == 4'd0) fmem[cycle[FW+3:4]] <= out;
    if (!rst_ni) cycle <= '0;
  end

  for (genvar c = 0; c < LANES; c++) begin : gen_lane
    logic [16*16-1:0] product;
    logic [4*18-1:0] quarter;
    logic signed [31:0] dot, acc;
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < 16; i++) product[16*i+:16] <= $signed(x_q[8*i+:8]) * $signed(w_q[128*c+8*i+:8]);
      for (int i = 0; i < 4; i++)
        quarter[18*i+:18] <= 18'($signed(product[64*i+:16])) + 18'($signed(product[64*i+16+:16])) +
                             18'($signed(product[64*i+32+:16])) + 18'($signed(product[64*i+48+:16]));
      dot <= 32'($signed(quarter[0+:18])) + 32'($signed(quarter[18+:18])) + 32'($signed(quarter[36+:18])) +
             32'($signed(quarter[54+:18]));
      acc <= (cycle[3:0] == 4'd0) ? dot : acc + dot;
    end
    if (c < 16) assign out[8*c+:8] = acc[15:8];
  end

  assign host_gnt_o = host_req_i;
  always_ff @(posedge clk_i) begin
    host_rvalid_o <= host_req_i && !host_we_i;
    host_rdata_o  <= x_q[31:0];
  end
  assign irq_o = 1'b0;
  assign trace_run_o = 1'b1;
  assign trace_start_o = 1'b0;
  assign trace_end_o = 1'b0;
  assign trace_pc_o = '0;
  assign trace_wr_o = 1'b0;
  assign trace_wr_addr_o = '0;
  assign trace_wr_mask_o = '0;
  assign trace_wr_data_o = {{(256 - 128) {1'b0}}, out};
endmodule
