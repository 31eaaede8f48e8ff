// SPDX-License-Identifier: Apache-2.0
// Channels that need not be computed: the output's bytes are those of the whole graph, and the
// channels that can go are gone.
#include "graph_random.h"
#include "tnpu_qexec.h"
#include "tnpu_qprune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CHANNELS 24

static struct graph_case kernel(enum tnpu_qop op, int size, int stride, int out_c) {
    return (struct graph_case){.op = op,
                               .out_c = out_c,
                               .kernel_h = size,
                               .kernel_w = size,
                               .stride = stride,
                               .dilation = 1,
                               .pad = size / 2,
                               .pool = 1};
}

/// Channels c for which c % every == 0 have no weights; with `at_zero`, their byte is the zero
/// point.
static void silence(struct tnpu_qlayer *l, int channels, int64_t each, int every, bool at_zero) {
    for (int c = 0; c < channels; c += every) {
        memset(l->weights + c * each, 0, (size_t)each);
        if (at_zero) l->bias[c] = l->post_bias[c] = 0;
    }
}

/// 3x3, depthwise, pointwise, depthwise with a residual, average, pointwise; the last layer is the
/// graph's output.
static void make(struct tnpu_qgraph *g, uint64_t seed) {
    const struct graph_case chain[] = {
        kernel(TNPU_QOP_CONV, 3, 1, CHANNELS),     kernel(TNPU_QOP_DWCONV, 3, 2, 0),
        kernel(TNPU_QOP_CONV, 1, 1, CHANNELS),     kernel(TNPU_QOP_DWCONV, 3, 1, 0),
        kernel(TNPU_QOP_CONV, 3, 1, CHANNELS),     kernel(TNPU_QOP_AVGPOOL, 3, 1, 0),
        kernel(TNPU_QOP_CONV, 1, 1, CHANNELS / 2),
    };
    *g = (struct tnpu_qgraph){.arch = "test"};
    g->tensors = calloc(16, sizeof *g->tensors);
    g->layers = calloc(16, sizeof *g->layers);
    int at = g->input = graph_tensor(g, &seed, 9, 8, 3);
    for (size_t i = 0; i < sizeof chain / sizeof *chain; i++)
        at = graph_layer(g, &seed, &chain[i], at, i == 3 ? at : -1);
}

static int channels_of(const struct tnpu_qgraph *g) {
    int n = 0;
    for (int t = 0; t < g->tensor_count; t++) n += g->tensors[t].c;
    return n;
}

/// Removes what can be removed and compares the output of some inputs. Returns the number of
/// removed channels.
static int prune(struct tnpu_qgraph *g, uint64_t seed) {
    struct tnpu_error e;
    if (tnpu_qgraph_check(g, &e)) fail_msg("%s", e.text);
    const struct tnpu_qtensor *in = &g->tensors[g->input], *out = &g->tensors[g->output];
    size_t in_size = (size_t)in->h * (size_t)in->w * (size_t)in->c,
           size = (size_t)out->h * (size_t)out->w * (size_t)out->c;
    enum { INPUTS = 4 };
    int8_t *q = malloc(INPUTS * in_size), *want = malloc(INPUTS * size);
    for (size_t i = 0; i < INPUTS * in_size; i++) q[i] = (int8_t)graph_random(&seed);
    struct tnpu_qexec *x = tnpu_qexec_new(g, &e);
    assert_non_null(x);
    for (size_t i = 0; i < INPUTS; i++) {
        tnpu_qexec_run(x, q + i * in_size);
        memcpy(want + i * size, tnpu_qexec_tensor(x, g->output), size);
    }
    tnpu_qexec_free(x);
    int before = channels_of(g);
    assert_int_equal(tnpu_qprune(g, &e), 0);
    if (tnpu_qgraph_check(g, &e)) fail_msg("afterwards: %s", e.text);
    x = tnpu_qexec_new(g, &e);
    assert_non_null(x);
    for (size_t i = 0; i < INPUTS; i++) {
        tnpu_qexec_run(x, q + i * in_size);
        assert_memory_equal(want + i * size, tnpu_qexec_tensor(x, g->output), size);
    }
    tnpu_qexec_free(x);
    free(q);
    free(want);
    return before - channels_of(g);
}

