// SPDX-License-Identifier: Apache-2.0
// Plays a vector file (README.md) on a Verilated core: the RTL, its netlist, a mutant.
#ifndef GATE_PLAYER_H
#define GATE_PLAYER_H

#include "tnpu_error.h"
#include "tnpu_rtl.h"

#include <stdbool.h>
#include <stdint.h>

struct gate_result {
    int programs;
    uint64_t lines, checks;
    bool same;
    char text[300]; ///< the first difference
};

/// Plays the file on a core that is fresh out of reset. `traced`: the core has the trace ports of
/// tnpu_core, and writes and instructions are compared; otherwise only what the host reads. Returns
/// 0 when it was played, to the end or to the first difference; -1 when the file cannot be read.
int gate_play(struct tnpu_rtl *rtl, const char *file, bool traced, struct gate_result *result,
              struct tnpu_error *e);

#endif
