// SPDX-License-Identifier: Apache-2.0
// Host layers in the middle of a program and behind it, by the driver: the bytes of the reference
// executor, in jobs and streams; and program files with damage in them.
#include "damage.h"
#include "graph_random.h"
#include "tiny.h"
#include "tnpu_link_model.h"
#include "tnpu_lower.h"
#include "tnpu_spec.h"
#include "tnpu_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TIMEOUT_US = 100000, PICTURES = 5, RUN_MOST = 100000 };

struct bench {
    struct tiny t;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_transport link;
    struct tnpu_hostlayers layers;
    uint8_t *memory;
    struct tnpu npu;
};

/// SOFTMAX of a tensor, which is the graph's output then.
static void append_softmax(struct tnpu_qgraph *g, int of, uint64_t seed) {
    const struct tnpu_qtensor in = g->tensors[of];
    struct tnpu_qlayer *l = &g->layers[g->layer_count++];
    *l = tnpu_qlayer_plain(TNPU_QOP_SOFTMAX, of, graph_tensor(g, &seed, in.h, in.w, in.c));
    strcpy(l->name, "softmax");
    l->bias = calloc(1, sizeof *l->bias);
    l->post_bias = calloc(1, sizeof *l->post_bias);
    l->mult = calloc(1, sizeof *l->mult);
    l->shift = calloc(1, sizeof *l->shift);
    assert_true(l->bias && l->post_bias && l->mult && l->shift);
    l->mult[0] = 1 << 30;
    l->shift[0] = 20;
    l->bias[0] = -255;
    g->output = l->output;
}

/// Compiles b->t.graph, opens the model as a t64.
static void open_graph(struct bench *b, const struct tnpu_config *config) {
    struct tiny *t = &b->t;
    tiny_compile_for(t, config);
    size_t size = tnpu_hostlayers_size(&t->net);
    b->memory = malloc(size + 1);
    assert_non_null(b->memory);
    assert_int_equal(tnpu_hostlayers_init(&b->layers, &t->net, b->memory, size - 1),
                     TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_hostlayers_init(&b->layers, &t->net, b->memory + 1, size), TNPU_OK);
    assert_int_equal(tnpu_model_init(&b->model, tnpu_config_find("t64")), 0);
    tnpu_model_link_init(&b->model_link, &b->model, &b->link);
    assert_int_equal(tnpu_open(&b->npu, &b->link, &t->net), TNPU_OK);
}

/// A network whose middle layer has more weights than t64 holds, or fits; with SOFTMAX behind, of
/// its output or, `skips`, of its input.
static void open_network(struct bench *b, bool middle, bool skips, uint64_t seed) {
    const struct graph_case large = {"9x9", TNPU_QOP_CONV, 8, 8, 32, 32, 9, 9, 1, 1, 4,
                                     1,     RESIDUAL_INPUT};
    const struct graph_case small = {"dw", TNPU_QOP_DWCONV, 8, 8, 16, 0, 3, 3, 1, 1, 1,
                                     1,    RESIDUAL_INPUT};
    graph_make(&b->t.graph, middle ? &large : &small, seed);
    append_softmax(&b->t.graph, skips ? b->t.graph.input : b->t.graph.output, seed);
    open_graph(b, tnpu_config_find("t64"));
}

/// A network whose first map does not fit a t64 of so small a feature memory: the host has the
/// input, too.
static void open_far(struct bench *b, uint64_t seed) {
    const struct graph_case far = {"far", TNPU_QOP_AVGPOOL, 8, 8, 16, 0, 8, 8, 1, 1, 0,
                                   1,     RESIDUAL_NONE};
    struct tnpu_config config = *tnpu_config_find("t64");
    config.fmem_bytes = 512;
    graph_make(&b->t.graph, &far, seed);
    append_softmax(&b->t.graph, b->t.graph.output, seed);
    open_graph(b, &config);
    assert_false(b->t.net.input.on_chip);
    assert_int_equal(b->t.net.npu_layers, 3);
}

static void open_bench(struct bench *b, bool middle, uint64_t seed) {
    open_network(b, middle, false, seed);
}

static void close_bench(struct bench *b) {
    tnpu_model_free(&b->model);
    free(b->memory);
    tiny_free(&b->t);
}

static void right_result(struct bench *b) {
    uint8_t result[TINY_RESULT_MAX];
    assert_int_equal(tnpu_result_size(&b->npu), b->t.result_size);
    assert_int_equal(tnpu_result(&b->npu, result, b->t.result_size - 1), TNPU_ERR_BUFFER);
    assert_int_equal(tnpu_result(&b->npu, result, sizeof result), TNPU_OK);
    assert_memory_equal(result, b->t.result, b->t.result_size);
}

