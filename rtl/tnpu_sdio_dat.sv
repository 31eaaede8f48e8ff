// SPDX-License-Identifier: Apache-2.0
// SDIO, the DAT lines: sends and takes one block of bytes at a time on 1 or 4 lines, with a CRC16 a line; answers a block taken with a CRC status
// token and, while there is no room for another, busy.
//
//     block on each line    0 | data | CRC16 | 1       byte on 4 lines: bits 7..4 on DAT3..DAT0, then bits 3..0; on one: bit 7 first
//     token on DAT0         2 clocks after the block: 0 | 010 good, 101 bad | 1, then 0 while busy
module tnpu_sdio_dat (
    input  logic       clk_i,        // SD clock
    input  logic       rst_ni,       // asynchronous
    input  logic       wide_i,       // 4 lines
    input  logic [3:0] dat_i,
    output logic [3:0] dat_o,        // changes after the rising edge
    output logic [3:0] dat_oe_o,
    // what to do
    input  logic       stop_i,       // nothing any more
    input  logic       send_i,       // while idle: send a block
    input  logic       take_i,       // while idle: take a block as soon as its start bit comes
    input  logic [9:0] bytes_i,      // of the block
    output logic       idle_o,
    // bytes sent: data_i is the byte that the last rd_o asked for
    output logic       rd_o,
    input  logic [7:0] data_i,
    output logic       sent_o,       // for a cycle: the block is out
    // bytes taken
    output logic       begins_o,     // for a cycle: a start bit has come
    output logic       wr_o,
    output logic [7:0] data_o,
    input  logic       accept_i,     // the block's bytes had room
    output logic       done_o,       // for a cycle: its token is out; good_o: it said so
    output logic       good_o,
    input  logic       busy_i        // no room for another block
);
  localparam logic [3:0] IDLE = 4'd0, S_START = 4'd1, S_DATA = 4'd2, S_CRC = 4'd3, S_END = 4'd4, S_OFF = 4'd5;
  localparam logic [3:0] T_DATA = 4'd6, T_CRC = 4'd7, T_END = 4'd8, T_GAP = 4'd9, T_TOKEN = 4'd10, T_BUSY = 4'd11;
  logic [3:0] state_q;
  logic [3:0] lines;  // in use
  assign lines = wide_i ? 4'b1111 : 4'b0001;

  logic [2:0] phase_q;  // part of the byte
  logic [3:0] count_q;  // bit of CRC or token
  logic [9:0] left_q;
  logic [6:0] part_q;  // rest of the byte to send, or the parts that have come
  logic [63:0] crc_q;   // line 3 uppermost
  logic first, last;
  assign first = phase_q == 3'd0;
  assign last  = phase_q == (wide_i ? 3'd1 : 3'd7);

  // ---- one step of the lines
  logic [3:0] out;
  logic [7:0] out_byte;
  assign out_byte = first ? data_i : {part_q, 1'b0};
  assign out = wide_i ? out_byte[7:4] : {3'b111, out_byte[7]};
  logic [63:0] crc_next;
  always_comb begin
    for (int i = 0; i < 4; i++) crc_next[16*i+:16] = tnpu_crc::crc16(crc_q[16*i+:16], state_q == S_DATA ? out[i] : dat_i[i]);
  end
  logic [3:0] crc_bad, crc_msb;
  always_comb begin
    for (int i = 0; i < 4; i++) begin
      crc_bad[i] = |crc_q[16*i+:16];
      crc_msb[i] = crc_q[16*i+15];
    end
  end

  assign idle_o = state_q == IDLE;
  assign rd_o = state_q == S_START || (state_q == S_DATA && first);
  assign data_o = wide_i ? {part_q[3:0], dat_i} : {part_q, dat_i[0]};
  assign wr_o = state_q == T_DATA && last;

  logic ok_q;
  logic [4:0] token;
  assign token = {1'b0, ok_q ? 3'b010 : 3'b101, 1'b1};
  assign good_o = ok_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= IDLE;
      phase_q  <= 3'd0;
      count_q  <= 4'd0;
      left_q   <= 10'd0;
      part_q   <= 7'd0;
      crc_q    <= 64'd0;
      ok_q     <= 1'b0;
      dat_o    <= 4'b1111;
      dat_oe_o <= 4'b0000;
      sent_o   <= 1'b0;
      begins_o <= 1'b0;
      done_o   <= 1'b0;
    end else begin
      sent_o   <= 1'b0;
      begins_o <= 1'b0;
      done_o   <= 1'b0;
      count_q  <= count_q + 4'd1;
      case (state_q)
        IDLE: begin
          phase_q  <= 3'd0;
          crc_q    <= 64'd0;
          left_q   <= bytes_i;
          dat_oe_o <= 4'b0000;
          if (send_i) state_q <= S_START;
          else if (take_i && !dat_i[0]) begin
            state_q  <= T_DATA;
            begins_o <= 1'b1;
          end
        end
        S_START: begin
          dat_o    <= 4'b0000;
          dat_oe_o <= lines;
          state_q  <= S_DATA;
        end
        S_DATA: begin
          dat_o   <= out;
          crc_q   <= crc_next;
          part_q  <= wide_i ? {out_byte[3:0], 3'd0} : out_byte[6:0];
          phase_q <= last ? 3'd0 : phase_q + 3'd1;
          count_q <= 4'd0;
          if (last) begin
            left_q <= left_q - 10'd1;
            if (left_q == 10'd1) state_q <= S_CRC;
          end
        end
        S_CRC: begin
          dat_o <= crc_msb;
          crc_q <= crc_q << 1;  // what moves from line to line has been sent, or comes after the last bit
          if (count_q == 4'd15) state_q <= S_END;
        end
        S_END: begin
          dat_o   <= 4'b1111;
          state_q <= S_OFF;
        end
        S_OFF: begin
          dat_oe_o <= 4'b0000;
          sent_o   <= 1'b1;
          state_q  <= IDLE;
        end
        T_DATA: begin
          crc_q   <= crc_next;
          part_q  <= data_o[6:0];
          phase_q <= last ? 3'd0 : phase_q + 3'd1;
          count_q <= 4'd0;
          if (last) begin
            left_q <= left_q - 10'd1;
            if (left_q == 10'd1) state_q <= T_CRC;
          end
        end
        T_CRC: begin
          crc_q <= crc_next;
          if (count_q == 4'd15) state_q <= T_END;
        end
        T_END: begin  // a remainder of zero and the end bit, on all lines
          ok_q    <= (crc_bad & lines) == 4'd0 && (dat_i | ~lines) == 4'b1111 && accept_i;
          state_q <= T_GAP;
        end
        T_GAP: begin
          count_q <= 4'd0;
          state_q <= T_TOKEN;
        end
        T_TOKEN: begin
          dat_o[0]    <= token[3'd4-count_q[2:0]];
          dat_oe_o[0] <= 1'b1;
          if (count_q == 4'd4) begin
            done_o  <= 1'b1;
            state_q <= T_BUSY;
          end
          phase_q <= 3'd0;
        end
        T_BUSY: begin  // in its first clock the block is handed over, and busy_i not yet right; one that was refused leaves room
          phase_q  <= 3'd1;
          dat_o[0] <= !(ok_q && (first || busy_i));
          if (!first && dat_o[0]) begin  // high for a clock, then off
            state_q  <= IDLE;
            dat_oe_o <= 4'b0000;
          end
        end
        default: state_q <= IDLE;
      endcase
      if (stop_i) begin
        state_q  <= IDLE;
        dat_oe_o <= 4'b0000;
        dat_o    <= 4'b1111;
      end
    end
  end
endmodule
