// SPDX-License-Identifier: Apache-2.0
// The loop over seeds, and its tally.
#include "campaign.h"

#include "tiny.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { TIMEOUT_US = 200000, STATUSES = 32, SAY_SECONDS = 20 };

struct tally {
    unsigned right, resets;
    unsigned named[STATUSES]; ///< by minus status
    uint64_t retries;
};

/// After an error: the same driver, reset, runs; or, if it has not even found the chip, a new one.
static void again(struct tiny *t, struct tnpu *npu, const struct tnpu_transport *link,
                  unsigned seed, unsigned runs, struct tally *tally) {
    uint8_t result[TINY_RESULT_MAX];
    char line[200];
    if (npu->phase == TNPU_PHASE_CLOSED) {
        assert_int_equal(tiny_session(t, npu, link, seed, runs, TIMEOUT_US), TNPU_OK);
        return;
    }
    tally->resets++;
    int rc = tnpu_reset(npu);
    if (!rc && !npu->loaded) rc = tnpu_load(npu);
    if (!rc) rc = tnpu_submit(npu, t->input, t->input_size);
    if (!rc) rc = tnpu_wait(npu, TIMEOUT_US);
    if (!rc) rc = tnpu_result(npu, result, sizeof result);
    if (rc) fail_msg("seed %u, after a reset: %s", seed, tnpu_error_text(npu, line, sizeof line));
    assert_memory_equal(result, t->result, t->result_size);
}

static void day(struct tiny *t, const struct campaign_ops *ops, void *context, unsigned seed,
                unsigned runs, struct tally *tally) {
    struct tnpu npu;
    const struct tnpu_transport *link = ops->open(context, seed);
    int rc = tiny_session(t, &npu, link, seed, runs, TIMEOUT_US);
    if (link->counts) tally->retries += link->counts->retries;
    if (rc) {
        // These mean a mistake of the caller's, which there is none of
        assert_true(rc > -STATUSES && rc < 0 && rc != TNPU_ERR_ARGUMENT && rc != TNPU_ERR_CONFIG &&
                    rc != TNPU_ERR_RANGE);
        tally->named[-rc]++;
    } else {
        tally->right++;
    }
    ops->heal(context);
    if (rc) again(t, &npu, link, seed, runs, tally);
    ops->close(context);
}

static void report(const char *what, unsigned seeds, const struct tally *tally) {
    printf("%-28s %u seeds: right %u, reset and right %u, %llu retries;", what, seeds, tally->right,
           tally->resets, (unsigned long long)tally->retries);
    for (int i = 1; i < STATUSES; i++)
        if (tally->named[i]) printf(" %u x \"%s\"", tally->named[i], tnpu_status_text(-i));
    putchar('\n');
    fflush(stdout);
}

void campaign(const char *what, unsigned seeds, unsigned least, unsigned runs,
              const struct campaign_ops *ops, void *context) {
    struct tiny t;
    struct tally tally = {0};
    time_t said = time(NULL);
    if (ops->program) tiny_load(&t, ops->program, 1);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        if (!ops->program) tiny_draw(&t, "t64", seed);
        day(&t, ops, context, seed, runs, &tally);
        if (!ops->program) tiny_free(&t);
        if (time(NULL) - said < SAY_SECONDS) continue;
        said = time(NULL);
        printf("%-28s %u of %u seeds\n", what, seed, seeds);
        fflush(stdout);
    }
    report(what, seeds, &tally);
    if ((uint64_t)tally.right * 1000 < (uint64_t)seeds * least)
        fail_msg("%s: only %u of %u right", what, tally.right, seeds);
    if (ops->program) tiny_free(&t);
}
