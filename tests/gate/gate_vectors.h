// SPDX-License-Identifier: Apache-2.0
// Writes vector files (tests/gate/README.md): a host whose every access acts on a C model and is
// written down with what it must give.
//
//     struct gate_vectors v = {.out = file, .model = &model};
//     gate_vectors_begin(&v, e);                          // the model's trace is taken
//     gate_write_bytes(&v, TNPU_MAP_IMEM, code, code_bytes);
//     gate_start(&v, 0);                                  // runs to the first halt, the end or the
//     error gate_read_all_regs(&v); gate_read_written(&v);                              // what the
//     run wrote to feature memory if (gate_vectors_end(&v, e)) ...                    // the file
//     could not be written
#ifndef GATE_VECTORS_H
#define GATE_VECTORS_H

#include "tnpu_error.h"
#include "tnpu_model.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// Set out and model, zero the rest. The model is the caller's; nobody else may use it meanwhile.
struct gate_vectors {
    FILE *out;
    struct tnpu_model *model;
    int programs;
    uint64_t cycles;  ///< of all runs so far
    uint8_t *written; ///< words of feature memory that runs wrote and nobody has read back yet
    uint64_t run_cycles;
};

/// Returns 0, or -1: out of memory.
int gate_vectors_begin(struct gate_vectors *v, struct tnpu_error *e);

/// Frees what begin allocated. Returns 0, or -1 where `out` did not take all of it.
int gate_vectors_end(struct gate_vectors *v, struct tnpu_error *e);

/// Begins a program, whose number names it in messages. `what` is a comment of one line.
void gate_program(struct gate_vectors *v, const char *what);

/// One host access. `byte_enable` of a register write: bits in a row, at least one.
void gate_write(struct gate_vectors *v, uint32_t addr, uint32_t data, unsigned byte_enable);
void gate_write_reg(struct gate_vectors *v, uint32_t reg, uint32_t value);
void gate_read(struct gate_vectors *v, uint32_t addr);

/// A read that must give `expected` where mask is one, whatever the model would say.
void gate_expect(struct gate_vectors *v, uint32_t addr, uint32_t expected, uint32_t mask);

/// A host access that the model does not see.
void gate_write_unseen(struct gate_vectors *v, uint32_t addr, uint32_t data, unsigned byte_enable);

/// Whole words: addr and n are multiples of 4.
void gate_write_bytes(struct gate_vectors *v, uint32_t addr, const void *bytes, size_t n);

/// CTRL.START at START_PC; CTRL.RESUME. On the machine under test they return when the interrupt
/// pin rises, which must be before the model's cycles and some are over. gate_start_only does not
/// wait.
void gate_start(struct gate_vectors *v, uint32_t start_pc);
void gate_start_only(struct gate_vectors *v, uint32_t start_pc);
void gate_resume(struct gate_vectors *v);

void gate_await_irq(struct gate_vectors *v, uint64_t limit);
void gate_idle(struct gate_vectors *v, unsigned clocks);
/// The interrupt pin is as the model has it.
void gate_check_irq(struct gate_vectors *v);
/// All writes and instructions of the model's runs have been seen on the machine under test.
void gate_check_complete(struct gate_vectors *v);
/// Writes and instructions of the machine under test are compared from here on, or not.
void gate_watch(struct gate_vectors *v, bool on);
/// The reset pin, for a few cycles.
void gate_reset(struct gate_vectors *v);

void gate_read_all_regs(struct gate_vectors *v);
void gate_read_written(struct gate_vectors *v);

#endif
