// SPDX-License-Identifier: Apache-2.0
// gate_make: makes a vector file for the machines that are outside the lockstep comparison: the RTL
// in Icarus, the netlist, mutants.
#include "args.h"
#include "gate_parts.h"
#include "tnpu_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct make {
    const char *config, *output, *network, *picture;
    int programs, seed, cycles;
};

static int fill(const struct make *m, struct gate_vectors *v, struct tnpu_error *e) {
    struct fuzz_rng rng = {fuzz_mix((uint64_t)m->seed)};
    if (gate_vectors_begin(v, e)) return -1;
    int r = 0;
    if (m->network) {
        r = gate_network(v, m->network, m->picture, e);
    } else {
        gate_before_program(v);
        gate_ties(v, &rng); // first those that load least: most mutants go no further
        gate_numeric(v, &rng);
        r = gate_fuzz(v, m->programs, m->seed, m->cycles, e);
        gate_directed(v, &rng);
        gate_far(v);
        gate_limits(v, &rng);
        gate_long(v, &rng);
        gate_pair(v, &rng);
        gate_lock(v);
    }
    struct tnpu_error end;
    if (gate_vectors_end(v, &end) && !r) r = tnpu_fail(e, "%s: %s", m->output, end.text);
    return r;
}

/// The file is made in memory and written whole or not at all.
static int make(const struct make *m, struct tnpu_error *e) {
    const struct tnpu_config *config = tnpu_config_find(m->config);
    struct tnpu_model model;
    if (!config)
        return tnpu_fail(e, "%s: no such configuration; see docs/instructions.md", m->config);
    if (!m->network != !m->picture) return tnpu_fail(e, "--network and --picture go together");
    if (tnpu_model_init(&model, config)) return tnpu_fail(e, "%s: out of memory", m->config);
    char *text = NULL;
    size_t size = 0;
    struct gate_vectors v = {.out = open_memstream(&text, &size), .model = &model};
    int r = v.out ? fill(m, &v, e) : tnpu_fail(e, "%s: out of memory", m->output);
    if (v.out && fclose(v.out) && !r) r = tnpu_fail(e, "%s: out of memory", m->output);
    if (!r) r = tnpu_file_write(m->output, (const uint8_t *)text, size, e);
    if (!r)
        printf("%s: %d programs, %" PRIu64 " cycles of the NPU\n", m->output, v.programs, v.cycles);
    free(text);
    tnpu_model_free(&model);
    return r;
}

int main(int argc, char **argv) {
    struct make m = {.config = "t64", .programs = 64, .seed = 1, .cycles = 1500};
    const struct option options[] = {
        {"--config", OPTION_TEXT, &m.config, "NAME", "configuration (t64)"},
        {"--programs", OPTION_INT, &m.programs, "N", "programs of the fuzzer (64)"},
        {"--seed", OPTION_INT, &m.seed, "S", "another seed draws other programs (1)"},
        {"--cycles", OPTION_INT, &m.cycles, "C", "longest instruction, in memory cycles (1500)"},
        {"--network", OPTION_TEXT, &m.network, "F.tnpu", "instead of all that: this network"},
        {"--picture", OPTION_TEXT, &m.picture, "FILE", "and its input"},
        {0}};
    struct tnpu_error e;
    int n = args_parse(argc, argv, "OUTPUT", options, &m.output, 1, 1);
    if (n < 0) return args_status(n);
    if (!make(&m, &e)) return 0;
    fprintf(stderr, "gate_make: %s\n", e.text);
    return 1;
}
