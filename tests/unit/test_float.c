// SPDX-License-Identifier: Apache-2.0
// The float executor: every operator against sums written out, and EtinyNet's logits against an
// independent NumPy run (scripts/golden_float.py) where the published parameters are there.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_etinynet.h"
#include "tnpu_file.h"
#include "tnpu_float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLISHED TNPU_SOURCE_DIR "/../shared/data/etinynet/etinynet_1.0_imagenet.params"
#define GOLDEN TNPU_SOURCE_DIR "/tests/vectors/etinynet_float.csv"

static float *copy(const float *v, size_t n) {
    float *p = malloc(n * sizeof *p);
    assert_non_null(p);
    memcpy(p, v, n * sizeof *p);
    return p;
}

static void add(struct tnpu_graph *g, struct tnpu_node n, const char *name, int out_c) {
    struct tnpu_error e = {""};
    snprintf(n.name, sizeof n.name, "%s", name);
    n.input = g->output;
    if (tnpu_graph_add(g, &n, out_c, &e) < 0) fail_msg("%s", e.text);
}

/// Runs the graph on `q` and compares the output.
static void expect(const struct tnpu_graph *g, const int8_t *q, const float *want, size_t n) {
    struct tnpu_error e;
    struct tnpu_float_plan *plan = tnpu_float_plan_new(g, &e);
    struct tnpu_float_run *run = tnpu_float_run_new(plan, &e);
    assert_non_null(run);
    assert_int_equal(tnpu_tensor_size(&g->tensors[g->output]), n);
    tnpu_float_run_picture(run, q);
    for (size_t i = 0; i < n; i++)
        assert_true(fabsf(tnpu_float_tensor(run, g->output)[i] - want[i]) < 1e-5f);
    tnpu_float_run_free(run);
    tnpu_float_plan_free(plan);
}

