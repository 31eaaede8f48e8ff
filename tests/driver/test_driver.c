// SPDX-License-Identifier: Apache-2.0
// The driver on the C model and on the RTL: right results, and a named error for everything that is
// asked out of turn or of the wrong chip.
#include "tiny.h"
#include "tnpu_link_faulty.h"
#include "tnpu_link_model.h"
#include "tnpu_link_verilated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TIMEOUT_US = 1000000 };

/// A chip of either kind.
struct chip {
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_rtl *rtl;
    struct tnpu_verilated_link rtl_link;
    struct tnpu_transport link;
};

static void chip_open(struct chip *c, bool rtl, const char *config) {
    struct tnpu_error e = {""};
    *c = (struct chip){0};
    if (rtl) {
        c->rtl = tnpu_rtl_open(config, &e);
        if (!c->rtl) fail_msg("%s", e.text);
        tnpu_verilated_link_init(&c->rtl_link, c->rtl, 50, &c->link);
    } else {
        assert_int_equal(tnpu_model_init(&c->model, tnpu_config_find(config)), 0);
        tnpu_model_link_init(&c->model_link, &c->model, &c->link);
    }
}

static void chip_close(struct chip *c) {
    if (c->rtl)
        tnpu_rtl_close(c->rtl);
    else
        tnpu_model_free(&c->model);
}

/// Runs the input and compares. Prints the driver's own words when it fails.
static void run(struct tnpu *npu, const struct tiny *t) {
    uint8_t result[TINY_RESULT_MAX];
    char line[160];
    if (tnpu_submit(npu, t->input, t->input_size) || tnpu_wait(npu, TIMEOUT_US) ||
        tnpu_result(npu, result, sizeof result))
        fail_msg("%s", tnpu_error_text(npu, line, sizeof line));
    assert_memory_equal(result, t->result, t->result_size);
}

static void runs(void **state) {
    struct chip c;
    struct tiny t;
    struct tnpu npu;
    struct tnpu_run_counters counters;
    uint32_t cycles[2];
    (void)state;
    tiny_make(&t, "t64", 1);
    for (int rtl = 0; rtl < 2; rtl++) {
        chip_open(&c, rtl, "t64");
        assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
        assert_int_equal(tnpu_load(&npu), TNPU_OK);
        for (uint64_t seed = 2; seed < 6; seed++) {
            tiny_input(&t, seed);
            run(&npu, &t);
        }
        assert_int_equal(tnpu_poll(&npu), 1);
        assert_int_equal(tnpu_counters(&npu, &counters), TNPU_OK);
        cycles[rtl] = counters.cycles - counters.stall_host;
        assert_int_equal(npu.device.fault.status, TNPU_OK);
        chip_close(&c);
    }
    printf("%u cycles\n", (unsigned)cycles[0]);
    assert_int_equal(cycles[0], cycles[1]);
    tiny_free(&t);
}

/// Who used the chip before left it another place to start at, and one to stop at.
static void after_another_host(void **state) {
    struct tiny t;
    (void)state;
    tiny_make(&t, "t64", 1);
    tiny_input(&t, 2);
    for (int reset = 0; reset < 2; reset++) {
        struct chip c;
        struct tnpu npu;
        chip_open(&c, false, "t64");
        if (reset) assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
        tnpu_model_set_reg(&c.model, TNPU_REG_START_PC, 1);
        tnpu_model_set_reg(&c.model, TNPU_REG_STOP_AT, UINT32_C(0x80000001));
        if (reset)
            assert_int_equal(tnpu_reset(&npu), TNPU_OK);
        else
            assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
        assert_int_equal(tnpu_load(&npu), TNPU_OK);
        run(&npu, &t);
        chip_close(&c);
    }
    tiny_free(&t);
}

