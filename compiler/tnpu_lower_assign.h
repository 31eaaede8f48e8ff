// SPDX-License-Identifier: Apache-2.0
// Inside lowering: which layers the NPU runs, with rows of weight memory and the plan of feature
// memory that go with it.
#ifndef TNPU_LOWER_ASSIGN_H
#define TNPU_LOWER_ASSIGN_H

#include "tnpu_lower.h"

/// Fills reasons and rows of p->layers, which are zero, and npu_layers, plan and wmem_rows. Returns
/// 0, or -1 with a reason.
int tnpu_lower_assign(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e);

/// The first part of it: what each layer is by itself. Fills reasons, insn_count and w_rows.
int tnpu_lower_judge(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e);

/// The host runs the layer from now on.
void tnpu_lower_take(struct tnpu_program_layer *l, const char *reason);

#endif
