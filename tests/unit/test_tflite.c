// SPDX-License-Identifier: Apache-2.0
// The .tflite reader: what it makes of a small network, fused and not; each kind of bad file gives
// its line; damage of any kind is harmless; docs/OPERATORS.md is fresh.
#include "graph_random.h"
#include "model_compare.h"
#include "tflite_make.h"
#include "tnpu_file.h"
#include "tnpu_tflite.h"
#include "tnpu_tflite_file.h"
#include "tnpu_tflite_table.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define INT8 TNPU_TFL_INT8
#define ACT(h, w, c, zp)                                                                           \
    { INT8, 4, {1, h, w, c}, 1, 1, 0.05f, zp, 0, false, 0 }

/// conv 3x3 to t3, t4 = t3 + t0, average of the map t5, fully connected t7 of 5.
static const struct make_model good = {
    .tensor_count = 8,
    .op_count = 4,
    .input_count = 1,
    .output_count = 1,
    .version = 3,
    .subgraphs = 1,
    .inputs = {0},
    .outputs = {7},
    .tensors = {ACT(6, 6, 8, 3),
                {INT8, 4, {8, 3, 3, 8}, 1, 1, 0.01f, 0, 576, false, 0},
                {TNPU_TFL_INT32, 1, {8}, 0, 0, 0, 0, 32, false, 0},
                ACT(6, 6, 8, -4),
                ACT(6, 6, 8, 5),
                ACT(1, 1, 8, 5),
                {INT8, 2, {5, 8}, 1, 1, 0.02f, 0, 40, false, 0},
                {INT8, 2, {1, 5}, 1, 1, 0.03f, 7, 0, false, 0}},
    .ops = {{TNPU_TFL_CONV_2D, false, 3, {0, 1, 2}, 3, 1, 1, 0, 0},
            {TNPU_TFL_ADD, false, 2, {0, 3}, 4, 0, 0, 0, 0},
            {TNPU_TFL_AVERAGE_POOL_2D, false, 1, {4}, 5, 6, 0, 1, 6},
            {TNPU_TFL_FULLY_CONNECTED, false, 2, {5, 6}, 7, 0, 0, 0, 0}},
};

static int load(struct tnpu_qgraph *q, const struct make_model *m, bool fuse,
                struct tnpu_error *e) {
    size_t size;
    uint8_t *bytes = tflite_make(m, &size);
    assert_non_null(bytes);
    int rc = tnpu_tflite_load(q, "net.tflite", bytes, size, fuse, e);
    free(bytes);
    return rc;
}

/// The graph's own executor and the C model agree on every tensor, on all configurations.
static void compare(const struct tnpu_qgraph *q, const char *what) {
    size_t size =
        (size_t)(q->tensors[q->input].h * q->tensors[q->input].w * q->tensors[q->input].c);
    int8_t *x = malloc(size);
    uint64_t seed = 5;
    for (size_t i = 0; i < size; i++) x[i] = (int8_t)graph_random(&seed);
    for (int c = 0; c < TNPU_NUM_CONFIGS; c++) {
        struct tnpu_program p;
        struct tnpu_error e;
        if (tnpu_lower(&p, q, &tnpu_configs[c], &e) || tnpu_program_check(&p, "p", &e))
            fail_msg("%s: %s", what, e.text);
        model_compare(&p, q, what, x);
        tnpu_program_free(&p);
    }
    free(x);
}

static void test_fused(void **state) {
    (void)state;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    if (load(&q, &good, true, &e)) fail_msg("%s", e.text);
    assert_int_equal(q.layer_count, 3);
    assert_int_equal(q.layers[0].op, TNPU_QOP_CONV);
    assert_int_equal(q.layers[0].sum, TNPU_QSUM_ADD);
    assert_int_equal(q.layers[0].residual, q.input);
    assert_int_equal(q.layers[0].add.zp1, -4);  // the convolution's own zero point
    assert_int_equal(q.layers[0].add.min1, -4); // its RELU
    assert_int_equal(q.layers[0].out_zp, 5);
    assert_int_equal(q.source_count, 4); // t0, t4, t5, t7: t3 is fused away
    assert_string_equal(q.sources[1].name, "t4");
    assert_string_equal(q.arch, "net");
    compare(&q, "fused");
    tnpu_qgraph_free(&q);
}

