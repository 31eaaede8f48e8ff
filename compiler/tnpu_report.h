// SPDX-License-Identifier: Apache-2.0
// Tables of a program for people: a line a layer, memories, host layers.
#ifndef TNPU_REPORT_H
#define TNPU_REPORT_H

#include "tnpu_program.h"

#include <stdio.h>

/// What a layer took on a machine.
struct tnpu_layer_cost {
    uint64_t cycles; ///< to the start of the next layer
    uint64_t stalls; ///< of those, lost to banks, parameters and draining
};

/// Bytes of feature memory that are in use while a layer of the NPU runs.
uint32_t tnpu_report_live_bytes(const struct tnpu_program *p, int layer);

/// Multiply-accumulates of the layers that the NPU runs.
int64_t tnpu_report_macs(const struct tnpu_program *p);

/// Fraction of the multipliers' cycles that did a multiplication the network asks for.
double tnpu_report_utilisation(const struct tnpu_program *p, int64_t macs, uint64_t cycles);

/// Prints the layers, with cost[npu_layers] and, unless NULL, the signal-to-noise ratio of each
/// tensor in dB, snr_db[tensor_count]; a line of totals with `cycles` of the whole program; and the
/// host layers with their reasons and, unless NULL, what would bring each onto an NPU: bit k of
/// elsewhere[layer_count] says that configuration k of tnpu_configs runs it.
void tnpu_report_layers(FILE *to, const struct tnpu_program *p, const struct tnpu_layer_cost *cost,
                        uint64_t cycles, const double *snr_db, const unsigned *elsewhere);

/// Prints how much of each memory the program takes, and what sets it.
void tnpu_report_memory(FILE *to, const struct tnpu_program *p);

/// Prints where each tensor lies in feature memory.
void tnpu_report_map(FILE *to, const struct tnpu_program *p);

/// Prints the instructions, with the layer each belongs to.
void tnpu_report_code(FILE *to, const struct tnpu_program *p);

#endif
