// SPDX-License-Identifier: Apache-2.0
// A TinyNPU at its host's address map, C model or RTL, and a small program that uses every unit of
// it. The RTL is also at hand as itself, for what only a clocked machine can show.
//
// Every function fails the test when the machine does not answer.
#ifndef NPU_H
#define NPU_H

#include "tnpu_link_model.h"
#include "tnpu_link_verilated.h"
#include "tnpu_model.h"
#include "tnpu_rtl.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NPU_DONE = 1 << TNPU_REG_IRQ_DONE_LSB,
    NPU_ERROR = 1 << TNPU_REG_IRQ_ERROR_LSB,
    NPU_EVENT = 1 << TNPU_REG_IRQ_EVENT_LSB,
    NPU_HALT = 1 << TNPU_REG_IRQ_HALT_LSB,
    NPU_START = 1 << TNPU_REG_CTRL_START_LSB,
    NPU_RESUME = 1 << TNPU_REG_CTRL_RESUME_LSB,
    NPU_ABORT = 1 << TNPU_REG_CTRL_ABORT_LSB,
    NPU_RESET = 1 << TNPU_REG_CTRL_RESET_LSB,
    NPU_BUSY = 1 << TNPU_REG_STATUS_BUSY_LSB,
    NPU_HALTED = 1 << TNPU_REG_STATUS_HALTED_LSB,
    NPU_STATUS_DONE = 1 << TNPU_REG_STATUS_DONE_LSB,
    NPU_STATUS_ERROR = 1 << TNPU_REG_STATUS_ERROR_LSB,
    NPU_WAIT_MAX = 4000, ///< clock cycles in which everything here ends
    NPU_MHZ = 1,         ///< clock of the RTL: waits are in microseconds
};

enum npu_kind { NPU_MODEL, NPU_RTL };

/// It must not be moved while it is open.
struct npu {
    struct tnpu_transport link;
    struct tnpu_model model; ///< of one kind,
    struct tnpu_model_link model_link;
    struct tnpu_rtl *rtl; ///< of the other
    struct tnpu_verilated_link rtl_link;
    bool is_rtl;
    const struct tnpu_config *config;
};

/// A machine of configuration t64, its memories zero, out of reset.
void npu_open(struct npu *n, enum npu_kind kind);
void npu_close(struct npu *n);
/// The RTL of an npu of that kind.
struct tnpu_rtl *npu_rtl(const struct npu *n);

void npu_write(struct npu *n, uint32_t addr, const void *bytes, size_t count);
void npu_read(struct npu *n, uint32_t addr, void *bytes, size_t count);
void npu_set(struct npu *n, enum tnpu_reg reg, uint32_t value);
uint32_t npu_get(struct npu *n, enum tnpu_reg reg);
/// Puts an instruction at an index.
void npu_words(struct npu *n, unsigned pc, const uint32_t words[TNPU_IWORDS]);
void npu_insn(struct npu *n, unsigned pc, const struct tnpu_insn *insn);
void npu_control(struct npu *n, unsigned pc, enum tnpu_opcode op, int arg);

/// Starts at `pc` and waits for an interrupt of `causes`; clears them all before.
void npu_start(struct npu *n, unsigned pc, uint32_t causes);
/// Waits until the interrupt pin is high.
void npu_wait(struct npu *n);
/// Fails the test unless ERROR holds this, with its interrupt and status bit set.
void npu_expect_error(struct npu *n, enum tnpu_hw_error code, unsigned pc);
/// Fails the test unless there is no error.
void npu_expect_no_error(struct npu *n);

/// ---- The small program: at index 0, in rows 0..SMALL_ROWS-1, feature memory below SMALL_FMEM
enum { SMALL_INSNS = 9, SMALL_ROWS = 20, SMALL_INPUT = 256, SMALL_FMEM = 8192, SMALL_END = 8 };
extern const struct tnpu_insn small_program[SMALL_INSNS];
/// Writes instructions, weights and input.
void small_load(struct npu *n);
/// Writes the instructions alone.
void small_load_insns(struct npu *n);
/// Runs it and fails the test unless every byte, the cycles and the counters are right. They are
/// compared with what the C model made of it when the test began.
void small_run(struct npu *n);
/// Compares without running it first.
void small_expect(struct npu *n);
/// Cycles of the small program.
uint32_t small_cycles(void);

#endif
