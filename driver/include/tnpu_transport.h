// SPDX-License-Identifier: Apache-2.0
// The seam between the driver and whatever carries bytes to the chip: SPI, SDIO, a USB cable, the C
// model, the simulated RTL. A transport is a const struct; the driver keeps a pointer to it.
//
//     struct tnpu_spi spi;
//     struct tnpu_transport link;
//     uint8_t buffer[512];                         // where frames are put together
//     tnpu_spi_init(&spi, &port, buffer, sizeof buffer, &link);      // tnpu_spi.h
//     tnpu_open(&npu, &link, &net);                                  // tnpu.h
//
// A transport that returns TNPU_OK has carried every byte as it is: links check with CRCs and send
// damaged blocks again, a bounded number of times, before they give up. Every function returns
// within a bounded time. None of them is called while another one of the same transport runs.
#ifndef TNPU_TRANSPORT_H
#define TNPU_TRANSPORT_H

#include "tnpu_status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a transport has met so far. Counts only grow, and wrap.
struct tnpu_link_counts {
    uint32_t transfers;  ///< calls of write and read
    uint32_t blocks;     ///< blocks carried, those sent again included
    uint32_t crc_errors; ///< blocks, headers or answers whose checksum was wrong
    uint32_t lost;       ///< blocks or answers that never came
    uint32_t busy;       ///< times that the chip had no room and was asked again
    uint32_t retries;    ///< blocks or requests sent again because they were damaged or lost
    uint32_t failures;   ///< calls that ended with an error, retries included
};

struct tnpu_transport {
    void *context;    ///< first argument of each function
    const char *name; ///< "spi", "sdio", "model", ...

    /// Writes n bytes from byte address `addr` of the chip's map on (docs/registers.md). After an
    /// error, any of the bytes may have been written. A block that may or may not have arrived is
    /// sent again only where that is harmless: in the memories, never in the registers.
    int (*write)(void *context, uint32_t addr, const void *bytes, size_t n);
    /// Reads n bytes. After an error the buffer's contents mean nothing.
    int (*read)(void *context, uint32_t addr, void *bytes, size_t n);
    /// Lets time pass until the interrupt pin is active or `timeout_us` have gone by. Returns 1 for
    /// active, 0 for not, or a negative status. NULL: the chip's interrupt pin is not connected;
    /// the driver polls the status register.
    int (*wait_irq)(void *context, uint32_t timeout_us);
    /// A clock in microseconds that wraps at 2^32. It must run on while the driver waits: every
    /// time-out hangs on it.
    uint32_t (*now_us)(void *context);
    /// Brings the link itself, not the NPU, to the state in which it starts. NULL: nothing to do.
    int (*recover)(void *context);
    /// NULL: nothing is counted.
    const struct tnpu_link_counts *counts;

    size_t max_bytes; ///< most bytes in one call of write or read; at least 4
    size_t block;     ///< writes to memory that end at a multiple of it cost least; 0: all alike
};

#ifdef __cplusplus
}
#endif
#endif
