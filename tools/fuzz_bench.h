// SPDX-License-Identifier: Apache-2.0
// The bench on which the fuzzer's programs run: RTL, C model walked plainly and in lockstep with
// it, C model at full speed. Before each program all memories hold the same background of random
// bytes, and on top of it what the program's own seeds put there: a program runs the same alone and
// among others.
#ifndef FUZZ_BENCH_H
#define FUZZ_BENCH_H

#include "fuzz_program.h"
#include "tnpu_lockstep.h"

struct fuzz_bench {
    const struct tnpu_config *config;
    struct tnpu_model model, fast;
    struct tnpu_rtl *rtl; ///< a null pointer: the two ways of the model alone are compared
    /// Words (4 bytes) of feature and weight memory that may differ from the background.
    uint8_t *fmem_dirty, *wmem_dirty;
    struct tnpu_counters counters; ///< of the latest program
};

/// Fills the memories with the background. Returns 0, or -1 with a reason and nothing to close.
int fuzz_bench_open(struct fuzz_bench *bench, const struct tnpu_config *config, bool with_rtl,
                    struct tnpu_error *e);
void fuzz_bench_close(struct fuzz_bench *bench);

/// Runs a program everywhere and compares; result says what came of it. `whole`: all of feature
/// memory is compared, not only what was written. `wave`: an FST file of the RTL's run, or a null
/// pointer. After a difference the bench is in an unknown state: close it. Returns 0, or -1 when it
/// could not run.
int fuzz_bench_run(struct fuzz_bench *bench, const struct fuzz_program *program, bool whole,
                   const char *wave, struct tnpu_lockstep_result *result, struct tnpu_error *e);

/// Writes what an instruction reads, drawn from its seed: input, parameters, constants of
/// additions.
void fuzz_bench_data(struct fuzz_bench *bench, const struct tnpu_insn *insn, uint64_t seed);

/// Puts bytes into a memory (TNPU_MAP_FMEM or TNPU_MAP_WMEM) of everything on the bench.
void fuzz_bench_poke(struct fuzz_bench *bench, uint32_t map, uint32_t offset, const void *bytes,
                     size_t n);

/// The error that a program must end with, from the rules of docs/ISA.md.
enum tnpu_hw_error fuzz_expected(const struct fuzz_program *program);

/// Makes a failing program smaller as long as it fails; each trial on a bench of its own. Leaves in
/// *result what the last failure was. `trials` is how many programs it may run.
void fuzz_shrink(struct fuzz_program *program, bool with_rtl, int trials,
                 struct tnpu_lockstep_result *result);

#endif
