// SPDX-License-Identifier: Apache-2.0
// Coverage of the fuzzer: the bins of spec/gen/tnpu_bins.h (values of a field), crossed with each
// opcode that uses the field and with the tail: does the last channel tile, the last pixel tile,
// fill up or not. A bin counts where the field has an effect: res_base in an instruction without a
// second operand does not. What rules or memories make impossible is declared in tables, with the
// reason, and not counted.
#ifndef FUZZ_COVER_H
#define FUZZ_COVER_H

#include "tnpu_bins.h"
#include "tnpu_spec.h"

#include <stdbool.h>
#include <stdio.h>

/// Tail of a compute instruction: bit 0 the last channel tile is partial, bit 1 the last pixel tile
/// is. Control instructions have tail 0.
enum { FUZZ_TAIL_CHANNEL = 1, FUZZ_TAIL_PIXEL = 2, FUZZ_TAILS = 4 };

struct fuzz_cover {
    const struct tnpu_config *config;
    uint32_t hits[TNPU_NUM_OPCODES][TNPU_NUM_BINS][FUZZ_TAILS];
    bool reachable[TNPU_NUM_OPCODES][TNPU_NUM_BINS][FUZZ_TAILS];
    int total, covered; ///< reachable ones; those of them hit
};

/// The values of one bin in instructions of one opcode on one configuration: MIN, MIDDLE and MAX
/// are of the values that rules and memories allow, which may be fewer than the field can hold.
struct fuzz_values {
    int32_t low, high; ///< empty (low > high): no value is allowed
    bool at_end; ///< an address: not the value counts, but that the region ends at the memory's end
};

/// Prepares an empty coverage. Returns 0, or -1 after naming a field that has no bins.
int fuzz_cover_init(struct fuzz_cover *cover, const struct tnpu_config *config);

/// Index of an opcode in tnpu_opcodes, -1 for an illegal one.
int fuzz_opcode_index(int32_t opcode);

bool fuzz_is_compute(int32_t opcode);

int fuzz_tail(const struct tnpu_insn *insn, const struct tnpu_config *config);

/// The values of a bin; `op` is an index into tnpu_opcodes.
struct fuzz_values fuzz_bin_values(int bin, int op, const struct tnpu_config *config);

/// Does the instruction, which is legal, fall into the bin?
bool fuzz_in_bin(const struct tnpu_insn *insn, int bin, const struct tnpu_config *config);

/// Counts a legal instruction.
void fuzz_cover_count(struct fuzz_cover *cover, const struct tnpu_insn *insn);

/// Prints the bins that are not covered (at most `limit` of them), and with `all` also what is
/// unreachable and why.
void fuzz_cover_print(const struct fuzz_cover *cover, FILE *out, int limit, bool all);

#endif
