// SPDX-License-Identifier: Apache-2.0
// The networks of golden files through reader, compiler and machine: every tensor of the build
// without fusing, and every tensor that is left of the fused one, must be TFLite's.
//
//     golden_net CONFIG[/N] model|rtl|lockstep LEAST FILE.golden[.gz]...
//
// CONFIG/N: on the model, with an N-th of its memories, so that layers go to the host because their
// weights, maps or instructions do not fit; how many is then all the same.
// model, rtl: the bytes of that machine. lockstep: model and RTL at once, every write and cycle, on
// the fused build. At least LEAST networks must compile, and four fifths of their layers run on the
// NPU; the other networks are refused with a reason, and the reasons are printed and counted.
#include "lockstep_run.h"
#include "tnpu_lower.h"
#include "tnpu_qrows.h"
#include "tnpu_tflite.h"
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASONS = 64, HOST_PERCENT = 20 };

struct tally {
    int networks, compiled, different;
    int host_layers, layers;
    uint64_t tensors, bytes, cycles, writes;
    int reasons;
    struct {
        char text[200];
        int count;
    } reason[REASONS];
};

struct bench {
    const struct tnpu_config *config;
    bool shrunk;
    enum { ON_MODEL, ON_RTL, IN_LOCKSTEP } how;
    struct lockstep_run lockstep; ///< both machines, in lockstep
    struct tally t;
};

/// Counts a refusal by its reason: the text without the network's own name, numbers as N.
static void refused(struct tally *t, const char *label, const char *text) {
    char reason[200] = "";
    size_t n = 0, skip = strlen(label);
    if (skip > TNPU_Q_NAME_MAX - 1) skip = TNPU_Q_NAME_MAX - 1; // as graphs keep it
    if (!strncmp(text, label, skip))
        text += !strncmp(text, label, strlen(label)) ? strlen(label) : skip;
    while (*text == ':' || *text == ' ') text++;
    for (; *text && n + 1 < sizeof reason; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (digit && n && reason[n - 1] == 'N') continue;
        reason[n++] = digit ? 'N' : *text;
    }
    int i = 0;
    while (i < t->reasons && strcmp(t->reason[i].text, reason)) i++;
    if (i == REASONS) return;
    if (i == t->reasons) memcpy(t->reason[t->reasons++].text, reason, sizeof reason);
    t->reason[i].count++;
}

/// Returns 0 with a program, or -1 with the reason why the network is refused.
static int compile(struct tnpu_program *p, const struct bench *b, const struct tnpu_golden_case *c,
                   bool fuse, struct tnpu_error *e) {
    struct tnpu_qgraph q;
    if (tnpu_tflite_load(&q, c->name, c->network, c->network_size, fuse, e)) return -1;
    int rc = fuse ? tnpu_qrows(&q, b->config, e) : 0;
    if (!rc) rc = tnpu_lower(p, &q, b->config, e);
    tnpu_qgraph_free(&q);
    return rc;
}

/// Every tensor of every run. Returns 0 the same, 1 different, -1 not compared.
static int compare(struct bench *b, const struct tnpu_program *p, const struct tnpu_golden_case *c,
                   bool all, struct tnpu_error *e) {
    struct runner r;
    struct verify v;
    const struct tnpu_machine_options machine = {.kind = b->how == ON_RTL ? TNPU_MACHINE_RTL
                                                                          : TNPU_MACHINE_MODEL};
    if (runner_open(&r, &machine, p, c->name, e)) return -1;
    int rc = verify_open(&v, &r, c, c->name, e);
    if (!rc) {
        if (all && verify_held(&v) < verify_made(c))
            rc = tnpu_fail(e, "%s: %d tensors cannot be seen", c->name,
                           verify_made(c) - verify_held(&v));
        for (int i = 0; !rc && i < c->run_count; i++) rc = verify_run(&v, i, e);
        if (rc > 0) printf("%s: different: %s\n", c->name, v.text);
        b->t.tensors += v.tensors;
        b->t.bytes += v.compared;
        verify_close(&v);
    }
    runner_close(&r, NULL);
    return rc;
}

