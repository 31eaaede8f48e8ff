// SPDX-License-Identifier: Apache-2.0
// tnpu run: pictures through a program.
#include "args.h"
#include "commands.h"
#include "json_line.h"
#include "listing.h"
#include "picture_input.h"
#include "runner.h"
#include "tnpu_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP_MAX = 1000 };

struct choice {
    const char *on, *labels, *raw;
    int top;
    struct tnpu_machine_options machine;
    bool json;
};

/// What a run came to.
struct result {
    const char *file;
    const int8_t *output;
    int top_count;
    struct runner_class top[TOP_MAX];
    uint64_t cycles;
    double us, host_us;
};

static const char *name_of(const struct listing *labels, int class) {
    return class < labels->count ? labels->text[class] : NULL;
}

static int print_json(const struct result *r, const struct listing *labels, size_t output_size) {
    json_t *top = json_array(), *output = json_array();
    for (int i = 0; i < r->top_count; i++) {
        const char *name = name_of(labels, r->top[i].index);
        json_t *entry =
            json_pack("{s:i, s:f}", "class", r->top[i].index, "score", (double)r->top[i].score);
        if (name) json_object_set_new(entry, "name", json_text(name));
        json_array_append_new(top, entry);
    }
    for (size_t i = 0; i < output_size; i++)
        json_array_append_new(output, json_integer(r->output[i]));
    return json_line(json_pack("{s:o, s:o, s:o, s:I, s:f, s:f}", "file", json_text(r->file), "top",
                               top, "output", output, "cycles", (json_int_t)r->cycles, "us", r->us,
                               "host_us", r->host_us));
}

static void print_text(const struct result *r, const struct listing *labels, double mhz,
                       bool has_host) {
    printf("%s: %" PRIu64 " cycles, %.1f us at %g MHz", r->file, r->cycles, r->us, mhz);
    if (has_host) printf(", then %.1f us on this host", r->host_us);
    putchar('\n');
    for (int i = 0; i < r->top_count; i++) {
        const char *name = name_of(labels, r->top[i].index);
        printf("  %5d  %9.4f  %s\n", r->top[i].index, (double)r->top[i].score, name ? name : "");
    }
}

static int run_one(struct runner *r, const struct choice *c, const struct listing *labels,
                   const char *file, int8_t *q, struct result *result, struct tnpu_error *e) {
    const struct picture_want want = picture_want_of(r->p);
    struct tnpu_machine_counters counters;
    if (picture_input(file, (enum raw_kind)raw_kind_of(c->raw), &want, q, e)) return -1;
    *result = (struct result){.file = file};
    result->output = runner_run(r, q, e);
    if (!result->output || tnpu_machine_counters(r->machine, &counters, e)) return -1;
    result->cycles = counters.cycles - counters.stall_host;
    result->us = (double)result->cycles / c->machine.core_mhz;
    result->host_us = r->host_us;
    result->top_count = runner_top(r->p, result->output, result->top, c->top);
    if (!c->json)
        print_text(result, labels, c->machine.core_mhz, r->p->npu_layers < r->p->graph.layer_count);
    else if (print_json(result, labels, runner_output_size(r->p)))
        return tnpu_fail(e, "%s: the result cannot be written as JSON", file);
    fflush(stdout);
    return 0;
}

static int run_all(const struct choice *c, const char **file, int files, struct tnpu_error *e) {
    struct listing labels = {0};
    struct tnpu_program p;
    if (tnpu_program_load(&p, file[0], e)) return -1;
    struct runner r = {0};
    int8_t *q = malloc(runner_input_size(&p));
    struct result *result = malloc(sizeof *result);
    int rc = q && result ? 0 : tnpu_fail(e, "%s: out of memory", file[0]);
    for (int i = 0; c->machine.wave && !rc && i < files; i++)
        rc = tnpu_file_spare(c->machine.wave, file[i], e);
    if (!rc && c->labels) rc = listing_lines(&labels, c->labels, e);
    if (!rc) rc = runner_open(&r, &c->machine, &p, file[0], e);
    for (int i = 1; !rc && i < files; i++) rc = run_one(&r, c, &labels, file[i], q, result, e);
    if (runner_close(&r, rc ? NULL : e)) rc = -1;
    free(q);
    free(result);
    listing_free(&labels);
    tnpu_program_free(&p);
    return rc;
}

int cmd_run(int argc, char **argv) {
    struct choice c = {.on = "model", .top = 5, .machine = {.core_mhz = 50, .sdio_bits = -1}};
    const struct option options[] = {
        {"--on", OPTION_TEXT, &c.on, "MACHINE", "model (default), rtl, spi, sdio or ftdi"},
        {"--top", OPTION_INT, &c.top, "N", "print the best N classes (5)"},
        {"--labels", OPTION_TEXT, &c.labels, "FILE", "line n, from 0, names class n"},
        {"--raw", OPTION_TEXT, &c.raw, "KIND", "inputs are raw bytes: int8, or u8 (less 128)"},
        {"--core-mhz", OPTION_NUMBER, &c.machine.core_mhz, "F",
         "clock that cycles are turned into time by (50)"},
        {"--sck-mhz", OPTION_NUMBER, &c.machine.sck_mhz, "F",
         "clock of the SPI (40; ftdi: at most 30, 15 if not given)"},
        {"--sd-mhz", OPTION_NUMBER, &c.machine.sd_mhz, "F", "clock of a simulated SDIO (48)"},
        {"--sdio-bits", OPTION_INT, &c.machine.sdio_bits, "N", "its data lines: 1 or 4 (4)"},
        {"--wave", OPTION_TEXT, &c.machine.wave, "F.fst",
         "waves of pins and links; with --on spi or sdio"},
        {"--serial", OPTION_TEXT, &c.machine.serial, "S", "serial number of the USB adapter"},
        {"--json", OPTION_FLAG, &c.json, NULL,
         "one JSON object a line; bytes of names that are no UTF-8 as \\xHH"},
        {0},
    };
    const char **files = calloc((size_t)argc + 1, sizeof *files);
    if (!files) {
        fprintf(stderr, "tnpu: run: out of memory\n");
        return 1;
    }
    int status = args_parse(argc, argv, "F.tnpu INPUT... [options]", options, files, 2, argc);
    struct tnpu_error e;
    const char *wrong = tnpu_machine_choose(&c.machine, c.on);
    if (status < 0) {
        status = args_status(status);
    } else if (wrong) {
        fprintf(stderr, "tnpu: %s\n", wrong);
        status = 2;
    } else if (raw_kind_of(c.raw) < 0) {
        fprintf(stderr, "tnpu: --raw takes int8 or u8\n");
        status = 2;
    } else {
        c.top = c.top > TOP_MAX ? TOP_MAX : c.top;
        status = run_all(&c, files, status, &e) ? 1 : 0;
        if (status) fprintf(stderr, "tnpu: %s\n", e.text);
    }
    free(files);
    return status;
}
