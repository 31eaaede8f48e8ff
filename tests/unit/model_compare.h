// SPDX-License-Identifier: Apache-2.0
// Runs a program on the C model and compares every tensor with the reference executor's.
#ifndef MODEL_COMPARE_H
#define MODEL_COMPARE_H

#include "tnpu_host_layer.h"
#include "tnpu_lower.h"
#include "tnpu_model.h"
#include "tnpu_qexec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void model_load(struct tnpu_model *m, const struct tnpu_program *p, const int8_t *q) {
    assert_int_equal(tnpu_model_init(m, p->config), 0);
    size_t weights = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    const struct tnpu_place *at = &p->plan.place[p->graph.input];
    const struct tnpu_qtensor *in = &p->graph.tensors[p->graph.input];
    memset(tnpu_model_fmem(m), 0x5a,
           (size_t)p->config->fmem_bytes); // what was there must not matter
    assert_int_equal(tnpu_model_write(m, TNPU_MAP_IMEM, p->insns, (size_t)p->insn_count * 64), 0);
    assert_int_equal(tnpu_model_write(m, TNPU_MAP_WMEM, p->wmem, weights), 0);
    for (int y = 0; at->used && y < in->h; y++)
        for (int x = 0; x < in->w; x++)
            memcpy(tnpu_model_fmem(m) + at->base + (size_t)y * at->row + (size_t)x * at->pix,
                   q + (y * in->w + x) * in->c, (size_t)in->c);
}

/// Compares a tensor in feature memory with the reference's.
static inline void model_compare_tensor(struct tnpu_model *m, const struct tnpu_program *p,
                                        int tensor, const int8_t *want, const char *what) {
    const struct tnpu_qtensor *t = &p->graph.tensors[tensor];
    const struct tnpu_place *at = &p->plan.place[tensor];
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++)
            for (int c = 0; c < t->c; c++, want++) {
                size_t address = at->base + (size_t)y * at->row + (size_t)x * at->pix + (size_t)c;
                int8_t got = (int8_t)tnpu_model_fmem(m)[address];
                if (got != *want)
                    fail_msg("%s on %s: tensor %s, pixel (%d, %d), channel %d: %d, want %d", what,
                             p->config->name, t->name, y, x, c, got, *want);
            }
}

/// A tensor between feature memory, where it lies there, and HWC without padding.
static inline void model_read(struct tnpu_model *m, const struct tnpu_program *p, int tensor,
                              int8_t *to) {
    const struct tnpu_qtensor *t = &p->graph.tensors[tensor];
    const struct tnpu_place *at = &p->plan.place[tensor];
    for (int i = 0; at->used && i < t->h * t->w; i++)
        memcpy(to + (size_t)i * (size_t)t->c,
               tnpu_model_fmem(m) + at->base + (size_t)(i / t->w) * at->row +
                   (size_t)(i % t->w) * at->pix,
               (size_t)t->c);
}

static inline void model_write(struct tnpu_model *m, const struct tnpu_program *p, int tensor,
                               const int8_t *from) {
    const struct tnpu_qtensor *t = &p->graph.tensors[tensor];
    const struct tnpu_place *at = &p->plan.place[tensor];
    for (int i = 0; at->used && i < t->h * t->w; i++)
        memcpy(tnpu_model_fmem(m) + at->base + (size_t)(i / t->w) * at->row +
                   (size_t)(i % t->w) * at->pix,
               from + (size_t)i * (size_t)t->c, (size_t)t->c);
}

/// What a host does at a HOSTOP.
static inline void model_hostop(struct tnpu_model *m, const struct tnpu_program *p,
                                struct tnpu_host *host, int i) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    model_read(m, p, l->input, tnpu_host_tensor(host, l->input));
    if (l->residual >= 0) model_read(m, p, l->residual, tnpu_host_tensor(host, l->residual));
    if (l->op == TNPU_QOP_COPY) model_read(m, p, l->output, tnpu_host_tensor(host, l->output));
    tnpu_host_layer(host, i);
    model_write(m, p, l->output, tnpu_host_tensor(host, l->output));
}

/// Runs the program on `q`, a layer at a time: memory is used again, so each tensor is compared as
/// soon as its layer is done. Fails the test at the first byte that differs. Returns the program's
/// cycles.
static inline uint64_t model_compare(const struct tnpu_program *p, const struct tnpu_qgraph *g,
                                     const char *what, const int8_t *q) {
    struct tnpu_qexec *x = tnpu_qexec_new(g, NULL);
    struct tnpu_host *host = tnpu_host_new(p, NULL);
    assert_true(x && host);
    tnpu_qexec_run(x, q);
    struct tnpu_model m;
    model_load(&m, p, q);
    if (!p->plan.place[g->input].used)
        memcpy(tnpu_host_tensor(host, g->input), q,
               (size_t)g->tensors[g->input].h * (size_t)g->tensors[g->input].w *
                   (size_t)g->tensors[g->input].c);
    for (int i = 0; i < p->npu_layers; i++) {
        uint32_t stop = (uint32_t)(p->layers[i].insn + p->layers[i].insn_count);
        tnpu_model_set_reg(&m, TNPU_REG_STOP_AT, UINT32_C(1) << 31 | stop);
        int r = i ? tnpu_model_resume(&m) : tnpu_model_run(&m, 0);
        if (r != TNPU_MODEL_HALTED)
            fail_msg("%s on %s: layer %d: %s", what, p->config->name, i,
                     r < 0 ? tnpu_hw_error_text[-r] : "no halt");
        if (tnpu_program_is_host(p, i)) model_hostop(&m, p, host, i);
        int t = g->layers[i].output;
        if (!p->plan.place[t].used) continue; // the host's own
        if (tnpu_program_ready(p, t) > p->layers[i].insn + p->layers[i].insn_count) continue;
        model_compare_tensor(&m, p, t, tnpu_qexec_tensor(x, t), what);
    }
    assert_int_equal(tnpu_model_resume(&m), TNPU_MODEL_DONE);
    if (p->plan.input_reserved) model_compare_tensor(&m, p, g->input, q, what);
    const struct tnpu_qtensor *out = &g->tensors[g->output];
    for (int t = 0; t < g->tensor_count; t++)
        if (tnpu_host_needs(host, t)) model_read(&m, p, t, tnpu_host_tensor(host, t));
    assert_memory_equal(tnpu_host_run(host), tnpu_qexec_tensor(x, g->output),
                        (size_t)out->h * (size_t)out->w * (size_t)out->c);
    uint64_t cycles = m.counters.cycles;
    tnpu_model_free(&m);
    tnpu_host_free(host);
    tnpu_qexec_free(x);
    return cycles;
}

#endif
