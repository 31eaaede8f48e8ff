// SPDX-License-Identifier: Apache-2.0
// The SPI transport against a decoder of the frames that was written apart from it: bytes on the
// wire, noise, cut frames, extra clocks, and commands that act exactly once.
#include "campaign.h"
#include "spi_device.h"
#include "tiny.h"
#include "tnpu_crc16.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned seeds = 300;
enum { BUFFER = 4096 };

struct bench {
    struct tnpu_model model;
    struct spi_device device;
    struct tnpu_spi spi;
    struct tnpu_transport link;
    uint8_t buffer[BUFFER];
};

static void open_bench(struct bench *b, size_t buffer) {
    assert_int_equal(tnpu_model_init(&b->model, tnpu_config_find("t64")), 0);
    spi_device_init(&b->device, &b->model);
    assert_int_equal(tnpu_spi_init(&b->spi, &b->device.port, b->buffer, buffer, &b->link), TNPU_OK);
}

static int put(struct bench *b, uint32_t addr, const void *bytes, size_t n) {
    return b->link.write(b->link.context, addr, bytes, n);
}

static int get(struct bench *b, uint32_t addr, void *bytes, size_t n) {
    return b->link.read(b->link.context, addr, bytes, n);
}

/// The frames of docs/LINK.md, byte by byte.
static void wire(void **state) {
    static const uint8_t check[] = "123456789";
    static const uint8_t value[4] = {0x78, 0x56, 0x34, 0x12};
    uint8_t expected[17] = {0x57, 0x00, 0x00, 0x28, 0x00, 0x00, 0x04,
                            0,    0,    0,    0x78, 0x56, 0x34, 0x12};
    struct bench b;
    uint8_t bytes[4];
    (void)state;
    assert_int_equal(tnpu_crc16(check, 9), 0xD64E);
    open_bench(&b, BUFFER);
    expected[7] = (uint8_t)(tnpu_crc16(expected, 7) >> 8);
    expected[8] = (uint8_t)tnpu_crc16(expected, 7);
    expected[14] = (uint8_t)(tnpu_crc16(expected + 10, 4) >> 8);
    expected[15] = (uint8_t)tnpu_crc16(expected + 10, 4);
    assert_int_equal(put(&b, TNPU_REG_START_PC, value, 4), TNPU_OK);
    assert_memory_equal(b.device.mosi, expected, sizeof expected);
    assert_int_equal(b.device.bits, 8 * 17);
    assert_int_equal(tnpu_model_reg(&b.model, TNPU_REG_START_PC), 0x5678);
    assert_int_equal(b.device.accepted, 1);
    assert_int_equal(get(&b, TNPU_REG_ID, bytes, 4), TNPU_OK);
    assert_memory_equal(bytes, "UPNT", 4);
    assert_memory_equal(b.device.mosi, "\x52\0\0\0\0\0\4", 7);
    assert_int_equal(b.spi.counts.transfers, 2);
    assert_int_equal(b.spi.counts.retries, 0);
    tnpu_model_free(&b.model);
}

/// Any bytes anywhere, whatever the size of the buffer and the mood of the chip.
static void any_place(void **state) {
    uint8_t *bytes = malloc(70000), *back = malloc(70000);
    struct bench b;
    (void)state;
    assert_true(bytes && back);
    srand(1);
    for (int i = 0; i < 300; i++) {
        open_bench(&b, i % 3 ? TNPU_SPI_BUFFER_MIN + (size_t)(rand() % 2000) : TNPU_SPI_BUFFER_MIN);
        b.device.waits = i % 4 ? (unsigned)(rand() % 20) : 0;
        b.device.busy = i % 5 ? 0 : 100000;
        uint32_t at = (uint32_t)(rand() % 65536);
        size_t n = (size_t)(rand() % (i % 10 ? 500 : 65536)) + 1;
        if (n > 65536 - at) n = 65536 - at;
        for (size_t k = 0; k < n; k++) bytes[k] = (uint8_t)rand();
        memset(tnpu_model_fmem(&b.model), 0xAA, 65536);
        assert_int_equal(put(&b, TNPU_MAP_FMEM + at, bytes, n), TNPU_OK);
        assert_memory_equal(tnpu_model_fmem(&b.model) + at, bytes, n);
        if (at) assert_int_equal(tnpu_model_fmem(&b.model)[at - 1], 0xAA);
        if (at + n < 65536) assert_int_equal(tnpu_model_fmem(&b.model)[at + n], 0xAA);
        assert_int_equal(get(&b, TNPU_MAP_FMEM + at, back, n), TNPU_OK);
        assert_memory_equal(back, bytes, n);
        assert_int_equal(b.spi.counts.retries, b.device.busy ? b.spi.counts.retries : 0);
        tnpu_model_free(&b.model);
    }
    free(bytes);
    free(back);
}

/// Payload over SCK for a picture of 224 x 224 x 3, on a chip that is large enough.
static void payload(void **state) {
    static uint8_t picture[150528];
    struct bench b;
    (void)state;
    open_bench(&b, 1000);
    tnpu_model_free(&b.model);
    assert_int_equal(tnpu_model_init(&b.model, tnpu_config_find("t256")), 0);
    struct tnpu_device dev;
    assert_int_equal(tnpu_device_open(&dev, &b.link), TNPU_OK);
    uint64_t before = b.device.bits;
    assert_int_equal(tnpu_device_write(&dev, TNPU_MAP_FMEM, picture, sizeof picture), TNPU_OK);
    double up = 8.0 * sizeof picture / (double)(b.device.bits - before);
    before = b.device.bits;
    assert_int_equal(tnpu_device_read(&dev, TNPU_MAP_FMEM, picture, sizeof picture), TNPU_OK);
    double down = 8.0 * sizeof picture / (double)(b.device.bits - before);
    printf("payload of 150528 bytes: write %.1f %%, read %.1f %% of SCK\n", 100 * up, 100 * down);
    assert_true(up >= 0.93 && down >= 0.93);
    tnpu_model_free(&b.model);
}

