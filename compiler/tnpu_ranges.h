// SPDX-License-Identifier: Apache-2.0
// Chooses how a tensor's real values are laid onto int8: one zero point, and one scale or one scale
// a channel.
#ifndef TNPU_RANGES_H
#define TNPU_RANGES_H

#include "tnpu_stats.h"

/// The zero point and scale(s) of the least mean squared error on the calibration values; error by
/// rounding within the range and by clipping outside it are weighed against each other, since a
/// rare large value costs all others their resolution.
///
/// `profile` fixes the ratio of the channels' scales: channel c gets s * profile[c], s chosen here.
/// NULL: every channel gets the scale that suits it best, and errors count relative to the
/// channel's own variance.
///
/// `clip_weight` is what a squared error by clipping counts against one by rounding: 1, or less
/// where the tensor is averaged afterwards, which rounds anew to the same step but thins out
/// clipped tails. Writes scale[0..c-1]. Returns 0, or -1 with a reason.
int tnpu_choose_range(const struct tnpu_tensor_stats *ts, const float *profile, double clip_weight,
                      int *zero_point, float *scale, struct tnpu_error *e);

#endif
