// SPDX-License-Identifier: Apache-2.0
// Queue between two clocks: each side's pointer crosses as a Gray code, so that the other side sees it as it is or as it was, never a mixture.
// A word, and whatever belongs to its place (index), is stable from the push on until the pop. Either clock may stop at any time.
module tnpu_afifo #(
    parameter int WIDTH = 8,
    parameter int AW = 2,  // 2^AW words, AW >= 1
    parameter logic [31:0] SALT = 1
) (
    input  logic             rst_ni,    // asynchronous, both sides
    // writing side
    input  logic             wclk_i,
    input  logic             push_i,    // not while full
    input  logic [WIDTH-1:0] data_i,
    output logic             full_o,
    output logic             used_o,    // some word has not been popped, as far as this side knows
    output logic [AW-1:0]    windex_o,  // place of the next word
    // reading side
    input  logic             rclk_i,
    input  logic             pop_i,     // not while empty
    output logic [WIDTH-1:0] data_o,    // the oldest word
    output logic             empty_o,
    output logic [AW-1:0]    rindex_o   // its place
);
  logic [WIDTH-1:0] mem[2**AW];
  logic [AW:0] wptr_q, wgray_q, wgray_r, rptr_q, rgray_q, rgray_w, wnext, rnext;

  assign wnext = wptr_q + 1'b1;
  assign full_o = wgray_q == (rgray_w ^ (AW + 1)'(3 << (AW - 1)));  // a whole turn apart: the two upper bits differ
  assign used_o = wgray_q != rgray_w;
  assign windex_o = wptr_q[AW-1:0];
  always_ff @(posedge wclk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q  <= '0;
      wgray_q <= '0;
    end else if (push_i) begin
      wptr_q  <= wnext;
      wgray_q <= wnext ^ (wnext >> 1);
    end
  end
  always_ff @(posedge wclk_i) begin
    if (push_i) mem[wptr_q[AW-1:0]] <= data_i;
  end

  assign rnext = rptr_q + 1'b1;
  assign empty_o = rgray_q == wgray_r;
  assign rindex_o = rptr_q[AW-1:0];
  assign data_o = mem[rptr_q[AW-1:0]];
  always_ff @(posedge rclk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rptr_q  <= '0;
      rgray_q <= '0;
    end else if (pop_i) begin
      rptr_q  <= rnext;
      rgray_q <= rnext ^ (rnext >> 1);
    end
  end

  tnpu_sync #(
      .WIDTH(AW + 1),
      .SALT (2 * SALT)
  ) u_to_read (
      .clk_i (rclk_i),
      .rst_ni(rst_ni),
      .d_i   (wgray_q),
      .q_o   (wgray_r)
  );
  tnpu_sync #(
      .WIDTH(AW + 1),
      .SALT (2 * SALT + 1)
  ) u_to_write (
      .clk_i (wclk_i),
      .rst_ni(rst_ni),
      .d_i   (rgray_q),
      .q_o   (rgray_w)
  );

`ifndef SYNTHESIS
  always_ff @(posedge wclk_i) begin
    if (rst_ni) begin
      assert (!(push_i && full_o))
      else $error("tnpu_afifo: written while full");
    end
  end
  always_ff @(posedge rclk_i) begin
    if (rst_ni) begin
      assert (!(pop_i && empty_o))
      else $error("tnpu_afifo: read while empty");
    end
  end
`endif
endmodule
