// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL as a machine.
#include "tnpu_machine.h"
#include "tnpu_rtl.h"

static void *rtl_open(const struct tnpu_config *config, struct tnpu_error *e) {
    return tnpu_rtl_open(config->name, e);
}

static void rtl_close(void *impl) {
    tnpu_rtl_close(impl);
}

static int rtl_write(void *impl, uint32_t addr, const void *bytes, size_t n, struct tnpu_error *e) {
    return tnpu_rtl_write(impl, addr, bytes, n, e);
}

static int rtl_read(void *impl, uint32_t addr, void *bytes, size_t n, struct tnpu_error *e) {
    return tnpu_rtl_read(impl, addr, bytes, n, e);
}

static int rtl_wait(void *impl, uint64_t cycles, struct tnpu_error *e) {
    return tnpu_rtl_run(impl, cycles, e);
}

const struct tnpu_machine_ops tnpu_machine_rtl_ops = {rtl_open, rtl_close, rtl_write, rtl_read,
                                                      rtl_wait};
