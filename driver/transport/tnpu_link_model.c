// SPDX-License-Identifier: Apache-2.0
// The C model behind the transport's functions.
#include "tnpu_link_model.h"

static int model_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    struct tnpu_model_link *l = context;
    return tnpu_model_write(l->model, addr, bytes, n) ? TNPU_ERR_RANGE : TNPU_OK;
}

static int model_read(void *context, uint32_t addr, void *bytes, size_t n) {
    struct tnpu_model_link *l = context;
    return tnpu_model_read(l->model, addr, bytes, n) ? TNPU_ERR_RANGE : TNPU_OK;
}

static int model_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_model_link *l = context;
    uint32_t causes = tnpu_model_reg(l->model, TNPU_REG_IRQ);
    if (causes & tnpu_model_reg(l->model, TNPU_REG_IRQ_ENABLE)) return 1;
    l->now_us += timeout_us;
    return 0;
}

static uint32_t model_now_us(void *context) {
    struct tnpu_model_link *l = context;
    return l->now_us++;
}

void tnpu_model_link_init(struct tnpu_model_link *l, struct tnpu_model *model,
                          struct tnpu_transport *link) {
    *l = (struct tnpu_model_link){.model = model};
    *link = (struct tnpu_transport){.context = l,
                                    .name = "model",
                                    .write = model_write,
                                    .read = model_read,
                                    .wait_irq = model_wait_irq,
                                    .now_us = model_now_us,
                                    .max_bytes = SIZE_MAX};
}
