// SPDX-License-Identifier: Apache-2.0
// The values that each channel of a quantised graph can take.
#ifndef TNPU_QSPAN_H
#define TNPU_QSPAN_H

#include "tnpu_qgraph.h"

/// A channel's bytes lie in lo..hi, at every pixel and for every input of the network.
struct tnpu_qspan {
    int8_t lo, hi;
};

/// The interval of channel c of the layer's output, from those of its input's channels: `in`, as
/// many as it has (NULL for layers without). Convolutions are followed exactly, from the interval
/// of their sum (padding reads in_zp, a value like any other), but for those with a residual; for
/// other operators the interval may be wider than need be. *acc becomes the one end of a
/// convolution's sum, without the bias; 0 for all else.
struct tnpu_qspan tnpu_qspan_of(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, int c,
                                const struct tnpu_qspan *in, int32_t *acc);

#endif
