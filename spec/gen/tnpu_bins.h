// SPDX-License-Identifier: Apache-2.0
// Coverage bins of the instruction fields, made by scripts/gen from spec/tinynpu.toml: do not edit.
// Each is crossed with the opcodes that use the field, and with the tails (tools/fuzz_cover.h).
#ifndef TNPU_BINS_H
#define TNPU_BINS_H
#include "tnpu_spec.h"

enum { TNPU_NUM_BINS = 137 };

enum tnpu_bin_kind {
    TNPU_BIN_VALUE,  // one value of an enumeration
    TNPU_BIN_MIN,    // the field's smallest value
    TNPU_BIN_MIDDLE, // any value between
    TNPU_BIN_MAX,    // the field's largest value
};

struct tnpu_bin {
    enum tnpu_field field;
    enum tnpu_bin_kind kind;
    int32_t value; // not of TNPU_BIN_MIDDLE
};

extern const struct tnpu_bin tnpu_bins[TNPU_NUM_BINS];

#endif
