// SPDX-License-Identifier: Apache-2.0
// Plays a vector file (tests/gate/README.md) on the core in an event-driven simulator: host accesses with the results they must give, and
// every write and every instruction of a run with the cycle it must happen in. Stops at the first difference.
//   vvp tnpu_tb.vvp +vectors=FILE
module tnpu_tb #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64
);
  localparam int EVENTS = 1 << 17;     // of one run
  localparam int ACCESS_LIMIT = 1000;  // clock cycles that a host access may take

  logic clk = 1'b0, rst_n = 1'b0;
  always #5 clk = ~clk;

  logic req = 1'b0, we = 1'b0, gnt, rvalid, irq, run, start, finish, wr;
  logic [22:0] addr = '0;
  logic [31:0] wdata = '0, rdata, wr_mask;
  logic [3:0] be = '0;
  logic [15:0] pc;
  logic [19:0] wr_addr;
  logic [255:0] wr_data;
  tnpu_core #(
      .LANES     (LANES),
      .WMEM_ROWS (WMEM_ROWS),
      .FMEM_BYTES(FMEM_BYTES),
      .IMEM_DEPTH(IMEM_DEPTH)
  ) u_core (
      .clk_i          (clk),
      .rst_ni         (rst_n),
      .host_req_i     (req),
      .host_we_i      (we),
      .host_addr_i    (addr),
      .host_wdata_i   (wdata),
      .host_be_i      (be),
      .host_gnt_o     (gnt),
      .host_rvalid_o  (rvalid),
      .host_rdata_o   (rdata),
      .irq_o          (irq),
      .trace_run_o    (run),
      .trace_start_o  (start),
      .trace_end_o    (finish),
      .trace_pc_o     (pc),
      .trace_wr_o     (wr),
      .trace_wr_addr_o(wr_addr),
      .trace_wr_mask_o(wr_mask),
      .trace_wr_data_o(wr_data)
  );

  // ---- where we are, and how it ends
  int line = 0, program_index = -1, checks = 0;
  longint clocks = 0;
  task fail;
    $display("FAIL: program %0d, vector line %0d", program_index, line);
    $fatal(1);
  endtask

  // ---- expected events of the run, in the order in which they must come
  logic [63:0] insn_start[EVENTS], insn_end[EVENTS], write_cycle[EVENTS];
  logic [15:0] insn_pc[EVENTS];
  logic [307:0] write_what[EVENTS];  // address, mask, bytes
  logic watching = 1'b1;
  int insns = 0, writes = 0, starts_seen = 0, ends_seen = 0, writes_seen = 0;
  logic [63:0] cycle = 0;

  function logic [255:0] masked(input logic [255:0] data, input logic [31:0] mask);
    for (int i = 0; i < 32; i++) masked[8*i+:8] = mask[i] ? data[8*i+:8] : 8'd0;
  endfunction

  always @(posedge clk) begin
    clocks = clocks + 1;
    if (start === 1'b1 && watching) begin
      if (starts_seen >= insns || insn_start[starts_seen] !== cycle || insn_pc[starts_seen] !== pc) begin
        $display("instruction %0d starts in cycle %0d; expected: instruction %0d in cycle %0d", pc, cycle, insn_pc[starts_seen],
                 insn_start[starts_seen]);
        fail;
      end
      starts_seen = starts_seen + 1;
    end
    if (wr === 1'b1 && watching) begin
      if (writes_seen >= writes || write_cycle[writes_seen] !== cycle ||
          write_what[writes_seen] !== {wr_addr, wr_mask, masked(wr_data, wr_mask)}) begin
        $display("write in cycle %0d of address, mask, bytes %h; expected: cycle %0d, %h", cycle,
                 {wr_addr, wr_mask, masked(wr_data, wr_mask)}, write_cycle[writes_seen], write_what[writes_seen]);
        fail;
      end
      writes_seen = writes_seen + 1;
    end
    if (finish === 1'b1 && watching) begin
      if (ends_seen >= insns || insn_end[ends_seen] !== cycle || insn_pc[ends_seen] !== pc) begin
        $display("instruction %0d ends in cycle %0d; expected: instruction %0d in cycle %0d", pc, cycle, insn_pc[ends_seen],
                 insn_end[ends_seen]);
        fail;
      end
      ends_seen = ends_seen + 1;
    end
    if (run !== 1'b0) cycle = cycle + 1;  // an x shows as a wrong cycle
  end

  // ---- host port: driven at the falling edge, sampled at the rising one. Tasks and functions are static: see
  // scripts/icarus.
  task access(input logic write, input logic [22:0] a, input logic [31:0] d, input logic [3:0] enable);
    int waited;
    @(negedge clk);
    req   = 1'b1;
    we    = write;
    addr  = a;
    wdata = d;
    be    = enable;
    waited = 0;
    do begin
      @(posedge clk);
      waited = waited + 1;
    end while (gnt !== 1'b1 && waited < ACCESS_LIMIT);
    if (gnt !== 1'b1) begin
      $display("no grant in %0d cycles", ACCESS_LIMIT);
      fail;
    end
    @(negedge clk) req = 1'b0;
  endtask

  task read(input logic [22:0] a, input logic [31:0] expected, input logic [31:0] mask);
    int waited;
    access(1'b0, a, 32'd0, 4'hF);
    waited = 0;
    while (rvalid !== 1'b1 && waited < ACCESS_LIMIT) begin
      @(negedge clk);
      waited = waited + 1;
    end
    if (rvalid !== 1'b1) begin
      $display("no read data in %0d cycles", ACCESS_LIMIT);
      fail;
    end
    if (((rdata ^ expected) & mask) !== 32'd0) begin
      $display("read of %h gives %h; expected %h, mask %h", a, rdata, expected, mask);
      fail;
    end
  endtask

  // ---- the vector file
  int file, got;
  logic [7:0] op;
  logic [2047:0] rest;
  logic [63:0] a0, a1, a2;
  logic [255:0] a3;
  string vectors;
  initial begin
    if (!$value$plusargs("vectors=%s", vectors)) begin
      $display("usage: +vectors=FILE");
      $fatal(1);
    end
    file = $fopen(vectors, "r");
    if (file == 0) begin
      $display("%s: cannot be read", vectors);
      $fatal(1);
    end
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    got = $fscanf(file, " %c", op);
    while (got == 1) begin
      line = line + 1;
      case (op)
        "#": got = $fgets(rest, file);
        "P": got = $fscanf(file, "%d", program_index);
        "X": begin  // reset pin
          @(negedge clk) rst_n = 1'b0;
          repeat (4) @(negedge clk);
          rst_n = 1'b1;
        end
        "W": begin
          got = $fscanf(file, "%h %h %h", a0, a1, a2);
          access(1'b1, a0[22:0], a1[31:0], a2[3:0]);
        end
        "R": begin
          got = $fscanf(file, "%h %h %h", a0, a1, a2);
          read(a0[22:0], a1[31:0], a2[31:0]);
          checks = checks + 1;
        end
        "Z": cycle = 0;
        "G": begin
          got = $fscanf(file, "%d", a0);
          while (irq !== 1'b1 && a0 != 0) begin
            @(negedge clk);
            a0 = a0 - 1;
          end
          if (irq !== 1'b1) begin
            $display("no interrupt; cycle %0d of the program", cycle);
            fail;
          end
        end
        "I": begin
          got = $fscanf(file, "%d", a0);
          repeat (a0) @(negedge clk);
        end
        "L": begin
          got = $fscanf(file, "%d", a0);
          repeat (2) @(negedge clk);  // a register write acts after its grant
          if (irq !== a0[0]) begin
            $display("interrupt pin is %b", irq);
            fail;
          end
        end
        "T": got = $fscanf(file, "%d", watching);
        "i": begin
          got = $fscanf(file, "%d %d %d", insn_pc[insns], insn_start[insns], insn_end[insns]);
          insns = insns + 1;
        end
        "w": begin
          got = $fscanf(file, "%d %h %h %h", a0, a1, a2, a3);
          write_cycle[writes] = a0;
          write_what[writes] = {a1[19:0], a2[31:0], a3};
          writes = writes + 1;
        end
        "Q": begin
          if (starts_seen != insns || ends_seen != insns || writes_seen != writes) begin
            $display("seen %0d starts, %0d ends of %0d instructions, %0d of %0d writes", starts_seen, ends_seen, insns, writes_seen, writes);
            fail;
          end
          checks = checks + 2 * insns + writes;
          insns = 0;
          writes = 0;
          starts_seen = 0;
          ends_seen = 0;
          writes_seen = 0;
        end
        default: begin
          $display("no such operation: %c", op);
          fail;
        end
      endcase
      got = $fscanf(file, " %c", op);
    end
    if (checks == 0) begin
      $display("nothing was compared");
      fail;
    end
    $display("PASS: %0d programs, %0d vector lines, %0d checks, %0d clock cycles", program_index + 1, line, checks, clocks);
    $finish;
  end
endmodule
