// SPDX-License-Identifier: Apache-2.0
// SPI device, mode 0: the frames of docs/LINK.md. All logic is clocked by SCK; blocks and commands go through tnpu_linkbuf to the core. CS high
// resets whatever belongs to one frame, at any bit.
//
//     bytes    0..8     9       from 10 on
//     MOSI     header   -       write: data, CRC-16, -, data ...          read: -
//     MISO     status   reply   write: WAIT ...    code, WAIT ...         read: WAIT ..., DATA, data, CRC-16, WAIT ...
//     state    HEAD     REPLY   W_DATA, W_CRC, W_CODE ...                 R_WAIT, R_TOKEN, R_DATA, R_CRC ...       then DEAD
module tnpu_spi (
    input  logic        rst_ni,         // asynchronous; CS is high meanwhile
    // pins
    input  logic        spi_sck_i,
    input  logic        spi_cs_ni,
    input  logic        spi_mosi_i,
    output logic        spi_miso_o,
    output logic        spi_miso_oe_o,
    // core
    input  logic        clk_i,
    input  logic        irq_i,
    output logic        host_req_o,
    output logic        host_we_o,
    output logic [22:0] host_addr_o,
    output logic [31:0] host_wdata_o,
    output logic [3:0]  host_be_o,
    input  logic        host_gnt_i,
    input  logic        host_rvalid_i,
    input  logic [31:0] host_rdata_i
);
  localparam int BLOCK = tnpu_pkg::LINK_SPI_BLOCK;
  localparam int BW = $clog2(BLOCK);
  localparam logic [7:0] ACK = tnpu_pkg::LINK_ACK, CRC = tnpu_pkg::LINK_CRC, BUSY = tnpu_pkg::LINK_BUSY;
  localparam logic [15:0] REMAINDER = 16'h1D0F;  // of what ends with its inverted CRC
  localparam logic [7:0] REFUSED = tnpu_pkg::LINK_REFUSED, DATA = tnpu_pkg::LINK_DATA, WAIT = tnpu_pkg::LINK_WAIT;

  logic frame_rst_n;
  assign frame_rst_n = rst_ni && !spi_cs_ni;

  localparam logic [3:0] HEAD = 4'd0, REPLY = 4'd1, W_DATA = 4'd2, W_CRC = 4'd3, W_CODE = 4'd4;
  localparam logic [3:0] R_WAIT = 4'd5, R_TOKEN = 4'd6, R_DATA = 4'd7, R_CRC = 4'd8, DEAD = 4'd9;
  logic [3:0] state_q, state_d;  // of the byte on the wire

  // ---- bits and bytes
  logic [2:0] bit_q;   // bit of the byte, 0 first
  logic [3:0] byte_q;  // byte of header or CRC
  logic [6:0] in_q;    // bits of the byte that have come
  logic [7:0] in, out_q, out_d;
  logic first, last;
  assign first = bit_q == 3'd0;
  assign last  = bit_q == 3'd7;
  assign in = {in_q, spi_mosi_i};

  logic [15:0] in_crc_q, in_crc, out_crc_q, out_crc;  // without and with the bit on the wire
  assign in_crc  = tnpu_crc::crc16(in_crc_q, spi_mosi_i);
  assign out_crc = tnpu_crc::crc16(out_crc_q, out_q[7]);

  // ---- header
  logic [7:0]  command_q;
  logic [23:0] addr_q, left_q;  // first the header's fields, then of the next byte: its address, and bytes left with it
  logic        is_write, is_read, fits_q, good, block_end, block_end_q;
  assign is_write = command_q == tnpu_pkg::LINK_WRITE;
  assign is_read = command_q == tnpu_pkg::LINK_READ;
  assign good = in_crc == REMAINDER;  // after the last bit of a header or block
  assign block_end = &addr_q[BW-1:0] || left_q == 24'd1;

  // ---- next byte out, next state
  logic [7:0] accepted_q, refused_q, reply, code_q;  // code_q: the reply or code on the wire
  logic irq, used, full, room_q, rd_ready;
  logic [3:0] tag_q, rd_tag;
  logic [7:0] rd_data;
  always_comb begin
    reply = ACK;
    if (!good) reply = CRC;
    else if (command_q != tnpu_pkg::LINK_NOTHING && !((is_write || is_read) && fits_q)) reply = REFUSED;
  end
  always_comb begin
    state_d = state_q;
    out_d   = WAIT;
    case (state_q)
      HEAD:
      case (byte_q)
        4'd0: out_d = {6'd0, used, irq};
        4'd1: out_d = accepted_q;
        4'd2: out_d = refused_q;
        4'd3: out_d = 8'(tnpu_pkg::LINK_VERSION);
        4'd4: out_d = ~out_crc[15:8];
        4'd5: out_d = ~out_crc_q[7:0];
        4'd8: begin
          out_d   = reply;
          state_d = REPLY;
        end
        default: ;
      endcase
      REPLY: begin
        state_d = DEAD;
        if (code_q == ACK && is_write) state_d = W_DATA;
        if (code_q == ACK && is_read) state_d = R_WAIT;
      end
      W_DATA: if (block_end) state_d = W_CRC;
      W_CRC:
      if (byte_q == 4'd1) begin
        state_d = W_CODE;
        out_d   = !good ? CRC : room_q ? ACK : BUSY;
      end
      W_CODE: state_d = left_q == 24'd0 ? DEAD : W_DATA;
      R_TOKEN, R_DATA: begin
        state_d = R_DATA;
        out_d   = rd_data;
        if (state_q == R_DATA && block_end_q) begin
          state_d = R_CRC;
          out_d   = ~out_crc[15:8];
        end
      end
      R_CRC: begin
        out_d = ~out_crc_q[7:0];
        if (byte_q == 4'd1) begin
          state_d = left_q == 24'd0 ? DEAD : R_WAIT;
          out_d   = WAIT;
        end
      end
      default: ;
    endcase
    if (state_d == R_WAIT && rd_ready) begin
      state_d = R_TOKEN;
      out_d   = DATA;
    end
  end

  logic takes_byte;    // the byte at addr_q is received, or loaded to be sent
  assign takes_byte = last && (state_q == W_DATA || state_d == R_DATA);
  always_ff @(posedge spi_sck_i or negedge frame_rst_n) begin
    if (!frame_rst_n) begin
      state_q     <= HEAD;
      bit_q       <= 3'd0;
      byte_q      <= 4'd0;
      out_q       <= tnpu_pkg::LINK_SYNC;
      in_crc_q    <= 16'hFFFF;
      out_crc_q   <= 16'hFFFF;
      code_q      <= WAIT;
      room_q      <= 1'b0;
      fits_q      <= 1'b0;
      block_end_q <= 1'b0;
    end else begin
      bit_q <= bit_q + 3'd1;
      out_q <= last ? out_d : {out_q[6:0], 1'b0};
      if (last) begin
        state_q     <= state_d;
        byte_q      <= state_d != state_q ? 4'd0 : byte_q + 4'd1;
        code_q      <= out_d;
        block_end_q <= block_end;
      end
      // a CRC runs on over header or data, and over the CRC that comes in; the one that goes out stays while it is sent
      in_crc_q <= in_crc;
      if (last && (state_q == REPLY || state_q == W_CODE)) in_crc_q <= 16'hFFFF;
      if (state_q == R_TOKEN) out_crc_q <= 16'hFFFF;
      else if (state_q == R_DATA || (state_q == HEAD && byte_q < 4'd5)) out_crc_q <= out_crc;
      if (first && state_q == W_DATA && starts_q) room_q <= !full;
      fits_q <= !addr_q[23] && left_q != 24'd0 && {1'b0, addr_q} + {1'b0, left_q} <= 25'h800000;
    end
  end
  always_ff @(posedge spi_sck_i) begin
    in_q <= in[6:0];
    if (state_q == HEAD && byte_q < 4'd7) {command_q, addr_q, left_q} <= {command_q[6:0], addr_q, left_q, spi_mosi_i};
    if (takes_byte) begin
      addr_q <= addr_q + 24'd1;
      left_q <= left_q - 24'd1;
    end
  end

  // The pin: bit 7 of LINK_SYNC before the first clock edge
  always_ff @(negedge spi_sck_i or negedge frame_rst_n) begin
    if (!frame_rst_n) spi_miso_o <= 1'(tnpu_pkg::LINK_SYNC >> 7);
    else spi_miso_o <= out_q[7];
  end
  assign spi_miso_oe_o = !spi_cs_ni;

  // ---- blocks written: at the last bit of its acknowledgement one is handed over
  logic starts_q;  // no byte of the block has come yet
  logic [22:0] start_q;
  logic ends_code, taken;
  assign ends_code = last && (state_q == REPLY || state_q == W_CODE);
  assign taken = ends_code && state_q == W_CODE && code_q == ACK;
  logic [BW:0] came;  // bytes of it
  assign came = addr_q[BW:0] - start_q[BW:0];
  always_ff @(posedge spi_sck_i) begin
    starts_q <= state_q != W_DATA || (starts_q && !last);
    if (state_q == W_DATA && starts_q) start_q <= addr_q[22:0];
  end

  logic ask;  // for a block to be read
  logic [23:0] ask_bytes;
  logic [9:0] push_bytes;
  assign push_bytes = ask ? ask_bytes[9:0] : 10'(came);

  // ---- blocks read: asked for up to two ahead
  logic reading_q, rd_valid, pop_sent, pop_stale;
  logic [1:0] asked_q;  // and not yet sent
  logic [23:0] ask_addr_q, ask_left_q;
  assign ask_bytes = ask_left_q < 24'(BLOCK) - 24'(ask_addr_q[BW-1:0]) ? ask_left_q : 24'(BLOCK) - 24'(ask_addr_q[BW-1:0]);
  assign ask = reading_q && ask_left_q != 24'd0 && asked_q != 2'd2 && !full;
  assign rd_ready = reading_q && rd_valid && rd_tag == tag_q;
  assign pop_sent = first && state_q == R_CRC && byte_q == 4'd0;
  assign pop_stale = rd_valid && (!reading_q || rd_tag != tag_q);  // of a frame that was cut
  logic begins_read;
  assign begins_read = last && state_q == HEAD && byte_q == 4'd8 && reply == ACK && is_read;
  always_ff @(posedge spi_sck_i or negedge frame_rst_n) begin
    if (!frame_rst_n) begin
      reading_q <= 1'b0;
      asked_q   <= 2'd0;
    end else begin
      if (begins_read) reading_q <= 1'b1;
      asked_q <= asked_q + {1'b0, ask} - {1'b0, pop_sent};
    end
  end
  always_ff @(posedge spi_sck_i) begin
    if (begins_read) begin
      ask_addr_q <= addr_q;
      ask_left_q <= left_q;
    end else if (ask) begin
      ask_addr_q <= ask_addr_q + ask_bytes;
      ask_left_q <= ask_left_q - ask_bytes;
    end
  end

  // ---- what outlives a frame
  always_ff @(posedge spi_sck_i or negedge rst_ni) begin
    if (!rst_ni) begin
      accepted_q <= 8'd0;
      refused_q  <= 8'd0;
      tag_q      <= 4'd0;
    end else begin
      if (taken) accepted_q <= accepted_q + 8'd1;
      if (ends_code && code_q != ACK) refused_q <= refused_q + 8'd1;
      if (begins_read) tag_q <= tag_q + 4'd1;
    end
  end

  // ---- the other clock
  tnpu_sync #(
      .SALT(32'd101)
  ) u_irq (
      .clk_i (spi_sck_i),
      .rst_ni(rst_ni),
      .d_i   (irq_i),
      .q_o   (irq)
  );
  tnpu_linkbuf #(
      .BLOCK(BLOCK),
      .AW   (2),
      .SALT (32'd1)
  ) u_buf (
      .rst_ni,
      .lclk_i      (spi_sck_i),
      .wr_i        (last && state_q == W_DATA && room_q),
      .wr_place_i  (addr_q[BW-1:0]),
      .wr_data_i   (in),
      .push_i      (taken || ask),
      .push_read_i (ask),
      .push_tag_i  (tag_q),
      .push_addr_i (ask ? ask_addr_q[22:0] : start_q),
      .push_bytes_i(push_bytes),
      .full_o      (full),
      .used_o      (used),
      .rd_valid_o  (rd_valid),
      .rd_tag_o    (rd_tag),
      .rd_pop_i    (pop_sent || pop_stale),
      .rd_i        (bit_q == 3'd5),
      .rd_place_i  (addr_q[BW-1:0]),
      .rd_data_o   (rd_data),
      .clk_i,
      .host_req_o,
      .host_we_o,
      .host_addr_o,
      .host_wdata_o,
      .host_be_o,
      .host_gnt_i,
      .host_rvalid_i,
      .host_rdata_i
  );
endmodule
