// SPDX-License-Identifier: Apache-2.0
// A whole network, host layers included, by every way to the chip: driver, protocol, pins, RTL; the
// bytes are those of the C model (and those of host layers the compiler's), and a stream of
// pictures is as fast as the slower of link and NPU.
//     driver_network        the default network on t64, by all ways
//     driver_network WAY    EtinyNet-1.0 at 224 on t256; exit status 77 where its weights and the
//                           pictures to calibrate on are not in the folder TINYNPU_DATA
#include "child.h"
#include "ftdi_fake.h"
#include "tnpu_feature.h"
#include "tnpu_ftdi.h"
#include "tnpu_host_layer.h"
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
#include <unistd.h>

#include <cmocka.h>

enum { PICTURES = 4, CORE_PS = 20000, NOT_THERE = 77 };

/// A way, and what it must reach. `lines`: of SDIO.
static const struct way {
    const char *name;
    enum { SPI, SDIO, FTDI } kind;
    unsigned lines;
    uint32_t ps;   ///< of the link's clock
    double stream; ///< least part of the slower of link and NPU
    uint32_t timeout_us;
} ways[] = {
    {"spi", SPI, 1, 25000, 0.97, 2000000},
    {"sdio4", SDIO, 4, 20833, 0.97, 2000000},
    {"sdio1", SDIO, 1, 20833, 0.97, 2000000},
    // USB has its own times, and they are this machine's, however slow its simulator is
    {"ftdi", FTDI, 1, 0, 0, 300000000},
};

/// What is asked for on the command line.
static const char *only;
static char params[1024], calib[1024];

struct bench {
    const struct way *way;
    uint8_t *program, *memory;
    struct tnpu_net net;
    struct tnpu_hostlayers layers;
    uint8_t *input[PICTURES], *right[PICTURES], *result;
    size_t input_size, result_size;
    double npu_ps; ///< a run
    struct tnpu_chip *chip;
    struct tnpu_spi_host spi_host;
    struct tnpu_sdio_host sdio_host;
    struct ftdi_fake fake;
    struct tnpu_ftdi cable;
    struct tnpu_spi spi;
    struct tnpu_sdio sdio;
    struct tnpu_transport link;
    struct tnpu npu;
    uint8_t buffer[32768];
};

static void must(const struct bench *b, int rc) {
    char line[200];
    if (rc < 0) fail_msg("%s: %s", b->way->name, tnpu_error_text(&b->npu, line, sizeof line));
}

/// Open, host layers, load.
static void begin(struct bench *b, const struct tnpu_transport *link) {
    must(b, tnpu_open(&b->npu, link, &b->net));
    must(b, tnpu_attach(&b->npu, &b->layers));
    must(b, tnpu_load(&b->npu));
}

static void run(struct bench *b, int i) {
    must(b, tnpu_submit(&b->npu, b->input[i], b->input_size));
    must(b, tnpu_wait(&b->npu, b->way->timeout_us));
    memset(b->result, 0x55, b->result_size);
    must(b, tnpu_result(&b->npu, b->result, b->result_size));
}

/// The host layers behind the NPU's last by the compiler's own executor, from what the chip has
/// now.
static void check_host_layers(struct bench *b, size_t size) {
    struct tnpu_program p;
    struct tnpu_error e = {""};
    if (tnpu_program_parse(&p, "network", b->program, size, &e)) fail_msg("%s", e.text);
    struct tnpu_host *host = tnpu_host_new(&p, &e);
    if (!host) fail_msg("%s", e.text);
    for (int t = 0; t < p.graph.tensor_count; t++) {
        struct tnpu_net_tensor tensor = tnpu_net_tensor(&b->net, (uint32_t)t);
        if (tnpu_host_needs(host, t))
            must(b, tnpu_feature_get(&b->npu.device, &tensor, tnpu_host_tensor(host, t)));
    }
    assert_memory_equal(tnpu_host_run(host), b->result, b->result_size);
    tnpu_host_free(host);
    tnpu_program_free(&p);
}

/// Pictures of noise, and their results by the C model.
static void make_right(struct bench *b, size_t size) {
    struct tnpu_model model;
    struct tnpu_model_link l;
    struct tnpu_transport link;
    struct tnpu_run_counters counters;
    uint32_t x = 1;
    for (int i = 0; i < PICTURES; i++) {
        b->input[i] = malloc(b->input_size);
        b->right[i] = malloc(b->result_size);
        assert_true(b->input[i] && b->right[i]);
        for (size_t n = 0; n < b->input_size; n++)
            b->input[i][n] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    }
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find(b->net.config)), 0);
    tnpu_model_link_init(&l, &model, &link);
    begin(b, &link);
    for (int i = 0; i < PICTURES; i++) {
        run(b, i);
        check_host_layers(b, size);
        memcpy(b->right[i], b->result, b->result_size);
    }
    must(b, tnpu_counters(&b->npu, &counters));
    b->npu_ps = (double)(counters.cycles - counters.stall_host) * CORE_PS;
    tnpu_model_free(&model);
}

