// SPDX-License-Identifier: Apache-2.0
// The RTL behind its pins as machines: driver, SPI frames or SDIO commands, pins, chip.
#include "tnpu_machine.h"
#include "tnpu_sdio_host.h"
#include "tnpu_spi_host.h"

#include <stdlib.h>

enum { BUFFER = 4096, SCK_MHZ = 40, SD_MHZ = 48 };

struct machine {
    struct tnpu_chip *chip;
    struct tnpu_spi_host spi_host;
    struct tnpu_sdio_host sdio_host;
    struct tnpu_spi spi;
    struct tnpu_sdio sdio;
    uint8_t buffer[BUFFER];
};

static struct machine *pins_open(const struct tnpu_machine_options *options,
                                 const struct tnpu_config *config, struct tnpu_error *e) {
    const struct tnpu_chip_options chip = {.config = config->name,
                                           .core_ps = tnpu_machine_period_ps(options->core_mhz),
                                           .wave = options->wave};
    struct machine *m = calloc(1, sizeof *m);
    if (!m) {
        tnpu_fail(e, "%s: out of memory", config->name);
        return NULL;
    }
    m->chip = tnpu_chip_open(&chip, e);
    if (m->chip) return m;
    free(m);
    return NULL;
}

static int pins_close(void *impl, struct tnpu_error *e) {
    struct machine *m = impl;
    int rc = tnpu_chip_close(m->chip, e);
    free(m);
    return rc;
}

static void *spi_open(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                      struct tnpu_transport *link, struct tnpu_error *e) {
    double mhz = options->sck_mhz > 0 ? options->sck_mhz : SCK_MHZ;
    if (tnpu_machine_check_clock("--sck-mhz", mhz, 1. / 8, 4, options->core_mhz, e)) return NULL;
    struct machine *m = pins_open(options, config, e);
    if (!m) return NULL;
    tnpu_spi_host_init(&m->spi_host, m->chip, tnpu_machine_period_ps(mhz));
    tnpu_spi_init(&m->spi, &m->spi_host.port, m->buffer, sizeof m->buffer, link);
    return m;
}

static void *sdio_open(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                       struct tnpu_transport *link, struct tnpu_error *e) {
    double mhz = options->sd_mhz > 0 ? options->sd_mhz : SD_MHZ;
    if (tnpu_machine_check_clock("--sd-mhz", mhz, 1. / 128, 2, options->core_mhz, e)) return NULL;
    struct machine *m = pins_open(options, config, e);
    if (!m) return NULL;
    tnpu_sdio_host_init(&m->sdio_host, m->chip, tnpu_machine_period_ps(mhz));
    m->sdio_host.port.max_bits = options->sdio_bits < 0 ? 4 : (unsigned)options->sdio_bits;
    tnpu_sdio_init(&m->sdio, &m->sdio_host.port, link);
    return m;
}

const struct tnpu_machine_ops tnpu_machine_spi_ops = {spi_open, pins_close};
const struct tnpu_machine_ops tnpu_machine_sdio_ops = {sdio_open, pins_close};
