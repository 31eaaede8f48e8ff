// SPDX-License-Identifier: Apache-2.0
// The AXI4-Lite wrapper in front of the core, against a manager whose five channels pause independently. Reads and writes also run as streams
// at the same time, and what a subordinate must hold until it is taken is watched in every cycle.
module tnpu_axil_tb;
  logic clk = 1'b0, rst_n = 1'b0;
  always #5 clk = ~clk;

  logic awvalid = 1'b0, awready, wvalid = 1'b0, wready, bvalid, bready = 1'b0, arvalid = 1'b0, arready, rvalid, rready = 1'b0, irq;
  logic [22:0] awaddr = '0, araddr = '0;
  logic [31:0] wdata = '0, rdata;
  logic [3:0] wstrb = '0;
  logic [1:0] bresp, rresp;

  logic req, we, gnt, h_rvalid;
  logic [22:0] addr;
  logic [31:0] h_wdata, h_rdata;
  logic [3:0] be;
  tnpu_axil u_axil (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .awvalid_i    (awvalid),
      .awready_o    (awready),
      .awaddr_i     (awaddr),
      .wvalid_i     (wvalid),
      .wready_o     (wready),
      .wdata_i      (wdata),
      .wstrb_i      (wstrb),
      .bvalid_o     (bvalid),
      .bready_i     (bready),
      .bresp_o      (bresp),
      .arvalid_i    (arvalid),
      .arready_o    (arready),
      .araddr_i     (araddr),
      .rvalid_o     (rvalid),
      .rready_i     (rready),
      .rdata_o      (rdata),
      .rresp_o      (rresp),
      .host_req_o   (req),
      .host_we_o    (we),
      .host_addr_o  (addr),
      .host_wdata_o (h_wdata),
      .host_be_o    (be),
      .host_gnt_i   (gnt),
      .host_rvalid_i(h_rvalid),
      .host_rdata_i (h_rdata)
  );
  tnpu_t64 u_core (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .host_req_i   (req),
      .host_we_i    (we),
      .host_addr_i  (addr),
      .host_wdata_i (h_wdata),
      .host_be_i    (be),
      .host_gnt_o   (gnt),
      .host_rvalid_o(h_rvalid),
      .host_rdata_o (h_rdata),
      .irq_o        (irq)
  );

  int pause = 0, reads = 0, writes = 0;
  longint clocks = 0;

  // ---- protocol: what is valid stays, and stays the same, until it is taken; one response an access
  logic b_held = 1'b0, r_held = 1'b0;
  logic [31:0] r_was;
  int b_owed = 0, r_owed = 0;
  task protocol(input string what, input logic holds);
    if (holds !== 1'b1) begin
      $display("FAIL: protocol: %0s", what);
      $fatal(1);
    end
  endtask
  always @(posedge clk) begin
    clocks = clocks + 1;
    if (rst_n) begin
      if (b_held) protocol("BVALID falls before BREADY", bvalid);
      if (r_held) protocol("RVALID falls or RDATA changes before RREADY", rvalid && rdata === r_was);
      protocol("address and data are taken together", awready === wready);
      if (bvalid) protocol("B without a write", b_owed > 0 && bresp === 2'b00);
      if (rvalid) protocol("R without a read", r_owed > 0 && rresp === 2'b00);
      b_owed = b_owed + (awvalid && awready) - (bvalid && bready);
      r_owed = r_owed + (arvalid && arready) - (rvalid && rready);
      b_held = bvalid && !bready;
      r_held = rvalid && !rready;
      r_was  = rdata;
    end
  end

  task rest;
    if (pause != 0) repeat ($unsigned($random) % (pause + 1)) @(negedge clk);
  endtask
  task bounded(inout int waited);
    waited = waited + 1;
    if (waited > 1000) begin
      $display("FAIL: no answer in 1000 cycles");
      $fatal(1);
    end
  endtask

  // Both from falling edge to falling edge. Without pauses the manager is ready for the response in advance.
  task bus_write(input logic [22:0] a, input logic [31:0] d, input logic [3:0] strobe);
    int waited;
    waited = 0;
    fork
      begin : address
        rest;
        awvalid = 1'b1;
        awaddr  = a;
        do begin
          @(posedge clk);
          bounded(waited);
        end while (awready !== 1'b1);
        @(negedge clk) awvalid = 1'b0;
      end
      begin : data
        rest;
        wvalid = 1'b1;
        wdata  = d;
        wstrb  = strobe;
        do @(posedge clk); while (wready !== 1'b1 && waited < 1000);
        @(negedge clk) wvalid = 1'b0;
      end
      begin : response
        rest;
        bready = 1'b1;
        do @(posedge clk); while (bvalid !== 1'b1 && waited < 1000);
        @(negedge clk) bready = 1'b0;
      end
    join
    writes = writes + 1;
  endtask
  task bus_read(input logic [22:0] a, output logic [31:0] d);
    int waited;
    waited = 0;
    fork
      begin : address
        rest;
        arvalid = 1'b1;
        araddr  = a;
        do begin
          @(posedge clk);
          bounded(waited);
        end while (arready !== 1'b1);
        @(negedge clk) arvalid = 1'b0;
      end
      begin : data
        rest;
        rready = 1'b1;
        do begin
          @(posedge clk);
          bounded(waited);
        end while (rvalid !== 1'b1);
        d = rdata;
        @(negedge clk) rready = 1'b0;
      end
    join
    reads = reads + 1;
  endtask

  `include "tnpu_bus_checks.svh"

  // ---- streams: the next access is offered before the response to the last one is taken; reads and writes at the same time
  localparam int STREAM = 200;
  int sent_w = STREAM, sent_r = STREAM, got_b, got_r, uneven;
  always @(posedge clk) if (pause == 0 && sent_w < STREAM && sent_r < STREAM && (sent_w > sent_r + 3 || sent_r > sent_w + 3)) uneven = uneven + 1;
  task long_rest;  // so that responses pile up
    if (pause != 0) repeat ($unsigned($random) % (8 * pause)) @(negedge clk);
  endtask
  task send_writes;
    for (sent_w = 0; sent_w < STREAM; sent_w = sent_w + 1) begin
      rest;
      awvalid = 1'b1;
      wvalid  = 1'b1;
      awaddr  = word_addr(WORDS + sent_w);
      wdata   = $random;
      wstrb   = 4'hF;
      mirror[WORDS+sent_w] = wdata;
      do @(posedge clk); while (awready !== 1'b1);
      @(negedge clk);
      awvalid = 1'b0;
      wvalid  = 1'b0;
    end
  endtask
  task send_reads;
    for (sent_r = 0; sent_r < STREAM; sent_r = sent_r + 1) begin
      rest;
      arvalid = 1'b1;
      araddr  = word_addr(2 * WORDS + sent_r);
      do @(posedge clk); while (arready !== 1'b1);
      @(negedge clk) arvalid = 1'b0;
    end
  endtask
  task take_writes;
    for (got_b = 0; got_b < STREAM; got_b = got_b + 1) begin
      long_rest;
      bready = 1'b1;
      do @(posedge clk); while (bvalid !== 1'b1);
      @(negedge clk) bready = 1'b0;
    end
  endtask
  task take_reads;
    for (got_r = 0; got_r < STREAM; got_r = got_r + 1) begin
      long_rest;
      rready = 1'b1;
      do @(posedge clk); while (rvalid !== 1'b1);
      check("word read in a stream", rdata, mirror[2*WORDS+got_r]);
      @(negedge clk) rready = 1'b0;
    end
  endtask
  task check_streams;
    for (int p = 0; p < 4; p++) begin
      pause  = p;
      uneven = 0;
      fork
        fork
          send_writes;
          send_reads;
          take_writes;
          take_reads;
        join
        begin : limit
          repeat (20000) @(negedge clk);
          $display("FAIL: stream: %0d writes sent, %0d answered, %0d reads sent, %0d answered", sent_w, got_b, sent_r, got_r);
          $fatal(1);
        end
      join_any
      disable limit;
      check("streams of reads and writes take turns", uneven, 0);
      for (int i = 0; i < STREAM; i++) check_read("word written in a stream", word_addr(WORDS + i), mirror[WORDS+i]);
    end
  endtask

  initial begin
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    @(negedge clk);
    check_all;
    check_streams;
    protocol("every access has been answered", b_owed == 0 && r_owed == 0);
    $display("PASS: AXI4-Lite: %0d checks, %0d writes, %0d reads, %0d clock cycles", checks, writes, reads, clocks);
    $finish;
  end
endmodule