static void connect(struct bench *b) {
    struct tnpu_error e = {""};
    const struct tnpu_chip_options o = {.config = b->net.config, .core_ps = CORE_PS, .cdc_seed = 1};
    b->chip = tnpu_chip_open(&o, &e);
    if (!b->chip) fail_msg("%s", e.text);
    if (b->way->kind == SDIO) {
        tnpu_sdio_host_init(&b->sdio_host, b->chip, b->way->ps);
        b->sdio_host.port.max_bits = b->way->lines;
        must(b, tnpu_sdio_init(&b->sdio, &b->sdio_host.port, &b->link));
        return;
    }
    const struct tnpu_spi_port *port = &b->spi_host.port;
    if (b->way->kind == SPI) {
        tnpu_spi_host_init(&b->spi_host, b->chip, b->way->ps);
    } else {
        b->fake = (struct ftdi_fake){
            .chip = b->chip, .serial = "FT1", .product = 0x6014, .latency_us = 20};
        ftdi_fake_plug(&b->fake);
        must(b, tnpu_ftdi_open(&b->cable, &(struct tnpu_ftdi_options){NULL, 30000}));
        port = &b->cable.port;
    }
    must(b, tnpu_spi_init(&b->spi, port, b->buffer, sizeof b->buffer, &b->link));
}

static void disconnect(struct bench *b) {
    if (b->way->kind == FTDI) tnpu_ftdi_close(&b->cable);
    ftdi_fake_plug(NULL);
    tnpu_chip_close(b->chip, NULL);
}

/// Time for a picture's bits with those of its blocks.
static double link_ps(const struct bench *b) {
    double bits = 8.0 * (double)b->input_size;
    if (b->way->kind != SDIO) return bits * 67 / 64 * b->way->ps;
    double clocks = 8.0 * 512 / b->way->lines; // of a block
    return bits / b->way->lines * (clocks + 28) / clocks * b->way->ps;
}

/// All pictures as a stream; returns the part of the slower of link and NPU that it reaches.
static double stream(struct bench *b) {
    struct tnpu_stream s;
    uint64_t start = 0, end = 0;
    must(b, tnpu_stream_begin(&s, &b->npu));
    for (int i = 0; i <= PICTURES; i++) {
        int rc = i < PICTURES ? tnpu_stream_push(&s, b->input[i], b->input_size, b->result,
                                                 b->result_size, b->way->timeout_us)
                              : tnpu_stream_end(&s, b->result, b->result_size, b->way->timeout_us);
        must(b, rc);
        assert_int_equal(rc, i != 0);
        if (i) assert_memory_equal(b->result, b->right[i - 1], b->result_size);
        if (i == 1) start = tnpu_chip_now(b->chip);
        if (i == PICTURES - 1) end = tnpu_chip_now(b->chip);
    }
    double period = (double)(end - start) / (PICTURES - 2);
    double slower = link_ps(b) > b->npu_ps ? link_ps(b) : b->npu_ps;
    printf("%s: %.0f us a picture; link %.0f us, NPU %.0f us: %.1f %% of the slower\n",
           b->way->name, period / 1e6, link_ps(b) / 1e6, b->npu_ps / 1e6, 100 * slower / period);
    return slower / period;
}

static void by(const struct way *way, const char *file) {
    struct bench *b = calloc(1, sizeof *b);
    size_t size;
    assert_non_null(b);
    b->way = way;
    b->program = file_bytes(file, &size);
    assert_int_equal(tnpu_net_parse(&b->net, b->program, size), TNPU_OK);
    size_t memory = tnpu_hostlayers_size(&b->net);
    b->memory = malloc(memory);
    assert_non_null(b->memory);
    assert_int_equal(tnpu_hostlayers_init(&b->layers, &b->net, b->memory, memory), TNPU_OK);
    b->input_size = tnpu_net_size(&b->net.input);
    b->result_size = tnpu_net_size(&b->net.output);
    b->result = malloc(b->result_size);
    assert_non_null(b->result);
    make_right(b, size);
    connect(b);
    begin(b, &b->link);
    run(b, 0);
    assert_memory_equal(b->result, b->right[0], b->result_size);
    printf("%s: %s on %s: %u of %u layers on the host, %zu bytes as on the model\n", way->name,
           b->net.name, b->net.config, (unsigned)(b->net.layers - b->net.npu_layers),
           (unsigned)b->net.layers, b->result_size);
    if (way->kind != FTDI) {
        assert_true(stream(b) >= way->stream);
    }
    assert_int_equal(b->link.counts->retries, 0);
    disconnect(b);
    for (int i = 0; i < PICTURES; i++) free(b->input[i]), free(b->right[i]);
    free(b->result);
    free(b->memory);
    free(b->program);
    free(b);
}

static void default_network(void **state) {
    (void)state;
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) by(&ways[w], TNPU_PROGRAM);
}

static void etinynet(void **state) {
    struct scratch s;
    struct child c;
    (void)state;
    scratch_open(&s);
    const char *file = scratch_path(&s, "etinynet.tnpu");
    child_run(&c, 300, "compile", params, "--arch", "etinynet-1.0", "--calib", calib, "-o", file,
              NULL);
    child_worked(&c);
    size_t w = 0;
    while (w < sizeof ways / sizeof *ways && strcmp(only, ways[w].name)) w++;
    assert_true(w < sizeof ways / sizeof *ways);
    by(&ways[w], file);
    scratch_close(&s);
}

int main(int argc, char **argv) {
    const struct CMUnitTest small[] = {cmocka_unit_test(default_network)};
    const struct CMUnitTest large[] = {cmocka_unit_test(etinynet)};
    if (argc < 2) return cmocka_run_group_tests(small, NULL, NULL);
    const char *data = getenv("TINYNPU_DATA");
    if (!data) data = TNPU_SOURCE_DIR "/../shared/data";
    only = argv[1];
    snprintf(params, sizeof params, "%s/etinynet/etinynet_1.0_imagenet.params", data);
    snprintf(calib, sizeof calib, "%s/imagenet/images", data);
    if (access(params, R_OK) || access(calib, R_OK)) {
        printf("skipped: no %s or no %s; TINYNPU_DATA names their folder\n", params, calib);
        return NOT_THERE;
    }
    return cmocka_run_group_tests(large, NULL, NULL);
}
