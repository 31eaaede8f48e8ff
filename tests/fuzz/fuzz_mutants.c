// SPDX-License-Identifier: Apache-2.0
// Runs a fuzzer's entry on mutants of the networks of golden files: what coverage need not lead to.
//
//     fuzz_mutants COUNT FILE.golden.gz...        COUNT mutants of each network
#include "fuzz_mutate.h"
#include "tnpu_golden.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/// The mutant that is being run; written to a file when the process dies.
static struct {
    uint8_t *bytes;
    size_t size;
} running;

static void keep(void) {
    FILE *f = running.size ? fopen("fuzz_mutant.tflite", "wb") : NULL;
    if (!f) return;
    fwrite(running.bytes, 1, running.size, f);
    fclose(f);
    fputs("fuzz_mutants: the mutant is in fuzz_mutant.tflite\n", stderr);
}

static void died(int number) {
    keep();
    signal(number, SIG_DFL);
    raise(number);
}

/// Of the sanitizers, where they are linked.
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static int mutate(const struct tnpu_golden_case *c, int count) {
    static unsigned seed;
    size_t room = 2 * c->network_size + 4096, size;
    uint8_t *bytes = malloc(room);
    if (!bytes) return -1;
    int run = 0;
    for (int i = 0; i < count; i++, seed++) {
        memcpy(bytes, c->network, c->network_size);
        size = fuzz_mutate(bytes, c->network_size, room, seed);
        running.bytes = bytes;
        running.size = size;
        if (size) LLVMFuzzerTestOneInput(bytes, size);
        run += size > 0;
    }
    running.size = 0;
    free(bytes);
    return run;
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[1]) : 0, run = 0;
    if (count < 1) {
        fprintf(stderr, "usage: fuzz_mutants COUNT FILE.golden.gz...\n");
        return 2;
    }
    signal(SIGABRT, died);
    signal(SIGSEGV, died);
    if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(keep);
    for (int i = 2; i < argc; i++) {
        struct tnpu_golden g;
        struct tnpu_error e;
        if (tnpu_golden_load(&g, argv[i], &e)) {
            fprintf(stderr, "fuzz_mutants: %s\n", e.text);
            return 1;
        }
        for (int k = 0; k < g.case_count; k++)
            if (g.cases[k].network) run += mutate(&g.cases[k], count);
        tnpu_golden_free(&g);
    }
    printf("%d mutants\n", run);
    return run == 0;
}
