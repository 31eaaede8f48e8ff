// SPDX-License-Identifier: Apache-2.0
// Little-endian bytes: growing buffer and checked cursor.
#include "tnpu_bytes.h"

#include <stdlib.h>
#include <string.h>

void tnpu_put_bytes(struct tnpu_writer *w, const void *bytes, size_t n) {
    if (w->failed || n == 0) return;
    if (n > w->capacity - w->size) {
        size_t capacity = w->capacity ? w->capacity : 4096;
        while (n > capacity - w->size) capacity *= 2;
        uint8_t *data = realloc(w->data, capacity);
        if (!data) {
            w->failed = true;
            return;
        }
        w->data = data;
        w->capacity = capacity;
    }
    memcpy(w->data + w->size, bytes, n);
    w->size += n;
}

void tnpu_put_u32(struct tnpu_writer *w, uint32_t v) {
    uint8_t b[4];
    tnpu_set_u32(b, v);
    tnpu_put_bytes(w, b, sizeof b);
}

void tnpu_put_f32(struct tnpu_writer *w, float v) {
    uint32_t u;
    memcpy(&u, &v, sizeof u);
    tnpu_put_u32(w, u);
}

void tnpu_put_text(struct tnpu_writer *w, const char *text, size_t n) {
    static const uint8_t zero[1] = {0};
    size_t len = strlen(text);
    if (len > n - 1) len = n - 1;
    tnpu_put_bytes(w, text, len);
    for (size_t i = len; i < n; i++) tnpu_put_bytes(w, zero, 1);
}

void tnpu_put_pad(struct tnpu_writer *w, size_t alignment) {
    static const uint8_t zero[1] = {0};
    while (!w->failed && w->size % alignment) tnpu_put_bytes(w, zero, 1);
}

const uint8_t *tnpu_take(struct tnpu_reader *r, size_t n) {
    if (r->failed || n > r->left) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += n;
    r->left -= n;
    return p;
}

uint32_t tnpu_take_u32(struct tnpu_reader *r) {
    const uint8_t *p = tnpu_take(r, 4);
    return p ? tnpu_get_u32(p) : 0;
}

float tnpu_take_f32(struct tnpu_reader *r) {
    uint32_t u = tnpu_take_u32(r);
    float v;
    memcpy(&v, &u, sizeof v);
    return v;
}

void tnpu_take_text(struct tnpu_reader *r, char *text, size_t n) {
    const uint8_t *p = tnpu_take(r, n);
    text[0] = 0;
    if (!p) return;
    size_t len = 0;
    for (; len < n && p[len]; len++)
        if (p[len] < 0x20 || p[len] > 0x7e) r->failed = true;
    if (len == n) r->failed = true;
    for (size_t i = len; i < n; i++)
        if (p[i]) r->failed = true;
    if (!r->failed) memcpy(text, p, n);
}
