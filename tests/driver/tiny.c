// SPDX-License-Identifier: Apache-2.0
// Three layers on a picture of 8 x 8: a convolution, a depthwise one with a residual, a pointwise
// one.
#include "tiny.h"

#include "graph_random.h"
#include "tnpu_file.h"
#include "tnpu_link_model.h"
#include "tnpu_lower.h"
#include "tnpu_qexec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/// Reads what a program's file says of the network.
static void parse(struct tiny *t) {
    assert_int_equal(tnpu_net_parse(&t->net, t->bytes, t->size), TNPU_OK);
    t->input_size = tnpu_net_size(&t->net.input);
    t->result_size = tnpu_net_size(&t->net.output);
    assert_true(t->input_size <= sizeof t->input && t->result_size <= sizeof t->result);
}

void tiny_compile(struct tiny *t, const char *config) {
    tiny_compile_for(t, tnpu_config_find(config));
}

void tiny_compile_for(struct tiny *t, const struct tnpu_config *config) {
    struct tnpu_program p;
    struct tnpu_error e = {""};
    t->right = tnpu_qexec_new(&t->graph, &e);
    if (!t->right || tnpu_lower(&p, &t->graph, config, &e) ||
        tnpu_program_bytes(&p, &t->bytes, &t->size, &e))
        fail_msg("%s", e.text);
    tnpu_program_free(&p);
    parse(t);
}

void tiny_make(struct tiny *t, const char *config, uint64_t seed) {
    const struct graph_case middle = {"dw", TNPU_QOP_DWCONV, 8, 8, 16, 0, 3, 3, 1, 1, 1,
                                      1,    RESIDUAL_INPUT};
    graph_make(&t->graph, &middle, seed);
    tiny_compile(t, config);
    tiny_input(t, seed);
}

void tiny_draw(struct tiny *t, const char *config, uint64_t seed) {
    uint64_t r = seed * UINT64_C(0x9E3779B97F4A7C15);
    struct graph_case middle = {.what = "drawn", .stride = 1, .dilation = 1, .pool = 1};
    middle.op = graph_random(&r) & 1 ? TNPU_QOP_CONV : TNPU_QOP_DWCONV;
    middle.h = graph_random_in(&r, 3, 10);
    middle.w = graph_random_in(&r, 3, 10);
    middle.c = middle.out_c = graph_random_in(&r, 1, 16); // at most 4 KB
    middle.pad = graph_random_in(&r, middle.op == TNPU_QOP_DWCONV, 1);
    middle.kernel_h = middle.kernel_w = 2 * middle.pad + 1;
    if (graph_random(&r) & 1) middle.residual = RESIDUAL_INPUT;
    graph_make(&t->graph, &middle, seed);
    tiny_compile(t, config);
    tiny_input(t, seed);
}

void tiny_load(struct tiny *t, const char *file, uint64_t seed) {
    struct tnpu_error e = {""};
    *t = (struct tiny){.right = NULL};
    if (tnpu_file_read(file, 1 << 24, &t->bytes, &t->size, &e)) fail_msg("%s", e.text);
    parse(t);
    tiny_input(t, seed);
}

/// The result by the C model.
static void ask_model(struct tiny *t) {
    struct tnpu_model model;
    struct tnpu_model_link l;
    struct tnpu_transport link;
    struct tnpu npu;
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find(t->net.config)), 0);
    tnpu_model_link_init(&l, &model, &link);
    assert_int_equal(tnpu_open(&npu, &link, &t->net), TNPU_OK);
    assert_int_equal(tnpu_load(&npu), TNPU_OK);
    assert_int_equal(tnpu_submit(&npu, t->input, t->input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&npu, 1000000), TNPU_OK);
    assert_int_equal(tnpu_result(&npu, t->result, sizeof t->result), TNPU_OK);
    tnpu_model_free(&model);
}

void tiny_input(struct tiny *t, uint64_t seed) {
    seed = seed * 2 + 1; // the generator's state must not be 0
    for (size_t i = 0; i < t->input_size; i++) t->input[i] = (uint8_t)graph_random(&seed);
    if (!t->right) {
        ask_model(t);
        return;
    }
    tnpu_qexec_run(t->right, (const int8_t *)t->input);
    memcpy(t->result, tnpu_qexec_tensor(t->right, t->graph.output), t->result_size);
}

int tiny_session(struct tiny *t, struct tnpu *npu, const struct tnpu_transport *link, unsigned seed,
                 unsigned runs, uint32_t timeout_us) {
    uint8_t result[TINY_RESULT_MAX];
    int rc = tnpu_open(npu, link, &t->net);
    if (!rc) rc = tnpu_load(npu);
    for (unsigned i = 0; !rc && i < runs; i++) {
        tiny_input(t, (uint64_t)seed * runs + i);
        rc = tnpu_submit(npu, t->input, t->input_size);
        if (!rc) rc = tnpu_wait(npu, timeout_us);
        if (!rc) rc = tnpu_result(npu, result, sizeof result);
        if (!rc && memcmp(result, t->result, t->result_size))
            fail_msg("seed %u: wrong bytes", seed);
    }
    return rc;
}

void tiny_free(struct tiny *t) {
    tnpu_qexec_free(t->right);
    tnpu_qgraph_free(&t->graph);
    free(t->bytes);
}
