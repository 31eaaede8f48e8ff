// SPDX-License-Identifier: Apache-2.0
// SPI frames by docs/LINK.md, made and taken apart here and not by the driver: tests of the device
// have their own idea of the wire.
#ifndef SPI_FRAMES_H
#define SPI_FRAMES_H

#include "tnpu_spec.h"
#include "tnpu_spi_host.h"

enum {
    HEADER = 9, ///< bytes before the reply
    BLOCK = TNPU_LINK_SPI_BLOCK,
};

uint16_t frame_crc16(const uint8_t *bytes, size_t n);

/// The nine bytes of a header.
void frame_header(uint8_t out[HEADER], uint8_t command, uint32_t addr, uint32_t length);

/// The bytes that a write of `data` puts on MOSI, header and codes' places included; returns how
/// many. code_at[i], where not NULL, gets the place of block i's code.
size_t frame_write(uint8_t *out, uint32_t addr, const uint8_t *data, size_t length,
                   size_t *code_at);
/// Most bytes of such a frame.
#define FRAME_MAX(length) (HEADER + 1 + (length) + 3 * ((length) / BLOCK + 2))

/// The first block of what is left: its bytes.
size_t frame_block(uint32_t addr, size_t left);

/// What came in while a header went out.
struct frame_status {
    uint8_t flags, accepted, refused, version;
    bool good; ///< LINK_SYNC and CRC are right
};
struct frame_status frame_status_of(const uint8_t in[HEADER]);

/// Whole frames, without retries: the reply, or the first code that is not ACK, or -1 for damaged
/// or missing data.
int frame_do_write(struct tnpu_spi_host *h, uint32_t addr, const void *data, size_t length);
/// waits, where not NULL, gets the WAIT bytes before the first block and the sum of those later.
int frame_do_read(struct tnpu_spi_host *h, uint32_t addr, void *data, size_t length,
                  unsigned waits[2]);
struct frame_status frame_do_nothing(struct tnpu_spi_host *h);

/// A frame that is cut after `bits` bits; `in` gets the whole bytes that came in.
void frame_cut(struct tnpu_spi_host *h, const uint8_t *out, uint8_t *in, size_t bits);

#endif
