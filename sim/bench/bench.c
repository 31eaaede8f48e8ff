// SPDX-License-Identifier: Apache-2.0
// How fast a program is simulated: C model and Verilated RTL, beside a bare array of the same size
// in the same simulator. One thread each, all in one run, so that the ratios do not depend on the
// machine.
#include "tnpu_model.h"
#include "tnpu_program.h"
#include "tnpu_rtl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BARE_CYCLES = 1000000, REPEATS = 3 };
#define MODEL_SECONDS 1.0

/// What a run costs and how much it is.
struct speed {
    double seconds; ///< of the fastest of REPEATS
    uint64_t cycles;
};

/// Processor time, which other processes do not disturb.
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int run_bare(struct speed *speed, struct tnpu_error *e) {
    struct tnpu_rtl *rtl = tnpu_rtl_open("bare", e);
    if (!rtl) return -1;
    int r = 0;
    for (int i = 0; i < REPEATS && r >= 0; i++) {
        double start = now();
        r = tnpu_rtl_run(rtl, BARE_CYCLES, e);
        double seconds = now() - start;
        if (i == 0 || seconds < speed->seconds) speed->seconds = seconds;
    }
    speed->cycles = BARE_CYCLES;
    tnpu_rtl_close(rtl);
    return r < 0 ? -1 : 0;
}

static void input_bytes(uint8_t *fmem, size_t n) {
    for (size_t i = 0; i < n; i++) fmem[i] = (uint8_t)(i * 2654435761u >> 24);
}

static int run_rtl(const struct tnpu_program *p, const uint8_t *fmem, struct speed *speed,
                   struct tnpu_error *e) {
    size_t rows = (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT;
    struct tnpu_rtl *rtl = tnpu_rtl_open(p->config->name, e);
    if (!rtl) return -1;
    int r = 0;
    if (tnpu_rtl_write(rtl, TNPU_MAP_IMEM, p->insns, (size_t)p->insn_count * 64, e) ||
        tnpu_rtl_write(rtl, TNPU_MAP_WMEM, p->wmem, rows, e) ||
        tnpu_rtl_write_reg(rtl, TNPU_REG_IRQ_ENABLE,
                           1u << TNPU_REG_IRQ_DONE_LSB | 1u << TNPU_REG_IRQ_ERROR_LSB, e))
        r = -1;
    for (int i = 0; i < REPEATS && !r; i++) {
        if (tnpu_rtl_write(rtl, TNPU_MAP_FMEM, fmem, (size_t)p->config->fmem_bytes, e) ||
            tnpu_rtl_write_reg(rtl, TNPU_REG_IRQ, 15, e) || tnpu_rtl_start(rtl, e))
            r = -1;
        double start = now();
        if (!r && tnpu_rtl_run(rtl, UINT64_MAX, e) != 1) r = -1;
        double seconds = now() - start;
        if (i == 0 || seconds < speed->seconds) speed->seconds = seconds;
    }
    speed->cycles = tnpu_rtl_cycle(rtl);
    tnpu_rtl_close(rtl);
    return r;
}

static int run_model(const struct tnpu_program *p, const uint8_t *fmem, struct speed *speed,
                     uint64_t *macs, struct tnpu_error *e) {
    struct tnpu_model m;
    if (tnpu_model_init(&m, p->config)) return tnpu_fail(e, "out of memory");
    tnpu_model_write(&m, TNPU_MAP_IMEM, p->insns, (size_t)p->insn_count * 64);
    memcpy(tnpu_model_wmem(&m), p->wmem,
           (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT);
    double end = now() + MODEL_SECONDS;
    int r = 0;
    for (int i = 0; !r && (i == 0 || now() < end); i++) {
        memcpy(tnpu_model_fmem(&m), fmem, (size_t)p->config->fmem_bytes);
        double start = now();
        if (tnpu_model_run(&m, 0) != TNPU_MODEL_DONE)
            r = tnpu_fail(e, "the model does not reach END");
        double seconds = now() - start;
        if (i == 0 || seconds < speed->seconds) speed->seconds = seconds;
    }
    speed->cycles = m.counters.cycles;
    *macs = m.counters.macs;
    tnpu_model_free(&m);
    return r;
}

static void print_line(const char *what, const struct speed *s) {
    printf("%-38s %9.2f ms %10.3f M cycles/s\n", what, 1e3 * s->seconds,
           (double)s->cycles / s->seconds * 1e-6);
}

int main(int argc, char **argv) {
    struct tnpu_error e;
    struct tnpu_program p;
    struct speed bare = {0}, rtl = {0}, model = {0};
    uint64_t macs = 0;
    if (argc != 2) {
        fprintf(stderr, "usage: tnpu_bench F.tnpu\n");
        return 2;
    }
    if (tnpu_program_load(&p, argv[1], &e)) {
        fprintf(stderr, "tnpu_bench: %s\n", e.text);
        return 1;
    }
    uint8_t *fmem = malloc((size_t)p.config->fmem_bytes);
    int r = fmem ? 0 : tnpu_fail(&e, "out of memory");
    if (!r) input_bytes(fmem, (size_t)p.config->fmem_bytes);
    if (r || run_bare(&bare, &e) || run_rtl(&p, fmem, &rtl, &e) ||
        run_model(&p, fmem, &model, &macs, &e)) {
        fprintf(stderr, "tnpu_bench: %s\n", e.text);
        r = 1;
    } else {
        printf("%s on %s\n", argv[1], p.config->name);
        print_line("bare 16 x 16 array, 512 KB, Verilated", &bare);
        print_line("RTL, Verilated", &rtl);
        print_line("C model", &model);
        printf("RTL / bare array: %.2f (at least 0.4)\n",
               (double)rtl.cycles / rtl.seconds / ((double)bare.cycles / bare.seconds));
        printf("C model / RTL: %.1f (at least 25 on EtinyNet-1.0 at 224)\n",
               rtl.seconds / model.seconds);
        printf("C model: %.2f G MAC/s\n", (double)macs / model.seconds * 1e-9);
    }
    free(fmem);
    tnpu_program_free(&p);
    return r;
}
