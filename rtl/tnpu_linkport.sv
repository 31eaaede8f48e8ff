// SPDX-License-Identifier: Apache-2.0
// Core side of a link: takes one command after the other and moves its block, word by word, between a buffer and the core's host port. A command
// leaves the queue when the host port has taken its last write, or when all of its bytes are in the buffer.
module tnpu_linkport #(
    parameter int WW = 4  // a buffer has 2^WW words
) (
    input  logic          clk_i,
    input  logic          rst_ni,        // asynchronous
    // oldest command, valid until popped
    input  logic          cmd_valid_i,
    input  logic          cmd_read_i,
    input  logic [22:0]   cmd_addr_i,
    input  logic [9:0]    cmd_bytes_i,
    output logic          cmd_pop_o,
    // buffers: word numbers within them; write data comes a cycle after wram_re_o, held, and goes to the host port without passing here
    output logic          wram_re_o,
    output logic [WW-1:0] wram_word_o,
    output logic [3:0]    rram_we_o,
    output logic [WW-1:0] rram_word_o,
    output logic          rd_push_o,     // the block has been read
    input  logic          rd_full_i,
    // host port of the core
    output logic          host_req_o,
    output logic          host_we_o,
    output logic [22:0]   host_addr_o,
    output logic [3:0]    host_be_o,
    input  logic          host_gnt_i,
    input  logic          host_rvalid_i
);
  logic [22:0] end_addr;  // last byte
  assign end_addr = cmd_addr_i + 23'(cmd_bytes_i) - 23'd1;

  // Bytes of a word that belong to the block
  function logic [3:0] lanes(input logic [20:0] word, input logic [22:0] first, input logic [22:0] last);
    lanes = 4'b1111;
    if (word == first[22:2]) lanes = lanes & (4'b1111 << first[1:0]);
    if (word == last[22:2]) lanes = lanes & (4'b1111 >> ~last[1:0]);
  endfunction

  logic busy_q;          // a command is being worked on
  logic asking_q;        // words are still to be asked for
  logic [20:0] ask_q;    // the word that the host port is asked for
  logic [20:0] come_q;   // the word that it answers next
  logic start, last_ask, last_come;
  assign start = cmd_valid_i && !busy_q && !(cmd_read_i && rd_full_i);
  assign last_ask = ask_q == end_addr[22:2];
  assign last_come = come_q == end_addr[22:2];

  assign host_req_o = asking_q;
  assign host_we_o = !cmd_read_i;
  assign host_addr_o = {ask_q, 2'b00};
  assign host_be_o = lanes(ask_q, cmd_addr_i, end_addr);

  assign wram_re_o = !cmd_read_i && (start || (asking_q && host_gnt_i));
  assign wram_word_o = start ? cmd_addr_i[WW+1:2] : ask_q[WW-1:0] + 1'b1;

  assign rram_we_o = host_rvalid_i ? lanes(come_q, cmd_addr_i, end_addr) : 4'd0;
  assign rram_word_o = come_q[WW-1:0];
  assign rd_push_o = host_rvalid_i && last_come;
  assign cmd_pop_o = cmd_read_i ? rd_push_o : asking_q && host_gnt_i && last_ask;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      asking_q <= 1'b0;
      ask_q    <= '0;
      come_q   <= '0;
    end else begin
      if (start) begin
        busy_q   <= 1'b1;
        asking_q <= 1'b1;
        ask_q    <= cmd_addr_i[22:2];
        come_q   <= cmd_addr_i[22:2];
      end
      if (asking_q && host_gnt_i) begin
        ask_q <= ask_q + 1'b1;
        if (last_ask) asking_q <= 1'b0;
      end
      if (host_rvalid_i) come_q <= come_q + 1'b1;
      if (cmd_pop_o) busy_q <= 1'b0;
    end
  end
endmodule
