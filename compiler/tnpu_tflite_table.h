// SPDX-License-Identifier: Apache-2.0
// Inside tnpu_tflite: the table of operators, from which docs/OPERATORS.md is made.
#ifndef TNPU_TFLITE_TABLE_H
#define TNPU_TFLITE_TABLE_H

#include "tnpu_tflite_build.h"

struct tnpu_tfl_operator {
    int code;
    tnpu_tfl_builder *build;
    int min_inputs, max_inputs, max_outputs;
    int options; ///< kind of options that the file must give, 0: none are needed
    const char *name, *takes, *where, *cycles;
};

/// Ends with an entry without builder.
extern const struct tnpu_tfl_operator tnpu_tfl_operators[];

/// Name of the file of the operator's golden vectors.
void tnpu_tfl_vectors(const struct tnpu_tfl_operator *o, char file[TNPU_TFL_NAME_MAX]);

#endif
