// SPDX-License-Identifier: Apache-2.0
// A program of the fuzzer, the parts that make one, and what can be said of it without running it.
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "fuzz_cover.h"
#include "fuzz_rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FUZZ_COMPUTE_MAX = 6,                  ///< compute instructions of a program
    FUZZ_INSNS_MAX = FUZZ_COMPUTE_MAX + 4, ///< with control instructions and END
    FUZZ_CYCLES_MAX = 20000,               ///< memory cycles of one instruction, about
    FUZZ_TARGETS = 4,                      ///< bins that the draw of one instruction aims at
    FUZZ_LIMITS_MAX = 8,                   ///< limits that are looked for along one field
};

/// What a program is made to show, beside what its instructions compute.
enum fuzz_kind {
    FUZZ_VALID,       ///< runs to END
    FUZZ_BAD_INSN,    ///< one instruction fails its check
    FUZZ_PC_RANGE,    ///< no END: runs into the end of instruction memory
    FUZZ_ABORT,       ///< the host aborts it
    FUZZ_START_AGAIN, ///< the host starts it while it runs
    FUZZ_KINDS
};
extern const char *const fuzz_kind_names[FUZZ_KINDS];

struct fuzz_insn {
    uint32_t words[TNPU_IWORDS];
    uint64_t data_seed; ///< of the contents of what it reads
};

struct fuzz_program {
    const struct tnpu_config *config;
    enum fuzz_kind kind;
    int count; ///< instructions, END included
    struct fuzz_insn insns[FUZZ_INSNS_MAX];
    uint32_t start_pc;
    int stop_at;         ///< halt before this instruction of the program; -1: nowhere
    int disturb_percent; ///< of the program's cycles, when the host aborts or starts again
};

/// Draws a legal instruction of opcode index `op`. Tries to fall into the bins `targets` (with that
/// `tail`; fewer and fewer of them if they do not go together). `near` is a region of feature
/// memory {address, bytes} that its operands should overlap; bytes 0: anywhere. Its cost stays
/// below FUZZ_CYCLES_MAX.
struct tnpu_insn fuzz_draw_insn(struct fuzz_rng *rng, const struct tnpu_config *config, int op,
                                const int *targets, int num_targets, int tail,
                                const uint32_t near[2]);

/// Draws the next program: kinds by chance, instructions towards what `cover` lacks; counts them
/// there.
void fuzz_draw_program(struct fuzz_rng *rng, struct fuzz_cover *cover,
                       struct fuzz_program *program);

/// Overwrites one field with a code, whatever its value does.
void fuzz_force(uint32_t words[TNPU_IWORDS], enum tnpu_field field, uint32_t code);

/// The codes of a field at which the verdict on the instruction changes: it is another one for
/// limits[i] + 1. Returns how many were found; of several within one power of two, one.
int fuzz_limits(const uint32_t words[TNPU_IWORDS], enum tnpu_field field,
                const struct tnpu_config *config, uint32_t limits[FUZZ_LIMITS_MAX]);

/// Makes one instruction fail the check, in a way drawn by chance.
void fuzz_spoil(struct fuzz_rng *rng, const struct tnpu_config *config,
                uint32_t words[TNPU_IWORDS]);

/// Memory cycles of an instruction, at most about so many.
int64_t fuzz_cost(const struct tnpu_insn *insn, const struct tnpu_config *config);

/// The longest chain of instructions of which each reads a byte that the one before it in the chain
/// wrote.
int fuzz_chain(const struct fuzz_program *program);

/// Drops instruction `index`.
void fuzz_remove_insn(struct fuzz_program *program, int index);

#endif
