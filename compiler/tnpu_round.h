// SPDX-License-Identifier: Apache-2.0
// Adaptive rounding: rounds a layer's weights so that its outputs, not its weights, are nearest.
#ifndef TNPU_ROUND_H
#define TNPU_ROUND_H

#include "tnpu_fuse.h"
#include "tnpu_qgraph.h"
#include "tnpu_stats.h"

/// Largest number of weights an output channel for which it is done: the second moments of a
/// layer's windows take the square of this.
#define TNPU_ROUND_WINDOW_MAX 1024

/// Rounds the weights of convolution `l` again, up or down, such that the expected squared error of
/// each output channel's sum is least for windows as they occur in `in` (the layer's int8 input for
/// each calibration picture), and takes the mean error that remains out of the bias. `f` is the
/// float layer that `l` was made from. Constant channels stay as they are. Does nothing for larger
/// windows. Returns 0, or -1 with a reason.
int tnpu_round_layer(const struct tnpu_qgraph *q, struct tnpu_qlayer *l,
                     const struct tnpu_fused_layer *f, const struct tnpu_pictures *in, int threads,
                     struct tnpu_error *e);

#endif
