// SPDX-License-Identifier: Apache-2.0
// Changes of a .tflite network that the bytes of its file do not suggest: it stays a file that can
// be read, and one number in it, or a few, is none that any converter writes.
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes the network in bytes[size], in place, by `seed`. Returns its new size, at most `room`; 0
/// and nothing changed where the bytes are no network or the new one does not fit.
size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t room, unsigned seed);

#ifdef __cplusplus
}
#endif

#endif
