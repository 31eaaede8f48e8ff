// SPDX-License-Identifier: Apache-2.0
// The SDIO card at its pins: enumeration, bytes that come back as they went at every bus width,
// speed and ratio of the clocks, the window, the interrupt, the payload.
#include "sdio_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t next(uint32_t *x) {
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

/// The tuples that a stock host looks for, found as it finds them.
static void test_enumeration(void **state) {
    (void)state;
    struct card c;
    card_open(&c, "t64", 40000, 0);
    card_start(&c, 1, false);
    static const struct {
        uint32_t addr;
        uint8_t value;
    } cccr[] = {{0x00, 0x43}, {0x01, 0x03}, {0x02, 0x02}, {0x03, 0x02}, {0x04, 0x00},
                {0x05, 0x00}, {0x08, 0x03}, {0x13, 0x01}, {0x16, 0x01}, {0x100, 0x00}};
    for (size_t i = 0; i < sizeof cccr / sizeof cccr[0]; i++)
        assert_int_equal(card_read(&c, 0, cccr[i].addr), 0x1000 | cccr[i].value);
    for (unsigned fn = 0; fn < 2; fn++) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < 3; i++)
            at |= (card_read(&c, 0, fn * 0x100 + 9 + i) & 0xFF) << (8 * i);
        assert_in_range(at, 0x1000, 0x17FFF);
        unsigned seen = 0;
        for (int tuples = 0; tuples < 10; tuples++) {
            unsigned code = card_read(&c, 0, at) & 0xFF;
            if (code == 0xFF) break;
            unsigned size = card_read(&c, 0, at + 1) & 0xFF;
            uint8_t body[64];
            assert_in_range(size, 1, sizeof body);
            for (unsigned i = 0; i < size; i++) body[i] = (uint8_t)card_read(&c, 0, at + 2 + i);
            unsigned block_at = fn ? 12 : 1;
            if (code == 0x20) assert_int_equal(body[0] | body[1] << 8, TNPU_LINK_SDIO_VENDOR);
            if (code == 0x20) assert_int_equal(body[2] | body[3] << 8, TNPU_LINK_SDIO_DEVICE);
            if (code == 0x21) assert_int_equal(body[0], 0x0C);
            if (code == 0x22) assert_int_equal(size, fn ? 42 : 4);
            if (code == 0x22) assert_int_equal(body[0], fn);
            if (code == 0x22) assert_int_equal(body[block_at] | body[block_at + 1] << 8, 512);
            if (code == 0x22 && !fn) assert_int_equal(body[3], 0x32);
            seen |= 1u << (code - 0x20);
            at += 2 + size;
        }
        assert_int_equal(seen, fn ? 6 : 7);
        assert_int_equal(card_read(&c, 0, at), 0x10FF);
    }
    card_close(&c);
}

static void random_traffic(struct card *c, uint32_t seed, int count) {
    enum { BYTES = 8192 };
    static uint8_t memory[BYTES], data[BYTES];
    assert_int_equal(card_put(c, TNPU_MAP_FMEM, memory, BYTES), TNPU_OK);
    for (int i = 0; i < count; i++) {
        uint32_t at = next(&seed) % BYTES, n = next(&seed) % (next(&seed) % 4 ? 40 : 1700) + 1;
        if (n > BYTES - at) n = BYTES - at;
        if (next(&seed) & 1) {
            for (uint32_t k = 0; k < n; k++) memory[at + k] = (uint8_t)next(&seed);
            assert_int_equal(card_put(c, TNPU_MAP_FMEM + at, memory + at, n), TNPU_OK);
        } else {
            assert_int_equal(card_get(c, TNPU_MAP_FMEM + at, data, n), TNPU_OK);
            assert_memory_equal(data, memory + at, n);
        }
    }
    assert_int_equal(card_get(c, TNPU_MAP_FMEM, data, BYTES), TNPU_OK);
    assert_memory_equal(data, memory, BYTES);
}

