// SPDX-License-Identifier: Apache-2.0
// First and second moments of the input windows of a quantised layer.
#ifndef TNPU_MOMENTS_H
#define TNPU_MOMENTS_H

#include "tnpu_qgraph.h"
#include "tnpu_stats.h"

/// Over the windows seen, with x the window's bytes less the zero point: a CONV has one group,
/// whose window holds k = kernel_h * kernel_w * in.c bytes; a DWCONV has one group a channel, of k
/// = kernel_h * kernel_w.
struct tnpu_moments {
    int groups, k;
    double *mean; ///< [groups][k]
    double *cov;  ///< [groups][k][k], covariance
};

/// Gathers the moments over the layer's inputs for all pictures, from an even sample of the output
/// pixels where there are very many. The sums are integers, so the result does not depend on
/// `threads`. Returns 0, or -1 with a reason.
int tnpu_moments_gather(struct tnpu_moments *m, const struct tnpu_qgraph *q,
                        const struct tnpu_qlayer *l, const struct tnpu_pictures *in, int threads,
                        struct tnpu_error *e);

void tnpu_moments_free(struct tnpu_moments *m);

#endif
