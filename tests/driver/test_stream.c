// SPDX-License-Identifier: Apache-2.0
// Stream mode on the C model and on the RTL: each picture's right result, in order; and by seed on
// bad days.
#include "tiny.h"
#include "tnpu_link_faulty.h"
#include "tnpu_link_model.h"
#include "tnpu_link_verilated.h"
#include "tnpu_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TIMEOUT_US = 100000, PICTURES = 8 };

/// Streams PICTURES pictures. Returns 0 when all results were right, or the first error.
static int stream(struct tnpu *npu, struct tiny *t, uint32_t *looks) {
    struct tnpu_stream s;
    uint8_t right[2][TINY_RESULT_MAX], result[TINY_RESULT_MAX];
    int rc = tnpu_stream_begin(&s, npu);
    for (unsigned i = 0; !rc && i <= PICTURES; i++) {
        memset(result, 0x55, sizeof result);
        if (i < PICTURES) {
            tiny_input(t, 100 + i);
            memcpy(right[i % 2], t->result, t->result_size);
            rc = tnpu_stream_push(&s, t->input, t->input_size, result, sizeof result, TIMEOUT_US);
        } else {
            rc = tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US);
        }
        if (rc < 0) return rc;
        assert_int_equal(rc, i != 0);
        if (rc) assert_memory_equal(result, right[(i + 1) % 2], t->result_size);
        rc = 0;
    }
    if (!rc) assert_int_equal(tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US), 0);
    *looks = s.looks;
    return rc;
}

static void streams(void **state) {
    struct tiny t;
    struct tnpu npu;
    struct tnpu_transport link;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_verilated_link rtl_link;
    struct tnpu_error e;
    uint32_t looks;
    (void)state;
    for (uint64_t seed = 1; seed < 6; seed++) {
        tiny_make(&t, "t64", seed);
        assert_true(t.net.input_reserved);
        assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
        tnpu_model_link_init(&model_link, &model, &link);
        assert_int_equal(tnpu_open(&npu, &link, &t.net), TNPU_OK);
        struct tnpu_stream s;
        assert_int_equal(tnpu_stream_begin(&s, &npu), TNPU_ERR_STATE); // not loaded
        assert_int_equal(tnpu_load(&npu), TNPU_OK);
        assert_int_equal(stream(&npu, &t, &looks), TNPU_OK);
        t.net.input_reserved = false; // as if the program overwrote its input
        assert_int_equal(stream(&npu, &t, &looks), TNPU_OK);
        assert_int_equal(looks, 0);
        t.net.input_reserved = true;
        tnpu_model_free(&model);

        struct tnpu_rtl *rtl = tnpu_rtl_open("t64", &e);
        assert_non_null(rtl);
        tnpu_verilated_link_init(&rtl_link, rtl, 50, &link);
        assert_int_equal(tnpu_open(&npu, &link, &t.net), TNPU_OK);
        assert_int_equal(tnpu_load(&npu), TNPU_OK);
        assert_int_equal(stream(&npu, &t, &looks), TNPU_OK);
        tnpu_rtl_close(rtl);
        tiny_free(&t);
    }
}

static void reset_model(void *chip) {
    tnpu_model_reset(chip);
}

static void bad_days(void **state) {
    struct tiny t;
    struct tnpu npu;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_transport good, bad;
    unsigned right = 0, named = 0;
    uint32_t looks;
    (void)state;
    tiny_make(&t, "t64", 1);
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        struct tnpu_faulty f = {.inner = &good,
                                .seed = seed,
                                .drop = 5000,
                                .cut = 5000,
                                .flip = 10,
                                .irq = 100000,
                                .delay = 1000,
                                .reset = 500,
                                .reset_chip = reset_model,
                                .chip = &model};
        tnpu_model_link_init(&model_link, &model, &good);
        assert_int_equal(tnpu_open(&npu, &good, &t.net), TNPU_OK);
        assert_int_equal(tnpu_load(&npu), TNPU_OK);
        tnpu_faulty_init(&f, &bad);
        npu.device.link = &bad;
        int rc = stream(&npu, &t, &looks);
        if (rc == TNPU_OK) {
            right++;
            continue;
        }
        named++;
        npu.device.link = &good;
        assert_int_equal(tnpu_reset(&npu), TNPU_OK);
        assert_int_equal(stream(&npu, &t, &looks), TNPU_OK);
    }
    printf("1000 seeds: right %u, a named error, reset and right %u\n", right, named);
    assert_true(right > 500 && named > 20);
    tnpu_model_free(&model);
    tiny_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(bad_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
