// SPDX-License-Identifier: Apache-2.0
// The SDIO transport against a card that was written apart from it: enumeration, transfers of any
// size, damaged commands and blocks, and commands that act exactly once.
#include "campaign.h"
#include "sdio_device.h"
#include "tiny.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned seeds = 1000;

struct bench {
    struct tnpu_model model;
    struct sdio_device device;
    struct tnpu_sdio sdio;
    struct tnpu_transport link;
};

static void open_bench(struct bench *b) {
    assert_int_equal(tnpu_model_init(&b->model, tnpu_config_find("t64")), 0);
    sdio_device_init(&b->device, &b->model);
    assert_int_equal(tnpu_sdio_init(&b->sdio, &b->device.port, &b->link), TNPU_OK);
}

static int put(struct bench *b, uint32_t addr, const void *bytes, size_t n) {
    return b->link.write(b->link.context, addr, bytes, n);
}

static int get(struct bench *b, uint32_t addr, void *bytes, size_t n) {
    return b->link.read(b->link.context, addr, bytes, n);
}

static void enumerates(void **state) {
    static const struct {
        unsigned bits, khz, got_bits, got_khz;
        uint8_t bus, speed;
    } rows[] = {
        {4, 50000, 4, 50000, 2, 2}, {4, 25000, 4, 25000, 2, 1}, {1, 48000, 1, 48000, 0, 2},
        {4, 48000, 4, 48000, 2, 2}, {1, 400, 1, 400, 0, 1},
    };
    uint8_t bytes[4];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench b;
        open_bench(&b);
        b.device.port.max_bits = rows[i].bits;
        b.device.port.max_khz = rows[i].khz;
        assert_int_equal(get(&b, TNPU_REG_ID, bytes, 4), TNPU_OK);
        assert_memory_equal(bytes, "UPNT", 4);
        assert_int_equal(b.device.bits, rows[i].got_bits);
        assert_int_equal(b.device.khz, rows[i].got_khz);
        assert_int_equal(b.device.cccr[7], rows[i].bus);
        assert_int_equal(b.device.cccr[0x13], rows[i].speed);
        assert_int_equal(b.device.cccr[4], 3); // interrupts on
        assert_int_equal(b.device.wrong, 0);
        tnpu_model_free(&b.model);
    }
}

static void any_place(void **state) {
    uint8_t *bytes = malloc(70000), *back = malloc(70000);
    struct bench b;
    (void)state;
    assert_true(bytes && back);
    srand(1);
    open_bench(&b);
    for (int i = 0; i < 500; i++) {
        uint32_t at = (uint32_t)(rand() % 65536);
        size_t n = (size_t)(rand() % (i % 10 ? 1500 : 65536)) + 1;
        if (n > 65536 - at) n = 65536 - at;
        for (size_t k = 0; k < n; k++) bytes[k] = (uint8_t)rand();
        memset(tnpu_model_fmem(&b.model), 0xAA, 65536);
        assert_int_equal(put(&b, TNPU_MAP_FMEM + at, bytes, n), TNPU_OK);
        assert_memory_equal(tnpu_model_fmem(&b.model) + at, bytes, n);
        if (at) assert_int_equal(tnpu_model_fmem(&b.model)[at - 1], 0xAA);
        if (at + n < 65536) assert_int_equal(tnpu_model_fmem(&b.model)[at + n], 0xAA);
        assert_int_equal(get(&b, TNPU_MAP_FMEM + at, back, n), TNPU_OK);
        assert_memory_equal(back, bytes, n);
    }
    assert_int_equal(b.device.wrong, 0);
    assert_int_equal(b.sdio.counts.retries, 0);
    tnpu_model_free(&b.model);
    free(bytes);
    free(back);
}

static void exactly_once(void **state) {
    unsigned done = 0, failed = 0, retried = 0;
    static const uint8_t start[4] = {1, 0, 0, 0};
    struct bench b;
    (void)state;
    for (unsigned seed = 1; seed <= 10 * seeds; seed++) {
        open_bench(&b);
        assert_int_equal(b.link.recover(b.link.context), TNPU_OK);
        b.device.random = seed * UINT64_C(0x9E3779B97F4A7C15);
        b.device.deaf = b.device.dumb = b.device.bad_block = b.device.bad_token = 200000;
        int rc = put(&b, TNPU_MAP_REGS + TNPU_REG_CTRL, start, 4);
        if (rc == TNPU_OK && b.device.starts != 1)
            fail_msg("seed %u: done, and started %u times", seed, (unsigned)b.device.starts);
        if (b.device.starts > 1) fail_msg("seed %u: failed, and started twice", seed);
        rc ? failed++ : done++;
        retried += b.sdio.counts.retries != 0;
        tnpu_model_free(&b.model);
    }
    printf("%u starts done, %u failed, %u with retries\n", done, failed, retried);
    assert_true(done > 9 * seeds && retried > seeds);
}

