// SPDX-License-Identifier: Apache-2.0
// The RTL behind its SPI pins as a machine: driver, frames, pins, chip.
#include "tnpu_machine.h"
#include "tnpu_spi_host.h"

#include <stdlib.h>

enum { BUFFER = 4096 };

struct machine {
    struct tnpu_chip *chip;
    struct tnpu_spi_host host;
    struct tnpu_spi spi;
    uint8_t buffer[BUFFER];
};

static void *spi_open(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                      struct tnpu_transport *link, struct tnpu_error *e) {
    const struct tnpu_chip_options chip = {.config = config->name,
                                           .core_ps = tnpu_machine_period_ps(options->core_mhz)};
    double mhz = options->sck_mhz > 0 ? options->sck_mhz : 40;
    if (tnpu_machine_check_clock("--sck-mhz", mhz, 1. / 8, 4, options->core_mhz, e)) return NULL;
    struct machine *m = calloc(1, sizeof *m);
    if (!m)
        tnpu_fail(e, "%s: out of memory", config->name);
    else if (!(m->chip = tnpu_chip_open(&chip, e))) {
        free(m);
        m = NULL;
    }
    if (!m) return NULL;
    tnpu_spi_host_init(&m->host, m->chip, tnpu_machine_period_ps(mhz));
    tnpu_spi_init(&m->spi, &m->host.port, m->buffer, sizeof m->buffer, link);
    return m;
}

static void spi_close(void *impl) {
    struct machine *m = impl;
    tnpu_chip_close(m->chip, NULL);
    free(m);
}

const struct tnpu_machine_ops tnpu_machine_spi_ops = {spi_open, spi_close};
