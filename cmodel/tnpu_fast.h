// SPDX-License-Identifier: Apache-2.0
// What the parts of the fast path share: its work space, and the steps around the kernels.
#ifndef TNPU_FAST_H
#define TNPU_FAST_H
#include "tnpu_kernel.h"

// Convolution pixels done at once, and the bytes of their inputs that should stay in the
// first-level cache
enum { TNPU_FAST_PIXELS = 64, TNPU_FAST_INPUT = 32768, TNPU_FAST_TILES = 64 };

struct tnpu_fast_pixel {
    int oy, ox, wy, wx;
};

struct tnpu_scratch {
    int32_t acc[TNPU_FAST_PIXELS * TNPU_MAX_L + TNPU_BLOCK];
    int8_t r[TNPU_FAST_PIXELS * TNPU_MAX_L + TNPU_BLOCK];
    int8_t y[TNPU_FAST_PIXELS * TNPU_MAX_L + TNPU_BLOCK];
    int8_t
        x[TNPU_FAST_PIXELS * TNPU_MAX_L + TNPU_BLOCK]; // inputs of one tap of a vector instruction
    struct tnpu_fast_pixel pixels[TNPU_FAST_PIXELS];
    struct tnpu_lane_constants constants[TNPU_FAST_TILES]; // of tile g at g % TNPU_FAST_TILES
    int tile_of[TNPU_FAST_TILES];                          // which tile that is; -1: none
    struct tnpu_ppu_addition addition;
    size_t input_bytes;
    int8_t *input; // CONV: inputs of the pixels, a pixel's taps one behind the other, once a set of
                   // lanes. DWCONV: rows
};

// Work space for a configuration, or a null pointer: out of memory.
struct tnpu_scratch *tnpu_scratch_new(const struct tnpu_config *cfg);
void tnpu_scratch_free(struct tnpu_scratch *s);

// Output pixels that may be done at once. 0: the instruction may read what it has written, or
// writes a byte twice, so that time matters.
int tnpu_fast_block(const struct tnpu_job *job);

// Makes the constants of a tile ready from its parameters; tnpu_fast_constants: those of tile g,
// kept for the next time.
void tnpu_lane_constants_make(struct tnpu_lane_constants *k, const struct tnpu_ppu_params *p,
                              const struct tnpu_job *job);
const struct tnpu_lane_constants *tnpu_fast_constants(struct tnpu_model *m,
                                                      const struct tnpu_job *job, int g);
// Post-processes `count` vectors of scratch acc with r into y, and takes y through the table if
// there is one.
void tnpu_fast_finish(struct tnpu_model *m, const struct tnpu_job *job, int g, int count);
// Copies the lanes of a vector.
static inline void tnpu_fast_copy(int8_t *to, const void *from, int lanes) {
    switch (lanes) {
    case 4:
        __builtin_memcpy(to, from, 4);
        break;
    case 8:
        __builtin_memcpy(to, from, 8);
        break;
    case 16:
        __builtin_memcpy(to, from, 16);
        break;
    default:
        __builtin_memcpy(to, from, 32);
    }
}

// The instruction's bytes: CONV and vector instructions; DWCONV
void tnpu_fast_pixels(struct tnpu_model *m, const struct tnpu_job *job, int block);
void tnpu_fast_dw(struct tnpu_model *m, const struct tnpu_job *job);

#endif