static void test_ratios(void **state) {
    (void)state;
    static const double ratios[] = {0.125, 0.3, 0.5, 0.77, 0.96, 1.0, 1.003, 1.3, 1.61, 2.0};
    int runs = 0;
    for (size_t r = 0; r < sizeof ratios / sizeof ratios[0]; r++)
        for (unsigned mode = 0; mode < 4; mode++, runs++) {
            struct card c;
            card_open(&c, "t64", (uint32_t)(20000 / ratios[r]), mode * 5);
            card_start(&c, mode & 1 ? 4 : 1, mode & 2);
            random_traffic(&c, 31 * mode + (uint32_t)r, 20);
            card_close(&c);
        }
    printf("%d runs: SD clock 0.125 to 2 times the core's, 1 and 4 lines, both speeds\n", runs);
}

static void test_window(void **state) {
    (void)state;
    struct card c;
    card_open(&c, "t64", 20833, 0);
    card_start(&c, 4, true);
    uint8_t word[4], many[64], back[64];
    assert_int_equal(card_get(&c, TNPU_REG_ID, word, 4), TNPU_OK);
    assert_memory_equal(word, "UPNT", 4);
    assert_int_equal(card_read(&c, 1, TNPU_REG_ID + 1), 0x1000 | 'P');
    assert_int_equal(card_read(&c, 1, WINDOW_REGS + 4), 0x1000 | TNPU_LINK_VERSION);
    uint32_t r5;

    // The chip's registers beside the window, whatever it shows
    card_write(&c, 1, WINDOW_REGS, TNPU_MAP_FMEM >> 16);
    assert_int_equal(card_read(&c, 1, CHIP_REGS + TNPU_REG_ID + 3), 0x1000 | 'T');
    card_write(&c, 1, CHIP_REGS + TNPU_REG_STOP_AT, 0x5A);
    const uint32_t from_id = 1u << 28 | 1u << 26 | (CHIP_REGS + TNPU_REG_ID) << 9 | 48;
    assert_int_equal(c.h.port.move(&c.h, from_id, NULL, back, 48, 1, &r5), TNPU_OK);
    assert_memory_equal(back, "UPNT", 4);
    assert_int_equal(back[TNPU_REG_STOP_AT], 0x5A);
    card_write(&c, 1, CHIP_REGS + TNPU_REG_STOP_AT, 0);

    // CMD52 into the window, and what CMD53 makes of it
    card_write(&c, 1, WINDOW_REGS, TNPU_MAP_FMEM >> 16);
    assert_int_equal(card_read(&c, 1, WINDOW_REGS), 0x1000 | TNPU_MAP_FMEM >> 16);
    unsigned accepted = card_read(&c, 1, WINDOW_REGS + 2) & 0xFF;
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(card_write(&c, 1, i + 3, (uint8_t)(i * 5)), 0x1000 | (uint8_t)(i * 5));
    assert_int_equal(card_read(&c, 1, WINDOW_REGS + 2) & 0xFF, (accepted + 64) & 0xFF);
    assert_int_equal(card_get(&c, TNPU_MAP_FMEM + 3, many, 64), TNPU_OK);
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(many[i], (uint8_t)(i * 5));
        assert_int_equal(card_read(&c, 1, i + 3), 0x1000 | many[i]);
    }
    // Fixed address: the last byte stays; reading gives it again and again
    assert_int_equal(
        c.h.port.move(&c.h, card_cmd53(true, false, false, 7, 64), many, NULL, 64, 1, &r5),
        TNPU_OK);
    assert_int_equal(
        c.h.port.move(&c.h, card_cmd53(false, false, false, 7, 64), NULL, back, 64, 1, &r5),
        TNPU_OK);
    for (int i = 0; i < 64; i++) assert_int_equal(back[i], many[63]);
    assert_int_equal(card_get(&c, TNPU_MAP_FMEM + 3, back, 64), TNPU_OK);
    many[4] = many[63];
    assert_memory_equal(back, many, 64);
    // Small blocks, any size
    for (unsigned size = 1; size < 20; size += 3) {
        card_write(&c, 0, 0x110, (uint8_t)size);
        card_write(&c, 0, 0x111, 0);
        assert_int_equal(
            c.h.port.move(&c.h, card_cmd53(false, true, true, 3, 3), NULL, back, size, 3, &r5),
            TNPU_OK);
        assert_memory_equal(back, many, 3 * size);
    }
    card_close(&c);
}

