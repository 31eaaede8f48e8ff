// SPDX-License-Identifier: Apache-2.0
// Placement of buffers whose lifetimes are known beforehand in one memory.
#ifndef TNPU_ARENA_H
#define TNPU_ARENA_H

#include <stdint.h>

/// A buffer that is in use from step `first` to step `last`, both included.
struct tnpu_span {
    uint32_t bytes; ///< at least 1
    int first, last;
    uint32_t base; ///< set by tnpu_arena_place, a multiple of TNPU_ARENA_ALIGN
};

#define TNPU_ARENA_ALIGN 16u

/// Places the buffers so that no two that are in use at the same step overlap. Several greedy
/// orders are tried, the first of the lowest top wins: the same spans always get the same places.
/// Returns the bytes from 0 to the end of the highest buffer, or -1 when out of memory.
int64_t tnpu_arena_place(struct tnpu_span *spans, int count);

/// The bytes that any placement needs: the most that are in use at one step (*step says which; may
/// be NULL), with the gaps that alignment makes between them.
int64_t tnpu_arena_bound(const struct tnpu_span *spans, int count, int *step);

#endif
