// SPDX-License-Identifier: Apache-2.0
// The SPI device at its pins: bytes come back as they went, at any ratio of the clocks and with
// synchronisers that delay at random; status, refusals, the interrupt pin, the payload.
#include "spi_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CORE_PS 20000 // 50 MHz

static struct tnpu_chip *open_chip(uint32_t seed) {
    struct tnpu_error e;
    struct tnpu_chip_options o = {.config = "t64", .core_ps = CORE_PS, .cdc_seed = seed};
    struct tnpu_chip *chip = tnpu_chip_open(&o, &e);
    if (!chip) fail_msg("%s", e.text);
    return chip;
}

static void close_chip(struct tnpu_chip *chip) {
    assert_false(tnpu_chip_failed(chip));
    assert_int_equal(tnpu_chip_close(chip, NULL), 0);
}

static uint32_t next(uint32_t *x) {
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

/// Writes and reads of random places and lengths against a copy of feature memory.
static void random_traffic(struct tnpu_spi_host *h, uint32_t seed, int count, unsigned longest[2]) {
    enum { BYTES = 4096 };
    static uint8_t memory[BYTES], data[BYTES];
    assert_int_equal(frame_do_write(h, TNPU_MAP_FMEM, memory, BYTES), TNPU_LINK_ACK);
    for (int i = 0; i < count; i++) {
        uint32_t at = next(&seed) % BYTES, n = next(&seed) % (next(&seed) % 8 ? 40 : 400) + 1;
        if (n > BYTES - at) n = BYTES - at;
        if (next(&seed) & 1) {
            for (uint32_t k = 0; k < n; k++) memory[at + k] = (uint8_t)next(&seed);
            assert_int_equal(frame_do_write(h, TNPU_MAP_FMEM + at, memory + at, n), TNPU_LINK_ACK);
        } else {
            unsigned waits[2];
            assert_int_equal(frame_do_read(h, TNPU_MAP_FMEM + at, data, n, waits), TNPU_LINK_ACK);
            assert_memory_equal(data, memory + at, n);
            for (int w = 0; w < 2; w++)
                if (waits[w] > longest[w]) longest[w] = waits[w];
        }
    }
    assert_int_equal(frame_do_read(h, TNPU_MAP_FMEM, data, BYTES, NULL), TNPU_LINK_ACK);
    assert_memory_equal(data, memory, BYTES);
}

/// SCK from 1/8 of the core clock to 4 times it.
static const double ratios[] = {0.125, 0.15,  0.2,  0.25, 1.0 / 3, 0.4, 0.5,  0.6, 0.75, 0.9,
                                1.0,   1.003, 1.25, 1.5,  1.77,    2.0, 2.37, 3.0, 3.5,  4.0};
#define NUM_RATIOS ((int)(sizeof ratios / sizeof ratios[0]))

static void test_ratios(void **state) {
    (void)state;
    unsigned longest[2] = {0, 0};
    for (int r = 0; r < NUM_RATIOS; r++) {
        for (uint32_t seed = 0; seed < 3; seed++) {
            struct tnpu_chip *chip = open_chip(seed);
            struct tnpu_spi_host h;
            tnpu_spi_host_init(&h, chip, (uint32_t)(CORE_PS / ratios[r]));
            random_traffic(&h, 77 * seed + (uint32_t)r, 40, longest);
            close_chip(chip);
        }
    }
    printf("%d ratios of SCK to core clock, 0.125 to 4; most WAIT bytes before the first block %u, "
           "later %u\n",
           NUM_RATIOS, longest[0], longest[1]);
    assert_in_range(longest[0], 1, 20);
    assert_in_range(longest[1], 0, 12);
}

static void test_registers(void **state) {
    (void)state;
    struct tnpu_chip *chip = open_chip(0);
    struct tnpu_spi_host h;
    tnpu_spi_host_init(&h, chip, 25000);
    uint8_t word[4];
    assert_int_equal(frame_do_read(&h, TNPU_REG_ID, word, 4, NULL), TNPU_LINK_ACK);
    assert_memory_equal(word, "UPNT", 4); // little endian
    struct frame_status s = frame_do_nothing(&h);
    assert_true(s.good);
    assert_int_equal(s.version, TNPU_LINK_VERSION);
    assert_int_equal(s.accepted, 0);
    assert_int_equal(s.refused, 0);
    assert_int_equal(s.flags, 0);

    // START without a program: error and interrupt
    assert_int_equal(h.port.wait_irq(&h, 0), 0);
    const uint8_t mask[4] = {1 << TNPU_REG_IRQ_ERROR_LSB},
                  start[4] = {1 << TNPU_REG_CTRL_START_LSB};
    assert_int_equal(frame_do_write(&h, TNPU_REG_IRQ_ENABLE, mask, 4), TNPU_LINK_ACK);
    assert_int_equal(frame_do_write(&h, TNPU_REG_CTRL, start, 4), TNPU_LINK_ACK);
    assert_int_equal(h.port.wait_irq(&h, 10), 1);
    s = frame_do_nothing(&h);
    assert_true(s.good);
    assert_int_equal(s.flags, TNPU_LINK_FLAG_IRQ);
    assert_int_equal(s.accepted, 2);
    assert_int_equal(frame_do_read(&h, TNPU_REG_ERROR, word, 4, NULL), TNPU_LINK_ACK);
    assert_int_equal(word[0], TNPU_HW_NO_PROGRAM);
    assert_int_equal(frame_do_write(&h, TNPU_REG_IRQ, mask, 4), TNPU_LINK_ACK);
    s = frame_do_nothing(&h);
    assert_int_equal(s.flags & TNPU_LINK_FLAG_IRQ, 0);
    close_chip(chip);
}

static void test_refused_headers(void **state) {
    (void)state;
    static const struct {
        uint8_t command;
        uint32_t addr, length;
        int reply;
    } rows[] = {
        {TNPU_LINK_READ, 0, 4, TNPU_LINK_ACK},
        {TNPU_LINK_READ, 0, 0, TNPU_LINK_REFUSED},
        {TNPU_LINK_WRITE, 0, 0, TNPU_LINK_REFUSED},
        {TNPU_LINK_WRITE, 0x800000, 4, TNPU_LINK_REFUSED},
        {TNPU_LINK_READ, 0x7FFFFF, 1, TNPU_LINK_ACK},
        {TNPU_LINK_READ, 0x7FFFFF, 2, TNPU_LINK_REFUSED},
        {TNPU_LINK_READ, 0x000001, 0x7FFFFF, TNPU_LINK_ACK},
        {TNPU_LINK_READ, 0x000001, 0x800000, TNPU_LINK_REFUSED},
        {TNPU_LINK_READ, 0xFFFFFF, 0xFFFFFF, TNPU_LINK_REFUSED},
        {TNPU_LINK_NOTHING, 0xFFFFFF, 0xFFFFFF, TNPU_LINK_ACK},
        {0x00, 0, 4, TNPU_LINK_REFUSED},
        {0xFF, 0, 4, TNPU_LINK_REFUSED},
        {TNPU_LINK_WRITE ^ 0x80, 0, 4, TNPU_LINK_REFUSED},
    };
    struct tnpu_chip *chip = open_chip(0);
    struct tnpu_spi_host h;
    tnpu_spi_host_init(&h, chip, 25000);
    unsigned refused = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t out[HEADER + 20] = {0}, in[HEADER + 20];
        frame_header(out, rows[i].command, rows[i].addr, rows[i].length);
        h.port.select(&h, true);
        h.port.transfer(&h, out, in, sizeof in);
        h.port.select(&h, false);
        assert_int_equal(in[HEADER], rows[i].reply);
        struct frame_status s = frame_status_of(in);
        assert_true(s.good);
        assert_int_equal(s.refused, refused);
        if (rows[i].reply != TNPU_LINK_ACK) {
            refused++;
            for (size_t k = HEADER + 1; k < sizeof in; k++) assert_int_equal(in[k], TNPU_LINK_WAIT);
        }
    }
    // An access outside the memories is the core's to report
    uint8_t word[4];
    assert_int_equal(frame_do_read(&h, 0x7FFFFC, word, 4, NULL), TNPU_LINK_ACK);
    assert_int_equal(frame_do_read(&h, TNPU_REG_ERROR, word, 4, NULL), TNPU_LINK_ACK);
    assert_int_equal(word[0], TNPU_HW_HOST_ADDR);
    close_chip(chip);
}

