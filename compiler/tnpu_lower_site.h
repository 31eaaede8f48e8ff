// SPDX-License-Identifier: Apache-2.0
// Inside lowering: a layer, where its tensors lie, and the parts of instructions that kinds of
// layers share.
#ifndef TNPU_LOWER_SITE_H
#define TNPU_LOWER_SITE_H

#include "tnpu_lower.h"

/// What building an instruction needs at every step. Without input or second operand, tensors of
/// one byte that lie nowhere.
struct tnpu_site {
    const struct tnpu_qgraph *g;
    const struct tnpu_qlayer *l;
    const struct tnpu_qtensor *in, *out, *res;
    const struct tnpu_place *at_in, *at_out, *at_res;
};

/// Appends an instruction with the layer's clamp and neutral counts.
struct tnpu_insn *tnpu_lower_add(struct tnpu_lowered *to, const struct tnpu_site *s,
                                 enum tnpu_opcode opcode);

/// The fields of the whole output, of the whole input, and of a window over it.
void tnpu_lower_output(struct tnpu_insn *i, const struct tnpu_site *s);
void tnpu_lower_input(struct tnpu_insn *i, const struct tnpu_site *s);
void tnpu_lower_window(struct tnpu_insn *i, const struct tnpu_site *s);

/// AVGPOOL, MAXPOOL and MEAN. Returns 0, or -1 with a reason.
int tnpu_lower_pool(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e);

/// Element by element, tables, constants and copies. Returns 0, or -1 with a reason.
int tnpu_lower_bytes(struct tnpu_lowered *to, const struct tnpu_site *s, struct tnpu_error *e);

#endif
