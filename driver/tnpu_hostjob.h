// SPDX-License-Identifier: Apache-2.0
// Host layers as jobs and streams see them: what lies where in their memory, and what has to be
// read from the chip for them.
#ifndef TNPU_HOSTJOB_H
#define TNPU_HOSTJOB_H

#include "tnpu_bits.h"
#include "tnpu_device.h"
#include "tnpu_hostlayers.h"

/// A place in the table at the start of the memory: for each tensor where it lies, for each layer
/// where its constants are in the section HOST.
#define TNPU_HOSTJOB_NONE UINT32_MAX            ///< not the host's
#define TNPU_HOSTJOB_FETCH UINT32_C(0x80000000) ///< to be read from the chip after END

static inline uint32_t tnpu_hostjob_place(const struct tnpu_hostlayers *h, uint32_t entry) {
    return tnpu_load32(h->memory + 4 * (size_t)entry);
}

/// Whether the layers behind END, or the network's output, need that tensor of the chip.
static inline bool tnpu_hostjob_fetches(const struct tnpu_hostlayers *h, uint32_t tensor) {
    uint32_t place = tnpu_hostjob_place(h, tensor);
    return place != TNPU_HOSTJOB_NONE && (place & TNPU_HOSTJOB_FETCH);
}

/// The host's bytes of a tensor that it has: those of the tensor that it is a view of.
static inline int8_t *tnpu_hostjob_bytes(const struct tnpu_hostlayers *h, uint32_t tensor) {
    struct tnpu_net_tensor t = tnpu_net_tensor(h->net, tensor);
    uint32_t root = t.view_of < 0 ? tensor : (uint32_t)t.view_of;
    return (int8_t *)h->memory + (tnpu_hostjob_place(h, root) & ~TNPU_HOSTJOB_FETCH);
}

/// The input, to the chip or, where only host layers read it, to their memory.
int tnpu_hostjob_put(const struct tnpu_hostlayers *h, struct tnpu_device *dev, const void *input);
/// Runs layer i, for which the program has halted: operands from the chip, the result back to it,
/// those of them that lie there.
int tnpu_hostjob_layer(const struct tnpu_hostlayers *h, struct tnpu_device *dev, uint32_t i);
/// The same for the layer that the chip names.
int tnpu_hostjob_serve(const struct tnpu_hostlayers *h, struct tnpu_device *dev);
/// After END: reads what is needed from the chip. The chip may run again after it.
int tnpu_hostjob_fetch(const struct tnpu_hostlayers *h, struct tnpu_device *dev);
/// Runs the layers behind END.
void tnpu_hostjob_run_rest(const struct tnpu_hostlayers *h);
/// The same, and copies the network's output.
void tnpu_hostjob_finish(const struct tnpu_hostlayers *h, void *result);

#endif
