// SPDX-License-Identifier: Apache-2.0
// The default network through driver, frames, pins and RTL, on each configuration that there is as
// a chip: the model's bytes, how much of the wire is payload, and how many pictures a second stream
// mode brings.
#include "tnpu_file.h"
#include "tnpu_link_model.h"
#include "tnpu_sdio_host.h"
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
    struct tnpu_sdio_host card_host;
    struct tnpu_sdio sdio;
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
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find(b->net.config)), 0);
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

/// `lines`: 0 for SPI, else of SDIO; `ps`: period of the clock.
static struct bench *open_bench(const char *config, unsigned lines, uint32_t ps) {
    struct bench *b = calloc(1, sizeof *b);
    struct tnpu_error e = {""};
    char file[FILENAME_MAX];
    size_t size;
    assert_non_null(b);
    snprintf(file, sizeof file, TNPU_PROGRAMS "%s.tnpu", config);
    if (tnpu_file_read(file, 1 << 24, &b->program, &size, &e)) fail_msg("%s", e.text);
    assert_int_equal(tnpu_net_parse(&b->net, b->program, size), TNPU_OK);
    assert_int_equal(tnpu_net_size(&b->net.input), INPUT);
    b->result_size = tnpu_net_size(&b->net.npu_output);
    assert_true(b->result_size <= RESULT);
    make_right(b);
    b->chip = tnpu_chip_open(
        &(struct tnpu_chip_options){.config = b->net.config, .core_ps = CORE_PS, .cdc_seed = 1},
        &e);
    if (!b->chip) fail_msg("%s", e.text);
    if (lines) {
        tnpu_sdio_host_init(&b->card_host, b->chip, ps);
        b->card_host.port.max_bits = lines;
        assert_int_equal(tnpu_sdio_init(&b->sdio, &b->card_host.port, &b->link), TNPU_OK);
    } else {
        tnpu_spi_host_init(&b->host, b->chip, ps);
        assert_int_equal(
            tnpu_spi_init(&b->spi, &b->host.port, b->buffer, sizeof b->buffer, &b->link), TNPU_OK);
    }
    assert_int_equal(tnpu_open(&b->npu, &b->link, &b->net), TNPU_OK);
    assert_int_equal(tnpu_load(&b->npu), TNPU_OK);
    return b;
}

static void close_bench(struct bench *b) {
    tnpu_chip_close(b->chip, NULL);
    free(b->program);
    free(b);
}

static const struct way {
    const char *name;
    unsigned lines;
    uint32_t ps;
    double payload; ///< least part of the clock's bits
    double stream;  ///< least part of the slower of link and NPU, frames and blocks counted
} ways[] = {
    {"SPI at 40 MHz", 0, 25000, 0.93, 0.97},
    {"SPI at 200 MHz", 0, 5000, 0.93, 0.97},
    {"SDIO, 4 lines at 48 MHz", 4, 20833, 0.9, 0.97},
    {"SDIO, 1 line at 48 MHz", 1, 20833, 0.9, 0.97},
};

static void runs(const char *config) {
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        const struct way *way = &ways[w];
        struct bench *b = open_bench(config, way->lines, way->ps);
        uint8_t result[RESULT];
        uint64_t start = tnpu_chip_now(b->chip);
        assert_int_equal(tnpu_upload(&b->npu, b->input[0], INPUT), TNPU_OK);
        double bits =
            (double)(tnpu_chip_now(b->chip) - start) / way->ps * (way->lines ? way->lines : 1);
        assert_int_equal(tnpu_start(&b->npu), TNPU_OK);
        assert_int_equal(tnpu_wait(&b->npu, TIMEOUT_US), TNPU_OK);
        assert_int_equal(tnpu_result(&b->npu, result, sizeof result), TNPU_OK);
        assert_memory_equal(result, b->right[0], b->result_size);
        printf("%s, %s: %d bytes are %.1f %% of the bits in their time\n", config, way->name, INPUT,
               100 * 8.0 * INPUT / bits);
        assert_true(8.0 * INPUT / bits >= way->payload);
        assert_int_equal(b->link.counts->retries, 0);
        close_bench(b);
    }
}

/// Pictures a second against the slower of link and NPU.
static void streams(const char *config) {
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        const struct way *way = &ways[w];
        struct bench *b = open_bench(config, way->lines, way->ps);
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
        double raw = 8.0 * INPUT * way->ps / (way->lines ? way->lines : 1);
        double block = way->lines ? 8.0 * 512 / way->lines : 64; // clocks, or bytes
        double link = raw * (block + (way->lines ? 28 : 3)) / block;
        double npu = (double)b->cycles * CORE_PS, slower = link > npu ? link : npu;
        printf(
            "%s, %s: %.1f us a picture; link %.1f us (bare bits %.0f us), NPU %.0f us: %.1f %% of "
            "the slower\n",
            config, way->name, period / 1e6, link / 1e6, raw / 1e6, npu / 1e6,
            100 * slower / period);
        assert_true(slower / period >= way->stream);
        close_bench(b);
    }
}

static void all_run(void **state) {
    (void)state;
    for (int n = 0; tnpu_chip_config(n); n++) runs(tnpu_chip_config(n));
}

static void all_stream(void **state) {
    (void)state;
    for (int n = 0; tnpu_chip_config(n); n++) streams(tnpu_chip_config(n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_run),
        cmocka_unit_test(all_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