/// The interrupt is a level on DAT1, the clock running or not; never during data on 4 lines.
static void test_interrupt(void **state) {
    (void)state;
    for (unsigned bits = 1; bits <= 4; bits += 3) {
        struct card c;
        card_open(&c, "t64", 20833, 0);
        card_start(&c, bits, false);
        const uint8_t mask[4] = {1 << TNPU_REG_IRQ_ERROR_LSB}, start[4] = {1};
        assert_int_equal(card_put(&c, TNPU_REG_IRQ_ENABLE, mask, 4), TNPU_OK);
        assert_int_equal(card_put(&c, TNPU_REG_CTRL, start, 4), TNPU_OK);
        assert_int_equal(c.h.port.wait_irq(&c.h, 1), 0); // not enabled
        assert_int_equal(card_read(&c, 0, 0x05), 0x1002);
        card_write(&c, 0, 0x04, 2);
        assert_int_equal(c.h.port.wait_irq(&c.h, 1), 0); // IEN1 without IENM
        card_write(&c, 0, 0x04, 3);
        assert_int_equal(c.h.port.wait_irq(&c.h, 0), 1);
        uint8_t data[1024], back[1024];
        for (int i = 0; i < 1024; i++) data[i] = (uint8_t)(i * 11);
        assert_int_equal(card_put(&c, TNPU_MAP_FMEM, data, 1024), TNPU_OK);
        assert_int_equal(card_get(&c, TNPU_MAP_FMEM, back, 1024), TNPU_OK);
        assert_memory_equal(data, back, 1024);
        assert_int_equal(c.h.port.wait_irq(&c.h, 0), 1);
        assert_int_equal(card_put(&c, TNPU_REG_IRQ, mask, 4), TNPU_OK);
        assert_int_equal(c.h.port.wait_irq(&c.h, 1), 0);
        assert_int_equal(card_read(&c, 0, 0x05), 0x1000);
        // ABORT while idle does nothing, START without a program is an error: with the clock
        // stopped
        assert_int_equal(card_put(&c, TNPU_REG_CTRL, start, 4), TNPU_OK);
        tnpu_sdio_host_idle(&c.h, 8);
        uint64_t clocks = c.h.clocks;
        assert_int_equal(c.h.port.wait_irq(&c.h, 5), 1);
        assert_int_equal(c.h.clocks, clocks);
        card_close(&c);
    }
}

static void test_payload(void **state) {
    (void)state;
    enum { PICTURE = 224 * 224 * 3 };
    bool large = tnpu_chip_config(1) != NULL;
    size_t part = large ? PICTURE : 65536;
    uint8_t *picture = malloc(PICTURE), *back = malloc(PICTURE);
    assert_non_null(picture);
    assert_non_null(back);
    for (int i = 0; i < PICTURE; i++) picture[i] = (uint8_t)(i * 7 + i / 251);
    for (unsigned bits = 1; bits <= 4; bits += 3) {
        struct card c;
        card_open(&c, large ? "t256" : "t64", 20833, 0); // 48 MHz
        card_start(&c, bits, true);
        double share[2];
        for (int read = 0; read < 2; read++) {
            uint64_t clocks = c.h.clocks;
            if (read)
                assert_int_equal(card_get(&c, TNPU_MAP_FMEM, back, part), TNPU_OK);
            else
                assert_int_equal(card_put(&c, TNPU_MAP_FMEM, picture, part), TNPU_OK);
            share[read] = 8.0 * (double)part / bits / (double)(c.h.clocks - clocks);
        }
        assert_memory_equal(picture, back, part);
        printf(
            "%zu bytes on %u lines at 48 MHz: payload of the lines %.2f %% written, %.2f %% read\n",
            part, bits, 100 * share[0], 100 * share[1]);
        assert_true(share[0] >= 0.9 && share[1] >= 0.9);
        card_close(&c);
    }
    free(picture);
    free(back);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enumeration), cmocka_unit_test(test_window),
        cmocka_unit_test(test_interrupt),   cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
