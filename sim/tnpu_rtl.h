// SPDX-License-Identifier: Apache-2.0
// The RTL as a C object: a Verilated core, its host port, and a view of what a program does in it.
//
//     struct tnpu_error e;
//     struct tnpu_rtl *r = tnpu_rtl_open("t256", &e);
//     tnpu_rtl_write(r, TNPU_MAP_IMEM, code, code_bytes, &e);      // likewise weights and input
//     tnpu_rtl_write_reg(r, TNPU_REG_IRQ_ENABLE, 1, &e);           // only DONE stops tnpu_rtl_run
//     tnpu_rtl_start(r, &e);
//     if (tnpu_rtl_run(r, 1000000, &e) == 1) tnpu_rtl_read(r, TNPU_MAP_FMEM, result, n, &e);
//     tnpu_rtl_close(r);
//
// Time passes in all of these functions but open and close: the core is clocked while they wait.
// Functions that can fail return a negative value and say why in *e, which may be NULL.
#ifndef TNPU_RTL_H
#define TNPU_RTL_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of a write event, whatever the configuration: TNPU_RTL_LANES >= lanes.
#define TNPU_RTL_LANES 32

/// What a running program does, told as it happens. `cycle` counts as docs/CYCLES.md does: cycle 0
/// is the first in which STATUS.BUSY is set, halts do not count. Any function may be a null
/// pointer.
struct tnpu_rtl_hooks {
    void *ctx; ///< first argument of each function
    void (*start)(void *ctx, uint64_t cycle, unsigned pc);
    void (*end)(void *ctx, uint64_t cycle, unsigned pc);
    /// data[c] goes to byte addr + c where bit c of mask is set.
    void (*write)(void *ctx, uint64_t cycle, uint32_t addr, uint32_t mask,
                  const uint8_t data[TNPU_RTL_LANES]);
};

struct tnpu_rtl;

/// The core in the configuration of that name, out of reset, its memories undefined. A null pointer
/// where this build has no such configuration. The caller closes it.
struct tnpu_rtl *tnpu_rtl_open(const char *config, struct tnpu_error *e);
/// In a build with TNPU_COVERAGE, and the environment variable TNPU_RTL_COVERAGE naming a folder,
/// closing leaves the core's line coverage in a file there, for verilator_coverage.
void tnpu_rtl_close(struct tnpu_rtl *rtl);

/// Asserts rst_ni for a few cycles. Memories keep their contents.
void tnpu_rtl_reset(struct tnpu_rtl *rtl);

/// Writes or reads n bytes at any byte address of the host's map; the bytes of a word that are not
/// meant stay as they are. Fails when the core does not answer.
int tnpu_rtl_write(struct tnpu_rtl *rtl, uint32_t addr, const void *bytes, size_t n,
                   struct tnpu_error *e);
int tnpu_rtl_read(struct tnpu_rtl *rtl, uint32_t addr, void *bytes, size_t n, struct tnpu_error *e);

/// One register, by its offset (enum tnpu_reg).
int tnpu_rtl_write_reg(struct tnpu_rtl *rtl, uint32_t reg, uint32_t value, struct tnpu_error *e);
int tnpu_rtl_read_reg(struct tnpu_rtl *rtl, uint32_t reg, uint32_t *value, struct tnpu_error *e);

/// CTRL.START, with the cycle count of the hooks back at 0. A second start of a running core is a
/// tnpu_rtl_write_reg, which leaves the count alone.
int tnpu_rtl_start(struct tnpu_rtl *rtl, struct tnpu_error *e);

/// Clocks the core up to `cycles` times. Returns 1 as soon as the interrupt pin is high (IRQ_ENABLE
/// says for what), 0 when the cycles are used up, a negative value when an assertion in the RTL
/// failed.
int tnpu_rtl_run(struct tnpu_rtl *rtl, uint64_t cycles, struct tnpu_error *e);

/// Program cycles since tnpu_rtl_start.
uint64_t tnpu_rtl_cycle(const struct tnpu_rtl *rtl);

/// Who is told of events, copied; NULL: nobody, which is the fastest.
void tnpu_rtl_set_hooks(struct tnpu_rtl *rtl, const struct tnpu_rtl_hooks *hooks);

/// Dumps program cycles from..to of the next run into an FST file (GTKWave reads it). Time in the
/// file is 2 units a clock cycle since the start. `file` has to live until tnpu_rtl_wave_end.
int tnpu_rtl_wave(struct tnpu_rtl *rtl, const char *file, uint64_t from, uint64_t to,
                  struct tnpu_error *e);

/// Closes that file. -1 with a reason, and no file, when not all of it could be written.
int tnpu_rtl_wave_end(struct tnpu_rtl *rtl, struct tnpu_error *e);

#ifdef __cplusplus
}
#endif
#endif
