// SPDX-License-Identifier: Apache-2.0
// What a vector file is made of.
#ifndef GATE_PARTS_H
#define GATE_PARTS_H

#include "fuzz_rng.h"
#include "gate_vectors.h"

/// Interrupts that end a run.
enum { GATE_STOPS = 1 << 0 | 1 << 1 | 1 << 3 };

/// Clears the interrupts, starts, goes on after each halt, and checks registers and memory at each
/// stop.
void gate_run(struct gate_vectors *v, uint32_t start_pc);

/// Loads the instruction and END behind it, and runs them.
void gate_run_insn(struct gate_vectors *v, const struct tnpu_insn *insn);

/// Before anything was loaded: registers after reset, a start without a program.
void gate_before_program(struct gate_vectors *v);

/// Random accesses of registers and of addresses outside the map, with the core idle. They leave
/// IRQ_ENABLE, STOP_AT and START_PC at anything.
void gate_random_accesses(struct gate_vectors *v, struct fuzz_rng *rng, int count);

/// Interrupts and their pin, second start, abort, reset, halts, byte strobes, the end of
/// instruction memory. Overwrites the first instructions.
void gate_directed(struct gate_vectors *v, struct fuzz_rng *rng);

/// Post-processing where random numbers seldom are. Overwrites the first instructions and weight
/// rows and part of feature memory.
void gate_numeric(struct gate_vectors *v, struct fuzz_rng *rng);

/// Exact ties of every rounding of post-processing, and its steps of powers of two around them.
/// Overwrites what gate_numeric does.
void gate_ties(struct gate_vectors *v, struct fuzz_rng *rng);

/// Positions far outside the input. Overwrites the first instructions, the beginning of feature
/// memory and 16 KB on.
void gate_far(struct gate_vectors *v);

/// The check of an instruction, at each limit. Overwrites the first instructions and anything in
/// feature memory.
void gate_limits(struct gate_vectors *v, struct fuzz_rng *rng);

/// Each weight of a long kernel; sums that are not scaled; loops of a power of two and one; many
/// parameter slots in flight; runs that stall thousands of times. Overwrites the first instructions
/// and weight rows and the beginning of feature memory, 36 KB with 4 lanes.
void gate_long(struct gate_vectors *v, struct fuzz_rng *rng);

/// Convolutions of pairs of pixels, where there are 32 lanes. Overwrites the first instructions and
/// weight rows and the beginning of feature memory, 8 KB.
void gate_pair(struct gate_vectors *v, struct fuzz_rng *rng);

/// The lock of weight memory, and the reset pin that takes it away.
void gate_lock(struct gate_vectors *v);

/// A compiled network and a picture for it.
int gate_network(struct gate_vectors *v, const char *program, const char *picture,
                 struct tnpu_error *e);

/// `count` programs of the fuzzer, without instructions of more than about `cycles` memory cycles.
/// Fails when an opcode does not occur in them.
int gate_fuzz(struct gate_vectors *v, int count, int seed, int cycles, struct tnpu_error *e);

#endif