static void test_not_fused(void **state) {
    (void)state;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    if (load(&q, &good, false, &e)) fail_msg("%s", e.text);
    assert_int_equal(q.layer_count, 4);
    assert_int_equal(q.source_count, 5);
    assert_int_equal(q.layers[1].op, TNPU_QOP_ADD);
    compare(&q, "not fused");
    tnpu_qgraph_free(&q);
}

/// The convolution's constants: bias less zero point times weights, factor, clamp, padding.
static void test_convolution(void **state) {
    (void)state;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    if (load(&q, &good, false, &e)) fail_msg("%s", e.text);
    const struct tnpu_qlayer *l = &q.layers[0];
    assert_int_equal(l->bias[0], 0x01010101 - 3 * 72);
    double factor =
        (double)l->mult[7] / 2147483648.0 * (l->shift[7] < 0 ? 1.0 / (1 << -l->shift[7]) : 0);
    assert_true(factor > 0.00999999 && factor < 0.01000001);
    assert_true(l->pad_top == 1 && l->pad_left == 1 && l->pad_bottom == 1 && l->pad_right == 1);
    assert_true(l->act_min == -4 && l->act_max == 127 && l->in_zp == 3);
    tnpu_qgraph_free(&q);
}

static void refused(const struct make_model *m, const char *text) {
    struct tnpu_qgraph q;
    struct tnpu_error e = {""};
    assert_int_equal(load(&q, m, true, &e), -1);
    assert_null(q.layers);
    assert_memory_equal(e.text, "net.tflite: ", 12);
    if (!strstr(e.text, text)) fail_msg("\"%s\", want \"%s\"", e.text, text);
}

