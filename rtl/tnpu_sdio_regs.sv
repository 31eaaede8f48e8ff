// SPDX-License-Identifier: Apache-2.0
// SDIO, the registers of card and function: CCCR, FBR 1 and the CIS in function 0, the link's registers in function 1 from 0x10000 on.
module tnpu_sdio_regs (
    input  logic        clk_i,         // SD clock
    input  logic        rst_ni,        // asynchronous
    // one byte
    input  logic        function_i,    // 0 or 1
    input  logic [16:0] addr_i,
    input  logic        we_i,
    input  logic [7:0]  wdata_i,
    output logic [7:0]  rdata_o,       // combinational
    output logic        known_o,       // function 1: there is such a register
    // card
    output logic        reset_o,       // with we_i: RES
    output logic        abort_o,       // with we_i: ASx names function 1
    output logic        enabled_o,     // function 1
    output logic        interrupt_o,   // function 1 may interrupt
    output logic        wide_o,        // 4 data lines
    output logic        fast_o,        // high speed
    output logic [15:0] block_o,       // block size of function 1
    output logic [6:0]  page_o,
    input  logic        irq_i,
    input  logic        pending_i,
    input  logic [7:0]  accepted_i,
    input  logic [7:0]  refused_i
);
  localparam logic [15:0] VENDOR = 16'(tnpu_pkg::LINK_SDIO_VENDOR), DEVICE = 16'(tnpu_pkg::LINK_SDIO_DEVICE);
  localparam logic [15:0] BLOCK = 16'(tnpu_pkg::LINK_SDIO_BLOCK);

  // function and address
  localparam logic [17:0] PAGE = {1'b1, tnpu_pkg::SDIO_PAGE}, FLAGS = {1'b1, tnpu_pkg::SDIO_FLAGS}, VERSION = {1'b1, tnpu_pkg::SDIO_VERSION};
  localparam logic [17:0] ACCEPTED = {1'b1, tnpu_pkg::SDIO_ACCEPTED}, REFUSED = {1'b1, tnpu_pkg::SDIO_REFUSED};

  logic ienm_q, ien1_q, pull_off_q, async_q;
  assign interrupt_o = ienm_q && ien1_q;
  assign reset_o = we_i && !function_i && addr_i == 17'h00006 && wdata_i[3];
  assign abort_o = we_i && !function_i && addr_i == 17'h00006 && wdata_i[2:0] == 3'd1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enabled_o  <= 1'b0;
      ienm_q     <= 1'b0;
      ien1_q     <= 1'b0;
      wide_o     <= 1'b0;
      pull_off_q <= 1'b0;
      fast_o     <= 1'b0;
      async_q    <= 1'b0;
      block_o    <= 16'd0;
      page_o     <= 7'd0;
    end else if (reset_o) begin
      enabled_o  <= 1'b0;
      ienm_q     <= 1'b0;
      ien1_q     <= 1'b0;
      wide_o     <= 1'b0;
      pull_off_q <= 1'b0;
      fast_o     <= 1'b0;
      async_q    <= 1'b0;
      block_o    <= 16'd0;
      page_o     <= 7'd0;
    end else if (we_i) begin
      case ({function_i, addr_i})
        18'h00002: enabled_o <= wdata_i[1];
        18'h00004: {ien1_q, ienm_q} <= wdata_i[1:0];
        18'h00007: begin
          pull_off_q <= wdata_i[7];
          if (!wdata_i[0]) wide_o <= wdata_i[1];  // 00: one line, 10: four; the others do not exist here
        end
        18'h00013: fast_o <= wdata_i[1];
        18'h00016: async_q <= wdata_i[1];
        18'h00110: block_o[7:0] <= wdata_i;
        18'h00111: block_o[15:8] <= wdata_i;
        PAGE: page_o <= wdata_i[6:0];
        default: ;
      endcase
    end
  end

  // ---- card information structure: common from 0x1000 on, function 1's from 0x1020 on
  logic [7:0] cis;
  always_comb begin
    cis = 8'h00;
    case (addr_i[6:0])
      7'h00: cis = 8'h20;  // MANFID
      7'h01: cis = 8'h04;
      7'h02: cis = VENDOR[7:0];
      7'h03: cis = VENDOR[15:8];
      7'h04: cis = DEVICE[7:0];
      7'h05: cis = DEVICE[15:8];
      7'h06: cis = 8'h21;  // FUNCID: SDIO
      7'h07: cis = 8'h02;
      7'h08: cis = 8'h0C;
      7'h0A: cis = 8'h22;  // FUNCE of the card: block size of function 0, 25 MHz
      7'h0B: cis = 8'h04;
      7'h0D: cis = BLOCK[7:0];
      7'h0E: cis = BLOCK[15:8];
      7'h0F: cis = 8'h32;
      7'h10: cis = 8'hFF;  // end
      7'h20: cis = 8'h21;  // FUNCID
      7'h21: cis = 8'h02;
      7'h22: cis = 8'h0C;
      7'h24: cis = 8'h22;  // FUNCE of function 1, 42 bytes: no wake-up, block size, 2.7 to 3.6 V, ready at once
      7'h25: cis = 8'h2A;
      7'h26: cis = 8'h01;
      7'h32: cis = BLOCK[7:0];
      7'h33: cis = BLOCK[15:8];
      7'h35: cis = 8'h80;
      7'h36: cis = 8'hFF;
      7'h50: cis = 8'hFF;  // end
      default: ;
    endcase
  end

  always_comb begin
    rdata_o = 8'h00;
    known_o = !function_i;
    if (!function_i && addr_i[16:7] == 10'h020) rdata_o = cis;
    case ({function_i, addr_i})
      18'h00000: rdata_o = 8'h43;  // CCCR and SDIO 3.00
      18'h00001: rdata_o = 8'h03;  // SD 3.0
      18'h00002, 18'h00003: rdata_o = {6'd0, enabled_o, 1'b0};
      18'h00004: rdata_o = {6'd0, ien1_q, ienm_q};
      18'h00005: rdata_o = {6'd0, irq_i, 1'b0};
      18'h00007: rdata_o = {pull_off_q, 5'd0, wide_o, 1'b0};
      18'h00008: rdata_o = 8'h03;  // CMD52 during transfers, block mode
      18'h0000A: rdata_o = 8'h10;  // CIS at 0x001000
      18'h00013: rdata_o = {6'd0, fast_o, 1'b1};
      18'h00016: rdata_o = {6'd0, async_q, 1'b1};
      18'h00109: rdata_o = 8'h20;  // CIS of function 1 at 0x001020
      18'h0010A: rdata_o = 8'h10;
      18'h00110: rdata_o = block_o[7:0];
      18'h00111: rdata_o = block_o[15:8];
      PAGE: {known_o, rdata_o} = {2'b10, page_o};
      FLAGS: {known_o, rdata_o} = {7'b1000000, pending_i, irq_i};
      ACCEPTED: {known_o, rdata_o} = {1'b1, accepted_i};
      REFUSED: {known_o, rdata_o} = {1'b1, refused_i};
      VERSION: {known_o, rdata_o} = {1'b1, 8'(tnpu_pkg::LINK_VERSION)};
      default: ;
    endcase
  end
endmodule
