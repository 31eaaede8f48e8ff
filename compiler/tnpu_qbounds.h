// SPDX-License-Identifier: Apache-2.0
// Bounds on a quantised layer's arithmetic, whatever the input's bytes.
#ifndef TNPU_QBOUNDS_H
#define TNPU_QBOUNDS_H

#include "tnpu_qgraph.h"

/// What can overflow in output channel c of a convolution layer, in words ("left shift", ...), or
/// NULL if nothing can: accumulator, sum with bias, sum with post_bias and its left shift all stay
/// within int32 for every input.
const char *tnpu_qchannel_fault(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int c);

#endif
