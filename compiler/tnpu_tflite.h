// SPDX-License-Identifier: Apache-2.0
// Int8 full-integer TensorFlow Lite networks to quantised graphs, each layer with the constants
// that give the bytes of TensorFlow Lite's reference kernels.
//
//     struct tnpu_qgraph q;
//     if (tnpu_tflite_load(&q, "net.tflite", bytes, size, true, &err))
//         return -1;
//
// Not trusted: a file that is damaged, hostile, or of a kind that cannot be run gives one line that
// names the tensor or operator and the reason.
#ifndef TNPU_TFLITE_H
#define TNPU_TFLITE_H

#include "tnpu_qgraph.h"

#include <stddef.h>
#include <stdio.h>

#define TNPU_TFLITE_FILE_MAX ((size_t)64 << 20) ///< bytes of the largest file that is read

/// Reads the `size` bytes of a .tflite file, named `label` in messages. `fuse`: additions become
/// part of the convolution before them, padding of the one behind, and channels that need not be
/// computed disappear; otherwise every tensor of the file has its counterpart in q->sources.
/// Returns 0, or -1 with a reason and *q empty.
int tnpu_tflite_load(struct tnpu_qgraph *q, const char *label, const uint8_t *bytes, size_t size,
                     bool fuse, struct tnpu_error *e);

/// Prints docs/OPERATORS.md from the compiler's table of operators.
void tnpu_tflite_document(FILE *to);

#endif
