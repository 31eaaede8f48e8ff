// SPDX-License-Identifier: Apache-2.0
// Comparing tensors with golden bytes while a program runs.
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(const struct tnpu_qtensor *t) {
    return (size_t)t->h * (size_t)t->w * (size_t)t->c;
}

/// Whether a tensor of the network has bytes that int8 can be compared with.
static bool comparable(const struct tnpu_golden_tensor *t) {
    return t->kind != TNPU_GOLDEN_CONSTANT &&
           (t->type == TNPU_GOLDEN_INT8 || t->type == TNPU_GOLDEN_UINT8);
}

/// A name as programs keep it: cut, and printable.
static bool same_name(const char *program, const char *golden) {
    for (int i = 0; i < TNPU_Q_NAME_MAX - 1; i++) {
        char want = golden[i] && (golden[i] < ' ' || golden[i] > '~') ? '?' : golden[i];
        if (program[i] != want) return false;
        if (!want) return true;
    }
    return true;
}

static int check_source(const struct tnpu_qgraph *g, const struct tnpu_qsource *s,
                        const struct tnpu_golden_case *c, const char *label, struct tnpu_error *e) {
    const struct tnpu_golden_tensor *t = s->index < c->tensor_count ? &c->tensors[s->index] : NULL;
    if (!t || !same_name(s->name, t->name) ||
        (comparable(t) && t->size != size_of(&g->tensors[s->tensor])))
        return tnpu_fail(
            e, "%s: its tensor %d, %s, is not in %s: the golden bytes are of another network",
            label, s->index, s->name, c->name);
    return 0;
}

int verify_open(struct verify *v, struct runner *runner, const struct tnpu_golden_case *c,
                const char *label, struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &runner->p->graph;
    *v = (struct verify){.runner = runner, .c = c};
    if (!g->source_count)
        return tnpu_fail(e, "%s: was not compiled from a .tflite network, so it names no tensors",
                         label);
    for (int i = 0; i < g->source_count; i++)
        if (check_source(g, &g->sources[i], c, label, e)) return -1;
    size_t largest = 1;
    for (int i = 0; i < g->tensor_count; i++)
        largest = size_of(&g->tensors[i]) > largest ? size_of(&g->tensors[i]) : largest;
    v->steps = calloc((size_t)runner->p->insn_count, sizeof *v->steps);
    v->bytes = malloc(largest);
    if (v->steps && v->bytes) return 0;
    verify_close(v);
    return tnpu_fail(e, "%s: out of memory", label);
}

void verify_close(struct verify *v) {
    free(v->steps);
    free(v->bytes);
    v->steps = NULL;
    v->bytes = NULL;
}

/// Golden byte i of a tensor as int8.
static int8_t golden_byte(const struct tnpu_golden_tensor *t, const uint8_t *bytes, size_t i) {
    return (int8_t)(t->type == TNPU_GOLDEN_UINT8 ? bytes[i] ^ 0x80 : bytes[i]);
}

/// The program's bytes of a source against the golden ones.
static void compare(struct verify *v, const struct tnpu_qsource *s, const int8_t *have) {
    const struct tnpu_golden_tensor *t = &v->c->tensors[s->index];
    const uint8_t *want = tnpu_golden_bytes(v->c, v->run, s->index);
    v->tensors++;
    v->compared += t->size;
    size_t i = 0;
    while (i < t->size && have[i] == golden_byte(t, want, i)) i++;
    if (i == t->size || v->different++) return;
    size_t c = t->rank ? (size_t)t->dims[t->rank - 1] : 1;
    size_t w = t->rank > 1 ? (size_t)t->dims[t->rank - 2] : 1;
    snprintf(v->text, sizeof v->text,
             "input %d, tensor %s, y %zu, x %zu, channel %zu: %d, TFLite has %d", v->run, t->name,
             i / c / w, i / c % w, i % c, have[i], golden_byte(t, want, i));
}

/// After an instruction: a host layer in the middle is done, and what is complete now is compared.
static int visit(void *ctx, int insn, struct tnpu_error *e) {
    struct verify *v = ctx;
    const struct tnpu_program *p = v->runner->p;
    for (int i = 0; i < p->npu_layers; i++)
        if (p->layers[i].insn == insn && tnpu_program_is_host(p, i) &&
            tnpu_machine_host_layer(v->runner->machine, i, e))
            return -1;
    for (int i = 0; i < p->graph.source_count; i++) {
        const struct tnpu_qsource *s = &p->graph.sources[i];
        if (tnpu_program_ready(p, s->tensor) != insn + 1 || !comparable(&v->c->tensors[s->index]))
            continue;
        if (tnpu_machine_get_tensor(v->runner->machine, s->tensor, v->bytes, e)) return -1;
        compare(v, s, v->bytes);
    }
    return 0;
}

/// The bytes of the input, from whichever of the network's tensors holds them as int8.
static int put_input(struct verify *v, struct tnpu_error *e) {
    const struct tnpu_qgraph *g = &v->runner->p->graph;
    for (int i = 0; i < g->source_count; i++) {
        const struct tnpu_golden_tensor *t = &v->c->tensors[g->sources[i].index];
        if (g->sources[i].tensor != g->input || !comparable(t)) continue;
        const uint8_t *from = tnpu_golden_bytes(v->c, v->run, g->sources[i].index);
        for (size_t k = 0; k < t->size; k++) v->bytes[k] = golden_byte(t, from, k);
        return tnpu_machine_put_input(v->runner->machine, v->bytes, e);
    }
    return tnpu_fail(e, "%s: no tensor of the network holds its input as bytes", v->c->name);
}

int verify_run(struct verify *v, int run, struct tnpu_error *e) {
    const struct tnpu_program *p = v->runner->p;
    v->run = run;
    v->different = 0;
    if (put_input(v, e) || tnpu_machine_run_steps(v->runner->machine, v->steps, visit, v, e) ||
        tnpu_machine_host_rest(v->runner->machine, e))
        return -1;
    for (int i = 0; i < p->graph.source_count; i++) {
        const struct tnpu_qsource *s = &p->graph.sources[i];
        if (tnpu_program_ready(p, s->tensor) < 0 && comparable(&v->c->tensors[s->index]))
            compare(v, s, tnpu_machine_host_tensor(v->runner->machine, s->tensor));
    }
    return v->different != 0;
}

static bool made(const struct tnpu_golden_tensor *t) {
    return comparable(t) && (t->kind == TNPU_GOLDEN_MADE || t->kind == TNPU_GOLDEN_OUTPUT);
}

int verify_made(const struct tnpu_golden_case *c) {
    int n = 0;
    for (int i = 0; i < c->tensor_count; i++) n += made(&c->tensors[i]);
    return n;
}

int verify_held(const struct verify *v) {
    const struct tnpu_qgraph *g = &v->runner->p->graph;
    int n = 0;
    for (int i = 0; i < g->source_count; i++) n += made(&v->c->tensors[g->sources[i].index]);
    return n;
}
