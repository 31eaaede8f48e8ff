// SPDX-License-Identifier: Apache-2.0
// Refinement on the calibration pictures: weights rounded anew, and mean errors removed.
#ifndef TNPU_REFINE_H
#define TNPU_REFINE_H

#include "tnpu_fuse.h"
#include "tnpu_qgraph.h"
#include "tnpu_stats.h"

/// What to do to each layer.
struct tnpu_refine_options {
    int threads;
    bool adaptive_rounding; ///< tnpu_round_layer
    bool bias_correction;   ///< shift each channel so that its mean is the float network's
};

/// Runs the int8 graph on the pictures layer by layer, and refines each layer (f->layers[i] in
/// float) on what its int8 inputs really are before going on to the next. `stats` are the float
/// network's. Returns 0, or -1 with a reason.
int tnpu_refine(struct tnpu_qgraph *q, const struct tnpu_fused *f, const struct tnpu_stats *stats,
                const struct tnpu_pictures *pictures, const struct tnpu_refine_options *opt,
                struct tnpu_error *e);

#endif
