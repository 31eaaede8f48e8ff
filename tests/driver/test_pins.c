// SPDX-License-Identifier: Apache-2.0
// The default network through driver, frames, pins and RTL: the model's bytes, how much of the wire
// is payload, and how many pictures a second stream mode brings.
#include "tnpu_file.h"
#include "tnpu_link_model.h"
#include "tnpu_spec.h"
#include "tnpu_spi_host.h"
#include "tnpu_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TIMEOUT_US = 100000, INPUT = 56 * 56 * 3, RESULT = 4096, PICTURES = 6, CORE_PS = 20000 };

struct bench {
    uint8_t *program;
    struct tnpu_net net;
    uint8_t input[PICTURES][INPUT], right[PICTURES][RESULT];
    size_t result_size;
    uint64_t cycles;
    struct tnpu_chip *chip;
    struct tnpu_spi_host host;
    struct tnpu_spi spi;
    struct tnpu_transport link;
    struct tnpu npu;
    uint8_t buffer[1024];
};

/// Pictures of noise, and their results by the C model.
static void make_right(struct bench *b) {
    struct tnpu_model model;
    struct tnpu_model_link l;
    struct tnpu_transport link;
    struct tnpu_run_counters counters;
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
    tnpu_model_link_init(&l, &model, &link);
    assert_int_equal(tnpu_open(&b->npu, &link, &b->net), TNPU_OK);
    assert_int_equal(tnpu_load(&b->npu), TNPU_OK);
    uint32_t x = 1;
    for (int i = 0; i < PICTURES; i++) {
        for (int n = 0; n < INPUT; n++) b->input[i][n] = (uint8_t)((x = x * 1664525u + 1u) >> 24);
        assert_int_equal(tnpu_submit(&b->npu, b->input[i], INPUT), TNPU_OK);
        assert_int_equal(tnpu_wait(&b->npu, TIMEOUT_US), TNPU_OK);
        assert_int_equal(tnpu_result(&b->npu, b->right[i], RESULT), TNPU_OK);
    }
    assert_int_equal(tnpu_counters(&b->npu, &counters), TNPU_OK);
    b->cycles = counters.cycles;
    tnpu_model_free(&model);
}

static struct bench *open_bench(uint32_t sck_ps) {
    struct bench *b = calloc(1, sizeof *b);
    struct tnpu_error e = {""};
    size_t size;
    assert_non_null(b);
    if (tnpu_file_read(TNPU_PROGRAM, 1 << 24, &b->program, &size, &e)) fail_msg("%s", e.text);
    assert_int_equal(tnpu_net_parse(&b->net, b->program, size), TNPU_OK);
    assert_int_equal(tnpu_net_size(&b->net.input), INPUT);
    b->result_size = tnpu_net_size(&b->net.npu_output);
    assert_true(b->result_size <= RESULT);
    make_right(b);
    b->chip = tnpu_chip_open(
        &(struct tnpu_chip_options){.config = "t64", .core_ps = CORE_PS, .cdc_seed = 1}, &e);
    if (!b->chip) fail_msg("%s", e.text);
    tnpu_spi_host_init(&b->host, b->chip, sck_ps);
    assert_int_equal(tnpu_spi_init(&b->spi, &b->host.port, b->buffer, sizeof b->buffer, &b->link),
                     TNPU_OK);
    assert_int_equal(tnpu_open(&b->npu, &b->link, &b->net), TNPU_OK);
    assert_int_equal(tnpu_load(&b->npu), TNPU_OK);
    return b;
}

static void close_bench(struct bench *b) {
    tnpu_chip_close(b->chip, NULL);
    free(b->program);
    free(b);
}

static void runs(void **state) {
    struct bench *b = open_bench(25000);
    uint8_t result[RESULT];
    (void)state;
    uint64_t bits = b->host.bits;
    assert_int_equal(tnpu_upload(&b->npu, b->input[0], INPUT), TNPU_OK);
    double payload = 8.0 * INPUT / (double)(b->host.bits - bits);
    assert_int_equal(tnpu_start(&b->npu), TNPU_OK);
    assert_int_equal(tnpu_wait(&b->npu, TIMEOUT_US), TNPU_OK);
    assert_int_equal(tnpu_result(&b->npu, result, sizeof result), TNPU_OK);
    assert_memory_equal(result, b->right[0], b->result_size);
    printf("payload of %d bytes: %.1f %% of SCK\n", INPUT, 100 * payload);
    assert_true(payload >= 0.93);
    assert_int_equal(b->spi.counts.retries, 0);
    close_bench(b);
}

/// Pictures a second against the slower of link and NPU.
static void streams(void **state) {
    static const struct {
        uint32_t sck_ps;
        double least; ///< of the slower limit
    } rows[] = {{25000, 0.96}, {5000, 0.9}};
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct bench *b = open_bench(rows[r].sck_ps);
        struct tnpu_stream s;
        uint8_t result[RESULT];
        uint64_t start = 0, end = 0;
        assert_int_equal(tnpu_stream_begin(&s, &b->npu), TNPU_OK);
        for (int i = 0; i < PICTURES; i++) {
            int rc = tnpu_stream_push(&s, b->input[i], INPUT, result, sizeof result, TIMEOUT_US);
            if (rc < 0) fail_msg("%s", tnpu_status_text(rc));
            assert_int_equal(rc, i != 0);
            if (i) assert_memory_equal(result, b->right[i - 1], b->result_size);
            if (i == 1) start = tnpu_chip_now(b->chip);
            end = tnpu_chip_now(b->chip);
        }
        assert_int_equal(tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US), 1);
        assert_memory_equal(result, b->right[PICTURES - 1], b->result_size);
        double period = (double)(end - start) / (PICTURES - 2);
        double link = 8.0 * INPUT * rows[r].sck_ps, npu = (double)b->cycles * CORE_PS;
        double limit = link > npu ? link : npu;
        printf(
            "SCK %.0f MHz: %.0f us a picture; link %.0f us (67 bytes for 64: %.0f us), NPU %.0f "
            "us: "
            "%.1f %% of the slower, %.1f %% with the frames counted; %u looks at RELEASE in vain\n",
            1e6 / rows[r].sck_ps, period / 1e6, link / 1e6, link / 64 * 67 / 1e6, npu / 1e6,
            100 * limit / period, 100 * (link > npu ? link / 64 * 67 : npu) / period,
            (unsigned)s.looks);
        assert_true((link > npu ? link / 64 * 67 : npu) / period >= rows[r].least);
        close_bench(b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs),
        cmocka_unit_test(streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
