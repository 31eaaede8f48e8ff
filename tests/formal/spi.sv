// SPDX-License-Identifier: Apache-2.0
// tnpu_spi: a header is acknowledged, and a command handed to the core, only if its CRC-16 is right and it is in range; a block is handed over only if
// its own CRC-16 is right too, with its address and length, and never into a full queue. Every state but the wait for read data ends within the bytes
// that docs/LINK.md gives it; CS high is the first state at once.
// A step is an edge of SCK; a step with CS high may be one or none, for nothing that outlives a frame moves then (asserted). What is behind
// tnpu_linkbuf is free, but for this: it becomes full only by a push.
// The checksum here shifts the other way round and is compared with the one that came; the unit's runs on over it. Bit by bit the unit's is then the one
// expected, shifted, plus what the wrong bits so far (e) leave: zero at the end if and only if there are none.
//: rtl gen/tnpu_pkg.sv prim/tnpu_crc.sv prim/tnpu_sync.sv prim/tnpu_ram2.sv prim/tnpu_afifo.sv tnpu_linkport.sv tnpu_linkbuf.sv tnpu_spi.sv
//: prep cutpoint tnpu_spi/u_buf
//: clock async2sync
//: induction 2 4
//: cover 114 GUIDED=1
//: cover 84 GUIDED=2
//: cover 84 GUIDED=3
//: cover 108 GUIDED=4
//: cover 76 GUIDED=5
//: mutant header_crc_not_looked_at tnpu_spi.sv s/if \(!good\) reply = CRC;/if (1'b0) reply = CRC;/
//: mutant header_crc_half_looked_at tnpu_spi.sv s/good = in_crc == REMAINDER/good = in_crc[15:8] == REMAINDER[15:8]/
//: mutant block_crc_not_looked_at tnpu_spi.sv s/out_d   = !good \? CRC : room_q/out_d   = room_q/
//: mutant range_not_looked_at tnpu_spi.sv s/fits_q <= !addr_q\[23\]/fits_q <= 1'b1; if (1'b0) fits_q <= !addr_q[23]/
//: mutant room_not_looked_at tnpu_spi.sv s/room_q <= !full/room_q <= 1'b1/
//: mutant cs_forgotten tnpu_spi.sv s/frame_rst_n = rst_ni \&\& !spi_cs_ni/frame_rst_n = rst_ni/
//: mutant block_never_ends tnpu_spi.sv s/W_DATA: if \(block_end\) state_d/W_DATA: if (block_end_q) state_d/
//: mutant wrong_polynomial prim/tnpu_crc.sv s/16'h1021/16'h1023/
module formal_spi #(
    parameter int GUIDED = 0  // for the covers: 1 a write, 2 a read, 3 to 5 something wrong
) (
    input logic clk_i,
    input logic rst_ni,
    input logic cs_ni,
    input logic mosi_i
);
  (* anyseq *) logic irq;
  logic miso, miso_oe, host_req, host_we;
  logic [22:0] host_addr;
  logic [31:0] host_wdata;
  logic [3:0] host_be;
  tnpu_spi u_spi (
      .rst_ni,
      .spi_sck_i    (clk_i),
      .spi_cs_ni    (cs_ni),
      .spi_mosi_i   (mosi_i),
      .spi_miso_o   (miso),
      .spi_miso_oe_o(miso_oe),
      .clk_i,
      .irq_i        (irq),
      .host_req_o   (host_req),
      .host_we_o    (host_we),
      .host_addr_o  (host_addr),
      .host_wdata_o (host_wdata),
      .host_be_o    (host_be),
      .host_gnt_i   (1'b0),
      .host_rvalid_i(1'b0),
      .host_rdata_i (32'd0)
  );
  localparam logic [3:0] HEAD = 4'd0, REPLY = 4'd1, W_DATA = 4'd2, W_CRC = 4'd3, W_CODE = 4'd4;
  localparam logic [3:0] R_WAIT = 4'd5, R_TOKEN = 4'd6, R_DATA = 4'd7, R_CRC = 4'd8, DEAD = 4'd9;
  localparam logic [7:0] ACK = 8'hA5, CRC = 8'h5A, BUSY = 8'h3C, REFUSED = 8'hC3;

  initial assume (!rst_ni && cs_ni);
  logic on;  // a frame
  assign on = rst_ni && !cs_ni;

  // ---- what the unit has inside
  (* hierconn *) wire [3:0] \u_spi.state_q , \u_spi.state_d , \u_spi.byte_q ;
  (* hierconn *) wire [2:0] \u_spi.bit_q ;
  (* hierconn *) wire [15:0] \u_spi.in_crc_q ;
  (* hierconn *) wire [7:0] \u_spi.command_q , \u_spi.code_q , \u_spi.accepted_q , \u_spi.refused_q ;
  (* hierconn *) wire [23:0] \u_spi.addr_q , \u_spi.left_q , \u_spi.ask_addr_q , \u_spi.ask_left_q ;
  (* hierconn *) wire [22:0] \u_spi.start_q ;
  (* hierconn *) wire [9:0] \u_spi.push_bytes ;
  (* hierconn *) wire [1:0] \u_spi.asked_q ;
  (* hierconn *) wire \u_spi.taken , \u_spi.ask , \u_spi.ends_code , \u_spi.begins_read , \u_spi.reading_q , \u_spi.starts_q , \u_spi.room_q , \u_spi.fits_q ;
  (* hierconn *) wire \u_spi.block_end_q , \u_spi.full ;
  logic [3:0] state;
  logic last, taken, ask, full;
  assign state = \u_spi.state_q ;
  assign last = \u_spi.bit_q == 3'd7;
  assign taken = \u_spi.taken ;
  assign ask = \u_spi.ask ;
  assign full = \u_spi.full ;

  logic full_q, pushed_q, started_q;
  initial {full_q, pushed_q, started_q} = '0;
  always_ff @(posedge clk_i) {full_q, pushed_q, started_q} <= {full, taken || ask, rst_ni};
  always_comb if (started_q && full) assume (full_q || pushed_q);

  // ---- x^16 + x^12 + x^5 + 1, bit i of the register being the coefficient of x^(15-i)
  function logic [15:0] more(input logic [15:0] r, input logic data);
    more = (r[0] ^ data) ? ((r >> 1) ^ 16'h8408) : (r >> 1);
  endfunction
  function logic [15:0] turned(input logic [15:0] r);
    for (int i = 0; i < 16; i++) turned[i] = r[15-i];
  endfunction
  function logic [15:0] rest(input logic [15:0] e);  // of these bits, the last one being bit 0
    rest = 16'd0;
    for (int i = 15; i >= 0; i--) rest = more(rest, e[i]);
  endfunction
  // The unit's register after n bits of a checksum, of which it should be sum and the last ones were came
  function logic [15:0] runs_on(input logic [15:0] sum, input logic [15:0] came, input logic [4:0] n);
    runs_on = (sum << n) ^ turned(rest((came & 16'((17'd1 << n) - 17'd1)) ^ (sum >> (5'd16 - n))));
  endfunction

  // ---- header
  logic [6:0] bits_q;    // of the frame, up to 80
  logic [71:0] head_q;
  logic [15:0] hsum_q;   // of its first 56 bits
  // ---- block
  logic [15:0] bsum_q, bcame_q;
  logic [23:0] bstart_q;
  logic [6:0] bcount_q;  // bytes that have come
  logic [9:0] run_q;     // bits in this state
  logic [3:0] state_p;
  always_ff @(posedge clk_i) begin
    state_p <= state;
    if (!on) begin
      bits_q <= 7'd0;
      hsum_q <= 16'hFFFF;
      run_q  <= 10'd0;
    end else begin
      if (bits_q != 7'd80) bits_q <= bits_q + 7'd1;
      if (bits_q < 7'd72) head_q <= {head_q[70:0], mosi_i};
      if (bits_q < 7'd56) hsum_q <= more(hsum_q, mosi_i);
      run_q <= (last && \u_spi.state_d != state) ? 10'd0 : run_q + 10'd1;
      if (state == W_DATA) bsum_q <= more(bsum_q, mosi_i);
      if (state == W_CRC) bcame_q <= {bcame_q[14:0], mosi_i};
      if (state == W_DATA && run_q == 10'd0) bstart_q <= \u_spi.addr_q ;
      if (state == W_DATA && last) bcount_q <= bcount_q + 7'd1;
      if (last && (state == REPLY || state == W_CODE)) begin
        bsum_q   <= 16'hFFFF;
        bcount_q <= 7'd0;
      end
    end
  end

  logic [7:0] command;
  logic [23:0] addr, bytes;
  logic head_good, fits, is_write, is_read, write_ok, read_ok, nothing_ok;
  assign {command, addr, bytes} = head_q[71:16];
  assign head_good = bits_q >= 7'd72 && head_q[15:0] == ~turned(hsum_q);
  assign fits = bytes != 24'd0 && 25'(addr) + 25'(bytes) <= 25'h800000;
  assign write_ok = head_good && command == 8'h57 && fits;
  assign read_ok = head_good && command == 8'h52 && fits;
  assign nothing_ok = head_good && command == 8'h4E;
  logic writes, reads;
  assign writes = state == W_DATA || state == W_CRC || state == W_CODE;
  assign reads = state == R_WAIT || state == R_TOKEN || state == R_DATA || state == R_CRC;

  logic [55:0] fields;
  assign fields = {\u_spi.command_q , \u_spi.addr_q , \u_spi.left_q };
  logic [24:0] head_end;
  assign head_end = 25'(addr) + 25'(bytes);
  always_comb begin
    if (started_q && !on) begin  // CS high, or reset
      assert (state == HEAD && \u_spi.bit_q == 3'd0 && !taken && !ask && !\u_spi.ends_code && !\u_spi.begins_read );
    end
    if (started_q && on) begin
      // ---- what is about bad data
      if (taken) assert (write_ok && bits_q == 7'd80);
      if (taken) assert (bcame_q == ~turned(bsum_q) && \u_spi.start_q == bstart_q[22:0] && \u_spi.push_bytes == 10'(bcount_q));
      if (taken) assert (bcount_q != 7'd0 && bcount_q <= 7'd64 && bstart_q[5:0] + bcount_q <= 7'd64 && 25'(bstart_q) + 25'(bcount_q) <= 25'h800000);
      if (ask) assert (read_ok && bits_q >= 7'd72);
      if (ask) assert (\u_spi.push_bytes != 10'd0 && 7'(\u_spi.ask_addr_q [5:0]) + \u_spi.push_bytes <= 10'd64);
      assert (!(taken && ask));
      if (taken || ask) assert (!full);
      if (state == REPLY) assert (\u_spi.code_q == (!head_good ? CRC : (write_ok || read_ok || nothing_ok) ? ACK : REFUSED));
      if (state == W_CODE) assert ((\u_spi.code_q == CRC) == (bcame_q != ~turned(bsum_q)) && (\u_spi.code_q == ACK || \u_spi.code_q == CRC || \u_spi.code_q == BUSY));
      if (writes) assert (write_ok);
      if (reads) assert (read_ok);
      cover (taken && bstart_q[5:0] == 6'h3F);
      cover (ask);
      cover (state == R_WAIT);
      cover (state == DEAD && !head_good);
      cover (state == REPLY && \u_spi.code_q == REFUSED);
      cover (state == REPLY && \u_spi.code_q == CRC);
      cover (state == W_CODE && \u_spi.code_q == CRC);
      cover (state == W_CODE && \u_spi.code_q == BUSY);
      // ---- always on
      assert (state <= DEAD);
      assert ((state == HEAD) == (bits_q < 7'd72) && (state == REPLY) == (bits_q >= 7'd72 && bits_q < 7'd80));
      if (state == W_DATA || state == R_DATA) assert (run_q < 10'd512);
      if (state == W_CRC || state == R_CRC) assert (run_q < 10'd16);
      if (state == REPLY || state == W_CODE || state == R_TOKEN) assert (run_q < 10'd8);
      // ---- for the induction
      assert (run_q[2:0] == \u_spi.bit_q && bits_q <= 7'd80);
      if (bits_q < 7'd80) assert (bits_q[2:0] == \u_spi.bit_q );
      if (state == HEAD) assert (!\u_spi.reading_q );
      if (state == REPLY) assert (\u_spi.reading_q == read_ok);
      if (state != W_DATA && state != R_DATA && state != R_WAIT && state != DEAD) assert (\u_spi.byte_q == run_q[6:3]);
      if (state == HEAD) begin
        assert (run_q == 10'(bits_q));
        if (bits_q <= 7'd56) begin
          assert (((fields ^ head_q[55:0]) & ((56'd1 << bits_q) - 56'd1)) == 56'd0);
          assert (\u_spi.in_crc_q == turned(hsum_q));
        end else begin
          assert (fields == 56'(head_q >> (bits_q - 7'd56)));
          assert (\u_spi.in_crc_q == runs_on(turned(hsum_q), head_q[15:0], 5'(bits_q - 7'd56)));
          assert (\u_spi.fits_q == (\u_spi.left_q != 24'd0 && 25'(\u_spi.addr_q ) + 25'(\u_spi.left_q ) <= 25'h800000));
        end
      end
      if (state != HEAD) assert (\u_spi.command_q == command);
      if (state == REPLY) assert (run_q == 10'(bits_q - 7'd72) && {\u_spi.addr_q , \u_spi.left_q } == {addr, bytes});
      if (writes || reads || (state == REPLY && \u_spi.code_q == ACK && !nothing_ok)) begin
        assert (25'(\u_spi.addr_q ) + 25'(\u_spi.left_q ) == head_end && \u_spi.addr_q >= addr);
      end
      if (\u_spi.reading_q ) assert (read_ok && 25'(\u_spi.ask_addr_q ) + 25'(\u_spi.ask_left_q ) == head_end && \u_spi.ask_addr_q >= addr);
      if (writes) assert (!\u_spi.reading_q );
      if (reads) assert (\u_spi.reading_q );
      if (state == W_DATA) begin
        assert (\u_spi.left_q != 24'd0 && \u_spi.in_crc_q == turned(bsum_q) && bcount_q == run_q[9:3]);
        assert (\u_spi.addr_q [5:0] >= bcount_q[5:0]);
        assert (\u_spi.starts_q == (run_q < 10'd8));
        if (run_q != 10'd0) begin
          assert (bstart_q == \u_spi.addr_q - 24'(bcount_q) && (\u_spi.start_q == bstart_q[22:0]));
          assert (!(\u_spi.room_q && full));
          assert (bstart_q >= addr && bstart_q <= \u_spi.addr_q );
        end
        assert (bstart_q[23:6] == \u_spi.addr_q [23:6] || run_q == 10'd0);
      end
      if (state == W_CRC || state == W_CODE) begin
        assert (bcount_q != 7'd0 && bcount_q <= 7'd64 && bstart_q[5:0] + bcount_q <= 7'd64);
        assert (bstart_q >= addr && 25'(bstart_q) + 25'(bcount_q) <= head_end);
        assert (\u_spi.addr_q == bstart_q + 24'(bcount_q) && \u_spi.start_q == bstart_q[22:0]);
        assert (!(\u_spi.room_q && full));
      end
      if (state == W_CRC) assert (\u_spi.in_crc_q == runs_on(turned(bsum_q), bcame_q, run_q[4:0]));
      if (state == W_CODE && \u_spi.code_q == ACK) assert (\u_spi.room_q );
      if (state == R_WAIT || state == R_TOKEN) assert (\u_spi.left_q != 24'd0);
      if (state == R_DATA && !\u_spi.block_end_q ) assert (7'(\u_spi.addr_q [5:0]) >= run_q[9:3] + 7'd1 && \u_spi.left_q != 24'd0);
    end
  end

  if (GUIDED != 0) begin : gen_guided
    localparam logic [111:0] WRITE = 112'h5700103F000001119E00C487C700;  // one byte, the last of a block
    localparam logic [111:0] READ = 112'h5200103F000001683900C487C700;
    logic [111:0] frame;
    logic [6:0] time_q;
    initial time_q = 7'd0;
    always_ff @(posedge clk_i) if (time_q != 7'd127) time_q <= time_q + 7'd1;
    always_comb begin
      frame = WRITE;
      case (GUIDED)
        2: frame = READ;
        3: frame[90] = !frame[90];  // a bit of the header
        4: frame[30] = !frame[30];  // of the data
        5: frame[111-:72] = 72'h5780103F000001C5BE;  // a good checksum, an address beyond 23 bits
        default: ;
      endcase
      assume (rst_ni == (time_q != 7'd0));
      assume (cs_ni == (time_q == 7'd0));
      assume (mosi_i == (time_q != 7'd0 && time_q <= 7'd112 && frame[7'd112-time_q]));
    end
  end
endmodule
