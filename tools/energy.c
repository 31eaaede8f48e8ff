// SPDX-License-Identifier: Apache-2.0
// Energy of a run: its counters times picojoules an operation.
#include "energy.h"

#include "listing.h"

#include <stdio.h>
#include <string.h>

struct energy_table energy_default(void) {
    return (struct energy_table){.mul8 = 0.2, .add32 = 0.1, .sram32 = 5.0};
}

int energy_load(struct energy_table *t, const char *path, struct tnpu_error *e) {
    *t = energy_default();
    const struct {
        const char *name;
        double *value;
    } entries[] = {{"mul8", &t->mul8}, {"add32", &t->add32}, {"sram32", &t->sram32}};
    struct listing lines;
    if (listing_lines(&lines, path, e)) return -1;
    int rc = 0;
    for (int i = 0; !rc && i < lines.count; i++) {
        char name[16], more;
        double value;
        int n = sscanf(lines.text[i], "%15s %lf %c", name, &value, &more);
        if (n < 1 || name[0] == '#') continue;
        rc = -1;
        for (size_t k = 0; k < sizeof entries / sizeof *entries; k++)
            if (n == 2 && strcmp(name, entries[k].name) == 0 && value >= 0 &&
                value <= ENERGY_PJ_MAX) {
                *entries[k].value = value;
                rc = 0;
            }
        if (rc)
            tnpu_fail(e,
                      "%s: line %d is not `mul8`, `add32` or `sram32` and picojoules from 0 to %d",
                      path, i + 1, ENERGY_PJ_MAX);
    }
    listing_free(&lines);
    return rc;
}

struct energy energy_of(const struct tnpu_machine_counters *c, const struct tnpu_config *config,
                        const struct energy_table *t) {
    double words_a_vector = TNPU_VEC / 4.0, words_a_row = config->lanes * TNPU_DOT / 4.0;
    double vectors = (double)(c->fmem_reads + c->fmem_writes);
    return (struct energy){
        .compute_uj = (double)c->macs * (t->mul8 + t->add32) * 1e-6,
        .fmem_uj = vectors * words_a_vector * t->sram32 * 1e-6,
        .wmem_uj = (double)c->wmem_reads * words_a_row * t->sram32 * 1e-6,
    };
}
