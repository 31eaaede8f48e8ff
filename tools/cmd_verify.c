// SPDX-License-Identifier: Apache-2.0
// tnpu verify: every tensor of a program against the bytes of TFLite's reference kernels.
#include "args.h"
#include "commands.h"
#include "progress.h"
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct choice {
    const char *on;
    struct tnpu_machine_options machine;
    int count;
    bool all;
};

/// Returns 0 the same, 1 different, -1 not compared.
static int verify_runs(struct verify *v, const struct choice *c, const char *maker,
                       const char *program, struct tnpu_error *e) {
    int runs = c->count && c->count < v->c->run_count ? c->count : v->c->run_count, wrong = 0;
    int made = verify_made(v->c), held = verify_held(v);
    if (c->all && held < made)
        return tnpu_fail(
            e, "%s: %d of the network's %d tensors were fused away; compile it with --no-fuse",
            program, made - held, made);
    for (int i = 0; i < runs; i++) {
        int r = verify_run(v, i, e);
        if (r < 0) return -1;
        if (r) printf("%s: different: %s\n", program, v->text);
        wrong += r;
        progress_show("verify", i + 1, runs);
    }
    printf("%s on %s: %d inputs, %d of %d tensors each, %" PRIu64 " bytes: ", program, c->on, runs,
           held, made, v->compared);
    if (wrong)
        printf("%d inputs different from %s\n", wrong, maker);
    else
        printf("identical to %s\n", maker);
    return wrong != 0;
}

static int verify(const struct choice *c, const char **files, struct tnpu_error *e) {
    struct tnpu_program p;
    struct tnpu_golden g;
    struct runner r;
    struct verify v;
    if (tnpu_program_load(&p, files[0], e)) return -1;
    int rc = tnpu_golden_load(&g, files[1], e);
    if (!rc) {
        rc = g.case_count == 1
                 ? runner_open(&r, &c->machine, &p, files[0], e)
                 : tnpu_fail(e, "%s: holds %d networks; one is needed", files[1], g.case_count);
        if (!rc) {
            rc = verify_open(&v, &r, &g.cases[0], files[0], e);
            if (!rc) {
                rc = verify_runs(&v, c, g.maker, files[0], e);
                verify_close(&v);
            }
            runner_close(&r, NULL);
        }
        tnpu_golden_free(&g);
    }
    tnpu_program_free(&p);
    return rc;
}

int cmd_verify(int argc, char **argv) {
    struct choice c = {.on = "model", .machine = {.core_mhz = 50, .sdio_bits = -1}};
    const struct option options[] = {
        {"--on", OPTION_TEXT, &c.on, "MACHINE",
         "model (default), rtl, or a link as `tnpu run` takes it"},
        {"--count", OPTION_INT, &c.count, "N", "the first N inputs (all)"},
        {"--all", OPTION_FLAG, &c.all, NULL,
         "fail if a tensor was fused away and cannot be compared"},
        {0},
    };
    const char *files[2];
    int n = args_parse(argc, argv, "F.tnpu GOLDEN [options]", options, files, 2, 2);
    if (n < 0) return args_status(n);
    const char *wrong = tnpu_machine_choose(&c.machine, c.on);
    if (wrong) {
        fprintf(stderr, "tnpu: %s\n", wrong);
        return 2;
    }
    struct tnpu_error e;
    int rc = verify(&c, files, &e);
    if (rc < 0) fprintf(stderr, "tnpu: %s\n", e.text);
    return rc != 0;
}
