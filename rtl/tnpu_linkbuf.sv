// SPDX-License-Identifier: Apache-2.0
// Between a link and the core: blocks of bytes in buffers of two clocks, and a queue of commands, one a block, each of which reads or writes one
// block through the core's host port, in order. Byte k of the chip's map is at place k modulo BLOCK of its buffer, so any block of up to BLOCK
// bytes fits at any address. This is where all data crosses between clock domains (docs/CDC.md).
module tnpu_linkbuf #(
    parameter int BLOCK = 64,        // bytes of a buffer, a power of two, at most 512
    parameter int AW = 2,            // 2^AW commands and buffers for writing; two buffers for reading
    parameter logic [31:0] SALT = 1,
    localparam int BW = $clog2(BLOCK)
) (
    input  logic          rst_ni,       // asynchronous
    // link
    input  logic          lclk_i,
    input  logic          wr_i,         // put a byte into the buffer of the next command; not while full
    input  logic [BW-1:0] wr_place_i,
    input  logic [7:0]    wr_data_i,
    input  logic          push_i,       // a command; not while full
    input  logic          push_read_i,
    input  logic [3:0]    push_tag_i,   // comes back with what was read
    input  logic [22:0]   push_addr_i,
    input  logic [9:0]    push_bytes_i, // 1 to BLOCK
    output logic          full_o,
    output logic          used_o,       // commands are not done yet
    output logic          rd_valid_o,   // a block has been read: its tag, and its bytes one cycle after rd_i
    output logic [3:0]    rd_tag_o,
    input  logic          rd_pop_i,     // done with it
    input  logic          rd_i,
    input  logic [BW-1:0] rd_place_i,
    output logic [7:0]    rd_data_o,
    // core
    input  logic          clk_i,
    output logic          host_req_o,
    output logic          host_we_o,
    output logic [22:0]   host_addr_o,
    output logic [31:0]   host_wdata_o,
    output logic [3:0]    host_be_o,
    input  logic          host_gnt_i,
    input  logic          host_rvalid_i,
    input  logic [31:0]   host_rdata_i
);
  localparam int WW = BW - 2;  // words of a buffer

  logic [AW-1:0] slot_l, slot_c;
  logic cmd_empty, cmd_pop, cmd_read;
  logic [3:0] cmd_tag;
  logic [22:0] cmd_addr;
  logic [9:0] cmd_bytes;
  tnpu_afifo #(
      .WIDTH(38),
      .AW   (AW),
      .SALT (4 * SALT)
  ) u_commands (
      .rst_ni,
      .wclk_i  (lclk_i),
      .push_i,
      .data_i  ({push_read_i, push_tag_i, push_addr_i, push_bytes_i}),
      .full_o,
      .used_o,
      .windex_o(slot_l),
      .rclk_i  (clk_i),
      .pop_i   (cmd_pop),
      .data_o  ({cmd_read, cmd_tag, cmd_addr, cmd_bytes}),
      .empty_o (cmd_empty),
      .rindex_o(slot_c)
  );

  logic wram_re;
  logic [WW-1:0] wram_word;
  tnpu_ram2 #(
      .DEPTH(2 ** (AW + WW))
  ) u_write (
      .wclk_i (lclk_i),
      .we_i   ({3'd0, wr_i} << wr_place_i[1:0]),
      .waddr_i({slot_l, wr_place_i[BW-1:2]}),
      .wdata_i({4{wr_data_i}}),
      .rclk_i (clk_i),
      .re_i   (wram_re),
      .raddr_i({slot_c, wram_word}),
      .rdata_o(host_wdata_o)
  );

  logic rd_push, rd_full, rd_empty, rd_slot_c, rd_slot_l, unused;
  tnpu_afifo #(
      .WIDTH(4),
      .AW   (1),
      .SALT (4 * SALT + 2)
  ) u_read_blocks (
      .rst_ni,
      .wclk_i  (clk_i),
      .push_i  (rd_push),
      .data_i  (cmd_tag),
      .full_o  (rd_full),
      .used_o  (unused),
      .windex_o(rd_slot_c),
      .rclk_i  (lclk_i),
      .pop_i   (rd_pop_i),
      .data_o  (rd_tag_o),
      .empty_o (rd_empty),
      .rindex_o(rd_slot_l)
  );
  assign rd_valid_o = !rd_empty;

  logic [3:0] rram_we;
  logic [WW-1:0] rram_word;
  logic [31:0] rd_word;
  logic [1:0] lane_q;
  tnpu_ram2 #(
      .DEPTH(2 ** (1 + WW))
  ) u_read (
      .wclk_i (clk_i),
      .we_i   (rram_we),
      .waddr_i({rd_slot_c, rram_word}),
      .wdata_i(host_rdata_i),
      .rclk_i (lclk_i),
      .re_i   (rd_i),
      .raddr_i({rd_slot_l, rd_place_i[BW-1:2]}),
      .rdata_o(rd_word)
  );
  always_ff @(posedge lclk_i) begin
    if (rd_i) lane_q <= rd_place_i[1:0];
  end
  assign rd_data_o = rd_word[8*lane_q+:8];

  tnpu_linkport #(
      .WW(WW)
  ) u_port (
      .clk_i,
      .rst_ni,
      .cmd_valid_i  (!cmd_empty),
      .cmd_read_i   (cmd_read),
      .cmd_addr_i   (cmd_addr),
      .cmd_bytes_i  (cmd_bytes),
      .cmd_pop_o    (cmd_pop),
      .wram_re_o    (wram_re),
      .wram_word_o  (wram_word),
      .rram_we_o    (rram_we),
      .rram_word_o  (rram_word),
      .rd_push_o    (rd_push),
      .rd_full_i    (rd_full),
      .host_req_o,
      .host_we_o,
      .host_addr_o,
      .host_be_o,
      .host_gnt_i,
      .host_rvalid_i
  );
endmodule
