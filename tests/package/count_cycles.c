// SPDX-License-Identifier: Apache-2.0
// Runs a .tnpu file on the C model with an input of one byte's value and prints its cycles.
#include <tnpu_model.h>
#include <tnpu_program.h>

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    struct tnpu_program p;
    struct tnpu_error e;
    if (argc != 2 || tnpu_program_load(&p, argv[1], &e)) {
        fprintf(stderr, "count_cycles: %s\n", argc == 2 ? e.text : "usage: count_cycles F.tnpu");
        return 1;
    }
    struct tnpu_model m;
    if (tnpu_model_init(&m, p.config)) return 1;
    memset(tnpu_model_fmem(&m), 7, (size_t)p.config->fmem_bytes);
    int r = tnpu_model_write(&m, TNPU_MAP_IMEM, p.insns, (size_t)p.insn_count * TNPU_IWORDS * 4);
    if (!r)
        r = tnpu_model_write(&m, TNPU_MAP_WMEM, p.wmem,
                             (size_t)(p.wmem_rows * p.config->lanes) * TNPU_DOT);
    if (!r) r = tnpu_model_run(&m, 0);
    if (r < 0)
        fprintf(stderr, "count_cycles: %s\n", tnpu_hw_error_text[-r]);
    else
        printf("%s: %llu cycles\n", p.config->name, (unsigned long long)m.counters.cycles);
    tnpu_model_free(&m);
    tnpu_program_free(&p);
    return r ? 1 : 0;
}
