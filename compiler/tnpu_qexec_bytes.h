// SPDX-License-Identifier: Apache-2.0
// Inside the reference executor: operators that work byte by byte, without windows.
#ifndef TNPU_QEXEC_BYTES_H
#define TNPU_QEXEC_BYTES_H

#include "tnpu_qgraph.h"

/// TensorFlow Lite's ADD, or SUB, of two bytes by the layer's constants.
int8_t tnpu_qexec_add(const struct tnpu_qlayer *l, int8_t first, int8_t second, bool subtract);

/// Runs the layer if it is of such an operator. Returns whether it was.
bool tnpu_qexec_bytes(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                      const int8_t *residual, int8_t *out);

#endif
