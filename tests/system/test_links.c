// SPDX-License-Identifier: Apache-2.0
// `tnpu run` by every way to the chip: the default network's bytes and cycles are the same on all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"

#include <string.h>

#define PICTURE TNPU_SOURCE_DIR "/models/samples/heart.png"

/// The part of a line of `run --json` that must not depend on the way: top, output, cycles.
static char *result_of(struct child *c) {
    child_worked(c);
    char *end = strstr(c->out, ",\"us\":");
    assert_non_null(strstr(c->out, "\"cycles\":"));
    assert_non_null(end);
    *end = 0;
    return c->out;
}

static void same_everywhere(void **state) {
    static const struct {
        const char *on, *core_mhz, *option, *value;
    } rows[] = {
        {"rtl", "50", "--top", "5"},        {"spi", "50", "--sck-mhz", "40"},
        {"spi", "50", "--sck-mhz", "7"},    {"spi", "50", "--sck-mhz", "199"},
        {"spi", "33", "--sck-mhz", "100"},  {"sdio", "50", "--sdio-bits", "4"},
        {"sdio", "50", "--sdio-bits", "1"}, {"sdio", "50", "--sd-mhz", "25"},
        {"sdio", "100", "--sd-mhz", "48"},
    };
    struct child model, c;
    (void)state;
    child_run(&model, 120, "run", TNPU_PROGRAM, PICTURE, "--json", NULL);
    const char *right = result_of(&model);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        child_run(&c, 300, "run", TNPU_PROGRAM, PICTURE, "--json", "--on", rows[i].on, "--core-mhz",
                  rows[i].core_mhz, rows[i].option, rows[i].value, NULL);
        assert_string_equal(result_of(&c), right);
    }
}

static void no_such_way(void **state) {
    struct child c;
    (void)state;
    static const struct {
        const char *on, *option, *mhz;
    } clocks[] = {{"spi", "--sck-mhz", "1e-5"},
                  {"spi", "--sck-mhz", "201"},
                  {"sdio", "--sd-mhz", "1e-5"},
                  {"sdio", "--sd-mhz", "101"}};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        child_run(&c, 60, "run", TNPU_PROGRAM, PICTURE, "--on", clocks[i].on, clocks[i].option,
                  clocks[i].mhz, NULL);
        child_refused(&c, "which a core of 50 MHz");
    }
    static const char *const cable_mhz[] = {"31", "1e9", "1e-5"};
    for (size_t i = 0; i < sizeof cable_mhz / sizeof *cable_mhz; i++) {
        child_run(&c, 60, "run", TNPU_PROGRAM, PICTURE, "--on", "ftdi", "--sck-mhz", cable_mhz[i],
                  NULL);
        child_refused(&c, "which the USB adapter can");
    }
    child_run(&c, 60, "run", TNPU_PROGRAM, PICTURE, "--on", "pigeon", NULL);
    child_misused(&c, "--on takes");
}

static void probes(void **state) {
    static const char *const on[] = {"model", "rtl", "spi", "sdio"};
    struct child c;
    (void)state;
    for (size_t i = 0; i < sizeof on / sizeof *on; i++) {
        child_run(&c, 120, "probe", "--on", on[i], "--config", "t64", "--json", NULL);
        child_worked(&c);
        assert_non_null(strstr(c.out, "\"config\":\"t64\",\"lanes\":4,\"imem\":64,"));
        child_run(&c, 120, "probe", "--on", on[i], "--config", "t64", NULL);
        child_worked(&c);
        assert_non_null(strstr(c.out, "bytes came back as they were"));
    }
    child_run(&c, 60, "probe", "--on", "ftdi", "--serial", "none such", NULL);
    child_refused(&c, "no such device is plugged in");
    child_run(&c, 60, "probe", NULL);
    child_misused(&c, "--on takes");
    child_run(&c, 60, "probe", "--on", "spi", "--config", "t512", NULL);
    child_refused(&c, "no chip of that configuration, but of t64");
    child_run(&c, 60, "probe", "--on", "spi", "--config", "t65", NULL);
    child_misused(&c, "--config takes");
    static const char *const bits[] = {"0", "3", "8"};
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        child_run(&c, 60, "probe", "--on", "sdio", "--sdio-bits", bits[i], NULL);
        child_misused(&c, "--sdio-bits takes");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_everywhere),
        cmocka_unit_test(no_such_way),
        cmocka_unit_test(probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
