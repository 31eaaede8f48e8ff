// SPDX-License-Identifier: Apache-2.0
// The C model and the RTL on the same program, compared: every write (order, cycle, address, mask,
// bytes), each instruction's start and end cycle, the registers at each stop, feature memory at the
// end.
//
//     struct tnpu_lockstep job = {.model = &model, .rtl = rtl};      // both loaded with the same
//     memories struct tnpu_lockstep_result result; if (tnpu_lockstep_run(&job, &result, &e)) return
//     -1;           // could not compare: e says why puts(result.same ? "identical" : result.text);
//     // the first difference
#ifndef TNPU_LOCKSTEP_H
#define TNPU_LOCKSTEP_H

#include "tnpu_error.h"
#include "tnpu_model.h"
#include "tnpu_rtl.h"

#include <stdbool.h>

/// What to run. Everything but model and rtl may be zero.
struct tnpu_lockstep {
    struct tnpu_model *model; ///< its trace is used by the comparison
    struct tnpu_rtl *rtl;     ///< of the model's configuration
    uint32_t start_pc;
    bool written_only; ///< at the end compare only the words of feature memory that the program
                       ///< wrote

    void *ctx; ///< first argument of the functions
    /// Called while both are halted, before both resume: the host's part of HOSTOP. Negative: give
    /// up.
    int (*halt)(void *ctx, struct tnpu_error *e);
    /// The name of the layer that an instruction belongs to, or a null pointer.
    const char *(*layer)(void *ctx, unsigned pc);

    /// Waves of the RTL: of cycles wave_from..wave_to, or, with wave_insns > 0, of the time of that
    /// many instructions from wave_pc on. No file: none.
    const char *wave_file;
    uint64_t wave_from, wave_to;
    unsigned wave_pc, wave_insns;

    /// The host disturbs the RTL in this cycle of the program (0: never). ABORT: what was done so
    /// far is compared, and the error. START: is refused with error BUSY; all else is as
    /// undisturbed.
    uint64_t abort_at, start_again_at;
};

struct tnpu_lockstep_result {
    bool same;
    char text[600];     ///< the first difference, where there is one
    uint64_t cycles;    ///< of the program, as the RTL's register has it
    uint64_t writes;    ///< output vectors
    uint64_t saturated; ///< output bytes that are -128 or 127
    unsigned insns;     ///< instructions that ended
    uint32_t error;     ///< ERROR register of the RTL
};

/// Runs the program to END, error or abort on both and compares. Returns 0 when the comparison was
/// made, whatever it came to; -1 with a reason when it could not be (memory, waves, halt gave up).
int tnpu_lockstep_run(const struct tnpu_lockstep *job, struct tnpu_lockstep_result *result,
                      struct tnpu_error *e);

#endif
