// SPDX-License-Identifier: Apache-2.0
// Random instructions that the core accepts, for the tests of the C model.
#ifndef MODEL_RANDOM_H
#define MODEL_RANDOM_H
#include "tnpu_model.h"

// xorshift64*; seed must not be 0
uint32_t model_random(uint64_t *seed);
// lo..hi, both included
int model_random_in(uint64_t *seed, int lo, int hi);
// Fills WMEM and FMEM with random bytes, extreme ones among them.
void model_random_memories(uint64_t *seed, struct tnpu_model *m);
// Makes a compute instruction that passes the check, small enough to walk, and half the time
// parameter rows in WMEM whose results are not all saturated. Input, output and second operand
// overlap at times.
void model_random_insn(uint64_t *seed, struct tnpu_model *m, struct tnpu_insn *insn);
#endif
