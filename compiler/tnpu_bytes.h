// SPDX-License-Identifier: Apache-2.0
// Little-endian bytes: a buffer that grows, and a cursor that never reads past its end.
//
// Both remember a failure instead of returning one from every call: write or read a whole record,
// then look at `failed` once.
#ifndef TNPU_BYTES_H
#define TNPU_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A buffer being written. Zeroed to begin with; `data` is the caller's to free.
struct tnpu_writer {
    uint8_t *data;
    size_t size, capacity;
    bool failed; ///< out of memory: nothing more is written
};

/// Bytes still to be read. `failed` stays set once a read has run past the end; such reads give 0.
struct tnpu_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

void tnpu_put_bytes(struct tnpu_writer *w, const void *bytes, size_t n);
void tnpu_put_u32(struct tnpu_writer *w, uint32_t v);
void tnpu_put_f32(struct tnpu_writer *w, float v);
/// The text and zeros up to `n` bytes, of which the last is always zero.
void tnpu_put_text(struct tnpu_writer *w, const char *text, size_t n);
/// Zeros up to the next multiple of `alignment`.
void tnpu_put_pad(struct tnpu_writer *w, size_t alignment);

/// The next n bytes, or NULL when fewer are left.
const uint8_t *tnpu_take(struct tnpu_reader *r, size_t n);
uint32_t tnpu_take_u32(struct tnpu_reader *r);
float tnpu_take_f32(struct tnpu_reader *r);
/// A field of n bytes as tnpu_put_text writes it; fails on text that is not printable ASCII, not
/// terminated, or followed by anything but zeros.
void tnpu_take_text(struct tnpu_reader *r, char *text, size_t n);

static inline uint32_t tnpu_get_u32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void tnpu_set_u32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}

#endif
