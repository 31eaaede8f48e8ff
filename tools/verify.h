// SPDX-License-Identifier: Apache-2.0
// A program's tensors against golden bytes (docs/GOLDEN_FORMAT.md), each at the moment when it is
// complete.
//
//     struct verify v;
//     if (verify_open(&v, &runner, &golden.cases[0], "net.tnpu", &err))    // the same network?
//         return -1;
//     int r = verify_run(&v, 0, &err);      // 0 the same, 1 different (v.text says where), -1
//     verify_close(&v);
#ifndef TNPU_VERIFY_H
#define TNPU_VERIFY_H

#include "runner.h"
#include "tnpu_golden.h"

struct verify {
    struct runner *runner;
    const struct tnpu_golden_case *c;
    struct tnpu_machine_step *steps;
    int8_t *bytes; ///< of a tensor being compared
    int run;
    uint64_t tensors, compared; ///< tensors and bytes compared so far, over all runs
    int different;              ///< tensors that differ, in the latest run
    char text[400];             ///< the first difference of the latest run
};

/// Makes sure that the golden bytes are of the network that the program was compiled from. The
/// runner is open and, like the case and the label, must outlive the verification. Returns 0, or -1
/// with a reason and nothing to close.
int verify_open(struct verify *v, struct runner *runner, const struct tnpu_golden_case *c,
                const char *label, struct tnpu_error *e);
void verify_close(struct verify *v);

/// Runs one of the case's inputs and compares every tensor that the program names. Returns 0 when
/// all are the same, 1 when v->text names the first that is not, -1 when it could not be done.
int verify_run(struct verify *v, int run, struct tnpu_error *e);

/// How many int8 tensors the network's operators make, and how many of those the program holds to
/// be compared: all in a --no-fuse build. (uint8 and float32 occur at a network's ends, where the
/// caller converts.)
int verify_made(const struct tnpu_golden_case *c);
int verify_held(const struct verify *v);

#endif
