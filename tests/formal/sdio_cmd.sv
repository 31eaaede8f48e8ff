// SPDX-License-Identifier: Apache-2.0
// tnpu_sdio_cmd: a command is reported exactly if the last 48 bits on the line are one, with its CRC7 and end bit right, and the decoder listened
// when it began; an error exactly if they are one with CRC or end bit wrong. It listens again at once, or, when it has been told to answer, at most
// 52 clocks later. The answer's bits are those asked for, with their CRC7.
// The checksum here shifts the other way round and is compared with the one that came; the unit's runs on over it and must end at zero. That both
// agree needs the last eight bits, so the induction is over nine clocks.
//: rtl prim/tnpu_crc.sv tnpu_sdio_cmd.sv
//: clock async2sync
//: induction 9
//: cover 106 GUIDED=1
//: mutant crc_not_looked_at tnpu_sdio_cmd.sv s/ours_q \&\& cmd_i \&\& crc_q == 7'd0 \? HOLD : IDLE/ours_q \&\& cmd_i ? HOLD : IDLE/;s/valid_o <= ours_q \&\& cmd_i \&\& crc_q == 7'd0/valid_o <= ours_q \&\& cmd_i/
//: mutant crc_one_bit_short tnpu_sdio_cmd.sv s/ours_q \&\& cmd_i \&\& crc_q == 7'd0/ours_q \&\& cmd_i \&\& crc_q[5:0] == 6'd0/
//: mutant end_bit_not_looked_at tnpu_sdio_cmd.sv s/valid_o <= ours_q \&\& cmd_i/valid_o <= ours_q/
//: mutant other_cards_answers_taken tnpu_sdio_cmd.sv s/ours_q <= cmd_i/ours_q <= 1'b1/
//: mutant wrong_polynomial prim/tnpu_crc.sv s/7'h09/7'h0B/
//: mutant hangs_after_bad_crc tnpu_sdio_cmd.sv s/\? HOLD : IDLE/? HOLD : CHECK/
//: mutant never_listens_in_hold tnpu_sdio_cmd.sv s/else if \(!wait_q \&\& !answer_i/else if (wait_q \&\& !answer_i/
module formal_sdio_cmd #(
    parameter int GUIDED = 0  // for the covers: a certain command, perhaps with a wrong bit
) (
    input logic        clk_i,
    input logic        rst_ni,
    input logic        cmd_i,
    input logic        answer_i,
    input logic        plain_i,
    input logic [31:0] answer_arg_i
);
  logic cmd, cmd_oe, valid, crc_error, answered, replying;
  logic [5:0] index;
  logic [31:0] arg;
  tnpu_sdio_cmd u_cmd (
      .clk_i,
      .rst_ni,
      .cmd_i,
      .cmd_o       (cmd),
      .cmd_oe_o    (cmd_oe),
      .valid_o     (valid),
      .crc_error_o (crc_error),
      .index_o     (index),
      .arg_o       (arg),
      .answer_i,
      .plain_i,
      .answer_arg_i,
      .answered_o  (answered),
      .replying_o  (replying)
  );
  initial assume (!rst_ni);
  always_comb if (valid) assume (!answer_i);  // of tnpu_sdio, the flop that is answer_i

  localparam logic [47:0] CMD52 = 48'h7480001234A7;
  if (GUIDED != 0) begin : gen_guided
    (* anyconst *) logic [1:0] wrong;
    logic [47:0] frame;
    logic [6:0] time_q;
    initial time_q = 7'd0;
    always_ff @(posedge clk_i) time_q <= time_q + 7'd1;
    assign frame = CMD52 ^ (wrong == 2'd0 ? 48'd0 : wrong == 2'd1 ? 48'd1 : wrong == 2'd2 ? 48'd2 : 48'd1 << 46);
    always_comb begin
      assume (rst_ni == (time_q != 7'd0));
      assume (cmd_i == (time_q == 7'd0 || time_q > 7'd48 || frame[7'd48-time_q]));
      assume (answer_i == (time_q == 7'd50));
    end
  end

  // x^7 + x^3 + 1, bit i of the register being the coefficient of x^(6-i)
  function logic [6:0] more(input logic [6:0] r, input logic data);
    more = (r[0] ^ data) ? ((r >> 1) ^ 7'h48) : (r >> 1);
  endfunction
  function logic [6:0] turned(input logic [6:0] r);
    turned = {r[0], r[1], r[2], r[3], r[4], r[5], r[6]};
  endfunction

  // ---- what the unit has inside
  (* hierconn *) wire [2:0] \u_cmd.state_q ;
  (* hierconn *) wire [5:0] \u_cmd.count_q ;
  (* hierconn *) wire [6:0] \u_cmd.crc_q ;
  (* hierconn *) wire [38:0] \u_cmd.shift_q ;
  (* hierconn *) wire \u_cmd.wait_q , \u_cmd.plain_q , \u_cmd.ours_q ;
  localparam logic [2:0] IDLE = 3'd0, TAKE = 3'd1, CHECK = 3'd2, HOLD = 3'd3, SEND = 3'd4;
  logic listens;
  assign listens = \u_cmd.state_q == IDLE || (\u_cmd.state_q == HOLD && !\u_cmd.wait_q && !answer_i);

  // ---- bits in
  logic [47:0] line_q;  // the last ones
  logic [5:0] came_q;   // of a command: 1 to 48
  logic [6:0] crc_q, crc40_q;
  logic over_q;         // the 48th has come
  assign over_q = came_q == 6'd48;
  logic [5:0] away_q;   // clocks in a row in which the decoder did not listen
  initial {came_q, crc_q, crc40_q, away_q} = '0;
  always_ff @(posedge clk_i) begin
    line_q <= {line_q[46:0], cmd_i};
    if (!rst_ni) begin
      {came_q, crc_q, crc40_q, away_q} <= '0;
    end else begin
      away_q <= listens ? 6'd0 : away_q + 6'd1;
      if (listens && !cmd_i) begin
        came_q <= 6'd1;
        {crc_q, crc40_q} <= '0;
      end else if (came_q != 6'd0) begin
        came_q <= over_q ? 6'd0 : came_q + 6'd1;
        if (came_q < 6'd47) crc_q <= more(crc_q, cmd_i);
        if (came_q < 6'd40) crc40_q <= more(crc_q, cmd_i);
      end
    end
  end
  logic good;
  assign good = line_q[47:46] == 2'b01 && line_q[7:1] == turned(crc40_q) && line_q[0];
  always_comb begin
    if (!rst_ni) assert (\u_cmd.state_q == IDLE && !valid && !crc_error && !answered && !cmd_oe);
    if (rst_ni) begin
      assert (valid == (over_q && good));
      assert (crc_error == (over_q && line_q[46] && !good));
      if (valid) assert ({index, arg} == line_q[45:8]);
      cover (valid && line_q == CMD52);
      cover (crc_error && !line_q[0]);
      cover (crc_error && line_q[0]);
      cover (over_q && !line_q[46]);
      // always to its end and back
      assert (\u_cmd.state_q <= SEND);
      assert ((came_q != 6'd0 && !over_q) == (\u_cmd.state_q == TAKE || \u_cmd.state_q == CHECK));
      if (over_q) assert (\u_cmd.state_q == (good ? HOLD : IDLE));
      if (\u_cmd.state_q == IDLE) assert (listens);
      assert (away_q <= 6'd52);
      cover (away_q == 6'd52);
      // for the induction
      if (\u_cmd.state_q == TAKE) begin
        assert (\u_cmd.count_q == came_q - 6'd1 && away_q == \u_cmd.count_q && \u_cmd.count_q <= 6'd45);
        assert (\u_cmd.crc_q == turned(crc_q));
        if (came_q > 6'd1) assert (\u_cmd.ours_q == line_q[came_q-6'd2]);
        assert (!line_q[came_q-6'd1]);
        if (came_q <= 6'd40) assert (crc_q == crc40_q && ((\u_cmd.shift_q ^ line_q[38:0]) & ((39'd1 << (came_q - 6'd1)) - 39'd1)) == 0);
        if (came_q > 6'd40) assert (\u_cmd.shift_q == 39'(line_q >> (came_q - 6'd40)));
      end
      if (\u_cmd.state_q == CHECK) begin
        assert (came_q == 6'd47 && away_q == 6'd46 && \u_cmd.crc_q == turned(crc_q));
        assert (\u_cmd.ours_q == line_q[45] && !line_q[46] && \u_cmd.shift_q == line_q[45:7]);
      end
    end
  end

  // ---- bits out
  logic [38:0] asked_q;  // after the start bit
  logic [6:0] sum_q, sum, sum40_q;
  assign sum = more(sum_q, cmd);
  always_ff @(posedge clk_i) begin
    if (\u_cmd.state_q == HOLD && answer_i) asked_q <= {1'b0, plain_i ? 6'h3F : index, answer_arg_i};
    sum_q <= \u_cmd.state_q == SEND ? sum : 7'd0;
    if (\u_cmd.state_q == SEND && \u_cmd.count_q == 6'd39) sum40_q <= sum;
  end
  always_comb begin
    if (rst_ni) begin
      assert (cmd_oe == (\u_cmd.state_q == SEND));
      assert (replying == (\u_cmd.state_q == HOLD || \u_cmd.state_q == SEND));
      if (\u_cmd.state_q == HOLD) begin
        assert (\u_cmd.count_q <= 6'd4 && sum_q == 7'd0);
        if (\u_cmd.wait_q ) assert (away_q < \u_cmd.count_q );
        if (over_q) assert (away_q == 6'd47 && !\u_cmd.wait_q );
        if (\u_cmd.wait_q ) assert (\u_cmd.shift_q == asked_q);
        if (!\u_cmd.wait_q ) assert (away_q == 6'd0 || over_q);
      end
      if (\u_cmd.state_q == SEND) begin
        assert (\u_cmd.count_q <= 6'd47 && away_q <= \u_cmd.count_q + 6'd4);
        if (\u_cmd.count_q == 6'd0) assert (!cmd && sum_q == 7'd0);
        if (\u_cmd.count_q <= 6'd39) begin
          assert (\u_cmd.shift_q == asked_q << \u_cmd.count_q );
          assert (\u_cmd.crc_q == turned(sum));
        end
        if (\u_cmd.count_q >= 6'd1 && \u_cmd.count_q <= 6'd39) assert (cmd == asked_q[6'd39-\u_cmd.count_q ]);
        if (\u_cmd.count_q >= 6'd40 && \u_cmd.count_q <= 6'd46) assert (cmd == (\u_cmd.plain_q || sum40_q[\u_cmd.count_q -6'd40]));
        if (\u_cmd.count_q == 6'd47) assert (cmd);
        assert (answered == (\u_cmd.count_q == 6'd47));
      end else begin
        assert (!answered);
      end
      cover (answered && !\u_cmd.plain_q );
      cover (answered && \u_cmd.plain_q );
    end
  end
endmodule