static void jobs(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 8; seed++) {
        struct bench b;
        bool middle = seed % 2;
        if (seed > 4 && middle)
            open_far(&b, seed);
        else
            open_bench(&b, middle, seed);
        assert_int_equal(tnpu_net_layer(&b.t.net, 1).on_host, middle);
        struct tnpu_hostlayers other = b.layers;
        other.net = NULL;
        assert_int_equal(tnpu_attach(&b.npu, &other), TNPU_ERR_ARGUMENT);
        assert_int_equal(tnpu_load(&b.npu), TNPU_OK);
        if (middle) { // nobody runs it
            assert_int_equal(tnpu_submit(&b.npu, b.t.input, b.t.input_size), TNPU_OK);
            assert_int_equal(tnpu_wait(&b.npu, TIMEOUT_US), TNPU_ERR_HOST_LAYER);
            assert_int_equal(tnpu_reset(&b.npu), TNPU_OK);
        }
        assert_int_equal(tnpu_attach(&b.npu, &b.layers), TNPU_OK);
        for (unsigned i = 0; i < 4; i++) {
            tiny_input(&b.t, seed + i);
            assert_int_equal(tnpu_submit(&b.npu, b.t.input, b.t.input_size), TNPU_OK);
            int rc = 0;
            for (int polls = 0; i % 2 && !rc && polls < 10; polls++) rc = tnpu_poll(&b.npu);
            if (i % 2) assert_int_equal(rc, 1);
            assert_int_equal(tnpu_wait(&b.npu, TIMEOUT_US), TNPU_OK);
            right_result(&b);
        }
        close_bench(&b);
    }
}

/// In front of the model: a chip that acknowledges RESUME, and stays where it is.
static struct tnpu_transport deaf_behind;

static int deaf_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    uint8_t first = *(const uint8_t *)bytes;
    if (addr == TNPU_MAP_REGS + TNPU_REG_CTRL && first >> TNPU_REG_CTRL_RESUME_LSB & 1)
        return TNPU_OK;
    return deaf_behind.write(context, addr, bytes, n);
}

static void halts_for_ever(void **state) {
    struct bench b;
    (void)state;
    open_bench(&b, true, 1);
    tiny_input(&b.t, 1);
    deaf_behind = b.link;
    b.link.write = deaf_write;
    assert_int_equal(tnpu_attach(&b.npu, &b.layers), TNPU_OK);
    assert_int_equal(tnpu_load(&b.npu), TNPU_OK);
    assert_int_equal(tnpu_submit(&b.npu, b.t.input, b.t.input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&b.npu, TIMEOUT_US), TNPU_ERR_TIMEOUT);
    b.link.write = deaf_behind.write;
    assert_int_equal(tnpu_reset(&b.npu), TNPU_OK);
    assert_int_equal(tnpu_submit(&b.npu, b.t.input, b.t.input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(&b.npu, TIMEOUT_US), TNPU_OK);
    right_result(&b);
    close_bench(&b);
}

static void streams(void **state) {
    (void)state;
    for (unsigned seed = 1; seed <= 7; seed++) {
        struct bench b;
        struct tnpu_stream s;
        uint8_t right[TINY_RESULT_MAX], result[TINY_RESULT_MAX];
        bool middle = seed % 2, skips = seed > 4;
        if (seed == 7)
            open_far(&b, seed);
        else
            open_network(&b, middle, skips, seed);
        assert_int_equal(tnpu_attach(&b.npu, &b.layers), TNPU_OK);
        assert_int_equal(tnpu_load(&b.npu), TNPU_OK);
        assert_int_equal(tnpu_stream_begin(&s, &b.npu), TNPU_OK);
        assert_int_equal(b.npu.twin != 0, !middle && !skips); // the host reads no input
        if (seed % 2) assert_int_equal(s.guard, 0);           // halts are the host layer's
        for (unsigned i = 0; i <= PICTURES; i++) {
            memcpy(right, b.t.result, b.t.result_size);
            int rc;
            if (i < PICTURES) {
                tiny_input(&b.t, 50 + i);
                rc = tnpu_stream_push(&s, b.t.input, b.t.input_size, result, sizeof result,
                                      TIMEOUT_US);
            } else {
                rc = tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US);
            }
            assert_int_equal(rc, i != 0);
            if (i) assert_memory_equal(result, right, b.t.result_size);
        }
        close_bench(&b);
    }
}

