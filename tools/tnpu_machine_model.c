// SPDX-License-Identifier: Apache-2.0
// The C model as a machine.
#include "tnpu_link_model.h"
#include "tnpu_machine.h"

#include <stdlib.h>

struct machine {
    struct tnpu_model model;
    struct tnpu_model_link link;
};

static void *model_open(const struct tnpu_machine_options *options,
                        const struct tnpu_config *config, struct tnpu_transport *link,
                        struct tnpu_error *e) {
    struct machine *m = malloc(sizeof *m);
    (void)options;
    if (!m || tnpu_model_init(&m->model, config)) {
        free(m);
        tnpu_fail(e, "%s: out of memory for the C model", config->name);
        return NULL;
    }
    tnpu_model_link_init(&m->link, &m->model, link);
    return m;
}

static int model_close(void *impl, struct tnpu_error *e) {
    struct machine *m = impl;
    tnpu_model_free(&m->model);
    free(m);
    (void)e;
    return 0;
}

const struct tnpu_machine_ops tnpu_machine_model_ops = {model_open, model_close};