/// One build of a network. Returns 0, or -1 when something cannot be done that must be.
static int build(struct bench *b, const struct tnpu_golden_case *c, bool fuse,
                 struct tnpu_error *e) {
    struct tnpu_program p;
    if (compile(&p, b, c, fuse, e)) {
        if (fuse) refused(&b->t, c->name, e->text);
        return 0;
    }
    int rc = compare(b, &p, c, !fuse, e);
    if (fuse) {
        b->t.compiled++;
        b->t.layers += p.graph.layer_count;
        for (int i = 0; i < p.graph.layer_count; i++)
            b->t.host_layers += tnpu_program_is_host(&p, i);
        if (!rc && b->how == IN_LOCKSTEP) rc = lockstep_run(&b->lockstep, &p, c->name, e);
        if (rc > 0 && b->how == IN_LOCKSTEP) printf("%s: %s\n", c->name, b->lockstep.text);
    }
    if (rc > 0) b->t.different++;
    tnpu_program_free(&p);
    return rc < 0 ? -1 : 0;
}

static int network(struct bench *b, const struct tnpu_golden_case *c, struct tnpu_error *e) {
    b->t.networks++;
    if (!c->network) return tnpu_fail(e, "%s: the network itself is not in the file", c->name);
    return build(b, c, false, e) || build(b, c, true, e) ? -1 : 0;
}

static int file(struct bench *b, const char *path, struct tnpu_error *e) {
    struct tnpu_golden g;
    if (tnpu_golden_load(&g, path, e)) return -1;
    int rc = 0;
    for (int i = 0; !rc && i < g.case_count; i++) rc = network(b, &g.cases[i], e);
    tnpu_golden_free(&g);
    return rc;
}

static int report(const struct bench *b, int least) {
    const struct tally *t = &b->t;
    for (int i = 0; i < t->reasons; i++)
        printf("refused %4d: %s\n", t->reason[i].count, t->reason[i].text);
    printf("%s: %d networks, %d compiled, %d refused; %d layers, %d of them on the host; %" PRIu64
           " tensors, %" PRIu64 " bytes compared; %" PRIu64 " cycles, %" PRIu64
           " writes in lockstep; %d builds different\n",
           b->config->name, t->networks, t->compiled, t->networks - t->compiled, t->layers,
           t->host_layers, t->tensors, t->bytes, b->lockstep.cycles, b->lockstep.writes,
           t->different);
    if (t->compiled < least) printf("fewer than %d networks compile\n", least);
    bool host = !b->shrunk && t->host_layers * 100 > t->layers * HOST_PERCENT;
    if (host) printf("more than %d %% of the layers run on the host\n", HOST_PERCENT);
    return t->different || t->compiled < least || host;
}

/// "t64", or "t64/8" in *room. NULL: no such configuration.
static const struct tnpu_config *config_of(char *text, struct tnpu_config *room) {
    char *slash = strchr(text, '/');
    int n = slash ? atoi(slash + 1) : 1;
    if (slash) *slash = 0;
    const struct tnpu_config *c = tnpu_config_find(text);
    if (!c || n < 1 || !slash) return c;
    *room = *c;
    room->wmem_rows /= n, room->fmem_bytes /= n, room->imem_depth /= n;
    return room;
}

int main(int argc, char **argv) {
    static const char *const how[] = {"model", "rtl", "lockstep"};
    struct tnpu_config room;
    struct bench b = {.config = argc > 4 ? config_of(argv[1], &room) : NULL};
    b.shrunk = b.config == &room;
    while (b.config && b.how < 3 && strcmp(argv[2], how[b.how])) b.how++;
    if (!b.config || b.how == 3 || (b.shrunk && b.how != ON_MODEL)) {
        fprintf(stderr, "usage: golden_net CONFIG[/N] model|rtl|lockstep LEAST FILE...\n");
        return 2;
    }
    struct tnpu_error e;
    int rc = b.how == IN_LOCKSTEP ? lockstep_open(&b.lockstep, b.config, &e) : 0;
    for (int i = 4; !rc && i < argc; i++) rc = file(&b, argv[i], &e);
    if (rc) printf("%s\n", e.text);
    int status = rc ? 1 : report(&b, atoi(argv[3]));
    lockstep_close(&b.lockstep);
    return status;
}
