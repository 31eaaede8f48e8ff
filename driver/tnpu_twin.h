// SPDX-License-Identifier: Apache-2.0
// A program that lies in instruction memory twice, one behind the other, each with an input of its
// own in feature memory: while one runs, the next picture goes to where the other reads it. For
// streams (tnpu_stream.h).
#ifndef TNPU_TWIN_H
#define TNPU_TWIN_H

#include "tnpu.h"

/// Sends the program, whose input's memory must be its own, twice, where the chip has the room:
/// npu->twin says. Between the two there is a WAIT in the place of the first one's END, so that
/// CTRL.START runs the first and CTRL.RESUME the second. TNPU_OK also where there is no room.
int tnpu_twin_load(struct tnpu *npu);
/// Ends that, the pause after the first one included: all is as tnpu_load left it.
int tnpu_twin_unload(struct tnpu *npu);

#endif
