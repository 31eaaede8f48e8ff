// SPDX-License-Identifier: Apache-2.0
// Registers: identity, commands, status, interrupts, the first error, and the counters of a run (docs/registers.md).
module tnpu_regs #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    output logic        irq_o,
    // host access, decoded: address in the register region
    input  logic        we_i,
    input  logic [7:0]  addr_i,
    input  logic [3:0]  be_i,
    input  logic [31:0] wdata_i,
    output logic [31:0] rdata_o,        // combinational
    // a request is taken: its address
    input  logic        look_i,
    input  logic [7:0]  look_addr_i,
    output logic        known_o,        // combinational: a register is there
    input  logic        outside_i,      // a host access went outside the map
    input  logic        imem_we_i,      // instruction memory is written
    // commands
    output logic        soft_reset_o,
    output logic        soft_reset_next_o,  // it is set in the next cycle
    output logic        start_o,
    output logic        resume_o,
    output logic        abort_o,
    output logic [15:0] start_pc_o,
    output logic [15:0] stop_pc_o,
    output logic        stop_en_o,
    output logic        lock_o,
    // sequencer
    input  logic        busy_i,
    input  logic        halted_i,
    input  logic [1:0]  reason_i,
    input  logic [15:0] pc_i,
    input  logic [15:0] next_pc_i,
    input  logic        run_i,
    input  logic        done_i,
    input  logic        event_i,
    input  logic        halt_i,
    input  logic        error_i,
    input  logic [7:0]  error_code_i,
    input  logic        arg_we_i,
    input  logic [15:0] arg_i,
    input  logic        begin_i,
    input  logic        finish_i,
    input  logic        rel_i,
    input  logic [15:0] rel_rows_i,
    // counted events
    input  logic        en_i,
    input  logic [9:0]  macs_i,
    input  logic [1:0]  fmem_reads_i,
    input  logic [1:0]  fmem_writes_i,
    input  logic        wmem_read_i,
    input  logic        stall_bank_i,
    input  logic        stall_param_i,
    input  logic        stall_drain_i
);
  // ---- writes
  logic [31:0] data, keep;
  assign keep = {{8{be_i[3]}}, {8{be_i[2]}}, {8{be_i[1]}}, {8{be_i[0]}}};
  assign data = wdata_i & keep;
  logic ctrl_we, irq_we, wants_reset, wants_start, has_program_q, busy_error;
  logic at_ctrl_q, at_irq_q;
  always_ff @(posedge clk_i) begin
    if (look_i) begin
      at_ctrl_q <= 32'(look_addr_i) == tnpu_pkg::REG_CTRL;
      at_irq_q  <= 32'(look_addr_i) == tnpu_pkg::REG_IRQ;
    end
  end
  assign ctrl_we = we_i && at_ctrl_q;
  assign irq_we = we_i && at_irq_q;
  assign wants_reset = ctrl_we && data[tnpu_pkg::REG_CTRL_RESET_LSB];
  assign soft_reset_next_o = rst_ni && wants_reset;
  always_ff @(posedge clk_i) soft_reset_o <= soft_reset_next_o;
  assign abort_o = ctrl_we && data[tnpu_pkg::REG_CTRL_ABORT_LSB] && !wants_reset && busy_i;
  assign wants_start = ctrl_we && data[tnpu_pkg::REG_CTRL_START_LSB] && !wants_reset && !data[tnpu_pkg::REG_CTRL_ABORT_LSB];
  assign start_o = wants_start && !busy_i && has_program_q;
  assign busy_error = wants_start && busy_i;
  assign resume_o = ctrl_we && data[tnpu_pkg::REG_CTRL_RESUME_LSB] && !wants_reset && !data[tnpu_pkg::REG_CTRL_ABORT_LSB] && !wants_start;

  logic [15:0] start_pc_q, stop_pc_q, arg_q, rel_q, error_pc_q;
  logic stop_en_q, lock_q, done_q;
  logic [3:0] irq_q, irq_enable_q;
  logic [7:0] error_q;
  logic [31:0] last_start_q, last_end_q, this_start_q;
  assign start_pc_o = start_pc_q;
  assign stop_pc_o = stop_pc_q;
  assign stop_en_o = stop_en_q;
  assign lock_o = lock_q;
  assign irq_o = |(irq_q & irq_enable_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      start_pc_q <= 16'd0;
      stop_pc_q <= 16'd0;
      stop_en_q <= 1'b0;
      lock_q <= 1'b0;
      irq_enable_q <= 4'd0;
      has_program_q <= 1'b0;
    end else begin
      if (imem_we_i) has_program_q <= 1'b1;
      if (we_i) begin
        case (32'(addr_i))
          tnpu_pkg::REG_START_PC: start_pc_q <= 16'((32'(start_pc_q) & ~keep) | data);
          tnpu_pkg::REG_STOP_AT: begin
            stop_pc_q <= 16'((32'(stop_pc_q) & ~keep) | data);
            if (be_i[3]) stop_en_q <= data[31];
          end
          tnpu_pkg::REG_IRQ_ENABLE: if (be_i[0]) irq_enable_q <= data[3:0];
          tnpu_pkg::REG_LOCK: if (data[0]) lock_q <= 1'b1;
          default: ;
        endcase
      end
    end
  end

  // ---- status, interrupts, first error
  logic [31:0] cycles_q;
  logic start_any, new_error, clears_error;
  logic begin_q, finish_q;  // of the cycle before, and its number
  logic [31:0] cycle_q;
  logic [7:0] new_code;
  logic [15:0] new_pc;
  assign start_any = wants_start && !busy_i;
  assign clears_error = irq_we && data[tnpu_pkg::REG_IRQ_ERROR_LSB];
  always_comb begin
    new_error = 1'b1;
    new_pc = pc_i;
    if (start_any && !has_program_q) begin
      new_code = tnpu_pkg::ERR_NO_PROGRAM;
      new_pc   = start_pc_q;
    end else if (busy_error) begin
      new_code = tnpu_pkg::ERR_BUSY;
    end else if (error_i) begin
      new_code = error_code_i;
      if (error_code_i == tnpu_pkg::ERR_PC_RANGE) new_pc = 16'(IMEM_DEPTH);
      else if (begin_i) new_pc = next_pc_i;  // being dispatched: not yet STATUS.PC
    end else begin
      new_error = outside_i;
      new_code  = tnpu_pkg::ERR_HOST_ADDR;
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni || soft_reset_o) begin
      done_q       <= 1'b0;
      irq_q        <= 4'd0;
      error_q      <= tnpu_pkg::ERR_NONE;
      error_pc_q   <= 16'd0;
      arg_q        <= 16'd0;
      rel_q        <= 16'd0;
      last_start_q <= 32'd0;
      last_end_q   <= 32'd0;
    end else begin
      if (irq_we) irq_q <= irq_q & ~data[3:0];
      if (clears_error || start_any) begin
        error_q    <= tnpu_pkg::ERR_NONE;
        error_pc_q <= 16'd0;
      end
      if (start_any) begin
        done_q       <= 1'b0;
        rel_q        <= 16'd0;
        last_start_q <= 32'd0;
        last_end_q   <= 32'd0;
      end
      if (done_i) begin
        done_q <= 1'b1;
        irq_q[tnpu_pkg::REG_IRQ_DONE_LSB] <= 1'b1;
      end
      if (event_i) irq_q[tnpu_pkg::REG_IRQ_EVENT_LSB] <= 1'b1;
      if (halt_i) irq_q[tnpu_pkg::REG_IRQ_HALT_LSB] <= 1'b1;
      if (new_error) begin
        irq_q[tnpu_pkg::REG_IRQ_ERROR_LSB] <= 1'b1;
        if (error_q == tnpu_pkg::ERR_NONE || start_any || clears_error) begin
          error_q    <= new_code;
          error_pc_q <= new_pc;
        end
      end
      if (arg_we_i) arg_q <= arg_i;
      if (rel_i) rel_q <= rel_rows_i;
      if (begin_q) this_start_q <= cycle_q;
      if (finish_q && !start_any) begin
        last_start_q <= begin_q ? cycle_q : this_start_q;
        last_end_q   <= cycle_q;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    begin_q  <= begin_i && rst_ni && !soft_reset_o;
    finish_q <= finish_i && rst_ni && !soft_reset_o;
    if (begin_i || finish_i) cycle_q <= cycles_q;
  end

  // ---- counters, of what happened in the cycle before
  logic [9:0] macs;
  logic [1:0] fmem_reads, fmem_writes;
  logic wmem_read, stall_bank, stall_param, stall_drain;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || soft_reset_o || !run_i || !en_i) begin
      {macs, fmem_reads, fmem_writes, wmem_read, stall_bank, stall_param, stall_drain} <= '0;
    end else begin
      macs        <= macs_i;
      fmem_reads  <= fmem_reads_i;
      fmem_writes <= fmem_writes_i;
      wmem_read   <= wmem_read_i;
      stall_bank  <= stall_bank_i;
      stall_param <= stall_param_i;
      stall_drain <= stall_drain_i;
    end
  end
  logic [63:0] macs_q;
  logic [31:0] fmem_reads_q, fmem_writes_q, wmem_reads_q, stall_bank_q, stall_param_q, stall_drain_q, stall_host_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || soft_reset_o || start_any) begin
      cycles_q      <= 32'd0;
      macs_q        <= 64'd0;
      fmem_reads_q  <= 32'd0;
      fmem_writes_q <= 32'd0;
      wmem_reads_q  <= 32'd0;
      stall_bank_q  <= 32'd0;
      stall_param_q <= 32'd0;
      stall_drain_q <= 32'd0;
      stall_host_q  <= 32'd0;
    end else begin
      if (run_i) cycles_q <= cycles_q + 32'd1;
      if (macs != 0) macs_q <= macs_q + 64'(macs);
      if (fmem_reads != 0) fmem_reads_q <= fmem_reads_q + 32'(fmem_reads);
      if (fmem_writes != 0) fmem_writes_q <= fmem_writes_q + 32'(fmem_writes);
      if (wmem_read) wmem_reads_q <= wmem_reads_q + 32'd1;
      if (stall_bank) stall_bank_q <= stall_bank_q + 32'd1;
      if (stall_param) stall_param_q <= stall_param_q + 32'd1;
      if (stall_drain) stall_drain_q <= stall_drain_q + 32'd1;
      if (run_i && !en_i) stall_host_q <= stall_host_q + 32'd1;
    end
  end

  // ---- reads
  always_comb begin
    rdata_o = 32'd0;
    case ({24'd0, addr_i[7:2], 2'b00})
      tnpu_pkg::REG_ID: rdata_o = tnpu_pkg::ISA_ID;
      tnpu_pkg::REG_VERSION: rdata_o = {16'(tnpu_pkg::ISA_MAJOR), 16'(tnpu_pkg::ISA_MINOR)};
      tnpu_pkg::REG_CAP: rdata_o = {16'(IMEM_DEPTH), 8'(tnpu_pkg::DOT), 8'(LANES)};
      tnpu_pkg::REG_CAP_WMEM: rdata_o = WMEM_ROWS * LANES * 16;
      tnpu_pkg::REG_CAP_FMEM: rdata_o = FMEM_BYTES;
      tnpu_pkg::REG_CTRL: rdata_o = 32'd0;
      tnpu_pkg::REG_STATUS: rdata_o = {pc_i, 10'd0, reason_i, error_q != tnpu_pkg::ERR_NONE, done_q, halted_i, busy_i};
      tnpu_pkg::REG_ERROR: rdata_o = {error_pc_q, 8'd0, error_q};
      tnpu_pkg::REG_IRQ: rdata_o = 32'(irq_q);
      tnpu_pkg::REG_IRQ_ENABLE: rdata_o = 32'(irq_enable_q);
      tnpu_pkg::REG_START_PC: rdata_o = 32'(start_pc_q);
      tnpu_pkg::REG_STOP_AT: rdata_o = {stop_en_q, 15'd0, stop_pc_q};
      tnpu_pkg::REG_ARG: rdata_o = 32'(arg_q);
      tnpu_pkg::REG_RELEASE: rdata_o = 32'(rel_q);
      tnpu_pkg::REG_LOCK: rdata_o = 32'(lock_q);
      tnpu_pkg::REG_LAST_START: rdata_o = last_start_q;
      tnpu_pkg::REG_LAST_END: rdata_o = last_end_q;
      tnpu_pkg::REG_CYCLES: rdata_o = cycles_q;
      tnpu_pkg::REG_MACS: rdata_o = macs_q[31:0];
      tnpu_pkg::REG_MACS_HI: rdata_o = macs_q[63:32];
      tnpu_pkg::REG_FMEM_READS: rdata_o = fmem_reads_q;
      tnpu_pkg::REG_FMEM_WRITES: rdata_o = fmem_writes_q;
      tnpu_pkg::REG_WMEM_READS: rdata_o = wmem_reads_q;
      tnpu_pkg::REG_STALL_BANK: rdata_o = stall_bank_q;
      tnpu_pkg::REG_STALL_PARAM: rdata_o = stall_param_q;
      tnpu_pkg::REG_STALL_DRAIN: rdata_o = stall_drain_q;
      tnpu_pkg::REG_STALL_HOST: rdata_o = stall_host_q;
      default: ;
    endcase
  end

  always_comb begin
    known_o = 1'b0;
    case ({24'd0, look_addr_i[7:2], 2'b00})
      tnpu_pkg::REG_ID, tnpu_pkg::REG_VERSION, tnpu_pkg::REG_CAP, tnpu_pkg::REG_CAP_WMEM, tnpu_pkg::REG_CAP_FMEM, tnpu_pkg::REG_CTRL,
      tnpu_pkg::REG_STATUS, tnpu_pkg::REG_ERROR, tnpu_pkg::REG_IRQ, tnpu_pkg::REG_IRQ_ENABLE, tnpu_pkg::REG_START_PC,
      tnpu_pkg::REG_STOP_AT, tnpu_pkg::REG_ARG, tnpu_pkg::REG_RELEASE, tnpu_pkg::REG_LOCK, tnpu_pkg::REG_LAST_START,
      tnpu_pkg::REG_LAST_END, tnpu_pkg::REG_CYCLES, tnpu_pkg::REG_MACS, tnpu_pkg::REG_MACS_HI, tnpu_pkg::REG_FMEM_READS,
      tnpu_pkg::REG_FMEM_WRITES, tnpu_pkg::REG_WMEM_READS, tnpu_pkg::REG_STALL_BANK, tnpu_pkg::REG_STALL_PARAM, tnpu_pkg::REG_STALL_DRAIN,
      tnpu_pkg::REG_STALL_HOST: known_o = 1'b1;
      default: ;
    endcase
  end

  logic unused;
  assign unused = ^data;
endmodule
