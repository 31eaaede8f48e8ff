// SPDX-License-Identifier: Apache-2.0
// gate_notice: does the player look at everything? Plays a vector file again and again, each time
// with one expectation wrong, up to where that must have been noticed.
#include "args.h"
#include "gate_player.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// One way to make a line wrong: number `field` of it (from 1) plus one in its last digit, the line
/// left out, or the line twice.
struct wrong {
    char line;
    int field;
    const char *what;
};
static const struct wrong wrongs[] = {
    {'R', 2, "data of a read"},
    {'w', 1, "cycle of a write"},
    {'w', 2, "address of a write"},
    {'w', 3, "lanes of a write"},
    {'w', 4, "bytes of a write"},
    {'w', 0, "a write left out"},
    {'w', -1, "a write too many"},
    {'i', 1, "index of an instruction"},
    {'i', 2, "start of an instruction"},
    {'i', 3, "end of an instruction"},
    {'i', 0, "an instruction left out"},
    {'i', -1, "an instruction too many"},
    {'L', 1, "level of the interrupt pin"},
};

struct notice {
    const char *config, *vectors, *altered;
};

/// Changes the last digit of a field; of a number of lanes or bytes it is lane 0's.
static void alter(char *line, int field) {
    char *at = line;
    for (; field > 0; field--) at = strchr(at, ' ') + 1;
    at += strcspn(at, " \n") - 1;
    *at = *at == '0' ? '1' : *at == '1' ? '0' : *at == '2' ? '3' : *at == '9' ? '8' : '2';
}

/// Copies the vectors up to the first comparison after line `n` of its kind, which is made wrong.
/// Returns 0; -1 where there are not so many, or the copy could not be written.
static int copy(FILE *in, FILE *out, const struct wrong *w, int n) {
    char line[200];
    bool done = false;
    while (fgets(line, sizeof line, in)) {
        if (!done && line[0] == w->line && n-- == 0) {
            done = true;
            if (w->field > 0) alter(line, w->field);
            if (w->field < 0) fputs(line, out);
            if (w->field == 0) continue;
        }
        if (fputs(line, out) < 0) return -1;
        if (done && line[0] == 'Q') break;
    }
    return done ? 0 : -1;
}

static int play(const struct notice *j, const struct wrong *w, int n, struct tnpu_error *e) {
    FILE *in = fopen(j->vectors, "r"), *out = fopen(j->altered, "w");
    int r = in && out ? copy(in, out, w, n) : -1;
    if (in) fclose(in);
    if (out && fclose(out)) r = -1;
    if (r) return tnpu_fail(e, "%s: cannot be altered in %c line %d", j->vectors, w->line, n);
    struct gate_result result;
    struct tnpu_rtl *rtl = tnpu_rtl_open(j->config, e);
    r = rtl ? gate_play(rtl, j->altered, true, &result, e) : -1;
    tnpu_rtl_close(rtl);
    if (r) return -1;
    return result.same ? tnpu_fail(e, "%s, %s: not noticed", j->altered, w->what) : 0;
}

int main(int argc, char **argv) {
    const char *files[2];
    struct notice j = {.config = "t64"};
    const struct option options[] = {
        {"--config", OPTION_TEXT, &j.config, "NAME", "configuration (t64)"}, {0}};
    struct tnpu_error e;
    int r = args_parse(argc, argv, "VECTORS ALTERED", options, files, 2, 2);
    if (r < 0) return args_status(r);
    j.vectors = files[0];
    j.altered = files[1];
    const int count = sizeof wrongs / sizeof *wrongs;
    for (int i = 0; i < count; i++)
        for (int n = 0; n < 90; n += 30)
            if (play(&j, &wrongs[i], n, &e)) {
                fprintf(stderr, "gate_notice: %s\n", e.text);
                return 1;
            }
    remove(j.altered);
    printf("PASS: %d kinds of wrong expectations, three of each, all noticed\n", count);
    return 0;
}
