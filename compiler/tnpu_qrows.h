// SPDX-License-Identifier: Apache-2.0
// Several kernel rows in one read.
//
// A kernel row of a narrow input (a spectrogram, a time series) is a few bytes of the 16 that a
// read brings. Where pixels lie without gaps and nothing is padded, the kernel's next row lies one
// row of the input further on: near enough, often, to be brought by the same read (tnpu_lower_layer
// does that). Padding is in the way, for what lies there in memory is the row before or behind.
#ifndef TNPU_QROWS_H
#define TNPU_QROWS_H

#include "tnpu_qgraph.h"
#include "tnpu_spec.h"

/// Kernel rows that a convolution reads at once, at least 1: a divisor of l->kernel_h, the one with
/// the fewest reads a pixel. `row`: bytes from one input row to the next; `pixels`: output pixels
/// side by side that share the reads; *reads becomes the reads of those, all kernel rows together.
int tnpu_qrows_at_once(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int row,
                       int pixels, int *reads);

/// Where convolutions read the network's input, and a copy of it with its padding costs fewer
/// cycles on `config` than kernel rows together save, inserts the copy. `g` must have passed
/// tnpu_qgraph_check. Returns 0, or -1 with a reason (memory only).
int tnpu_qrows(struct tnpu_qgraph *g, const struct tnpu_config *config, struct tnpu_error *e);

#endif
