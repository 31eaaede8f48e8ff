// SPDX-License-Identifier: Apache-2.0
// Channels that need not be computed: those whose byte is the same for every input and every pixel,
// and those that nothing reads. A quarter to a third of the channels of a small trained network are
// of this kind. The network's output bytes do not change.
#ifndef TNPU_QPRUNE_H
#define TNPU_QPRUNE_H

#include "tnpu_qgraph.h"

/// Follows the interval of values of each channel from layer to layer (a channel is constant where
/// both ends meet), moves what constant channels add to a convolution into its biases, and takes
/// the channels that nothing needs then out of tensors and weights (their number is in
/// g->removed_channels), and the changed tensors out of `sources`. Channels of the input and the
/// output stay, and those that a COPY or the host touches. `g` must have passed tnpu_qgraph_check.
/// Returns 0, or -1 with a reason (memory only).
int tnpu_qprune(struct tnpu_qgraph *g, struct tnpu_error *e);

#endif
