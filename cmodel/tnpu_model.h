// SPDX-License-Identifier: Apache-2.0
// The C model of TinyNPU: every byte, every counter and every cycle as the RTL has them
// (docs/ISA.md, docs/CYCLES.md).
//
// A model is the chip as its host sees it: a map of registers and three memories
// (docs/registers.md). A whole session:
//
//     struct tnpu_model m;
//     if (tnpu_model_init(&m, tnpu_config_find("t256"))) return -1; // out of memory
//
//     // Bytes may be loaded at any time between runs
//     tnpu_model_write(&m, TNPU_MAP_IMEM, program, 64 * instructions);
//     tnpu_model_write(&m, TNPU_MAP_WMEM, weights, weight_bytes);
//     tnpu_model_write(&m, TNPU_MAP_FMEM + input_address, image, image_bytes);
//
//     int r = tnpu_model_run(&m, 0);            // from instruction 0 to END, or to a halt:
//     while (r == TNPU_MODEL_HALTED)            // WAIT, HOSTOP or the stop index
//         r = tnpu_model_resume(&m);
//     if (r < 0) puts(tnpu_hw_error_text[-r]);  // the core stopped with this error
//
//     tnpu_model_read(&m, TNPU_MAP_FMEM + output_address, result, result_bytes);
//     printf("%llu cycles\n", (unsigned long long)m.counters.cycles);
//     tnpu_model_free(&m);
//
// Time is the program's own: a run takes place inside the call that starts it, so a host access
// never meets a running program, STALL_HOST is 0, and CTRL.ABORT finds the core idle or halted,
// never between two cycles. A program has no branches: every run ends.
//
// Two ways to compute the same: `plain` walks each instruction read by read as the documents do;
// the default takes each instruction at once with vector code and counts its cycles from its
// fields. Results are equal; instructions whose output overlaps what they still read, and runs
// whose writes are traced, are walked plainly in any case. A build with TNPU_MODEL_SCALAR defined
// has no vector code and walks always.
#ifndef TNPU_MODEL_H
#define TNPU_MODEL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tnpu_spec.h"

// Lanes of the widest machine that the model can be.
enum { TNPU_MODEL_MAX_LANES = 32 };

// What a run came to; negative: minus an `enum tnpu_hw_error`.
enum tnpu_model_result { TNPU_MODEL_DONE = 0, TNPU_MODEL_HALTED = 1 };

// The counter registers, without their 32-bit limit. docs/CYCLES.md, section 4, says what each
// counts.
struct tnpu_counters {
    uint64_t cycles;      // CYCLES: from START to END or the error, without halts
    uint64_t macs;        // MACS
    uint64_t fmem_reads;  // FMEM_READS: 16-byte vectors
    uint64_t fmem_writes; // FMEM_WRITES: 16-byte vectors
    uint64_t wmem_reads;  // WMEM_READS: rows
    uint64_t stall_bank;  // STALL_BANK: cycles
    uint64_t stall_param; // STALL_PARAM: cycles
    uint64_t stall_drain; // STALL_DRAIN: cycles
};

// Observers of a run. A null pointer is off; while `write` is on, instructions are walked plainly.
// `ctx` is handed back in every call. They must not touch the model.
struct tnpu_model_trace {
    void *ctx;
    // An output vector is written, in cycle `cycle`, by instruction `pc`: bit c of lane_mask set:
    // lanes[c] goes to byte addr + c of FMEM. Calls come in order of their cycles. `lanes` holds
    // the configuration's lanes, only during the call.
    void (*write)(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t lane_mask,
                  const int8_t *lanes);
    // Instruction `pc` was dispatched in cycle `start` and ended in cycle `end`; one that fails its
    // check too, with end = start. Comes after the last write of the instruction.
    void (*insn)(void *ctx, int pc, uint64_t start, uint64_t end);
};

struct tnpu_model_state; // memories, registers and scratch space of the model: its own business

