// SPDX-License-Identifier: Apache-2.0
// Greedy placement: buffers in a given order, each at the lowest address that is free for its time.
#include "tnpu_arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static uint64_t align_up(uint64_t x) {
    return (x + TNPU_ARENA_ALIGN - 1) / TNPU_ARENA_ALIGN * TNPU_ARENA_ALIGN;
}

/// A span and its index; `key` is what the order sorts by, largest first, then by index.
struct item {
    struct tnpu_span span;
    int64_t key;
    int index;
};

static int by_key(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? 1 : -1;
    return x->index - y->index;
}

static int by_base(const void *a, const void *b) {
    const struct item *const *x = a, *const *y = b;
    if ((*x)->span.base != (*y)->span.base) return (*x)->span.base > (*y)->span.base ? 1 : -1;
    return (*x)->index - (*y)->index;
}

static bool together(const struct tnpu_span *a, const struct tnpu_span *b) {
    return a->first <= b->last && b->first <= a->last;
}

/// The items 0..n-1 that live at the same time as item n, by address. Returns how many.
static int neighbours(struct item *items, int n, struct item **busy) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (together(&items[i].span, &items[n].span)) busy[count++] = &items[i];
    qsort(busy, (size_t)count, sizeof *busy, by_base);
    return count;
}

static uint64_t end_of(const struct item *i) {
    return align_up((uint64_t)i->span.base + i->span.bytes);
}

/// The lowest address at which item n is free of its neighbours.
static uint64_t lowest(const struct item *items, int n, struct item *const *busy, int count) {
    uint64_t at = 0;
    for (int i = 0; i < count && at + items[n].span.bytes > busy[i]->span.base; i++)
        at = end_of(busy[i]) > at ? end_of(busy[i]) : at;
    return at;
}

/// The highest such address that leaves the item's end at or below `top`, or -1.
static int64_t highest(const struct item *items, int n, struct item *const *busy, int count,
                       uint64_t top) {
    int64_t bytes = (int64_t)align_up(items[n].span.bytes), end = (int64_t)align_up(top);
    for (int i = count - 1; i >= 0 && end - bytes < (int64_t)end_of(busy[i]); i--)
        end = (int64_t)busy[i]->span.base < end ? (int64_t)busy[i]->span.base : end;
    return end - bytes;
}

/// The orders tried: by size, by time, by size times lifetime, longest life first; and by time with
/// every other buffer at the upper end of the bound, which places a chain of layers within it.
enum { BY_SIZE, BY_TIME, BY_AREA, BY_LIFE, TWO_ENDS, ORDERS };

static int64_t key_of(const struct tnpu_span *s, int order) {
    int64_t life = (int64_t)s->last - s->first + 1;
    switch (order) {
    case BY_SIZE:
        return s->bytes;
    case BY_AREA:
        return s->bytes * life;
    case BY_LIFE:
        return (life << 32) + s->bytes;
    default:
        return -(int64_t)s->first;
    }
}

int64_t tnpu_arena_place(struct tnpu_span *spans, int count) {
    struct item *items = calloc((size_t)count + 1, sizeof *items);
    struct item **busy = calloc((size_t)count + 1, sizeof *busy);
    uint64_t bound = (uint64_t)tnpu_arena_bound(spans, count, NULL);
    int64_t best = -1;
    for (int order = 0; items && busy && order < ORDERS; order++) {
        for (int i = 0; i < count; i++)
            items[i] = (struct item){spans[i], key_of(&spans[i], order), i};
        qsort(items, (size_t)count, sizeof *items, by_key);
        int64_t top = 0;
        for (int i = 0; i < count; i++) {
            int n = neighbours(items, i, busy);
            int64_t upper = order == TWO_ENDS && i % 2 ? highest(items, i, busy, n, bound) : -1;
            uint64_t base = upper >= 0 ? (uint64_t)upper : lowest(items, i, busy, n);
            items[i].span.base = base > UINT32_MAX ? UINT32_MAX : (uint32_t)base;
            int64_t end = (int64_t)items[i].span.base + items[i].span.bytes;
            top = end > top ? end : top;
        }
        if (best >= 0 && top >= best) continue;
        best = top;
        for (int i = 0; i < count; i++) spans[items[i].index].base = items[i].span.base;
    }
    free(items);
    free(busy);
    return best;
}

int64_t tnpu_arena_bound(const struct tnpu_span *spans, int count, int *step) {
    int64_t most = 0;
    for (int i = 0; i < count; i++) { // a step at which a buffer begins is one of the fullest
        int64_t sum = 0, slack = 0;   // the highest buffer's end need not be aligned
        for (int j = 0; j < count; j++)
            if (spans[j].first <= spans[i].first && spans[i].first <= spans[j].last) {
                int64_t bytes = (int64_t)align_up(spans[j].bytes);
                sum += bytes;
                slack = bytes - spans[j].bytes > slack ? bytes - spans[j].bytes : slack;
            }
        if (sum - slack > most) {
            most = sum - slack;
            if (step) *step = spans[i].first;
        }
    }
    return most;
}
