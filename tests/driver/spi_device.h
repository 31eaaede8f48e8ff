// SPDX-License-Identifier: Apache-2.0
// The chip's side of the SPI wire, bit by bit, written from docs/LINK.md and nothing else, with the
// C model behind it. It is also a port: what the transport clocks arrives here, with noise if
// wanted.
#ifndef SPI_DEVICE_H
#define SPI_DEVICE_H

#include "tnpu_model.h"
#include "tnpu_spi.h"

struct spi_device {
    struct tnpu_spi_port port; ///< its context is this object
    struct tnpu_model *chip;
    double sck_mhz;

    // Faults: chances in millionths
    uint32_t noise_mosi, noise_miso; ///< of each bit: it arrives wrong
    uint32_t cut;                    ///< of each frame: CS goes up somewhere within it
    uint32_t extra;                  ///< of each frame: a clock too many somewhere within it
    uint32_t overlooked;             ///< of each look at the interrupt pin
    uint32_t busy;                   ///< of each header and block: no room
    uint32_t reset;                  ///< of each frame: the chip is reset before it
    unsigned waits;                  ///< up to so many WAIT bytes before a block of read data
    int stuck;                       ///< MISO is stuck at this level; -1: it is not
    uint64_t random;                 ///< state of the random numbers, not 0

    // What happened
    uint64_t bits, frames;
    uint32_t starts;   ///< writes to CTRL that took effect
    uint8_t mosi[128]; ///< the first bytes of the latest frame as the host sent them
    double idle_us;

    // The decoder's state
    bool selected, dead;
    uint32_t until_cut, until_extra; ///< bits
    uint8_t in, out;
    unsigned bit;
    uint32_t byte; ///< of the frame
    uint8_t header[9], block[66];
    unsigned have, size, wait; ///< of the block
    uint32_t addr, left;
    uint8_t accepted, refused, code;
    enum {
        DEVICE_HEADER,
        DEVICE_IGNORE,
        DEVICE_WRITE,
        DEVICE_CODE,
        DEVICE_WAIT,
        DEVICE_READ
    } state;
};

/// All faults off, MISO not stuck, 40 MHz. The caller keeps the chip.
void spi_device_init(struct spi_device *d, struct tnpu_model *chip);

#endif
