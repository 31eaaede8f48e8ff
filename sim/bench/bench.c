// SPDX-License-Identifier: Apache-2.0
// How fast a program is simulated: C model and Verilated RTL, beside a bare array of the same size
// in the same simulator. One thread each, in turns, so that the ratios do not depend on the machine
// or on what else it does: the medians of ROUNDS rounds are printed.
#include "tnpu_model.h"
#include "tnpu_program.h"
#include "tnpu_rtl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BARE_CYCLES = 500000, ROUNDS = 7, MODEL_RUNS = 20 };
enum what { BARE, RTL, MODEL, NUM_WHATS };

/// One program on three machines.
struct bench {
    const struct tnpu_program *program;
    uint8_t *fmem; ///< what feature memory holds when the program starts
    struct tnpu_rtl *bare, *rtl;
    struct tnpu_model model;
    double speed[NUM_WHATS][ROUNDS]; ///< cycles a second
};

/// Processor time, which other processes do not disturb.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int load(struct bench *b, struct tnpu_error *e) {
    const struct tnpu_program *p = b->program;
    size_t insns = (size_t)p->insn_count * 64;
    size_t rows = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    size_t fmem = (size_t)p->config->fmem_bytes;
    b->fmem = malloc(fmem);
    if (!b->fmem || tnpu_model_init(&b->model, p->config)) return tnpu_fail(e, "out of memory");
    for (size_t i = 0; i < fmem; i++) b->fmem[i] = (uint8_t)(i * 2654435761u >> 24);
    tnpu_model_write(&b->model, TNPU_MAP_IMEM, p->insns, insns);
    memcpy(tnpu_model_wmem(&b->model), p->wmem, rows);

    b->bare = tnpu_rtl_open("bare", e);
    b->rtl = b->bare ? tnpu_rtl_open(p->config->name, e) : NULL;
    if (!b->rtl || tnpu_rtl_write(b->rtl, TNPU_MAP_IMEM, p->insns, insns, e) ||
        tnpu_rtl_write(b->rtl, TNPU_MAP_WMEM, p->wmem, rows, e) ||
        tnpu_rtl_write_reg(b->rtl, TNPU_REG_IRQ_ENABLE,
                           1u << TNPU_REG_IRQ_DONE_LSB | 1u << TNPU_REG_IRQ_ERROR_LSB, e))
        return -1;
    return 0;
}

static void unload(struct bench *b) {
    tnpu_rtl_close(b->rtl);
    tnpu_rtl_close(b->bare);
    tnpu_model_free(&b->model);
    free(b->fmem);
}

static int run_bare(struct bench *b, int round, struct tnpu_error *e) {
    double start = now();
    if (tnpu_rtl_run(b->bare, BARE_CYCLES, e) < 0) return -1;
    b->speed[BARE][round] = BARE_CYCLES / (now() - start);
    return 0;
}

static int run_rtl(struct bench *b, int round, struct tnpu_error *e) {
    size_t fmem = (size_t)b->program->config->fmem_bytes;
    if (tnpu_rtl_write(b->rtl, TNPU_MAP_FMEM, b->fmem, fmem, e) ||
        tnpu_rtl_write_reg(b->rtl, TNPU_REG_IRQ, 15, e) || tnpu_rtl_start(b->rtl, e))
        return -1;
    double start = now();
    int irq = tnpu_rtl_run(b->rtl, UINT64_MAX, e);
    double seconds = now() - start;
    if (irq < 0) return -1;
    uint32_t status;
    if (tnpu_rtl_read_reg(b->rtl, TNPU_REG_STATUS, &status, e)) return -1;
    if (!(status >> TNPU_REG_STATUS_DONE_LSB & 1))
        return tnpu_fail(e, "the RTL does not reach END");
    b->speed[RTL][round] = (double)tnpu_rtl_cycle(b->rtl) / seconds;
    return 0;
}

static int run_model(struct bench *b, int round, struct tnpu_error *e) {
    double seconds = 0;
    for (int i = 0; i < MODEL_RUNS; i++) {
        memcpy(tnpu_model_fmem(&b->model), b->fmem, (size_t)b->program->config->fmem_bytes);
        double start = now();
        if (tnpu_model_run(&b->model, 0) != TNPU_MODEL_DONE)
            return tnpu_fail(e, "the model does not reach END");
        seconds += now() - start;
    }
    b->speed[MODEL][round] = MODEL_RUNS * (double)b->model.counters.cycles / seconds;
    return 0;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double values[ROUNDS]) {
    double sorted[ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, by_value);
    return sorted[ROUNDS / 2];
}

/// Of the ratios of each round, for the machine may be slower in another.
static double median_ratio(const struct bench *b, enum what of, enum what to) {
    double ratio[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) ratio[i] = b->speed[of][i] / b->speed[to][i];
    return median(ratio);
}

static void print(const struct bench *b) {
    static const char *const names[NUM_WHATS] = {"bare 16 x 16 array, Verilated", "RTL, Verilated",
                                                 "C model"};
    const struct tnpu_counters *c = &b->model.counters;
    printf("%-32s %12s %12s %12s\n", "", "M cycles/s", "ns a cycle", "ms a run");
    for (int i = 0; i < NUM_WHATS; i++) {
        double speed = median(b->speed[i]);
        printf("%-32s %12.3f %12.1f", names[i], 1e-6 * speed, 1e9 / speed);
        if (i != BARE) printf(" %12.2f", 1e3 * (double)c->cycles / speed);
        printf("\n");
    }
    printf("%-32s %12.2f   (at least 0.4)\n", "RTL / bare array", median_ratio(b, RTL, BARE));
    printf("%-32s %12.1f   (at least 25 on EtinyNet-1.0 at 224)\n", "C model / RTL",
           median_ratio(b, MODEL, RTL));
    printf("%-32s %12.2f\n", "C model, G MAC/s",
           1e-9 * (double)c->macs / (double)c->cycles * median(b->speed[MODEL]));
}

int main(int argc, char **argv) {
    struct tnpu_error e;
    struct tnpu_program p;
    if (argc != 2) {
        fprintf(stderr, "usage: tnpu_bench F.tnpu\n");
        return 2;
    }
    if (tnpu_program_load(&p, argv[1], &e)) {
        fprintf(stderr, "tnpu_bench: %s\n", e.text);
        return 1;
    }
    struct bench b = {.program = &p};
    int r = load(&b, &e);
    for (int i = 0; i < ROUNDS && !r; i++)
        if (run_bare(&b, i, &e) || run_rtl(&b, i, &e) || run_model(&b, i, &e)) r = -1;
    if (r) {
        fprintf(stderr, "tnpu_bench: %s\n", e.text);
    } else {
        printf("%s on %s, one thread each, medians of %d rounds\n", argv[1], p.config->name,
               ROUNDS);
        print(&b);
    }
    unload(&b);
    tnpu_program_free(&p);
    return r ? 1 : 0;
}
