// SPDX-License-Identifier: Apache-2.0
// tnpu eval: accuracy over a folder of pictures, on the C model (equal to the RTL), on all cores.
#define _XOPEN_SOURCE 700
#include "args.h"
#include "commands.h"
#include "float_net.h"
#include "json_line.h"
#include "listing.h"
#include "network.h"
#include "picture_input.h"
#include "progress.h"
#include "runner.h"
#include "tnpu_parallel.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct choice {
    const char *program, *folder, *labels, *raw;
    bool with_float, json;
    int threads;
};

/// Buffers of one thread.
struct worker {
    struct runner runner;
    struct float_net_run *float_run; ///< NULL without --float
    int8_t *input;
    float *scores;
};

/// Numbers of pictures whose class is among the first one, and five.
struct score {
    int top1, top5;
};

struct eval {
    const struct choice *c;
    struct tnpu_program p;
    struct listing list;
    struct float_net *net;
    struct worker *worker; ///< [threads]
    pthread_mutex_t lock;  ///< of what follows
    struct score quantised, real;
    int done;
    struct tnpu_error why;
};

/// How many values come before that of `class`.
static int rank(const float *scores, int n, int class) {
    int before = 0;
    for (int i = 0; i < n; i++)
        before += scores[i] > scores[class] || (i < class && scores[i] == scores[class]);
    return before;
}

static void count(struct score *s, int rank) {
    s->top1 += rank < 1;
    s->top5 += rank < 5;
}

/// One picture. Returns 0 with both ranks, or -1 with a reason.
static int run_picture(struct eval *v, struct worker *w, int i, int *quantised, int *real,
                       struct tnpu_error *e) {
    const struct picture_want want = picture_want_of(&v->p);
    int classes = (int)runner_output_size(&v->p), class = v->list.number[i];
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", v->c->folder, v->list.text[i]) >= (int)sizeof path)
        return tnpu_fail(e, "%s: a file's name is too long", v->c->labels);
    if (class >= classes)
        return tnpu_fail(e, "%s: %s is of class %d, and the network has %d", v->c->labels,
                         v->list.text[i], class, classes);
    enum raw_kind raw = (enum raw_kind)raw_kind_of(v->c->raw);
    if (picture_input(path, raw, &want, w->input, e)) return -1;
    const int8_t *output = runner_run(&w->runner, w->input, e);
    if (!output) return -1;
    runner_scores(&v->p, output, w->scores);
    *quantised = rank(w->scores, classes, class);
    if (w->float_run) *real = rank(float_net_scores(w->float_run, w->input), classes, class);
    return 0;
}

static int job(void *ctx, int worker, int i) {
    struct eval *v = ctx;
    struct tnpu_error why;
    int quantised = 0, real = 0;
    int rc = run_picture(v, &v->worker[worker], i, &quantised, &real, &why);
    pthread_mutex_lock(&v->lock);
    if (rc) {
        v->why = why;
    } else {
        count(&v->quantised, quantised);
        count(&v->real, real);
        progress_show("eval", ++v->done, v->list.count);
    }
    pthread_mutex_unlock(&v->lock);
    return rc;
}

static int open_workers(struct eval *v, struct tnpu_error *e) {
    const struct tnpu_machine_options model = {.kind = TNPU_MACHINE_MODEL, .core_mhz = 50};
    v->worker = calloc((size_t)v->c->threads, sizeof *v->worker);
    for (int t = 0; v->worker && t < v->c->threads; t++) {
        struct worker *w = &v->worker[t];
        w->input = malloc(runner_input_size(&v->p));
        w->scores = malloc(runner_output_size(&v->p) * sizeof *w->scores);
        if (!w->input || !w->scores) return tnpu_fail(e, "%s: out of memory", v->c->program);
        if (runner_open(&w->runner, &model, &v->p, v->c->program, e)) return -1;
        if (v->net && !(w->float_run = float_net_run_new(v->net, e))) return -1;
    }
    return v->worker ? 0 : tnpu_fail(e, "%s: out of memory", v->c->program);
}

