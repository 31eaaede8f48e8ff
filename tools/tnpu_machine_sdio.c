// SPDX-License-Identifier: Apache-2.0
// The RTL behind its SDIO pins as a machine: driver, commands, pins, chip.
#include "tnpu_machine.h"
#include "tnpu_sdio_host.h"

#include <stdlib.h>

struct machine {
    struct tnpu_chip *chip;
    struct tnpu_sdio_host host;
    struct tnpu_sdio sdio;
};

static void *sdio_open(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                       struct tnpu_transport *link, struct tnpu_error *e) {
    const struct tnpu_chip_options chip = {.config = config->name,
                                           .core_ps = tnpu_machine_period_ps(options->core_mhz)};
    double mhz = options->sd_mhz > 0 ? options->sd_mhz : 48;
    if (tnpu_machine_check_clock("--sd-mhz", mhz, 1. / 128, 2, options->core_mhz, e)) return NULL;
    struct machine *m = calloc(1, sizeof *m);
    if (!m)
        tnpu_fail(e, "%s: out of memory", config->name);
    else if (!(m->chip = tnpu_chip_open(&chip, e))) {
        free(m);
        m = NULL;
    }
    if (!m) return NULL;
    tnpu_sdio_host_init(&m->host, m->chip, tnpu_machine_period_ps(mhz));
    m->host.port.max_bits = options->sdio_bits == 1 ? 1 : 4;
    tnpu_sdio_init(&m->sdio, &m->host.port, link);
    return m;
}

static void sdio_close(void *impl) {
    struct machine *m = impl;
    tnpu_chip_close(m->chip, NULL);
    free(m);
}

const struct tnpu_machine_ops tnpu_machine_sdio_ops = {sdio_open, sdio_close};
