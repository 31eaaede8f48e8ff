// SPDX-License-Identifier: Apache-2.0
// tnpu_hostmux, tnpu_host and tnpu_seq together: whatever the program does with the memories, an access that the host port has taken is done within
// CYC_HOST_PATIENCE + 1 cycles (feature and weight memory; registers and writes of weights: at once) or 17 (instruction memory: the sequencer
// reads it for at most 16 cycles in a row), a read is answered in the cycle after, and each of two users is taken within 36 cycles of asking.
// What the memories are doing is free, but for the sequencer's own reads; the check of instructions is free.
//: rtl gen/tnpu_pkg.sv prim/tnpu_copy.sv prim/tnpu_fanout.sv tnpu_dec.sv tnpu_check.sv tnpu_host.sv tnpu_hostmux.sv tnpu_seq.sv
//: prep cutpoint */u_check
//: clock async2sync
//: induction 2 4
//: cover 60
//: find 60
//: mutant never_freezes tnpu_host.sv s/frozen_q <= freeze/frozen_q <= 1'b0/
//: mutant patience_without_end tnpu_host.sv s/wait_q == 4'\(tnpu_pkg::CYC_HOST_PATIENCE - 1\)/wait_q == 4'd15/
//: mutant weights_forgotten tnpu_host.sv s/\(is_fmem \|\| \(is_wmem \&\& !we_q\)\)/is_fmem/
//: mutant first_user_always_first tnpu_hostmux.sv s/pick = last_q \? !req_i\[0\] : req_i\[1\]/pick = !req_i[0]/
//: mutant sequencer_reads_on tnpu_seq.sv s/time_q >= 6'd1 \&\& time_q <= 6'd16/time_q >= 6'd1/
//: mutant answer_lost tnpu_host.sv s/rvalid_o <= act \&\& !we_q/rvalid_o <= act \&\& !we_q \&\& !frozen_q/
module formal_host (
    input logic        clk_i,
    input logic        rst_ni,
    input logic [1:0]  req_i,
    input logic [1:0]  we_i,
    input logic [45:0] addr_i,
    input logic        fmem_rfree_i,
    input logic        fmem_wfree_i,
    input logic        wmem_free_i,
    input logic        known_i,
    input logic        start_i,
    input logic        resume_i,
    input logic        abort_i,
    input logic [7:0]  fault_i,
    input logic        end_i
);
  localparam int PATIENCE = tnpu_pkg::CYC_HOST_PATIENCE;
  logic [1:0] gnt, rvalid_u;
  logic req, we, gnt_c, rvalid;
  logic [22:0] addr;
  logic [31:0] wdata, rdata;
  logic [3:0] be;
  tnpu_hostmux u_mux (
      .clk_i,
      .rst_ni,
      .req_i,
      .we_i,
      .addr_i,
      .wdata_i      (64'd0),
      .be_i         (8'd0),
      .gnt_o        (gnt),
      .rvalid_o     (rvalid_u),
      .host_req_o   (req),
      .host_we_o    (we),
      .host_addr_o  (addr),
      .host_wdata_o (wdata),
      .host_be_o    (be),
      .host_gnt_i   (gnt_c),
      .host_rvalid_i(rvalid)
  );
  logic en, imem_re, imem_hre, imem_hwe, fmem_re, fmem_we, wmem_re, wmem_we, again, regs_we, look, outside;
  logic [22:0] haddr;
  logic [31:0] hwdata;
  logic [3:0] hbe;
  tnpu_host u_host (
      .clk_i,
      .rst_ni,
      .req_i       (req),
      .we_i        (we),
      .addr_i      (addr),
      .wdata_i     (wdata),
      .be_i        (be),
      .gnt_o       (gnt_c),
      .rvalid_o    (rvalid),
      .rdata_o     (rdata),
      .en_o        (en),
      .addr_o      (haddr),
      .wdata_o     (hwdata),
      .be_o        (hbe),
      .regs_we_o   (regs_we),
      .regs_rdata_i(32'd0),
      .look_o      (look),
      .regs_known_i(known_i),
      .imem_re_o   (imem_hre),
      .imem_we_o   (imem_hwe),
      .imem_free_i (!imem_re),
      .imem_rdata_i(32'd0),
      .fmem_re_o   (fmem_re),
      .fmem_we_o   (fmem_we),
      .fmem_rfree_i,
      .fmem_wfree_i,
      .fmem_rdata_i(32'd0),
      .wmem_re_o   (wmem_re),
      .wmem_we_o   (wmem_we),
      .wmem_again_o(again),
      .wmem_free_i,
      .wmem_rdata_i(32'd0),
      .lock_i      (1'b0),
      .outside_o   (outside)
  );
  logic busy;
  tnpu_seq u_seq (
      .clk_i,
      .rst_ni,
      .en_i        (en),
      .start_i     (start_i && !busy),
      .resume_i,
      .abort_i,
      .fault_i,
      .start_pc_i  (16'd0),
      .stop_pc_i   (16'd0),
      .stop_en_i   (1'b0),
      .imem_re_o   (imem_re),
      .imem_rdata_i(32'd0),
      .end_i,
      .busy_o      (busy)
  );

  initial assume (!rst_ni);
  (* hierconn *) wire \u_seq.at_ready , \u_host.pend_q , \u_host.act , \u_host.again_q , \u_host.frozen_q , \u_host.we_q , \u_host.freeze ;
  (* hierconn *) wire \u_host.is_regs , \u_host.is_imem , \u_host.is_fmem , \u_host.is_wmem , \u_mux.last_q ;
  (* hierconn *) wire [3:0] \u_host.wait_q ;
  (* hierconn *) wire [5:0] \u_seq.time_q ;
  (* hierconn *) wire [1:0] \u_seq.state_q ;
  logic pend, act;
  assign pend = \u_host.pend_q ;
  assign act = \u_host.act ;

  logic started_q, req_p0, req_p1, act_q, read_q;
  logic [5:0] held_q;           // cycles in which the present access has been taken and not done
  logic [4:0] reads_q;          // the sequencer's reads in a row, as far as the host has had to wait for them
  logic [5:0] wait0_q, wait1_q; // cycles in which a user has asked and not been taken
  initial {started_q, held_q, reads_q, wait0_q, wait1_q} = '0;
  always_ff @(posedge clk_i) begin
    started_q <= rst_ni;
    req_p0    <= req_i[0] && !gnt[0];
    req_p1    <= req_i[1] && !gnt[1];
    act_q     <= act;
    read_q    <= !\u_host.we_q ;
    held_q    <= rst_ni && pend && !act ? held_q + 6'd1 : 6'd0;
    reads_q   <= rst_ni && imem_re && en ? reads_q + 5'd1 : 5'd0;
    wait0_q   <= rst_ni && req_i[0] && !gnt[0] ? wait0_q + 6'd1 : 6'd0;
    wait1_q   <= rst_ni && req_i[1] && !gnt[1] ? wait1_q + 6'd1 : 6'd0;
  end
  logic mem;
  assign mem = \u_host.is_fmem || (\u_host.is_wmem && !\u_host.we_q );
  logic imem_wait;
  assign imem_wait = pend && \u_host.is_imem && !\u_host.we_q ;
  always_comb begin
    if (started_q && rst_ni) begin
      // a user asks until it is taken
      if (req_p0) assume (req_i[0]);
      if (req_p1) assume (req_i[1]);
      // served in time
      if (pend && mem) assert (held_q <= 6'(PATIENCE));
      if (pend && imem_wait) assert (held_q <= 6'd16);
      if (pend && !mem && !imem_wait) assert (act && held_q == 6'd0);
      assert (rvalid == (act_q && read_q));
      assert (rvalid == |rvalid_u && rvalid_u != 2'b11);
      assert (wait0_q <= 6'd35 && wait1_q <= 6'd35);
      // the program is stopped for no longer than that takes
      if (!en) assert (pend && mem || again);
      assert (gnt != 2'b11 && (gnt & ~req_i) == 2'b00);
      assert (reads_q <= 5'd16);
      cover (pend && \u_host.is_fmem && held_q == 6'(PATIENCE) && act);
      cover (pend && \u_host.is_wmem && held_q == 6'(PATIENCE) && act);
      cover (pend && imem_wait && held_q == 6'd16 && act);
      cover (wait0_q >= 6'd12 && gnt[0]);
      cover (rvalid_u == 2'b10);
      cover (!en && again);
      // ---- for the induction
      assert (!(\u_host.is_fmem && \u_host.is_imem ) && !(\u_host.is_wmem && \u_host.is_imem ) && !(\u_host.is_fmem && \u_host.is_wmem ) || !pend);
      if (pend) assert (\u_host.wait_q == (held_q > 6'(PATIENCE) ? 4'(PATIENCE) : held_q[3:0]));
      if (\u_host.frozen_q ) assert (pend && mem && !\u_host.again_q && held_q == 6'(PATIENCE) && !en);
      if (\u_host.again_q ) assert (!pend && \u_host.is_wmem && !en);
      if (!\u_host.frozen_q && !\u_host.again_q ) assert (en);
      if (pend && mem && held_q == 6'(PATIENCE)) assert (\u_host.frozen_q );
      if (imem_wait) assert (held_q <= 6'(reads_q));
      assert (\u_seq.at_ready == (\u_seq.time_q == 6'd32) && \u_seq.time_q <= 6'd32);
      if (imem_re) assert (6'(reads_q) < \u_seq.time_q );
      // who was not taken before is next, at most one access later
      if (\u_mux.last_q ) begin
        if (req_p0) assert (wait0_q <= (pend ? 6'd18 + held_q : 6'd35));
        if (req_p1) assert (wait1_q <= (pend ? held_q : 6'd17));
      end else begin
        if (req_p0) assert (wait0_q <= (pend ? held_q : 6'd17));
        if (req_p1) assert (wait1_q <= (pend ? 6'd18 + held_q : 6'd35));
      end
      if (!req_p0) assert (wait0_q == 6'd0);
      if (!req_p1) assert (wait1_q == 6'd0);
    end
  end
endmodule
