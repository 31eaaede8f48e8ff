// SPDX-License-Identifier: Apache-2.0
// Writes the networks of golden files into a folder, one file each: what fuzzing begins with.
//
//     fuzz_corpus FOLDER FILE.golden.gz...
#include "tnpu_golden.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int save(const char *path, const uint8_t *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    bool good = f && fwrite(bytes, 1, size, f) == size;
    good = f && fclose(f) == 0 && good;
    if (!good) perror(path);
    return good ? 0 : -1;
}

int main(int argc, char **argv) {
    int n = 0;
    for (int i = 2; i < argc; i++) {
        struct tnpu_golden g;
        struct tnpu_error e;
        if (tnpu_golden_load(&g, argv[i], &e)) {
            fprintf(stderr, "fuzz_corpus: %s\n", e.text);
            return 1;
        }
        for (int k = 0; k < g.case_count; k++) {
            char path[4096];
            if (!g.cases[k].network) continue;
            int length = snprintf(path, sizeof path, "%s/%04d.tflite", argv[1], n++);
            if (length >= (int)sizeof path ||
                save(path, g.cases[k].network, g.cases[k].network_size))
                return 1;
        }
        tnpu_golden_free(&g);
    }
    if (n == 0)
        fprintf(stderr, "usage: fuzz_corpus FOLDER FILE.golden.gz...; no network in them\n");
    return n == 0;
}
