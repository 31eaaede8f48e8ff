// SPDX-License-Identifier: Apache-2.0
// Inside the driver: little-endian words in bytes.
#ifndef TNPU_BITS_H
#define TNPU_BITS_H

#include <stdint.h>

static inline uint32_t tnpu_load32(const uint8_t *b) {
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void tnpu_store32(uint8_t *b, uint32_t v) {
    b[0] = (uint8_t)v;
    b[1] = (uint8_t)(v >> 8);
    b[2] = (uint8_t)(v >> 16);
    b[3] = (uint8_t)(v >> 24);
}

#endif
