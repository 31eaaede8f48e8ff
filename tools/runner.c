// SPDX-License-Identifier: Apache-2.0
// Pictures through a program: NPU and host layers together.
#define _XOPEN_SOURCE 700
#include "runner.h"

#include <stdlib.h>
#include <time.h>

static size_t size_of(const struct tnpu_program *p, int tensor) {
    const struct tnpu_qtensor *t = &p->graph.tensors[tensor];
    return (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

size_t runner_input_size(const struct tnpu_program *p) {
    return size_of(p, p->graph.input);
}

size_t runner_output_size(const struct tnpu_program *p) {
    return size_of(p, p->graph.output);
}

int runner_open(struct runner *r, const struct tnpu_machine_options *options,
                const struct tnpu_program *p, const char *label, struct tnpu_error *e) {
    *r = (struct runner){.p = p};
    r->host = tnpu_host_new(p, e);
    r->machine = r->host ? tnpu_machine_open(options, p->config, e) : NULL;
    if (r->machine && tnpu_machine_load(r->machine, p, label, e) == 0) return 0;
    runner_close(r);
    return -1;
}

void runner_close(struct runner *r) {
    tnpu_machine_close(r->machine);
    tnpu_host_free(r->host);
    *r = (struct runner){0};
}

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/// Reads an operand of host layer `layer` unless there is none.
static int get(struct runner *r, int tensor, struct tnpu_error *e) {
    if (tensor < 0) return 0;
    return tnpu_machine_get_tensor(r->machine, tensor, tnpu_host_tensor(r->host, tensor), e);
}

int runner_hostop(struct runner *r, int layer, struct tnpu_error *e) {
    const struct tnpu_qlayer *l = &r->p->graph.layers[layer];
    // a COPY fills a part of a tensor whose rest is in feature memory
    bool part = l->op == TNPU_QOP_COPY;
    if (get(r, l->input, e) || get(r, l->residual, e) || (part && get(r, l->output, e))) return -1;
    double start = now_us();
    tnpu_host_layer(r->host, layer);
    r->host_us += now_us() - start;
    return tnpu_machine_put_tensor(r->machine, l->output, tnpu_host_tensor(r->host, l->output), e);
}

static int hostop(void *ctx, int layer, struct tnpu_error *e) {
    return runner_hostop(ctx, layer, e);
}

const int8_t *runner_behind(struct runner *r, struct tnpu_error *e) {
    for (int t = 0; t < r->p->graph.tensor_count; t++)
        if (tnpu_host_needs(r->host, t) && get(r, t, e)) return NULL;
    double start = now_us();
    const int8_t *output = tnpu_host_run(r->host);
    if (r->p->npu_layers < r->p->graph.layer_count) r->host_us += now_us() - start;
    return output;
}

const int8_t *runner_run(struct runner *r, const int8_t *q, struct tnpu_error *e) {
    r->host_us = 0;
    if (tnpu_machine_put_input(r->machine, q, e) || tnpu_machine_run(r->machine, hostop, r, e))
        return NULL;
    return runner_behind(r, e);
}

static float score_of(const struct tnpu_qtensor *t, const int8_t *output, int i) {
    return t->scale[t->scale_count == 1 ? 0 : i % t->c] * (float)(output[i] - t->zero_point);
}

void runner_scores(const struct tnpu_program *p, const int8_t *output, float *scores) {
    for (int i = 0; i < (int)runner_output_size(p); i++)
        scores[i] = score_of(&p->graph.tensors[p->graph.output], output, i);
}

int runner_top(const struct tnpu_program *p, const int8_t *output, struct runner_class *top,
               int n) {
    int size = (int)runner_output_size(p), count = 0;
    for (int i = 0; i < size; i++) {
        float score = score_of(&p->graph.tensors[p->graph.output], output, i);
        int at = count < n ? count++ : n;
        for (; at > 0 && top[at - 1].score < score; at--)
            if (at < n) top[at] = top[at - 1];
        if (at < n) top[at] = (struct runner_class){i, score};
    }
    return count;
}
