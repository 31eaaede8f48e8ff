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
    output logic spi_miso_oe_o,  // drive MISO
    // SDIO
    input  logic sd_clk_i,
    input  logic sd_cmd_i,
    output logic sd_cmd_o,
    output logic sd_cmd_oe_o,
    input  logic [3:0] sd_dat_i,
    output logic [3:0] sd_dat_o,
    output logic [3:0] sd_dat_oe_o
);
  // The links' reset is asynchronous to their clocks and comes from a flop, so that it has no glitches
  logic link_rst_nq;
  always_ff @(posedge clk_i) link_rst_nq <= rst_ni;

  logic irq;  // may have glitches
  always_ff @(posedge clk_i) irq_o <= irq && rst_ni;

  logic host_req, host_we, host_gnt, host_rvalid;
  logic [22:0] host_addr;
  logic [31:0] host_wdata, host_rdata;
  logic [3:0] host_be;
  logic [1:0] link_req, link_we, link_gnt, link_rvalid;  // SPI, SDIO
  logic [45:0] link_addr;
  logic [63:0] link_wdata;
  logic [7:0] link_be;
  tnpu_spi u_spi (
      .rst_ni       (link_rst_nq),
      .spi_sck_i,
      .spi_cs_ni,
      .spi_mosi_i,
      .spi_miso_o,
      .spi_miso_oe_o,
      .clk_i,
      .irq_i        (irq_o),
      .host_req_o   (link_req[0]),
      .host_we_o    (link_we[0]),
      .host_addr_o  (link_addr[22:0]),
      .host_wdata_o (link_wdata[31:0]),
      .host_be_o    (link_be[3:0]),
      .host_gnt_i   (link_gnt[0]),
      .host_rvalid_i(link_rvalid[0]),
      .host_rdata_i (host_rdata)
  );
  tnpu_sdio u_sdio (
      .rst_ni       (link_rst_nq),
      .sd_clk_i,
      .sd_cmd_i,
      .sd_cmd_o,
      .sd_cmd_oe_o,
      .sd_dat_i,
      .sd_dat_o,
      .sd_dat_oe_o,
      .clk_i,
      .irq_i        (irq_o),
      .host_req_o   (link_req[1]),
      .host_we_o    (link_we[1]),
      .host_addr_o  (link_addr[45:23]),
      .host_wdata_o (link_wdata[63:32]),
      .host_be_o    (link_be[7:4]),
      .host_gnt_i   (link_gnt[1]),
      .host_rvalid_i(link_rvalid[1]),
      .host_rdata_i (host_rdata)
  );
  tnpu_hostmux u_mux (
      .clk_i,
      .rst_ni       (link_rst_nq),
      .req_i        (link_req),
      .we_i         (link_we),
      .addr_i       (link_addr),
      .wdata_i      (link_wdata),
      .be_i         (link_be),
      .gnt_o        (link_gnt),
      .rvalid_o     (link_rvalid),
      .host_req_o   (host_req),
      .host_we_o    (host_we),
      .host_addr_o  (host_addr),
      .host_wdata_o (host_wdata),
      .host_be_o    (host_be),
      .host_gnt_i   (host_gnt),
      .host_rvalid_i(host_rvalid)
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
      .irq_o          (irq),
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
