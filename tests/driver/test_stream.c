// SPDX-License-Identifier: Apache-2.0
// Stream mode on the C model and on the RTL: each picture's right result, in order; and by seed on
// bad days.
#include "graph_random.h"
#include "tiny.h"
#include "tnpu_link_faulty.h"
#include "tnpu_link_model.h"
#include "tnpu_link_verilated.h"
#include "tnpu_spec.h"
#include "tnpu_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TIMEOUT_US = 100000, PICTURES = 8 };

/// Streams PICTURES pictures. Returns 0 when all results were right, or the first error. `two`: the
/// program must lie there twice, or once.
static int stream(struct tnpu *npu, struct tiny *t, bool two, uint32_t *looks) {
    struct tnpu_stream s;
    uint8_t right[2][TINY_RESULT_MAX], result[TINY_RESULT_MAX];
    int rc = tnpu_stream_begin(&s, npu);
    if (!rc) assert_int_equal(npu->twin != 0, two);
    for (unsigned i = 0; !rc && i <= PICTURES; i++) {
        memset(result, 0x55, sizeof result);
        if (i < PICTURES) {
            tiny_input(t, 100 + i);
            memcpy(right[i % 2], t->result, t->result_size);
            rc = tnpu_stream_push(&s, t->input, t->input_size, result, sizeof result, TIMEOUT_US);
        } else {
            rc = tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US);
        }
        if (rc < 0) return rc;
        assert_int_equal(rc, i != 0);
        if (rc) assert_memory_equal(result, right[(i + 1) % 2], t->result_size);
        rc = 0;
    }
    if (!rc) assert_int_equal(tnpu_stream_end(&s, result, sizeof result, TIMEOUT_US), 0);
    *looks = s.looks;
    return rc;
}

/// A network whose second layer adds the network's input.
static void make_residual(struct tiny *t, uint64_t seed) {
    const struct graph_case layer = {.op = TNPU_QOP_CONV,
                                     .out_c = 3,
                                     .kernel_h = 3,
                                     .kernel_w = 3,
                                     .stride = 1,
                                     .dilation = 1,
                                     .pad = 1,
                                     .pool = 1};
    struct tnpu_qgraph *g = &t->graph;
    *g = (struct tnpu_qgraph){.arch = "test"};
    g->tensors = calloc(8, sizeof *g->tensors);
    g->layers = calloc(8, sizeof *g->layers);
    assert_true(g->tensors && g->layers);
    g->input = graph_tensor(g, &seed, 8, 8, 3);
    int middle = graph_layer(g, &seed, &layer, g->input, -1);
    int out = graph_layer(g, &seed, &layer, middle, g->input);
    graph_layer(g, &seed, &layer, out, -1);
    tiny_compile(t, "t64");
}

/// Loads the network; `room`: for a second program.
static void begin(struct tnpu *npu, const struct tnpu_transport *link, const struct tiny *t,
                  bool room) {
    assert_int_equal(tnpu_open(npu, link, &t->net), TNPU_OK);
    assert_int_equal(tnpu_load(npu), TNPU_OK);
    if (!room) npu->device.identity.fmem_bytes = t->net.fmem_used;
}

/// One run, as if there had been no stream.
static void run(struct tnpu *npu, struct tiny *t) {
    uint8_t result[TINY_RESULT_MAX];
    tiny_input(t, 50);
    assert_int_equal(tnpu_submit(npu, t->input, t->input_size), TNPU_OK);
    assert_int_equal(tnpu_wait(npu, TIMEOUT_US), TNPU_OK);
    assert_int_equal(tnpu_result(npu, result, sizeof result), TNPU_OK);
    assert_memory_equal(result, t->result, t->result_size);
}

