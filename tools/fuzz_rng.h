// SPDX-License-Identifier: Apache-2.0
// Random numbers of the fuzzer: small, seedable, the same on every machine (splitmix64).
#ifndef FUZZ_RNG_H
#define FUZZ_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct fuzz_rng {
    uint64_t state;
};

static inline uint64_t fuzz_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static inline uint64_t fuzz_next(struct fuzz_rng *r) {
    return fuzz_mix(r->state += 0x9E3779B97F4A7C15u);
}

/// Uniform in low..high, both included; low where the range is empty.
static inline int32_t fuzz_in(struct fuzz_rng *r, int64_t low, int64_t high) {
    if (high <= low) return (int32_t)low;
    return (int32_t)(low + (int64_t)(fuzz_next(r) % (uint64_t)(high - low + 1)));
}

/// True in `percent` of 100 cases.
static inline bool fuzz_chance(struct fuzz_rng *r, int percent) {
    return fuzz_in(r, 0, 99) < percent;
}

/// In low..high, small values much more often: the size of the range is itself random.
static inline int32_t fuzz_small(struct fuzz_rng *r, int64_t low, int64_t high) {
    int64_t span = high - low;
    int bits = 0;
    while (span >> bits) bits++;
    int64_t part = ((int64_t)1 << fuzz_in(r, 0, bits)) - 1;
    return fuzz_in(r, low, low + (part < span ? part : span));
}

#endif
