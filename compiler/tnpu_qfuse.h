// SPDX-License-Identifier: Apache-2.0
// Fusing in a quantised graph: same bytes, fewer layers.
#ifndef TNPU_QFUSE_H
#define TNPU_QFUSE_H

#include "tnpu_qgraph.h"

/// With `fuse`, an ADD or SUB becomes part of the convolution that makes one of its operands, and a
/// copy that only pads part of the convolutions behind it. In any case tensors that no layer uses
/// any more are removed. Returns 0, or -1 with a reason.
int tnpu_qfuse(struct tnpu_qgraph *g, bool fuse, struct tnpu_error *e);

#endif
