// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL as a machine.
#include "tnpu_link_verilated.h"
#include "tnpu_machine.h"

#include <stdlib.h>

static void *rtl_open(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                      struct tnpu_transport *link, struct tnpu_error *e) {
    struct tnpu_verilated_link *l = malloc(sizeof *l);
    struct tnpu_rtl *rtl = l ? tnpu_rtl_open(config->name, e) : NULL;
    if (!l) tnpu_fail(e, "%s: out of memory", config->name);
    if (!rtl) {
        free(l);
        return NULL;
    }
    tnpu_verilated_link_init(l, rtl, (uint32_t)options->core_mhz, link);
    return l;
}

static int rtl_close(void *impl, struct tnpu_error *e) {
    struct tnpu_verilated_link *l = impl;
    tnpu_rtl_close(l->rtl);
    free(l);
    (void)e;
    return 0;
}

const struct tnpu_machine_ops tnpu_machine_rtl_ops = {rtl_open, rtl_close};
