// SPDX-License-Identifier: Apache-2.0
// libFuzzer's entry: any bytes as a .tflite file, through reader and compiler. A file is refused
// with a reason or gives a program that passes the program's own check; scripts/fuzz_reader runs
// it.
#include "tnpu_lower.h"
#include "tnpu_program_format.h"
#include "tnpu_qrows.h"
#include "tnpu_tflite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "fuzz_tflite: %s\n", what);
    abort();
}

static void compile(const struct tnpu_qgraph *q, const struct tnpu_config *config) {
    struct tnpu_program p;
    struct tnpu_error e = {0};
    if (tnpu_lower(&p, q, config, &e)) {
        must(e.text[0] && !strchr(e.text, '\n'), "compiler: no reason in one line");
        return;
    }
    must(tnpu_program_check(&p, "fuzz", &e) == 0, e.text);
    tnpu_program_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    for (int fuse = 0; fuse < 2; fuse++) {
        struct tnpu_qgraph q;
        struct tnpu_error e = {0};
        if (tnpu_tflite_load(&q, "fuzz.tflite", bytes, size, fuse, &e)) {
            must(e.text[0] && !strchr(e.text, '\n'), "reader: no reason in one line");
            continue;
        }
        compile(&q, tnpu_config_find("t512"));
        struct tnpu_config small = *tnpu_config_find("t64");
        if (!fuse || tnpu_qrows(&q, &small, &e) == 0) {
            compile(&q, &small);
            small.wmem_rows /= 32, small.fmem_bytes /= 32, small.imem_depth /= 8; // to the host
            compile(&q, &small);
        }
        tnpu_qgraph_free(&q);
    }
    return 0;
}
