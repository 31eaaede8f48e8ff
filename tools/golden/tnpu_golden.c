// SPDX-License-Identifier: Apache-2.0
// Golden files: reading and checking.
#include "tnpu_golden.h"

#include "tnpu_bytes.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER 64
#define VERSION 1
#define FILE_MAX ((size_t)1 << 30)

/// The file's bytes, decompressed.
static int read_all(const char *path, uint8_t **bytes, size_t *size, struct tnpu_error *e) {
    gzFile f = gzopen(path, "rb");
    if (!f) return tnpu_fail(e, "%s: cannot be opened", path);
    uint8_t *data = NULL;
    size_t used = 0, capacity = 0;
    int got = 1;
    while (got > 0 && used <= FILE_MAX) {
        if (capacity - used < 65536) {
            capacity = capacity ? capacity * 2 : 1 << 20;
            uint8_t *more = realloc(data, capacity);
            if (!more) break;
            data = more;
        }
        got = gzread(f, data + used, 65536);
        used += got > 0 ? (size_t)got : 0;
    }
    gzclose(f);
    if (got != 0) {
        free(data);
        return tnpu_fail(e, "%s: %s", path,
                         got < 0 ? "cannot be read, or its compression is damaged"
                                 : "is too large for a golden file, or memory is short");
    }
    *bytes = data;
    *size = used;
    return 0;
}

static uint8_t take_u8(struct tnpu_reader *r) {
    const uint8_t *p = tnpu_take(r, 1);
    return p ? *p : 0;
}

static int32_t take_i32(struct tnpu_reader *r) {
    return (int32_t)tnpu_take_u32(r);
}

/// A text, as a string of its own.
static char *take_name(struct tnpu_reader *r) {
    size_t n = take_u8(r);
    n |= (size_t)take_u8(r) << 8;
    const uint8_t *p = tnpu_take(r, n);
    char *s = p && !memchr(p, 0, n) ? calloc(n + 1, 1) : NULL;
    if (s)
        memcpy(s, p, n);
    else
        r->failed = true;
    return s;
}

/// Room for `count` records of a list of which each takes at least `least` bytes of what is left.
static void *room(struct tnpu_reader *r, size_t count, size_t least, size_t record) {
    void *p = !r->failed && count <= r->left / least ? calloc(count + 1, record) : NULL;
    if (!p) r->failed = true;
    return p;
}

static size_t type_size(enum tnpu_golden_type t) {
    return t == TNPU_GOLDEN_FLOAT32 || t == TNPU_GOLDEN_INT32 ? 4 : 1;
}

static void take_tensor(struct tnpu_reader *r, struct tnpu_golden_tensor *t) {
    t->kind = (enum tnpu_golden_kind)take_u8(r);
    t->type = (enum tnpu_golden_type)take_u8(r);
    if (t->kind > TNPU_GOLDEN_OUTPUT ||
        (t->type != TNPU_GOLDEN_FLOAT32 && t->type != TNPU_GOLDEN_INT32 &&
         t->type != TNPU_GOLDEN_UINT8 && t->type != TNPU_GOLDEN_INT8))
        r->failed = true;
    t->name = take_name(r);
    t->rank = take_u8(r);
    if (t->rank > TNPU_GOLDEN_DIMS) r->failed = true;
    t->size = type_size(t->type);
    for (int i = 0; i < t->rank && !r->failed; i++) {
        t->dims[i] = take_i32(r);
        if (t->dims[i] < 0 || (t->dims[i] && t->size > FILE_MAX / (size_t)t->dims[i]))
            r->failed = true;
        else
            t->size *= (size_t)t->dims[i];
    }
    t->zero_point = take_i32(r);
    t->axis = take_i32(r);
    t->scale_count = take_i32(r);
    if (t->scale_count < 0) r->failed = true;
    t->scale = room(r, (size_t)t->scale_count, 4, sizeof *t->scale);
    for (int32_t i = 0; i < t->scale_count && !r->failed; i++) t->scale[i] = tnpu_take_f32(r);
    if (t->kind == TNPU_GOLDEN_CONSTANT && !r->failed) {
        size_t n = tnpu_take_u32(r);
        t->constant = tnpu_take(r, n);
        if (n != t->size) r->failed = true;
    }
}

static int32_t *take_indices(struct tnpu_reader *r, int *count, int tensors, int least) {
    *count = take_u8(r);
    int32_t *list = room(r, (size_t)*count, 4, sizeof *list);
    for (int i = 0; i < *count && !r->failed; i++) {
        list[i] = take_i32(r);
        if (list[i] < least || list[i] >= tensors) r->failed = true;
    }
    return list;
}

static void take_op(struct tnpu_reader *r, struct tnpu_golden_op *op, int tensors) {
    op->code = tnpu_take_u32(r);
    for (int i = 0; i < TNPU_GOLDEN_OPTIONS; i++) op->options[i] = take_i32(r);
    op->inputs = take_indices(r, &op->input_count, tensors, -1);
    op->outputs = take_indices(r, &op->output_count, tensors, 0);
}

