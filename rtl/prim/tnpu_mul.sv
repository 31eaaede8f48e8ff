// SPDX-License-Identifier: Apache-2.0
// Signed products made of additions, so that synthesis builds them of logic and not of multiplier blocks: an ECP5-85F has 156 of
// these, not enough for all products of t128. In simulation they are plain products.
package tnpu_mul;
`ifdef SYNTHESIS
  // Bit i of b adds a * 2^i, but the sign bit, which subtracts it
  function logic [15:0] mul8x8(input logic [7:0] a, input logic [7:0] b);
    logic [15:0] x;
    x = {{8{a[7]}}, a};
    mul8x8 = (((b[0] ? x : 16'd0) + (b[1] ? x << 1 : 16'd0)) + ((b[2] ? x << 2 : 16'd0) + (b[3] ? x << 3 : 16'd0)))
           + (((b[4] ? x << 4 : 16'd0) + (b[5] ? x << 5 : 16'd0)) + ((b[6] ? x << 6 : 16'd0) - (b[7] ? x << 7 : 16'd0)));
  endfunction
  function logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    logic [24:0] x;
    x = {{9{a[15]}}, a};
    mul16x9 = ((((b[0] ? x : 25'd0) + (b[1] ? x << 1 : 25'd0)) + ((b[2] ? x << 2 : 25'd0) + (b[3] ? x << 3 : 25'd0)))
            + (((b[4] ? x << 4 : 25'd0) + (b[5] ? x << 5 : 25'd0)) + ((b[6] ? x << 6 : 25'd0) + (b[7] ? x << 7 : 25'd0))))
            - (b[8] ? x << 8 : 25'd0);
  endfunction
`else
  function logic [15:0] mul8x8(input logic [7:0] a, input logic [7:0] b);
    mul8x8 = {{8{a[7]}}, a} * {{8{b[7]}}, b};
  endfunction
  function logic [24:0] mul16x9(input logic [15:0] a, input logic [8:0] b);
    mul16x9 = {{9{a[15]}}, a} * {{16{b[8]}}, b};
  endfunction
`endif
endpackage
