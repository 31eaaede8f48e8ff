// SPDX-License-Identifier: Apache-2.0
// Runs a fuzzer's entry on files, without libFuzzer: what fuzzing once found stays found.
//
//     fuzz_replay FILE...
#include "tnpu_file.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        uint8_t *bytes;
        size_t size;
        struct tnpu_error e;
        if (tnpu_file_read(argv[i], (size_t)1 << 20, &bytes, &size, &e)) {
            fprintf(stderr, "fuzz_replay: %s\n", e.text);
            return 1;
        }
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
    }
    printf("%d files\n", argc - 1);
    return argc < 2;
}
