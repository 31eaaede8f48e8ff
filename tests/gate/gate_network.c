// SPDX-License-Identifier: Apache-2.0
// A compiled network with a picture as vectors.
#include "gate_parts.h"

#include "picture_input.h"
#include "tnpu_program.h"

#include <stdlib.h>
#include <string.h>

/// The input tensor, HWC, to where the program reads it; byte by byte on a copy of feature memory,
/// word by word on the machine.
static void put_input(struct gate_vectors *v, const struct tnpu_program *p, const int8_t *q) {
    const struct tnpu_qtensor *t = &p->graph.tensors[p->graph.input];
    const struct tnpu_place *at = &p->plan.place[p->graph.input];
    uint8_t *fmem = tnpu_model_fmem(v->model);
    if (!at->used) return; // only the host reads it
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++, q += t->c)
            memcpy(fmem + at->base + (uint32_t)y * at->row + (uint32_t)x * at->pix, q,
                   (size_t)t->c);
    uint32_t last =
        at->base + (uint32_t)(t->h - 1) * at->row + (uint32_t)(t->w - 1) * at->pix + (uint32_t)t->c;
    for (uint32_t a = at->base & ~3U; a < last; a += 4)
        gate_write_bytes(v, TNPU_MAP_FMEM + a, fmem + a, 4);
}

static int run(struct gate_vectors *v, const struct tnpu_program *p, const char *name,
               const char *picture, int8_t *q, struct tnpu_error *e) {
    if (strcmp(p->config->name, v->model->cfg.name))
        return tnpu_fail(e, "%s: is for %s, the vectors are for %s", name, p->config->name,
                         v->model->cfg.name);
    const struct picture_want want = picture_want_of(p);
    if (picture_input(picture, RAW_AUTO, &want, q, e)) return -1;
    gate_program(v, "network");
    gate_write_bytes(v, TNPU_MAP_IMEM, p->insns,
                     (size_t)p->insn_count * TNPU_IWORDS * sizeof *p->insns);
    gate_write_bytes(v, TNPU_MAP_WMEM, p->wmem,
                     (size_t)(p->wmem_rows * p->config->lanes * TNPU_DOT));
    put_input(v, p, q);
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    gate_run(v, 0);
    return 0;
}

int gate_network(struct gate_vectors *v, const char *program, const char *picture,
                 struct tnpu_error *e) {
    struct tnpu_program p;
    if (tnpu_program_load(&p, program, e)) return -1;
    const struct tnpu_qtensor *t = &p.graph.tensors[p.graph.input];
    int8_t *q = malloc((size_t)t->h * (size_t)t->w * (size_t)t->c);
    int r = q ? run(v, &p, program, picture, q, e) : tnpu_fail(e, "%s: out of memory", program);
    free(q);
    tnpu_program_free(&p);
    return r;
}
