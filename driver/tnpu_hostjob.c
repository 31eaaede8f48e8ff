// SPDX-License-Identifier: Apache-2.0
// Operands of host layers from the chip, their results back to it.
#include "tnpu_hostjob.h"

#include "tnpu_feature.h"
#include "tnpu_spec.h"

#include <string.h>

static int get(const struct tnpu_hostlayers *h, struct tnpu_device *dev, uint32_t tensor) {
    struct tnpu_net_tensor t = tnpu_net_tensor(h->net, tensor);
    return t.on_chip ? tnpu_feature_get(dev, &t, tnpu_hostjob_bytes(h, tensor)) : TNPU_OK;
}

int tnpu_hostjob_put(const struct tnpu_hostlayers *h, struct tnpu_device *dev, const void *input) {
    const struct tnpu_net_tensor *t = &h->net->input;
    if (t->on_chip) return tnpu_feature_put(dev, t, 0, t->height, input);
    memcpy(tnpu_hostjob_bytes(h, h->net->input_index), input, tnpu_net_size(t));
    return TNPU_OK;
}

int tnpu_hostjob_serve(const struct tnpu_hostlayers *h, struct tnpu_device *dev) {
    uint32_t i;
    dev->step = "a layer of the host";
    int rc = tnpu_device_get(dev, TNPU_REG_ARG, &i);
    return rc ? rc : tnpu_hostjob_layer(h, dev, i);
}

int tnpu_hostjob_layer(const struct tnpu_hostlayers *h, struct tnpu_device *dev, uint32_t i) {
    int rc = TNPU_OK;
    if (i >= h->net->npu_layers || !tnpu_net_layer(h->net, i).on_host)
        return tnpu_device_fail(dev, TNPU_ERR_HOST_LAYER);
    struct tnpu_net_layer l = tnpu_net_layer(h->net, i);
    // A copy fills a part of its output, of which the rest is on the chip
    const uint32_t reads[] = {l.input, l.residual, l.copies ? l.output : UINT32_MAX};
    for (size_t n = 0; !rc && n < sizeof reads / sizeof *reads; n++)
        if (reads[n] < h->net->tensors) rc = get(h, dev, reads[n]);
    if (rc) return rc;
    h->run(h, i);
    struct tnpu_net_tensor out = tnpu_net_tensor(h->net, l.output);
    if (!out.on_chip) return TNPU_OK;
    return tnpu_feature_put(dev, &out, 0, out.height, tnpu_hostjob_bytes(h, l.output));
}

int tnpu_hostjob_fetch(const struct tnpu_hostlayers *h, struct tnpu_device *dev) {
    int rc = TNPU_OK;
    for (uint32_t t = 0; !rc && t < h->net->tensors; t++)
        if (tnpu_hostjob_fetches(h, t)) rc = get(h, dev, t);
    return rc;
}

void tnpu_hostjob_run_rest(const struct tnpu_hostlayers *h) {
    for (uint32_t i = h->net->npu_layers; i < h->net->layers; i++) h->run(h, i);
}

void tnpu_hostjob_finish(const struct tnpu_hostlayers *h, void *result) {
    tnpu_hostjob_run_rest(h);
    memcpy(result, tnpu_hostjob_bytes(h, h->net->output_index), tnpu_net_size(&h->net->output));
}
