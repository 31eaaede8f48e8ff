// SPDX-License-Identifier: Apache-2.0
// What the card makes of wrong bits, illegal commands, addresses outside, and transfers that stop
// in the middle: it answers as the specification says, and what was not acknowledged was not
// written.
#include "sdio_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { AREA = 1024 };

static void fill(uint8_t *data, size_t n, unsigned seed) {
    for (size_t i = 0; i < n; i++) data[i] = (uint8_t)(i * 13 + seed + i / 256);
}

static void expect_area(struct card *c, const uint8_t *want) {
    uint8_t is[AREA];
    assert_int_equal(card_get(c, TNPU_MAP_FMEM, is, AREA), TNPU_OK);
    assert_memory_equal(is, want, AREA);
}

/// A command with a wrong bit has no answer and no effect; the next answer tells.
static void test_wrong_command_bits(void **state) {
    (void)state;
    struct card c;
    card_open(&c, "t64", 20833, 0);
    card_start(&c, 4, false);
    unsigned gap;
    for (int bit = 0; bit < 47; bit++) { // a wrong start bit is bit 47: nothing to be seen at all
        tnpu_sdio_host_send(&c.h, 52, 1u << 31 | 0x111 << 9 | (unsigned)bit, UINT64_C(1) << bit);
        assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
        unsigned r5 = card_read(&c, 0, 0x111);
        assert_int_equal(r5 & 0xFF, 2);
        // bit 46 makes it another card's answer: not looked at
        assert_int_equal(r5 & 0xFF00, bit == 46 ? 0x1000 : 0x1000 | R5_CRC);
        assert_int_equal(card_read(&c, 0, 0x111) & 0xFF00, 0x1000);
    }
    tnpu_sdio_host_send(&c.h, 52, 0, 0);
    assert_int_not_equal(tnpu_sdio_host_answer(&c.h, &gap), 0);
    assert_int_equal(gap, 5);
    card_close(&c);
}

/// One wrong bit of a block, on any line: 101, nothing written, and no more blocks taken.
static void test_wrong_data_bits(void **state) {
    (void)state;
    uint8_t before[AREA], data[64];
    fill(before, AREA, 1);
    fill(data, sizeof data, 99);
    int wrong = 0;
    for (unsigned bits = 1; bits <= 4; bits += 3) {
        struct card c;
        card_open(&c, "t64", 20833, bits);
        card_start(&c, bits, bits == 4);
        assert_int_equal(card_put(&c, TNPU_MAP_FMEM, before, AREA), TNPU_OK);
        card_write(&c, 0, 0x110, 64);
        card_write(&c, 0, 0x111, 0);
        card_write(&c, 1, WINDOW_REGS, TNPU_MAP_FMEM >> 16);
        long frame = 64 * 8 + 18 * (long)bits; // start, data, CRC, end on each line
        for (long bit = bits; bit < frame; bit += 7, wrong++) {
            unsigned refused = card_read(&c, 1, WINDOW_REGS + 3) & 0xFF;
            tnpu_sdio_host_send(&c.h, 53, card_cmd53(true, true, true, 100, 2), 0);
            assert_int_not_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
            tnpu_sdio_host_idle(&c.h, 2);
            uint64_t clocks = c.h.clocks;
            assert_int_equal(tnpu_sdio_host_put(&c.h, data, 64, bit), 5);
            // 2 clocks, the token, and no busy, which would make it look like another token
            assert_int_equal(c.h.clocks - clocks, frame / bits + 2 + 5 + 1);
            tnpu_sdio_host_idle(&c.h, 2);
            assert_int_equal(tnpu_sdio_host_put(&c.h, data, 64, -1), -1);
            assert_int_equal(card_read(&c, 1, WINDOW_REGS + 3) & 0xFF, (refused + 1) & 0xFF);
        }
        card_write(&c, 0, 0x110, 0);
        card_write(&c, 0, 0x111, 2);
        expect_area(&c, before);
        card_close(&c);
    }
    printf("%d blocks with a wrong bit\n", wrong);
}

