// SPDX-License-Identifier: Apache-2.0
// tnpu_tail: of the feature memory it enables bytes addr .. addr + lanes - 1 of the vector that has come in, and no others, in vectors that exist, if the
// vector ends within the memory.
//: rtl gen/tnpu_pkg.sv prim/tnpu_copies.sv tnpu_tail.sv
//: prep memory_map
//: clock async2sync
//: case t64 LANES=4 FMEM_BYTES=65536
//: case t256 LANES=16 FMEM_BYTES=360448
//: induction 2 6
//: cover 8
//: find 8
//: mutant one_lane_more tnpu_tail.sv s/\(33'd1 << lanes_q\[1\]\) - 33'd1/(33'd2 << lanes_q[1]) - 33'd1/
//: mutant next_vector_forgotten tnpu_tail.sv s/addr_q\[3\]\[5\+:VW\] \+ VW'\(addr_q\[3\]\[4\]\)/addr_q[3][5+:VW]/
//: mutant bank_always_both tnpu_tail.sv s/any_q    <= .*;/any_q <= 2'b11;/
module formal_tail #(
    parameter int LANES = 4,
    parameter int FMEM_BYTES = 65536,
    localparam int VW = $clog2(FMEM_BYTES / 32)
) (
    input logic        clk_i,
    input logic        rst_ni,
    input logic        en_i,
    input logic        valid_i,
    input logic        pool_last_i,
    input logic [19:0] addr_i,
    input logic [5:0]  lanes_i
);
  logic [1:0] any;
  logic [31:0] we;
  logic [VW-1:0] even, odd;
  logic wr;
  logic [19:0] wr_addr;
  tnpu_tail #(
      .LANES     (LANES),
      .FMEM_BYTES(FMEM_BYTES)
  ) u_tail (
      .clk_i,
      .rst_ni,
      .en_i,
      .en_lane_i ({LANES{en_i}}),
      .use_lut_i (1'b0),
      .lut_we_i  (1'b0),
      .lut_word_i(4'd0),
      .lut_i     (128'd0),
      .valid_i,
      .y_i       ('0),
      .meta_i    ({4'd0, addr_i, lanes_i, 1'b1, pool_last_i, 1'b0}),
      .we_any_o  (any),
      .we_o      (we),
      .waddr0_o  (even),
      .waddr1_o  (odd),
      .wr_o      (wr),
      .wr_addr_o (wr_addr)
  );
  initial assume (!rst_ni);
  always_comb if (valid_i) assume (lanes_i >= 6'd1 && lanes_i <= 6'(LANES) && 21'(addr_i) + 21'(lanes_i) <= 21'(FMEM_BYTES));

  // What has come in, four enabled cycles before its write
  logic [19:0] addr_q[4];
  logic [5:0] lanes_q[4];
  logic [3:0] valid_q;
  initial valid_q = 4'd0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 4'd0;
    else if (en_i) begin
      valid_q    <= {valid_q[2:0], valid_i && pool_last_i};
      addr_q[0]  <= addr_i;
      lanes_q[0] <= lanes_i;
      for (int i = 1; i < 4; i++) begin
        addr_q[i]  <= addr_q[i-1];
        lanes_q[i] <= lanes_q[i-1];
      end
    end
  end

  // What the unit has inside, for the induction
  (* hierconn *) wire [19:0] \u_tail.addr_q[0] , \u_tail.addr_q[1] , \u_tail.addr_q[2] ;
  (* hierconn *) wire [5:0] \u_tail.lanes_q[0] , \u_tail.lanes_q[1] , \u_tail.lanes_q[2] ;
  (* hierconn *) wire [3:0] \u_tail.v_q ;
  (* hierconn *) wire [LANES-1:0] \u_tail.mask2_q ;
  always_comb begin
    if (rst_ni) begin
      assert (\u_tail.v_q == valid_q);
      if (valid_q[0]) assert (\u_tail.addr_q[0] == addr_q[0] && \u_tail.lanes_q[0] == lanes_q[0]);
      if (valid_q[1]) assert (\u_tail.addr_q[1] == addr_q[1] && \u_tail.lanes_q[1] == lanes_q[1]);
      if (valid_q[2]) assert (\u_tail.addr_q[2] == addr_q[2] && \u_tail.lanes_q[2] == lanes_q[2]);
      if (valid_q[2]) assert (\u_tail.mask2_q == LANES'((33'd1 << lanes_q[2]) - 33'd1));
    end
  end
  for (genvar i = 0; i < 4; i++) begin : gen_stage
    always_comb if (rst_ni && valid_q[i]) assert (lanes_q[i] >= 6'd1 && lanes_q[i] <= 6'(LANES) && 21'(addr_q[i]) + 21'(lanes_q[i]) <= 21'(FMEM_BYTES));
  end

  (* anyconst *) logic [20:0] byte_at;  // any byte of the memory or beyond
  logic enabled;
  logic [15:0] vector;  // of the bank
  assign vector = byte_at[20:5];
  assign enabled = byte_at[4] ? any[1] && we[16+byte_at[3:0]] && 16'(odd) == vector : any[0] && we[byte_at[3:0]] && 16'(even) == vector;
  always_comb begin
    if (rst_ni) begin
      assert (wr == (valid_q[3] && en_i));
      assert (any == 2'b00 || valid_q[3]);
      if (valid_q[3]) begin
        assert (enabled == (byte_at >= 21'(addr_q[3]) && byte_at < 21'(addr_q[3]) + 21'(lanes_q[3])));
        if (any[0]) assert (we[15:0] != 16'd0 && 32'(even) < FMEM_BYTES / 32);
        if (any[1]) assert (we[31:16] != 16'd0 && 32'(odd) < FMEM_BYTES / 32);
        assert (any != 2'b00 && wr_addr == addr_q[3]);
        cover (any == 2'b11 && even != odd);
        cover (any == 2'b11 && even == odd);
        cover (enabled && byte_at == 21'(FMEM_BYTES - 1));
      end
    end
  end
endmodule
