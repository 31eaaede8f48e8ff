// SPDX-License-Identifier: Apache-2.0
// gate_play: plays vector files on the Verilated core that this program is linked with.
#include "args.h"
#include "gate_player.h"

#include <inttypes.h>
#include <stdio.h>

enum { FILES_MAX = 16 };

static int play(const char *config, const char *file, bool traced, struct tnpu_error *e) {
    struct gate_result result;
    struct tnpu_rtl *rtl = tnpu_rtl_open(config, e);
    if (!rtl) return -1;
    int r = gate_play(rtl, file, traced, &result, e);
    tnpu_rtl_close(rtl);
    if (r) return -1;
    if (!result.same) return tnpu_fail(e, "%s: %s", file, result.text);
    if (!result.checks) return tnpu_fail(e, "%s: nothing in it was compared", file);
    printf("PASS: %s: %d programs, %" PRIu64 " vector lines, %" PRIu64 " checks\n", file,
           result.programs, result.lines, result.checks);
    return 0;
}

int main(int argc, char **argv) {
    const char *config = "t64", *files[FILES_MAX];
    bool untraced = false;
    const struct option options[] = {
        {"--config", OPTION_TEXT, &config, "NAME", "configuration (t64)"},
        {"--no-trace", OPTION_FLAG, &untraced, NULL, "compare only what the host reads"},
        {0}};
    struct tnpu_error e;
    int n = args_parse(argc, argv, "FILE...", options, files, 1, FILES_MAX);
    if (n < 0) return args_status(n);
    for (int i = 0; i < n; i++)
        if (play(config, files[i], !untraced, &e)) {
            fprintf(stderr, "gate_play: %s\n", e.text);
            return 1;
        }
    return 0;
}
