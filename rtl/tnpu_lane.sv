// SPDX-License-Identifier: Apache-2.0
// One lane of the array: its 3x3 depthwise window, a dot product of 16 pairs of bytes, one accumulator for each pixel of a tile, and the
// queue of finished ones.
//   c + 3: window    c + 4: multiply    c + 5, c + 6: adder tree    c + 7: accumulate, finished ones into the queue
module tnpu_lane (
    input  logic         clk_i,
    input  logic         en_i,
    // c + 3: depthwise column of the lane's channel, {bottom, middle, top}
    input  logic         col_we_i,
    input  logic [23:0]  col_i,
    input  logic         emit_i,      // it completes a window
    input  logic [2:0]   rows_ok_i,   // rows of the window inside the input, top first
    input  logic [2:0]   cols_ok_i,
    input  logic [7:0]   pad_i,
    output logic [7:0]   centre_o,    // c + 4
    // c + 4; the first two are constant during an instruction
    input  logic         is_dw_i,
    input  logic         vec_i,       // the lane's own byte
    input  logic         v3_i,
    input  logic [127:0] x_i,
    input  logic [7:0]   own_i,
    input  logic [127:0] w_i,
    input  logic [7:0]   w0_i,        // weight of the first multiplier, which serves the vector instructions
    // c + 5 .. c + 7
    input  logic         v4_i,
    input  logic         v5_i,
    input  logic         v6_i,
    input  logic         first6_i,
    input  logic         max_i,
    input  logic [3:0]   pix6_i,
    input  logic         push6_i,
    input  logic [3:0]   wptr_i,
    // queue head
    input  logic [3:0]   rptr_i,
    output logic [31:0]  acc_o
);
  // ---- window: two columns kept, the third coming in
  logic [23:0] left_q, mid_q;
  logic [71:0] win_q;  // tap 3 * row + column at byte 3 * row + column
  always_ff @(posedge clk_i) begin
    if (en_i && col_we_i) begin
      left_q <= mid_q;
      mid_q  <= col_i;
      if (emit_i) begin
        for (int r = 0; r < 3; r++) begin
          win_q[24*r+:8]    <= (rows_ok_i[r] && cols_ok_i[0]) ? left_q[8*r+:8] : pad_i;
          win_q[24*r+8+:8]  <= (rows_ok_i[r] && cols_ok_i[1]) ? mid_q[8*r+:8] : pad_i;
          win_q[24*r+16+:8] <= (rows_ok_i[r] && cols_ok_i[2]) ? col_i[8*r+:8] : pad_i;
        end
      end
    end
  end
  assign centre_o = win_q[39:32];

  // ---- multiply, add
  logic [127:0] a;
  assign a = is_dw_i ? {56'd0, win_q} : vec_i ? {120'd0, own_i} : x_i;

  logic signed [15:0] prod[16];
  logic signed [17:0] sum4[4];
  logic signed [19:0] sum;
  always_ff @(posedge clk_i) begin
    if (en_i && v3_i) begin
      prod[0] <= tnpu_mul::mul8x8(a[7:0], w0_i);
      for (int i = 1; i < 16; i++) prod[i] <= $signed(a[8*i+:8]) * $signed(w_i[8*i+:8]);
    end
    if (en_i && v4_i) begin
      for (int i = 0; i < 4; i++)
        sum4[i] <= (18'(prod[4*i]) + 18'(prod[4*i+1])) + (18'(prod[4*i+2]) + 18'(prod[4*i+3]));
    end
    if (en_i && v5_i) sum <= (20'(sum4[0]) + 20'(sum4[1])) + (20'(sum4[2]) + 20'(sum4[3]));
  end

  // ---- accumulate
  logic [31:0] acc[16];
  logic [31:0] queue[16];
  function logic [31:0] accumulate(input logic first, input logic maximum, input logic [31:0] old, input logic [31:0] now);
    if (first) accumulate = now;
    else if (maximum) accumulate = ($signed(old) > $signed(now)) ? old : now;
    else accumulate = old + now;
  endfunction
  always_ff @(posedge clk_i) begin
    if (en_i && v6_i) acc[pix6_i] <= accumulate(first6_i, max_i, acc[pix6_i], 32'(sum));
    if (en_i && push6_i) queue[wptr_i] <= accumulate(first6_i, max_i, acc[pix6_i], 32'(sum));
  end
  assign acc_o = queue[rptr_i];
endmodule
