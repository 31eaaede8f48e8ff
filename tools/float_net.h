// SPDX-License-Identifier: Apache-2.0
// The float network that a program carries, for `tnpu eval --float`.
#ifndef TNPU_FLOAT_NET_H
#define TNPU_FLOAT_NET_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

struct float_net;     ///< read-only once made: any number of threads may share it
struct float_net_run; ///< buffers, one a thread

/// Builds the network of structure `arch` for h x w inputs from its file's bytes. `label` stands
/// for the program in messages. Returns NULL with a reason.
struct float_net *float_net_new(const uint8_t *bytes, size_t size, const char *arch, int h, int w,
                                const char *label, struct tnpu_error *e);
void float_net_free(struct float_net *n);

struct float_net_run *float_net_run_new(const struct float_net *n, struct tnpu_error *e);
void float_net_run_free(struct float_net_run *r);

/// Number of scores.
int float_net_classes(const struct float_net *n);

/// Runs a picture (pixel - 128, HWC) and returns its scores, valid until the next one.
const float *float_net_scores(struct float_net_run *r, const int8_t *q);

#endif
