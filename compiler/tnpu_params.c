// SPDX-License-Identifier: Apache-2.0
// Reads MXNet NDArray lists. Layout (little-endian), as mxnet/src/ndarray/ndarray.cc writes it:
//   u64 0x112, u64 reserved, u64 tensors, then per tensor: u32 0xF993FAC9 (V2) or 0xF993FACA (V3),
//   i32 storage type (0 dense), u32 rank, i64 dim[rank], i32 device, i32 device id, i32 type
//   (0 float32), data; then u64 names, then per name: u64 length, bytes.
#include "tnpu_params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAGIC 0x112u
#define NDARRAY_V2 0xF993FAC9u
#define NDARRAY_V3 0xF993FACAu

/// What is left to read. `short_read` stays set once a read has run past the end.
struct cursor {
    const uint8_t *at;
    size_t left;
    int short_read;
};

static const uint8_t *take(struct cursor *c, size_t n) {
    if (c->short_read || n > c->left) {
        c->short_read = 1;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += n;
    c->left -= n;
    return p;
}

static uint32_t get_u32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t take_u32(struct cursor *c) {
    const uint8_t *p = take(c, 4);
    return p ? get_u32(p) : 0;
}

static uint64_t take_u64(struct cursor *c) {
    const uint8_t *p = take(c, 8);
    return p ? get_u32(p) | (uint64_t)get_u32(p + 4) << 32 : 0;
}

static int parse_shape(struct tnpu_param *t, struct cursor *c, const char *label, int index,
                       struct tnpu_error *e) {
    uint32_t rank = take_u32(c);
    if (!c->short_read && (rank < 1 || rank > TNPU_PARAM_RANK_MAX))
        return tnpu_fail(e, "%s: tensor %d has rank %u, want 1 to %d; is the file damaged?", label,
                         index, (unsigned)rank, TNPU_PARAM_RANK_MAX);
    t->rank = (int)rank;
    t->count = 1;
    for (int i = 0; i < t->rank && !c->short_read; i++) {
        uint64_t d = take_u64(c);
        // No tensor has more elements than the file has bytes, so the product cannot overflow.
        if (!c->short_read && (d < 1 || d > c->left / 4 || t->count * d > c->left / 4))
            return tnpu_fail(e,
                             "%s: tensor %d is larger than the file; is the file cut or damaged?",
                             label, index);
        t->dim[i] = (int)d;
        t->count *= (size_t)d;
    }
    return 0;
}

static int parse_tensor(struct tnpu_param *t, struct cursor *c, const char *label, int index,
                        struct tnpu_error *e) {
    uint32_t magic = take_u32(c);
    if (!c->short_read && magic != NDARRAY_V2 && magic != NDARRAY_V3)
        return tnpu_fail(e,
                         "%s: tensor %d starts with 0x%08x, want 0x%08x (MXNet 0.12 or later); is "
                         "the file damaged?",
                         label, index, (unsigned)magic, NDARRAY_V2);
    if (take_u32(c) != 0)
        return tnpu_fail(e, "%s: tensor %d is sparse; save the network with dense tensors", label,
                         index);
    if (parse_shape(t, c, label, index, e)) return -1;
    take(c, 8); // device type and number: where the tensor lay when it was saved
    uint32_t type = take_u32(c);
    if (!c->short_read && type != 0)
        return tnpu_fail(e, "%s: tensor %d has element type %u, want 0 (float32)", label, index,
                         (unsigned)type);
    const uint8_t *bytes = take(c, c->short_read ? 0 : t->count * 4);
    if (c->short_read)
        return tnpu_fail(e, "%s: the file ends within tensor %d; is it cut?", label, index);
    t->data = malloc(t->count * sizeof *t->data);
    if (!t->data) return tnpu_fail(e, "%s: out of memory for tensor %d", label, index);
    for (size_t i = 0; i < t->count; i++) {
        uint32_t u = get_u32(bytes + 4 * i);
        memcpy(&t->data[i], &u, 4);
        if (!isfinite(t->data[i]))
            return tnpu_fail(e, "%s: tensor %d holds a value that is not finite", label, index);
    }
    return 0;
}

static int parse_name(struct tnpu_params *p, int index, struct cursor *c, const char *label,
                      struct tnpu_error *e) {
    uint64_t len = take_u64(c);
    if (!c->short_read && (len < 1 || len >= TNPU_PARAM_NAME_MAX))
        return tnpu_fail(e, "%s: the name of tensor %d has %llu bytes, want 1 to %d", label, index,
                         (unsigned long long)len, TNPU_PARAM_NAME_MAX - 1);
    const char *s = (const char *)take(c, (size_t)len);
    if (!s)
        return tnpu_fail(e, "%s: the file ends within the name of tensor %d; is it cut?", label,
                         index);
    if (len > 4 && (memcmp(s, "arg:", 4) == 0 || memcmp(s, "aux:", 4) == 0)) {
        s += 4;
        len -= 4;
    }
    if (memchr(s, 0, len))
        return tnpu_fail(e, "%s: the name of tensor %d holds a zero byte", label, index);
    char *name = p->list[index].name;
    memcpy(name, s, len);
    name[len] = 0;
    for (int i = 0; i < index; i++)
        if (strcmp(p->list[i].name, name) == 0)
            return tnpu_fail(e, "%s: two tensors are named %s", label, name);
    return 0;
}

static int parse_list(struct tnpu_params *p, struct cursor *c, const char *label,
                      struct tnpu_error *e) {
    if (take_u64(c) != LIST_MAGIC || c->short_read)
        return tnpu_fail(e, "%s: not an MXNet .params file (it does not start with 0x112)", label);
    take_u64(c);
    uint64_t count = take_u64(c);
    if (c->short_read || count < 1 || count > TNPU_PARAMS_COUNT_MAX)
        return tnpu_fail(e, "%s: holds %llu tensors, want 1 to %d; is the file cut or damaged?",
                         label, (unsigned long long)count, TNPU_PARAMS_COUNT_MAX);
    p->list = calloc((size_t)count, sizeof *p->list);
    if (!p->list) return tnpu_fail(e, "%s: out of memory for %d tensors", label, (int)count);
    p->count = (int)count;
    for (int i = 0; i < p->count; i++)
        if (parse_tensor(&p->list[i], c, label, i, e)) return -1;
    if (take_u64(c) != count || c->short_read)
        return tnpu_fail(e, "%s: the names do not match the %d tensors; is the file cut?", label,
                         p->count);
    for (int i = 0; i < p->count; i++)
        if (parse_name(p, i, c, label, e)) return -1;
    if (c->left)
        return tnpu_fail(e, "%s: %zu bytes follow the last name; is the file damaged?", label,
                         c->left);
    return 0;
}

int tnpu_params_parse(struct tnpu_params *p, const char *label, const uint8_t *bytes, size_t size,
                      struct tnpu_error *e) {
    struct cursor c = {.at = bytes, .left = size};
    *p = (struct tnpu_params){0};
    int rc = parse_list(p, &c, label, e);
    if (rc) tnpu_params_free(p);
    return rc;
}

const struct tnpu_param *tnpu_params_find(const struct tnpu_params *p, const char *name) {
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->list[i].name, name) == 0) return &p->list[i];
    return NULL;
}

void tnpu_params_free(struct tnpu_params *p) {
    for (int i = 0; i < p->count; i++) free(p->list[i].data);
    free(p->list);
    *p = (struct tnpu_params){0};
}
