// SPDX-License-Identifier: Apache-2.0
// Bad days by seed, on the C model: every run ends with the right bytes or with a named error, and
// after an error a reset and a run succeed. `driver_faults SEEDS` runs as many as asked.
#include "tiny.h"
#include "tnpu_link_faulty.h"
#include "tnpu_link_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned seeds = 2000;
enum { TIMEOUT_US = 200000 };

static void reset_model(void *chip) {
    tnpu_model_reset(chip);
}

struct tally {
    unsigned right, resets;
    unsigned status[32]; ///< by minus status
};

/// One bad day on a fresh chip, then a good one after a reset.
static void day(struct tiny *t, struct tnpu_model *model, struct tnpu_faulty *f,
                struct tally *tally) {
    struct tnpu_model_link model_link;
    struct tnpu_transport good, bad;
    struct tnpu npu;
    tnpu_model_link_init(&model_link, model, &good);
    good.max_bytes = 256; // as a link with a small buffer
    f->inner = &good;
    f->reset_chip = reset_model;
    f->chip = model;
    tnpu_faulty_init(f, &bad);
    int rc = tiny_session(t, &npu, &bad, f->seed, 3, TIMEOUT_US);
    if (rc == 0) {
        tally->right++;
        return;
    }
    assert_in_range(-rc, 1, 19);
    tally->status[-rc]++;
    assert_true(rc != TNPU_ERR_ARGUMENT && rc != TNPU_ERR_CONFIG && rc != TNPU_ERR_RANGE);
    f->drop = f->cut = f->flip = f->delay = f->irq = f->reset = 0;
    if (npu.phase == TNPU_PHASE_CLOSED) {
        assert_int_equal(tiny_session(t, &npu, &bad, f->seed, 3, TIMEOUT_US), TNPU_OK);
        return;
    }
    tally->resets++;
    uint8_t result[TINY_RESULT_MAX];
    assert_int_equal(tnpu_reset(&npu), TNPU_OK);
    if (!npu.loaded) assert_int_equal(tnpu_load(&npu), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t->input, t->input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_OK);
    assert_int_equal(tnpu_result(&npu, result, sizeof result), TNPU_OK);
    assert_memory_equal(result, t->result, t->result_size);
}

/// `least`: thousandths of the runs that must end with the right bytes.
static void campaign(const char *what, struct tnpu_faulty rates, unsigned least) {
    struct tiny t;
    struct tnpu_model model;
    struct tally tally = {0};
    tiny_make(&t, "t64", 1);
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        struct tnpu_faulty f = rates;
        f.seed = seed;
        tiny_input(&t, seed);
        day(&t, &model, &f, &tally);
    }
    printf("%-28s %u seeds: right %u, reset and right %u;", what, seeds, tally.right, tally.resets);
    for (int i = 1; i < 32; i++)
        if (tally.status[i]) printf(" %u x \"%s\"", tally.status[i], tnpu_status_text(-i));
    putchar('\n');
    if ((uint64_t)tally.right * 1000 < (uint64_t)seeds * least)
        fail_msg("%s: only %u of %u right", what, tally.right, seeds);
    tnpu_model_free(&model);
    tiny_free(&t);
}

static void flips(void **state) {
    (void)state;
    campaign("bit errors 1e-6", (struct tnpu_faulty){.flip = 1}, 990);
    campaign("bit errors 1e-5", (struct tnpu_faulty){.flip = 10}, 990);
    campaign("bit errors 1e-4", (struct tnpu_faulty){.flip = 100}, 900);
    campaign("bit errors 1e-3", (struct tnpu_faulty){.flip = 1000}, 0);
}

static void drops_and_cuts(void **state) {
    (void)state;
    campaign("1 % lost", (struct tnpu_faulty){.drop = 10000}, 990);
    campaign("1 % cut", (struct tnpu_faulty){.cut = 10000}, 990);
    campaign("10 % lost, 10 % cut", (struct tnpu_faulty){.drop = 100000, .cut = 100000}, 0);
}

static void interrupts(void **state) {
    (void)state;
    campaign("half of the interrupts wrong", (struct tnpu_faulty){.irq = 500000}, 1000);
    campaign("10 % late", (struct tnpu_faulty){.delay = 100000}, 900);
}

static void resets(void **state) {
    (void)state;
    campaign("0.5 % resets", (struct tnpu_faulty){.reset = 5000}, 100);
    campaign(
        "all at once",
        (struct tnpu_faulty){
            .reset = 1000, .drop = 5000, .cut = 5000, .flip = 10, .irq = 100000, .delay = 5000},
        500);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips),
        cmocka_unit_test(drops_and_cuts),
        cmocka_unit_test(interrupts),
        cmocka_unit_test(resets),
    };
    if (argc > 1) seeds = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
