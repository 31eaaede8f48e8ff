// SPDX-License-Identifier: Apache-2.0
// How far each int8 tensor is from the float network's.
#ifndef TNPU_SNR_H
#define TNPU_SNR_H

#include "tnpu_graph.h"
#include "tnpu_qgraph.h"
#include "tnpu_stats.h"

/// Runs both networks on the pictures and writes, for each tensor of `q`, the ratio of signal (sum
/// of squared float values) to noise (sum of squared differences) in dB: snr_db[q->tensor_count].
/// It is +INFINITY where the two agree exactly. A tensor's noise includes what its inputs brought.
/// The result does not depend on `threads`. Returns 0, or -1 with a reason.
int tnpu_snr(const struct tnpu_graph *g, const struct tnpu_qgraph *q,
             const struct tnpu_pictures *pictures, int threads, double *snr_db,
             struct tnpu_error *e);

#endif