/// Streams with room for two programs and without, one after the other, and runs beside them.
static void all_ways(struct tiny *t, const struct tnpu_transport *link) {
    struct tnpu npu;
    struct tnpu_stream s;
    uint8_t result[TINY_RESULT_MAX];
    uint32_t looks;
    assert_true(t->net.input_reserved);
    for (int room = 0; room < 2; room++) {
        begin(&npu, link, t, room);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(stream(&npu, t, room, &looks), TNPU_OK);
            run(&npu, t);
            assert_int_equal(npu.twin, 0);
        }
        for (int pushes = 1; pushes < 4; pushes++) { // streams without an end
            assert_int_equal(tnpu_stream_begin(&s, &npu), TNPU_OK);
            for (int i = 0; i < pushes; i++)
                assert_int_equal(tnpu_stream_push(&s, t->input, t->input_size, result,
                                                  sizeof result, TIMEOUT_US),
                                 i != 0);
            assert_int_equal(tnpu_wait(&npu, TIMEOUT_US), TNPU_OK);
        }
        assert_int_equal(stream(&npu, t, room, &looks), TNPU_OK);
    }
    t->net.input_reserved = false; // as if the program overwrote its input
    begin(&npu, link, t, true);
    assert_int_equal(stream(&npu, t, false, &looks), TNPU_OK);
    assert_int_equal(looks, 0);
    t->net.input_reserved = true;
}

static void streams(void **state) {
    struct tiny t;
    struct tnpu npu;
    struct tnpu_transport link;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_verilated_link rtl_link;
    struct tnpu_error e;
    (void)state;
    for (uint64_t seed = 1; seed < 7; seed++) {
        if (seed % 2)
            tiny_make(&t, "t64", seed);
        else
            make_residual(&t, seed);
        assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
        tnpu_model_link_init(&model_link, &model, &link);
        assert_int_equal(tnpu_open(&npu, &link, &t.net), TNPU_OK);
        struct tnpu_stream s;
        assert_int_equal(tnpu_stream_begin(&s, &npu), TNPU_ERR_STATE); // not loaded
        all_ways(&t, &link);
        tnpu_model_free(&model);

        struct tnpu_rtl *rtl = tnpu_rtl_open("t64", &e);
        assert_non_null(rtl);
        tnpu_verilated_link_init(&rtl_link, rtl, 50, &link);
        all_ways(&t, &link);
        tnpu_rtl_close(rtl);
        tiny_free(&t);
    }
}

/// The fields that driver/tnpu_twin.c knows.
static void fields(void **state) {
    static const struct {
        enum tnpu_field field;
        uint8_t word, lsb, width;
    } rows[] = {{TNPU_F_OPCODE, 0, 0, 8},
                {TNPU_F_RES_MODE, 0, 11, 3},
                {TNPU_F_IN_BASE, 1, 0, 20},
                {TNPU_F_RES_BASE, 10, 0, 20}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct tnpu_field_info *f = &tnpu_fields[rows[i].field];
        assert_int_equal(f->word, rows[i].word);
        assert_int_equal(f->lsb, rows[i].lsb);
        assert_int_equal(f->width, rows[i].width);
    }
}

static void reset_model(void *chip) {
    tnpu_model_reset(chip);
}

static void days(bool room) {
    struct tiny t;
    struct tnpu npu;
    struct tnpu_model model;
    struct tnpu_model_link model_link;
    struct tnpu_transport good, bad;
    unsigned right = 0, named = 0;
    uint32_t looks;
    tiny_make(&t, "t64", 1);
    assert_int_equal(tnpu_model_init(&model, tnpu_config_find("t64")), 0);
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        struct tnpu_faulty f = {.inner = &good,
                                .seed = seed,
                                .drop = 5000,
                                .cut = 5000,
                                .flip = 10,
                                .irq = 100000,
                                .delay = 1000,
                                .reset = 500,
                                .reset_chip = reset_model,
                                .chip = &model};
        tnpu_model_link_init(&model_link, &model, &good);
        begin(&npu, &good, &t, room);
        tnpu_faulty_init(&f, &bad);
        npu.device.link = &bad;
        int rc = stream(&npu, &t, room, &looks);
        if (rc == TNPU_OK) {
            right++;
            continue;
        }
        named++;
        npu.device.link = &good;
        assert_int_equal(tnpu_reset(&npu), TNPU_OK);
        if (!room) npu.device.identity.fmem_bytes = t.net.fmem_used;
        assert_int_equal(stream(&npu, &t, room, &looks), TNPU_OK);
    }
    printf("%s, 1000 seeds: right %u, a named error, reset and right %u\n",
           room ? "two programs" : "one program", right, named);
    assert_true(right > 500 && named > 20);
    tnpu_model_free(&model);
    tiny_free(&t);
}

static void bad_days(void **state) {
    (void)state;
    days(false);
    days(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(streams),
        cmocka_unit_test(bad_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