static void polls(void **state) {
    struct chip c;
    struct tiny t;
    struct tnpu npu;
    int rc = 0, polls = 0;
    (void)state;
    tiny_make(&t, "t64", 1);
    chip_open(&c, true, "t64");
    c.link.wait_irq = NULL; // the pin is not connected
    assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
    assert_int_equal(tnpu_load(&npu), TNPU_OK);
    run(&npu, &t);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    for (; rc == 0 && polls < 100000; polls++) rc = tnpu_poll(&npu);
    printf("%d polls\n", polls);
    assert_int_equal(rc, 1);
    assert_true(polls > 1);
    chip_close(&c);
    tiny_free(&t);
}

static void out_of_turn(void **state) {
    struct chip c;
    struct tiny t;
    struct tnpu npu;
    uint8_t result[TINY_RESULT_MAX];
    struct tnpu_run_counters counters;
    (void)state;
    tiny_make(&t, "t64", 1);
    chip_open(&c, true, "t64");
    assert_int_equal(tnpu_open(&npu, &c.link, NULL), TNPU_ERR_ARGUMENT);
    assert_int_equal(tnpu_open(&npu, NULL, &t.net), TNPU_ERR_ARGUMENT);
    assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_ERR_STATE); // not loaded
    assert_int_equal(tnpu_wait(&npu, 1), TNPU_ERR_STATE);
    assert_int_equal(tnpu_poll(&npu), TNPU_ERR_STATE);
    assert_int_equal(tnpu_load(&npu), TNPU_OK);
    assert_int_equal(tnpu_result(&npu, result, sizeof result), TNPU_ERR_STATE); // nothing has run
    assert_int_equal(tnpu_counters(&npu, &counters), TNPU_ERR_STATE);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size - 1), TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size + 1), TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_submit(&npu, NULL, t.input_size), TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_ERR_STATE); // it runs
    assert_int_equal(tnpu_load(&npu), TNPU_ERR_STATE);
    assert_int_equal(tnpu_result(&npu, result, sizeof result), TNPU_ERR_STATE);
    assert_int_equal(tnpu_wait(&npu, 1), TNPU_ERR_TIMEOUT); // 50 cycles are too few
    assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_OK);
    assert_int_equal(tnpu_result(&npu, result, t.result_size - 1), TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_result(&npu, result, t.result_size), TNPU_OK);
    assert_memory_equal(result, t.result, t.result_size); // none of it did harm
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    assert_int_equal(tnpu_reset(&npu), TNPU_OK); // in the middle
    assert_int_equal(tnpu_result(&npu, result, sizeof result), TNPU_ERR_STATE);
    run(&npu, &t);
    chip_close(&c);
    tiny_free(&t);
}

static void wrong_chip(void **state) {
    struct chip c;
    struct tiny t;
    struct tnpu npu;
    char line[160];
    (void)state;
    tiny_make(&t, "t64", 1);
    chip_open(&c, false, "t256");
    assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_ERR_CONFIG);
    assert_string_equal(tnpu_error_text(&npu, line, sizeof line),
                        "identification: the program is for another configuration of the chip");
    assert_int_equal(tnpu_load(&npu), TNPU_ERR_STATE);
    assert_int_equal(tnpu_reset(&npu), TNPU_ERR_STATE);
    chip_close(&c);
    tiny_free(&t);
}

/// A thing that answers every read with the same byte, or with some registers' values.
struct stranger {
    int byte; ///< -1: the five identity registers below
    uint32_t word[5], now;
};

static int stranger_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    (void)context, (void)addr, (void)bytes, (void)n;
    return TNPU_OK;
}

static int stranger_read(void *context, uint32_t addr, void *bytes, size_t n) {
    struct stranger *s = context;
    uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        b[i] = s->byte >= 0         ? (uint8_t)s->byte
               : (addr + i) / 4 < 5 ? (uint8_t)(s->word[(addr + i) / 4] >> 8 * ((addr + i) % 4))
                                    : 0;
    return TNPU_OK;
}

static uint32_t stranger_now(void *context) {
    struct stranger *s = context;
    return s->now += 10;
}