static void test_illegal_and_outside(void **state) {
    (void)state;
    struct card c;
    card_open(&c, "t64", 20833, 0);
    // Before CMD5 and CMD3: nothing but those
    static const unsigned early[] = {3, 7, 52, 53, 8, 17};
    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++) {
        tnpu_sdio_host_send(&c.h, early[i], 0, 0);
        assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    }
    card_start(&c, 4, true);
    static const unsigned illegal[] = {1, 2, 3, 4, 5, 6, 8, 9, 12, 17, 18, 24, 25, 41, 55, 63};
    for (size_t i = 0; i < sizeof illegal / sizeof illegal[0]; i++) {
        tnpu_sdio_host_send(&c.h, illegal[i], 0, 0);
        assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
        assert_int_equal(card_read(&c, 0, 0x03), 0x1002 | R5_ILLEGAL);
        assert_int_equal(card_read(&c, 0, 0x03), 0x1002);
    }
    static const struct {
        uint32_t argument;
        unsigned index, error;
    } rows[] = {
        {2u << 28, 52, R5_FUNCTION},
        {7u << 28, 53, R5_FUNCTION},
        {FN1 | (WINDOW_REGS + 5) << 9, 52, R5_RANGE},
        {FN1 | 0x1FFFFu << 9, 52, R5_RANGE},
        {FN1 | WINDOW_REGS << 9 | 4, 53, R5_RANGE},
        {4, 53, R5_RANGE}, // function 0
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t r5;
        assert_int_equal(
            c.h.port.command(&c.h, rows[i].index, rows[i].argument, TNPU_SDIO_WITH_CRC, &r5),
            TNPU_OK);
        assert_int_equal(r5, 0x1000 | rows[i].error);
    }
    // Block sizes that do not exist here; the map's far end; a function that is not enabled
    uint32_t r5, argument = card_cmd53(false, true, true, 0, 1);
    card_write(&c, 0, 0x111, 0);
    c.h.port.command(&c.h, 53, argument, TNPU_SDIO_WITH_CRC, &r5);
    assert_int_equal(r5, 0x1000 | R5_RANGE);
    card_write(&c, 0, 0x110, 1);
    card_write(&c, 0, 0x111, 2);
    c.h.port.command(&c.h, 53, argument, TNPU_SDIO_WITH_CRC, &r5);
    assert_int_equal(r5, 0x1000 | R5_RANGE);
    card_write(&c, 1, WINDOW_REGS, 0x7C);
    c.h.port.command(&c.h, 53, card_cmd53(false, false, true, 0, 4), TNPU_SDIO_WITH_CRC, &r5);
    assert_int_equal(r5, 0x1000 | R5_RANGE);
    card_write(&c, 0, 0x02, 0);
    assert_int_equal(card_read(&c, 1, WINDOW_REGS), 0x1000 | R5_ERROR);
    // RES: the card is as after power-up
    card_write(&c, 0, 0x06, 8);
    tnpu_sdio_host_send(&c.h, 52, 0, 0);
    assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    card_start(&c, 1, false);
    assert_int_equal(card_read(&c, 1, WINDOW_REGS), 0x1000);
    // Deselected by another card's address, selected again, sent away for good
    tnpu_sdio_host_send(&c.h, 7, 0x77770000, 0);
    assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    tnpu_sdio_host_send(&c.h, 52, 0, 0);
    assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    uint32_t r6, r1;
    assert_int_equal(c.h.port.command(&c.h, 3, 0, TNPU_SDIO_WITH_CRC, &r6), TNPU_OK);
    assert_int_equal(r6 & 0xFFFF, 0x5E00); // the CMD52 above was illegal; state 15
    assert_int_equal(c.h.port.command(&c.h, 7, r6, TNPU_SDIO_WITH_CRC, &r1), TNPU_OK);
    assert_int_equal(r1, 0x1E00);
    tnpu_sdio_host_send(&c.h, 15, r6, 0);
    assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    static const unsigned late[] = {5, 0, 5};
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        tnpu_sdio_host_send(&c.h, late[i], 0, 0);
        assert_int_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
    }
    card_close(&c);
}

/// CMD53 without an end, aborted after a few blocks and any number of clocks, reading and writing.
static void test_abort(void **state) {
    (void)state;
    for (unsigned bits = 1; bits <= 4; bits += 3) {
        struct card c;
        card_open(&c, "t64", 20833, 11 * bits);
        card_start(&c, bits, bits == 4);
        uint8_t want[AREA], data[AREA], back[64];
        fill(want, AREA, 5);
        assert_int_equal(card_put(&c, TNPU_MAP_FMEM, want, AREA), TNPU_OK);
        for (unsigned when = 0; when < 400; when += 3) {
            card_write(&c, 0, 0x110, 64);
            card_write(&c, 0, 0x111, 0);
            card_write(&c, 1, WINDOW_REGS, TNPU_MAP_FMEM >> 16);
            bool write = when & 1;
            unsigned blocks = when % 4;
            fill(data, AREA, when);
            tnpu_sdio_host_send(&c.h, 53, card_cmd53(write, true, true, 0, 0), 0);
            assert_int_not_equal(tnpu_sdio_host_answer(&c.h, NULL), 0);
            for (unsigned i = 0; i < blocks; i++) {
                if (write) {
                    tnpu_sdio_host_idle(&c.h, 2);
                    assert_int_equal(tnpu_sdio_host_put(&c.h, data + 64 * i, 64, -1), 2);
                    memcpy(want + 64 * i, data + 64 * i, 64);
                } else {
                    assert_int_equal(tnpu_sdio_host_get(&c.h, back, 64), TNPU_OK);
                    assert_memory_equal(back, want + 64 * i, 64);
                }
            }
            tnpu_sdio_host_idle(&c.h, when); // reading: into a block
            unsigned r5 = card_read(&c, 0, 0x03);
            assert_int_equal(r5, 0x2002); // state TRN
            assert_int_equal(card_write(&c, 0, 0x06, 1) & R5_ERRORS, 0);
            assert_int_equal(tnpu_chip_get_sd(c.chip), 31); // all lines released
            assert_int_equal(card_read(&c, 0, 0x03), 0x1002);
            card_write(&c, 0, 0x110, 0);
            card_write(&c, 0, 0x111, 2);
            expect_area(&c, want);
        }
        card_close(&c);
    }
}

/// The chip is reset in the middle of a transfer; enumerated again it works.
static void test_reset(void **state) {
    (void)state;
    struct card c;
    card_open(&c, "t64", 20833, 3);
    uint8_t want[AREA];
    fill(want, AREA, 7);
    for (unsigned when = 0; when < 200; when += 17) {
        card_start(&c, 4, true);
        assert_int_equal(card_put(&c, TNPU_MAP_FMEM, want, AREA), TNPU_OK);
        card_write(&c, 1, WINDOW_REGS, TNPU_MAP_FMEM >> 16);
        tnpu_sdio_host_send(&c.h, 53, card_cmd53(false, true, true, 0, 2), 0);
        tnpu_sdio_host_idle(&c.h, when);
        tnpu_chip_reset(c.chip);
        assert_int_equal(tnpu_chip_get_sd(c.chip), 31);
    }
    card_start(&c, 4, true);
    expect_area(&c, want);
    card_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_command_bits),
        cmocka_unit_test(test_wrong_data_bits),
        cmocka_unit_test(test_illegal_and_outside),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
