// SPDX-License-Identifier: Apache-2.0
// Programs on C model and RTL in lockstep, one after the other on the same two machines.
#ifndef LOCKSTEP_RUN_H
#define LOCKSTEP_RUN_H

#include "tnpu_lockstep.h"
#include "tnpu_program.h"

struct lockstep_run {
    struct tnpu_model model;
    struct tnpu_rtl *rtl;
    uint64_t cycles, writes; ///< so far
    char text[600];          ///< the first difference of the latest run
};

/// Returns 0, or -1 with a reason. A zeroed struct may be closed.
int lockstep_open(struct lockstep_run *l, const struct tnpu_config *config, struct tnpu_error *e);
void lockstep_close(struct lockstep_run *l);

/// Runs a program on whatever bytes feature memory holds. Host layers do nothing: what they would
/// write is as it was, on both. Returns 0 identical, 1 different, -1 not compared.
int lockstep_run(struct lockstep_run *l, const struct tnpu_program *p, const char *label,
                 struct tnpu_error *e);

#endif
