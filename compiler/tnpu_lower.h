// SPDX-License-Identifier: Apache-2.0
// Lowering: from a quantised graph to a program, that is instructions, weight rows and addresses.
//
//     struct tnpu_program p;
//     if (tnpu_lower(&p, &qgraph, tnpu_config_find("t256"), &err))
//         return -1;
//     tnpu_program_save(&p, "net.tnpu", &err);
//     tnpu_program_free(&p);
//
// A layer is one instruction, or a few. A layer that the NPU cannot run, or whose weights, feature
// maps or instructions do not fit beside the others', becomes a host layer: behind the last layer
// of the NPU it runs after END, before it at a HOSTOP, whose argument is the layer's index. What
// only host layers read and write has no place in feature memory, be it the input. A network of
// which nothing is left for the NPU is refused.
#ifndef TNPU_LOWER_H
#define TNPU_LOWER_H

#include "tnpu_program.h"

/// Most values that requant 2 averages exactly (docs/ISA.md, section 2.5).
#define TNPU_AVERAGE_MAX 2896

/// Most instructions of a layer.
#define TNPU_LAYER_INSNS 64

/// Lowers a graph that has passed tnpu_qgraph_check. The graph is copied (weights of host layers
/// included), not kept. The same graph gives the same program. Returns 0, or -1 with a reason
/// (why the NPU can run none of its layers) and *p empty.
int tnpu_lower(struct tnpu_program *p, const struct tnpu_qgraph *g,
               const struct tnpu_config *config, struct tnpu_error *e);

/// A layer's instructions, and the rows of weight memory that each takes.
struct tnpu_lowered {
    int count; ///< at least 1
    struct tnpu_insn insn[TNPU_LAYER_INSNS];
    int rows[TNPU_LAYER_INSNS];
};

/// The instructions of one layer whose tensors lie as `plan` says and whose rows begin at `w_base`
/// and follow each other. `first`: the layer reads the network's input and is the only one to do
/// so. Returns 0, or -1 with the reason why the NPU cannot run it, without the layer's name.
int tnpu_lower_layer(struct tnpu_lowered *to, const struct tnpu_qgraph *g,
                     const struct tnpu_qlayer *l, const struct tnpu_plan *plan, int w_base,
                     bool first, const struct tnpu_config *config, struct tnpu_error *e);

/// Writes the rows of weight memory that `insn`, made from layer `l`, reads, to
/// rows[tnpu_lowered.rows * lanes * TNPU_DOT], which must be zero. `pix`: bytes of an input pixel.
void tnpu_lower_weights(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l,
                        const struct tnpu_insn *insn, uint32_t pix,
                        const struct tnpu_config *config, uint8_t *rows);

#endif
