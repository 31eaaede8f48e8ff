// SPDX-License-Identifier: Apache-2.0
// The float network that a program carries.
#include "float_net.h"

#include "tnpu_etinynet.h"
#include "tnpu_float.h"

#include <stdlib.h>

struct float_net {
    struct tnpu_graph graph;
    struct tnpu_float_plan *plan;
};

struct float_net_run {
    const struct float_net *n;
    struct tnpu_float_run *run;
};

struct float_net *float_net_new(const uint8_t *bytes, size_t size, const char *arch, int h, int w,
                                const char *label, struct tnpu_error *e) {
    struct tnpu_params params;
    struct float_net *n = calloc(1, sizeof *n);
    if (!n) {
        tnpu_fail(e, "%s: out of memory for the float network", label);
        return NULL;
    }
    if (tnpu_params_parse(&params, label, bytes, size, e) == 0) {
        if (tnpu_etinynet_build(&n->graph, arch, h, w, &params, label, e) == 0)
            n->plan = tnpu_float_plan_new(&n->graph, e);
        tnpu_params_free(&params);
    }
    if (n->plan) return n;
    float_net_free(n);
    return NULL;
}

void float_net_free(struct float_net *n) {
    if (!n) return;
    if (n->plan) tnpu_float_plan_free(n->plan);
    tnpu_graph_free(&n->graph);
    free(n);
}

struct float_net_run *float_net_run_new(const struct float_net *n, struct tnpu_error *e) {
    struct float_net_run *r = calloc(1, sizeof *r);
    if (r) {
        r->n = n;
        r->run = tnpu_float_run_new(n->plan, e);
        if (r->run) return r;
    }
    free(r);
    return NULL;
}

void float_net_run_free(struct float_net_run *r) {
    if (r) tnpu_float_run_free(r->run);
    free(r);
}

int float_net_classes(const struct float_net *n) {
    return (int)tnpu_tensor_size(&n->graph.tensors[n->graph.output]);
}

const float *float_net_scores(struct float_net_run *r, const int8_t *q) {
    tnpu_float_run_picture(r->run, q);
    return tnpu_float_tensor(r->run, r->n->graph.output);
}
