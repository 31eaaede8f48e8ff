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

/// A block of 64 bytes with its frame fits into that many bytes.
enum { TNPU_SPI_BUFFER_MIN = 80 };

/// The transport. Its members are its own; read them at will.
struct tnpu_spi {
    const struct tnpu_spi_port *port;
    uint8_t *buffer;
    size_t size;
    struct tnpu_link_counts counts;
    uint8_t flags, accepted, refused; ///< of the latest status that arrived whole
    uint8_t slack, reads; ///< bytes clocked with a read beyond its own, and frames since it changed
};

/// Makes a transport, *link, of a port. buffer[size] is where frames are put together: at least
/// TNPU_SPI_BUFFER_MIN bytes; each call of port->transfer carries at most that many, so a larger
/// one means fewer calls (some 1,000 bytes do for a DMA, some 32,000 for a USB cable). *spi, *port
/// and the buffer must outlive *link. Returns TNPU_OK or TNPU_ERR_ARGUMENT.
int tnpu_spi_init(struct tnpu_spi *spi, const struct tnpu_spi_port *port, void *buffer, size_t size,
                  struct tnpu_transport *link);

#ifdef __cplusplus
}
#endif
#endif
