// SPDX-License-Identifier: Apache-2.0
// The USB cable without hardware: driver, frames, MPSSE commands, pins, RTL. What runs above
// libftdi is what runs with a cable.
#include "ftdi_fake.h"
#include "tiny.h"
#include "tnpu_ftdi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    TIMEOUT_US = 60000000,
    BUFFER = 32768
}; // time of this machine, which may be slow to simulate

struct bench {
    struct ftdi_fake fake;
    struct tnpu_ftdi cable;
    struct tnpu_spi spi;
    struct tnpu_transport link;
    uint8_t buffer[BUFFER];
};

static struct bench *open_bench(void) {
    struct bench *b = calloc(1, sizeof *b);
    struct tnpu_error e = {""};
    assert_non_null(b);
    b->fake.serial = "FT1";
    b->fake.product = 0x6014;
    b->fake.latency_us = 20;
    b->fake.chip =
        tnpu_chip_open(&(struct tnpu_chip_options){.config = "t64", .core_ps = 20000}, &e);
    if (!b->fake.chip) fail_msg("%s", e.text);
    ftdi_fake_plug(&b->fake);
    return b;
}

static void close_bench(struct bench *b) {
    ftdi_fake_plug(NULL);
    tnpu_chip_close(b->fake.chip, NULL);
    free(b);
}

static int connect(struct bench *b, const char *serial, uint32_t khz) {
    int rc = tnpu_ftdi_open(&b->cable, &(struct tnpu_ftdi_options){serial, khz});
    return rc ? rc : tnpu_spi_init(&b->spi, &b->cable.port, b->buffer, sizeof b->buffer, &b->link);
}

static void runs(void **state) {
    static const struct {
        uint32_t khz, got;
    } rows[] = {{0, 15000}, {30000, 30000}, {12000, 10000}, {5000, 5000}, {100000, 30000}};
    struct tiny t;
    struct tnpu npu;
    (void)state;
    tiny_make(&t, "t64", 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *b = open_bench();
        char line[200];
        assert_int_equal(connect(b, i % 2 ? "FT1" : NULL, rows[i].khz), TNPU_OK);
        assert_int_equal(b->cable.sck_khz, rows[i].got);
        int rc = tiny_session(&t, &npu, &b->link, 0, 2, TIMEOUT_US);
        if (rc) fail_msg("%s", tnpu_error_text(&npu, line, sizeof line));
        printf("%u kHz: %llu bits, %u USB transfers\n", (unsigned)b->cable.sck_khz,
               (unsigned long long)b->fake.bits, (unsigned)b->fake.transfers);
        assert_int_equal(b->fake.unknown, 0);
        assert_int_equal(b->spi.counts.retries, 0);
        tnpu_ftdi_close(&b->cable);
        assert_int_equal(b->fake.is_open, 0);
        close_bench(b);
    }
    tiny_free(&t);
}

static void cannot_open(void **state) {
    static const struct {
        bool plugged, no_mpsse;
        int product, open_result;
        const char *serial;
        int status;
    } rows[] = {
        {false, false, 0x6014, 0, NULL, TNPU_ERR_NO_DEVICE},
        {true, false, 0x6001, 0, NULL, TNPU_ERR_NO_DEVICE}, // an FT232R
        {true, false, 0x6014, 0, "FT2", TNPU_ERR_NO_DEVICE},
        {true, false, 0x6010, -4, NULL, TNPU_ERR_PERMISSION},
        {true, false, 0x6010, -5, NULL, TNPU_ERR_BUS},
        {true, true, 0x6011, 0, NULL, TNPU_ERR_BUS},
        {true, false, 0x6011, 0, "FT1", TNPU_OK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *b = open_bench();
        b->fake.product = rows[i].product;
        b->fake.open_result = rows[i].open_result;
        b->fake.no_mpsse = rows[i].no_mpsse;
        if (!rows[i].plugged) ftdi_fake_plug(NULL);
        int rc = connect(b, rows[i].serial, 0);
        if (rc != rows[i].status) fail_msg("row %zu: %s", i, tnpu_status_text(rc));
        if (rc) {
            printf("%s: %s\n", tnpu_status_text(rc), b->cable.reason);
            assert_true(strlen(b->cable.reason) > 0);
            assert_int_equal(strstr(b->cable.reason, "of that serial number") != NULL,
                             rows[i].serial != NULL);
        }
        tnpu_ftdi_close(&b->cable);
        assert_false(b->fake.is_open);
        close_bench(b);
    }
}

/// The cable is pulled after any number of transfers; when it is back, all works.
static void unplugged(void **state) {
    struct tiny t;
    struct tnpu npu;
    unsigned failed = 0;
    (void)state;
    tiny_make(&t, "t64", 1);
    struct bench *b = open_bench();
    for (uint32_t n = 3; n < 100; n += 4) {
        b->fake.transfers = 0;
        b->fake.unplug_after = n;
        assert_int_equal(connect(b, NULL, 30000), TNPU_OK);
        int rc = tiny_session(&t, &npu, &b->link, 0, 2, TIMEOUT_US);
        failed += rc != TNPU_OK;
        if (rc) assert_int_equal(rc, TNPU_ERR_BUS);
        tnpu_ftdi_close(&b->cable);
        b->fake.unplug_after = 0;
        b->fake.answers = b->fake.taken = 0;
        assert_int_equal(connect(b, NULL, 30000), TNPU_OK);
        assert_int_equal(tiny_session(&t, &npu, &b->link, 0, 2, TIMEOUT_US), TNPU_OK);
        tnpu_ftdi_close(&b->cable);
    }
    printf("%u of 25 sessions lost their cable\n", failed);
    assert_in_range(failed, 5, 25);
    close_bench(b);
    tiny_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),
        cmocka_unit_test(cannot_open),
        cmocka_unit_test(unplugged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
