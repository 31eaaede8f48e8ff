// SPDX-License-Identifier: Apache-2.0
// Wrong bits on the wires between the driver and the RTL, and resets of the chip in the middle, by
// seed: the right bytes or a named error, and after it a reset and a right run.
// `driver_pin_faults SEEDS LINES` runs as many a row as asked, over SPI (0) or SDIO (1, 4).
#include "tiny.h"
#include "tnpu_link_faulty.h"
#include "tnpu_sdio_host.h"
#include "tnpu_spi_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned seeds = 5, lines = 0; ///< lines of SDIO; 0: SPI
enum { TIMEOUT_US = 200000 };

struct bench {
    struct tnpu_chip *chip;
    struct tnpu_spi_host spi_host;
    struct tnpu_sdio_host sdio_host;
    struct tnpu_spi spi;
    struct tnpu_sdio sdio;
    struct tnpu_transport good, bad;
    struct tnpu_faulty faulty;
    uint8_t buffer[1024];
};

static void reset_chip(void *chip) {
    tnpu_chip_reset(chip);
}

static void set_noise(struct bench *b, double rate, uint64_t seed) {
    b->spi_host.noise_rate = b->sdio_host.noise_rate = (uint32_t)(rate * 4294967296.0);
    b->spi_host.noise_state = b->sdio_host.noise_state = seed * UINT64_C(0x9E3779B97F4A7C15);
}

static void open_bench(struct bench *b, unsigned lines, uint32_t seed) {
    struct tnpu_error e = {""};
    const struct tnpu_chip_options o = {.config = "t64", .core_ps = 20000, .cdc_seed = seed};
    *b = (struct bench){.chip = tnpu_chip_open(&o, &e)};
    if (!b->chip) fail_msg("%s", e.text);
    if (lines) {
        tnpu_sdio_host_init(&b->sdio_host, b->chip, 20833);
        b->sdio_host.port.max_bits = lines;
        assert_int_equal(tnpu_sdio_init(&b->sdio, &b->sdio_host.port, &b->good), TNPU_OK);
    } else {
        tnpu_spi_host_init(&b->spi_host, b->chip, 25000);
        assert_int_equal(
            tnpu_spi_init(&b->spi, &b->spi_host.port, b->buffer, sizeof b->buffer, &b->good),
            TNPU_OK);
    }
}

static void faults(void **state) {
    static const struct {
        const char *what;
        double noise;
        uint32_t reset; ///< millionths of the accesses
        unsigned right; ///< least part of the sessions, thousandths
    } rows[] = {{"bit errors 1e-6", 1e-6, 0, 990},
                {"bit errors 1e-5", 1e-5, 0, 990},
                {"bit errors 1e-4", 1e-4, 0, 900},
                {"bit errors 1e-3", 1e-3, 0, 0},
                {"2 % resets, 1e-5", 1e-5, 20000, 0}};
    struct tiny t;
    (void)state;
    tiny_make(&t, "t64", 1);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        unsigned right = 0, named[32] = {0};
        uint64_t retries = 0;
        for (unsigned seed = 1; seed <= seeds; seed++) {
            struct bench b;
            struct tnpu npu;
            open_bench(&b, lines, seed);
            b.faulty = (struct tnpu_faulty){.inner = &b.good,
                                            .seed = seed,
                                            .reset = rows[r].reset,
                                            .reset_chip = reset_chip,
                                            .chip = b.chip};
            tnpu_faulty_init(&b.faulty, &b.bad);
            set_noise(&b, rows[r].noise, seed);
            int rc = tiny_session(&t, &npu, &b.bad, seed, 2, TIMEOUT_US);
            rc ? named[-rc]++ : right++;
            retries += b.good.counts->retries;
            set_noise(&b, 0, 1);
            b.faulty.reset = 0;
            char line[200];
            if (rc && npu.phase != TNPU_PHASE_CLOSED && tnpu_reset(&npu))
                fail_msg("seed %u: %s", seed, tnpu_error_text(&npu, line, sizeof line));
            if (rc) assert_int_equal(tiny_session(&t, &npu, &b.bad, seed, 2, TIMEOUT_US), TNPU_OK);
            tnpu_chip_close(b.chip, NULL);
        }
        printf("%s %u, %s: %u seeds: right %u, %llu retries;", lines ? "SDIO" : "SPI",
               lines ? lines : 1, rows[r].what, seeds, right, (unsigned long long)retries);
        for (int i = 1; i < 32; i++)
            if (named[i]) printf(" %u x \"%s\"", named[i], tnpu_status_text(-i));
        putchar('\n');
        if ((uint64_t)right * 1000 < (uint64_t)seeds * rows[r].right)
            fail_msg("only %u of %u right", right, seeds);
    }
    tiny_free(&t);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults)};
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2) lines = (unsigned)strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
