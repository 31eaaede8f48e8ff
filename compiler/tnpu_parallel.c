// SPDX-License-Identifier: Apache-2.0
// A pool of threads that take job numbers from one counter.
#include "tnpu_parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct pool {
    atomic_int next;
    atomic_int failed;
    int count;
    tnpu_job *job;
    void *ctx;
};

struct worker {
    struct pool *pool;
    int number;
    pthread_t thread;
};

static void *work(void *arg) {
    struct worker *w = arg;
    struct pool *p = w->pool;
    while (!atomic_load(&p->failed)) {
        int i = atomic_fetch_add(&p->next, 1);
        if (i >= p->count) break;
        if (p->job(p->ctx, w->number, i)) atomic_store(&p->failed, 1);
    }
    return NULL;
}

int tnpu_parallel(int threads, int count, tnpu_job *job, void *ctx) {
    struct pool pool = {.count = count, .job = job, .ctx = ctx};
    struct worker self = {.pool = &pool};
    struct worker *others = threads > 1 ? calloc((size_t)threads - 1, sizeof *others) : NULL;
    int started = 0;
    for (; others && started < threads - 1; started++) {
        others[started].pool = &pool;
        others[started].number = started + 1;
        if (pthread_create(&others[started].thread, NULL, work, &others[started])) break;
    }
    work(&self);
    for (int i = 0; i < started; i++) pthread_join(others[i].thread, NULL);
    free(others);
    return atomic_load(&pool.failed) ? -1 : 0;
}
