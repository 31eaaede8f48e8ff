// SPDX-License-Identifier: Apache-2.0
// tnpu fuzz: random programs over the whole instruction set through C model and RTL, compared as
// `tnpu diff` does.
#include "args.h"
#include "commands.h"
#include "fuzz_bench.h"
#include "progress.h"
#include "tnpu_isa.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE_EVERY = 100, SHRINK_TRIALS = 150, JUDGED = 200, CHAINED_PERCENT = 30 };

struct fuzz {
    const char *config_name, *wave;
    int count, seed, first;
    bool coverage, no_rtl;
    struct fuzz_cover cover;
    int kinds[FUZZ_KINDS], errors[TNPU_NUM_HW_ERRORS], opcodes[TNPU_NUM_OPCODES], tails[FUZZ_TAILS];
    int chained, saturated, bank, drain;
    uint64_t cycles, writes;
};

static void count_program(struct fuzz *f, const struct fuzz_program *p,
                          const struct tnpu_lockstep_result *result,
                          const struct tnpu_counters *counters) {
    f->kinds[p->kind]++;
    f->errors[result->error & 0xFF]++;
    f->chained += fuzz_chain(p) >= 3;
    f->saturated += result->saturated > 0;
    f->bank += counters->stall_bank > 0;
    f->drain += counters->stall_drain > 0;
    f->cycles += result->cycles;
    f->writes += result->writes;
    for (int n = 0; n < p->count; n++) {
        struct tnpu_insn i;
        if (tnpu_isa_check(p->insns[n].words, p->config) != TNPU_HW_NONE) continue;
        tnpu_decode(p->insns[n].words, &i);
        f->opcodes[fuzz_opcode_index(i.opcode)]++;
        if (fuzz_is_compute(i.opcode)) f->tails[fuzz_tail(&i, p->config)]++;
    }
}

static void print_distribution(const struct fuzz *f) {
    printf("programs:");
    for (int k = 0; k < FUZZ_KINDS; k++)
        printf("%s %d %s", k ? "," : "", f->kinds[k], fuzz_kind_names[k]);
    printf("\nwith three or more instructions that depend on each other: %d (%d %%)\n", f->chained,
           100 * f->chained / f->count);
    printf("with saturated results: %d; with bank stalls: %d; with stalls of ADD and SUB: %d\n",
           f->saturated, f->bank, f->drain);
    printf("errors:");
    for (int e = 1; e < TNPU_NUM_HW_ERRORS; e++)
        if (f->errors[e]) printf(" %d x %s;", f->errors[e], tnpu_hw_error_text[e]);
    printf("\ninstructions:");
    for (int o = 0; o < TNPU_NUM_OPCODES; o++)
        printf(" %d %s", f->opcodes[o], tnpu_opcodes[o].name);
    printf("\ntails: %d full, %d partial channel tile, %d partial pixel tile, %d both\n",
           f->tails[0], f->tails[FUZZ_TAIL_CHANNEL], f->tails[FUZZ_TAIL_PIXEL],
           f->tails[FUZZ_TAIL_CHANNEL | FUZZ_TAIL_PIXEL]);
}

static void print_program(const struct fuzz_program *p) {
    for (int n = 0; n < p->count; n++) {
        char text[1000];
        struct tnpu_insn i;
        enum tnpu_hw_error error = tnpu_isa_check(p->insns[n].words, p->config);
        tnpu_decode(p->insns[n].words, &i);
        tnpu_isa_print(&i, text, sizeof text);
        printf("  %3u: %s%s%s\n", (unsigned)p->start_pc + (unsigned)n, text, error ? "   ; " : "",
               error ? tnpu_hw_error_text[error] : "");
    }
    if (p->stop_at >= 0)
        printf("  halt before instruction %u\n", (unsigned)p->start_pc + (unsigned)p->stop_at);
    if (p->kind == FUZZ_ABORT || p->kind == FUZZ_START_AGAIN)
        printf("  %s after %d %% of the cycles\n", fuzz_kind_names[p->kind], p->disturb_percent);
}

static void report_failure(const struct fuzz *f, int index, struct fuzz_program *p,
                           struct tnpu_lockstep_result *result) {
    printf("program %d differs: %s\n", index, result->text);
    print_program(p);
    struct tnpu_lockstep_result smaller = {.same = true};
    fuzz_shrink(p, !f->no_rtl, SHRINK_TRIALS, &smaller);
    if (!smaller.same) {
        printf("made smaller: %s\n", smaller.text);
        print_program(p);
    }
    printf("to repeat: tnpu fuzz --config %s --seed %d --first %d --count 1\n", f->config_name,
           f->seed, index);
}