/// However bad the wire is, a start that is reported as done has happened once, and one that is
/// reported as failed at most once.
static void exactly_once(void **state) {
    unsigned done = 0, failed = 0, retried = 0;
    static const uint8_t start[4] = {1, 0, 0, 0};
    struct bench b;
    (void)state;
    for (unsigned seed = 1; seed <= 20 * seeds; seed++) {
        open_bench(&b, BUFFER);
        b.device.random = seed * UINT64_C(0x9E3779B97F4A7C15);
        b.device.noise_miso = seed % 3 ? 10000 : 3000;
        b.device.noise_mosi = seed % 2 ? 3000 : 0;
        b.device.cut = 100000;
        int rc = put(&b, TNPU_MAP_REGS + TNPU_REG_CTRL, start, 4);
        if (rc == TNPU_OK && b.device.starts != 1)
            fail_msg("seed %u: done, and started %u times", seed, (unsigned)b.device.starts);
        if (b.device.starts > 1) fail_msg("seed %u: failed, and started twice", seed);
        rc ? failed++ : done++;
        retried += b.spi.counts.retries != 0;
        tnpu_model_free(&b.model);
    }
    printf("%u starts done, %u failed, %u with retries\n", done, failed, retried);
    assert_true(done > 10 * seeds && retried > seeds);
}

static void dead_wires(void **state) {
    struct bench b;
    struct tnpu_device dev;
    char line[200];
    (void)state;
    for (int level = 0; level < 2; level++) {
        open_bench(&b, BUFFER);
        b.device.stuck = level;
        assert_int_equal(tnpu_device_open(&dev, &b.link), TNPU_ERR_LINK);
        assert_int_equal(dev.fault.cause, TNPU_ERR_NO_ANSWER);
        printf("%s; %u bits clocked\n", tnpu_device_error(&dev, line, sizeof line),
               (unsigned)b.device.bits);
        assert_true(b.device.bits < 1000000);
        tnpu_model_free(&b.model);
    }
}

static void interrupt_by_status(void **state) {
    struct bench b;
    static const uint8_t on[4] = {2, 0, 0, 0}, start[4] = {1, 0, 0, 0};
    (void)state;
    open_bench(&b, BUFFER);
    b.device.port.wait_irq = NULL; // the pin is not connected
    assert_int_equal(put(&b, TNPU_REG_IRQ_ENABLE, on, 4), TNPU_OK);
    assert_int_equal(b.link.wait_irq(b.link.context, 100), 0);
    assert_int_equal(put(&b, TNPU_REG_CTRL, start, 4), TNPU_OK); // no program: an error
    assert_int_equal(b.link.wait_irq(b.link.context, 100), 1);
    tnpu_model_free(&b.model);
}

/// A bench whose device has the faults of another one.
struct bad_bench {
    struct bench b;
    struct spi_device faults;
};

static void set_faults(struct spi_device *d, const struct spi_device *faults) {
    d->noise_mosi = d->noise_miso = faults->noise_mosi;
    d->cut = faults->cut;
    d->extra = faults->extra;
    d->reset = faults->reset;
    d->overlooked = faults->overlooked;
}

static const struct tnpu_transport *open_bad(void *context, unsigned seed) {
    struct bad_bench *bad = context;
    open_bench(&bad->b, 1000);
    bad->b.device.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    set_faults(&bad->b.device, &bad->faults);
    return &bad->b.link;
}

static void heal(void *context) {
    struct bad_bench *bad = context;
    set_faults(&bad->b.device, &(struct spi_device){.cut = 0});
}

static void close_bad(void *context) {
    struct bad_bench *bad = context;
    tnpu_model_free(&bad->b.model);
}

static void faults(void **state) {
    static const struct campaign_ops ops = {open_bad, heal, close_bad, NULL};
    static const struct {
        const char *what;
        unsigned least; ///< thousandths
        struct spi_device faults;
    } rows[] = {
        {"bit errors 1e-6", 990, {.noise_mosi = 1}},
        {"bit errors 1e-5", 990, {.noise_mosi = 10}},
        {"bit errors 1e-4", 900, {.noise_mosi = 100}},
        {"bit errors 1e-3", 0, {.noise_mosi = 1000}},
        {"10 % cut", 900, {.cut = 100000}},
        {"all cut somewhere", 0, {.cut = 1000000}}, // a block's tries run out here and there
        {"10 % extra clocks", 900, {.extra = 100000}},
        {"no interrupts", 1000, {.overlooked = 1000000}},
        {"1 % resets", 0, {.reset = 10000}},
    };
    struct bad_bench bad;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bad.faults = rows[i].faults;
        campaign(rows[i].what, seeds, rows[i].least, 3, &ops, &bad);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire),       cmocka_unit_test(any_place),
        cmocka_unit_test(payload),    cmocka_unit_test(exactly_once),
        cmocka_unit_test(dead_wires), cmocka_unit_test(interrupt_by_status),
        cmocka_unit_test(faults),
    };
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
