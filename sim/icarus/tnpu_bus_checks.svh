// SPDX-License-Identifier: Apache-2.0
// What is checked through each bus wrapper: registers, memories with byte strobes, accesses back to back and with random pauses, the end of
// the map, a program up to its interrupt while the host keeps reading and writing. Included by a testbench that defines
//   bus_write(addr, data, strobe), bus_read(addr, data), pause (longest random pause, in clock cycles), clk, irq.
// Tasks and functions are static: see scripts/icarus.

int checks = 0;

task check(input string what, input logic [31:0] got, input logic [31:0] expected);
  checks = checks + 1;
  if (got !== expected) begin
    $display("FAIL: %0s: %h, expected %h", what, got, expected);
    $fatal(1);
  end
endtask

task check_read(input string what, input logic [22:0] addr, input logic [31:0] expected);
  logic [31:0] got;
  bus_read(addr, got);
  check(what, got, expected);
endtask

// Mirrors of the first words of each memory: instruction, feature, weight
localparam int WORDS = 256;
logic [31:0] mirror[3*WORDS];

function logic [22:0] word_addr(input int n);
  case (n / WORDS)
    0: word_addr = 23'(tnpu_pkg::MAP_IMEM + 4 * (n % WORDS));
    1: word_addr = 23'(tnpu_pkg::MAP_FMEM + 4 * (n % WORDS));
    default: word_addr = 23'(tnpu_pkg::MAP_WMEM + 4 * (n % WORDS));
  endcase
endfunction

task write_word(input int n, input logic [31:0] data, input logic [3:0] strobe);
  bus_write(word_addr(n), data, strobe);
  for (int i = 0; i < 4; i++) if (strobe[i]) mirror[n][8*i+:8] = data[8*i+:8];
endtask

