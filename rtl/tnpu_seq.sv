// SPDX-License-Identifier: Apache-2.0
// Sequencer: fetches and checks the next instruction while one runs, dispatches it when that one has ended, and halts or stops the program.
// The timeline after a dispatch in cycle d: d + 1 .. d + 16 read instruction memory, d + 18 .. d + 31 check, d + FETCH ready.
module tnpu_seq #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64,
    localparam int IW = $clog2(IMEM_DEPTH) + 4
) (
    input  logic          clk_i,
    input  logic          rst_ni,      // also CTRL.RESET
    input  logic          en_i,
    // commands, one cycle each
    input  logic          start_i,     // accepted: not busy, a program is there
    input  logic          resume_i,
    input  logic          abort_i,
    input  logic [7:0]    fault_i,     // an error of a memory, or none: stops the program as abort_i does
    input  logic [15:0]   start_pc_i,
    input  logic [15:0]   stop_pc_i,
    input  logic          stop_en_i,
    // instruction memory, 32-bit words
    output logic          imem_re_o,
    output logic [IW-1:0] imem_addr_o,
    input  logic [31:0]   imem_rdata_i,
    // engine
    output logic          go_o,        // insn_o is new
    output logic          go_dw_o,     // and a DWCONV
    output logic          go_loop_o,   // or not
    output logic          kill_next_o, // in the next cycle, drop all that is under way
    output logic [511:0]  insn_o,
    output logic [tnpu_dec::BITS-1:0] dec_o,  // the same, decoded
    input  logic          end_i,       // its last write is done in this cycle
    // state
    output logic          busy_o,
    output logic          halted_o,
    output logic [1:0]    reason_o,
    output logic [15:0]   pc_o,
    output logic [15:0]   next_pc_o,   // with begin_o: the instruction being dispatched
    output logic          run_o,       // this cycle counts
    // events, one cycle each
    output logic          done_o,      // END
    output logic          event_o,
    output logic          halt_o,
    output logic          error_o,
    output logic [7:0]    error_code_o,
    output logic          arg_we_o,
    output logic [15:0]   arg_o,
    output logic          begin_o,     // an instruction is dispatched
    output logic          finish_o     // one ends
);
  localparam logic [1:0] IDLE = 2'd0, RUN = 2'd1, HALT = 2'd2, ABORT = 2'd3;
  localparam logic [5:0] READY = 6'(tnpu_pkg::CYC_FETCH);

  logic [1:0] state_q;
  logic [5:0] time_q;       // cycles since the dispatch, up to READY
  logic [15:0] pc_q, next_pc_q;
  logic [511:0] next_q;     // being fetched, then checked
  logic engine_q;           // a compute instruction runs
  logic [1:0] halt_q;       // halt before the next dispatch: REASON_WAIT or REASON_HOSTOP
  logic [7:0] cause_q;      // of ABORT
  logic passed_q;           // resumed from the stop index: do not stop there again

  logic fault, drop;
  assign fault = fault_i != tnpu_pkg::ERR_NONE;
  assign drop = abort_i || fault;

  // ---- fetch and check
  assign imem_re_o = state_q == RUN && time_q >= 6'd1 && time_q <= 6'd16;
  assign imem_addr_o = {next_pc_q[IW-5:0], 4'(time_q - 6'd1)};
  always_ff @(posedge clk_i) begin
    if (en_i && time_q >= 6'd2 && time_q <= 6'd17) next_q <= {imem_rdata_i, next_q[511:32]};
  end
  logic [7:0] err;
  logic [3:0] step;         // of the check, with time_q
  logic at_ready;           // time_q is READY
  tnpu_check #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES)
  ) u_check (
      .clk_i,
      .en_i,
      .step_i(step),
      .insn_i(next_q),
      .err_o (err)
  );

  // ---- dispatch
  logic ready, halt_now, past_end, dispatch, compute;
  logic [7:0] opcode;
  logic [1:0] why;
  assign opcode = next_q[7:0];
  assign ready = state_q == RUN && at_ready && !engine_q;
  assign why = (halt_q != tnpu_pkg::REASON_NONE) ? halt_q : (stop_en_i && stop_pc_i == next_pc_q && !passed_q) ? tnpu_pkg::REASON_STOP_AT : tnpu_pkg::REASON_NONE;
  assign halt_now = ready && why != tnpu_pkg::REASON_NONE;
  assign past_end = next_pc_q >= 16'(IMEM_DEPTH);
  assign dispatch = ready && !halt_now && !past_end && en_i && !drop;
  assign compute = opcode[4];

  assign begin_o = dispatch;
  assign finish_o = end_i || (dispatch && (!compute || err != tnpu_pkg::ERR_NONE));
  assign done_o = dispatch && err == tnpu_pkg::ERR_NONE && opcode == tnpu_pkg::OP_END;
  assign event_o = dispatch && err == tnpu_pkg::ERR_NONE && opcode == tnpu_pkg::OP_EVENT;
  assign arg_we_o = dispatch && err == tnpu_pkg::ERR_NONE && (opcode == tnpu_pkg::OP_EVENT || opcode == tnpu_pkg::OP_WAIT || opcode == tnpu_pkg::OP_HOSTOP);
  assign arg_o = next_q[tnpu_pkg::F_ARG_LSB+:16];
  assign halt_o = halt_now && en_i && !drop;
  logic out_of_program, aborted;
  logic [7:0] cause;
  assign out_of_program = ready && !halt_now && past_end && en_i && !drop;
  assign aborted = (state_q == ABORT && en_i) || (state_q == HALT && drop) || (state_q == IDLE && fault);
  assign cause = (state_q == ABORT) ? cause_q : fault ? fault_i : tnpu_pkg::ERR_ABORTED;
  assign error_o = (dispatch && err != tnpu_pkg::ERR_NONE) || out_of_program || aborted;
  assign error_code_o = aborted ? cause : out_of_program ? tnpu_pkg::ERR_PC_RANGE : err;

  assign busy_o = state_q != IDLE;
  assign halted_o = state_q == HALT;
  assign pc_o = pc_q;
  assign next_pc_o = next_pc_q;
  assign run_o = (state_q == RUN && !halt_now) || state_q == ABORT;
  assign kill_next_o = rst_ni && (en_i ? state_q == RUN && drop : state_q == ABORT);

  // The engine's instruction: loaded as soon as the engine is free, whether it is dispatched then or not
  logic load;
  assign load = at_ready && !engine_q;
  always_ff @(posedge clk_i) begin
    if (load) begin
      insn_o <= next_q;
      dec_o  <= tnpu_dec::decode(next_q, LANES);
    end
  end

  logic [1:0] reason_q;
  assign reason_o = reason_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= IDLE;
      time_q   <= 6'd0;
      step     <= 4'd15;
      at_ready <= 1'b0;
      engine_q <= 1'b0;
      halt_q   <= tnpu_pkg::REASON_NONE;
      passed_q <= 1'b0;
      reason_q <= tnpu_pkg::REASON_NONE;
      pc_q     <= 16'd0;
      {go_o, go_dw_o, go_loop_o} <= 3'b000;
    end else begin
      if (en_i) {go_o, go_dw_o, go_loop_o} <= 3'b000;
      if (start_i) begin
        state_q   <= RUN;
        time_q    <= 6'd1;
        step      <= 4'd15;
        at_ready  <= 1'b0;
        pc_q      <= (start_pc_i >= 16'(IMEM_DEPTH)) ? 16'(IMEM_DEPTH) : start_pc_i;
        next_pc_q <= start_pc_i;
        halt_q    <= tnpu_pkg::REASON_NONE;
        passed_q  <= 1'b0;
      end else if (en_i) begin
        if (time_q != 6'd0 && !at_ready) time_q <= time_q + 6'd1;
        step <= (time_q >= 6'd17 && time_q < READY - 6'd1) ? 4'(time_q - 6'd17) : 4'd15;
        if (time_q == READY - 6'd1) at_ready <= 1'b1;
        if (end_i) engine_q <= 1'b0;
        case (state_q)
          RUN: begin
            if (drop) begin
              state_q <= ABORT;
              cause_q <= fault ? fault_i : tnpu_pkg::ERR_ABORTED;
            end else if (halt_now) begin
              state_q  <= HALT;
              reason_q <= why;
              pc_q     <= next_pc_q;
            end else if (out_of_program) begin
              state_q <= IDLE;
              pc_q    <= 16'(IMEM_DEPTH);
            end else if (dispatch) begin
              pc_q      <= next_pc_q;
              next_pc_q <= next_pc_q + 16'd1;
              passed_q  <= 1'b0;
              time_q    <= 6'd1;
              step      <= 4'd15;
              at_ready  <= 1'b0;
              if (err != tnpu_pkg::ERR_NONE || opcode == tnpu_pkg::OP_END) state_q <= IDLE;
              else if (opcode == tnpu_pkg::OP_WAIT) halt_q <= tnpu_pkg::REASON_WAIT;
              else if (opcode == tnpu_pkg::OP_HOSTOP) halt_q <= tnpu_pkg::REASON_HOSTOP;
              else if (compute) begin
                engine_q <= 1'b1;
                go_o     <= 1'b1;
                go_dw_o  <= opcode == tnpu_pkg::OP_DWCONV;
                go_loop_o <= opcode != tnpu_pkg::OP_DWCONV;
              end
            end
          end
          HALT: begin
            if (drop || resume_i) begin
              state_q  <= drop ? IDLE : RUN;
              reason_q <= tnpu_pkg::REASON_NONE;
              halt_q   <= tnpu_pkg::REASON_NONE;
              passed_q <= 1'b1;
            end
          end
          ABORT: begin
            state_q  <= IDLE;
            engine_q <= 1'b0;
          end
          default: ;
        endcase
      end
    end
  end
endmodule