static void stranger(void **state) {
    static const struct {
        struct stranger s;
        int status;
    } rows[] = {
        {{.byte = 0xff}, TNPU_ERR_IDENTITY},
        {{.byte = 0x00}, TNPU_ERR_IDENTITY},
        {{-1, {0x12345678, 0x10000, 0x401004, 65536, 65536}, 0}, TNPU_ERR_IDENTITY},
        {{-1, {TNPU_ISA_ID, 0x20000, 0x401004, 65536, 65536}, 0}, TNPU_ERR_VERSION},
        {{-1, {TNPU_ISA_ID, 0x10000, 0x400804, 65536, 65536}, 0}, TNPU_ERR_VERSION}, // DOT 8
        {{-1, {TNPU_ISA_ID, 0x10000, 0x401008, 65536, 65536}, 0}, TNPU_ERR_CONFIG},  // 8 lanes
        {{-1, {TNPU_ISA_ID, 0x10000, 0x11004, 65536, 65536}, 0}, TNPU_ERR_CONFIG},   // no IMEM
        {{-1, {TNPU_ISA_ID, 0x10000, 0x401004, 16, 65536}, 0}, TNPU_ERR_CONFIG},     // small WMEM
        {{-1, {TNPU_ISA_ID, 0x10000, 0x401004, 65536, 16}, 0}, TNPU_ERR_CONFIG},     // small FMEM
        {{-1, {TNPU_ISA_ID, 0x10000, 0x401004, 65536, 65536}, 0}, TNPU_OK},
    };
    struct tiny t;
    (void)state;
    tiny_make(&t, "t64", 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stranger s = rows[i].s;
        struct tnpu_transport link = {.context = &s,
                                      .write = stranger_write,
                                      .read = stranger_read,
                                      .now_us = stranger_now,
                                      .max_bytes = 64};
        struct tnpu npu;
        int rc = tnpu_open(&npu, &link, &t.net);
        if (rc != rows[i].status) fail_msg("row %zu: %d %s", i, rc, tnpu_status_text(rc));
        if (rc) continue;
        // It looks like a chip, but its program never ends, and it has no memory of IRQ_ENABLE
        assert_int_equal(tnpu_load(&npu), TNPU_ERR_RUN_LOST);
    }
    tiny_free(&t);
}

/// After any number of accesses the chip answers no more: a named error each time, and when it is
/// back, a reset and a run succeed.
static void falls_silent(void **state) {
    struct tiny t;
    struct chip c;
    struct tnpu npu;
    uint8_t result[TINY_RESULT_MAX];
    char line[160];
    int failed = 0;
    (void)state;
    tiny_make(&t, "t64", 1);
    chip_open(&c, false, "t64");
    for (uint32_t n = 3; n < 103; n++) {
        struct tnpu_faulty f = {.inner = &c.link, .seed = n, .die_after = n};
        struct tnpu_transport link;
        tnpu_faulty_init(&f, &link);
        int rc = tnpu_open(&npu, &link, &t.net);
        assert_int_equal(rc, TNPU_OK);
        if (!rc) rc = tnpu_load(&npu);
        if (!rc) rc = tnpu_submit(&npu, t.input, t.input_size);
        if (!rc) rc = tnpu_wait(&npu, TIMEOUT_US);
        if (!rc) rc = tnpu_result(&npu, result, sizeof result);
        if (rc) {
            failed++;
            assert_int_equal(rc, TNPU_ERR_LINK);
            assert_non_null(strstr(tnpu_error_text(&npu, line, sizeof line), "the link failed"));
        } else {
            assert_memory_equal(result, t.result, t.result_size);
        }
        f.die_after = 0;
        assert_int_equal(tnpu_reset(&npu), TNPU_OK);
        if (npu.phase == TNPU_PHASE_OPEN) assert_int_equal(tnpu_load(&npu), TNPU_OK);
        run(&npu, &t);
    }
    printf("%d of 100 runs ended with TNPU_ERR_LINK\n", failed);
    assert_in_range(failed, 5, 99);
    chip_close(&c);
    tiny_free(&t);
}

