// SPDX-License-Identifier: Apache-2.0
// The layers of a program that the host runs, by the same int8 arithmetic as the machine's.
//
//     struct tnpu_host *h = tnpu_host_new(&program, &err);        // buffers, one a thread
//     ... at a HOSTOP: fill tnpu_host_tensor(h, t) of what layer `arg` reads, tnpu_host_layer(h,
//         arg), write tnpu_host_tensor(h, its output) to feature memory, RESUME
//     ... after END: fill the tensors that tnpu_host_needs, then
//     const int8_t *scores = tnpu_host_run(h);
//     tnpu_host_free(h);
#ifndef TNPU_HOST_LAYER_H
#define TNPU_HOST_LAYER_H

#include "tnpu_program.h"

struct tnpu_host;

/// Returns new buffers, or NULL with a reason. The program must outlive them.
struct tnpu_host *tnpu_host_new(const struct tnpu_program *p, struct tnpu_error *e);
void tnpu_host_free(struct tnpu_host *h);

/// The host's bytes of a tensor that a host layer reads or writes, or of the network's output: HWC
/// without padding. NULL for other tensors.
int8_t *tnpu_host_tensor(struct tnpu_host *h, int tensor);

/// Whether that tensor must be read from feature memory after END, for the layers behind it or as
/// the network's output.
bool tnpu_host_needs(const struct tnpu_host *h, int tensor);

/// Runs layer i.
void tnpu_host_layer(struct tnpu_host *h, int i);

/// Runs the layers behind END. Returns the network's output tensor, valid until the next run.
const int8_t *tnpu_host_run(struct tnpu_host *h);

#endif
