// SPDX-License-Identifier: Apache-2.0
// tnpu_afifo with its tnpu_sync, two clocks with edges at any instant: the n-th pop shows the n-th word pushed, for every n; never more than
// 2^AW words are in it; two edges of the reader's clock after a push the word is seen, two of the writer's after a pop the place.
// A flop that samples while its input changes settles to the old or the new value. Each pointer changes in one bit (asserted), so the old one is what
// it would have sampled had its edge come a little earlier, the new one a little later: edges at any instant are all of it.
//: rtl prim/tnpu_sync.sv prim/tnpu_afifo.sv
//: prep memory_map
//: clock clk2fflogic
//: case words4 AW=2
//: case words2 AW=1
//: induction 4 12
//: cover 30
//: find 30
//: mutant binary_pointer prim/tnpu_afifo.sv s/wgray_q <= wnext \^ \(wnext >> 1\)/wgray_q <= wnext/
//: mutant full_too_late prim/tnpu_afifo.sv s/assign full_o = wgray_q ==.*;/assign full_o = 1'b0;/
//: mutant gray_bit_flips prim/tnpu_afifo.sv s/\.d_i   \(wgray_q\)/.d_i   (wgray_q ^ (wgray_q >> AW \& 1'b1))/
//: mutant empty_looks_at_itself prim/tnpu_afifo.sv s/rgray_q == wgray_r/wgray_r == rgray_w/
//: mutant bits_of_different_age prim/tnpu_sync.sv s/second_q <= first_q/second_q <= {first_q[WIDTH-1:1], seen[0]}/
module formal_afifo #(
    parameter int AW = 2,
    parameter int WIDTH = 3
) (
    input logic             rst_ni,
    input logic             wclk_i,
    input logic             push_i,
    input logic [WIDTH-1:0] data_i,
    input logic             rclk_i,
    input logic             pop_i
);
  (* gclk *) logic instant;
  logic full, used, empty;
  logic [AW-1:0] windex, rindex;
  logic [WIDTH-1:0] data;
  tnpu_afifo #(
      .WIDTH(WIDTH),
      .AW   (AW)
  ) u_fifo (
      .rst_ni,
      .wclk_i,
      .push_i,
      .data_i,
      .full_o  (full),
      .used_o  (used),
      .windex_o(windex),
      .rclk_i,
      .pop_i,
      .data_o  (data),
      .empty_o (empty),
      .rindex_o(rindex)
  );

  // ---- what surrounds it: reset at first, clocks rest while it ends
  logic started, rst_p, wclk_p, rclk_p;
  initial started = 1'b0;
  always_ff @(posedge instant) {started, rst_p, wclk_p, rclk_p} <= {1'b1, rst_ni, wclk_i, rclk_i};
  always_comb begin
    if (!started) assume (!rst_ni);
    if (started && rst_ni != rst_p) assume (wclk_i == wclk_p && rclk_i == rclk_p);
    if (!rst_ni) assume (!push_i && !pop_i);
    if (push_i) assume (!full);
    if (pop_i) assume (!empty);
  end

  // ---- words pushed and popped, counted here, and one of the pushed ones, any
  (* anyseq *) logic pick;
  logic [AW:0] pushed_q, popped_q, number_q;
  logic in_q, out_q;
  logic [WIDTH-1:0] word_q;
  always_ff @(posedge wclk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pushed_q <= '0;
      in_q     <= 1'b0;
      number_q <= '0;
      word_q   <= '0;
    end else if (push_i) begin
      pushed_q <= pushed_q + 1'b1;
      if (!in_q && pick) begin
        in_q     <= 1'b1;
        number_q <= pushed_q;
        word_q   <= data_i;
      end
    end
  end
  always_ff @(posedge rclk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      popped_q <= '0;
      out_q    <= 1'b0;
    end else if (pop_i) begin
      popped_q <= popped_q + 1'b1;
      if (in_q && popped_q == number_q) out_q <= 1'b1;
    end
  end
  logic [AW:0] inside, ahead;
  assign inside = pushed_q - popped_q;
  assign ahead = number_q - popped_q;  // of the picked word

  // ---- edges of the other clock since a pointer moved
  logic [AW:0] pushed_p, popped_p;
  logic [1:0] seen_r, seen_r_q, seen_w, seen_w_q;
  always_ff @(posedge instant) {pushed_p, popped_p, seen_r_q, seen_w_q} <= {pushed_q, popped_q, seen_r, seen_w};
  always_comb begin
    seen_r = seen_r_q;
    if (!rst_ni || pushed_q != pushed_p) seen_r = 2'd0;
    else if (rclk_i && !rclk_p && seen_r_q != 2'd2) seen_r = seen_r_q + 2'd1;
    seen_w = seen_w_q;
    if (!rst_ni || popped_q != popped_p) seen_w = 2'd0;
    else if (wclk_i && !wclk_p && seen_w_q != 2'd2) seen_w = seen_w_q + 2'd1;
  end

  // ---- what the unit has inside, for the induction
  (* hierconn *) wire [AW:0] \u_fifo.wptr_q , \u_fifo.rptr_q , \u_fifo.wgray_q , \u_fifo.rgray_q , \u_fifo.wgray_r , \u_fifo.rgray_w ;
  (* hierconn *) wire [AW:0] \u_fifo.u_to_read.first_q , \u_fifo.u_to_write.first_q ;
  (* hierconn *) wire [WIDTH-1:0] \u_fifo.mem[0] , \u_fifo.mem[1] , \u_fifo.mem[2] , \u_fifo.mem[3] ;
  function logic [AW:0] binary(input logic [AW:0] gray);
    binary = gray;
    for (int i = 1; i <= AW; i++) binary = binary ^ (gray >> i);
  endfunction
  // All that each side has known of the other's pointer lies in this order: oldest knowledge of pops, pops, knowledge of pushes, pushes
  logic [AW:0] base, known1, popped, known2, known3, pushed;
  assign base = binary(\u_fifo.rgray_w );
  assign known1 = binary(\u_fifo.u_to_write.first_q ) - base;
  assign popped = popped_q - base;
  assign known2 = binary(\u_fifo.wgray_r ) - base;
  assign known3 = binary(\u_fifo.u_to_read.first_q ) - base;
  assign pushed = pushed_q - base;
  logic [4*WIDTH-1:0] words;
  assign words = {\u_fifo.mem[3] , \u_fifo.mem[2] , \u_fifo.mem[1] , \u_fifo.mem[0] };

  (* hierconn *) wire [AW:0] \u_fifo.wnext , \u_fifo.rnext ;
  logic [AW:0] wgray_p, rgray_p, wstep, rstep;
  always_ff @(posedge instant) {wgray_p, rgray_p} <= {\u_fifo.wgray_q , \u_fifo.rgray_q };
  assign wstep = \u_fifo.wgray_q ^ wgray_p;
  assign rstep = \u_fifo.rgray_q ^ rgray_p;
  always_comb begin
    assert (pushed_q == \u_fifo.wptr_q && popped_q == \u_fifo.rptr_q );
    assert (pushed_q == binary(\u_fifo.wgray_q ) && popped_q == binary(\u_fifo.rgray_q ));
    assert (known1 <= popped && popped <= known2 && known2 <= known3 && known3 <= pushed && pushed <= (AW + 1)'(1 << AW));
    if (started && rst_ni && rst_p) begin  // one bit at a time
      assert ((wstep & (wstep - 1'b1)) == 0 && (rstep & (rstep - 1'b1)) == 0);
      cover (wstep != 0 && rstep != 0);
    end
    // never more than there is room for, never empty of what it does not hold
    assert (inside <= (AW + 1)'(1 << AW));
    assert (full || inside != (AW + 1)'(1 << AW));
    assert (empty || inside != 0);
    assert (used || inside == 0);
    assert (windex == pushed_q[AW-1:0] && rindex == popped_q[AW-1:0]);
    // the word
    if (in_q && !out_q) begin
      assert (ahead < inside);
      assert (words[WIDTH*number_q[AW-1:0]+:WIDTH] == word_q);
      if (ahead == 0) assert (data == word_q);
      cover (ahead == 0 && !empty && word_q == 3'd5);
      cover (ahead == 0 && full);
    end
    cover (out_q && pushed_q == 0 && inside != 0);  // once round
    // seen in time
    if (seen_r == 2'd1) assert (\u_fifo.u_to_read.first_q == \u_fifo.wgray_q );
    if (seen_w == 2'd1) assert (\u_fifo.u_to_write.first_q == \u_fifo.rgray_q );
    if (seen_r == 2'd2 && started) begin
      assert (\u_fifo.u_to_read.first_q == \u_fifo.wgray_q && \u_fifo.wgray_r == \u_fifo.wgray_q );
      assert (empty == (inside == 0));
      cover (inside == 2 && !empty);
    end
    if (seen_w == 2'd2 && started) begin
      assert (\u_fifo.u_to_write.first_q == \u_fifo.rgray_q && \u_fifo.rgray_w == \u_fifo.rgray_q );
      assert (full == (inside == (AW + 1)'(1 << AW)));
      cover (popped_q != 0 && full);
    end
  end
endmodule
