// SPDX-License-Identifier: Apache-2.0
// tnpu compile: network file to program.
#include "args.h"
#include "commands.h"
#include "measure.h"
#include "network.h"
#include "tnpu_etinynet.h"
#include "tnpu_image.h"
#include "tnpu_lower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choice {
    struct network_source from;
    const char *config, *output;
    bool report, strict;
};

/// The input lies in feature memory as a whole: one that cannot is refused before the minutes that
/// calibration at such a size takes.
static int check_input(const struct choice *c, const struct tnpu_config *config,
                       struct tnpu_error *e) {
    int64_t size =
        c->from.input_size >= 0 ? c->from.input_size : tnpu_etinynet_input_size(c->from.arch);
    // network_load judges sizes that are none
    if (size > TNPU_IMAGE_SIZE_MAX || 3 * size * size <= config->fmem_bytes) return 0;
    return tnpu_fail(e,
                     "%s: an input of %d x %d needs %lld bytes of feature memory, %s has %d; "
                     "choose a larger --config or a smaller --input-size",
                     c->from.file, (int)size, (int)size, (long long)(3 * size * size), config->name,
                     config->fmem_bytes);
}

/// Makes the program and hands the network's own file over to it, for `tnpu eval --float`.
static int make(struct tnpu_program *p, struct network *n, const struct choice *c,
                struct tnpu_error *e) {
    const struct tnpu_config *config = tnpu_config_find(c->config);
    if (!config)
        return tnpu_fail(e, "%s: no such configuration; known are t64, t128, t256, t512",
                         c->config);
    if (check_input(c, config, e) || network_load(n, &c->from, c->report, e) ||
        tnpu_lower(p, &n->q, config, e))
        return -1;
    p->float_net = n->bytes;
    p->float_size = n->size;
    n->bytes = NULL;
    if (c->strict && p->npu_layers < p->graph.layer_count)
        return tnpu_fail(e, "%s: layer %s would run on the host: %s; --strict does not allow that",
                         c->from.file, p->graph.layers[p->npu_layers].name,
                         p->layers[p->npu_layers].reason);
    return 0;
}

static int report(const struct tnpu_program *p, const struct network *n, const char *label,
                  struct tnpu_error *e) {
    struct measure m;
    if (measure_program(&m, p, label, n->pictures, e)) return -1;
    tnpu_report_layers(stdout, p, m.layer, m.total.cycles, n->snr_db);
    tnpu_report_memory(stdout, p);
    printf("calibrated on %d pictures:\n", n->calib.count);
    for (int i = 0; i < n->calib.count; i++) printf("  %s\n", n->calib.text[i]);
    measure_free(&m);
    return 0;
}

static int compile(const struct choice *c, struct tnpu_error *e) {
    struct tnpu_program p = {0};
    struct network n = {0};
    int rc = make(&p, &n, c, e);
    if (!rc && c->report) rc = report(&p, &n, c->output, e);
    if (!rc) rc = tnpu_program_save(&p, c->output, e);
    tnpu_program_free(&p);
    network_free(&n);
    return rc;
}

int cmd_compile(int argc, char **argv) {
    struct choice c = {.config = "t256", .from = {.input_size = -1, .threads = network_threads()}};
    const struct option options[] = {
        {"-o", OPTION_TEXT, &c.output, "FILE", "the program (default: NET with .tnpu)"},
        {"--config", OPTION_TEXT, &c.config, "NAME", "t64, t128, t256 (default) or t512"},
        {"--arch", OPTION_TEXT, &c.from.arch, "NAME",
         "structure of a .params file: etinynet-1.0 ..."},
        {"--input-size", OPTION_INT, &c.from.input_size, "N", "input N x N (default: as trained)"},
        {"--calib", OPTION_TEXT, &c.from.calib, "DIR",
         "calibration pictures, at most 100 are used"},
        {"--report", OPTION_FLAG, &c.report, NULL, "print what was made, a line a layer"},
        {"--strict", OPTION_FLAG, &c.strict, NULL, "fail if a layer must run on the host"},
        {0},
    };
    int n = args_parse(argc, argv, "NET.params --arch NAME --calib DIR [options]", options,
                       &c.from.file, 1, 1);
    if (n < 0) return args_status(n);
    if (!c.from.arch || !c.from.calib) {
        fprintf(stderr, "tnpu: %s: a float network needs %s\n", c.from.file,
                c.from.arch ? "--calib DIR" : "--arch NAME");
        return 2;
    }
    char derived[4096];
    if (!c.output) {
        const char *dot = strrchr(c.from.file, '.');
        int stem = dot && !strchr(dot, '/') ? (int)(dot - c.from.file) : (int)strlen(c.from.file);
        if (snprintf(derived, sizeof derived, "%.*s.tnpu", stem, c.from.file) >=
            (int)sizeof derived) {
            fprintf(stderr, "tnpu: the network's name is too long; name the output with -o\n");
            return 2;
        }
        c.output = derived;
    }
    struct tnpu_error e;
    if (compile(&c, &e) == 0) return 0;
    fprintf(stderr, "tnpu: %s\n", e.text);
    return 1;
}
