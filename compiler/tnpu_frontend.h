// SPDX-License-Identifier: Apache-2.0
// The compiler's front half in one call: a trained network's file to a quantised graph.
//
//     struct tnpu_frontend_options opt = {.arch = "etinynet-1.0", .size = 224, .threads = 2};
//     struct tnpu_qgraph q;
//     if (tnpu_frontend(&q, "net.params", bytes, size, pictures, count, &opt, &err))
//         return -1;
#ifndef TNPU_FRONTEND_H
#define TNPU_FRONTEND_H

#include "tnpu_qgraph.h"

#include <stddef.h>

struct tnpu_frontend_options {
    const char *arch; ///< structure of the network (tnpu_etinynet.h)
    int size;         ///< height and width of the input, which has 3 channels
    int threads;      ///< at least 1
    double **snr_db; ///< not NULL: *snr_db becomes an array, the caller's to free, of each tensor's
                     ///< signal-to-noise ratio against float in dB (tnpu_snr.h)
};

/// Reads the `n` bytes of a .params file, named `label` in messages, and quantises the network with
/// `count` pictures, [count][size][size][3], pixel - 128. Returns 0, or -1 with a reason and *q
/// empty.
int tnpu_frontend(struct tnpu_qgraph *q, const char *label, const uint8_t *bytes, size_t n,
                  const int8_t *pictures, int count, const struct tnpu_frontend_options *opt,
                  struct tnpu_error *e);

#endif
