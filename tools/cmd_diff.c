// SPDX-License-Identifier: Apache-2.0
// tnpu diff: a program on C model and RTL, every write and every cycle compared.
#include "args.h"
#include "commands.h"
#include "picture_input.h"
#include "runner.h"
#include "tnpu_bytes.h"
#include "tnpu_file.h"
#include "tnpu_lockstep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct diff {
    const char *wave, *layer, *raw;
    int from, to;
    struct tnpu_program program;
    struct tnpu_model model;
    struct tnpu_rtl *rtl;
};

/// Layer that an instruction belongs to, or -1.
static int layer_of(const struct tnpu_program *p, unsigned pc) {
    for (int i = 0; i < p->npu_layers; i++)
        if ((int)pc >= p->layers[i].insn && (int)pc < p->layers[i].insn + p->layers[i].insn_count)
            return i;
    return -1;
}

static const char *layer_name(void *ctx, unsigned pc) {
    const struct diff *d = ctx;
    int layer = layer_of(&d->program, pc);
    return layer < 0 ? NULL : d->program.graph.layers[layer].name;
}

static int write_both(struct diff *d, uint32_t addr, const void *bytes, size_t n,
                      struct tnpu_error *e) {
    tnpu_model_write(&d->model, addr, bytes, n);
    return tnpu_rtl_write(d->rtl, addr, bytes, n, e);
}

/// Instructions, weights, and feature memory that holds the same on both.
static int load(struct diff *d, struct tnpu_error *e) {
    const struct tnpu_program *p = &d->program;
    for (int i = 0; i < p->insn_count * TNPU_IWORDS; i++) {
        uint8_t word[4];
        tnpu_set_u32(word, p->insns[i]);
        if (write_both(d, TNPU_MAP_IMEM + 4 * (uint32_t)i, word, 4, e)) return -1;
    }
    size_t weights = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    return write_both(d, TNPU_MAP_WMEM, p->wmem, weights, e) ||
                   write_both(d, TNPU_MAP_FMEM, tnpu_model_fmem(&d->model),
                              (size_t)p->config->fmem_bytes, e)
               ? -1
               : 0;
}

static int put_input(struct diff *d, const int8_t *q, struct tnpu_error *e) {
    int input = d->program.graph.input;
    const struct tnpu_qtensor *t = &d->program.graph.tensors[input];
    const struct tnpu_place *at = &d->program.plan.place[input];
    if (!at->used) return 0; // only the host reads it
    for (int y = 0; y < t->h; y++)
        for (int x = 0; x < t->w; x++, q += t->c)
            if (write_both(d,
                           TNPU_MAP_FMEM + at->base + (uint32_t)y * at->row + (uint32_t)x * at->pix,
                           q, (size_t)t->c, e))
                return -1;
    return 0;
}

/// The instructions of the layer that waves are wanted of.
static int find_layer(struct diff *d, struct tnpu_lockstep *job, struct tnpu_error *e) {
    const struct tnpu_program *p = &d->program;
    for (int i = 0; i < p->npu_layers; i++)
        if (!strcmp(p->graph.layers[i].name, d->layer)) {
            job->wave_pc = (unsigned)p->layers[i].insn;
            job->wave_insns = (unsigned)p->layers[i].insn_count;
            return 0;
        }
    return tnpu_fail(e, "%s: no layer of the NPU has that name; `tnpu info` lists them", d->layer);
}

