// SPDX-License-Identifier: Apache-2.0
// Access to an operator's tensors, for the files that replay operators.
#ifndef REPLAY_SHAPE_H
#define REPLAY_SHAPE_H

#include "replay.h"
#include "tnpu_prepare.h"

#include <string.h>

static inline const struct tnpu_golden_tensor *tensor_in(const struct replay *r, int i) {
    return &r->c->tensors[r->op->inputs[i]];
}

static inline const struct tnpu_golden_tensor *tensor_out(const struct replay *r) {
    return &r->c->tensors[r->op->outputs[r->output]];
}

/// Whether the operator has that input.
static inline int has_input(const struct replay *r, int i) {
    return i < r->op->input_count && r->op->inputs[i] >= 0;
}

static inline const uint8_t *bytes_in(const struct replay *r, int i) {
    return tnpu_golden_bytes(r->c, r->run, r->op->inputs[i]);
}

/// Element i of an int32 tensor.
static inline int32_t int_in(const struct replay *r, int input, int i) {
    int32_t v;
    memcpy(&v, bytes_in(r, input) + 4 * i, 4);
    return v;
}

static inline struct tnpu_quantisation quantisation(const struct tnpu_golden_tensor *t) {
    return (struct tnpu_quantisation){t->scale_count ? t->scale[0] : 1.0f, t->zero_point};
}

/// A tensor as rows, columns and channels, its leading dimensions 1. Returns 0, or -1 for a batch.
static inline int shape_of(const struct tnpu_golden_tensor *t, struct tnpu_shape *s,
                           struct tnpu_error *e) {
    int32_t d[4] = {1, 1, 1, 1};
    if (t->rank > 4) return tnpu_fail(e, "%s: %d dimensions", t->name, t->rank);
    for (int i = 0; i < t->rank; i++) d[4 - t->rank + i] = t->dims[i];
    *s = (struct tnpu_shape){d[1], d[2], d[3]};
    return d[0] == 1 ? 0 : tnpu_fail(e, "%s: a batch of %d", t->name, (int)d[0]);
}

#endif
