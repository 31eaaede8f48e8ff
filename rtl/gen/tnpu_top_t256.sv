// SPDX-License-Identifier: Apache-2.0
// The chip (core and links) in configuration t256, made by scripts/gen from spec/tinynpu.toml: do not edit.
module tnpu_top_t256 #(
    parameter bit PARITY = 0  // see tnpu_core
) (
    input logic clk_i,
    input logic rst_ni,
    output logic irq_o,
    input logic spi_sck_i,
    input logic spi_cs_ni,
    input logic spi_mosi_i,
    output logic spi_miso_o,
    output logic spi_miso_oe_o,
    input logic sd_clk_i,
    input logic sd_cmd_i,
    output logic sd_cmd_o,
    output logic sd_cmd_oe_o,
    input logic [3:0] sd_dat_i,
    output logic [3:0] sd_dat_o,
    output logic [3:0] sd_dat_oe_o
);
  tnpu_top #(
      .LANES(16),
      .WMEM_ROWS(2304),
      .FMEM_BYTES(360448),
      .IMEM_DEPTH(256),
      .PARITY(PARITY)
  ) u_top (
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .irq_o(irq_o),
      .spi_sck_i(spi_sck_i),
      .spi_cs_ni(spi_cs_ni),
      .spi_mosi_i(spi_mosi_i),
      .spi_miso_o(spi_miso_o),
      .spi_miso_oe_o(spi_miso_oe_o),
      .sd_clk_i(sd_clk_i),
      .sd_cmd_i(sd_cmd_i),
      .sd_cmd_o(sd_cmd_o),
      .sd_cmd_oe_o(sd_cmd_oe_o),
      .sd_dat_i(sd_dat_i),
      .sd_dat_o(sd_dat_o),
      .sd_dat_oe_o(sd_dat_oe_o)
  );
endmodule