static void test_payload(void **state) {
    (void)state;
    enum { PICTURE = 224 * 224 * 3 };
    struct tnpu_error e;
    struct tnpu_chip_options o = {.config = tnpu_chip_config(1) ? "t256" : "t64",
                                  .core_ps = CORE_PS};
    struct tnpu_chip *chip = tnpu_chip_open(&o, &e);
    assert_non_null(chip);
    struct tnpu_spi_host h;
    tnpu_spi_host_init(&h, chip, 25000); // 40 MHz
    uint8_t *picture = malloc(PICTURE), *back = malloc(PICTURE);
    assert_non_null(picture);
    assert_non_null(back);
    for (int i = 0; i < PICTURE; i++) picture[i] = (uint8_t)(i * 7 + i / 251);
    uint64_t t = tnpu_chip_now(chip);
    size_t part = tnpu_chip_config(1) ? PICTURE : 65536;
    assert_int_equal(frame_do_write(&h, TNPU_MAP_FMEM, picture, part), TNPU_LINK_ACK);
    double write_part = 8.0 * (double)part * 25000 / (double)(tnpu_chip_now(chip) - t);
    t = tnpu_chip_now(chip);
    assert_int_equal(frame_do_read(&h, TNPU_MAP_FMEM, back, part, NULL), TNPU_LINK_ACK);
    double read_part = 8.0 * (double)part * 25000 / (double)(tnpu_chip_now(chip) - t);
    assert_memory_equal(picture, back, part);
    printf("%zu bytes at 40 MHz: payload of SCK %.2f %% written, %.2f %% read\n", part,
           100 * write_part, 100 * read_part);
    assert_true(write_part >= 0.93);
    assert_true(read_part >= 0.93);
    free(picture);
    free(back);
    close_chip(chip);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_refused_headers),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
