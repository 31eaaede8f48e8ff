// SPDX-License-Identifier: Apache-2.0
// Bad days by seed, on the C model: every run ends with the right bytes or with a named error, and
// after an error a reset and a run succeed. `driver_faults SEEDS` runs as many as asked.
#include "campaign.h"
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

struct bench {
    struct tnpu_faulty rates, faulty;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_transport good, bad;
};

static void reset_model(void *chip) {
    tnpu_model_reset(chip);
}

static const struct tnpu_transport *open_bench(void *context, unsigned seed) {
    struct bench *b = context;
    assert_int_equal(tnpu_model_init(&b->model, tnpu_config_find("t64")), 0);
    tnpu_model_link_init(&b->model_link, &b->model, &b->good);
    b->good.max_bytes = 256; // as a link with a small buffer
    b->faulty = b->rates;
    b->faulty.seed = seed;
    b->faulty.inner = &b->good;
    b->faulty.reset_chip = reset_model;
    b->faulty.chip = &b->model;
    tnpu_faulty_init(&b->faulty, &b->bad);
    return &b->bad;
}

static void heal(void *context) {
    struct tnpu_faulty *f = &((struct bench *)context)->faulty;
    f->drop = f->cut = f->flip = f->delay = f->irq = f->reset = 0;
}

static void close_bench(void *context) {
    struct bench *b = context;
    tnpu_model_free(&b->model);
}

static void days(const char *what, struct tnpu_faulty rates, unsigned least) {
    static const struct campaign_ops ops = {open_bench, heal, close_bench, NULL};
    struct bench b = {.rates = rates};
    campaign(what, seeds, least, 3, &ops, &b);
}

static void flips(void **state) {
    (void)state;
    days("bit errors 1e-6", (struct tnpu_faulty){.flip = 1}, 990);
    days("bit errors 1e-5", (struct tnpu_faulty){.flip = 10}, 990);
    days("bit errors 1e-4", (struct tnpu_faulty){.flip = 100}, 900);
    days("bit errors 1e-3", (struct tnpu_faulty){.flip = 1000}, 0);
}

static void drops_and_cuts(void **state) {
    (void)state;
    days("1 % lost", (struct tnpu_faulty){.drop = 10000}, 990);
    days("1 % cut", (struct tnpu_faulty){.cut = 10000}, 990);
    days("10 % lost, 10 % cut", (struct tnpu_faulty){.drop = 100000, .cut = 100000}, 0);
}

static void interrupts(void **state) {
    (void)state;
    days("half of the interrupts wrong", (struct tnpu_faulty){.irq = 500000}, 1000);
    days("10 % late", (struct tnpu_faulty){.delay = 100000}, 900);
}

static void resets(void **state) {
    (void)state;
    days("0.5 % resets", (struct tnpu_faulty){.reset = 5000}, 100);
    days("all at once",
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
