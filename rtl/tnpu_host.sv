// SPDX-License-Identifier: Apache-2.0
// Host port: takes one request at a time, decodes the address map, and finds each access a cycle in which the memory is free. An access to
// feature or weight memory that has waited HOST_PATIENCE cycles freezes the program for one cycle (a weight-memory read: two).
module tnpu_host #(
    parameter int LANES = 4,
    parameter int WMEM_ROWS = 1024,
    parameter int FMEM_BYTES = 65536,
    parameter int IMEM_DEPTH = 64,
    parameter int COPIES = 1
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    // host: a request is taken in a cycle with req and gnt; each taken read gives one rvalid
    input  logic        req_i,
    input  logic        we_i,
    input  logic [22:0] addr_i,
    input  logic [31:0] wdata_i,
    input  logic [3:0]  be_i,
    output logic        gnt_o,
    output logic        rvalid_o,
    output logic [31:0] rdata_o,
    // to the memories and registers: word access, address in the region; to a memory it is held until the cycle in which it is done, which is
    // the one in which *_free_i is set or the program is frozen
    output logic [COPIES-1:0] en_o,     // low: the program is frozen in this cycle; all the same
    output logic [22:0] addr_o,
    output logic [31:0] wdata_o,
    output logic [3:0]  be_o,
    output logic        regs_we_o,
    input  logic [31:0] regs_rdata_i,
    output logic        look_o,          // a request is taken
    input  logic        regs_known_i,    // a register is at the low byte of its address
    output logic        imem_re_o,
    output logic        imem_we_o,
    input  logic        imem_free_i,
    input  logic [31:0] imem_rdata_i,
    output logic        fmem_re_o,
    output logic        fmem_we_o,
    input  logic        fmem_rfree_i,
    input  logic        fmem_wfree_i,
    input  logic [31:0] fmem_rdata_i,
    output logic        wmem_re_o,
    output logic        wmem_we_o,
    output logic        wmem_again_o,
    input  logic        wmem_free_i,
    input  logic [31:0] wmem_rdata_i,
    input  logic        lock_i,
    output logic        outside_o
);
  logic pend_q, we_q, again_q, frozen_q;
  logic [22:0] addr_q;  // in its region
  logic [31:0] wdata_q;
  logic [3:0] be_q, wait_q;
  assign gnt_o = !pend_q;

  // ---- address map, decoded as a request is taken
  logic [31:0] addr, in_imem, in_fmem, in_wmem;
  logic to_imem, to_fmem, to_wmem, is_regs, is_imem, is_fmem, is_wmem;
  assign addr = {9'd0, addr_i};
  assign in_imem = addr - tnpu_pkg::MAP_IMEM;
  assign in_fmem = addr - tnpu_pkg::MAP_FMEM;
  assign in_wmem = addr - tnpu_pkg::MAP_WMEM;
  assign to_imem = in_imem < 32'(IMEM_DEPTH * 64);
  assign to_fmem = in_fmem < 32'(FMEM_BYTES);
  assign to_wmem = in_wmem < 32'(WMEM_ROWS * LANES * 16);
  assign look_o = gnt_o && req_i;
  assign addr_o = addr_q;
  assign wdata_o = wdata_q;
  assign be_o = be_q;

  // ---- a free cycle, or a taken one
  logic free, act, freeze;
  always_comb begin
    free = 1'b1;
    if (is_imem) free = we_q || imem_free_i;
    if (is_fmem) free = we_q ? fmem_wfree_i : fmem_rfree_i;
    if (is_wmem) free = we_q || wmem_free_i;
  end
  assign act = pend_q && !again_q && (free || frozen_q);
  assign freeze = pend_q && !act && wait_q == 4'(tnpu_pkg::CYC_HOST_PATIENCE - 1) && (is_fmem || (is_wmem && !we_q));  // from the next cycle
  logic offer;
  assign offer = pend_q && !again_q;
  assign regs_we_o = offer && is_regs && we_q;  // always free, as are writes to imem and wmem
  assign imem_re_o = offer && is_imem && !we_q;
  assign imem_we_o = offer && is_imem && we_q;
  assign fmem_re_o = offer && is_fmem && !we_q;
  assign fmem_we_o = offer && is_fmem && we_q;
  assign wmem_re_o = offer && is_wmem && !we_q;
  assign wmem_we_o = offer && is_wmem && we_q;
  assign wmem_again_o = again_q;
  assign outside_o = offer && !(is_regs || is_imem || is_fmem || is_wmem);

  tnpu_fanout #(
      .N(COPIES)
  ) u_en (
      .clk_i,
      .d_i(!rst_ni || !(freeze || (wmem_re_o && frozen_q))),
      .q_o(en_o)
  );

  logic [2:0] from_q;  // where read data comes from: imem, fmem, wmem; none: held
  logic [31:0] held_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pend_q   <= 1'b0;
      again_q  <= 1'b0;
      frozen_q <= 1'b0;
      wait_q   <= 4'd0;
      rvalid_o <= 1'b0;
    end else begin
      rvalid_o <= act && !we_q;
      again_q  <= wmem_re_o && frozen_q;
      frozen_q <= freeze;
      if (act) pend_q <= 1'b0;
      if (gnt_o && req_i) pend_q <= 1'b1;
      if (act || !pend_q) wait_q <= 4'd0;
      else if (wait_q != 4'(tnpu_pkg::CYC_HOST_PATIENCE)) wait_q <= wait_q + 4'd1;
    end
    if (gnt_o && req_i) begin
      we_q    <= we_i;
      addr_q  <= to_imem ? 23'(in_imem) : to_fmem ? 23'(in_fmem) : to_wmem ? 23'(in_wmem) : addr_i;
      is_regs <= addr < 32'h100 && regs_known_i;
      is_imem <= to_imem;
      is_fmem <= to_fmem;
      is_wmem <= to_wmem;
      wdata_q <= wdata_i;
      be_q    <= be_i;
    end
    if (pend_q) begin  // for a read: the last time in the cycle in which it is done
      from_q <= {is_wmem, is_fmem, is_imem};
      held_q <= is_regs ? regs_rdata_i : 32'd0;
    end
  end
  always_comb begin
    rdata_o = held_q;
    if (from_q[0]) rdata_o = imem_rdata_i;
    if (from_q[1]) rdata_o = fmem_rdata_i;
    if (from_q[2]) rdata_o = lock_i ? 32'd0 : wmem_rdata_i;
  end
endmodule
