// SPDX-License-Identifier: Apache-2.0
// CRC-16, a byte at a time.
#include "tnpu_crc16.h"

// The CRC is linear: a byte's entry is the sum of its bits' entries
#define BIT(i, n, v) ((i) >> (n)&1 ? (v) : 0)
#define ENTRY(i)                                                                                   \
    (BIT(i, 0, 0x1021) ^ BIT(i, 1, 0x2042) ^ BIT(i, 2, 0x4084) ^ BIT(i, 3, 0x8108) ^               \
     BIT(i, 4, 0x1231) ^ BIT(i, 5, 0x2462) ^ BIT(i, 6, 0x48c4) ^ BIT(i, 7, 0x9188))
#define FOUR(i) ENTRY(i), ENTRY(i + 1), ENTRY(i + 2), ENTRY(i + 3)
#define ROW(i) FOUR(i), FOUR(i + 4), FOUR(i + 8), FOUR(i + 12)

static const uint16_t table[256] = {
    ROW(0x00), ROW(0x10), ROW(0x20), ROW(0x30), ROW(0x40), ROW(0x50), ROW(0x60), ROW(0x70),
    ROW(0x80), ROW(0x90), ROW(0xa0), ROW(0xb0), ROW(0xc0), ROW(0xd0), ROW(0xe0), ROW(0xf0)};

uint16_t tnpu_crc16(const uint8_t *bytes, size_t n) {
    uint16_t crc = 0xffff;
    for (size_t i = 0; i < n; i++) crc = (uint16_t)(crc << 8 ^ table[(crc >> 8 ^ bytes[i]) & 0xff]);
    return (uint16_t)~crc;
}

void tnpu_crc16_seal(uint8_t *bytes, size_t n) {
    uint16_t crc = tnpu_crc16(bytes, n);
    bytes[n] = (uint8_t)(crc >> 8);
    bytes[n + 1] = (uint8_t)crc;
}

bool tnpu_crc16_holds(const uint8_t *bytes, size_t n) {
    return tnpu_crc16(bytes, n) == (uint16_t)(bytes[n] << 8 | bytes[n + 1]);
}
