// SPDX-License-Identifier: Apache-2.0
// Wrong bits and clocks on the wires between the driver and the RTL, transfers that are cut,
// interrupts that are overlooked, and resets of the chip in the middle, by seed: the right bytes or
// a named error, and after it a reset and a right run. `driver_pin_faults SEEDS LINES PROGRAM` runs
// as many a row as asked, over SPI (0) or SDIO (1, 4), with the small network or that of a program
// file for t64.
#include "campaign.h"
#include "tnpu_link_faulty.h"
#include "tnpu_sdio_host.h"
#include "tnpu_spi_host.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CORE_PS = 20000 };
static unsigned seeds = 5, lines = 0; ///< lines of SDIO; 0: SPI
static const char *program;

/// What goes wrong.
struct faults {
    double noise, slip, cut; ///< of each bit: it is wrong, its clock comes twice, the transfer ends
    uint32_t reset;          ///< millionths of the accesses
    uint32_t irq;            ///< millionths of the looks at the interrupt
    bool ratios;             ///< the link's clock by the seed
};

struct bench {
    struct faults faults;
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

static uint32_t rate(double chance) {
    return (uint32_t)(chance * 4294967296.0);
}

static void set_faults(struct bench *b, const struct faults *f, uint64_t seed) {
    b->spi_host.noise_rate = b->sdio_host.noise_rate = rate(f->noise);
    b->spi_host.slip_rate = b->sdio_host.slip_rate = rate(f->slip);
    b->spi_host.cut_rate = b->sdio_host.cut_rate = rate(f->cut);
    b->spi_host.noise_state = b->sdio_host.noise_state = seed * UINT64_C(0x9E3779B97F4A7C15);
    b->faulty.reset = f->reset;
    b->faulty.irq = f->irq;
}

/// One of 20 periods of the link's clock, from 8 of the core's down to as fast as the link goes.
static uint32_t period(unsigned seed) {
    double least = lines ? 1. / 2 : 1. / 4;
    return (uint32_t)(CORE_PS * 8 * pow(least / 8, seed % 20 / 19.) + 0.5);
}

static const struct tnpu_transport *open_bench(void *context, unsigned seed) {
    struct bench *b = context;
    struct tnpu_error e = {""};
    const struct tnpu_chip_options o = {.config = "t64", .core_ps = CORE_PS, .cdc_seed = seed};
    b->chip = tnpu_chip_open(&o, &e);
    if (!b->chip) fail_msg("%s", e.text);
    if (lines) {
        tnpu_sdio_host_init(&b->sdio_host, b->chip, b->faults.ratios ? period(seed) : 20833);
        b->sdio_host.port.max_bits = lines;
        assert_int_equal(tnpu_sdio_init(&b->sdio, &b->sdio_host.port, &b->good), TNPU_OK);
    } else {
        tnpu_spi_host_init(&b->spi_host, b->chip, b->faults.ratios ? period(seed) : 25000);
        assert_int_equal(
            tnpu_spi_init(&b->spi, &b->spi_host.port, b->buffer, sizeof b->buffer, &b->good),
            TNPU_OK);
    }
    b->faulty = (struct tnpu_faulty){
        .inner = &b->good, .seed = seed, .reset_chip = reset_chip, .chip = b->chip};
    tnpu_faulty_init(&b->faulty, &b->bad);
    set_faults(b, &b->faults, seed);
    return &b->bad;
}

static void heal(void *context) {
    struct bench *b = context;
    set_faults(b, &(struct faults){.noise = 0}, 1);
}

static void close_bench(void *context) {
    struct bench *b = context;
    tnpu_chip_close(b->chip, NULL);
}

static void faults(void **state) {
    const struct campaign_ops ops = {open_bench, heal, close_bench, program};
    static const struct {
        const char *what;
        unsigned least; ///< thousandths
        struct faults faults;
    } rows[] = {{"20 ratios of the clocks", 1000, {.ratios = true}},
                {"bit errors 1e-6", 990, {.noise = 1e-6}},
                {"bit errors 1e-5", 990, {.noise = 1e-5}},
                {"bit errors 1e-4", 900, {.noise = 1e-4}},
                {"bit errors 1e-3", 0, {.noise = 1e-3}},
                {"transfers cut, 3e-5 a bit", 900, {.cut = 3e-5}},
                {"clocks twice, 3e-5 a bit", 900, {.slip = 3e-5}},
                {"half of looks at irq wrong", 1000, {.irq = 500000}},
                {"2 % resets, 1e-5", 0, {.noise = 1e-5, .reset = 20000}}};
    static struct bench b;
    (void)state;
    printf(lines ? "SDIO on %u lines\n" : "SPI\n", lines);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        b = (struct bench){.faults = rows[r].faults};
        campaign(rows[r].what, seeds, rows[r].least, 2, &ops, &b);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults)};
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2) lines = (unsigned)strtoul(argv[2], NULL, 10);
    if (argc > 3) program = argv[3];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
