// SPDX-License-Identifier: Apache-2.0
// The chip: core, SPI and SDIO devices, interrupt pin. Both links may be in use at a time; the core serves them in turn.
module tnpu_top #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64,
    parameter bit PARITY = 0  // see tnpu_core
) (
    input  logic clk_i,
    input  logic rst_ni,         // synchronous to clk_i; the links' clocks rest, and CS is high, until two cycles after its end
    output logic irq_o,          // high while a cause in IRQ is set that IRQ_ENABLE lets through
    // SPI, mode 0
    input  logic spi_sck_i,
    input  logic spi_cs_ni,
    input  logic spi_mosi_i,
    output logic spi_miso_o,
    output logic spi_miso_oe_o   // drive MISO
);
  // The links' reset is asynchronous to their clocks and comes from a flop, so that it has no glitches
  logic link_rst_nq;
  always_ff @(posedge clk_i) link_rst_nq <= rst_ni;

  logic host_req, host_we, host_gnt, host_rvalid;
  logic [22:0] host_addr;
  logic [31:0] host_wdata, host_rdata;
  logic [3:0] host_be;
  tnpu_spi u_spi (
      .rst_ni       (link_rst_nq),
      .spi_sck_i,
      .spi_cs_ni,
      .spi_mosi_i,
      .spi_miso_o,
      .spi_miso_oe_o,
      .clk_i,
      .irq_i        (irq_o),
      .host_req_o   (host_req),
      .host_we_o    (host_we),
      .host_addr_o  (host_addr),
      .host_wdata_o (host_wdata),
      .host_be_o    (host_be),
      .host_gnt_i   (host_gnt),
      .host_rvalid_i(host_rvalid),
      .host_rdata_i (host_rdata)
  );

  // what simulation traces
  logic unused_run, unused_start, unused_end, unused_wr;
  logic [15:0] unused_pc;
  logic [19:0] unused_wr_addr;
  logic [31:0] unused_wr_mask;
  logic [255:0] unused_wr_data;
  tnpu_core #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES),
      .IMEM_DEPTH(IMEM_DEPTH),
      .PARITY    (PARITY)
  ) u_core (
      .clk_i,
      .rst_ni,
      .host_req_i     (host_req),
      .host_we_i      (host_we),
      .host_addr_i    (host_addr),
      .host_wdata_i   (host_wdata),
      .host_be_i      (host_be),
      .host_gnt_o     (host_gnt),
      .host_rvalid_o  (host_rvalid),
      .host_rdata_o   (host_rdata),
      .irq_o,
      .trace_run_o    (unused_run),
      .trace_start_o  (unused_start),
      .trace_end_o    (unused_end),
      .trace_pc_o     (unused_pc),
      .trace_wr_o     (unused_wr),
      .trace_wr_addr_o(unused_wr_addr),
      .trace_wr_mask_o(unused_wr_mask),
      .trace_wr_data_o(unused_wr_data)
  );
endmodule
