// SPDX-License-Identifier: Apache-2.0
// A compiled network as the driver sees it: a view of a .tnpu file (docs/PROGRAM_FORMAT.md) that
// lies in memory, be it flash or a buffer. Nothing is copied; the bytes must stay where they are
// for as long as the view is used.
//
//     struct tnpu_net net;
//     if (tnpu_net_parse(&net, program, sizeof program) < 0) ...     // TNPU_ERR_PROGRAM: damaged
//     int8_t input[H * W * C];              // net.input.height * .width * .channels bytes
#ifndef TNPU_NET_H
#define TNPU_NET_H

#include "tnpu_status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The format of program files that this driver reads.
enum { TNPU_NET_FORMAT = 3 };

/// A feature map: height x width x channels int8, channel innermost.
struct tnpu_net_tensor {
    const char *name; ///< ends with a zero
    uint32_t height, width, channels;
    int32_t zero_point;
    const uint8_t *scales; ///< little-endian float32: tnpu_net_scale_bits
    uint32_t scale_count;  ///< 1, or one a channel
    int32_t view_of;       ///< the earlier tensor whose bytes it shares, in another shape; -1: none
    bool on_chip;          ///< it lies in feature memory, at:
    uint32_t base, row_bytes, pixel_bytes;
};

struct tnpu_net {
    const uint8_t *bytes; ///< the whole file
    size_t size;
    const char *name;   ///< of the network's structure
    const char *config; ///< of the configuration that it is for, whose numbers follow
    uint32_t lanes, wmem_rows, fmem_bytes, imem_depth;
    uint32_t isa; ///< major in the upper, minor in the lower 16 bits

    const uint8_t *imem, *wmem, *host; ///< what goes to the chip; constants of host layers
    size_t imem_bytes, wmem_bytes, host_bytes;
    uint32_t fmem_used; ///< bytes of feature memory, from address 0

    const uint8_t *tensor_bytes, *layer_bytes; ///< for tnpu_net_tensor and tnpu_net_layer
    uint32_t tensors, layers, npu_layers;      ///< layers from npu_layers on are the host's
    uint32_t input_index, output_index;        ///< the tensors that are `input`, `output`
    /// The next input may be uploaded while a run is going on, behind the rows given free.
    bool input_reserved;

    struct tnpu_net_tensor input; ///< what goes in; where only host layers read it, not on chip
    struct tnpu_net_tensor npu_output; ///< what the NPU leaves
    struct tnpu_net_tensor output;     ///< what the network says: npu_output without host layers
};

/// A layer, as much of it as the driver needs.
struct tnpu_net_layer {
    const char *name;
    const uint8_t *record; ///< docs/PROGRAM_FORMAT.md, LAYR
    bool on_host;
    bool copies; ///< it writes a part of its output, and leaves the rest to other layers
    uint32_t input, output, residual; ///< tensors; from net->tensors on: there is none
    uint32_t insn, insn_count;        ///< its instructions; a host layer has none
};

/// Looks at a program file of `size` bytes and fills *net. Checks magic, versions, checksum,
/// sections, counts, and that all places lie within the memories; the NPU itself checks each
/// instruction before it runs it. Returns TNPU_OK, TNPU_ERR_PROGRAM (not a program, or damaged), or
/// TNPU_ERR_VERSION (of a newer compiler). On error *net is all zero.
int tnpu_net_parse(struct tnpu_net *net, const void *bytes, size_t size);

/// Tensor or layer number i, which must be below net->tensors or net->layers.
struct tnpu_net_tensor tnpu_net_tensor(const struct tnpu_net *net, uint32_t i);
struct tnpu_net_layer tnpu_net_layer(const struct tnpu_net *net, uint32_t i);

/// Bytes of a tensor without padding.
static inline size_t tnpu_net_size(const struct tnpu_net_tensor *t) {
    return (size_t)t->height * t->width * t->channels;
}

/// The bits of the float32 scale of channel c. Real value = scale * (byte - zero_point).
uint32_t tnpu_net_scale_bits(const struct tnpu_net_tensor *t, uint32_t c);

#ifdef __cplusplus
}
#endif
#endif
