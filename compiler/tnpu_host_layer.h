// SPDX-License-Identifier: Apache-2.0
// The layers of a program that the host runs, by the same int8 arithmetic as the machine's.
//
//     struct tnpu_host *h = tnpu_host_new(&program, &err);        // buffers, one a thread
//     const int8_t *scores = tnpu_host_run(h, npu_output);        // after END
//     tnpu_host_free(h);
#ifndef TNPU_HOST_LAYER_H
#define TNPU_HOST_LAYER_H

#include "tnpu_program.h"

struct tnpu_host;

/// Returns new buffers, or NULL with a reason. The program must outlive them.
struct tnpu_host *tnpu_host_new(const struct tnpu_program *p, struct tnpu_error *e);
void tnpu_host_free(struct tnpu_host *h);

/// Runs the host layers. `npu_output`: bytes of tensor tnpu_program_npu_output, HWC without
/// padding. Returns the network's output tensor, HWC, valid until the next run; without host
/// layers, that is `npu_output` itself.
const int8_t *tnpu_host_run(struct tnpu_host *h, const int8_t *npu_output);

#endif