static void no_card(void **state) {
    struct bench b;
    struct tnpu_device dev;
    (void)state;
    open_bench(&b);
    b.device.gone = true;
    assert_int_equal(tnpu_device_open(&dev, &b.link), TNPU_ERR_LINK);
    assert_int_equal(dev.fault.cause, TNPU_ERR_NO_ANSWER);
    printf("%u commands to a card that is not there\n", (unsigned)b.device.commands);
    assert_true(b.device.commands < 2000);
    b.device.gone = false;
    assert_int_equal(tnpu_device_open(&dev, &b.link), TNPU_OK);
    tnpu_model_free(&b.model);
}

/// Of damaged blocks some pass. After a failure they are found, and weights that are locked, which
/// read as zeros, are not taken for damaged ones.
static void compares(void **state) {
    static const uint8_t lock = 1 << TNPU_REG_LOCK_WMEM_LSB;
    enum { BYTES = 1500 };
    uint8_t out[BYTES], in[BYTES];
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < BYTES; i++) out[i] = (uint8_t)(i * 7 + 1);
    assert_int_equal(put(&b, TNPU_MAP_FMEM, out, BYTES), TNPU_OK);
    b.device.bad_block = 1000000;
    assert_int_equal(put(&b, TNPU_MAP_FMEM, out, BYTES), TNPU_ERR_CRC);
    b.device.bad_block = 0;
    for (uint32_t slips = 1; slips < 4; slips++) {
        b.device.slips = slips;
        assert_int_equal(put(&b, TNPU_MAP_FMEM, out, BYTES), TNPU_OK);
        tnpu_model_read(&b.model, TNPU_MAP_FMEM, in, BYTES);
        assert_memory_equal(in, out, BYTES);
        b.device.slips = slips;
        assert_int_equal(get(&b, TNPU_MAP_FMEM, in, BYTES), TNPU_OK);
        assert_memory_equal(in, out, BYTES);
        assert_int_equal(b.device.slips, 0);
    }
    assert_int_equal(put(&b, TNPU_MAP_WMEM, out, BYTES), TNPU_OK);
    assert_int_equal(put(&b, TNPU_MAP_REGS + TNPU_REG_LOCK, &lock, 1), TNPU_OK);
    assert_in_range(b.sdio.doubt, 2, 16);
    assert_int_equal(put(&b, TNPU_MAP_WMEM, out, BYTES), TNPU_OK);
    assert_int_equal(get(&b, TNPU_MAP_WMEM, in, BYTES), TNPU_OK);
    for (size_t i = 0; i < BYTES; i++) assert_int_equal(in[i], 0);
    assert_int_equal(b.device.wrong, 0);
    tnpu_model_free(&b.model);
}

/// A bench whose card has the faults of another one.
struct bad_bench {
    struct bench b;
    struct sdio_device faults;
};

static void set_faults(struct sdio_device *d, const struct sdio_device *faults) {
    d->deaf = faults->deaf;
    d->dumb = faults->dumb;
    d->bad_block = faults->bad_block;
    d->bad_token = faults->bad_token;
    d->late = faults->late;
    d->reset = faults->reset;
    d->overlooked = faults->overlooked;
}

static const struct tnpu_transport *open_bad(void *context, unsigned seed) {
    struct bad_bench *bad = context;
    open_bench(&bad->b);
    bad->b.device.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    set_faults(&bad->b.device, &bad->faults);
    return &bad->b.link;
}

static void heal(void *context) {
    struct bad_bench *bad = context;
    set_faults(&bad->b.device, &(struct sdio_device){.deaf = 0});
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
        struct sdio_device faults;
    } rows[] = {
        {"1 % damaged", 990, {.deaf = 10000, .dumb = 10000, .bad_block = 10000}},
        {"10 % damaged", 800, {.deaf = 100000, .dumb = 100000, .bad_block = 100000}},
        {"10 % of tokens lost", 990, {.bad_token = 100000}},
        {"no interrupts", 1000, {.overlooked = 1000000}},
        {"half of the bytes late", 1000, {.late = 500000}},
        {"0.2 % resets", 0, {.reset = 2000}},
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
        cmocka_unit_test(enumerates), cmocka_unit_test(any_place), cmocka_unit_test(exactly_once),
        cmocka_unit_test(no_card),    cmocka_unit_test(compares),  cmocka_unit_test(faults),
    };
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