static int open_float(struct eval *v, struct tnpu_error *e) {
    const struct tnpu_qtensor *in = &v->p.graph.tensors[v->p.graph.input];
    if (v->p.float_size == 0)
        return tnpu_fail(e, "%s: carries no float network; it was made from an int8 one",
                         v->c->program);
    v->net = float_net_new(v->p.float_net, v->p.float_size, v->p.graph.arch, in->h, in->w,
                           v->c->program, e);
    if (v->net && float_net_classes(v->net) != (int)runner_output_size(&v->p))
        return tnpu_fail(e, "%s: its float network has another number of classes", v->c->program);
    return v->net ? 0 : -1;
}

static int prepare(struct eval *v, struct tnpu_error *e) {
    if (tnpu_program_load(&v->p, v->c->program, e) || listing_csv(&v->list, v->c->labels, e) ||
        (v->c->with_float && open_float(v, e)))
        return -1;
    return open_workers(v, e);
}

static void close_all(struct eval *v) {
    for (int t = 0; v->worker && t < v->c->threads; t++) {
        runner_close(&v->worker[t].runner, NULL);
        float_net_run_free(v->worker[t].float_run);
        free(v->worker[t].input);
        free(v->worker[t].scores);
    }
    free(v->worker);
    float_net_free(v->net);
    listing_free(&v->list);
    tnpu_program_free(&v->p);
}

static int print(const struct eval *v, double seconds) {
    double n = v->list.count;
    if (!v->c->json) {
        printf("int8   top-1 %5.2f %%  top-5 %5.2f %%\n", 100 * v->quantised.top1 / n,
               100 * v->quantised.top5 / n);
        if (v->net)
            printf("float  top-1 %5.2f %%  top-5 %5.2f %%\n", 100 * v->real.top1 / n,
                   100 * v->real.top5 / n);
        printf("%d images in %.1f s\n", v->list.count, seconds);
        return 0;
    }
    json_t *o =
        json_pack("{s:f, s:f}", "top1", v->quantised.top1 / n, "top5", v->quantised.top5 / n);
    if (v->net) {
        json_object_set_new(o, "float_top1", json_real(v->real.top1 / n));
        json_object_set_new(o, "float_top5", json_real(v->real.top5 / n));
    }
    json_object_set_new(o, "images", json_integer(v->list.count));
    json_object_set_new(o, "seconds", json_real(seconds));
    return json_line(o);
}

static int evaluate(const struct choice *c, struct tnpu_error *e) {
    struct eval v = {.c = c, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int rc = prepare(&v, e);
    if (!rc) {
        rc = tnpu_parallel(c->threads, v.list.count, job, &v);
        progress_end();
        if (rc) *e = v.why;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
    if (!rc && print(&v, seconds))
        rc = tnpu_fail(e, "%s: the result cannot be written as JSON", c->program);
    close_all(&v);
    return rc;
}

int cmd_eval(int argc, char **argv) {
    struct choice c = {.threads = network_threads()};
    const struct option options[] = {
        {"--labels", OPTION_TEXT, &c.labels, "FILE",
         "CSV: a header, then file,class; only these files are read"},
        {"--float", OPTION_FLAG, &c.with_float, NULL,
         "the float network on the same pictures, too"},
        {"--raw", OPTION_TEXT, &c.raw, "KIND", "files are raw bytes: int8, or u8 (less 128)"},
        {"--threads", OPTION_INT, &c.threads, "N", "default: one a processor"},
        {"--json", OPTION_FLAG, &c.json, NULL, "one JSON object"},
        {0},
    };
    const char *rest[2];
    int n = args_parse(argc, argv, "F.tnpu DIR --labels FILE [options]", options, rest, 2, 2);
    if (n < 0) return args_status(n);
    if (!c.labels || raw_kind_of(c.raw) < 0 || c.threads < 1 || c.threads > 256) {
        fprintf(stderr,
                "tnpu: eval needs --labels FILE; --raw takes int8 or u8, --threads 1 to 256\n");
        return 2;
    }
    c.program = rest[0];
    c.folder = rest[1];
    struct tnpu_error e;
    if (evaluate(&c, &e) == 0) return 0;
    fprintf(stderr, "tnpu: %s\n", e.text);
    return 1;
}
