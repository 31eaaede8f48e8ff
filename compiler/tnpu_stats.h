// SPDX-License-Identifier: Apache-2.0
// Calibration: what values the tensors of a float network take on sample pictures.
#ifndef TNPU_STATS_H
#define TNPU_STATS_H

#include "tnpu_graph.h"

#include <stdbool.h>

#define TNPU_STATS_BINS 1024 ///< histogram bins a channel, from its minimum to its maximum

/// Pictures as an int8 network gets them: pixel - 128, HWC, one after the other.
struct tnpu_pictures {
    const int8_t *q; ///< [count][size], owned by the caller
    int count;
    size_t size; ///< bytes of one picture: h * w * c of the network's input
};

/// What one tensor's channels hold, over all pictures and pixels.
struct tnpu_tensor_stats {
    int c;          ///< channels, 0 if the tensor was not asked for
    double count;   ///< values a channel
    float *min;     ///< [c]
    float *max;     ///< [c]
    double *mean;   ///< [c]
    double *var;    ///< [c]
    uint32_t *hist; ///< [c][TNPU_STATS_BINS]
};

struct tnpu_stats {
    struct tnpu_tensor_stats *tensors; ///< [tensor_count] as in the graph
    int tensor_count;
};

/// Runs the float network on every picture, twice (extremes and means, then histograms), on
/// `threads` threads, and gathers the statistics of the tensors t with wanted[t]. The result does
/// not depend on `threads`. Returns 0, or -1 with a reason.
int tnpu_stats_collect(struct tnpu_stats *s, const struct tnpu_graph *g, const bool *wanted,
                       const struct tnpu_pictures *pictures, int threads, struct tnpu_error *e);

void tnpu_stats_free(struct tnpu_stats *s);

#endif
