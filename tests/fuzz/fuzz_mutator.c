// SPDX-License-Identifier: Apache-2.0
// How libFuzzer changes a network: as bytes, or, every other time, as what the bytes stand for.
#include "fuzz_mutate.h"

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned seed) {
    size_t made = seed & 1 ? fuzz_mutate(bytes, size, room, seed >> 1) : 0;
    return made ? made : LLVMFuzzerMutate(bytes, size, room);
}
