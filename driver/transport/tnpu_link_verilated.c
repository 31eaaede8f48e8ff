// SPDX-License-Identifier: Apache-2.0
// The Verilated core behind the transport's functions.
#include "tnpu_link_verilated.h"

/// About what the core's host port takes for n bytes: three cycles a word.
static uint64_t cycles_of(size_t n) {
    return 3 * ((uint64_t)n / 4 + 1);
}

static int rtl_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    struct tnpu_verilated_link *l = context;
    l->cycles += cycles_of(n);
    return tnpu_rtl_write(l->rtl, addr, bytes, n, &l->reason) ? TNPU_ERR_NO_ANSWER : TNPU_OK;
}

static int rtl_read(void *context, uint32_t addr, void *bytes, size_t n) {
    struct tnpu_verilated_link *l = context;
    l->cycles += cycles_of(n);
    return tnpu_rtl_read(l->rtl, addr, bytes, n, &l->reason) ? TNPU_ERR_NO_ANSWER : TNPU_OK;
}

static int rtl_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_verilated_link *l = context;
    uint64_t most = (uint64_t)timeout_us * l->mhz, before = tnpu_rtl_cycle(l->rtl);
    int irq = tnpu_rtl_run(l->rtl, most, &l->reason);
    l->cycles += irq ? tnpu_rtl_cycle(l->rtl) - before : most;
    return irq < 0 ? TNPU_ERR_BUS : irq; // an assertion of the RTL failed
}

static uint32_t rtl_now_us(void *context) {
    struct tnpu_verilated_link *l = context;
    l->cycles++;
    return (uint32_t)(l->cycles / l->mhz);
}

void tnpu_verilated_link_init(struct tnpu_verilated_link *l, struct tnpu_rtl *rtl, uint32_t mhz,
                              struct tnpu_transport *link) {
    *l = (struct tnpu_verilated_link){.rtl = rtl, .mhz = mhz ? mhz : 1};
    *link = (struct tnpu_transport){.context = l,
                                    .name = "rtl",
                                    .write = rtl_write,
                                    .read = rtl_read,
                                    .wait_irq = rtl_wait_irq,
                                    .now_us = rtl_now_us,
                                    .max_bytes = SIZE_MAX};
}
