// SPDX-License-Identifier: Apache-2.0
// The host's operators (driver/host) on golden files: each operator of a network, on the bytes that
// TFLite's kernels had as its input.
#ifndef REPLAY_H
#define REPLAY_H

#include "tnpu_golden.h"

/// What is known while an operator runs.
struct replay {
    const struct tnpu_golden_case *c;
    const struct tnpu_golden_op *op;
    int run;
    uint8_t *out; ///< of the output being made, its size
    int output;   ///< which of the operator's outputs
};

/// Name of an operator by TFLite's code, or NULL when the host has none of it.
const char *replay_name(uint32_t code);

/// Makes one output of an operator in r->out. Returns 0, or -1 with a reason in *e when the host
/// cannot (shapes or types that it has not).
int replay_op(const struct replay *r, struct tnpu_error *e);

// The operators, by kind; each a file.
int replay_conv(const struct replay *r, struct tnpu_error *e);
int replay_depthwise(const struct replay *r, struct tnpu_error *e);
int replay_fully_connected(const struct replay *r, struct tnpu_error *e);
int replay_average_pool(const struct replay *r, struct tnpu_error *e);
int replay_max_pool(const struct replay *r, struct tnpu_error *e);
int replay_mean(const struct replay *r, struct tnpu_error *e);
int replay_pad(const struct replay *r, struct tnpu_error *e);
int replay_concatenation(const struct replay *r, struct tnpu_error *e);
int replay_slice(const struct replay *r, struct tnpu_error *e);
int replay_strided_slice(const struct replay *r, struct tnpu_error *e);
int replay_split(const struct replay *r, struct tnpu_error *e);
int replay_resize(const struct replay *r, struct tnpu_error *e);

#endif
