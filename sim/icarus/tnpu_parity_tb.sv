// SPDX-License-Identifier: Apache-2.0
// A core with parity: bits of its memories are turned over behind its back. Each must stop the program with the error of that memory before
// anything wrong is written, or be reported to the host that reads it; after a rewrite everything runs as before.
// Tasks and functions are static: see scripts/icarus.
module tnpu_parity_tb;
  logic clk = 1'b0, rst_n = 1'b0;
  always #5 clk = ~clk;
  logic req = 1'b0, we = 1'b0, gnt, rvalid, irq;
  logic [22:0] addr = '0;
  logic [31:0] wdata = '0, rdata;
  tnpu_t64 #(
      .PARITY(1'b1)
  ) u_dut (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .host_req_i   (req),
      .host_we_i    (we),
      .host_addr_i  (addr),
      .host_wdata_i (wdata),
      .host_be_i    (4'hF),
      .host_gnt_o   (gnt),
      .host_rvalid_o(rvalid),
      .host_rdata_o (rdata),
      .irq_o        (irq)
  );

  int checks = 0;
  task check(input string what, input logic [31:0] got, input logic [31:0] expected);
    checks = checks + 1;
    if (got !== expected) begin
      $display("FAIL: %0s: %h, expected %h", what, got, expected);
      $fatal(1);
    end
  endtask

  task access(input logic write, input logic [22:0] a, input logic [31:0] d);
    req = 1'b1;
    we = write;
    addr = a;
    wdata = d;
    do @(posedge clk); while (gnt !== 1'b1);
    @(negedge clk) req = 1'b0;
    if (!write) while (rvalid !== 1'b1) @(negedge clk);
  endtask
  task settle;  // a write of the host is in the memory some cycles after it was granted
    repeat (4) @(negedge clk);
  endtask
  task put(input logic [22:0] a, input logic [31:0] d);
    access(1'b1, a, d);
  endtask
  task expect_word(input string what, input logic [22:0] a, input logic [31:0] expected);
    access(1'b0, a, 32'd0);
    check(what, rdata, expected);
  endtask

  localparam logic [22:0] IMEM = 23'(tnpu_pkg::MAP_IMEM), FMEM = 23'(tnpu_pkg::MAP_FMEM), WMEM = 23'(tnpu_pkg::MAP_WMEM);
  localparam logic [22:0] OUT = FMEM + 23'd4096;

  // One convolution: 8 pixels of 16 channels from 0, weight rows 0 (parameters) and 1, to OUT, 4 channels a pixel; then END
  logic [511:0] insn;
  task field(input int lsb, input logic [31:0] value);
    insn = insn | (512'(value) << lsb);
  endtask
  task put_insn(input int at);
    for (int i = 0; i < 16; i++) put(IMEM + 23'(64 * at + 4 * i), insn[32*i+:32]);
  endtask
  task put_program;
    insn = 512'(tnpu_pkg::OP_CONV);
    field(tnpu_pkg::F_REQUANT_LSB, 1);
    field(tnpu_pkg::F_IN_ROW_LSB, 128);
    field(tnpu_pkg::F_IN_WXSTEP_LSB, 16);
    field(tnpu_pkg::F_IN_WB_LSB, 128);
    field(tnpu_pkg::F_TILE_LSB, 15);  // counts are stored less one
    field(tnpu_pkg::F_OUT_C_LSB, 3);
    field(tnpu_pkg::F_OUT_W_LSB, 7);
    field(tnpu_pkg::F_OUT_BASE_LSB, 4096);
    field(tnpu_pkg::F_OUT_PIX_LSB, 4);
    field(tnpu_pkg::F_ACT_MIN_LSB, 8'h80);
    field(tnpu_pkg::F_ACT_MAX_LSB, 8'h7F);
    put_insn(0);
    insn = 512'(tnpu_pkg::OP_END);
    put_insn(1);
    settle;
  endtask
  // Input byte i of pixel p is p + i; lane l weighs byte l with one: channel l of pixel p is p + l
  task put_data;
    for (int a = 0; a < 128; a = a + 4)
      put(FMEM + 23'(a), {8'(a / 16 + a % 16 + 3), 8'(a / 16 + a % 16 + 2), 8'(a / 16 + a % 16 + 1), 8'(a / 16 + a % 16)});
    for (int l = 0; l < 4; l++) begin
      put(WMEM + 23'(16 * l), 32'd0);
      put(WMEM + 23'(16 * l + 4), 32'd0);
      put(WMEM + 23'(16 * l + 8), 32'h4000_0000);
      put(WMEM + 23'(16 * l + 12), 32'd1);
      for (int i = 0; i < 16; i = i + 4) put(WMEM + 23'(64 + 16 * l + i), (i == 0) ? 32'd1 << (8 * l) : 32'd0);
    end
    settle;
  endtask
  task clear_output;
    for (int a = 0; a < 32; a = a + 4) put(OUT + 23'(a), 32'h5A5A_5A5A);
  endtask
  task run;
    put(23'(tnpu_pkg::REG_IRQ), 32'hF);
    put(23'(tnpu_pkg::REG_CTRL), 32'd1 << tnpu_pkg::REG_CTRL_START_LSB);
    for (int i = 0; i < 400 && irq !== 1'b1; i++) @(negedge clk);
    check("interrupt", 32'(irq), 32'd1);
  endtask
  task run_well;
    clear_output;
    run;
    expect_word("ERROR", 23'(tnpu_pkg::REG_ERROR), 32'd0);
    expect_word("IRQ", 23'(tnpu_pkg::REG_IRQ), 32'd1 << tnpu_pkg::REG_IRQ_DONE_LSB);
    for (int p = 0; p < 8; p++) expect_word("output", OUT + 23'(4 * p), {8'(p + 3), 8'(p + 2), 8'(p + 1), 8'(p)});
  endtask
  // pc: STATUS.PC when the error comes
  task run_badly(input logic [7:0] code, input logic [15:0] pc, input logic untouched);
    clear_output;
    run;
    expect_word("ERROR", 23'(tnpu_pkg::REG_ERROR), {pc, 8'd0, code});
    expect_word("IRQ", 23'(tnpu_pkg::REG_IRQ), 32'd1 << tnpu_pkg::REG_IRQ_ERROR_LSB);
    repeat (200) @(negedge clk);
    if (untouched) for (int a = 0; a < 32; a = a + 4) expect_word("output, untouched", OUT + 23'(a), 32'h5A5A_5A5A);
  endtask

  initial begin
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    @(negedge clk);
    put(23'(tnpu_pkg::REG_IRQ_ENABLE), 32'h3);
    put_program;
    put_data;
    run_well;
    for (int b = 0; b < 9; b = b + 1) begin  // each bit of a byte, and its parity bit
    u_dut.u_core.u_fmem.u_even.mem[1][9*b+b] = ~u_dut.u_core.u_fmem.u_even.mem[1][9*b+b];  // pixel 2, byte b
      run_badly(tnpu_pkg::ERR_FMEM_PARITY, 16'd0, 1'b1);
      put_data;
      run_well;
      u_dut.u_core.u_fmem.u_odd.mem[3][9*b+b] = ~u_dut.u_core.u_fmem.u_odd.mem[3][9*b+b];  // pixel 7
      run_badly(tnpu_pkg::ERR_FMEM_PARITY, 16'd0, 1'b1);
      put_data;
      u_dut.u_core.u_wmem.gen_bank[2].u_ram.mem[1][9*b+b] = ~u_dut.u_core.u_wmem.gen_bank[2].u_ram.mem[1][9*b+b];  // a weight
      run_badly(tnpu_pkg::ERR_WMEM_PARITY, 16'd0, 1'b1);
      put_data;
      u_dut.u_core.u_wmem.gen_bank[0].u_ram.mem[0][9*b+b] = ~u_dut.u_core.u_wmem.gen_bank[0].u_ram.mem[0][9*b+b];  // a parameter
      run_badly(tnpu_pkg::ERR_WMEM_PARITY, 16'd0, 1'b1);
      put_data;
      run_well;
    end
    for (int w = 0; w < 32; w++) begin  // each word of both instructions: the first is not dispatched, the second is fetched while the first runs
      u_dut.u_core.u_imem.mem[w][w] = ~u_dut.u_core.u_imem.mem[w][w];
      run_badly(tnpu_pkg::ERR_IMEM_PARITY, 16'd0, w < 16);
      put_program;
    end
    run_well;
    // where nobody reads, nobody minds; the host that reads is told, and gets what is there
    put(FMEM + 23'd28800, 32'h0102_0304);
    settle;
    u_dut.u_core.u_fmem.u_even.mem[900][8] = ~u_dut.u_core.u_fmem.u_even.mem[900][8];
    run_well;
    put(23'(tnpu_pkg::REG_IRQ), 32'hF);
    expect_word("read by the host", FMEM + 23'd28800, 32'h0102_0304);
    settle;
    check("interrupt of the host's read", 32'(irq), 32'd1);
    expect_word("ERROR of the host's read", 23'(tnpu_pkg::REG_ERROR), {16'd1, 8'd0, tnpu_pkg::ERR_FMEM_PARITY});
    put(FMEM + 23'd28800, 32'h0102_0304);
    put(23'(tnpu_pkg::REG_IRQ), 32'hF);
    expect_word("read after the rewrite", FMEM + 23'd28800, 32'h0102_0304);
    settle;
    check("no interrupt of a good read", 32'(irq), 32'd0);
    // halted at the stop index: the host's read of a bad byte ends the program
    put(23'(tnpu_pkg::REG_STOP_AT), 32'h8000_0001);
    put(23'(tnpu_pkg::REG_IRQ), 32'hF);
    put(23'(tnpu_pkg::REG_CTRL), 32'd1 << tnpu_pkg::REG_CTRL_START_LSB);
    repeat (300) @(negedge clk);
    expect_word("halted", 23'(tnpu_pkg::REG_STATUS) , (32'd1 << tnpu_pkg::REG_STATUS_PC_LSB) | (32'd1 << tnpu_pkg::REG_STATUS_BUSY_LSB)
      | (32'd1 << tnpu_pkg::REG_STATUS_HALTED_LSB) | (32'd3 << tnpu_pkg::REG_STATUS_REASON_LSB));
    for (int a = 0; a < 64; a = a + 4) put(WMEM + 23'(1000 * 64 + a), $random);  // the whole row: each lane's bytes are read
    settle;
    u_dut.u_core.u_wmem.gen_bank[3].u_ram.mem[1000][0] = ~u_dut.u_core.u_wmem.gen_bank[3].u_ram.mem[1000][0];
    access(1'b0, WMEM + 23'(1000 * 64 + 48), 32'd0);
    settle;
    expect_word("ERROR while halted", 23'(tnpu_pkg::REG_ERROR), {16'd1, 8'd0, tnpu_pkg::ERR_WMEM_PARITY});
    expect_word("ended", 23'(tnpu_pkg::REG_STATUS), (32'd1 << tnpu_pkg::REG_STATUS_PC_LSB) | (32'd1 << tnpu_pkg::REG_STATUS_ERROR_LSB));
    put(23'(tnpu_pkg::REG_STOP_AT), 32'd0);
    run_well;
    $display("PASS: parity: %0d checks", checks);
    $finish;
  end
endmodule
