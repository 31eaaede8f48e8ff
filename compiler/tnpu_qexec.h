// SPDX-License-Identifier: Apache-2.0
// Reference executor of the quantised graph: plain integer C, written from the definition in
// tnpu_qgraph.h and from nothing else, so that it is an independent check of the machine.
//
//     struct tnpu_qexec *x = tnpu_qexec_new(&qgraph, &err);   // buffers, one a thread
//     tnpu_qexec_run(x, q);                                   // q: pixel - 128, h*w*c bytes
//     const int8_t *scores = tnpu_qexec_tensor(x, qgraph.output);
//     tnpu_qexec_free(x);
//
// The graph must have passed tnpu_qgraph_check, and must outlive the executor.
#ifndef TNPU_QEXEC_H
#define TNPU_QEXEC_H

#include "tnpu_qgraph.h"

#include <stddef.h>

struct tnpu_qexec;

/// Returns new buffers for one thread, or NULL with a reason.
struct tnpu_qexec *tnpu_qexec_new(const struct tnpu_qgraph *g, struct tnpu_error *e);
void tnpu_qexec_free(struct tnpu_qexec *x);

/// Runs the whole graph on one picture.
void tnpu_qexec_run(struct tnpu_qexec *x, const int8_t *q);

/// A tensor of the latest picture, HWC. Valid until the next picture.
const int8_t *tnpu_qexec_tensor(const struct tnpu_qexec *x, int tensor);

/// Bytes of scratch memory that tnpu_qexec_layer needs for any layer of the graph.
size_t tnpu_qexec_scratch_size(const struct tnpu_qgraph *g);

/// The same for one layer.
size_t tnpu_qexec_layer_scratch(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l);

/// Runs one layer from the bytes of its input tensor (and of its residual, NULL without one) to
/// those of its output, all HWC. `scratch` comes from malloc(tnpu_qexec_scratch_size(g)).
void tnpu_qexec_layer(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l, const int8_t *in,
                      const int8_t *residual, int8_t *out, void *scratch);

#endif
