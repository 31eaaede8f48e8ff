// SPDX-License-Identifier: Apache-2.0
// Inside the driver: the CRC-16 of SPI frames (docs/LINK.md).
#ifndef TNPU_CRC16_H
#define TNPU_CRC16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Of n bytes: polynomial 0x1021, start 0xFFFF, inverted at the end (CRC-16/GENIBUS).
uint16_t tnpu_crc16(const uint8_t *bytes, size_t n);

/// Appends the CRC of bytes[0..n-1] as bytes[n] and bytes[n + 1], high byte first.
void tnpu_crc16_seal(uint8_t *bytes, size_t n);
/// Whether that is what follows n bytes.
bool tnpu_crc16_holds(const uint8_t *bytes, size_t n);

#endif
