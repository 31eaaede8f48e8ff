// SPDX-License-Identifier: Apache-2.0
// Both links at work while a program takes nearly all memory cycles: its results and its cycles
// without stalls stay what they are alone, and every block that was acknowledged is there.
#include "sdio_card.h"
#include "spi_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    COPIES = 56,
    IN = 8192,
    OUT = 16384,
    SIZE = 8192,  ///< of each
    FREE = 32768, ///< from here on the program uses nothing
    FREE_SIZE = 4096,
    TRIES = 400, ///< of one block
};

/// Reads one bank of feature memory in each cycle, and writes both: 4 bytes across a vector's end.
static const struct tnpu_insn copy = {.opcode = TNPU_OP_COPY,
                                      .in_base = IN,
                                      .in_row = 1024,
                                      .in_wxstep = 32,
                                      .in_wystep = 1,
                                      .in_wb = 1024,
                                      .in_h = 8,
                                      .tile = 16,
                                      .out_base = OUT + 14,
                                      .out_row = 1024,
                                      .out_pix = 32,
                                      .out_w = 32,
                                      .out_h = 8,
                                      .out_c = 4};
static const struct tnpu_insn end = {.opcode = TNPU_OP_END};

struct figures {
    uint32_t cycles, stalls;
    unsigned busy, refused, waits[2];
    unsigned written, read; ///< blocks while it ran
    uint8_t out[SIZE];
};

static void write_word(struct tnpu_spi_host *h, uint32_t reg, uint32_t v) {
    const uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    assert_int_equal(frame_do_write(h, reg, b, 4), TNPU_LINK_ACK);
}

static uint32_t read_word(struct tnpu_spi_host *h, uint32_t reg) {
    uint8_t b[4];
    assert_int_equal(frame_do_read(h, reg, b, 4, NULL), TNPU_LINK_ACK);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void load(struct tnpu_spi_host *h) {
    static uint8_t data[SIZE];
    uint32_t words[TNPU_IWORDS];
    for (unsigned pc = 0; pc <= COPIES; pc++) {
        tnpu_encode(pc < COPIES ? &copy : &end, words);
        assert_int_equal(frame_do_write(h, TNPU_MAP_IMEM + pc * sizeof words, words, sizeof words),
                         TNPU_LINK_ACK); // this machine is little endian, as the chip is
    }
    for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)(i * 19 + i / 97);
    int code = 0;
    for (int i = 0; i < TRIES && code != TNPU_LINK_ACK; i++)
        code = frame_do_write(h, TNPU_MAP_FMEM + IN, data, SIZE);
    assert_int_equal(code, TNPU_LINK_ACK);
    write_word(h, TNPU_REG_IRQ_ENABLE, 1 << TNPU_REG_IRQ_DONE_LSB);
}

