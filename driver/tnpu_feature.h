// SPDX-License-Identifier: Apache-2.0
// Inside the driver: tensors into and out of feature memory.
#ifndef TNPU_FEATURE_H
#define TNPU_FEATURE_H

#include "tnpu_device.h"
#include "tnpu_net.h"

/// Writes rows first..first+count-1 of a tensor that lies on the chip; `rows` points at row
/// `first`, rows follow each other without padding.
int tnpu_feature_put(struct tnpu_device *dev, const struct tnpu_net_tensor *t, uint32_t first,
                     uint32_t count, const uint8_t *rows);

/// Reads a whole tensor, without padding.
int tnpu_feature_get(struct tnpu_device *dev, const struct tnpu_net_tensor *t, uint8_t *bytes);

#endif
