// SPDX-License-Identifier: Apache-2.0
// Quantisation after training: a float graph and sample pictures to an int8 graph.
//
//     struct tnpu_quantise_options opt = {.threads = 2, .bias_correction = true};
//     struct tnpu_qgraph q;
//     if (tnpu_quantise(&q, &graph, &pictures, &opt, &err))
//         return -1;
//
// Weights are symmetric int8 with a scale an output channel. Activations have one zero point a
// tensor; a tensor gets a scale for each channel where everything that reads it can absorb that for
// free (docs/DESIGN.md tells what each choice is worth). Additions are done before rounding (the
// wide residual of tnpu_qgraph.h). The same inputs give the same graph, byte for byte, on any
// number of threads.
#ifndef TNPU_QUANTISE_H
#define TNPU_QUANTISE_H

#include "tnpu_graph.h"
#include "tnpu_qgraph.h"
#include "tnpu_stats.h"

#define TNPU_CALIB_MAX 100 ///< calibration pictures that are worth the time

struct tnpu_quantise_options {
    int threads;           ///< at least 1
    bool bias_correction;  ///< remove each channel's mean error on the calibration pictures
    bool nearest_rounding; ///< round weights to nearest (else as suits the calibration pictures)
};

/// Quantises `g`. `pictures` (at least one) are of the graph's input shape. The result has passed
/// tnpu_qgraph_check and keeps nothing of `g`. Returns 0 and fills *q, or -1 with a reason and *q
/// empty.
int tnpu_quantise(struct tnpu_qgraph *q, const struct tnpu_graph *g,
                  const struct tnpu_pictures *pictures, const struct tnpu_quantise_options *opt,
                  struct tnpu_error *e);

/// Which of `total` sorted pictures to calibrate on: writes min(total, TNPU_CALIB_MAX) indices,
/// evenly spaced, rising, and returns their number.
int tnpu_calib_pick(int total, int index[TNPU_CALIB_MAX]);

#endif