static void outside_the_map(void **state) {
    static const struct {
        uint32_t addr;
        size_t n;
        int status;
    } rows[] = {
        {TNPU_MAP_FMEM, 65536, TNPU_OK},
        {TNPU_MAP_FMEM, 65537, TNPU_ERR_RANGE},
        {TNPU_MAP_FMEM + 65535, 1, TNPU_OK},
        {TNPU_MAP_FMEM + 65535, 2, TNPU_ERR_RANGE},
        {TNPU_MAP_FMEM - 4, 4, TNPU_ERR_RANGE},
        {TNPU_MAP_WMEM + 65536, 4, TNPU_ERR_RANGE},
        {TNPU_MAP_IMEM, 64 * 64, TNPU_OK},
        {TNPU_MAP_IMEM + 64 * 64, 1, TNPU_ERR_RANGE},
        {TNPU_MAP_FMEM, SIZE_MAX, TNPU_ERR_RANGE},
        {UINT32_MAX, 1, TNPU_ERR_RANGE},
        {0x100, 4, TNPU_ERR_RANGE},
    };
    static uint8_t bytes[65537];
    struct chip c;
    struct tnpu_device dev;
    char line[100];
    (void)state;
    chip_open(&c, false, "t64");
    assert_int_equal(tnpu_device_open(&dev, &c.link), TNPU_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(tnpu_device_read(&dev, rows[i].addr, bytes, rows[i].n), rows[i].status);
        assert_int_equal(tnpu_device_write(&dev, rows[i].addr, bytes, rows[i].n), rows[i].status);
    }
    assert_non_null(strstr(tnpu_device_error(&dev, line, sizeof line), "(address 0x00000100)"));
    assert_int_equal(strlen(tnpu_device_error(&dev, line, 20)), 19); // cut to fit
    assert_int_equal(tnpu_device_state(&dev), TNPU_DEVICE_IDLE); // nothing of it reached the chip
    chip_close(&c);
}

static void npu_error(void **state) {
    struct tiny t;
    struct chip c;
    struct tnpu npu;
    char line[160];
    uint8_t bad[64];
    (void)state;
    tiny_make(&t, "t64", 1);
    chip_open(&c, false, "t64");
    assert_int_equal(tnpu_open(&npu, &c.link, &t.net), TNPU_OK);
    assert_int_equal(tnpu_load(&npu), TNPU_OK);
    memset(bad, 0xff, sizeof bad);
    assert_int_equal(tnpu_device_write(&npu.device, TNPU_MAP_IMEM + 64, bad, sizeof bad), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_ERR_NPU);
    assert_string_equal(tnpu_error_text(&npu, line, sizeof line),
                        "wait for the program's end: the NPU stopped the program with an error "
                        "(instruction 1: illegal opcode)");
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_ERR_STATE); // reset it first
    assert_int_equal(tnpu_reset(&npu), TNPU_OK);
    run(&npu, &t);
    tnpu_model_reset(&c.model); // behind the driver's back
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_ERR_NPU); // no program
    assert_int_equal(tnpu_reset(&npu), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t.input, t.input_size), TNPU_OK);
    tnpu_model_reset(&c.model);
    assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_ERR_RUN_LOST);
    assert_int_equal(tnpu_reset(&npu), TNPU_OK);
    run(&npu, &t);
    chip_close(&c);
    tiny_free(&t);
}

static void texts(void **state) {
    (void)state;
#define X(name, number, text)                                                                      \
    assert_string_equal(tnpu_status_text(TNPU_##name), text);                                      \
    assert_true(TNPU_##name <= 0);
    TNPU_STATUS_LIST(X)
#undef X
    assert_string_equal(tnpu_status_text(1), "done");
    assert_string_equal(tnpu_status_text(-1000), "no status of this driver");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),        cmocka_unit_test(polls),
        cmocka_unit_test(out_of_turn), cmocka_unit_test(wrong_chip),
        cmocka_unit_test(stranger),    cmocka_unit_test(falls_silent),
        cmocka_unit_test(npu_error),   cmocka_unit_test(outside_the_map),
        cmocka_unit_test(texts),       cmocka_unit_test(after_another_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
