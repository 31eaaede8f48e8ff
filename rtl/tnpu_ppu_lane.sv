// SPDX-License-Identifier: Apache-2.0
// Post-processing of one output channel (docs/ISA.md, 2.5): this is where a byte is requantised. Nine pipeline stages of which the multiplier
// is used once a vector, or four times for ADD and SUB (passes 0 to 3, see tnpu_ppu).
//   stage   1 bias, ReLU   2 post   3 MUL   4 left shift   5, 6 32 x 32 product   7 high half, right shift by bytes   8 by bits, wide residual   9 its right shift
//           10 clamp
module tnpu_ppu_lane (
    input  logic         clk_i,
    input  logic         en_i,         // and something is in the pipeline
    // constant during an instruction
    input  logic         identity_i,   // requant 0: no parameters
    input  logic         average_i,    // requant 2
    input  logic         relu_i,
    input  logic         mul_i,
    input  logic         wide_i,
    input  logic         max_i,
    input  logic         min_i,
    input  logic         sub_i,
    input  logic [4:0]   wide_n_i,
    input  logic [33:0]  wide_below_i, // bits under the half of wide_n_i
    input  logic [7:0]   res_zp_i,
    input  logic [159:0] add_row_i,
    // what enters stage 1
    input  logic         take_i,
    input  logic [1:0]   take_pass_i,
    input  logic [31:0]  acc_i,
    input  logic [7:0]   res_i,
    // parameters, each as its stage wants it
    input  logic [31:0]  bias_i,       // stage 1
    input  logic [31:0]  post_i,       // 2
    input  logic [5:0]   shift_i,      // 3
    input  logic [31:0]  mult_i,       // 4
    input  logic [15:0]  k_i,          // 6
    // controls of stages 1 to 9: valid, pass
    input  logic [9:1]   v_i,
    input  logic [1:0]   pass1_i,
    input  logic [1:0]   pass2_i,
    input  logic [1:0]   pass3_i,
    input  logic [1:0]   pass6_i,
    input  logic [1:0]   pass9_i,
    input  logic [7:0]   zp_i,         // stage 10: zero point, bounds, and what tells whether they are passed (tnpu_ppu)
    input  logic [7:0]   lo_i,
    input  logic [7:0]   hi_i,
    input  logic [9:0]   at_least_i,
    input  logic [9:0]   at_most_i,
    input  logic         out_i,        // stage 9 holds a byte: a result, or the first operand of ADD and SUB
    output logic [7:0]   y_o           // stage 10
);
  // ---- addition row
  logic [31:0] m1, m2, m0;
  logic [4:0] s1, s2, s0;
  logic [7:0] z1;
  assign m1 = add_row_i[31:0];
  assign m2 = add_row_i[63:32];
  assign m0 = add_row_i[95:64];
  assign s1 = add_row_i[100:96];
  assign s2 = add_row_i[108:104];
  assign s0 = add_row_i[116:112];
  assign z1 = add_row_i[159:152];

  // Bit 0 of some sums in these functions is there only to carry a one into bit 1: one adder instead of two
  // verilator lint_off UNUSEDSIGNAL
  // Sign of v + up + more
  function logic negative(input logic [33:0] v, input logic up, input logic [9:0] more);
    logic [35:0] s;
    s = {v[33], v, 1'b1} + {{25{more[9]}}, more, up};
    negative = s[35];
  endfunction
  // Rounding right shifts, half away from zero (RoundingDivideByPOT of gemmlowp): the shift is by one bit less, and the last bit is added in
  // the next stage. Where v is negative, the half is rounded away from zero by taking one off before the shift (stage 7), or by adding only
  // what is more than a half (stage 9).
  function logic [34:0] rshift_wide(input logic [33:0] v, input logic [4:0] n, input logic [33:0] below);  // below: bits under the half
    logic [34:0] t;
    t = $signed({v, 1'b0}) >>> n;
    rshift_wide = {t[34:1], t[0] && (!v[33] || (v & below) != 34'd0)};
  endfunction
  function logic [31:0] widen(input logic [8:0] v);  // ADD, SUB: an input byte less its zero point, times 2^20
    widen = {{3{v[8]}}, v, 20'd0};
  endfunction
  function logic [8:0] less(input logic [7:0] v, input logic [7:0] zp);
    less = {v[7], v} - {zp[7], zp};
  endfunction
  function logic [31:0] with_bias(input logic [31:0] acc, input logic [31:0] bias, input logic negate);
    logic [32:0] t;  // the lowest bit only carries
    t = {acc ^ {32{negate}}, 1'b1} + {bias, negate};
    with_bias = t[32:1];
  endfunction
  function logic [31:0] with_post(input logic [31:0] v, input logic [31:0] post);  // saturates
    logic [32:0] t;
    t = {v[31], v} + {post[31], post};
    with_post = (t[32] != t[31]) ? {t[32], {31{~t[32]}}} : t[31:0];
  endfunction
  function logic [31:0] with_requant(input logic [31:0] v, input logic identity, input logic relu, input logic [31:0] post);
    logic [31:0] t;
    t = (relu && v[31]) ? 32'd0 : v;
    with_requant = identity ? t : with_post(t, post);
  endfunction
  function logic [31:0] left_shift(input logic [31:0] v, input logic [5:0] by);
    left_shift = by[5] ? v : v << by[4:0];
  endfunction
  function logic [31:0] high_half(input logic [63:30] p, input logic less_one, input logic most);  // (p + 2^30) >> 31, less one if that is negative
    logic [33:0] t;
    t = {p[63:31], 1'b1} + {{33{less_one && p[63] && !p[30]}}, p[30] && !(less_one && p[63])};
    high_half = most ? 32'h7FFF_FFFF : t[32:1];
  endfunction
  function logic [33:0] with_wide(input logic [32:0] v, input logic [2:0] n, input logic [33:0] wide);
    logic [32:0] t;
    logic [34:0] s;  // the lowest bit only carries
    t = $signed(v) >>> n;
    s = {{2{t[32]}}, t[32:1], 1'b1} + {wide, t[0]};
    with_wide = s[34:1];
  endfunction
  function logic [7:0] clamp(input logic [33:0] v, input logic up, input logic [7:0] zp, input logic [7:0] lo, input logic [7:0] hi,
                             input logic [9:0] at_least, input logic [9:0] at_most);
    clamp = negative(v, up, at_least) ? lo : negative(v, up, at_most) ? v[7:0] + zp + 8'(up) : hi;
  endfunction
  function logic [7:0] second(input logic [7:0] y, input logic [7:0] r, input logic maximum, input logic minimum);
    second = ((maximum && $signed(r) > $signed(y)) || (minimum && $signed(r) < $signed(y))) ? r : y;
  endfunction
  // verilator lint_on UNUSEDSIGNAL

  // ---- pipeline registers, numbered by stage
  logic [31:0] p1, p2, p3, p4, m4, v2_q;
  logic [32:0] p7;      // bit 0 is to be added to the bits above
  logic [33:0] p8, p9;
  logic up9;            // to be added to p9
  logic neg1, neg2, neg3, neg4, neg5, neg6;
  logic [5:0] shift3, e4, e5, e6;
  logic prod3;          // it is r_prod that goes on
  logic [2:0] e7;
  logic most5, most6, shift6;
  // 32 x 32 bit product of four, none wider than it is: where Yosys' packing of Xilinx multipliers meets a register with bits of sign to spare,
  // it makes them undefined
  logic signed [31:0] hh;
  logic signed [32:0] hl, lh;
  logic [31:0] ll;
  logic [63:0] p6;
  logic signed [15:0] ah, bh;
  logic signed [16:0] al, bl;  // not negative
  assign ah = p4[31:16];
  assign al = {1'b0, p4[15:0]};
  assign bh = m4[31:16];
  assign bl = {1'b0, m4[15:0]};
  logic [24:0] r_prod;  // second operand times post's result (MUL, stage 3) or times k (wide residual, stage 7)
  logic [15:0] rk;      // its factors, chosen a stage before
  logic [8:0] rr;
  logic [8:0] r1, r2, r3, r4, r5;  // second operand: less its zero point if it is multiplied
  logic [7:0] r6, r7, r8, r9;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      // 1
      if (take_i) begin
        case (take_pass_i)
          2'd0: p1 <= with_bias(acc_i, identity_i ? 32'd0 : bias_i, average_i && acc_i[31]);
          2'd1: p1 <= widen(less(y_o, z1));
          2'd2: p1 <= widen(less(res_i, res_zp_i));
          default: p1 <= sub_i ? p9[31:0] - v2_q : p9[31:0] + v2_q;
        endcase
        neg1 <= average_i && acc_i[31];
        r1   <= (mul_i || wide_i) ? less(res_i, res_zp_i) : {res_i[7], res_i};
      end
      // 2
      if (v_i[1]) begin
        if (pass1_i != 2'd0 || average_i) p2 <= p1;
        else p2 <= with_requant(p1, identity_i, relu_i, post_i);
        neg2 <= neg1;
        r2   <= r1;
      end
      // 3
      if (v_i[2]) begin
        p3   <= p2;
        neg3 <= neg2;
        r3   <= r2;
        prod3 <= mul_i && pass2_i == 2'd0;
        case (pass2_i)
          2'd0: shift3 <= identity_i ? 6'd1 : average_i ? 6'd0 : shift_i;
          2'd1: shift3 <= 6'd0 - 6'(s1);
          2'd2: shift3 <= 6'd0 - 6'(s2);
          default: shift3 <= 6'd0 - 6'(s0);
        endcase
      end
      if (mul_i ? v_i[1] : (wide_i && v_i[5])) begin
        rk <= mul_i ? 16'(with_requant(p1, identity_i, relu_i, post_i)) : k_i;
        rr <= mul_i ? r1 : r5;
      end
      if (mul_i ? v_i[2] : (wide_i && v_i[6])) r_prod <= tnpu_mul::mul16x9(rk, rr);
      // 4
      if (v_i[3]) begin
        p4   <= left_shift(prod3 ? {{7{r_prod[24]}}, r_prod} : p3, shift3);
        e4   <= shift3[5] ? -shift3 : 6'd0;
        neg4 <= neg3;
        r4   <= r3;
        case (pass3_i)
          2'd0: m4 <= identity_i ? 32'h4000_0000 : mult_i;
          2'd1: m4 <= m1;
          2'd2: m4 <= m2;
          default: m4 <= m0;
        endcase
      end
      // 5, 6
      if (v_i[4]) begin
        hh   <= ah * bh;
        hl   <= ah * bl;
        lh   <= al * bh;
        ll   <= p4[15:0] * m4[15:0];
        e5   <= e4;
        most5 <= p4 == 32'h8000_0000 && m4 == 32'h8000_0000;  // only this product is too large
        neg5 <= neg4;
        r5   <= r4;
      end
      if (v_i[5]) begin
        p6   <= {hh, ll} + ({{31{hl[32]}}, hl} << 16) + ({{31{lh[32]}}, lh} << 16);
        e6   <= e5;
        shift6 <= e5 != 6'd0;
        most6 <= most5;
        neg6 <= neg5;
        r6   <= r5[7:0];
      end
      // 7
      if (v_i[6]) begin
        if (average_i && pass6_i == 2'd0) p7 <= {p6[61:30] ^ {32{neg6}}, neg6};
        else p7 <= $signed({high_half(p6[63:30], shift6, most6), 1'b0}) >>> {e6[5:3], 3'd0};
        e7   <= e6[2:0];
        r7   <= r6;
      end
      // 8
      if (v_i[7]) begin
        p8 <= with_wide(p7, e7, wide_i ? {{9{r_prod[24]}}, r_prod} : 34'd0);
        r8 <= r7;
      end
      // 9
      if (v_i[8]) begin
        {p9, up9} <= wide_i ? rshift_wide(p8, wide_n_i, wide_below_i) : {p8, 1'b0};
        r9 <= r8;
      end
      if (v_i[9] && pass9_i == 2'd2) v2_q <= p9[31:0];
      // 10
      if (out_i) y_o <= second(clamp(p9, up9, zp_i, lo_i, hi_i, at_least_i, at_most_i), r9, max_i, min_i);
    end
  end

  logic unused;
  assign unused = ^{add_row_i, p6};
endmodule
