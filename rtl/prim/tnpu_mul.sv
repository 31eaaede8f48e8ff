// SPDX-License-Identifier: Apache-2.0
// Signed products made of additions, so that synthesis builds them of logic and not of multiplier blocks: an ECP5-85F has 156 of
// these, not enough for all products of t128. In simulation they are plain products.
package tnpu_mul;
`ifdef SYNTHESIS
  // Bit i of b adds a * 2^i, but the sign bit, which subtracts it
  function automatic logic [15:0] mul8x8(input logic [7:0] a, input logic [7:0] b);
    logic [15:0] sum;
    sum = 16'd0;
    for (int i = 0; i < 7; i++) sum = sum + (b[i] ? {{8{a[7]}}, a} << i : 16'd0);
    mul8x8 = sum - (b[7] ? {{8{a[7]}}, a} << 7 : 16'd0);
  endfunction
  function automatic logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    logic [24:0] sum;
    sum = 25'd0;
    for (int i = 0; i < 8; i++) sum = sum + (b[i] ? {{9{a[15]}}, a} << i : 25'd0);
    mul16x9 = sum - (b[8] ? {{9{a[15]}}, a} << 8 : 25'd0);
  endfunction
`else
  function automatic logic [15:0] mul8x8(input logic [7:0] a, input logic [7:0] b);
    mul8x8 = {{8{a[7]}}, a} * {{8{b[7]}}, b};
  endfunction
  function automatic logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    mul16x9 = {{9{a[15]}}, a} * {{16{b[8]}}, b};
  endfunction
`endif
endpackage