/// One thing wrong in the small network, and what the line says.
static void test_refused(void **state) {
    (void)state;
#define ROW(change, text)                                                                          \
    do {                                                                                           \
        struct make_model m = good;                                                                \
        change;                                                                                    \
        refused(&m, text);                                                                         \
    } while (0)
    ROW(m.version = 2, "schema version 2");
    ROW(m.subgraphs = 2, "2 subgraphs");
    ROW(m.subgraphs = 0, "0 subgraphs");
    ROW(m.input_count = 2, "2 inputs and 1 outputs");
    ROW(m.output_count = 0, "1 inputs and 0 outputs");
    ROW(m.outputs[0] = 99, "uses tensor 99, and the file has 8");
    ROW(m.ops[1].inputs[1] = -2, "operator 1 uses tensor -2");
    ROW(m.ops[1].inputs[1] = -1, "operator 1 (ADD): its input 1 is missing");
    ROW((m.ops[3] = (struct make_op){TNPU_TFL_DEQUANTIZE, true, 1, {-1}, 7, 0, 0, 0, 0},
         m.tensors[7].type = TNPU_TFL_FLOAT32),
        "operator 3 (DEQUANTIZE): its input 0 is missing");
    ROW((m.tensors[0].type = TNPU_TFL_UINT8, m.tensors[0].zero_point = 131),
        "operator 0 (CONV_2D): tensor 0 is UINT8; only a QUANTIZE may read or write it");
    ROW((m.ops[3] = (struct make_op){TNPU_TFL_QUANTIZE, true, 1, {5}, 7, 0, 0, 0, 0},
         m.tensors[7] = m.tensors[5], m.tensors[7].type = TNPU_TFL_UINT8,
         m.tensors[7].zero_point = 256),
        "tensor 7 (t7): its scale or zero point is out of range");
    ROW(m.ops[0].output = 1000, "operator 0 uses tensor 1000");
    ROW(m.ops[0].code = 53, "operator 0 (CAST): this operator is not known");
    ROW(m.ops[0].code = 9999, "operator 0 (builtin 9999)");
    ROW(m.ops[0].no_options = true, "operator 0 (CONV_2D): its options are of kind 0");
    ROW(m.ops[0].input_count = 1, "operator 0 (CONV_2D): 1 inputs");
    ROW(m.ops[0].stride = 0, "each must be 1 to");
    ROW(m.ops[0].stride = -1, "each must be 1 to");
    ROW((m.ops[0] = m.ops[1], m.tensors[3].size = 4800, m.tensors[3].dims[1] = 100,
         m.tensors[0].dims[1] = 100),
        "tensor 3 (t3): is a constant of 4800 bytes; at most 4096 can be made");
    ROW(m.ops[0].activation = 4, "fused activation 4 is not known");
    ROW(m.ops[0].padding = 7, "padding 7 is neither");
    ROW(m.ops[2].filter = 9, "does not fit into 6 x 6");
    ROW(m.ops[0].inputs[0] = 4, "tensor 4 (t4): operator 0 reads it, and none before writes it");
    ROW(m.ops[1].output = 3, "tensor 3 (t3): operator 1 writes it, and it is written already");
    ROW(m.ops[1].output = 1, "tensor 1 (t1): operator 1 writes it, and it is a constant");
    ROW(m.tensors[0].dims[1] = -6, "tensor 0 (t0): dimension 1 is -6");
    ROW(m.tensors[0].dims[1] = 0, "dimension 1 is 0");
    ROW(m.tensors[0].dims[0] = 2, "tensor 0 (t0): a batch of 2");
    ROW(m.tensors[0].dims[2] = 1 << 30, "tensor 0 (t0): dimension 2 is 1073741824");
    ROW(m.tensors[0].rank = 5, "tensor 0 (t0): 5 dimensions");
    ROW(m.tensors[0].dynamic = true, "tensor 0 (t0): its shape is only known at run time");
    ROW(m.tensors[3].dims[3] = 9, "its output is 6 x 6 x 9, its inputs and options give 6 x 6 x 8");
    ROW(m.tensors[3].type = 7, "tensor 3 (t3): its values are INT16, want INT8");
    ROW(m.tensors[0].type = 0, "tensor 0 (t0): its values are FLOAT32, want INT8");
    ROW(m.tensors[3].scale_count = 0, "tensor 3 (t3): 0 scales and 1 zero points");
    ROW(m.tensors[3].zero_point_count = 0, "tensor 3 (t3): 1 scales and 0 zero points");
    ROW(m.tensors[3].scale = 0, "tensor 3 (t3): its scale or zero point is out of range");
    ROW(m.tensors[3].scale = (float)NAN, "tensor 3 (t3): its scale or zero point is out of range");
    ROW(m.tensors[3].zero_point = 128, "tensor 3 (t3): its scale or zero point is out of range");
    ROW(m.tensors[1].type = 0, "tensor 1 (t1): the weights of operator 0 are FLOAT32, not INT8");
    ROW(m.tensors[1].size = 0, "tensor 1 (t1): the weights of operator 0 are not constant data");
    ROW(m.tensors[1].size = 575, "tensor 1 (t1): has 575 bytes, its shape asks for 576");
    ROW(m.tensors[1].zero_point = 4, "tensor 1 (t1): weights have a zero point");
    ROW(m.tensors[1].scale_count = 3, "tensor 1 (t1): 3 scales along dimension 0");
    ROW(m.tensors[1].dims[3] = 3, "tensor 1 (t1): has 576 bytes");
    ROW(m.tensors[1].buffer = 77, "tensor 1 (t1) is in buffer 77, and the file has 9");
    ROW(m.tensors[2].type = INT8,
        "tensor 2 (t2): biases of operator 0: 1 dimensions, 32 bytes of INT8");
    ROW(m.tensors[2].size = 28, "28 bytes of INT32, want 8 constant INT32");
    ROW(m.tensors[2].size = 0, "0 bytes of INT32, want 8 constant INT32");
    ROW(m.tensors[2].dims[0] = -8, "want 8 constant INT32");
    ROW(m.tensors[5].zero_point = 6, "input and output have different scales");
    ROW(m.tensors[6].dims[1] = 7, "has 40 bytes, its shape asks for 35");
#undef ROW
}

