// SPDX-License-Identifier: Apache-2.0
// What a cut frame or a wrong bit leaves behind: exactly the blocks whose acknowledgement was
// clocked out, and a device that takes the next frame as if nothing had been.
#include "spi_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    AT = TNPU_MAP_FMEM + 64 * 3 + 45, ///< the first block has 19 bytes
    LENGTH = 19 + 64 + 30,            ///< three blocks
    BLOCKS = 3,
    AREA = 256, ///< bytes looked at, from AREA_AT on
    AREA_AT = TNPU_MAP_FMEM + 64 * 3,
    OFFSET = AT - AREA_AT,
};

struct bench {
    struct tnpu_chip *chip;
    struct tnpu_spi_host h;
    uint8_t before[AREA], data[LENGTH];
    uint8_t out[FRAME_MAX(LENGTH)];
    size_t bytes, code_at[BLOCKS];
};

static void setup(struct bench *b, uint32_t sck_ps, uint32_t seed) {
    struct tnpu_error e;
    struct tnpu_chip_options o = {.config = "t64", .core_ps = 20000, .cdc_seed = seed};
    b->chip = tnpu_chip_open(&o, &e);
    if (!b->chip) fail_msg("%s", e.text);
    tnpu_spi_host_init(&b->h, b->chip, sck_ps);
    for (int i = 0; i < AREA; i++) b->before[i] = (uint8_t)(i ^ 0x55);
    for (int i = 0; i < LENGTH; i++) b->data[i] = (uint8_t)(i * 3 + 1);
    b->bytes = frame_write(b->out, AT, b->data, LENGTH, b->code_at);
}

static void teardown(struct bench *b) {
    assert_false(tnpu_chip_failed(b->chip));
    assert_int_equal(tnpu_chip_close(b->chip, NULL), 0);
}

/// Puts the area as it was; blocks accepted since reset, as the device counts them.
static uint8_t restore(struct bench *b) {
    assert_int_equal(frame_do_write(&b->h, AREA_AT, b->before, AREA), TNPU_LINK_ACK);
    struct frame_status s = frame_do_nothing(&b->h);
    assert_true(s.good);
    return s.accepted;
}

/// The area holds the blocks of mask `written`, and is otherwise as it was; the device counts them.
static void check(struct bench *b, unsigned written, uint8_t accepted) {
    uint8_t want[AREA], is[AREA];
    memcpy(want, b->before, AREA);
    size_t at = 0;
    for (int i = 0; i < BLOCKS; i++) {
        size_t n = frame_block((uint32_t)(AT + at), LENGTH - at);
        if (written >> i & 1) memcpy(want + OFFSET + at, b->data + at, n), accepted++;
        at += n;
    }
    struct frame_status s = frame_do_nothing(&b->h);
    assert_true(s.good);
    assert_int_equal(s.accepted, accepted);
    assert_int_equal(frame_do_read(&b->h, AREA_AT, is, AREA, NULL), TNPU_LINK_ACK);
    assert_memory_equal(is, want, AREA);
}

/// CS rises after each number of bits there is, at SCK slower than the core, and faster.
static void test_cut_writes(void **state) {
    (void)state;
    static const struct { uint32_t sck_ps, seed; } rows[] = {{25000, 0}, {5000, 3}, {160000, 5}};
    size_t cuts = 0;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct bench b;
        setup(&b, rows[r].sck_ps, rows[r].seed);
        size_t step = rows[r].sck_ps > 100000 ? 31 : 1; // the slow one takes long
        for (size_t bits = 0; bits <= 8 * b.bytes; bits += step, cuts++) {
            uint8_t accepted = restore(&b), in[sizeof b.out];
            frame_cut(&b.h, b.out, in, bits);
            unsigned acked = 0; // whose code has come out whole
            for (int i = 0; i < BLOCKS; i++)
                if (8 * (b.code_at[i] + 1) <= bits) {
                    assert_int_equal(in[b.code_at[i]], TNPU_LINK_ACK);
                    acked |= 1u << i;
                }
            check(&b, acked, accepted);
        }
        teardown(&b);
    }
    printf("%zu cut writes\n", cuts);
}

