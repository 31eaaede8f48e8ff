// SPDX-License-Identifier: Apache-2.0
// Transport `model`: the C model as the chip.
//
//     struct tnpu_model_link l;
//     struct tnpu_transport link;
//     tnpu_model_link_init(&l, &model, &link);      // model: tnpu_model.h, the caller's
#ifndef TNPU_LINK_MODEL_H
#define TNPU_LINK_MODEL_H

#include "tnpu_model.h"
#include "tnpu_transport.h"

struct tnpu_model_link {
    struct tnpu_model *model;
    uint32_t now_us; ///< a program ends within the write that starts it: only calls make time pass
};

/// Fills *link. Both *l and the model must outlive its use.
void tnpu_model_link_init(struct tnpu_model_link *l, struct tnpu_model *model,
                          struct tnpu_transport *link);

#endif
