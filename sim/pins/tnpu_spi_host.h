// SPDX-License-Identifier: Apache-2.0
// An SPI controller (mode 0) at the chip's pins, edge by edge, behind the port of the driver
// (tnpu_spi.h): what runs above it runs unchanged on a board.
//
//     struct tnpu_spi_host h;
//     tnpu_spi_host_init(&h, chip, 25000);         // 40 MHz
//     h.port.select(h.port.context, true); ...
#ifndef TNPU_SPI_HOST_H
#define TNPU_SPI_HOST_H

#include "tnpu_chip.h"
#include "tnpu_spi.h"

struct tnpu_spi_host {
    struct tnpu_spi_port port; ///< to use it by; its context is this object
    struct tnpu_chip *chip;
    uint32_t sck_ps; ///< period of SCK
    bool selected;
    uint64_t bits; ///< clocked so far

    /// Bad days: chances, in 2^-32, that a bit of MOSI or of MISO is read wrong; that a clock comes
    /// twice; that CS goes up before a bit, and the rest of the frame is lost. And their random
    /// numbers' state (not 0). Rates 0: none.
    uint32_t noise_rate, slip_rate, cut_rate;
    uint64_t noise_state;
    bool cut; ///< the frame is
};

/// The host keeps the chip, and must not move while it is in use.
void tnpu_spi_host_init(struct tnpu_spi_host *h, struct tnpu_chip *chip, uint32_t sck_ps);

/// Clocks `count` bits, the uppermost of `out` first; returns those that came in. For transfers
/// that end in the middle of a byte.
unsigned tnpu_spi_host_bits(struct tnpu_spi_host *h, unsigned out, int count);

#endif