static void small_convolutions(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_error e;
    const int8_t q[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    // 3x3 map, 1 channel, mean 128 and scale 1: values are q. Dense 2x2, dilation 2, no padding:
    // corners.
    assert_int_equal(tnpu_graph_init(&g, "t", 3, 3, 1, 128, 1, &e), 0);
    add(&g,
        (struct tnpu_node){.op = TNPU_GOP_CONV,
                           .window = {2, 2, 1, 1, 2, 2, 0, 0, 0, 0},
                           .weights = copy((const float[]){1, 10, 100, 1000, 1, 1, 1, 1}, 8),
                           .bias = copy((const float[]){0.5f, 0}, 2)},
        "conv", 2);
    expect(&g, q, (const float[]){1 + 30 + 700 + 9000 + 0.5f, 20}, 2);
    tnpu_graph_free(&g);
    // Depthwise 3x3 stride 2 padding 1 of ones: sums at the four corners; then ReLU and affine.
    assert_int_equal(tnpu_graph_init(&g, "t", 3, 3, 1, 133, 0.5f, &e), 0); // values (q - 5) / 2
    add(&g,
        (struct tnpu_node){.op = TNPU_GOP_DWCONV,
                           .window = {3, 3, 2, 2, 1, 1, 1, 1, 1, 1},
                           .weights = copy((const float[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 9)},
        "dw", 0);
    expect(&g, q, (const float[]){-4, -2, 2, 4}, 4);
    add(&g, (struct tnpu_node){.op = TNPU_GOP_RELU}, "relu", 0);
    add(&g,
        (struct tnpu_node){.op = TNPU_GOP_AFFINE,
                           .scale = copy((const float[]){-2}, 1),
                           .offset = copy((const float[]){1}, 1)},
        "bn", 0);
    expect(&g, q, (const float[]){1, 1, -3, -7}, 4);
    tnpu_graph_free(&g);
}

static void pooling_and_add(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_error e;
    const int8_t q[] = {-1, 2, -3, 4, -5, 6, -7, 8, -9};
    assert_int_equal(tnpu_graph_init(&g, "t", 3, 3, 1, 128, 1, &e), 0);
    add(&g, (struct tnpu_node){.op = TNPU_GOP_MAXPOOL, .window = {2, 2, 2, 2, 1, 1, 1, 1, 0, 0}},
        "max", 0);
    expect(&g, q, (const float[]){-1, 2, 4, 8}, 4); // padding is no tap
    add(&g, (struct tnpu_node){.op = TNPU_GOP_AVGPOOL, .window = {2, 2, 1, 1, 1, 1, 0, 0, 1, 1}},
        "avg", 0);
    expect(&g, q, (const float[]){3.25f, 5, 6, 8}, 4);
    add(&g, (struct tnpu_node){.op = TNPU_GOP_ADD, .input2 = 1}, "add", 0);
    expect(&g, q, (const float[]){2.25f, 7, 10, 16}, 4);
    tnpu_graph_free(&g);
}

static void refuses_bad_nodes(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_error e;
    assert_int_equal(tnpu_graph_init(&g, "t", 0, 3, 1, 128, 1, &e), -1);
    tnpu_graph_free(&g);
    assert_int_equal(tnpu_graph_init(&g, "t", 3, 3, 2, 128, 1, &e), 0);
    const struct tnpu_node bad[] = {
        {.op = TNPU_GOP_MAXPOOL, .window = {4, 4, 1, 1, 1, 1, 0, 0, 0, 0}},
        {.op = TNPU_GOP_MAXPOOL, .window = {2, 2, 0, 1, 1, 1, 0, 0, 0, 0}},
        {.op = TNPU_GOP_MAXPOOL, .window = {2, 2, 1, 1, 1, 1, 2, 0, 0, 0}},
        {.op = TNPU_GOP_CONV, .window = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0}},
        {.op = TNPU_GOP_RELU, .input = 7},
        {.op = TNPU_GOP_ADD, .input2 = 1},
        {.op = TNPU_GOP_AFFINE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(tnpu_graph_add(&g, &bad[i], 1, &e), -1);
    assert_int_equal(g.node_count, 0);
    tnpu_graph_free(&g);
}

/// The picture that scripts/golden_float.py draws.
static void draw(int number, int8_t *q) {
    for (int y = 0; y < 224; y++)
        for (int x = 0; x < 224; x++)
            for (int c = 0; c < 3; c++) {
                int wave = (x * (number + 1) + y * (2 * c + 1)) % 256;
                int dx = x - 20 * number, dy = y - 112;
                int blob = (dx * dx + dy * dy) / 16 % 256;
                *q++ = (int8_t)(((x + y + 40 * c) % 96 < 48 ? wave : blob) - 128);
            }
}

static void etinynet_equals_numpy(void **state) {
    (void)state;
    struct tnpu_params p;
    struct tnpu_graph g;
    struct tnpu_error e = {""};
    uint8_t *bytes;
    size_t size;
    if (tnpu_file_read(PUBLISHED, TNPU_PARAMS_FILE_MAX, &bytes, &size, &e)) {
        print_message("skipped: %s\n", e.text);
        skip();
    }
    assert_int_equal(tnpu_params_parse(&p, PUBLISHED, bytes, size, &e), 0);
    free(bytes);
    assert_int_equal(tnpu_etinynet_build(&g, "etinynet-1.0", 224, 224, &p, PUBLISHED, &e), 0);
    struct tnpu_float_plan *plan = tnpu_float_plan_new(&g, &e);
    struct tnpu_float_run *run = tnpu_float_run_new(plan, &e);
    int8_t *q = malloc(224 * 224 * 3);
    FILE *f = fopen(GOLDEN, "r");
    assert_true(run && q && f);
    char line[2048];
    double worst = 0;
    int pictures = 0;
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#') continue;
        draw(pictures++, q);
        tnpu_float_run_picture(run, q);
        const float *logits = tnpu_float_tensor(run, g.output);
        char *at = line;
        for (int k = 0; k < 1000; k += 8, at++)
            worst = fmax(worst, fabs(strtod(at, &at) - logits[k]));
    }
    fclose(f);
    print_message("%d pictures, largest difference %.2g\n", pictures, worst);
    assert_int_equal(pictures, 10);
    assert_true(worst < 1e-3);
    free(q);
    tnpu_float_run_free(run);
    tnpu_float_plan_free(plan);
    tnpu_graph_free(&g);
    tnpu_params_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_convolutions),
        cmocka_unit_test(pooling_and_add),
        cmocka_unit_test(refuses_bad_nodes),
        cmocka_unit_test(etinynet_equals_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
