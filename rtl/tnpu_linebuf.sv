// SPDX-License-Identifier: Apache-2.0
// Line buffer of the 3x3 depthwise convolution: keeps the last two input rows of a channel tile, column by column, and
// adds the new ones below them. Stride 1 moves down one row a sweep, stride 2 two rows.
module tnpu_linebuf #(
    parameter int LANES = 4
) (
    input  logic               clk_i,
    input  logic               en_i,
    input  logic               s2_i,     // stride 2
    input  logic               re_i,     // cycle c + 2: column col_i will be wanted
    input  logic [6:0]         col_i,
    input  logic               valid_i,  // cycle c + 3: the new rows of that column
    input  logic [LANES*8-1:0] new0_i,
    input  logic [LANES*8-1:0] new1_i,   // stride 2 only
    output logic [LANES*8-1:0] row0_o,   // cycle c + 3: the column, top to bottom
    output logic [LANES*8-1:0] row1_o,
    output logic [LANES*8-1:0] row2_o
);
  localparam int W = LANES * 8;

  logic [2*W-1:0] kept, kept_ram, store, store_q;
  logic [6:0] col_q;
  logic unused;   // no parity here: what was not written yet is read, and the host cannot write it
  logic again_q;  // the column wanted was stored in the cycle of the read
  tnpu_ram #(
      .WIDTH(2 * W),
      .DEPTH(tnpu_pkg::DW_MAX_W)
  ) u_ram (
      .clk_i,
      .re_i   (re_i && en_i),
      .raddr_i(col_i),
      .rdata_o(kept_ram),
      .bad_o  (unused),
      .we_i   ({2 * LANES{valid_i && en_i}}),
      .waddr_i(col_q),
      .wdata_i(store)
  );

  assign kept = again_q ? store_q : kept_ram;
  assign row0_o = s2_i ? kept[W+:W] : kept[0+:W];
  assign row1_o = s2_i ? new0_i : kept[W+:W];
  assign row2_o = s2_i ? new1_i : new0_i;
  assign store = {row2_o, row1_o};

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      if (re_i) begin
        col_q   <= col_i;
        again_q <= valid_i && col_q == col_i;
      end
      if (valid_i) store_q <= store;
    end
  end
endmodule
