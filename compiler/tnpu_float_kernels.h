// SPDX-License-Identifier: Apache-2.0
// Inside tnpu_float: one function an operator. Loops are laid out so that the compiler vectorises
// over channels; every output's sum runs over taps, then input channels, in order.
#ifndef TNPU_FLOAT_KERNELS_H
#define TNPU_FLOAT_KERNELS_H

#include "tnpu_graph.h"

#define TNPU_FLOAT_LANES 8 ///< output channels computed together by tnpu_float_conv

/// Shapes and window of a layer.
struct tnpu_float_geometry {
    struct tnpu_tensor in, out;
    struct tnpu_window window;
};

/// `packed` is [ceil(out.c / LANES)][taps][in.c][LANES], `bias` [ceil(out.c / LANES) * LANES];
/// `zeros` is in.c zeros, read where the window lies outside the map.
void tnpu_float_conv(const struct tnpu_float_geometry *g, const float *packed, const float *bias,
                     const float *zeros, const float *in, float *out);

/// `packed` is [taps][c], `bias` [c].
void tnpu_float_dwconv(const struct tnpu_float_geometry *g, const float *packed, const float *bias,
                       const float *in, float *out);

void tnpu_float_maxpool(const struct tnpu_float_geometry *g, const float *in, float *out);
void tnpu_float_avgpool(const struct tnpu_float_geometry *g, const float *in, float *out);

#endif
