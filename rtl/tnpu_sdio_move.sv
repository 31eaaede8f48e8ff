// SPDX-License-Identifier: Apache-2.0
// SDIO, data: the blocks of a CMD53 between the DAT lines and the core, and single bytes of the window for CMD52.
module tnpu_sdio_move (
    input  logic        clk_i,          // SD clock
    input  logic        rst_ni,         // asynchronous
    // lines, changing after the rising edge
    input  logic        wide_i,
    input  logic [3:0]  dat_i,
    output logic [3:0]  dat_o,
    output logic [3:0]  dat_oe_o,
    // CMD53
    input  logic        begin_i,        // for a cycle, with the next six
    input  logic        read_i,
    input  logic        fixed_i,        // all bytes of a block at its one address
    input  logic        endless_i,      // until stop_i
    input  logic [8:0]  blocks_i,
    input  logic [9:0]  bytes_i,        // of each
    input  logic [22:0] addr_i,
    input  logic        answered_i,     // for a cycle: the answer is out
    input  logic        stop_i,
    output logic        moving_o,
    output logic        quiet_o,        // DAT1 is free for the interrupt
    // CMD52: one byte at addr_i, read_i; stays until byte_done_o
    input  logic        byte_i,
    input  logic [7:0]  byte_data_i,
    output logic        byte_done_o,    // with byte_data_o
    output logic [7:0]  byte_data_o,
    // status
    output logic        used_o,
    output logic [7:0]  accepted_o,
    output logic [7:0]  refused_o,
    // core
    input  logic        core_clk_i,
    output logic        host_req_o,
    output logic        host_we_o,
    output logic [22:0] host_addr_o,
    output logic [31:0] host_wdata_o,
    output logic [3:0]  host_be_o,
    input  logic        host_gnt_i,
    input  logic        host_rvalid_i,
    input  logic [31:0] host_rdata_i
);
  localparam int BLOCK = tnpu_pkg::LINK_SDIO_BLOCK;
  localparam int BW = $clog2(BLOCK);
  localparam logic [1:0] NONE = 2'd0, READ = 2'd1, WRITE = 2'd2;

  logic [1:0] move_q;
  logic fixed_q, endless_q, answered_q, mine_q;
  logic [8:0] left_q, ask_left_q;   // blocks
  logic [9:0] bytes_q;              // of a block
  logic [1:0] asked_q;              // blocks read and not yet sent
  logic [22:0] addr_q, ask_addr_q;  // of the block on the lines; of the block to be asked for
  logic [BW-1:0] place_q;           // of the byte on the lines
  logic [3:0] tag_q;                // of what is read now; blocks of other tags are left over from what was stopped
  assign moving_o = move_q != NONE;

  // ---- lines
  logic dat_send, dat_take, dat_idle, dat_rd, dat_sent, dat_begins, dat_wr, dat_done, dat_good, room_q, full;
  logic [7:0] dat_byte, rd_data;
  tnpu_sdio_dat u_dat (
      .clk_i,
      .rst_ni,
      .wide_i,
      .dat_i,
      .dat_o,
      .dat_oe_o,
      .stop_i,
      .send_i  (dat_send),
      .take_i  (dat_take),
      .bytes_i (bytes_q),
      .idle_o  (dat_idle),
      .rd_o    (dat_rd),
      .data_i  (rd_data),
      .sent_o  (dat_sent),
      .begins_o(dat_begins),
      .wr_o    (dat_wr),
      .data_o  (dat_byte),
      .accept_i(room_q),
      .done_o  (dat_done),
      .good_o  (dat_good),
      .busy_i  (full)
  );

  // ---- one byte: 0 its buffer or its command; 1 the command of a write, or the block that has been read; 2 the byte of it
  logic byte_write, byte_push, byte_ask, byte_come, rd_mine;
  logic [1:0] step_q;
  assign byte_write = byte_i && step_q == 2'd0 && !read_i && !full;
  assign byte_push = byte_i && step_q == 2'd1 && !read_i;
  assign byte_ask = byte_i && step_q == 2'd0 && read_i && !full;
  assign byte_come = byte_i && step_q == 2'd1 && read_i && rd_mine;
  assign byte_done_o = byte_push || (byte_i && step_q == 2'd2);
  assign byte_data_o = rd_data;

  // ---- blocks
  logic more, ask_more, ask, taken, pop, rd_valid;
  logic [3:0] rd_tag;
  assign more = endless_q ? !(&addr_q[22:18]) : left_q != 9'd0;  // the map ends before the addresses do
  assign ask_more = endless_q ? !(&ask_addr_q[22:18]) : ask_left_q != 9'd0;
  assign ask = move_q == READ && ask_more && asked_q != 2'd2 && !full;
  assign rd_mine = mine_q && rd_valid && rd_tag == tag_q;
  assign dat_send = move_q == READ && dat_idle && !dat_sent && rd_mine;
  assign dat_take = move_q == WRITE && answered_q && more;
  assign taken = move_q == WRITE && dat_done && dat_good;
  assign pop = (move_q == READ && dat_sent) || (byte_i && step_q == 2'd2) || (rd_valid && !rd_mine);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      move_q     <= NONE;
      answered_q <= 1'b0;
      mine_q     <= 1'b0;
      tag_q      <= 4'd0;
      asked_q    <= 2'd0;
      step_q     <= 2'd0;
      room_q     <= 1'b0;
      quiet_o    <= 1'b1;
      accepted_o <= 8'd0;
      refused_o  <= 8'd0;
    end else begin
      quiet_o <= !wide_i || (move_q == NONE && dat_idle && !begin_i);
      asked_q <= asked_q + {1'b0, ask} - {1'b0, move_q == READ && dat_sent};
      if (dat_begins) room_q <= !full;
      if (answered_i) answered_q <= 1'b1;
      if (begin_i) begin
        move_q     <= read_i ? READ : WRITE;
        answered_q <= 1'b0;
        asked_q    <= 2'd0;
      end
      if (move_q == READ && dat_sent && !endless_q && left_q == 9'd1) move_q <= NONE;
      if (move_q == WRITE && dat_done && (!dat_good || (!endless_q && left_q == 9'd1))) move_q <= NONE;
      if ((begin_i && read_i) || byte_ask) begin
        tag_q  <= tag_q + 4'd1;
        mine_q <= 1'b1;
      end
      if (stop_i) begin
        move_q <= NONE;
        mine_q <= 1'b0;
      end
      if (!byte_i) step_q <= 2'd0;
      else if (byte_write || byte_ask || byte_come) step_q <= step_q + 2'd1;
      if (taken || byte_push) accepted_o <= accepted_o + 8'd1;
      if (move_q == WRITE && dat_done && !dat_good) refused_o <= refused_o + 8'd1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (begin_i) begin
      fixed_q    <= fixed_i;
      endless_q  <= endless_i;
      bytes_q    <= bytes_i;
      left_q     <= blocks_i;
      ask_left_q <= blocks_i;
      addr_q     <= addr_i;
      ask_addr_q <= addr_i;
      place_q    <= addr_i[BW-1:0];
    end else begin
      if (dat_sent || taken) begin
        left_q <= left_q - 9'd1;
        if (!fixed_q) addr_q <= addr_q + 23'(bytes_q);
      end
      if (dat_sent) place_q <= fixed_q ? addr_q[BW-1:0] : addr_q[BW-1:0] + bytes_q[BW-1:0];
      else if ((dat_rd || dat_wr) && !fixed_q) place_q <= place_q + 1'b1;
      if (ask) begin
        ask_left_q <= ask_left_q - 9'd1;
        if (!fixed_q) ask_addr_q <= ask_addr_q + 23'(bytes_q);
      end
    end
  end

  // ---- the other clock
  logic [22:0] push_addr;
  logic [9:0] push_bytes;
  always_comb begin
    push_addr  = taken ? addr_q : ask_addr_q;
    push_bytes = fixed_q ? 10'd1 : bytes_q;
    if (byte_i) begin
      push_addr  = addr_i;
      push_bytes = 10'd1;
    end
  end
  tnpu_linkbuf #(
      .BLOCK(BLOCK),
      .AW   (1),
      .SALT (32'd2)
  ) u_buf (
      .rst_ni,
      .lclk_i      (clk_i),
      .wr_i        ((dat_wr && room_q) || byte_write),
      .wr_place_i  (byte_write ? addr_i[BW-1:0] : place_q),
      .wr_data_i   (byte_write ? byte_data_i : dat_byte),
      .push_i      (taken || ask || byte_ask || byte_push),
      .push_read_i (ask || byte_ask),
      .push_tag_i  (byte_ask ? tag_q + 4'd1 : tag_q),
      .push_addr_i (push_addr),
      .push_bytes_i(push_bytes),
      .full_o      (full),
      .used_o,
      .rd_valid_o  (rd_valid),
      .rd_tag_o    (rd_tag),
      .rd_pop_i    (pop),
      .rd_i        (dat_rd || byte_come),
      .rd_place_i  (byte_come ? addr_i[BW-1:0] : place_q),
      .rd_data_o   (rd_data),
      .clk_i       (core_clk_i),
      .host_req_o,
      .host_we_o,
      .host_addr_o,
      .host_wdata_o,
      .host_be_o,
      .host_gnt_i,
      .host_rvalid_i,
      .host_rdata_i
  );
endmodule
