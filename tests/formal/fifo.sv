// SPDX-License-Identifier: Apache-2.0
// tnpu_fifo: of any two words pushed one after the other, the queue shows and pops first the one, then the other, each once; it is empty when
// nothing is in it, and holds DEPTH words. The places of the two words are any; where they are now is what the induction is about.
//: rtl prim/tnpu_fifo.sv
//: prep memory_map
//: clock async2sync
//: case depth4 DEPTH=4
//: case depth32 DEPTH=32
//: induction 2 6
//: cover 8
//: find 14
//: mutant loses_a_word prim/tnpu_fifo.sv s/if \(push_i\) mem/if (push_i \&\& !pop_i) mem/
//: mutant pops_twice prim/tnpu_fifo.sv s/rptr_q \+ 1'b1/rptr_q + (pop_i \&\& push_i ? 2'd2 : 2'd1)/
//: mutant wrong_empty prim/tnpu_fifo.sv s/wptr_q == rptr_q/wptr_q[AW-1:0] == rptr_q[AW-1:0]/
//: mutant oldest_overwritten prim/tnpu_fifo.sv s/mem\[wptr_q\[AW-1:0\]\] <=/mem[wptr_q[AW-1:0] \& ~AW'(1)] <=/
module formal_fifo #(
    parameter int DEPTH = 4,
    parameter int WIDTH = 4
) (
    input logic             clk_i,
    input logic             rst_ni,
    input logic             push_i,
    input logic             pop_i,
    input logic [WIDTH-1:0] data_i
);
  localparam int AW = $clog2(DEPTH);
  logic [WIDTH-1:0] data;
  logic empty;
  tnpu_fifo #(
      .WIDTH(WIDTH),
      .DEPTH(DEPTH)
  ) u_fifo (
      .clk_i,
      .rst_ni,
      .push_i,
      .data_i,
      .pop_i,
      .data_o (data),
      .empty_o(empty)
  );

  // The words in the queue, counted here
  logic [AW:0] count_q;
  // Tracked: two words pushed one after the other, from a moment on that may be any
  (* anyseq *) logic pick;
  logic [1:0] in_q;          // tracked words pushed: 0, 1, 2
  logic [1:0] out_q;         // and popped
  logic [AW:0] before_q;     // words in front of the first of those that are still in it
  logic [WIDTH-1:0] a_q, b_q;
  logic push_a, push_b;
  assign push_a = push_i && in_q == 2'd0 && pick;
  assign push_b = push_i && in_q == 2'd1;

  initial assume (!rst_ni);
  always_comb begin  // the user's part
    if (pop_i) assume (!empty);
    if (push_i) assume (count_q < (AW + 1)'(DEPTH) || pop_i);
  end
  initial {count_q, in_q, out_q, before_q} = '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {count_q, in_q, out_q, before_q} <= '0;
    end else begin
      count_q <= count_q + (AW + 1)'(push_i) - (AW + 1)'(pop_i);
      if (push_a || push_b) in_q <= in_q + 2'd1;
      if (push_a) a_q <= data_i;
      if (push_b) b_q <= data_i;
      if (push_a) before_q <= count_q - (AW + 1)'(pop_i);
      else if (in_q != 2'd0 && pop_i && before_q != 0) before_q <= before_q - 1'b1;
      if (in_q != out_q && pop_i && before_q == 0) out_q <= out_q + 2'd1;
    end
  end

  // What the unit has inside, for the induction
  (* hierconn *) wire [AW:0] \u_fifo.wptr_q ;
  (* hierconn *) wire [AW:0] \u_fifo.rptr_q ;
  (* hierconn *) wire [WIDTH-1:0] //
      \u_fifo.mem[0] , \u_fifo.mem[1] , \u_fifo.mem[2] , \u_fifo.mem[3] , \u_fifo.mem[4] , \u_fifo.mem[5] , \u_fifo.mem[6] , \u_fifo.mem[7] ,
      \u_fifo.mem[8] , \u_fifo.mem[9] , \u_fifo.mem[10] , \u_fifo.mem[11] , \u_fifo.mem[12] , \u_fifo.mem[13] , \u_fifo.mem[14] , \u_fifo.mem[15] ,
      \u_fifo.mem[16] , \u_fifo.mem[17] , \u_fifo.mem[18] , \u_fifo.mem[19] , \u_fifo.mem[20] , \u_fifo.mem[21] , \u_fifo.mem[22] , \u_fifo.mem[23] ,
      \u_fifo.mem[24] , \u_fifo.mem[25] , \u_fifo.mem[26] , \u_fifo.mem[27] , \u_fifo.mem[28] , \u_fifo.mem[29] , \u_fifo.mem[30] , \u_fifo.mem[31] ;
  logic [WIDTH*32-1:0] words;
  assign words = {
      \u_fifo.mem[31] , \u_fifo.mem[30] , \u_fifo.mem[29] , \u_fifo.mem[28] , \u_fifo.mem[27] , \u_fifo.mem[26] , \u_fifo.mem[25] , \u_fifo.mem[24] ,
      \u_fifo.mem[23] , \u_fifo.mem[22] , \u_fifo.mem[21] , \u_fifo.mem[20] , \u_fifo.mem[19] , \u_fifo.mem[18] , \u_fifo.mem[17] , \u_fifo.mem[16] ,
      \u_fifo.mem[15] , \u_fifo.mem[14] , \u_fifo.mem[13] , \u_fifo.mem[12] , \u_fifo.mem[11] , \u_fifo.mem[10] , \u_fifo.mem[9] , \u_fifo.mem[8] ,
      \u_fifo.mem[7] , \u_fifo.mem[6] , \u_fifo.mem[5] , \u_fifo.mem[4] , \u_fifo.mem[3] , \u_fifo.mem[2] , \u_fifo.mem[1] , \u_fifo.mem[0] 
  };
  logic [AW-1:0] place_a, place_b;
  assign place_a = \u_fifo.rptr_q [AW-1:0] + before_q[AW-1:0];
  assign place_b = place_a + AW'(out_q == 2'd0);
  always_comb begin
    if (rst_ni) begin
      assert (empty == (count_q == 0));
      assert (count_q == \u_fifo.wptr_q - \u_fifo.rptr_q );
      assert (count_q <= (AW + 1)'(DEPTH));
      assert (out_q <= in_q && in_q <= 2'd2);
      assert (before_q <= count_q);
      if (in_q == 2'd1 && out_q == 2'd0) assert (count_q - before_q == 1);
      if (in_q == 2'd1 && out_q == 2'd1) assert (count_q == 0);
      if (in_q == 2'd2 && out_q == 2'd0) assert (count_q - before_q >= 2);
      if (in_q == 2'd2 && out_q == 2'd1) assert (count_q != 0);
      if (in_q == out_q || out_q == 2'd1) assert (before_q == 0);
      if (in_q != 2'd0 && out_q == 2'd0) assert (words[WIDTH*place_a+:WIDTH] == a_q);
      if (in_q == 2'd2 && out_q != 2'd2) assert (words[WIDTH*place_b+:WIDTH] == b_q);
      // what it is all about: what comes out
      if (in_q != 2'd0 && out_q == 2'd0 && before_q == 0) assert (data == a_q);
      if (in_q == 2'd2 && out_q == 2'd1) assert (data == b_q);
      cover (in_q == 2'd2 && out_q == 2'd0 && before_q == 0 && a_q != b_q);
      cover (out_q == 2'd2);
      cover (in_q == 2'd1 && out_q == 2'd1);
      cover (in_q == 2'd1 && before_q != 0 && pop_i && push_i);
      cover (pop_i && push_i && count_q == 3);
    end
  end
endmodule