/// Any bit of the file flipped, any part of it cut off: refused in a line, or accepted and
/// harmless.
static void test_damage(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = tflite_make(&good, &size);
    uint64_t seed = 99;
    int accepted = 0;
    for (int i = 0; i < 6000; i++) {
        size_t n = i < 2000 ? size - 1 - graph_random(&seed) % (size - 1) : size;
        uint8_t *copy = malloc(n);
        memcpy(copy, bytes, n);
        for (uint32_t flips = i < 2000 ? 0 : 1 + graph_random(&seed) % 3; flips; flips--)
            copy[graph_random(&seed) % n] ^= (uint8_t)(1 << graph_random(&seed) % 8);
        struct tnpu_qgraph q;
        struct tnpu_program p;
        struct tnpu_error e = {""};
        if (tnpu_tflite_load(&q, "net.tflite", copy, n, i & 1, &e) == 0) {
            accepted++;
            if (tnpu_lower(&p, &q, tnpu_config_find("t64"), &e) == 0) tnpu_program_free(&p);
            tnpu_qgraph_free(&q);
        } else {
            assert_memory_equal(e.text, "net.tflite: ", 12);
        }
        free(copy);
    }
    assert_true(accepted > 100); // damaged weights are weights
    free(bytes);
}

/// What pixels are taken as, by the input's scale and zero point.
static void test_pixels(void **state) {
    (void)state;
    static const struct {
        float scale;
        int zero_point;
        struct tnpu_pixels want;
    } rows[] = {
        {1.0f / 255, -128, {0, 1}}, {1.0f / 256, -128, {0, 1}}, {2.0f / 255, -1, {-1, 1}},
        {1.0f / 128, 0, {-1, 1}},   {0.0082f, 2, {-1, 1}},      {1, -128, {0, 255}},
        {1, 0, {-128, 127}},        {1, 5, {-133, 122}},        {0.98f, -128, {0, 255}},
        {0.0158f, -15, {0, 1}},     {1.0f / 255, -120, {0, 1}}, {0.4f, 3, {0, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct make_model m = good;
        struct tnpu_qgraph q;
        struct tnpu_error e;
        m.tensors[0].scale = rows[i].scale;
        m.tensors[0].zero_point = rows[i].zero_point;
        if (load(&q, &m, true, &e)) fail_msg("%s", e.text);
        if (q.pixels.low != rows[i].want.low || q.pixels.high != rows[i].want.high)
            fail_msg("row %zu: %g..%g", i, (double)q.pixels.low, (double)q.pixels.high);
        tnpu_qgraph_free(&q);
    }
}

static void test_document(void **state) {
    (void)state;
    char *made = NULL;
    size_t n = 0, size;
    FILE *to = open_memstream(&made, &n);
    tnpu_tflite_document(to);
    fclose(to);
    uint8_t *stored;
    struct tnpu_error e;
    if (tnpu_file_read(TNPU_SOURCE_DIR "/docs/OPERATORS.md", 1 << 20, &stored, &size, &e))
        fail_msg("%s", e.text);
    if (size != n || memcmp(made, stored, n) != 0)
        fail_msg("stale: build/tnpu compile --operators > docs/OPERATORS.md");
    free(made);
    free(stored);
}

/// No operator without vectors of its own.
static void test_vectors(void **state) {
    (void)state;
    for (const struct tnpu_tfl_operator *o = tnpu_tfl_operators; o->build; o++) {
        char file[TNPU_TFL_NAME_MAX], path[512];
        tnpu_tfl_vectors(o, file);
        snprintf(path, sizeof path, "%s/tests/vectors/tflite/%s", TNPU_SOURCE_DIR, file);
        if (access(path, R_OK)) fail_msg("%s: there is no %s", o->name, path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fused),       cmocka_unit_test(test_not_fused),
        cmocka_unit_test(test_convolution), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_document),
        cmocka_unit_test(test_vectors),     cmocka_unit_test(test_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
