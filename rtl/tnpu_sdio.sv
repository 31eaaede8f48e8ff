// SPDX-License-Identifier: Apache-2.0
// SDIO device (docs/LINK.md): what each command means. The CMD line is the business of tnpu_sdio_cmd, the registers that of tnpu_sdio_regs, data
// that of tnpu_sdio_move, where it crosses to the core's clock.
module tnpu_sdio (
    input  logic        rst_ni,        // asynchronous; the SD clock rests meanwhile
    // pins
    input  logic        sd_clk_i,
    input  logic        sd_cmd_i,
    output logic        sd_cmd_o,
    output logic        sd_cmd_oe_o,
    input  logic [3:0]  sd_dat_i,
    output logic [3:0]  sd_dat_o,
    output logic [3:0]  sd_dat_oe_o,
    // core
    input  logic        clk_i,
    input  logic        irq_i,         // from a flop of clk_i
    output logic        host_req_o,
    output logic        host_we_o,
    output logic [22:0] host_addr_o,
    output logic [31:0] host_wdata_o,
    output logic [3:0]  host_be_o,
    input  logic        host_gnt_i,
    input  logic        host_rvalid_i,
    input  logic [31:0] host_rdata_i
);
  // ---- lines
  logic cmd_valid, cmd_crc_error, answer, answer_plain, answered, replying, cmd_q, cmd_oe_q;
  logic [5:0] index;
  logic [31:0] arg, answer_arg;
  tnpu_sdio_cmd u_cmd (
      .clk_i       (sd_clk_i),
      .rst_ni,
      .cmd_i       (sd_cmd_i),
      .cmd_o       (cmd_q),
      .cmd_oe_o    (cmd_oe_q),
      .valid_o     (cmd_valid),
      .crc_error_o (cmd_crc_error),
      .index_o     (index),
      .arg_o       (arg),
      .answer_i    (answer),
      .plain_i     (answer_plain),
      .answer_arg_i(answer_arg),
      .answered_o  (answered),
      .replying_o  (replying)
  );

  logic wide, fast, begins, stop, moving, quiet, byte_done;
  logic [3:0] dat_q, dat_oe_q;
  logic [7:0] byte_data;

  // Default speed: pins change after the falling edge; high speed: after the rising edge
  logic fall_cmd_q, fall_cmd_oe_q;
  logic [3:0] fall_dat_q, fall_dat_oe_q, dat_o, dat_oe;
  always_ff @(negedge sd_clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fall_cmd_q    <= 1'b1;
      fall_cmd_oe_q <= 1'b0;
      fall_dat_q    <= 4'b1111;
      fall_dat_oe_q <= 4'b0000;
    end else begin
      fall_cmd_q    <= cmd_q;
      fall_cmd_oe_q <= cmd_oe_q;
      fall_dat_q    <= dat_q;
      fall_dat_oe_q <= dat_oe_q;
    end
  end
  assign sd_cmd_o = fast ? cmd_q : fall_cmd_q;
  assign sd_cmd_oe_o = fast ? cmd_oe_q : fall_cmd_oe_q;
  assign dat_o = fast ? dat_q : fall_dat_q;
  assign dat_oe = fast ? dat_oe_q : fall_dat_oe_q;
  // Interrupt: a level on DAT1, not clocked, so that it comes with the clock stopped; with 4 lines not while a CMD53 moves data
  logic interrupt, interrupt_on;
  assign interrupt = irq_i && interrupt_on && quiet;
  assign sd_dat_o = {dat_o[3:2], dat_o[1] && !interrupt, dat_o[0]};
  assign sd_dat_oe_o = {dat_oe[3:2], dat_oe[1] || interrupt, dat_oe[0]};

  // ---- registers
  logic reg_we, reg_known, card_reset, abort, enabled, irq, used;
  logic [7:0] reg_rdata, accepted, refused;
  logic [15:0] block_size;
  logic [6:0] page;
  tnpu_sdio_regs u_regs (
      .clk_i      (sd_clk_i),
      .rst_ni,
      .function_i (arg[28]),
      .addr_i     (arg[25:9]),
      .we_i       (reg_we),
      .wdata_i    (arg[7:0]),
      .rdata_o    (reg_rdata),
      .known_o    (reg_known),
      .reset_o    (card_reset),
      .abort_o    (abort),
      .enabled_o  (enabled),
      .interrupt_o(interrupt_on),
      .wide_o     (wide),
      .fast_o     (fast),
      .block_o    (block_size),
      .page_o     (page),
      .irq_i      (irq),
      .pending_i  (used),
      .accepted_i (accepted),
      .refused_i  (refused)
  );

  // ---- commands
  localparam logic [1:0] C_IDLE = 2'd0, C_REG = 2'd1, C_BYTE = 2'd2, C_ANSWER = 2'd3;  // register accessed; byte of the window on its way
  localparam logic [1:0] S_IDLE = 2'd0, S_STANDBY = 2'd1, S_SELECTED = 2'd2, S_INACTIVE = 2'd3;
  localparam logic [23:0] VOLTAGES = 24'hFF8000;
  localparam logic [5:0] PATIENCE = 6'd48;  // clocks that a byte of the window may take: an answer must begin 64 after the command
  logic [1:0] work_q, card_q;
  logic [15:0] rca_q;
  logic ready_q;  // CMD5 has set the voltage
  logic crc_flag_q, illegal_flag_q;
  logic [7:0] flags;  // of R5, but for the errors of this command
  logic [5:0] wait_q;
  logic lost_q;  // the command line has gone on while the byte of the window was on its way
  assign flags = {crc_flag_q, illegal_flag_q, moving, !moving, 4'b0000};

  localparam logic [7:0] E_ERROR = 8'h08, E_FUNCTION = 8'h02, E_RANGE = 8'h01;
  logic is_read, is_regs, is_window, far, bad_size;
  logic [22:0] window;
  logic [9:0] size;
  logic [7:0] fault;  // of CMD52 and CMD53
  assign is_read = !arg[31];
  assign is_regs = arg[25:17] == tnpu_pkg::SDIO_REGS[16:8];  // the chip's registers, whatever page the window shows
  assign is_window = arg[28] && (!arg[25] || is_regs);
  assign window = is_regs ? {15'd0, arg[16:9]} : {page, arg[24:9]};
  assign far = &window[22:18];  // a longest CMD53 might pass the map's end
  assign size = arg[27] ? block_size[9:0] : {arg[8:0] == 9'd0, arg[8:0]};
  assign bad_size = arg[27] && (block_size == 16'd0 || block_size > 16'(tnpu_pkg::LINK_SDIO_BLOCK));
  always_comb begin
    fault = 8'h00;
    if (arg[30:29] != 2'd0) fault = E_FUNCTION;
    else if (arg[28] && !enabled) fault = E_ERROR;
    else if (index == 6'd53) begin
      if (!is_window || far || bad_size) fault = E_RANGE;
    end else if (is_window) begin
      if (far) fault = E_RANGE;
      else if (moving) fault = E_ERROR;
    end else if (!reg_known) fault = E_RANGE;
  end

  logic legal;
  always_comb begin
    legal = 1'b0;
    case (index)
      6'd0: legal = card_q != S_INACTIVE;
      6'd3: legal = (card_q == S_IDLE && ready_q) || card_q == S_STANDBY;
      6'd5: legal = card_q == S_IDLE;
      6'd7: legal = card_q == S_STANDBY || card_q == S_SELECTED;
      6'd15: legal = card_q == S_STANDBY || card_q == S_SELECTED;
      6'd52: legal = card_q == S_SELECTED;
      6'd53: legal = card_q == S_SELECTED && !moving;
      default: ;
    endcase
  end
  logic at_us;
  assign at_us = arg[31:16] == rca_q;
  assign stop = abort || card_reset || (cmd_valid && legal && (index == 6'd0 || index == 6'd7 || index == 6'd15));
  assign begins = cmd_valid && legal && index == 6'd53 && fault == 8'h00;
  assign reg_we = work_q == C_IDLE && cmd_valid && legal && index == 6'd52 && fault == 8'h00 && !is_window && arg[31];

  always_ff @(posedge sd_clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      work_q         <= C_IDLE;
      card_q         <= S_IDLE;
      rca_q          <= 16'd0;
      ready_q        <= 1'b0;
      crc_flag_q     <= 1'b0;
      illegal_flag_q <= 1'b0;
      wait_q         <= 6'd0;
      lost_q         <= 1'b0;
      answer         <= 1'b0;
      answer_plain   <= 1'b0;
      answer_arg     <= 32'd0;
    end else begin
      answer       <= 1'b0;
      answer_plain <= 1'b0;
      if (cmd_crc_error) crc_flag_q <= 1'b1;
      case (work_q)
        C_IDLE: begin
          wait_q <= 6'd0;
          lost_q <= 1'b0;
          if (cmd_valid && !legal && card_q != S_INACTIVE) illegal_flag_q <= 1'b1;
          if (cmd_valid && legal) begin
            case (index)
              6'd0: begin
                card_q  <= S_IDLE;
                ready_q <= 1'b0;
              end
              6'd3: begin  // R6: bits 23, 22 and 19 of the card status, state 15
                card_q     <= S_STANDBY;
                rca_q      <= rca_q == 16'hFFFF ? 16'd1 : rca_q + 16'd1;
                answer_arg <= {rca_q == 16'hFFFF ? 16'd1 : rca_q + 16'd1, crc_flag_q, illegal_flag_q, 1'b0, 4'hF, 9'd0};
                answer     <= 1'b1;
                work_q     <= C_ANSWER;
              end
              6'd5: begin  // R4: ready, one function, no memory
                ready_q      <= |(arg[23:0] & VOLTAGES);
                answer_arg   <= {8'h90, VOLTAGES};
                answer       <= 1'b1;
                answer_plain <= 1'b1;
                work_q       <= C_ANSWER;
              end
              6'd7: begin  // R1; another card's address deselects
                card_q <= at_us ? S_SELECTED : S_STANDBY;
                answer_arg <= {8'd0, crc_flag_q, illegal_flag_q, 9'd0, 4'hF, 9'd0};
                answer <= at_us;
                if (at_us) work_q <= C_ANSWER;
              end
              6'd15: if (at_us) card_q <= S_INACTIVE;
              default: begin  // R5
                answer_arg <= {16'd0, flags | fault, 8'd0};
                if (fault != 8'h00 || index == 6'd53) begin
                  answer <= 1'b1;
                  work_q <= C_ANSWER;
                end else work_q <= is_window ? C_BYTE : C_REG;
              end
            endcase
          end
          if (card_reset) begin
            card_q  <= S_IDLE;
            ready_q <= 1'b0;
          end
        end
        C_REG: begin  // what was written, or the register as it is now
          answer_arg[7:0] <= is_read || arg[27] ? reg_rdata : arg[7:0];
          answer <= 1'b1;
          work_q <= C_ANSWER;
        end
        C_BYTE: begin
          wait_q <= wait_q + 6'd1;
          if (byte_done) answer_arg[7:0] <= is_read ? byte_data : arg[7:0];
          else if (wait_q == PATIENCE) answer_arg[15:8] <= answer_arg[15:8] | E_ERROR;
          if (!replying) lost_q <= 1'b1;
          if (byte_done || wait_q == PATIENCE) begin
            answer <= replying && !lost_q;
            work_q <= (replying && !lost_q) ? C_ANSWER : C_IDLE;
          end
        end
        default:  // C_ANSWER
        if (answered || !replying) begin
          work_q <= C_IDLE;
          if (answered && index != 6'd5) begin
            crc_flag_q     <= 1'b0;
            illegal_flag_q <= 1'b0;
          end
        end
      endcase
    end
  end

  // ---- data, and the other clock
  tnpu_sync #(
      .SALT(32'd102)
  ) u_irq (
      .clk_i (sd_clk_i),
      .rst_ni(rst_ni),
      .d_i   (irq_i),
      .q_o   (irq)
  );
  tnpu_sdio_move u_move (
      .clk_i      (sd_clk_i),
      .rst_ni,
      .wide_i     (wide),
      .dat_i      (sd_dat_i),
      .dat_o      (dat_q),
      .dat_oe_o   (dat_oe_q),
      .begin_i    (begins),
      .read_i     (is_read),
      .fixed_i    (!arg[26]),
      .endless_i  (arg[27] && arg[8:0] == 9'd0),
      .blocks_i   (arg[27] ? arg[8:0] : 9'd1),
      .bytes_i    (size),
      .addr_i     (window),
      .answered_i (answered),
      .stop_i     (stop),
      .moving_o   (moving),
      .quiet_o    (quiet),
      .byte_i     (work_q == C_BYTE),
      .byte_data_i(arg[7:0]),
      .byte_done_o(byte_done),
      .byte_data_o(byte_data),
      .used_o     (used),
      .accepted_o (accepted),
      .refused_o  (refused),
      .core_clk_i (clk_i),
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
