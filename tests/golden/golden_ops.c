// SPDX-License-Identifier: Apache-2.0
// The host's operators against golden files: every operator of every case, on TFLite's input bytes,
// must give TFLite's output bytes. Prints what was compared, an operator a line.
//
//     golden_ops FILE.golden[.gz]...
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODES 256

struct tally {
    uint64_t tensors, bytes, different;
};

static void report(const struct replay *r, const struct tnpu_golden_tensor *t,
                   const uint8_t *want) {
    size_t at = 0;
    while (r->out[at] == want[at]) at++;
    printf("%s: %s: tensor %s, run %d, byte %zu: %d, TFLite has %d\n", r->c->name,
           replay_name(r->op->code), t->name, r->run, at, (int8_t)r->out[at], (int8_t)want[at]);
}

static int compare(struct replay *r, struct tally *tally, struct tnpu_error *e) {
    int tensor = r->op->outputs[r->output];
    const struct tnpu_golden_tensor *t = &r->c->tensors[tensor];
    const uint8_t *want = tnpu_golden_bytes(r->c, r->run, tensor);
    r->out = malloc(t->size + 1);
    if (!r->out) return tnpu_fail(e, "out of memory");
    int status = replay_op(r, e);
    if (!status) {
        tally->tensors++;
        tally->bytes += t->size;
        if (memcmp(r->out, want, t->size) && !tally->different++) report(r, t, want);
    }
    free(r->out);
    return status;
}

static int compare_case(const struct tnpu_golden_case *c, struct tally *tally,
                        struct tnpu_error *e) {
    struct replay r = {.c = c};
    for (r.run = 0; r.run < c->run_count; r.run++)
        for (int i = 0; i < c->op_count; i++) {
            r.op = &c->ops[i];
            for (r.output = 0; r.output < r.op->output_count; r.output++)
                if (compare(&r, &tally[r.op->code % CODES], e)) return -1;
        }
    return 0;
}

int main(int argc, char **argv) {
    struct tally tally[CODES] = {{0}};
    uint64_t cases = 0;
    for (int i = 1; i < argc; i++) {
        struct tnpu_golden g;
        struct tnpu_error e;
        int status = tnpu_golden_load(&g, argv[i], &e);
        for (int k = 0; !status && k < g.case_count; k++, cases++) {
            status = compare_case(&g.cases[k], tally, &e);
            if (status) printf("%s: ", g.cases[k].name);
        }
        if (status) {
            printf("%s\n", e.text);
            return 1;
        }
        tnpu_golden_free(&g);
    }
    uint64_t tensors = 0, bytes = 0, different = 0;
    for (uint32_t code = 0; code < CODES; code++) {
        if (!tally[code].tensors) continue;
        printf("%-24s %6" PRIu64 " tensors %10" PRIu64 " bytes %" PRIu64 " different\n",
               replay_name(code), tally[code].tensors, tally[code].bytes, tally[code].different);
        tensors += tally[code].tensors;
        bytes += tally[code].bytes;
        different += tally[code].different;
    }
    printf("%d files, %" PRIu64 " networks, %" PRIu64 " tensors, %" PRIu64 " bytes: %" PRIu64
           " tensors different\n",
           argc - 1, cases, tensors, bytes, different);
    return different || !tensors;
}
