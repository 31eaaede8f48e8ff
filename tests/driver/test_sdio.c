// SPDX-License-Identifier: Apache-2.0
// The SDIO transport against a card that was written apart from it: enumeration, transfers of any
// size, damaged commands and blocks, and commands that act exactly once.
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
enum { TIMEOUT_US = 200000 };

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

/// `least`: thousandths of the sessions that must end with the right bytes.
static void campaign(const char *what, const struct sdio_device *faults, unsigned least) {
    struct tiny t;
    unsigned right = 0, named[32] = {0};
    uint64_t retries = 0;
    tiny_make(&t, "t64", 1);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        struct bench b;
        struct tnpu npu;
        open_bench(&b);
        b.device.random = seed * UINT64_C(0x9E3779B97F4A7C15);
        b.device.deaf = faults->deaf;
        b.device.dumb = faults->dumb;
        b.device.bad_block = faults->bad_block;
        b.device.bad_token = faults->bad_token;
        b.device.reset = faults->reset;
        b.device.late = faults->late;
        b.device.overlooked = faults->overlooked;
        int rc = tiny_session(&t, &npu, &b.link, seed, 3, TIMEOUT_US);
        retries += b.sdio.counts.retries;
        if (rc)
            named[-rc]++;
        else
            right++;
        b.device.deaf = b.device.dumb = b.device.bad_block = b.device.bad_token = 0;
        b.device.reset = b.device.overlooked = b.device.late = 0;
        if (rc && npu.phase != TNPU_PHASE_CLOSED) assert_int_equal(tnpu_reset(&npu), TNPU_OK);
        if (rc) assert_int_equal(tiny_session(&t, &npu, &b.link, seed, 3, TIMEOUT_US), TNPU_OK);
        tnpu_model_free(&b.model);
    }
    printf("%-22s %u seeds: right %u, %llu retries;", what, seeds, right,
           (unsigned long long)retries);
    for (int i = 1; i < 32; i++)
        if (named[i]) printf(" %u x \"%s\"", named[i], tnpu_status_text(-i));
    putchar('\n');
    if ((uint64_t)right * 1000 < (uint64_t)seeds * least)
        fail_msg("%s: only %u of %u right", what, right, seeds);
    tiny_free(&t);
}

static void faults(void **state) {
    (void)state;
    campaign("1 % damaged", &(struct sdio_device){.deaf = 10000, .dumb = 10000, .bad_block = 10000},
             990);
    campaign("10 % damaged",
             &(struct sdio_device){.deaf = 100000, .dumb = 100000, .bad_block = 100000}, 800);
    campaign("10 % of tokens lost", &(struct sdio_device){.bad_token = 100000}, 990);
    campaign("no interrupts", &(struct sdio_device){.overlooked = 1000000}, 1000);
    campaign("half of the bytes late", &(struct sdio_device){.late = 500000}, 1000);
    campaign("0.2 % resets", &(struct sdio_device){.reset = 2000}, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enumerates), cmocka_unit_test(any_place), cmocka_unit_test(exactly_once),
        cmocka_unit_test(no_card),    cmocka_unit_test(faults),
    };
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
