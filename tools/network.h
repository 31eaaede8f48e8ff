// SPDX-License-Identifier: Apache-2.0
// The compiler's front half as the commands use it: a network file and calibration pictures to a
// quantised graph.
#ifndef TNPU_NETWORK_H
#define TNPU_NETWORK_H

#include "listing.h"
#include "tnpu_qgraph.h"

#include <stddef.h>

struct network_source {
    const char *file;  ///< .params
    const char *arch;  ///< structure, e.g. "etinynet-1.0"
    int input_size;    ///< height and width, -1: what the structure was trained at
    const char *calib; ///< folder of calibration pictures
    int threads;
};

struct network {
    struct tnpu_qgraph q;
    uint8_t *bytes; ///< the file as it was read
    size_t size;
    struct listing calib; ///< the pictures that were used, in order
    int8_t *pictures;     ///< [calib.count][h * w * c] as the network gets them
    double *snr_db; ///< [q.tensor_count] signal-to-noise ratio against float, NULL if not asked
};

/// Reads and quantises; with `snr`, measures the int8 tensors against the float ones too. Returns
/// 0, or -1 with a reason and *n empty.
int network_load(struct network *n, const struct network_source *from, bool snr,
                 struct tnpu_error *e);

void network_free(struct network *n);

/// Processors that may be used: at least 1.
int network_threads(void);

#endif
