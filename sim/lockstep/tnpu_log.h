// SPDX-License-Identifier: Apache-2.0
// What the model did, written down, and the comparison of one RTL event with it.
#ifndef TNPU_LOG_H
#define TNPU_LOG_H

#include "tnpu_lockstep.h"

struct tnpu_log_write {
    uint64_t cycle;
    uint32_t addr, mask;
    int pc;
    uint8_t lanes[TNPU_RTL_LANES];
};

struct tnpu_log_insn {
    uint64_t start, end;
    int pc;
};

/// Grows while the model runs; the RTL's events then move through it.
struct tnpu_log {
    const struct tnpu_lockstep *job;
    struct tnpu_lockstep_result *result; ///< gets the first difference
    struct tnpu_log_write *writes;
    struct tnpu_log_insn *insns;
    size_t num_writes, max_writes, num_insns, max_insns;
    size_t next_write, next_start, next_end; ///< what the RTL has reached
    bool no_memory;
};

/// Takes the model's events from now on.
void tnpu_log_attach(struct tnpu_log *log);
void tnpu_log_free(struct tnpu_log *log);

/// The RTL's events, as hooks with the log as context.
struct tnpu_rtl_hooks tnpu_log_hooks(struct tnpu_log *log);

/// After a stop: the RTL has done all that the model did. Notes a difference if not.
void tnpu_log_check_complete(struct tnpu_log *log);

/// Notes a difference that concerns instruction pc (negative: none), unless one is noted already.
void tnpu_log_differ(struct tnpu_log *log, int pc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/// A byte of feature memory differs: names the instruction and pixel that wrote it last.
void tnpu_log_differ_byte(struct tnpu_log *log, uint32_t addr, unsigned model, unsigned rtl);

#endif