/// Whatever is silent, the output is the same.
static void test_same_output(void **state) {
    (void)state;
    int removed = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct tnpu_qgraph g;
        make(&g, seed * 7919);
        uint64_t draw = seed;
        for (int i = 0; seed > 1 && i < g.layer_count; i++) {
            struct tnpu_qlayer *l = &g.layers[i];
            if (!tnpu_qlayer_is_conv(l) || graph_random(&draw) % 4 == 0) continue;
            int c = g.tensors[l->output].c;
            silence(l, c, tnpu_qlayer_weight_count(&g, l) / c, graph_random_in(&draw, 1, 5),
                    graph_random(&draw) & 1);
            if (graph_random(&draw) & 1) l->act_min = l->out_zp; // a ReLU
        }
        removed += prune(&g, seed);
        tnpu_qgraph_free(&g);
    }
    assert_true(removed > 1000);
}

struct chain {
    struct tnpu_qgraph g;
    uint64_t seed;
};

/// Input, 3x3 to CHANNELS, depthwise 3x3, pointwise to 4: what may be removed between the first and
/// the last.
static void begin(struct chain *c) {
    const struct graph_case layers[] = {kernel(TNPU_QOP_CONV, 3, 1, CHANNELS),
                                        kernel(TNPU_QOP_DWCONV, 3, 1, 0),
                                        kernel(TNPU_QOP_CONV, 1, 1, 4)};
    c->seed = 77;
    c->g = (struct tnpu_qgraph){.arch = "test"};
    c->g.tensors = calloc(8, sizeof *c->g.tensors);
    c->g.layers = calloc(8, sizeof *c->g.layers);
    int at = c->g.input = graph_tensor(&c->g, &c->seed, 6, 6, 3);
    for (size_t i = 0; i < 3; i++) at = graph_layer(&c->g, &c->seed, &layers[i], at, -1);
}

static void end(struct chain *c, int tensor, int kept) {
    prune(&c->g, 5);
    assert_int_equal(c->g.tensors[tensor].c, kept);
    tnpu_qgraph_free(&c->g);
}

/// A depthwise channel without weights takes the channel in front of it along.
static void test_constant_behind(void **state) {
    (void)state;
    struct chain c;
    for (int t = 1; t <= 2; t++) {
        begin(&c);
        silence(&c.g.layers[1], CHANNELS, 9, 3, false);
        end(&c, t, CHANNELS - CHANNELS / 3);
    }
}

/// A constant in front of a padded depthwise layer varies at the edges, unless it is what padding
/// reads.
static void test_padding(void **state) {
    (void)state;
    struct chain c;
    begin(&c);
    silence(&c.g.layers[0], CHANNELS, 27, 2, true);
    end(&c, 2, CHANNELS / 2);
    begin(&c);
    struct tnpu_qlayer *constant = &c.g.layers[0], *dw = &c.g.layers[1];
    for (int i = 0; i < CHANNELS;
         i += 2) { // one end of the clamp, and a sum of it that stays inside the next
        constant->bias[i] = dw->out_zp > 0 ? -(1 << 24) : 1 << 24;
        constant->mult[i] = dw->mult[i] = 1 << 30;
        constant->shift[i] = -8;
        dw->bias[i] = dw->post_bias[i] = 0;
        dw->shift[i] = -10;
        memset(dw->weights + (size_t)i * 9, 127, 9);
    }
    dw->relu_first = false;
    dw->act_min = INT8_MIN;
    dw->act_max = INT8_MAX;
    end(&c, 2, CHANNELS);
}

/// Channels that no weight reads are dead, whatever they are.
static void test_unread(void **state) {
    (void)state;
    struct chain c;
    for (int t = 1; t <= 2; t++) {
        begin(&c);
        for (int i = 0; i < 4 * CHANNELS; i += 4) c.g.layers[2].weights[i] = 0;
        end(&c, t, CHANNELS - CHANNELS / 4);
    }
}

/// Weights that never leave the clamp make a constant too.
static void test_saturated(void **state) {
    (void)state;
    struct chain c;
    begin(&c);
    for (int i = 0; i < CHANNELS; i += 4) {
        c.g.layers[1].bias[i] = 1 << 24;
        c.g.layers[1].shift[i] = -8;
    }
    end(&c, 1, CHANNELS - CHANNELS / 4);
}

/// The network's ends keep their shape, whatever they hold.
static void test_ends(void **state) {
    (void)state;
    struct chain c;
    begin(&c);
    silence(&c.g.layers[2], 4, CHANNELS, 1, false);
    prune(&c.g, 9);
    assert_int_equal(c.g.tensors[c.g.input].c, 3);
    assert_int_equal(c.g.tensors[c.g.output].c, 4);
    assert_int_equal(c.g.tensors[2].c, 1); // nothing of it is needed, but a tensor has a channel
    tnpu_qgraph_free(&c.g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_output), cmocka_unit_test(test_constant_behind),
        cmocka_unit_test(test_padding),     cmocka_unit_test(test_unread),
        cmocka_unit_test(test_saturated),   cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