/// What init takes can be run; memory of the exact size lets the sanitizer see what lies beyond.
static bool run_all(const struct tnpu_net *net) {
    struct tnpu_hostlayers h;
    size_t size = tnpu_hostlayers_size(net);
    if (size > RUN_MOST) return false;
    uint8_t *memory = calloc(1, size);
    assert_non_null(memory);
    int rc = tnpu_hostlayers_init(&h, net, memory, size);
    for (uint32_t i = 0; !rc && i < net->layers; i++)
        if (tnpu_net_layer(net, i).on_host) h.run(&h, i);
    assert_true(rc == TNPU_OK || rc == TNPU_ERR_PROGRAM);
    free(memory);
    return rc == TNPU_OK;
}

static void hostile(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct bench b;
        struct tnpu_net net;
        uint64_t seed = 1;
        int taken = 0, refused = 0;
        size_t from, to, at[2], end[2];
        if (kind == 2)
            open_far(&b, 1);
        else
            open_bench(&b, kind, 1);
        uint8_t *copy = malloc(b.t.size);
        assert_non_null(copy);
        damage_section(b.t.bytes, TNPU_SECTION_INFO, &from, &at[0]);
        damage_section(b.t.bytes, TNPU_SECTION_LAYERS, &at[0], &end[0]);
        damage_section(b.t.bytes, TNPU_SECTION_HOST, &at[1], &end[1]);
        for (int i = 0; i < (kind == 1 ? 300 : 6000); i++) {
            memcpy(copy, b.t.bytes, b.t.size);
            to = end[i % 2];
            for (size_t n = 1 + damage_below(&seed, 3); n; n--)
                damage_flip(copy, i % 3 ? at[i % 2] : from, to, &seed);
            damage_seal(copy, b.t.size);
            bool good = tnpu_net_parse(&net, copy, b.t.size) == TNPU_OK && run_all(&net);
            good ? taken++ : refused++;
        }
        printf("damaged program files: %d taken, %d refused\n", taken, refused);
        assert_true(taken > 30 && refused > 30);
        free(copy);
        close_bench(&b);
    }
}

/// A network whose host layers need more memory than 32 bits count.
static void too_large(void **state) {
    enum { COUNT = 64, TENSOR = 124, LAYER = 388 };
    static uint8_t tensors[COUNT * TENSOR], layers[COUNT * LAYER], memory[64];
    const struct tnpu_net net = {.bytes = memory,
                                 .tensor_bytes = tensors,
                                 .layer_bytes = layers,
                                 .tensors = COUNT,
                                 .layers = COUNT,
                                 .npu_layers = COUNT};
    struct tnpu_hostlayers h;
    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *t = tensors + TENSOR * i, *l = layers + LAYER * i;
        tnpu_set_u32(t + 64, 4096);
        tnpu_set_u32(t + 68, 4096);
        tnpu_set_u32(t + 72, 4);
        tnpu_set_u32(t + 84, 1);           // scale
        tnpu_set_u32(t + 112, UINT32_MAX); // no view
        l[64] = 'x';                       // the host's
        tnpu_set_u32(l + 204, UINT32_MAX);
        tnpu_set_u32(l + 208, i);
        tnpu_set_u32(l + 212, UINT32_MAX);
    }
    assert_true(tnpu_hostlayers_size(&net) == SIZE_MAX);
    assert_int_equal(tnpu_hostlayers_init(&h, &net, memory, sizeof memory), TNPU_ERR_PROGRAM);
}

/// An input that is not on the chip cannot be kept there.
static void kept_nowhere(void **state) {
    struct bench b;
    struct tnpu_net net;
    size_t info, end;
    (void)state;
    open_far(&b, 1);
    uint8_t *copy = malloc(b.t.size);
    assert_non_null(copy);
    memcpy(copy, b.t.bytes, b.t.size);
    damage_section(copy, TNPU_SECTION_INFO, &info, &end);
    assert_int_equal(tnpu_get_u32(copy + info + TNPU_Q_NAME_MAX), 0);
    tnpu_set_u32(copy + info + TNPU_Q_NAME_MAX, 1);
    damage_seal(copy, b.t.size);
    assert_int_equal(tnpu_net_parse(&net, copy, b.t.size), TNPU_ERR_PROGRAM);
    free(copy);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs),    cmocka_unit_test(halts_for_ever), cmocka_unit_test(streams),
        cmocka_unit_test(hostile), cmocka_unit_test(too_large),      cmocka_unit_test(kept_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
