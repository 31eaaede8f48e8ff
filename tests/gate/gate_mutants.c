// SPDX-License-Identifier: Apache-2.0
// gate_mutants: runs the tests on each mutant of the core that this program is linked with, and
// says which test caught it. Each mutant runs in a process of its own with a limit of time, so that
// one that crashes or hangs the simulation is caught as well.
#include "gate_mutants.h"
#include "args.h"
#include "fuzz_bench.h"
#include "gate_player.h"
#include "gate_traffic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// How a mutant's process ends: the test that caught it, or none.
enum verdict { SURVIVED, VECTORS, FUZZ, TRAFFIC, VERDICTS, BROKEN = 100 };
static const char *const verdict_names[] = {"survived", "vectors", "fuzz", "traffic"};

struct job {
    const char *config, *vectors, *network;
    int first, count, programs, more, traffic, seed, seconds, jobs;
};

static int current; // the mutant of this process

int gate_mutant(void) {
    return current;
}

static int caught(enum verdict by, const char *text) {
    printf("mutant %d: caught by %s: %s\n", current, verdict_names[by], text);
    return (int)by;
}

static int broken(const struct tnpu_error *e) {
    printf("mutant %d: %s\n", current, e->text);
    return BROKEN;
}

static int play(const struct job *j, const char *file) {
    struct gate_result result;
    struct tnpu_error e;
    struct tnpu_rtl *rtl = tnpu_rtl_open(j->config, &e);
    if (!rtl) return broken(&e);
    int r = gate_play(rtl, file, true, &result, &e);
    tnpu_rtl_close(rtl);
    return r ? broken(&e) : result.same ? SURVIVED : caught(VECTORS, result.text);
}

static int fuzz(const struct job *j) {
    struct fuzz_cover *cover = calloc(1, sizeof *cover);
    struct fuzz_bench bench;
    struct tnpu_lockstep_result result = {.same = true};
    struct tnpu_error e;
    const struct tnpu_config *config = tnpu_config_find(j->config);
    if (!cover || !config || fuzz_cover_init(cover, config)) {
        tnpu_fail(&e, "%s: cannot be fuzzed", j->config);
        return broken(&e);
    }
    int r = fuzz_bench_open(&bench, config, true, &e);
    for (int n = 0; !r && n < j->programs && result.same; n++) {
        struct fuzz_rng rng = {fuzz_mix((uint64_t)j->seed << 32 | (uint32_t)n)};
        struct fuzz_program p;
        fuzz_draw_program(&rng, cover, &p);
        r = fuzz_bench_run(&bench, &p, n == j->programs - 1, NULL, &result, &e);
    }
    free(cover);
    if (r)
        return caught(FUZZ,
                      e.text); // the bench asks nothing of the core but accesses: it was not served
    fuzz_bench_close(&bench);
    return result.same ? SURVIVED : caught(FUZZ, result.text);
}

static int traffic(const struct job *j) {
    struct gate_traffic result;
    struct tnpu_error e;
    if (gate_traffic(j->config, j->traffic, j->seed, &result, &e)) return caught(TRAFFIC, e.text);
    return result.same ? SURVIVED : caught(TRAFFIC, result.text);
}

/// All tests on one mutant, the quickest first.
static int test(const struct job *j) {
    int v = play(j, j->vectors);
    if (v == SURVIVED) v = traffic(j);
    if (v == SURVIVED) v = fuzz(j);
    if (v == SURVIVED && j->network) v = play(j, j->network);
    return v;
}

