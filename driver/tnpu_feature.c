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

uint32_t tnpu_feature_end(const struct tnpu_net_tensor *t) {
    return t->base + (t->height - 1) * t->row_bytes + (t->width - 1) * t->pixel_bytes + t->channels;
}

static int carry(struct tnpu_device *dev, bool write, uint32_t address, uint8_t *bytes, size_t n) {
    return write ? tnpu_device_write(dev, address, bytes, n)
                 : tnpu_device_read(dev, address, bytes, n);
}

static int carry_rows(struct tnpu_device *dev, bool write, const struct tnpu_net_tensor *t,
                      uint32_t first, uint32_t count, uint8_t *bytes) {
    struct cut cut = cut_row(t);
    if (tnpu_feature_is_dense(t))
        return carry(dev, write, address_of(t, first, 0), bytes, (size_t)count * t->row_bytes);
    for (uint32_t y = first; y < first + count; y++)
        for (uint32_t i = 0; i < cut.pieces; i++, bytes += cut.bytes) {
            int rc = carry(dev, write, address_of(t, y, i), bytes, cut.bytes);
            if (rc) return rc;
        }
    return TNPU_OK;
}

int tnpu_feature_put(struct tnpu_device *dev, const struct tnpu_net_tensor *t, uint32_t first,
                     uint32_t count, const void *rows) {
    return carry_rows(dev, true, t, first, count, (uint8_t *)rows); // only read from
}

int tnpu_feature_get(struct tnpu_device *dev, const struct tnpu_net_tensor *t, void *bytes) {
    return carry_rows(dev, false, t, 0, t->height, bytes);
}