static void take_case(struct tnpu_reader *file, struct tnpu_golden_case *c) {
    size_t size = tnpu_take_u32(file);
    const uint8_t *at = size >= 4 ? tnpu_take(file, size - 4) : NULL;
    struct tnpu_reader r = {.at = at, .left = at ? size - 4 : 0, .failed = !at};
    const uint8_t *sha = tnpu_take(&r, sizeof c->sha256);
    if (sha) memcpy(c->sha256, sha, sizeof c->sha256);
    c->name = take_name(&r);
    c->network_size = tnpu_take_u32(&r);
    const uint8_t *network = tnpu_take(&r, c->network_size);
    c->network = c->network_size ? network : NULL;
    uint32_t tensors = tnpu_take_u32(&r), ops = tnpu_take_u32(&r), runs = tnpu_take_u32(&r);
    c->tensors = room(&r, tensors, 16, sizeof *c->tensors);
    c->ops = room(&r, ops, 54, sizeof *c->ops);
    c->tensor_count = c->tensors ? (int)tensors : 0;
    c->op_count = c->ops ? (int)ops : 0;
    for (int i = 0; i < c->tensor_count && !r.failed; i++) {
        take_tensor(&r, &c->tensors[i]);
        if (c->tensors[i].kind == TNPU_GOLDEN_CONSTANT) continue;
        c->tensors[i].offset = c->run_size;
        c->run_size += c->tensors[i].size;
        if (c->run_size > FILE_MAX) r.failed = true;
    }
    for (int i = 0; i < c->op_count && !r.failed; i++) take_op(&r, &c->ops[i], c->tensor_count);
    if (!r.failed && (!c->run_size || runs != r.left / c->run_size || r.left % c->run_size))
        r.failed = true;
    c->run_count = (int)runs;
    c->runs = r.at;
    if (r.failed) file->failed = true;
}

static int parse(struct tnpu_golden *g, const char *path, size_t size, struct tnpu_error *e) {
    uint8_t *b = g->bytes;
    if (size < HEADER || memcmp(b, "TNPUGOLD", 8))
        return tnpu_fail(e, "%s: not a golden file; scripts/golden makes them", path);
    if (tnpu_get_u32(b + 8) != VERSION)
        return tnpu_fail(e, "%s: golden format %u; this reads %d", path,
                         (unsigned)tnpu_get_u32(b + 8), VERSION);
    if (tnpu_get_u32(b + 16) != size)
        return tnpu_fail(e, "%s: %zu bytes, but its header says %u; it was cut or added to", path,
                         size, (unsigned)tnpu_get_u32(b + 16));
    uint32_t crc = tnpu_get_u32(b + 20);
    tnpu_set_u32(b + 20, 0);
    if (crc32(0, b, (uInt)size) != crc)
        return tnpu_fail(e, "%s: its CRC does not fit its bytes; it is damaged", path);
    memcpy(g->maker, b + 24, sizeof g->maker - 1);
    struct tnpu_reader r = {.at = b + HEADER, .left = size - HEADER};
    uint32_t cases = tnpu_get_u32(b + 12);
    g->cases = room(&r, cases, 64, sizeof *g->cases);
    for (uint32_t i = 0; i < cases && !r.failed; i++) {
        g->case_count++;
        take_case(&r, &g->cases[i]);
    }
    if (r.failed || r.left || !g->case_count)
        return tnpu_fail(e, "%s: its case %d is not as the format says", path, g->case_count - 1);
    return 0;
}

int tnpu_golden_load(struct tnpu_golden *g, const char *path, struct tnpu_error *e) {
    size_t size = 0;
    *g = (struct tnpu_golden){0};
    if (read_all(path, &g->bytes, &size, e)) return -1;
    int r = parse(g, path, size, e);
    if (r) tnpu_golden_free(g);
    return r;
}

static void free_case(struct tnpu_golden_case *c) {
    for (int i = 0; i < c->tensor_count; i++) {
        free(c->tensors[i].name);
        free(c->tensors[i].scale);
    }
    for (int i = 0; i < c->op_count; i++) {
        free(c->ops[i].inputs);
        free(c->ops[i].outputs);
    }
    free(c->name);
    free(c->tensors);
    free(c->ops);
}

void tnpu_golden_free(struct tnpu_golden *g) {
    for (int i = 0; i < g->case_count; i++) free_case(&g->cases[i]);
    free(g->cases);
    free(g->bytes);
    *g = (struct tnpu_golden){0};
}

const uint8_t *tnpu_golden_bytes(const struct tnpu_golden_case *c, int run, int tensor) {
    const struct tnpu_golden_tensor *t = &c->tensors[tensor];
    return t->constant ? t->constant : c->runs + (size_t)run * c->run_size + t->offset;
}

int tnpu_golden_only(const struct tnpu_golden_case *c, enum tnpu_golden_kind kind) {
    int found = -1;
    for (int i = 0; i < c->tensor_count; i++)
        if (c->tensors[i].kind == kind) {
            if (found >= 0) return -1;
            found = i;
        }
    return found;
}
