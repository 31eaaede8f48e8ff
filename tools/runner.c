// SPDX-License-Identifier: Apache-2.0
// Pictures through a program: NPU and host layers together.
#include "runner.h"

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
    r->machine = tnpu_machine_open(options, p->config, e);
    if (r->machine && tnpu_machine_load(r->machine, p, label, e) == 0) return 0;
    runner_close(r, NULL);
    return -1;
}

int runner_close(struct runner *r, struct tnpu_error *e) {
    int rc = tnpu_machine_close(r->machine, e);
    *r = (struct runner){0};
    return rc;
}

const int8_t *runner_run(struct runner *r, const int8_t *q, struct tnpu_error *e) {
    double before = tnpu_machine_host_us(r->machine);
    if (tnpu_machine_put_input(r->machine, q, e) || tnpu_machine_run(r->machine, e) ||
        tnpu_machine_host_rest(r->machine, e))
        return NULL;
    r->host_us = tnpu_machine_host_us(r->machine) - before;
    return tnpu_machine_host_tensor(r->machine, r->p->graph.output);
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
