// SPDX-License-Identifier: Apache-2.0
// The APB4 wrapper in front of the core, against a manager that follows the protocol to the letter.
module tnpu_apb_tb;
  logic clk = 1'b0, rst_n = 1'b0;
  always #5 clk = ~clk;

  logic psel = 1'b0, penable = 1'b0, pwrite = 1'b0, pready, pslverr, irq;
  logic [22:0] paddr = '0;
  logic [31:0] pwdata = '0, prdata;
  logic [3:0] pstrb = '0;

  logic req, we, gnt, rvalid;
  logic [22:0] addr;
  logic [31:0] wdata, rdata;
  logic [3:0] be;
  tnpu_apb u_apb (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .psel_i       (psel),
      .penable_i    (penable),
      .pwrite_i     (pwrite),
      .paddr_i      (paddr),
      .pwdata_i     (pwdata),
      .pstrb_i      (pstrb),
      .pready_o     (pready),
      .prdata_o     (prdata),
      .pslverr_o    (pslverr),
      .host_req_o   (req),
      .host_we_o    (we),
      .host_addr_o  (addr),
      .host_wdata_o (wdata),
      .host_be_o    (be),
      .host_gnt_i   (gnt),
      .host_rvalid_i(rvalid),
      .host_rdata_i (rdata)
  );
  tnpu_t64 u_core (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .host_req_i   (req),
      .host_we_i    (we),
      .host_addr_i  (addr),
      .host_wdata_i (wdata),
      .host_be_i    (be),
      .host_gnt_o   (gnt),
      .host_rvalid_o(rvalid),
      .host_rdata_o (rdata),
      .irq_o        (irq)
  );

  int pause = 0, transfers = 0, waits = 0;
  longint clocks = 0;
  always @(posedge clk) clocks = clocks + 1;

  // One transfer, from falling edge to falling edge. Without a pause the next one's setup phase follows the access phase at once.
  task transfer(input logic write, input logic [22:0] a, input logic [31:0] d, input logic [3:0] strobe, output logic [31:0] result);
    int waited;
    psel   = 1'b1;
    pwrite = write;
    paddr  = a;
    pwdata = write ? d : $random;
    pstrb  = write ? strobe : 4'd0;
    @(negedge clk) penable = 1'b1;
    waited = -1;
    do begin
      @(posedge clk);
      waited = waited + 1;
    end while (pready !== 1'b1 && waited < 1000);
    result = prdata;
    if (pready !== 1'b1 || pslverr !== 1'b0) begin
      $display("FAIL: transfer of %h: PREADY %b after %0d cycles, PSLVERR %b", a, pready, waited, pslverr);
      $fatal(1);
    end
    transfers = transfers + 1;
    waits = waits + waited;
    @(negedge clk);
    psel = 1'b0;
    penable = 1'b0;
    if (pause != 0) repeat ($unsigned($random) % (pause + 1)) @(negedge clk);
    if (pause > 3) other;
  endtask
  // A transfer of the manager with another subordinate: it must not act here
  task other;
    paddr  = {21'($random), 2'b00};
    pwrite = $random & 1;
    pwdata = $random;
    pstrb  = 4'hF;
    @(negedge clk) penable = 1'b1;
    @(negedge clk) penable = 1'b0;
  endtask
  task bus_write(input logic [22:0] a, input logic [31:0] d, input logic [3:0] strobe);
    logic [31:0] none;
    transfer(1'b1, a, d, strobe, none);
  endtask
  task bus_read(input logic [22:0] a, output logic [31:0] d);
    transfer(1'b0, a, 32'd0, 4'd0, d);
  endtask

  `include "tnpu_bus_checks.svh"

  initial begin
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    @(negedge clk);
    check_all;
    $display("PASS: APB4: %0d checks, %0d transfers with %0d wait states, %0d clock cycles", checks, transfers, waits, clocks);
    $finish;
  end
endmodule