static void test_cut_reads(void **state) {
    (void)state;
    static const struct { uint32_t sck_ps, seed; } rows[] = {{25000, 0}, {5000, 3}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct bench b;
        setup(&b, rows[r].sck_ps, rows[r].seed);
        uint8_t accepted = restore(&b), in[300], head[300] = {0};
        frame_header(head, TNPU_LINK_READ, AREA_AT + 7, AREA - 7);
        for (size_t bits = 0; bits < 8 * sizeof head; bits++) {
            frame_cut(&b.h, head, in, bits);
            // one more at once, of the block before: nothing old may come
            frame_header(head, TNPU_LINK_READ, AREA_AT + (bits % 7), AREA - 7);
            if (bits % 3 == 0) check(&b, 0, accepted);
        }
        check(&b, 0, accepted);
        teardown(&b);
    }
}

/// One wrong bit anywhere: a header's stops the frame, a block's only that block.
static void test_wrong_bits(void **state) {
    (void)state;
    struct bench b;
    setup(&b, 25000, 0);
    for (size_t bit = 0; bit < 8 * b.bytes; bit++) {
        size_t byte = bit / 8;
        unsigned good = (1u << BLOCKS) - 1;
        if (byte < HEADER) good = 0;
        for (int i = 0; i < BLOCKS; i++) { // the bytes from the one code to the next, without codes
            size_t from = i ? b.code_at[i - 1] + 1 : HEADER + 1;
            if (byte >= from && byte < b.code_at[i]) good &= ~(1u << i);
        }
        uint8_t accepted = restore(&b), in[sizeof b.out];
        b.out[byte] ^= (uint8_t)(0x80 >> bit % 8);
        frame_cut(&b.h, b.out, in, 8 * b.bytes);
        b.out[byte] ^= (uint8_t)(0x80 >> bit % 8);
        assert_int_equal(in[HEADER], byte < HEADER ? TNPU_LINK_CRC : TNPU_LINK_ACK);
        for (int i = 0; i < BLOCKS; i++) {
            int code = byte < HEADER ? TNPU_LINK_WAIT : TNPU_LINK_CRC;
            assert_int_equal(in[b.code_at[i]], good >> i & 1 ? TNPU_LINK_ACK : code);
        }
        check(&b, good, accepted);
    }
    printf("%zu wrong bits\n", 8 * b.bytes);
    teardown(&b);
}

/// A clock edge too many, or one too few, anywhere: what is acknowledged is still right.
static void test_slipped_clock(void **state) {
    (void)state;
    struct bench b;
    setup(&b, 25000, 7);
    for (size_t at = 0; at < 8 * b.bytes; at++) {
        for (int extra = 0; extra < 2; extra++) {
            uint8_t accepted = restore(&b);
            b.h.port.select(&b.h, true);
            uint32_t in = 0;
            unsigned acked = 0;
            for (size_t bit = 0; bit < 8 * b.bytes; bit++) {
                unsigned level = b.out[bit / 8] >> (7 - bit % 8) & 1;
                if (bit == at && !extra) {
                    in = in << 1;
                    continue; // the device misses this one
                }
                if (bit == at) tnpu_spi_host_bits(&b.h, level, 1);
                in = in << 1 | tnpu_spi_host_bits(&b.h, level, 1);
                for (int i = 0; i < BLOCKS; i++)
                    if (bit == 8 * b.code_at[i] + 7 && (in & 0xFF) == TNPU_LINK_ACK)
                        acked |= 1u << i;
            }
            b.h.port.select(&b.h, false);
            struct frame_status s = frame_do_nothing(&b.h);
            assert_true(s.good);
            // the device may have taken a block whose code came too early or too late to be seen
            unsigned before = 0;
            int count = 0;
            for (int i = 0; i < BLOCKS; i++)
                if (8 * b.code_at[i] + 7 < at) before |= 1u << i, count++;
            assert_int_equal(acked & before, before);
            int taken = (uint8_t)(s.accepted - accepted);
            assert_in_range(taken, count, count + 1);
            check(&b, taken == count ? before : before * 2 + 1, accepted);
        }
    }
    teardown(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_writes),
        cmocka_unit_test(test_cut_reads),
        cmocka_unit_test(test_wrong_bits),
        cmocka_unit_test(test_slipped_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
