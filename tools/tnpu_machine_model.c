// SPDX-License-Identifier: Apache-2.0
// The C model as a machine.
#include "tnpu_machine.h"
#include "tnpu_model.h"

#include <stdlib.h>

static void *model_open(const struct tnpu_config *config, struct tnpu_error *e) {
    struct tnpu_model *m = malloc(sizeof *m);
    if (!m || tnpu_model_init(m, config)) {
        free(m);
        tnpu_fail(e, "%s: out of memory for the C model", config->name);
        return NULL;
    }
    return m;
}

static void model_close(void *impl) {
    tnpu_model_free(impl);
    free(impl);
}

static int model_write(void *impl, uint32_t addr, const void *bytes, size_t n,
                       struct tnpu_error *e) {
    return tnpu_model_write(impl, addr, bytes, n)
               ? tnpu_fail(e, "C model: address 0x%06x is outside its map", (unsigned)addr)
               : 0;
}

static int model_read(void *impl, uint32_t addr, void *bytes, size_t n, struct tnpu_error *e) {
    return tnpu_model_read(impl, addr, bytes, n)
               ? tnpu_fail(e, "C model: address 0x%06x is outside its map", (unsigned)addr)
               : 0;
}

/// A program has run to its end or a halt within the write that started it.
static int model_wait(void *impl, uint64_t cycles, struct tnpu_error *e) {
    (void)impl, (void)cycles, (void)e;
    return 1;
}

const struct tnpu_machine_ops tnpu_machine_model_ops = {model_open, model_close, model_write,
                                                        model_read, model_wait};
