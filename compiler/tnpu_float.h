// SPDX-License-Identifier: Apache-2.0
// Runs a float graph, one picture at a time, and gives every tensor.
//
//     struct tnpu_float_plan *plan = tnpu_float_plan_new(&graph, &err);  // packs the weights, once
//     struct tnpu_float_run *run = tnpu_float_run_new(plan, &err);       // buffers, one a thread
//     tnpu_float_run_picture(run, q);                                    // q: pixel - 128, h*w*c
//     const float *scores = tnpu_float_tensor(run, graph.output);
//     tnpu_float_run_free(run);
//     tnpu_float_plan_free(plan);
//
// A plan is read-only once made: any number of runs, in as many threads, may share it. The graph
// must outlive both. Results do not depend on the number of threads: each sum has one fixed order.
#ifndef TNPU_FLOAT_H
#define TNPU_FLOAT_H

#include "tnpu_graph.h"

struct tnpu_float_plan;
struct tnpu_float_run;

/// Returns a new plan, or NULL with a reason.
struct tnpu_float_plan *tnpu_float_plan_new(const struct tnpu_graph *g, struct tnpu_error *e);
void tnpu_float_plan_free(struct tnpu_float_plan *p);

/// Returns new buffers for one thread, or NULL with a reason.
struct tnpu_float_run *tnpu_float_run_new(const struct tnpu_float_plan *p, struct tnpu_error *e);
void tnpu_float_run_free(struct tnpu_float_run *r);

/// Runs one picture. `q` is what an int8 network of the same input would get: pixel - 128, HWC; the
/// network's own mean and scale are applied here.
void tnpu_float_run_picture(struct tnpu_float_run *r, const int8_t *q);

/// A tensor of the latest picture, HWC. Valid until the next picture.
const float *tnpu_float_tensor(const struct tnpu_float_run *r, int tensor);

#endif