/// Returns 0 identical, 1 different, -1 not compared.
static int diff_one(struct diff *d, const char *file, int8_t *q, struct tnpu_error *e) {
    const struct picture_want want = picture_want_of(&d->program);
    struct tnpu_lockstep job = {.model = &d->model,
                                .rtl = d->rtl,
                                .ctx = d,
                                .layer = layer_name,
                                .wave_file = d->wave,
                                .wave_from = d->from > 0 ? (uint64_t)d->from : 0,
                                .wave_to = d->to >= 0 ? (uint64_t)d->to : UINT64_MAX};
    struct tnpu_lockstep_result result;
    if ((d->layer && find_layer(d, &job, e)) ||
        picture_input(file, (enum raw_kind)raw_kind_of(d->raw), &want, q, e) ||
        put_input(d, q, e) || tnpu_lockstep_run(&job, &result, e))
        return -1;
    if (result.same && (result.error & 0xFF) != TNPU_HW_NONE) // both alike, and both wrong
        return tnpu_fail(e, "%s: the program stops with error %u", file,
                         (unsigned)result.error & 0xFF);
    if (result.same)
        printf("%s: identical: %" PRIu64 " cycles, %" PRIu64 " writes\n", file, result.cycles,
               result.writes);
    else
        printf("%s: different: %s\n", file, result.text);
    fflush(stdout);
    if (result.same && d->from > 0 && (uint64_t)d->from > result.cycles) {
        remove(d->wave);
        return tnpu_fail(e, "%s: no waves: the program ends in cycle %" PRIu64 ", before --from %d",
                         d->wave, result.cycles, d->from);
    }
    return !result.same;
}

static int diff_all(struct diff *d, const char **files, int count, struct tnpu_error *e) {
    for (int i = 0; d->wave && i < count; i++)
        if (tnpu_file_spare(d->wave, files[i], e)) return -1;
    if (tnpu_program_load(&d->program, files[0], e)) return -1;
    const struct tnpu_config *config = d->program.config;
    int8_t *q = malloc(runner_input_size(&d->program));
    int r = 0;
    if (!q || tnpu_model_init(&d->model, config)) r = tnpu_fail(e, "%s: out of memory", files[0]);
    if (!r && !(d->rtl = tnpu_rtl_open(config->name, e))) r = -1;
    if (!r) r = load(d, e);
    for (int i = 1; !r && i < count; i++) r = diff_one(d, files[i], q, e);
    tnpu_rtl_close(d->rtl);
    tnpu_model_free(&d->model);
    free(q);
    tnpu_program_free(&d->program);
    return r;
}

int cmd_diff(int argc, char **argv) {
    struct diff d = {.from = -1, .to = -1};
    const struct option options[] = {
        {"--raw", OPTION_TEXT, &d.raw, "KIND", "inputs are raw bytes: int8, or u8 (less 128)"},
        {"--wave", OPTION_TEXT, &d.wave, "F.fst", "waves of the RTL, of one input"},
        {"--from", OPTION_INT, &d.from, "N", "from this cycle on (0)"},
        {"--to", OPTION_INT, &d.to, "N", "to this cycle (the end)"},
        {"--layer", OPTION_TEXT, &d.layer, "NAME", "while this layer runs"},
        {0},
    };
    const char **files = calloc((size_t)argc + 1, sizeof *files);
    if (!files) {
        fprintf(stderr, "tnpu: diff: out of memory\n");
        return 1;
    }
    int n = args_parse(argc, argv, "F.tnpu INPUT... [options]", options, files, 2, argc);
    int status = 0;
    struct tnpu_error e;
    if (n < 0) {
        status = args_status(n);
    } else if (d.wave && n > 2) {
        fprintf(stderr, "tnpu: --wave takes one input at a time\n");
        status = 2;
    } else if (d.to >= 0 && d.to < d.from) {
        fprintf(stderr, "tnpu: --to %d is before --from %d\n", d.to, d.from);
        status = 2;
    } else if (d.layer && (d.from >= 0 || d.to >= 0)) {
        fprintf(stderr, "tnpu: --layer is a window of its own: leave --from and --to out\n");
        status = 2;
    } else if (raw_kind_of(d.raw) < 0 || (!d.wave && (d.layer || d.from >= 0 || d.to >= 0))) {
        fprintf(stderr, "tnpu: --raw takes int8 or u8; --from, --to and --layer go with --wave\n");
        status = 2;
    } else if ((status = diff_all(&d, files, n, &e)) < 0) {
        fprintf(stderr, "tnpu: %s\n", e.text);
        status = 1;
    }
    free(files);
    return status;
}
