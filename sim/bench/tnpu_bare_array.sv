// SPDX-License-Identifier: Apache-2.0
// The yardstick of scripts/bench: what every simulation of a core of this size has to compute at least, and nothing that makes it a processor.
// It contains: LANES x 16 products of signed bytes, the adder trees, int32 accumulators of 16 pixels a lane, a weight memory of which one row
// is read a cycle, and a feature memory of which one 16-byte vector is read a cycle and one written every 16; a register behind each step, as
// an array that is to reach its clock has them. Every cycle reads new random bytes, and all of it works in every cycle. It is written the plain way: slices
// of the rows as they are read. Memory sizes, ports and flags of Verilator and the compiler are those of the core that it stands beside.
module tnpu_bare_array #(
    parameter int LANES = 16,  // at least 16
    parameter int WMEM_ROWS = 2304,
    parameter int FMEM_BYTES = 360448,
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
    output logic [31:0]  host_rdata_o,  // some of the input, whatever is read
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
  localparam int VECS = FMEM_BYTES / 16;
  localparam int FW = $clog2(VECS);
  localparam int RW = $clog2(WMEM_ROWS);

  logic [127:0] fmem[VECS];
  logic [LANES*128-1:0] wmem[WMEM_ROWS];
  initial begin
    for (int i = 0; i < VECS; i++) fmem[i] = {$urandom, $urandom, $urandom, $urandom};
    for (int i = 0; i < WMEM_ROWS; i++) for (int j = 0; j < LANES * 4; j++) wmem[i][32*j+:32] = $urandom;
  end

  // Pixels of a tile follow each other; a tile is done after 16 rounds. Then each of its pixels is written.
  logic [7:0] count;
  logic [FW-1:0] raddr, waddr;
  logic [RW-1:0] row;
  logic [127:0] x_q, out;
  logic [LANES*128-1:0] w_q;
  logic [3:0] pixel;
  logic first;
  assign pixel = count[3:0];
  assign first = count[7:4] == 4'd0;
  always_ff @(posedge clk_i) begin
    count <= count + 8'd1;
    raddr <= (raddr == FW'(VECS - 1)) ? '0 : raddr + 1'b1;
    row   <= (row == RW'(WMEM_ROWS - 1)) ? '0 : row + 1'b1;
    x_q   <= fmem[raddr];
    w_q   <= wmem[row];
    if (first) begin
      fmem[waddr] <= out;
      waddr <= (waddr == FW'(VECS - 1)) ? '0 : waddr + 1'b1;
    end
    if (!rst_ni) begin
      count <= '0;
      raddr <= '0;
      row   <= '0;
      waddr <= '0;
    end
  end

  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic signed [15:0] product[16];
    logic signed [17:0] sum4[4];
    logic signed [19:0] sum;
    logic signed [31:0] acc[16];
    always_ff @(posedge clk_i) begin
      for (int i = 0; i < 16; i++) product[i] <= $signed(x_q[8*i+:8]) * $signed(w_q[128*l+8*i+:8]);
      for (int i = 0; i < 4; i++) sum4[i] <= (18'(product[4*i]) + 18'(product[4*i+1])) + (18'(product[4*i+2]) + 18'(product[4*i+3]));
      sum <= (20'(sum4[0]) + 20'(sum4[1])) + (20'(sum4[2]) + 20'(sum4[3]));
      acc[pixel] <= first ? 32'(sum) : acc[pixel] + 32'(sum);
    end
    if (l < 16) assign out[8*l+:8] = acc[pixel][15:8];
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
  assign trace_wr_data_o = 256'(out);
endmodule
