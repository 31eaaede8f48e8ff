// SPDX-License-Identifier: Apache-2.0
// An SDIO card as the host's controller sees it, command by command, written from docs/LINK.md and
// the SDIO specification, with the C model behind it. It is also the port.
#ifndef SDIO_DEVICE_H
#define SDIO_DEVICE_H

#include "tnpu_model.h"
#include "tnpu_sdio.h"

struct sdio_device {
    struct tnpu_sdio_port port; ///< its context is this object
    struct tnpu_model *chip;

    // Faults: chances in millionths
    uint32_t deaf;       ///< of each command: it arrives damaged, there is no answer
    uint32_t dumb;       ///< of each command: it is done, the answer arrives damaged
    uint32_t bad_block;  ///< of each block: it arrives damaged
    uint32_t bad_token;  ///< of each block written: it is taken, and its CRC status is lost
    uint32_t late;       ///< of each byte of the window by CMD52: the core had no time for it
    uint32_t reset;      ///< of each command: the chip is reset before it
    uint32_t overlooked; ///< of each look at the interrupt
    uint32_t slips;      ///< no chance: so many blocks more arrive damaged, and their CRCs fit
    bool gone;           ///< nothing answers
    uint64_t random;     ///< state of the random numbers, not 0

    // What happened
    uint32_t starts, commands, wrong; ///< wrong: commands that a right host does not send
    unsigned bits, khz;
    double now_us;

    // The card
    enum { SDIO_IDLE, SDIO_READY, SDIO_STANDBY, SDIO_COMMAND } state;
    uint8_t cccr[256], fbr[32], page, accepted, refused;
    bool busy_with_data; ///< a CMD53 failed and was not ended
};

/// All faults off; 4 bits, 50 MHz. The caller keeps the chip.
void sdio_device_init(struct sdio_device *d, struct tnpu_model *chip);

#endif
