// SPDX-License-Identifier: Apache-2.0
// EtinyNet graphs from parameters: widths from the file, sizes at will, and files that do not fit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_etinynet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A parameter list under construction; every value is `fill`.
static struct tnpu_params list;

static void put(const char *prefix, const char *suffix, int rank, int d0, int d1, int d2,
                float fill) {
    struct tnpu_param *p = &list.list[list.count++];
    assert_true(list.count <= 512);
    snprintf(p->name, sizeof p->name, "%s%s", prefix, suffix);
    p->rank = rank;
    p->dim[0] = d0;
    p->dim[1] = d1;
    p->dim[2] = p->dim[3] = d2;
    p->count = (size_t)d0 * (rank == 4 ? (size_t)d1 * d2 * d2 : 1);
    p->data = malloc(p->count * sizeof *p->data);
    assert_non_null(p->data);
    for (size_t i = 0; i < p->count; i++) p->data[i] = fill;
}

static void put_bn(const char *prefix, const char *part, int c) {
    char name[64];
    snprintf(name, sizeof name, "%s%s", prefix, part);
    put(name, ".gamma", 1, c, 0, 0, 2);
    put(name, ".beta", 1, c, 0, 0, 0.5f);
    put(name, ".running_mean", 1, c, 0, 0, 3);
    put(name, ".running_var", 1, c, 0, 0, 4);
}

static void put_block(const char *prefix, int in_c, int out_c) {
    put(prefix, ".out1.0.weight", 4, in_c, 1, 3, 1);
    put_bn(prefix, ".out1.1", in_c);
    put(prefix, ".out1.2.weight", 4, out_c, in_c, 1, 1);
    put_bn(prefix, ".out1.4", out_c);
    put(prefix, ".out2.0.weight", 4, out_c, 1, 3, 1);
    put_bn(prefix, ".out2.2", out_c);
}

/// The structure of etinynet-tiny at widths of `w` times 4, 8 and 12.
static void put_tiny(int w) {
    list = (struct tnpu_params){.list = calloc(512, sizeof *list.list)};
    put("features1.0", ".weight", 4, 4 * w, 3, 3, 1);
    put_bn("features1.2", "", 4 * w);
    put_block("features1.4", 4 * w, 4 * w);
    put_block("features1.5", 4 * w, 4 * w);
    put_block("features1.6", 4 * w, 8 * w);
    put_block("features2.0", 8 * w, 8 * w);
    put_block("features2.1", 8 * w, 8 * w);
    put_block("features3.0", 8 * w, 12 * w);
    put("output.0", ".weight", 4, 7, 12 * w, 1, 1);
    put("output.0", ".bias", 1, 7, 0, 0, 1);
}

static const struct tnpu_node *node(const struct tnpu_graph *g, const char *name) {
    for (int i = 0; i < g->node_count; i++)
        if (strcmp(g->nodes[i].name, name) == 0) return &g->nodes[i];
    return NULL;
}

static void widths_come_from_the_file(void **state) {
    (void)state;
    for (int w = 1; w <= 3; w++) {
        struct tnpu_graph g;
        struct tnpu_error e = {""};
        put_tiny(w);
        if (tnpu_etinynet_build(&g, "etinynet-tiny", 56, 56, &list, "f", &e))
            fail_msg("%s", e.text);
        assert_int_equal(g.tensors[g.output].c, 7);
        const struct tnpu_node *pw = node(&g, "features3.0.out1.2");
        assert_non_null(pw);
        const struct tnpu_tensor *t = &g.tensors[pw->output];
        assert_int_equal(t->c, 12 * w);
        assert_int_equal(t->h, 4);
        // Block input and out1 are added where shapes allow; out1 to out2 always (features2 and 3).
        assert_non_null(node(&g, "features2.1.out1.add"));
        assert_non_null(node(&g, "features2.1.out2.add"));
        assert_null(node(&g, "features3.0.out1.add"));
        assert_non_null(node(&g, "features3.0.out2.add"));
        assert_null(node(&g, "features1.5.out2.add"));
        // gamma 2, beta 0.5, mean 3, variance 4: x - 2.5
        const struct tnpu_node *bn = node(&g, "features1.2");
        assert_true(fabsf(bn->scale[0] - 1) < 1e-5f && fabsf(bn->offset[0] + 2.5f) < 1e-4f);
        tnpu_graph_free(&g);
        tnpu_params_free(&list);
    }
}

static void any_input_size(void **state) {
    (void)state;
    static const int sizes[][2] = {{32, 32}, {56, 56}, {64, 96}, {33, 57}, {3, 3}, {2, 64}};
    struct tnpu_graph g;
    struct tnpu_error e = {""};
    put_tiny(1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int rc = tnpu_etinynet_build(&g, "etinynet-tiny", sizes[i][0], sizes[i][1], &list, "f", &e);
        assert_int_equal(rc, sizes[i][0] < 3 ? -1 : 0);
        tnpu_graph_free(&g);
    }
    assert_non_null(strstr(e.text, "larger input size"));
    assert_int_equal(tnpu_etinynet_build(&g, "etinynet-tiny", 0, 56, &list, "f", &e), -1);
    assert_int_equal(tnpu_etinynet_build(&g, "etinynet-tiny", 99999, 56, &list, "f", &e), -1);
    assert_int_equal(tnpu_etinynet_input_size("etinynet-tiny"), 56);
    assert_int_equal(tnpu_etinynet_input_size("resnet"), -1);
    tnpu_params_free(&list);
}

static void expect_refusal(const char *arch, const char *says) {
    struct tnpu_graph g;
    struct tnpu_error e = {""};
    assert_int_equal(tnpu_etinynet_build(&g, arch, 56, 56, &list, "f.params", &e), -1);
    assert_int_equal(g.node_count, 0);
    if (!strstr(e.text, says) || strncmp(e.text, "f.params: ", 10) != 0)
        fail_msg("\"%s\" does not say \"%s\"", e.text, says);
}

static void refuses_files_that_do_not_fit(void **state) {
    (void)state;
    put_tiny(1);
    expect_refusal("resnet", "unknown --arch resnet");
    expect_refusal("etinynet-1.0", "no parameter features1.7.out1.0.weight");
    for (int i = 0; i < list.count; i++) { // each parameter in turn missing, then of a wrong size
        char kept = list.list[i].name[0];
        list.list[i].name[0] = '!';
        expect_refusal("etinynet-tiny", "no parameter");
        list.list[i].name[0] = kept;
        struct tnpu_param *p = &list.list[i];
        p->dim[0]++;
        p->dim[1]++;
        p->count++;
        expect_refusal("etinynet-tiny", "parameter ");
        p->dim[0]--;
        p->dim[1]--;
        p->count--;
    }
    // A negative variance makes the normalisation infinite or not a number.
    for (int i = 0; i < list.count; i++)
        if (strstr(list.list[i].name, "features2.0.out1.1.running_var")) list.list[i].data[0] = -1;
    expect_refusal("etinynet-tiny", "features2.0.out1.1: channel 0's batch normalisation");
    tnpu_params_free(&list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_come_from_the_file),
        cmocka_unit_test(any_input_size),
        cmocka_unit_test(refuses_files_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
