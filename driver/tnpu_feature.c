// SPDX-License-Identifier: Apache-2.0
// Tensors into and out of feature memory: as few accesses as their pitches allow.
#include "tnpu_feature.h"

#include "tnpu_spec.h"

/// A row of a tensor in the host's memory is `pieces` pieces of `bytes` bytes, each of which lies
/// without a gap in feature memory.
struct cut {
    uint32_t pieces, bytes;
};

/// The largest contiguous pieces of a row: the row, or each of its pixels.
static struct cut cut_row(const struct tnpu_net_tensor *t) {
    if (t->pixel_bytes == t->channels) return (struct cut){1, t->width * t->channels};
    return (struct cut){t->width, t->channels};
}

static uint32_t address_of(const struct tnpu_net_tensor *t, uint32_t row, uint32_t piece) {
    return TNPU_MAP_FMEM + t->base + row * t->row_bytes + piece * t->pixel_bytes;
}

int tnpu_feature_put(struct tnpu_device *dev, const struct tnpu_net_tensor *t, uint32_t first,
                     uint32_t count, const void *rows) {
    const uint8_t *from = rows;
    struct cut cut = cut_row(t);
    if (tnpu_feature_is_dense(t))
        return tnpu_device_write(dev, address_of(t, first, 0), rows, (size_t)count * t->row_bytes);
    for (uint32_t y = first; y < first + count; y++)
        for (uint32_t i = 0; i < cut.pieces; i++, from += cut.bytes) {
            int rc = tnpu_device_write(dev, address_of(t, y, i), from, cut.bytes);
            if (rc) return rc;
        }
    return TNPU_OK;
}

int tnpu_feature_get(struct tnpu_device *dev, const struct tnpu_net_tensor *t, void *bytes) {
    uint8_t *to = bytes;
    struct cut cut = cut_row(t);
    if (tnpu_feature_is_dense(t))
        return tnpu_device_read(dev, address_of(t, 0, 0), bytes, (size_t)t->height * t->row_bytes);
    for (uint32_t y = 0; y < t->height; y++)
        for (uint32_t i = 0; i < cut.pieces; i++, to += cut.bytes) {
            int rc = tnpu_device_read(dev, address_of(t, y, i), to, cut.bytes);
            if (rc) return rc;
        }
    return TNPU_OK;
}
