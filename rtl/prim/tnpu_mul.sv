// SPDX-License-Identifier: Apache-2.0
// Products, and the widths that their factors and sums are kept in. Synthesis gets each number as narrow as it is, and some products made of
// additions, so that it builds them of logic and not of multiplier blocks: an ECP5-85F has 156 of these, not enough for all products of t128.
// Simulation gets plain products and whole words: it computes in words, and would extend the sign of a narrower number at every use.
package tnpu_mul;
`ifdef SYNTHESIS
  localparam int BYTE_W = 8;   // a signed byte
  localparam int PROD_W = 16;  // a product of two
  localparam int SUM4_W = 18;  // a sum of 4 products
  localparam int SUM_W = 20;   // a sum of 16
  function logic [15:0] mul(input logic [7:0] a, input logic [7:0] b);
    mul = $signed(a) * $signed(b);
  endfunction

  // Booth's digits, -2 to 2, of two bits of b each: b[2i+1], b[2i], b[2i-1]. A negative multiple of a is its complement; the one that is still
  // to be added goes into a bit that the next row leaves free. The last row is negated in full.
  function logic [17:0] row(input logic [2:0] digit, input logic [16:0] a);
    logic [17:0] x;
    x = (digit == 3'b011 || digit == 3'b100) ? {a, 1'b0} : (digit == 3'b000 || digit == 3'b111) ? 18'd0 : {a[16], a};
    row = digit[2] ? ~x : x;
  endfunction
  function logic [15:0] mul8x8(input logic [7:0] a, input logic [7:0] b);
    logic [16:0] x;
    logic [17:0] r0, r1, r2, top, twice;
    x = {{9{a[7]}}, a};
    r0 = row({b[1:0], 1'b0}, x);
    r1 = row(b[3:1], x);
    r2 = row(b[5:3], x);
    twice = {x, 1'b0};
    case (b[7:5])
      3'b001, 3'b010: top = {x[16], x};
      3'b011: top = twice;
      3'b100: top = -twice;
      3'b101, 3'b110: top = -{x[16], x};
      default: top = 18'd0;
    endcase
    mul8x8 = (r0[15:0] + {r1[13:0], 1'b0, b[1]}) + ({r2[11:0], 1'b0, b[3], 2'b00} + {top[9:0], 1'b0, b[5], 4'b0000});
  endfunction
  function logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    logic [16:0] x;
    logic [17:0] r0, r1, r2, r3, top;
    x = {a[15], a};
    r0 = row({b[1:0], 1'b0}, x);
    r1 = row(b[3:1], x);
    r2 = row(b[5:3], x);
    r3 = row(b[7:5], x);
    top = (b[8:7] == 2'b01) ? {x[16], x} : (b[8:7] == 2'b10) ? -{x[16], x} : 18'd0;
    mul16x9 = (({{7{r0[17]}}, r0} + {{5{r1[17]}}, r1, 1'b0, b[1]}) + ({{3{r2[17]}}, r2, 1'b0, b[3], 2'b00} + {r3[17], r3, 1'b0, b[5], 4'b0000}))
            + {top[16:0], 1'b0, b[7], 6'b000000};
  endfunction
`else
  localparam int BYTE_W = 32;
  localparam int PROD_W = 32;
  localparam int SUM4_W = 32;
  localparam int SUM_W = 32;
  function logic [31:0] mul(input logic [31:0] a, input logic [31:0] b);
    mul = a * b;
  endfunction
  function logic [31:0] mul8x8(input logic [31:0] a, input logic [31:0] b);
    mul8x8 = a * b;
  endfunction
  function logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    mul16x9 = {{9{a[15]}}, a} * {{16{b[8]}}, b};
  endfunction
`endif
endpackage
