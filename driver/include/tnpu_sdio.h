// SPDX-License-Identifier: Apache-2.0
// TinyNPU over SDIO: the port that a board's host controller provides, and the transport above it
// (docs/LINK.md). The controller makes and checks CRC7 and CRC16 and counts clocks; what commands
// mean is the transport's.
#ifndef TNPU_SDIO_H
#define TNPU_SDIO_H

#include "tnpu_transport.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What comes back on CMD.
enum tnpu_sdio_answer {
    TNPU_SDIO_NO_ANSWER, ///< none is waited for (CMD0)
    TNPU_SDIO_WITH_CRC,  ///< 48 bits whose index echoes the command and whose CRC7 is checked: R1,
                         ///< R5, R6
    TNPU_SDIO_WITHOUT_CRC, ///< 48 bits, index and CRC field all ones, not checked: R4 (CMD5)
};

/// What a board provides. Functions return TNPU_OK or
///     TNPU_ERR_NO_ANSWER  no answer, no data or no CRC status within the specification's time
///     TNPU_ERR_CRC        answer or data with a wrong CRC, or the card said so of ours
///     TNPU_ERR_BUS        the controller failed
struct tnpu_sdio_port {
    void *context; ///< first argument of each function

    /// Sends command `index` with `argument`; *answer (may be NULL) gets the answer's bits 39..8.
    int (*command)(void *context, unsigned index, uint32_t argument, enum tnpu_sdio_answer kind,
                   uint32_t *answer);
    /// CMD53: sends the command with `argument`, then moves its data: `blocks` blocks of `size`
    /// bytes each, size 1..512 (byte mode: one block of that size). Exactly one of out and in is
    /// not NULL. If the answer, *answer, has an error bit set (R5 bits 15, 14, 11, 9, 8), no data
    /// is moved and TNPU_OK returned: the transport judges it. After an error the number of blocks
    /// that arrived is not known.
    int (*move)(void *context, uint32_t argument, const uint8_t *out, uint8_t *in, size_t size,
                size_t blocks, uint32_t *answer);
    /// Sets the width of the data bus (1 or 4) and the highest clock: at most `khz`. The first call
    /// comes before any command, with 1 and 400; the card must have power by then.
    int (*set_bus)(void *context, unsigned bits, uint32_t khz);
    /// Waits until the card signals an interrupt on DAT1, at most timeout_us (0: looks once).
    /// Returns 1 if it does, 0 if not, or TNPU_ERR_BUS. The clock may stop meanwhile. NULL: no
    /// interrupts.
    int (*wait_irq)(void *context, uint32_t timeout_us);
    /// Microseconds that run on and wrap at 2^32.
    uint32_t (*now_us)(void *context);
    /// What the board can do: 4 data lines connected; the highest clock.
    unsigned max_bits; ///< 1 or 4
    uint32_t max_khz;  ///< above 0; the transport asks for at most 50,000
};

/// The transport. Its members are its own; read them at will.
struct tnpu_sdio {
    const struct tnpu_sdio_port *port;
    struct tnpu_link_counts counts;
    bool up;          ///< the card is enumerated
    uint32_t card;    ///< its relative address, in the upper 16 bits
    uint32_t page;    ///< where the window is
    bool filled;      ///< the last command was one that fills the chip's buffers
    uint8_t accepted; ///< blocks that the chip has acknowledged, as far as is known
    unsigned reach;   ///< blocks a read command: fewer when they arrive damaged
    uint8_t doubt;    ///< transfers yet to be compared with what the memory holds
};

/// Makes a transport, *link, of a port. *sdio and *port must outlive it. The card is enumerated at
/// the first use. Returns TNPU_OK or TNPU_ERR_ARGUMENT.
int tnpu_sdio_init(struct tnpu_sdio *sdio, const struct tnpu_sdio_port *port,
                   struct tnpu_transport *link);

#ifdef __cplusplus
}
#endif
#endif
