// SPDX-License-Identifier: Apache-2.0
// Vector code of the fast path, made once a processor family (tnpu_kernel_body.h) and chosen when a
// model is made. Vectors of lanes lie one behind the other ("flat": element i is lane i % lanes of
// vector i / lanes); lengths are rounded up to whole registers, so buffers have room for TNPU_BLOCK
// elements more, and constants of fewer than 32 lanes are repeated up to 32.
#ifndef TNPU_KERNEL_H
#define TNPU_KERNEL_H
#include "tnpu_unit.h"

enum { TNPU_BLOCK = 16 }; // elements of the widest register

// Constants of a tile's lanes, made ready. A right shift of 32 gives 0 always and is stored as a
// multiplier of 0.
struct tnpu_lane_constants {
    int32_t bias[TNPU_MAX_L], post[TNPU_MAX_L], mult[TNPU_MAX_L], k[TNPU_MAX_L];
    int32_t left[TNPU_MAX_L], right[TNPU_MAX_L]; // shifts, 0..31
};

enum tnpu_tap_mode { TNPU_TAP_MAC, TNPU_TAP_SUM, TNPU_TAP_MAX, TNPU_TAP_LOAD };

struct tnpu_kernels {
    const char *name;
    // acc[p][c] = sum over t < taps, i < 16 of x[p][t][i] * w[t][c][i], for p < pixels, c < lanes;
    // rows of acc and of w hold `row` lanes
    void (*dot)(int row, int lanes, const int8_t *x, int pixels, int taps, const int8_t *w,
                int32_t *acc);
    // acc[i] = sum over the nine taps of x[tap][i] * w[tap][i % lanes], for i < n
    void (*window)(const int8_t *const x[9], const int32_t (*w)[TNPU_MAX_L], int n, int32_t *acc);
    // acc[i] += x[i] * w[i % lanes], or what else the mode says
    void (*tap)(enum tnpu_tap_mode mode, const int8_t *x, const int32_t *w, int n, int32_t *acc);
    // y[i] = post-processing of acc[i] with second operand r[i]
    void (*ppu)(const struct tnpu_job *job, const struct tnpu_lane_constants *k,
                const struct tnpu_ppu_addition *a, int n, const int32_t *acc, const int8_t *r,
                int8_t *y);
};

extern const struct tnpu_kernels tnpu_kernels_generic;
#if defined(__x86_64__)
extern const struct tnpu_kernels tnpu_kernels_avx2, tnpu_kernels_avx512;
#endif
// What this processor runs, the best first (n = 0); a null pointer after the last
const struct tnpu_kernels *tnpu_kernels_nth(int n);

#endif
