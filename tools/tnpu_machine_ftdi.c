// SPDX-License-Identifier: Apache-2.0
// A chip on a USB cable as a machine.
#include "tnpu_ftdi.h"
#include "tnpu_machine.h"

#include <stdlib.h>

enum { BUFFER = 32768 };

#define SLOWEST_MHZ 0.001 ///< the port counts kHz
#define FASTEST_MHZ 30.

struct machine {
    struct tnpu_ftdi cable;
    struct tnpu_spi spi;
    uint8_t buffer[BUFFER];
};

static void *cable_open(const struct tnpu_machine_options *options,
                        const struct tnpu_config *config, struct tnpu_transport *link,
                        struct tnpu_error *e) {
    const struct tnpu_ftdi_options cable = {.serial = options->serial,
                                            .sck_khz = (uint32_t)(options->sck_mhz * 1000)};
    (void)config; // the chip says what it is
    if (options->sck_mhz && (options->sck_mhz < SLOWEST_MHZ || options->sck_mhz > FASTEST_MHZ)) {
        tnpu_fail(e, "--sck-mhz: %g is not %g to %g, which the USB adapter can", options->sck_mhz,
                  SLOWEST_MHZ, FASTEST_MHZ);
        return NULL;
    }
    struct machine *m = malloc(sizeof *m);
    if (!m) {
        tnpu_fail(e, "ftdi: out of memory");
        return NULL;
    }
    int rc = tnpu_ftdi_open(&m->cable, &cable);
    if (rc) {
        tnpu_fail(e, "ftdi: %s: %s", tnpu_status_text(rc), m->cable.reason);
        free(m);
        return NULL;
    }
    tnpu_spi_init(&m->spi, &m->cable.port, m->buffer, sizeof m->buffer, link);
    link->name = "ftdi";
    return m;
}

static int cable_close(void *impl, struct tnpu_error *e) {
    struct machine *m = impl;
    tnpu_ftdi_close(&m->cable);
    free(m);
    (void)e;
    return 0;
}

const struct tnpu_machine_ops tnpu_machine_ftdi_ops = {cable_open, cable_close};
