// SPDX-License-Identifier: Apache-2.0
// gate_host: programs of the fuzzer on the RTL while the host reads and writes memory all the time.
#include "args.h"
#include "gate_traffic.h"

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv) {
    const char *config = "t64";
    int count = 60, seed = 1;
    const struct option options[] = {
        {"--config", OPTION_TEXT, &config, "NAME", "configuration (t64)"},
        {"--count", OPTION_INT, &count, "N", "programs (60)"},
        {"--seed", OPTION_INT, &seed, "S", "another seed draws other programs (1)"},
        {0}};
    struct gate_traffic t;
    struct tnpu_error e;
    int n = args_parse(argc, argv, "", options, NULL, 0, 0);
    if (n < 0) return args_status(n);
    int r = gate_traffic(config, count, seed, &t, &e);
    if (!r && !t.same) r = tnpu_fail(&e, "%s, seed %d: %s", config, seed, t.text);
    if (r) {
        fprintf(stderr, "gate_host: %s\n", e.text);
        return 1;
    }
    printf("PASS: %s: %d programs, %" PRIu64 " cycles, %" PRIu64 " of them lost to %" PRIu64
           " reads and %" PRIu64 " writes of the host\n",
           config, count, t.cycles, t.stalls, t.reads, t.writes);
    return 0;
}