/// The verdict on a mutant, from a process of its own.
static int judge(const struct job *j, int mutant) {
    current = mutant;
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) return BROKEN;
    if (child == 0) {
        const struct rlimit limit = {(rlim_t)j->seconds, (rlim_t)j->seconds + 1};
        setrlimit(RLIMIT_CPU, &limit); // of its own time: a busy machine catches no mutant
        int v = test(j);
        fflush(stdout);
        _exit(v);
    }
    int status;
    if (waitpid(child, &status, 0) != child) return BROKEN;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    int s = WTERMSIG(status);
    bool slow = s == SIGXCPU, crash = s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGABRT;
    printf("mutant %d: %s (%s)\n", mutant,
           slow    ? "caught by the limit of time"
           : crash ? "caught by a crash of the simulation"
                   : "ended from outside",
           strsignal(s));
    return slow || crash ? VERDICTS : BROKEN;
}

/// One that survives gets more programs, which would take too long for all.
static int judge_twice(const struct job *j, int mutant) {
    int v = judge(j, mutant);
    if (v != SURVIVED || !j->more) return v;
    struct job again = *j;
    again.programs = j->more;
    again.traffic = 2 * j->traffic;
    again.seed++;
    again.network = NULL;
    return judge(&again, mutant);
}

/// Judges one mutant in the background. Returns the process, or -1.
static pid_t begin(const struct job *j, int mutant) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int v = judge_twice(j, mutant);
        if (v == SURVIVED) printf("mutant %d: SURVIVED\n", mutant);
        fflush(stdout);
        _exit(v);
    }
    return child;
}

/// Waits for a verdict, and counts it. Returns 0, or -1 where there is none.
static int end(int by[VERDICTS + 1]) {
    int status;
    if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > VERDICTS) return -1;
    by[WEXITSTATUS(status)]++;
    return 0;
}

static int judge_all(const struct job *j) {
    int by[VERDICTS + 1] = {0}, running = 0, r = 0;
    time_t since = time(NULL);
    if (judge(j, 0) != SURVIVED) {
        fprintf(stderr, "gate_mutants: the core without a mutation fails the tests\n");
        return 1;
    }
    for (int m = j->first; !r && m < j->first + j->count; m++) {
        if (running == j->jobs) r = end(by), running--;
        if (!r) r = begin(j, m) < 0 ? -1 : (running++, 0);
    }
    for (; running > 0; running--) r |= end(by);
    if (r) {
        fprintf(stderr, "gate_mutants: a mutant could not be judged\n");
        return 1;
    }
    printf("%d mutants: caught by vectors %d, fuzz %d, traffic %d, limits %d; survived %d; %ld s\n",
           j->count, by[VECTORS], by[FUZZ], by[TRAFFIC], by[VERDICTS], by[SURVIVED],
           (long)(time(NULL) - since));
    return 0;
}

int main(int argc, char **argv) {
    struct job j = {.config = "t64",
                    .first = 1,
                    .count = 1,
                    .programs = 200,
                    .traffic = 30,
                    .seed = 1,
                    .seconds = 120,
                    .jobs = 1};
    const struct option options[] = {
        {"--config", OPTION_TEXT, &j.config, "NAME", "configuration (t64)"},
        {"--first", OPTION_INT, &j.first, "N", "first mutant (1)"},
        {"--count", OPTION_INT, &j.count, "N", "mutants (1)"},
        {"--programs", OPTION_INT, &j.programs, "N", "programs of the fuzzer (200)"},
        {"--more", OPTION_INT, &j.more, "N",
         "of another seed, for mutants that survive all else (1500)"},
        {"--traffic", OPTION_INT, &j.traffic, "N", "programs under host accesses (30)"},
        {"--seed", OPTION_INT, &j.seed, "S", "of both (1)"},
        {"--seconds", OPTION_INT, &j.seconds, "T", "processor time that a mutant may take (120)"},
        {"--jobs", OPTION_INT, &j.jobs, "N", "mutants judged at a time (1)"},
        {"--network", OPTION_TEXT, &j.network, "FILE", "vectors of a network, played last"},
        {0}};
    int n = args_parse(argc, argv, "VECTORS", options, &j.vectors, 1, 1);
    if (j.jobs < 1) j.jobs = 1;
    return n < 0 ? args_status(n) : judge_all(&j);
}