/// Draws programs 0, 1, ... and runs those from `first` on: a program depends on the coverage of
/// those before it.
static int run_programs(struct fuzz *f, struct fuzz_bench *bench, struct tnpu_error *e) {
    for (int n = 0; n < f->first + f->count; n++) {
        struct fuzz_rng rng = {fuzz_mix((uint64_t)f->seed << 32 | (uint32_t)n)};
        struct fuzz_program p;
        struct tnpu_lockstep_result result;
        fuzz_draw_program(&rng, &f->cover, &p);
        if (n < f->first) continue;
        int done = n - f->first + 1;
        bool whole = done % WHOLE_EVERY == 0 || done == f->count;
        if (fuzz_bench_run(bench, &p, whole, f->wave, &result, e)) return -1;
        if (!result.same) {
            progress_end();
            report_failure(f, n, &p, &result);
            return tnpu_fail(e, "%s: model and RTL differ", f->config_name);
        }
        count_program(f, &p, &result, &bench->counters);
        progress_show(f->config_name, done, f->count);
    }
    progress_end();
    return 0;
}

/// Whether the programs were worth running: of a run that is long enough to judge.
static int check_distribution(const struct fuzz *f, struct tnpu_error *e) {
    if (f->count < JUDGED || f->first) return 0;
    if (f->chained < f->count * CHAINED_PERCENT / 100)
        return tnpu_fail(e, "%s: fewer than %d %% of the programs depend on themselves",
                         f->config_name, CHAINED_PERCENT);
    if (!f->saturated || !f->bank || !f->drain)
        return tnpu_fail(e, "%s: no program saturates, or none stalls", f->config_name);
    for (int t = 0; t < FUZZ_TAILS; t++)
        if (!f->tails[t]) return tnpu_fail(e, "%s: a kind of tail does not occur", f->config_name);
    return 0;
}

static int fuzz(struct fuzz *f, struct tnpu_error *e) {
    const struct tnpu_config *config = tnpu_config_find(f->config_name);
    if (!config)
        return tnpu_fail(e, "%s: no such configuration; it can be %s", f->config_name,
                         args_configs());
    if (f->count < 1) return tnpu_fail(e, "--count: at least one program is needed");
    if (f->first > INT_MAX - f->count)
        return tnpu_fail(e, "--first, --count: the last program would be beyond number %d",
                         INT_MAX - 1);
    if (fuzz_cover_init(&f->cover, config))
        return tnpu_fail(e, "coverage bins are missing: run scripts/gen");
    struct fuzz_bench bench;
    if (fuzz_bench_open(&bench, config, !f->no_rtl, e)) return -1;
    int r = run_programs(f, &bench, e);
    fuzz_bench_close(&bench);
    if (r) return -1;
    print_distribution(f);
    fuzz_cover_print(&f->cover, stdout, f->coverage ? INT32_MAX : 0, f->coverage);
    printf("%s, seed %d: %d programs identical: %" PRIu64 " cycles, %" PRIu64 " writes\n",
           f->config_name, f->seed, f->count, f->cycles, f->writes);
    if (check_distribution(f, e)) return -1;
    if (f->coverage && f->cover.covered < f->cover.total)
        return tnpu_fail(e, "%s: %d coverage bins are not covered; more programs may do it",
                         f->config_name, f->cover.total - f->cover.covered);
    return 0;
}

int cmd_fuzz(int argc, char **argv) {
    struct fuzz *f = calloc(1, sizeof *f);
    if (!f) {
        fprintf(stderr, "tnpu: fuzz: out of memory\n");
        return 1;
    }
    f->config_name = "t256";
    f->count = 200;
    f->seed = 1;
    const struct option options[] = {
        {"--config", OPTION_TEXT, &f->config_name, "NAME", "configuration (t256)"},
        {"--count", OPTION_INT, &f->count, "N", "programs (200)"},
        {"--seed", OPTION_INT, &f->seed, "S",
         "another seed draws other programs; 0 to 2147483647 (1)"},
        {"--first", OPTION_INT, &f->first, "K", "begin with program K of the seed (0)"},
        {"--coverage", OPTION_FLAG, &f->coverage, NULL,
         "list what is not covered and what can not be; fail unless all else is covered"},
        {"--no-rtl", OPTION_FLAG, &f->no_rtl, NULL,
         "compare the C model's two ways of computing only"},
        {"--wave", OPTION_TEXT, &f->wave, "F.fst", "waves of the RTL (of the last program)"},
        {0}};
    int n = args_parse(argc, argv, "[options]", options, NULL, 0, 0), status = 0;
    struct tnpu_error e;
    if (n < 0) {
        status = args_status(n);
    } else if (f->wave && f->no_rtl) {
        fprintf(stderr, "tnpu: --wave shows the RTL, which --no-rtl leaves out\n");
        status = 2;
    } else if (fuzz(f, &e)) {
        fprintf(stderr, "tnpu: %s\n", e.text);
        status = 1;
    }
    free(f);
    return status;
}