// The model. Set `trace` and `plain` between runs at will; read `counters` at will; leave the rest.
struct tnpu_model {
    struct tnpu_config cfg;
    struct tnpu_counters counters;
    struct tnpu_model_trace trace;
    bool plain;
    struct tnpu_model_state *state;
};

// Makes a model of configuration `cfg`, memories zero, registers as after reset. cfg is copied, and
// need not be a named one: lanes 4, 8, 16 or 32; wmem_rows 1 up to 6 MB; fmem_bytes 32..1048576, a
// multiple of 32; imem_depth 1..4096. What *m held before does not matter. Returns 0, or -1: out of
// memory, or such a machine cannot be; then there is nothing to free.
int tnpu_model_init(struct tnpu_model *m, const struct tnpu_config *cfg);
// Frees what init allocated. A second call does nothing.
void tnpu_model_free(struct tnpu_model *m);
// The reset pin: registers as after power-up, LOCK and the mark of a loaded program included;
// memories, trace and plain stay.
void tnpu_model_reset(struct tnpu_model *m);

// Host accesses: `len` bytes from byte address `addr` of the map, as a train of 32-bit accesses
// with byte enables would do them. Registers act as docs/registers.md says; writing 1 to CTRL.START
// or CTRL.RESUME runs the program, to END, error or halt, before the call returns. Return 0, or -1
// where a byte lies outside the map: it reads zero, is not written, and error HOST_ADDR is recorded
// in the core.
int tnpu_model_write(struct tnpu_model *m, uint32_t addr, const void *buf, size_t len);
int tnpu_model_read(struct tnpu_model *m, uint32_t addr, void *buf, size_t len);
// One whole register: tnpu_model_reg(m, TNPU_REG_STATUS), tnpu_model_set_reg(m, TNPU_REG_IRQ, 1)
uint32_t tnpu_model_reg(struct tnpu_model *m, uint32_t offset);
void tnpu_model_set_reg(struct tnpu_model *m, uint32_t offset, uint32_t value);

// The same as writing START_PC and CTRL.START, and as writing CTRL.RESUME. Return an `enum
// tnpu_model_result`, or minus the `enum tnpu_hw_error` that ended the run or refused the start.
// Resuming a model that is not halted is TNPU_MODEL_DONE.
int tnpu_model_run(struct tnpu_model *m, uint32_t start_pc);
int tnpu_model_resume(struct tnpu_model *m);

// The memories themselves, for looking into and for loading at speed. They live as long as the
// model. Sizes: cfg.fmem_bytes; cfg.wmem_rows * cfg.lanes * 16; cfg.imem_depth * 64. A program put
// into IMEM this way is not seen as one: use tnpu_model_write there.
uint8_t *tnpu_model_fmem(struct tnpu_model *m);
uint8_t *tnpu_model_wmem(struct tnpu_model *m);
const uint8_t *tnpu_model_imem(const struct tnpu_model *m);

// ---- An instruction by itself, without a model: for compilers and reports

// The check that the core makes before it runs an instruction (docs/ISA.md, section 4). Returns an
// `enum tnpu_hw_error`, 0 if it may run.
int tnpu_model_check(const struct tnpu_config *cfg, const uint32_t words[TNPU_IWORDS]);

// Time and counts of one instruction that passes the check, from its fields alone.
struct tnpu_insn_cost {
    uint64_t end;   // cycles from dispatch to the last write (0: control instruction)
    uint64_t issue; // memory cycles, stalls included
    struct tnpu_counters counters; // what it adds to each counter; .cycles: dispatch to dispatch of
                                   // the next one (1 for END)
};
// Fills *cost. Returns 0, or the `enum tnpu_hw_error` of an instruction that the core would refuse;
// then *cost is all zero.
int tnpu_model_insn_cost(const struct tnpu_config *cfg, const struct tnpu_insn *insn,
                         struct tnpu_insn_cost *cost);

#endif
