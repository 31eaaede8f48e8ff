// SPDX-License-Identifier: Apache-2.0
// Energy of a run: its counters times picojoules an operation.
#ifndef TNPU_ENERGY_H
#define TNPU_ENERGY_H

#include "tnpu_machine.h"

/// Picojoules. The default is the published table for 45 nm.
struct energy_table {
    double mul8;   ///< 8-bit multiplication
    double add32;  ///< 32-bit addition
    double sram32; ///< reading or writing 32 bits of SRAM
};

/// The most that an entry may be: far above any memory's, far below what makes a sum infinite.
enum { ENERGY_PJ_MAX = 1000000 };

struct energy {
    double compute_uj; ///< multiplications and additions
    double fmem_uj;    ///< feature memory, reads and writes
    double wmem_uj;    ///< weight memory
};

struct energy_table energy_default(void);

/// Reads a table: lines of `name picojoules` (mul8, add32, sram32), empty lines and lines that
/// begin with # aside. Names not given keep the default. Returns 0, or -1 with a reason.
int energy_load(struct energy_table *t, const char *path, struct tnpu_error *e);

/// The energy of the NPU itself.
struct energy energy_of(const struct tnpu_machine_counters *c, const struct tnpu_config *config,
                        const struct energy_table *t);

#endif