task check_registers;
  check_read("ID", 23'(tnpu_pkg::REG_ID), tnpu_pkg::ISA_ID);
  check_read("CAP_FMEM", 23'(tnpu_pkg::REG_CAP_FMEM), 32'd65536);
  for (int strobe = 0; strobe < 16; strobe++) begin
    bus_write(23'(tnpu_pkg::REG_STOP_AT), 32'h0000_A55A, 4'hF);
    bus_write(23'(tnpu_pkg::REG_STOP_AT), 32'h8000_1234, 4'(strobe));
    check_read("STOP_AT", 23'(tnpu_pkg::REG_STOP_AT), {strobe[3], 15'd0, strobe[1] ? 8'h12 : 8'hA5, strobe[0] ? 8'h34 : 8'h5A});
  end
  bus_write(23'(tnpu_pkg::REG_STOP_AT), 32'd0, 4'hF);
  // the lowest two address bits do not count
  bus_write(23'(tnpu_pkg::REG_START_PC) + 23'd1, 32'h0000_0BAD, 4'hF);
  check_read("START_PC", 23'(tnpu_pkg::REG_START_PC) + 23'd3, 32'h0000_0BAD);
  bus_write(23'(tnpu_pkg::REG_START_PC), 32'd0, 4'hF);
endtask

task check_memories(input int accesses);
  int n;
  for (int i = 0; i < accesses; i++) begin
    n = $unsigned($random) % (3 * WORDS);
    if ($random & 1) write_word(n, $random, 4'($random));
    else check_read("memory word", word_addr(n), mirror[n]);
  end
endtask

task check_outside;
  logic [31:0] error;
  bus_write(23'(tnpu_pkg::REG_IRQ_ENABLE), 32'd1 << tnpu_pkg::REG_IRQ_ERROR_LSB, 4'hF);
  check("interrupt pin before", 32'(irq), 32'd0);
  check_read("outside the map", 23'h7FFFFC, 32'd0);
  bus_read(23'(tnpu_pkg::REG_ERROR), error);
  check("ERROR.CODE", 32'(error[tnpu_pkg::REG_ERROR_CODE_LSB+:8]), 32'(tnpu_pkg::ERR_HOST_ADDR));
  check("interrupt pin", 32'(irq), 32'd1);
  bus_write(23'(tnpu_pkg::REG_IRQ), 32'd1 << tnpu_pkg::REG_IRQ_ERROR_LSB, 4'hF);
  check_read("ERROR", 23'(tnpu_pkg::REG_ERROR), 32'd0);
  check("interrupt pin after", 32'(irq), 32'd0);
endtask

// COPY of the feature-memory words of the mirror to behind them, and END
task load_program;
  logic [511:0] copy;
  copy = '0;
  copy[tnpu_pkg::F_OPCODE_LSB+:8] = 8'(tnpu_pkg::OP_COPY);
  copy[tnpu_pkg::F_IN_ROW_LSB+:16] = 16'd64;
  copy[tnpu_pkg::F_IN_WB_LSB+:17] = 17'd64;
  copy[tnpu_pkg::F_IN_H_LSB+:10] = 10'(WORDS / 16 - 1);
  copy[tnpu_pkg::F_IN_WXSTEP_LSB+:16] = 16'd4;
  copy[tnpu_pkg::F_IN_WYSTEP_LSB+:8] = 8'd1;
  copy[tnpu_pkg::F_TILE_LSB+:4] = 4'd15;
  copy[tnpu_pkg::F_OUT_C_LSB+:13] = 13'd3;
  copy[tnpu_pkg::F_OUT_BASE_LSB+:20] = 20'(4 * WORDS);
  copy[tnpu_pkg::F_OUT_W_LSB+:10] = 10'd15;
  copy[tnpu_pkg::F_OUT_H_LSB+:10] = 10'(WORDS / 16 - 1);
  copy[tnpu_pkg::F_OUT_ROW_LSB+:16] = 16'd64;
  copy[tnpu_pkg::F_OUT_PIX_LSB+:16] = 16'd4;
  for (int i = 0; i < 16; i++) write_word(i, copy[32*i+:32], 4'hF);
  for (int i = 0; i < 16; i++) write_word(16 + i, i == 0 ? tnpu_pkg::OP_END : 32'd0, 4'hF);
endtask

task check_run;
  int n, accesses;
  load_program;
  bus_write(23'(tnpu_pkg::REG_IRQ), 32'hF, 4'hF);
  bus_write(23'(tnpu_pkg::REG_IRQ_ENABLE), 32'd1 << tnpu_pkg::REG_IRQ_DONE_LSB, 4'hF);
  bus_write(23'(tnpu_pkg::REG_CTRL), 32'd1 << tnpu_pkg::REG_CTRL_START_LSB, 4'hF);
  accesses = 0;
  while (!irq && accesses < 2000) begin  // of words that the program does not write; those of feature memory it reads
    n = $unsigned($random) % (3 * WORDS);
    if (n >= WORDS && n < 2 * WORDS || $random & 1) check_read("memory word during the run", word_addr(n), mirror[n]);
    else if (n >= 2 * WORDS) write_word(n, $random, 4'($random));
    accesses = accesses + 1;
  end
  check("interrupt pin at END", 32'(irq), 32'd1);
  check_read("STATUS", 23'(tnpu_pkg::REG_STATUS), 32'd1 << 16 | 32'd1 << tnpu_pkg::REG_STATUS_DONE_LSB);
  for (int i = 0; i < WORDS; i++) check_read("copied word", 23'(tnpu_pkg::MAP_FMEM + 4 * (WORDS + i)), mirror[WORDS+i]);
endtask

task check_all;
  for (int p = 0; p < 3; p++) begin
    pause = p == 0 ? 0 : 3 * p;
    check_registers;
    for (int i = 0; i < 3 * WORDS; i++) write_word(i, $random, 4'hF);
    check_memories(600);
    check_outside;
    check_run;
  end
endtask
