// SPDX-License-Identifier: Apache-2.0
// Pictures through a program: NPU and host layers together.
//
//     struct runner r;
//     runner_open(&r, &options, &program, "net.tnpu", &err);    // one a thread
//     const int8_t *output = runner_run(&r, input, &err);
//     runner_top(&program, output, top, 5);
//     runner_close(&r, &err);
#ifndef TNPU_RUNNER_H
#define TNPU_RUNNER_H

#include "tnpu_machine.h"

struct runner {
    const struct tnpu_program *p;
    struct tnpu_machine *machine;
    double host_us; ///< what the host layers of the latest run took here
};

struct runner_class {
    int index;
    float score; ///< as of runner_scores
};

/// Returns 0, or -1 with a reason and nothing to close. Program and label must outlive the runner.
int runner_open(struct runner *r, const struct tnpu_machine_options *options,
                const struct tnpu_program *p, const char *label, struct tnpu_error *e);
/// Returns 0, or -1 with a reason, as tnpu_machine_close does.
int runner_close(struct runner *r, struct tnpu_error *e);

/// Runs one input (HWC). Returns the network's output, valid until the next run, or NULL.
const int8_t *runner_run(struct runner *r, const int8_t *q, struct tnpu_error *e);

/// Bytes of the network's input and of its output.
size_t runner_input_size(const struct tnpu_program *p);
size_t runner_output_size(const struct tnpu_program *p);

/// Real values of the output: scale * (q - zero point), scores[runner_output_size].
void runner_scores(const struct tnpu_program *p, const int8_t *output, float *scores);

/// The best `n` of the output's values, best first; of equals, the lower index is the better.
/// Returns how many there are.
int runner_top(const struct tnpu_program *p, const int8_t *output, struct runner_class *top, int n);

#endif
