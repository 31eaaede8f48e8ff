// SPDX-License-Identifier: Apache-2.0
// SPI port of a PC: an FT232H, FT2232H or FT4232H on USB, by its MPSSE. A transport is
// tnpu_spi_init (tnpu_spi.h) on top of it.
//
//     struct tnpu_ftdi cable;
//     int rc = tnpu_ftdi_open(&cable, &(struct tnpu_ftdi_options){.sck_khz = 15000});
//     if (!rc) rc = tnpu_spi_init(&spi, &cable.port, buffer, sizeof buffer, &link);
//     ...
//     tnpu_ftdi_close(&cable);
//
// Wiring of channel A: ADBUS0 SCK, ADBUS1 MOSI, ADBUS2 MISO (with a pull-down), ADBUS3 CS, ADBUS4
// the interrupt pin.
#ifndef TNPU_FTDI_H
#define TNPU_FTDI_H

#include "tnpu_spi.h"

#include <ftdi.h>

struct tnpu_ftdi_options {
    const char *serial; ///< of the adapter; NULL: the first one found
    uint32_t sck_khz; ///< the clock is the fastest of 30 MHz / n that is not above this; 0: 15 MHz
};

/// Bytes that go to the adapter in one go.
enum { TNPU_FTDI_BUFFER = 65536 + 1024 };

struct tnpu_ftdi {
    struct tnpu_spi_port port; ///< its context is this object
    struct ftdi_context usb;
    bool open, selected;
    uint32_t sck_khz; ///< as it is
    char reason[160]; ///< of the latest failure, in libftdi's words
    size_t used;      ///< bytes of the buffer
    uint8_t buffer[TNPU_FTDI_BUFFER];
};

/// Opens the adapter and sets it up. Returns TNPU_OK, TNPU_ERR_NO_DEVICE, TNPU_ERR_PERMISSION, or
/// TNPU_ERR_BUS (in use by another program, or not one with an MPSSE): then there is nothing to
/// close, and f->reason says more. *f must not be moved while it is open.
int tnpu_ftdi_open(struct tnpu_ftdi *f, const struct tnpu_ftdi_options *options);
/// Releases chip select and the adapter. Of one that is not open, nothing.
void tnpu_ftdi_close(struct tnpu_ftdi *f);

#endif
