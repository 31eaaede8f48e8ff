// SPDX-License-Identifier: Apache-2.0
// The memory planner: where each tensor lies in feature memory, and when.
//
//     struct tnpu_plan plan;
//     if (tnpu_plan_make(&plan, &qgraph, layers, NULL, config, &err)) // layers before END
//         return -1;
//     ... plan.place[tensor].base ...
//     tnpu_plan_free(&plan);
//
// A tensor is rows of `row` bytes of pixels of `pix` bytes. Channels are padded to 16; an input
// that nothing but convolutions read is dense (pix = channels), and so are tensors that ask for it.
// A view lies where its tensor does. What only host layers touch lies nowhere. Where a stride-2
// depthwise layer reads two rows at once, `row` is made an odd number of 16-byte vectors if memory
// allows, so that the two rows lie in different banks.
#ifndef TNPU_PLAN_H
#define TNPU_PLAN_H

#include "tnpu_qgraph.h"
#include "tnpu_spec.h"

struct tnpu_place {
    bool used;       ///< the tensor lies in feature memory
    bool vectors;    ///< while planning: vector instructions read it, beyond its channels
    uint32_t base;   ///< byte address of row 0, column 0, channel 0
    uint32_t row;    ///< bytes from one row to the next
    uint32_t pix;    ///< bytes from one pixel to the next
    int first, last; ///< layers between which it must be kept
};

struct tnpu_plan {
    struct tnpu_place *place; ///< [tensor_count of the graph]
    int count;
    uint32_t peak;       ///< bytes of feature memory used
    uint32_t bound;      ///< bytes that any placement of these tensors needs
    int bound_layer;     ///< layer during which that is so
    bool input_reserved; ///< nothing overwrites the input: the next may be uploaded during a run
};

/// Opcode that runs a layer; HOSTOP for operators that only the host has.
enum tnpu_opcode tnpu_plan_opcode(const struct tnpu_qgraph *g, const struct tnpu_qlayer *l);

/// Plans the tensors of the first `layers` layers, of which the host runs those in `host` (NULL:
/// none). An input that stays reserved is tried first, then without it. Returns 0 and fills *p, or
/// TNPU_PLAN_UNFIT where memory is too small, *p then being the plan that came closest, or -1 with
/// a reason and *p empty.
int tnpu_plan_make(struct tnpu_plan *p, const struct tnpu_qgraph *g, int layers, const bool *host,
                   const struct tnpu_config *config, struct tnpu_error *e);
enum { TNPU_PLAN_UNFIT = 1 };

void tnpu_plan_free(struct tnpu_plan *p);

#endif
