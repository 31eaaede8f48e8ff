// SPDX-License-Identifier: Apache-2.0
// An SDIO host controller at the chip's pins, edge by edge, behind the port of the driver
// (tnpu_sdio.h).
//
//     struct tnpu_sdio_host h;
//     tnpu_sdio_host_init(&h, chip, 20833);        // clock of 48 MHz once set_bus allows it
//     h.port.command(h.port.context, 5, 0, TNPU_SDIO_WITHOUT_CRC, &ocr); ...
//
// What follows the port's functions is for tests of the card: commands and blocks with errors in
// them, and a look at each part of a transfer.
#ifndef TNPU_SDIO_HOST_H
#define TNPU_SDIO_HOST_H

#include "tnpu_chip.h"
#include "tnpu_sdio.h"

struct tnpu_sdio_host {
    struct tnpu_sdio_port port; ///< to use it by; its context is this object
    struct tnpu_chip *chip;
    uint32_t max_ps;   ///< period of the fastest clock that the host has
    uint32_t sd_ps;    ///< period of the clock now
    unsigned bits;     ///< data lines in use
    uint64_t clocks;   ///< so far
    uint64_t rest;     ///< clocks until it may stop
    uint8_t tape[128]; ///< the lines from a command's end to its answer's, for a block that begins
                       ///< meanwhile
    unsigned taped, played;

    /// Bad days: chances, in 2^-32, that a bit on a line is read wrong by either side; that a clock
    /// comes twice; that clock and lines rest from a clock on until the next command. And their
    /// random numbers' state (not 0). Rates 0: none.
    uint32_t noise_rate, slip_rate, cut_rate;
    uint64_t noise_state;
    bool cut; ///< they rest
};

/// The host keeps the chip, and must not move while it is in use. It starts with one line at
/// 400 kHz, or max_ps where that is slower.
void tnpu_sdio_host_init(struct tnpu_sdio_host *h, struct tnpu_chip *chip, uint32_t max_ps);

/// Clocks n times with all lines released.
void tnpu_sdio_host_idle(struct tnpu_sdio_host *h, unsigned n);

/// Sends 48 bits, `damage` xored into them, bit 47 first. Does not wait for an answer.
void tnpu_sdio_host_send(struct tnpu_sdio_host *h, unsigned index, uint32_t argument,
                         uint64_t damage);
/// Waits 64 clocks for an answer's start bit. Returns the 48 bits, or 0 for none. gap, where not
/// NULL, gets the clocks from the command's end bit to the start bit.
uint64_t tnpu_sdio_host_answer(struct tnpu_sdio_host *h, unsigned *gap);

/// Sends a block; bit `damage` of the frame on the lines is wrong (counted from the start bit, line
/// by line from DAT0 on; negative: none). Returns the CRC status, 2 or 5, -1 for none, -2 for busy
/// without an end.
int tnpu_sdio_host_put(struct tnpu_sdio_host *h, const uint8_t *block, size_t size, long damage);
/// Takes a block: 0, or TNPU_ERR_NO_ANSWER or TNPU_ERR_CRC.
int tnpu_sdio_host_get(struct tnpu_sdio_host *h, uint8_t *block, size_t size);

#endif
