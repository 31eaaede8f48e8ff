// SPDX-License-Identifier: Apache-2.0
// One step of the links' checksums: the register after one more bit, most significant bits first.
package tnpu_crc;
  function logic [15:0] crc16(input logic [15:0] crc, input logic data);  // x^16 + x^12 + x^5 + 1
    crc16 = {crc[14:0], 1'b0} ^ (crc[15] != data ? 16'h1021 : 16'h0000);
  endfunction
  function logic [6:0] crc7(input logic [6:0] crc, input logic data);  // x^7 + x^3 + 1
    crc7 = {crc[5:0], 1'b0} ^ (crc[6] != data ? 7'h09 : 7'h00);
  endfunction
endpackage
