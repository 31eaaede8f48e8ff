// SPDX-License-Identifier: Apache-2.0
// SDIO, the CMD line: takes commands of 48 bits, checks them, and sends answers of 48 bits, at the earliest 5 clocks after the command's end.
//
//     command   0 1 index(6) argument(32) CRC7 1
//     answer    0 0 index(6) argument(32) CRC7 1      R4: index and CRC all ones
module tnpu_sdio_cmd (
    input  logic        clk_i,         // SD clock
    input  logic        rst_ni,        // asynchronous
    input  logic        cmd_i,
    output logic        cmd_o,         // changes after the rising edge
    output logic        cmd_oe_o,
    // commands: one of these for a cycle at the command's end
    output logic        valid_o,       // it is good
    output logic        crc_error_o,   // it is damaged
    output logic [5:0]  index_o,
    output logic [31:0] arg_o,
    // answer to the last command
    input  logic        answer_i,      // for a cycle: send
    input  logic        plain_i,       // R4
    input  logic [31:0] answer_arg_i,
    output logic        answered_o,    // for a cycle: the end bit is out
    output logic        replying_o     // an answer can still come; else another start bit, or noise on the line, has come before it
);
  localparam logic [2:0] IDLE = 3'd0, TAKE = 3'd1, CHECK = 3'd2, HOLD = 3'd3, SEND = 3'd4;
  localparam logic [5:0] GAP = 6'd4;
  logic [2:0] state_q;
  logic [5:0] count_q;
  logic [6:0] crc_q;
  logic [38:0] shift_q;  // the last bits that came, or those to be sent after the start bit
  logic ours_q, plain_q, wait_q;

  logic [31:0] arg_q;
  logic [5:0] index_q;
  assign index_o = index_q;
  assign arg_o = arg_q;

  assign replying_o = state_q == HOLD || state_q == SEND;

  logic out;
  always_comb begin
    out = shift_q[38];
    if (count_q >= 6'd39) out = plain_q || crc_q[6];
    if (count_q == 6'd46) out = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= IDLE;
      count_q     <= 6'd0;
      crc_q       <= 7'd0;
      shift_q     <= '0;
      ours_q      <= 1'b0;
      plain_q     <= 1'b0;
      wait_q      <= 1'b0;
      index_q     <= '0;
      arg_q       <= '0;
      valid_o     <= 1'b0;
      crc_error_o <= 1'b0;
      answered_o  <= 1'b0;
      cmd_o       <= 1'b1;
      cmd_oe_o    <= 1'b0;
    end else begin
      valid_o     <= 1'b0;
      crc_error_o <= 1'b0;
      answered_o  <= 1'b0;
      case (state_q)
        IDLE: begin  // a start bit
          count_q <= 6'd0;
          crc_q   <= 7'd0;
          if (!cmd_i) state_q <= TAKE;
        end
        TAKE: begin  // 47 bits: what begins with 0 0 is another card's answer
          count_q <= count_q + 6'd1;
          if (count_q == 6'd0) ours_q <= cmd_i;
          crc_q <= tnpu_crc::crc7(crc_q, cmd_i);
          if (count_q < 6'd39) shift_q <= {shift_q[37:0], cmd_i};
          if (count_q == 6'd45) state_q <= CHECK;
        end
        CHECK: begin  // the end bit; the checksum's remainder is zero over command and CRC
          state_q <= ours_q && cmd_i && crc_q == 7'd0 ? HOLD : IDLE;
          valid_o <= ours_q && cmd_i && crc_q == 7'd0;
          crc_error_o <= ours_q && !(cmd_i && crc_q == 7'd0);
          {index_q, arg_q} <= shift_q[37:0];
          count_q <= 6'd0;
          wait_q  <= 1'b0;
        end
        HOLD: begin  // for the answer; a command that gets none is followed by the next one's start bit
          if (count_q != GAP) count_q <= count_q + 6'd1;
          if (answer_i) begin
            wait_q  <= 1'b1;
            plain_q <= plain_i;
            shift_q <= {1'b0, plain_i ? 6'h3F : index_q, answer_arg_i};
          end
          crc_q <= 7'd0;
          if (wait_q && count_q == GAP) begin
            state_q  <= SEND;
            count_q  <= 6'd0;
            cmd_o    <= 1'b0;
            cmd_oe_o <= 1'b1;
          end else if (!wait_q && !answer_i && !cmd_i) begin
            state_q <= TAKE;
            count_q <= 6'd0;
          end
        end
        SEND: begin  // after the start bit
          count_q <= count_q + 6'd1;
          cmd_o   <= out;
          shift_q <= {shift_q[37:0], 1'b0};
          if (count_q < 6'd39) crc_q <= tnpu_crc::crc7(crc_q, shift_q[38]);
          else crc_q <= {crc_q[5:0], 1'b0};
          answered_o <= count_q == 6'd46;
          if (count_q == 6'd47) begin
            cmd_oe_o <= 1'b0;
            state_q  <= IDLE;
          end
        end
        default: state_q <= IDLE;
      endcase
    end
  end
endmodule
