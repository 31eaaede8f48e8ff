// SPDX-License-Identifier: Apache-2.0
// Programs of the fuzzer while the host reads and writes all the time: they must compute the same,
// and take the model's cycles and those that STALL_HOST counts; every read must be right.
#ifndef GATE_TRAFFIC_H
#define GATE_TRAFFIC_H

#include "tnpu_error.h"

#include <stdbool.h>
#include <stdint.h>

struct gate_traffic {
    bool same;
    char text[300]; ///< the first difference
    uint64_t cycles, stalls, reads, writes;
};

/// Runs `count` programs of the seed, and a few that leave the host no cycle, on the RTL of a
/// configuration. Returns 0 when the comparison was made; -1 with a reason when not.
int gate_traffic(const char *config, int count, int seed, struct gate_traffic *result,
                 struct tnpu_error *e);

#endif
