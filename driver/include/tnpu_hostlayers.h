// SPDX-License-Identifier: Apache-2.0
// The layers of a network that the NPU has not, or that do not fit it, run by the host: between two
// of the NPU's (the program halts for them) or behind its last. The bytes are those that the NPU
// would give. Without this header a driver has none of their code.
//
//     static uint8_t memory[4096];               // tnpu_hostlayers_size(&net) bytes at least
//     struct tnpu_hostlayers host;
//     int rc = tnpu_hostlayers_init(&host, &net, memory, sizeof memory);
//     if (!rc) rc = tnpu_open(&npu, &link, &net);
//     if (!rc) rc = tnpu_attach(&npu, &host);    // from here on as in tnpu.h; the result is the
//                                                // network's output
#ifndef TNPU_HOSTLAYERS_H
#define TNPU_HOSTLAYERS_H

#include "tnpu_net.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tnpu_device;

/// Host layers of one network. Its members are the driver's.
struct tnpu_hostlayers {
    const struct tnpu_net *net;
    uint8_t *memory; ///< where constants and tensors lie, then the tensors
    void (*run)(const struct tnpu_hostlayers *h, uint32_t layer);
    // What jobs do with them; behind pointers, so that a driver without host layers is without it
    int (*put)(const struct tnpu_hostlayers *h, struct tnpu_device *dev, const void *input);
    int (*serve)(const struct tnpu_hostlayers *h, struct tnpu_device *dev);
    int (*fetch)(const struct tnpu_hostlayers *h, struct tnpu_device *dev);
    void (*finish)(const struct tnpu_hostlayers *h, void *result);
};

/// Bytes of memory that the network's host layers need: those of all tensors that they read or
/// write, on the chip or not, and of the network's output, and 4 for each tensor and layer of the
/// network. SIZE_MAX: 2^31 or more, which no driver takes.
size_t tnpu_hostlayers_size(const struct tnpu_net *net);

/// Checks the host layers of a network and lays out their memory. TNPU_ERR_BUFFER: too small;
/// TNPU_ERR_PROGRAM: a layer's shapes, constants or order are wrong. Net and memory, of any
/// alignment, must outlive *h. One struct and memory serve one chip.
int tnpu_hostlayers_init(struct tnpu_hostlayers *h, const struct tnpu_net *net, void *memory,
                         size_t size);

#ifdef __cplusplus
}
#endif
#endif
