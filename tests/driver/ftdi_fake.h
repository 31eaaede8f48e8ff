// SPDX-License-Identifier: Apache-2.0
// Stands in for libftdi at link time: an adapter whose MPSSE is interpreted here, command by
// command, and whose pins are wired to the simulated chip's.
#ifndef FTDI_FAKE_H
#define FTDI_FAKE_H

#include "tnpu_chip.h"

#include <stdbool.h>
#include <stddef.h>

struct ftdi_fake {
    struct tnpu_chip *chip; ///< at its pins
    const char *serial;
    int product;           ///< USB product number
    int open_result;       ///< of opening it, if it is found
    bool no_mpsse;         ///< it takes bytes and gives none
    uint32_t latency_us;   ///< time that passes on the board for each USB transfer
    uint32_t unplug_after; ///< if not 0: gone after so many USB transfers

    uint32_t transfers, unknown; ///< counted: USB transfers, bytes that are no command
    uint64_t bits;
    uint32_t divisor;
    bool fast, mpsse, is_open; ///< 60 MHz base; MPSSE mode on
    uint8_t answer[1 << 17];
    size_t answers, taken;
};

/// The adapter that is plugged in from now on; NULL: none.
void ftdi_fake_plug(struct ftdi_fake *fake);

#endif
