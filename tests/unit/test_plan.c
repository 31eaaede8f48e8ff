// SPDX-License-Identifier: Apache-2.0
// The memory planner: placements do not overlap, are as small as can be, and honour pitches and
// lifetimes.
#include "graph_random.h"
#include "tnpu_arena.h"
#include "tnpu_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_spans(const struct tnpu_span *s, int n, int64_t top) {
    int64_t highest = 0;
    for (int i = 0; i < n; i++) {
        int64_t end = (int64_t)s[i].base + s[i].bytes;
        assert_int_equal(s[i].base % TNPU_ARENA_ALIGN, 0);
        highest = end > highest ? end : highest;
        for (int j = 0; j < i; j++) {
            bool together = s[i].first <= s[j].last && s[j].first <= s[i].last;
            bool apart = end <= s[j].base || (int64_t)s[j].base + s[j].bytes <= s[i].base;
            assert_true(!together || apart);
        }
    }
    assert_int_equal(highest, top);
}

static void test_random_spans(void **state) {
    (void)state;
    uint64_t seed = 31415;
    for (int round = 0; round < 2000; round++) {
        struct tnpu_span s[24], again[24];
        int n = graph_random_in(&seed, 1, 24);
        for (int i = 0; i < n; i++) {
            int first = graph_random_in(&seed, 0, 20);
            s[i] = (struct tnpu_span){(uint32_t)graph_random_in(&seed, 1, 5000), first,
                                      first + graph_random_in(&seed, 0, 8), 0};
            again[i] = s[i];
        }
        int step = -1;
        int64_t top = tnpu_arena_place(s, n), bound = tnpu_arena_bound(s, n, &step);
        check_spans(s, n, top);
        assert_true(bound >= 1 && bound <= top && step >= 0 && step <= 20);
        assert_int_equal(tnpu_arena_place(again, n), top);
        assert_memory_equal(s, again, (size_t)n * sizeof *s);
    }
}

/// A chain, in which each buffer meets only its neighbours, is placed within the bound.
static void test_chain(void **state) {
    (void)state;
    uint64_t seed = 2718;
    for (int round = 0; round < 200; round++) {
        struct tnpu_span s[30];
        for (int i = 0; i < 30; i++)
            s[i] = (struct tnpu_span){16u * (uint32_t)graph_random_in(&seed, 1, 400), i, i + 1, 0};
        int64_t top = tnpu_arena_place(s, 30);
        check_spans(s, 30, top);
        assert_int_equal(top, tnpu_arena_bound(s, 30, NULL));
    }
}

/// The input's row pitch is dense, others are padded to 16 channels; odd where two rows are read at
/// once.
static void test_pitch(void **state) {
    (void)state;
    static const struct {
        int lanes_of; // index into tnpu_configs
        int w, c, stride;
        uint32_t row, pix;
    } rows[] = {{2, 8, 20, 2, 8 * 32 + 16, 32}, {2, 7, 16, 2, 7 * 16, 16},
                {2, 8, 20, 1, 8 * 32, 32},      {0, 8, 16, 2, 8 * 16 + 16, 16},
                {3, 8, 32, 2, 8 * 32, 32},      {1, 6, 48, 2, 18 * 16 + 16, 48}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct graph_case k = {
            "", TNPU_QOP_DWCONV, 6, rows[i].w, rows[i].c, 0, 3, 3, rows[i].stride, 1, 1,
            1,  RESIDUAL_NONE};
        struct tnpu_qgraph g;
        struct tnpu_plan p;
        graph_make(&g, &k, 11);
        assert_int_equal(
            tnpu_plan_make(&p, &g, g.layer_count, NULL, &tnpu_configs[rows[i].lanes_of], NULL), 0);
        assert_int_equal(p.place[g.input].pix, 3);
        assert_int_equal(p.place[g.input].row, 3 * rows[i].w);
        assert_int_equal(p.place[1].pix, rows[i].pix);
        assert_int_equal(p.place[1].row, rows[i].row);
        tnpu_plan_free(&p);
        tnpu_qgraph_free(&g);
    }
}

/// What is given up as memory gets smaller: first the reserved input, in the end the network.
static void test_small_memory(void **state) {
    (void)state;
    const struct graph_case k = {"", TNPU_QOP_DWCONV, 16, 16, 16, 0, 3, 3, 2, 1, 1,
                                 1,  RESIDUAL_NONE};
    struct tnpu_qgraph g;
    struct tnpu_plan p;
    struct tnpu_error e;
    graph_make(&g, &k, 12);
    struct tnpu_config c = *tnpu_config_find("t256");
    bool padded = false, even = false, again = false;
    for (c.fmem_bytes = 16384; tnpu_plan_make(&p, &g, g.layer_count, NULL, &c, &e) == 0;
         c.fmem_bytes -= 32) {
        assert_true(p.peak <= (uint32_t)c.fmem_bytes && p.bound <= p.peak);
        bool odd = p.place[1].row == 17 * 16;
        assert_true(odd || p.place[1].row == 256);
        padded = padded || (p.input_reserved && odd);
        even = even || (p.input_reserved && !odd);
        again = again || !p.input_reserved;
        assert_false(p.input_reserved && again); // once given up, it stays so
        tnpu_plan_free(&p);
    }
    assert_true(padded && even && again);
    assert_true(p.peak > (uint32_t)c.fmem_bytes);
    assert_string_equal(g.layers[p.bound_layer].name, "layer1");
    tnpu_plan_free(&p);
    tnpu_qgraph_free(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_spans),
                                       cmocka_unit_test(test_chain), cmocka_unit_test(test_pitch),
                                       cmocka_unit_test(test_small_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
