// SPDX-License-Identifier: Apache-2.0
// tnpu compile: network file to program.
#include "args.h"
#include "commands.h"
#include "measure.h"
#include "network.h"
#include "tnpu_etinynet.h"
#include "tnpu_file.h"
#include "tnpu_image.h"
#include "tnpu_lower.h"
#include "tnpu_qrows.h"
#include "tnpu_tflite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choice {
    struct network_source from;
    const char *config, *output, *pixels;
    struct tnpu_pixels range; ///< what `pixels` says
    bool report, strict, no_fuse, operators;
};

static bool is_tflite(const char *file) {
    size_t n = strlen(file);
    return n > 7 && strcmp(file + n - 7, ".tflite") == 0;
}

/// The input lies in feature memory as a whole: one that cannot is refused before the minutes that
/// calibration at such a size takes.
static int check_input(const struct choice *c, const struct tnpu_config *config,
                       struct tnpu_error *e) {
    int64_t size =
        c->from.input_size >= 0 ? c->from.input_size : tnpu_etinynet_input_size(c->from.arch);
    // network_load judges sizes that are none
    if (size > TNPU_IMAGE_SIZE_MAX || 3 * size * size <= config->fmem_bytes) return 0;
    bool larger = false;
    for (int k = 0; k < TNPU_NUM_CONFIGS; k++)
        larger = larger || 3 * size * size <= tnpu_configs[k].fmem_bytes;
    return tnpu_fail(e,
                     "%s: an input of %d x %d needs %lld bytes of feature memory, %s has %d; "
                     "choose %sa smaller --input-size",
                     c->from.file, (int)size, (int)size, (long long)(3 * size * size), config->name,
                     config->fmem_bytes, larger ? "a larger --config or " : "");
}

/// "-1..1": the real values of pixels 0 and 255. Returns whether it is that.
static bool read_pixels(const char *text, struct tnpu_pixels *to) {
    const char *dots = strstr(text, ".."); // which "0..1" has, of which strtof alone reads "0."
    char first[32] = "", *end;
    if (!dots || dots == text || dots - text >= (int)sizeof first || !dots[2]) return false;
    memcpy(first, text, (size_t)(dots - text));
    to->low = strtof(first, &end);
    if (*end) return false;
    to->high = strtof(dots + 2, &end);
    return !*end && to->low < to->high && isfinite(to->high - to->low);
}

static int load_tflite(struct network *n, const struct choice *c, const struct tnpu_config *config,
                       struct tnpu_error *e) {
    uint8_t *bytes;
    size_t size;
    *n = (struct network){0};
    if (tnpu_file_read(c->from.file, TNPU_TFLITE_FILE_MAX, &bytes, &size, e)) return -1;
    int rc = tnpu_tflite_load(&n->q, c->from.file, bytes, size, !c->no_fuse, e);
    free(bytes);
    if (!rc && c->pixels) n->q.pixels = c->range;
    return rc || (!c->no_fuse && tnpu_qrows(&n->q, config, e)) ? -1 : 0;
}

static int load_float(struct network *n, const struct choice *c, const struct tnpu_config *config,
                      struct tnpu_error *e) {
    return check_input(c, config, e) || network_load(n, &c->from, c->report, e) ? -1 : 0;
}

/// --strict: the first layer that the host would run, but for SOFTMAX, which no NPU has.
static int check_strict(const struct tnpu_program *p, const char *file, struct tnpu_error *e) {
    for (int i = 0; i < p->graph.layer_count; i++)
        if (tnpu_program_is_host(p, i) && p->graph.layers[i].op != TNPU_QOP_SOFTMAX)
            return tnpu_fail(e,
                             "%s: layer %s would run on the host: %s; --strict does not allow that",
                             file, p->graph.layers[i].name, p->layers[i].reason);
    return 0;
}

/// Makes the program and hands the network's own file over to it, for `tnpu eval --float`.
static int make(struct tnpu_program *p, struct network *n, const struct choice *c,
                struct tnpu_error *e) {
    const struct tnpu_config *config = tnpu_config_find(c->config);
    if (!config)
        return tnpu_fail(e, "%s: no such configuration; it can be %s", c->config, args_configs());
    int rc = is_tflite(c->from.file) ? load_tflite(n, c, config, e) : load_float(n, c, config, e);
    if (rc || tnpu_lower(p, &n->q, config, e)) return -1;
    p->float_net = n->bytes;
    p->float_size = n->size;
    n->bytes = NULL;
    return c->strict ? check_strict(p, c->from.file, e) : 0;
}

/// Sets bit k of elsewhere[layer_count] for each host layer of `p` that the NPU would run if the
/// network were compiled for configuration k. A network that does not fit there runs nowhere.
static int find_remedies(unsigned *elsewhere, const struct tnpu_program *p, const struct network *n,
                         const struct choice *c, struct tnpu_error *e) {
    for (int k = 0; k < TNPU_NUM_CONFIGS; k++) {
        const struct tnpu_config *config = &tnpu_configs[k];
        struct tnpu_program other;
        struct tnpu_error unfit;
        struct network again = {0}; // a .tflite network is prepared for its configuration
        bool tflite = is_tflite(c->from.file);
        if (config == p->config) continue;
        if (tflite && load_tflite(&again, c, config, e)) return -1;
        bool fits = tnpu_lower(&other, tflite ? &again.q : &n->q, config, &unfit) == 0;
        for (int i = 0; fits && i < p->graph.layer_count; i++)
            for (int j = 0; tnpu_program_is_host(p, i) && j < other.graph.layer_count; j++)
                if (!strcmp(p->graph.layers[i].name, other.graph.layers[j].name) &&
                    !tnpu_program_is_host(&other, j))
                    elsewhere[i] |= 1u << k;
        if (fits) tnpu_program_free(&other);
        network_free(&again);
    }
    return 0;
}

