// SPDX-License-Identifier: Apache-2.0
// Inside quantisation: one fused float layer, and the scales of the tensors around it, to the
// integers of a machine layer.
#ifndef TNPU_QUANTISE_LAYER_H
#define TNPU_QUANTISE_LAYER_H

#include "tnpu_fuse.h"
#include "tnpu_qgraph.h"

/// A positive or negative real factor as mult / 2^31 * 2^shift, |mult| in [2^30, 2^31) or 0. A
/// factor too small to matter becomes 0. Returns 0, or -1 if it is 2^30 or more.
int tnpu_quantise_multiplier(double factor, int32_t *mult, int8_t *shift);

/// Fills the arrays, zero points, clamps and n of `l` from `f`. On entry `l` has its indices
/// (input, output, residual) and the graph's tensors have their shapes, scales and zero points.
/// Channels whose output does not vary by as much as the arithmetic can express become constants.
/// Returns 0, or -1 with a reason.
int tnpu_quantise_layer(const struct tnpu_qgraph *g, struct tnpu_qlayer *l,
                        const struct tnpu_fused_layer *f, struct tnpu_error *e);

/// The float weights of output channel c, scaled by the input's scales, in steps of their largest
/// magnitude over 127: writes w[weights a channel] and returns the step's real value, which is that
/// of one step of the accumulator. All zero, and 0 returned, if the channel has no weights but
/// zero.
double tnpu_weights_in_steps(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                             const struct tnpu_fused_layer *f, int c, double *w);

#endif
