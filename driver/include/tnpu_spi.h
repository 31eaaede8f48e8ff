// SPDX-License-Identifier: Apache-2.0
// TinyNPU over SPI: the port that a board provides, and the transport above it, which speaks the
// frames of docs/LINK.md. The same code runs on a microcontroller, behind a USB cable and in
// simulation; only the port differs.
#ifndef TNPU_SPI_H
#define TNPU_SPI_H

#include "tnpu_transport.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a board provides: mode 0 (SCK idles low, both sides sample at the rising edge), most
/// significant bit first, one bit in and one out. Functions return TNPU_OK or TNPU_ERR_BUS.
struct tnpu_spi_port {
    void *context; ///< first argument of each function

    /// Drives chip select: true makes it low. The wire's set-up and hold times are the port's
    /// business. Selecting twice, or releasing twice, does nothing the second time.
    int (*select)(void *context, bool active);
    /// Clocks n bytes: out[i] goes out on MOSI while in[i] comes in on MISO. out NULL: zeros go
    /// out; in NULL: what comes in is dropped. The buffers do not overlap, unless in == out. A port
    /// may keep bytes back until the next call that has `in`, or that releases chip select.
    int (*transfer)(void *context, const uint8_t *out, uint8_t *in, size_t n);
    /// Waits until the chip's interrupt pin is high, at most timeout_us (0: looks once). Returns 1
    /// if it is, 0 if not, or TNPU_ERR_BUS. NULL: the pin is not connected.
    int (*wait_irq)(void *context, uint32_t timeout_us);
    /// Microseconds that run on and wrap at 2^32.
    uint32_t (*now_us)(void *context);
};

#ifdef __cplusplus
}
#endif
#endif