static int report(const struct tnpu_program *p, const struct network *n, const struct choice *c,
                  struct tnpu_error *e) {
    struct measure m;
    unsigned *elsewhere = calloc((size_t)p->graph.layer_count, sizeof *elsewhere);
    int rc = elsewhere ? find_remedies(elsewhere, p, n, c, e)
                       : tnpu_fail(e, "%s: out of memory for the report", c->output);
    if (rc || measure_program(&m, p, c->output, n->pictures, e)) {
        free(elsewhere);
        return -1;
    }
    tnpu_report_layers(stdout, p, m.layer, m.total.cycles, n->snr_db, elsewhere);
    free(elsewhere);
    tnpu_report_memory(stdout, p);
    if (n->calib.count) printf("calibrated on %d pictures:\n", n->calib.count);
    for (int i = 0; i < n->calib.count; i++) printf("  %s\n", n->calib.text[i]);
    measure_free(&m);
    return 0;
}

/// Nothing is left to the host unsaid; SOFTMAX always is.
static void say_host(const struct tnpu_program *p, const char *file) {
    int n = 0;
    for (int i = 0; i < p->graph.layer_count; i++)
        n += tnpu_program_is_host(p, i) && p->graph.layers[i].op != TNPU_QOP_SOFTMAX;
    if (n)
        printf("%s: the host runs %d of %d layers; --report says which and why\n", file, n,
               p->graph.layer_count);
}

static int compile(const struct choice *c, struct tnpu_error *e) {
    struct tnpu_program p = {0};
    struct network n = {0};
    int rc = tnpu_file_spare(c->output, c->from.file, e);
    if (!rc) rc = make(&p, &n, c, e);
    if (!rc && c->report) rc = report(&p, &n, c, e);
    if (!rc) rc = tnpu_program_save(&p, c->output, e);
    if (!rc && !c->report) say_host(&p, c->output);
    tnpu_program_free(&p);
    network_free(&n);
    return rc;
}

int cmd_compile(int argc, char **argv) {
    static const char form[] = "NET.tflite | NET.params --arch NAME --calib DIR [options]";
    struct choice c = {.config = "t256", .from = {.input_size = -1, .threads = network_threads()}};
    char configs[TNPU_NUM_CONFIGS * 20 + 32]; // args_configs has 20 a name
    snprintf(configs, sizeof configs, "%s (default: %s)", args_configs(), c.config);
    const struct option options[] = {
        {"-o", OPTION_TEXT, &c.output, "FILE", "the program (default: NET with .tnpu)"},
        {"--config", OPTION_TEXT, &c.config, "NAME", configs},
        {"--arch", OPTION_TEXT, &c.from.arch, "NAME",
         "structure: etinynet-1.0, etinynet-0.75, etinynet-0.5, etinynet-tiny"},
        {"--input-size", OPTION_INT, &c.from.input_size, "N", "input N x N (default: as trained)"},
        {"--calib", OPTION_TEXT, &c.from.calib, "DIR",
         "calibration pictures, at most 100 are used"},
        {"--pixels", OPTION_TEXT, &c.pixels, "LO..HI",
         ".tflite: real values of pixels 0 and 255, as in 0..1, -1..1, 0..255 (default: by the "
         "input's range)"},
        {"--report", OPTION_FLAG, &c.report, NULL, "print what was made, a line a layer"},
        {"--no-fuse", OPTION_FLAG, &c.no_fuse, NULL,
         ".tflite: every tensor of the network can be seen, for comparison"},
        {"--operators", OPTION_FLAG, &c.operators, NULL, "print docs/OPERATORS.md"},
        {"--strict", OPTION_FLAG, &c.strict, NULL,
         "fail if a layer but SOFTMAX must run on the host"},
        {0},
    };
    int n = args_parse(argc, argv, form, options, &c.from.file, 0, 1);
    if (n < 0) return args_status(n);
    if (c.operators) {
        tnpu_tflite_document(stdout);
        return 0;
    }
    if (n < 1) {
        fprintf(stderr, "usage: tnpu compile %s\n", form);
        return 2;
    }
    if (is_tflite(c.from.file) && (c.from.arch || c.from.calib || c.from.input_size >= 0)) {
        fprintf(stderr, "tnpu: %s: --arch, --calib and --input-size are for .params files\n",
                c.from.file);
        return 2;
    }
    if (c.pixels && (!is_tflite(c.from.file) || !read_pixels(c.pixels, &c.range))) {
        fprintf(stderr, "tnpu: --pixels takes LO..HI, as in -1..1, for a .tflite file\n");
        return 2;
    }
    if (c.no_fuse && !is_tflite(c.from.file)) {
        fprintf(stderr, "tnpu: %s: --no-fuse is for a .tflite file\n", c.from.file);
        return 2;
    }
    if (!is_tflite(c.from.file) && (!c.from.arch || !c.from.calib)) {
        fprintf(stderr, "tnpu: %s: a float network (no .tflite) needs %s\n", c.from.file,
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
