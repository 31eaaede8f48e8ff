// SPDX-License-Identifier: Apache-2.0
// Tensors into and out of feature memory, by whatever pitches a program gave them. The job layer
// (tnpu.h) does this for inputs and results; debuggers read what lies between.
#ifndef TNPU_FEATURE_H
#define TNPU_FEATURE_H

#include "tnpu_device.h"
#include "tnpu_net.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A tensor's bytes follow each other without gaps.
static inline bool tnpu_feature_is_dense(const struct tnpu_net_tensor *t) {
    return t->pixel_bytes == t->channels && t->row_bytes == t->width * t->channels;
}

/// The address behind a tensor's last byte.
uint32_t tnpu_feature_end(const struct tnpu_net_tensor *t);

/// Writes rows first..first+count-1 of a tensor that lies on the chip; `rows` points at row
/// `first`, rows follow each other without padding.
int tnpu_feature_put(struct tnpu_device *dev, const struct tnpu_net_tensor *t, uint32_t first,
                     uint32_t count, const void *rows);

/// Reads a whole tensor, tnpu_net_size(t) bytes, without padding.
int tnpu_feature_get(struct tnpu_device *dev, const struct tnpu_net_tensor *t, void *bytes);

#ifdef __cplusplus
}
#endif
#endif
