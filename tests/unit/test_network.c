// SPDX-License-Identifier: Apache-2.0
// Whole networks: every tensor that the C model makes is the reference executor's, byte for byte,
// and so are the scores behind the host layers. The published EtinyNet-1.0 is looked for beside the
// repository.
#include "graph_random.h"
#include "model_compare.h"
#include "tnpu_file.h"
#include "tnpu_frontend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/// Cycles and bytes of both memories that the program may take at most; 0: no limit.
static const struct {
    const char *file, *arch, *config;
    int size;
    uint64_t cycles, bytes;
    bool reserved; ///< the next input must have its place
} rows[] = {
    {"models/default.params", "etinynet-tiny", "t64", 56, 0, 128 << 10, true},
    {"models/default.params", "etinynet-tiny", "t128", 56, 0, 0, true},
    {"models/default.params", "etinynet-tiny", "t256", 56, 0, 0, true},
    {"models/default.params", "etinynet-tiny", "t512", 56, 0, 0, true},
    {"../shared/data/etinynet/etinynet_1.0_imagenet.params", "etinynet-1.0", "t256", 224, 548600,
     900 << 10, true},
    {"../shared/data/etinynet/etinynet_1.0_imagenet.params", "etinynet-1.0", "t512", 224, 279300,
     900 << 10, true},
    {"../shared/data/etinynet/etinynet_1.0_imagenet.params", "etinynet-1.0", "t256", 256, 716000,
     880 << 10, false},
    {"../shared/data/etinynet/etinynet_1.0_imagenet.params", "etinynet-1.0", "t512", 256, 364200,
     880 << 10, false},
    {"../shared/data/etinynet/etinynet_1.0_imagenet.params", "etinynet-1.0", "t256", 97, 0, 0,
     true},
};

/// Blurred noise: enough of a picture to calibrate on, and one that needs no file.
static void draw(int8_t *q, int size, uint64_t *seed) {
    int noise[3] = {0};
    for (int i = 0; i < size * size * 3; i++) {
        int *n = &noise[i % 3];
        *n += graph_random_in(seed, -24, 24);
        *n = *n < -128 ? -128 : *n > 127 ? 127 : *n;
        q[i] = (int8_t)*n;
    }
}

static void quantise(struct tnpu_qgraph *g, const char *path, const char *arch, int size,
                     const int8_t *q, int count) {
    const struct tnpu_frontend_options opt = {.arch = arch, .size = size, .threads = 2};
    struct tnpu_error e;
    uint8_t *bytes;
    size_t n;
    if (tnpu_file_read(path, 1 << 26, &bytes, &n, &e) ||
        tnpu_frontend(g, path, bytes, n, q, count, &opt, &e))
        fail_msg("%s", e.text);
    free(bytes);
}

/// With weight memory enough, no layer is left to the host.
static void check_roomy(const struct tnpu_qgraph *g, const struct tnpu_config *config,
                        const char *what, const int8_t *q) {
    struct tnpu_config roomy = *config;
    struct tnpu_program p;
    roomy.wmem_rows *= 2;
    assert_int_equal(tnpu_lower(&p, g, &roomy, NULL), 0);
    assert_int_equal(p.npu_layers, g->layer_count);
    model_compare(&p, g, what, q);
    tnpu_program_free(&p);
}

static void check_row(size_t i) {
    enum { PICTURES = 2 };
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", TNPU_SOURCE_DIR, rows[i].file);
    FILE *f = fopen(path, "rb");
    if (!f) {
        print_message("skipped, no such file: %s\n", path);
        return;
    }
    fclose(f);
    uint64_t seed = 10 + i;
    size_t size = (size_t)rows[i].size * (size_t)rows[i].size * 3;
    int8_t *q = malloc(PICTURES * size);
    for (int n = 0; n < PICTURES; n++) draw(q + (size_t)n * size, rows[i].size, &seed);
    struct tnpu_qgraph g;
    struct tnpu_program p;
    struct tnpu_error e;
    quantise(&g, path, rows[i].arch, rows[i].size, q, PICTURES);
    if (tnpu_lower(&p, &g, tnpu_config_find(rows[i].config), &e)) fail_msg("%s", e.text);
    uint64_t cycles = model_compare(&p, &g, rows[i].arch, q);
    uint64_t bytes = (uint64_t)p.wmem_rows * (uint64_t)p.config->lanes * TNPU_DOT + p.plan.peak;
    print_message("%s %d on %s: %llu cycles, %llu bytes, %d of %d layers on the NPU\n",
                  rows[i].arch, rows[i].size, rows[i].config, (unsigned long long)cycles,
                  (unsigned long long)bytes, p.npu_layers, g.layer_count);
    assert_true(rows[i].cycles == 0 || cycles <= rows[i].cycles);
    assert_true(rows[i].bytes == 0 || bytes <= rows[i].bytes);
    assert_int_equal(p.plan.input_reserved, rows[i].reserved);
    assert_true(p.npu_layers >= g.layer_count - 1); // at most the classifier is left to the host
    check_roomy(&g, p.config, rows[i].arch, q);
    tnpu_program_free(&p);
    tnpu_qgraph_free(&g);
    free(q);
}

static void test_networks(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) check_row(i);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_networks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
