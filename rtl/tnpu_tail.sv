// SPDX-License-Identifier: Apache-2.0
// After post-processing: maximum over the pooling window, table look-up, and the write into feature memory.
//   c + 18: pool    c + 19: word of the table    c + 20: its byte    c + 21: rotate    c + 22: write
module tnpu_tail #(
    parameter int LANES = 4,
    parameter int FMEM_BYTES = 65536,
    localparam int LC = tnpu_copies::EACH * (LANES - 1) + 1,
    localparam int W = LANES * 8,
    localparam int VW = $clog2(FMEM_BYTES / 32),
    localparam int MW = 20 + 6 + 3
) (
    input  logic          clk_i,
    input  logic          rst_ni,
    input  logic          en_i,
    input  logic [LC-1:0] en_lane_i,    // copies of it
    input  logic          use_lut_i,
    // table words, cycle c + 4
    input  logic          lut_we_i,
    input  logic [3:0]    lut_word_i,
    input  logic [127:0]  lut_i,
    // cycle c + 18
    input  logic          valid_i,
    input  logic [W-1:0]  y_i,
    input  logic [MW-1:0] meta_i,
    // feature memory, cycle c + 22
    output logic [1:0]    we_any_o,     // of a bank
    output logic [31:0]   we_o,
    output logic [VW-1:0] waddr0_o,
    output logic [VW-1:0] waddr1_o,
    output logic [255:0]  wdata_o,
    output logic          end_o,        // the write is the instruction's last
    // trace, cycle c + 22
    output logic          wr_o,
    output logic [19:0]   wr_addr_o,
    output logic [31:0]   wr_mask_o,
    output logic [255:0]  wr_data_o
);
  logic [19:0] addr, addr_q[4];  // index: register after pool, word, byte, rotation
  logic [5:0] lanes, lanes_q[3];
  logic [3:0] v_q, fin_q;
  logic pool_first, pool_last, fin;
  assign {addr, lanes, pool_first, pool_last, fin} = meta_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      v_q <= 4'd0;
    end else if (en_i) begin
      v_q <= {v_q[2:0], valid_i && pool_last};
    end
    if (en_i && (valid_i || v_q[2:0] != 3'd0)) begin
      addr_q[0] <= addr;
      lanes_q[0] <= lanes;
      for (int i = 1; i < 4; i++) addr_q[i] <= addr_q[i-1];
      for (int i = 1; i < 3; i++) lanes_q[i] <= lanes_q[i-1];
      fin_q <= {fin_q[2:0], fin};
    end
  end

  // ---- pooling, table
  logic [W-1:0] out;
`ifndef SYNTHESIS
  // One for all lanes simulates faster
  logic [127:0] table_mem[16];
  always_ff @(posedge clk_i) begin
    if (en_i && lut_we_i) table_mem[lut_word_i] <= lut_i;
  end
`endif
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic en;
    assign en = en_lane_i[tnpu_copies::EACH*l];
`ifdef SYNTHESIS
    // A copy a lane, as distributed RAM has one port to read: of one memory with 16 ports Yosys makes the same, but takes 24 GB to see it
    logic [127:0] table_mem[16];
    always_ff @(posedge clk_i) begin
      if (en && lut_we_i) table_mem[lut_word_i] <= lut_i;
    end
`endif
    logic [7:0] y, pool_q, plain_q, out_q;
    logic [127:0] word_q;
    assign y = y_i[8*l+:8];
    always_ff @(posedge clk_i) begin
      if (en && valid_i && (pool_first || $signed(y) > $signed(pool_q))) pool_q <= y;
      if (en && v_q[0]) plain_q <= pool_q;
      if (en && v_q[0] && use_lut_i) word_q <= table_mem[{~pool_q[7], pool_q[6:4]}];  // byte index is the value + 128
      if (en && v_q[1]) out_q <= use_lut_i ? word_q[{plain_q[3:0], 3'b000}+:8] : plain_q;
    end
    assign out[8*l+:8] = out_q;
  end

  // ---- rotate: lane 0 goes to byte addr mod 32 of {odd, even}; two vectors from the one that holds it on
  function logic [31:0] place_mask(input logic [31:0] mask, input logic [4:0] at);
    logic [31:0] two;
    two = mask << at[3:0];
    place_mask = at[4] ? {two[15:0], two[31:16]} : two;
  endfunction
  function logic [255:0] place(input logic [255:0] bytes, input logic [4:0] at);
    logic [255:0] two;
    two = bytes << {at[3:0], 3'b000};
    place = at[4] ? {two[127:0], two[255:128]} : two;
  endfunction
  logic [1:0] any_q;
  logic two;  // the vector after the one that holds lane 0, too
  logic [LANES-1:0] mask2_q, mask_q;
  logic [31:0] we_q;
  logic [255:0] data_q;
  logic [W-1:0] plain3_q;
  assign two = 6'(addr_q[2][3:0]) + lanes_q[2] > 6'd16;
  always_ff @(posedge clk_i) begin
    if (en_i && v_q[1]) mask2_q <= LANES'((33'd1 << lanes_q[1]) - 33'd1);
    if (en_i && v_q[2]) begin
      we_q     <= place_mask(32'(mask2_q), addr_q[2][4:0]);
      any_q    <= {two || addr_q[2][4], two || !addr_q[2][4]};
      data_q   <= place(256'(out), addr_q[2][4:0]);
      plain3_q <= out;
      mask_q   <= mask2_q;
    end
  end

  assign we_any_o = {2{v_q[3]}} & any_q;
  assign we_o = we_q;
  assign wdata_o = data_q;
  assign waddr0_o = addr_q[3][5+:VW] + VW'(addr_q[3][4]);
  assign waddr1_o = addr_q[3][5+:VW];
  assign end_o = v_q[3] && fin_q[3] && en_i;
  assign wr_o = v_q[3] && en_i;
  assign wr_addr_o = addr_q[3];
  assign wr_mask_o = 32'(mask_q);
  assign wr_data_o = 256'(plain3_q);
endmodule
