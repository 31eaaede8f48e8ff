// SPDX-License-Identifier: Apache-2.0
// From the raw vectors of feature memory to the operands of the lanes: rotate the bytes into place, put padding where the input ends,
// stream depthwise columns through the line buffer.
//   c + 1: the vectors, into registers    c + 2: rotate    c + 3: padding, line buffer    c + 4: the bytes are valid (in registers)
module tnpu_operand #(
    parameter int LANES = 4,
    localparam int VECN = (LANES < 16) ? 16 : LANES,
    localparam int SETS = (LANES < 16) ? 1 : LANES / 16,  // of 16 lanes, which share the input bytes of a convolution
    localparam int W = LANES * 8,
    localparam int B = tnpu_mul::BYTE_W
) (
    input  logic              clk_i,
    input  logic              rst_ni,
    input  logic              en_i,
    input  logic              clear_i,     // an instruction has begun
    input  logic              is_conv_i,
    input  logic              pair_i,      // each set of lanes has bytes of its own
    input  logic              is_dw_i,
    input  logic              s2_i,
    input  logic              scalar_i,    // the second operand is one byte
    input  logic [7:0]        pad_i,
    // cycle c + 1
    input  logic              raw_we_i,
    input  logic [255:0]      raw_i,       // {odd, even} vector
    // cycle c + 2
    input  logic              go_i,
    input  logic              p_load_i,
    input  logic [4:0]        p_rot_i,     // first byte wanted
    input  logic              s_load_i,
    input  logic [4:0]        s_rot_i,
    input  logic [5:0]        lo_i,
    input  logic [5:0]        hi_i,
    input  logic [6:0]        col_i,
    // cycle c + 3: a depthwise column, top to bottom
    output logic              col_we_o,
    output logic [W-1:0]      row0_o,
    output logic [W-1:0]      row1_o,
    output logic [W-1:0]      row2_o,
    // cycle c + 4
    output logic [SETS*16*B-1:0] x_o,      // input bytes of a convolution for each set of lanes, padding in place; else zero
    output logic [LANES*B-1:0] own_o,      // those of a vector instruction; else zero
    output logic              res_we_o,    // second operand from memory valid
    output logic [W-1:0]      res_o
);
  // Bytes from by on: all 32 where by is a multiple of 16, else those up to the end of the next vector
  function logic [255:0] take(input logic [255:0] v, input logic [4:0] by);
    take = (by[4] ? {v[127:0], v[255:128]} : v) >> {by[3:0], 3'b000};
  endfunction

  // ---- c + 1: a register of their own, block memories are slow
  logic [255:0] raw_q;
  always_ff @(posedge clk_i) begin
    if (en_i && raw_we_i) raw_q <= raw_i;
  end

  // ---- c + 2
  logic go_q, s_load_q;
  logic [VECN*8-1:0] p_q;
  logic [W-1:0] s_q;
  logic [5:0] lo_q, hi_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      go_q     <= 1'b0;
      s_load_q <= 1'b0;
    end else if (en_i) begin
      go_q     <= go_i;
      s_load_q <= s_load_i;
    end
    if (en_i) begin
      if (p_load_i) p_q <= (VECN * 8)'(take(raw_q, p_rot_i));
      if (s_load_i) s_q <= W'(take(raw_q, s_rot_i));
      if (go_i) begin
        lo_q <= lo_i;
        hi_q <= hi_i;
      end
    end
  end

  // ---- c + 3
  tnpu_linebuf #(
      .LANES(LANES)
  ) u_linebuf (
      .clk_i,
      .en_i,
      .s2_i,
      .re_i   (go_i && is_dw_i),
      .col_i,
      .valid_i(col_we_o),
      .new0_i (p_q[W-1:0]),
      .new1_i (s_q),
      .row0_o,
      .row1_o,
      .row2_o
  );
  assign col_we_o = go_q && is_dw_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) res_we_o <= 1'b0;
    else if (en_i) res_we_o <= s_load_q && !is_dw_i;
    if (clear_i) x_o <= '0;
    else if (en_i) begin
      if (go_q && is_conv_i) begin
        for (int i = 0; i < 16; i++) x_o[B*i+:B] <= B'($signed((6'(i) >= lo_q && 6'(i) < hi_q) ? p_q[8*i+:8] : pad_i));
        for (int i = 16; i < 16 * SETS; i++) begin
          if (pair_i) x_o[B*i+:B] <= B'($signed((6'(i) >= lo_q && 6'(i) < hi_q) ? p_q[8*i+:8] : pad_i));
          else x_o[B*i+:B] <= B'($signed((6'(i - 16) >= lo_q && 6'(i - 16) < hi_q) ? p_q[8*(i-16)+:8] : pad_i));
        end
      end
    end
    if (clear_i) own_o <= '0;
    else if (en_i) begin
      if (go_q && !is_conv_i && !is_dw_i) begin
        for (int i = 0; i < LANES; i++) own_o[B*i+:B] <= B'($signed((6'(i) >= lo_q && 6'(i) < hi_q) ? p_q[8*i+:8] : pad_i));
      end
    end
    if (en_i && s_load_q) res_o <= scalar_i ? {LANES{s_q[7:0]}} : s_q;
  end
endmodule
