// SPDX-License-Identifier: Apache-2.0
// Damage to files, by a seed: the same seed, the same damage on every machine.
#ifndef DAMAGE_H
#define DAMAGE_H

#include "tnpu_bytes.h"
#include "tnpu_program_format.h"

#include <stddef.h>
#include <stdint.h>

/// splitmix64: the next number of the sequence.
static inline uint64_t damage_next(uint64_t *seed) {
    uint64_t z = *seed += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/// A number 0..n-1.
static inline size_t damage_below(uint64_t *seed, size_t n) {
    return (size_t)(damage_next(seed) % n);
}

/// Flips one bit of bytes[from..to-1].
static inline void damage_flip(uint8_t *bytes, size_t from, size_t to, uint64_t *seed) {
    size_t at = from + damage_below(seed, to - from);
    bytes[at] ^= (uint8_t)(1 << damage_below(seed, 8));
}

/// Makes all checksums of a .tnpu file right (docs/PROGRAM_FORMAT.md): of each section whose place
/// lies within the file, then the file's own.
static inline void damage_seal(uint8_t *bytes, size_t size) {
    for (int s = 0; s < TNPU_SECTIONS; s++) {
        uint8_t *entry = bytes + TNPU_HEADER_BYTES + (size_t)s * TNPU_SECTION_BYTES;
        uint32_t at = tnpu_get_u32(entry + 4), n = tnpu_get_u32(entry + 8);
        if (at <= size && n <= size - at) tnpu_set_u32(entry + 12, tnpu_program_crc(bytes + at, n));
    }
    tnpu_set_u32(bytes + TNPU_HEADER_CRC_AT, tnpu_program_file_crc(bytes, size));
}

/// Where a section of an undamaged file begins and ends.
static inline void damage_section(const uint8_t *bytes, enum tnpu_section s, size_t *from,
                                  size_t *to) {
    const uint8_t *entry = bytes + TNPU_HEADER_BYTES + (size_t)s * TNPU_SECTION_BYTES;
    *from = tnpu_get_u32(entry + 4);
    *to = *from + tnpu_get_u32(entry + 8);
}

#endif
