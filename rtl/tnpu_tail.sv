// SPDX-License-Identifier: Apache-2.0
// After post-processing: maximum over the pooling window, table look-up, and the write into feature memory.
//   c + 17: pool    c + 18: table    c + 19: rotate    c + 20: write
module tnpu_tail #(
    parameter int LANES = 4,
    parameter int FMEM_BYTES = 65536,
    localparam int W = LANES * 8,
    localparam int VW = $clog2(FMEM_BYTES / 32),
    localparam int MW = 4 + 20 + 6 + 3
) (
    input  logic          clk_i,
    input  logic          rst_ni,
    input  logic          en_i,
    input  logic          use_lut_i,
    // table words, cycle c + 2
    input  logic          lut_we_i,
    input  logic [3:0]    lut_word_i,
    input  logic [127:0]  lut_i,
    // cycle c + 17
    input  logic          valid_i,
    input  logic [W-1:0]  y_i,
    input  logic [MW-1:0] meta_i,
    // feature memory, cycle c + 20
    output logic [31:0]   we_o,
    output logic [VW-1:0] waddr0_o,
    output logic [VW-1:0] waddr1_o,
    output logic [255:0]  wdata_o,
    output logic          end_o,        // the write is the instruction's last
    // trace, cycle c + 20
    output logic          wr_o,
    output logic [19:0]   wr_addr_o,
    output logic [31:0]   wr_mask_o,
    output logic [255:0]  wr_data_o
);
  logic [19:0] addr, addr11_q, addr12_q, addr13_q;
  logic [5:0] lanes, lanes11_q, lanes12_q;
  logic pool_first, pool_last, fin, fin11_q, fin12_q, fin13_q;
  assign {addr, lanes, pool_first, pool_last, fin} = meta_i[MW-5:0];

  // ---- pooling, table
  logic v11_q, v12_q, v13_q;
  logic [W-1:0] pool_q, plain_q, looked_q, out;
  always_ff @(posedge clk_i) begin
    if (en_i && valid_i) begin
      for (int l = 0; l < LANES; l++)
        if (pool_first || $signed(y_i[8*l+:8]) > $signed(pool_q[8*l+:8])) pool_q[8*l+:8] <= y_i[8*l+:8];
    end
    if (en_i && v11_q) plain_q <= pool_q;
  end
  for (genvar l = 0; l < LANES; l++) begin : gen_lane
    logic [127:0] table_mem[16];
    logic [127:0] word;
    assign word = table_mem[{~pool_q[8*l+7], pool_q[8*l+4+:3]}];  // byte index is the value + 128
    always_ff @(posedge clk_i) begin
      if (en_i && lut_we_i) table_mem[lut_word_i] <= lut_i;
      if (en_i && v11_q && use_lut_i) looked_q[8*l+:8] <= word[{pool_q[8*l+:4], 3'b000}+:8];
    end
  end
  assign out = use_lut_i ? looked_q : plain_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      v11_q <= 1'b0;
      v12_q <= 1'b0;
      v13_q <= 1'b0;
    end else if (en_i) begin
      v11_q <= valid_i && pool_last;
      v12_q <= v11_q;
      v13_q <= v12_q;
    end
    if (en_i && valid_i) begin
      addr11_q  <= addr;
      lanes11_q <= lanes;
      fin11_q   <= fin;
    end
    if (en_i && v11_q) begin
      addr12_q  <= addr11_q;
      lanes12_q <= lanes11_q;
      fin12_q   <= fin11_q;
    end
  end

  // ---- rotate: lane 0 goes to byte addr mod 32 of {odd, even}; two vectors from the one that holds it on
  function logic [31:0] place_mask(input logic [5:0] n, input logic [4:0] at);
    logic [31:0] two;
    two = 32'((33'd1 << n) - 33'd1) << at[3:0];
    place_mask = at[4] ? {two[15:0], two[31:16]} : two;
  endfunction
  function logic [255:0] place(input logic [255:0] bytes, input logic [4:0] at);
    logic [255:0] two;
    two = bytes << {at[3:0], 3'b000};
    place = at[4] ? {two[127:0], two[255:128]} : two;
  endfunction
  logic [31:0] we13_q, mask13_q;
  logic [255:0] data13_q;
  logic [W-1:0] plain13_q;
  always_ff @(posedge clk_i) begin
    if (en_i && v12_q) begin
      we13_q    <= place_mask(lanes12_q, addr12_q[4:0]);
      data13_q  <= place(256'(out), addr12_q[4:0]);
      plain13_q <= out;
      addr13_q  <= addr12_q;
      mask13_q  <= 32'((33'd1 << lanes12_q) - 33'd1);
      fin13_q   <= fin12_q;
    end
  end

  assign we_o = v13_q ? we13_q : 32'd0;
  assign wdata_o = data13_q;
  assign waddr0_o = addr13_q[5+:VW] + VW'(addr13_q[4]);
  assign waddr1_o = addr13_q[5+:VW];
  assign end_o = v13_q && fin13_q && en_i;
  assign wr_o = v13_q && en_i;
  assign wr_addr_o = addr13_q;
  assign wr_mask_o = mask13_q;
  assign wr_data_o = 256'(plain13_q);

  logic unused;
  assign unused = ^{meta_i[MW-1-:4], addr13_q};
endmodule