/// Blocks to the free area and back until the program has ended, by SPI and every `sdio`-th by
/// SDIO.
static void traffic(struct tnpu_spi_host *h, struct card *c, unsigned sdio, struct figures *f) {
    static uint8_t area[FREE_SIZE], back[FREE_SIZE];
    static uint8_t frame[FRAME_MAX(FREE_SIZE)], in[FRAME_MAX(FREE_SIZE)];
    static size_t code_at[FREE_SIZE / BLOCK];
    for (unsigned round = 1; !tnpu_chip_get(h->chip, TNPU_PIN_IRQ); round++) {
        for (int i = 0; i < FREE_SIZE; i++) area[i] = (uint8_t)(i * 7 + round * 31);
        if (sdio && round % sdio == 0) {
            assert_int_equal(card_put(c, TNPU_MAP_FMEM + FREE, area, FREE_SIZE), TNPU_OK);
            assert_int_equal(card_get(c, TNPU_MAP_FMEM + FREE, back, FREE_SIZE), TNPU_OK);
            assert_memory_equal(back, area, FREE_SIZE);
            continue;
        }
        // one frame with all blocks; those that found no room again
        size_t n = frame_write(frame, TNPU_MAP_FMEM + FREE, area, FREE_SIZE, code_at);
        h->port.select(h, true);
        h->port.transfer(h, frame, in, n);
        h->port.select(h, false);
        for (size_t i = 0; i < FREE_SIZE / BLOCK; i++) {
            int code = in[code_at[i]];
            f->written++;
            for (int t = 0; t < TRIES && code == TNPU_LINK_BUSY; t++) {
                f->busy++;
                uint32_t at = (uint32_t)(i * BLOCK);
                code = frame_do_write(h, TNPU_MAP_FMEM + FREE + at, area + at, BLOCK);
            }
            assert_int_equal(code, TNPU_LINK_ACK);
        }
        unsigned waits[2];
        assert_int_equal(frame_do_read(h, TNPU_MAP_FMEM + FREE, back, FREE_SIZE, waits),
                         TNPU_LINK_ACK);
        assert_memory_equal(back, area, FREE_SIZE);
        f->read += FREE_SIZE / BLOCK;
        for (int w = 0; w < 2; w++)
            if (waits[w] > f->waits[w]) f->waits[w] = waits[w];
    }
}

static void run(uint32_t sck_ps, uint32_t seed, bool busy, unsigned sdio, struct figures *f) {
    struct card c;
    struct tnpu_spi_host h;
    memset(f, 0, sizeof *f);
    card_open(&c, "t64", 20833, seed);
    if (sdio) card_start(&c, 4, true);
    tnpu_spi_host_init(&h, c.chip, sck_ps);
    load(&h);
    write_word(&h, TNPU_REG_CTRL, 1 << TNPU_REG_CTRL_START_LSB);
    if (busy)
        traffic(&h, &c, sdio, f);
    else
        assert_int_equal(h.port.wait_irq(&h, 10000), 1);
    assert_int_equal(read_word(&h, TNPU_REG_STATUS) & 0xF, 1 << TNPU_REG_STATUS_DONE_LSB);
    f->cycles = read_word(&h, TNPU_REG_CYCLES);
    f->stalls = read_word(&h, TNPU_REG_STALL_HOST);
    assert_int_equal(frame_do_read(&h, TNPU_MAP_FMEM + OUT, f->out, SIZE, NULL), TNPU_LINK_ACK);
    card_close(&c);
}

static void test_traffic(void **state) {
    (void)state;
    static struct figures alone, f;
    unsigned busy = 0;
    run(25000, 0, false, 0, &alone);
    assert_int_equal(alone.stalls, 0);
    assert_in_range(alone.cycles, COPIES * 256, COPIES * 400);
    static const struct {
        uint32_t sck_ps, seed;
        unsigned sdio;
    } rows[] = {{1250, 8, 0}, // 16 times the core clock, for the blocks that find no room
                {5000, 0, 0},  {5000, 21, 0}, {7001, 3, 3},
                {20000, 4, 2}, {25000, 5, 0}, {80000, 6, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run(rows[i].sck_ps, rows[i].seed, true, rows[i].sdio, &f);
        printf("SCK %.2f of the core clock%s: %u cycles, %u of them stalls; %u blocks, no room "
               "for one %u times; most WAIT bytes %u, then %u\n",
               20000.0 / rows[i].sck_ps, rows[i].sdio ? ", SDIO too" : "", f.cycles, f.stalls,
               f.written, f.busy, f.waits[0], f.waits[1]);
        assert_int_equal(f.cycles - f.stalls, alone.cycles);
        assert_memory_equal(f.out, alone.out, SIZE);
        assert_true(f.written + f.read > 0);
        assert_true(f.stalls > 0);
        busy += f.busy;
        if (rows[i].sck_ps >= 5000)
            assert_int_equal(f.busy, 0); // what is promised, up to 4, has room
    }
    assert_true(busy > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_traffic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
