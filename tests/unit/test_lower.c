// SPDX-License-Identifier: Apache-2.0
// Lowering: what the C model makes of each layer's instruction must be the reference executor's
// bytes, for every tensor, on all configurations.
#include "graph_random.h"
#include "model_compare.h"
#include "tnpu_isa.h"
#include "tnpu_lower.h"
#include "tnpu_qrows.h"
#include "tnpu_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define CONV TNPU_QOP_CONV
#define DW TNPU_QOP_DWCONV
#define AVG TNPU_QOP_AVGPOOL
#define MAX TNPU_QOP_MAXPOOL

//   what, op, h, w, c, out_c, kernel_h, kernel_w, stride, dilation, pad, pool, residual
static const struct graph_case cases[] = {
    {"pointwise", CONV, 7, 9, 32, 40, 1, 1, 1, 1, 0, 1, RESIDUAL_NONE},
    {"pointwise, channels not padded to 16", CONV, 6, 5, 24, 20, 1, 1, 1, 1, 0, 1, RESIDUAL_NONE},
    {"pointwise, stride 2", CONV, 7, 9, 16, 16, 1, 1, 2, 1, 0, 1, RESIDUAL_NONE},
    {"pointwise, residual from memory", CONV, 7, 9, 32, 48, 1, 1, 1, 1, 0, 1, RESIDUAL_OTHER},
    {"pointwise, residual is the input", CONV, 7, 9, 40, 40, 1, 1, 1, 1, 0, 1, RESIDUAL_INPUT},
    {"3x3", CONV, 8, 7, 20, 17, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"3x3, stride 2", CONV, 9, 8, 8, 33, 3, 3, 2, 1, 1, 1, RESIDUAL_NONE},
    {"3x3, dilated", CONV, 9, 9, 20, 12, 3, 3, 1, 2, 2, 1, RESIDUAL_NONE},
    {"5x3, pooled 2x2", CONV, 13, 12, 16, 24, 5, 3, 1, 1, 1, 2, RESIDUAL_NONE},
    {"3x3, stride 2, pooled 3x3", CONV, 27, 26, 4, 12, 3, 3, 2, 1, 1, 3, RESIDUAL_NONE},
    {"3x3, two pixels", CONV, 8, 8, 12, 10, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"3x3, two pixels, residual", CONV, 6, 10, 16, 16, 3, 3, 1, 1, 1, 1, RESIDUAL_INPUT},
    {"5x3, stride 2, two pixels", CONV, 9, 8, 3, 16, 5, 3, 2, 1, 1, 1, RESIDUAL_OTHER},
    {"5x3, two pixels, narrow", CONV, 7, 8, 20, 5, 5, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"3x3, dilated, two pixels", CONV, 8, 8, 10, 12, 3, 3, 1, 2, 2, 1, RESIDUAL_OTHER},
    {"pointwise, two pixels", CONV, 5, 6, 16, 16, 1, 1, 1, 1, 0, 1, RESIDUAL_INPUT},
    {"whole map", CONV, 4, 5, 12, 30, 4, 5, 1, 1, 0, 1, RESIDUAL_NONE},
    {"depthwise", DW, 8, 9, 40, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"depthwise, no padding", DW, 8, 9, 16, 0, 3, 3, 1, 1, 0, 1, RESIDUAL_NONE},
    {"depthwise, stride 2, odd", DW, 7, 9, 32, 0, 3, 3, 2, 1, 1, 1, RESIDUAL_NONE},
    {"depthwise, stride 2, even", DW, 8, 10, 48, 0, 3, 3, 2, 1, 1, 1, RESIDUAL_NONE},
    {"depthwise, residual is the centre", DW, 6, 7, 33, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_INPUT},
    {"depthwise, residual from memory", DW, 6, 7, 20, 20, 3, 3, 1, 1, 1, 1, RESIDUAL_OTHER},
    {"depthwise, one pixel", DW, 1, 1, 36, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"depthwise, one column", DW, 5, 1, 16, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"depthwise 5x5", DW, 9, 8, 24, 0, 5, 5, 1, 1, 2, 1, RESIDUAL_NONE},
    {"depthwise 5x5, stride 2, residual", DW, 9, 8, 24, 24, 5, 5, 2, 1, 2, 1, RESIDUAL_OTHER},
    {"depthwise 3x3, dilated", DW, 9, 8, 16, 0, 3, 3, 1, 2, 2, 1, RESIDUAL_NONE},
    {"depthwise 3x3, pooled", DW, 8, 8, 16, 0, 3, 3, 1, 1, 1, 2, RESIDUAL_NONE},
    {"depthwise, wider than the line buffer", DW, 3, 130, 4, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"average of the map", AVG, 7, 6, 40, 0, 7, 6, 1, 1, 0, 1, RESIDUAL_NONE},
    {"average 3x3, stride 2", AVG, 7, 9, 16, 0, 3, 3, 2, 1, 0, 1, RESIDUAL_NONE},
    {"average 3x3, padded", AVG, 7, 7, 16, 0, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE},
    {"average 5x5, padded, stride 2", AVG, 9, 8, 20, 0, 5, 5, 2, 1, 2, 1, RESIDUAL_NONE},
    {"average 3x3, padded, dilated", AVG, 9, 8, 20, 0, 3, 3, 1, 2, 2, 1, RESIDUAL_NONE},
    {"maximum 3x3, padded", MAX, 7, 6, 20, 0, 3, 3, 2, 1, 1, 1, RESIDUAL_NONE},
    {"maximum 2x2, padded", MAX, 6, 8, 33, 0, 2, 2, 2, 1, 1, 1, RESIDUAL_NONE},
    {"maximum 2x2", MAX, 8, 6, 48, 0, 2, 2, 2, 1, 0, 1, RESIDUAL_NONE},
};

/// Random input, all tensors compared.
static void run_and_compare(const struct tnpu_program *p, const struct tnpu_qgraph *g,
                            const char *what, uint64_t seed) {
    const struct tnpu_qtensor *in = &g->tensors[g->input];
    size_t size = (size_t)in->h * (size_t)in->w * (size_t)in->c;
    int8_t *q = malloc(size);
    for (size_t i = 0; i < size; i++) q[i] = (int8_t)graph_random(&seed);
    model_compare(p, g, what, q);
    free(q);
}

static void test_layers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 0; c < TNPU_NUM_CONFIGS; c++) {
            struct tnpu_qgraph g;
            struct tnpu_program p;
            struct tnpu_error e;
            graph_make(&g, &cases[i], 1234567 + i);
            if (tnpu_qgraph_check(&g, &e) || tnpu_lower(&p, &g, &tnpu_configs[c], &e))
                fail_msg("%s on %s: %s", cases[i].what, tnpu_configs[c].name, e.text);
            if (tnpu_program_check(&p, "p", &e))
                fail_msg("%s on %s: %s", cases[i].what, tnpu_configs[c].name, e.text);
            assert_int_equal(p.npu_layers, g.layer_count);
            run_and_compare(&p, &g, cases[i].what, 99 + i);
            tnpu_program_free(&p);
            tnpu_qgraph_free(&g);
        }
}

/// The opcode that each depthwise case runs as, and the fields that make the machine fast.
static void test_choices(void **state) {
    (void)state;
    static const struct {
        const char *what;
        enum tnpu_opcode opcode;
    } rows[] = {{"depthwise", TNPU_OP_DWCONV},
                {"depthwise, residual is the centre", TNPU_OP_DWCONV},
                {"depthwise, residual from memory", TNPU_OP_DWTAP},
                {"depthwise 5x5", TNPU_OP_DWTAP},
                {"depthwise, wider than the line buffer", TNPU_OP_DWTAP},
                {"maximum 2x2", TNPU_OP_POOL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tnpu_qgraph g;
        struct tnpu_program p;
        struct tnpu_insn insn;
        graph_make(&g, &cases[i], 5);
        assert_int_equal(tnpu_lower(&p, &g, tnpu_config_find("t256"), NULL), 0);
        tnpu_decode(p.insns, &insn);
        assert_int_equal(insn.opcode, TNPU_OP_CONV);
        assert_int_equal(insn.nchunk, 1); // 3 columns of 3 channels in one read
        assert_int_equal(insn.kw, 1);
        assert_true(insn.order == 1 && insn.release == 1);
        int tested = g.layer_count - 2;
        tnpu_decode(p.insns + p.layers[tested].insn * TNPU_IWORDS, &insn);
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            if (strcmp(rows[r].what, cases[i].what) == 0)
                assert_int_equal(insn.opcode, rows[r].opcode);
        tnpu_program_free(&p);
        tnpu_qgraph_free(&g);
    }
}

/// Layers that need half of t512's lanes compute two pixels at once where that takes fewer reads:
/// of all lanes, or of a vector for each half.
static void test_pixels_at_once(void **state) {
    (void)state;
    static const struct {
        const char *what;
        int pixels, pair, reads; ///< reads of the pixels together
    } rows[] = {{"3x3, two pixels", 2, 1, 9},
                {"3x3, two pixels, residual", 2, 1, 9},
                {"3x3, dilated, two pixels", 2, 1, 9},
                {"pointwise, two pixels", 2, 1, 1},
                {"5x3, two pixels, narrow", 2, 0, 5 * 8}, // the neighbour's bytes are 32 further on
                {"5x3, stride 2, two pixels", 2, 0, 5 * 5},
                {"pointwise, stride 2", 1, 0, 1}, // an odd number of columns
                {"3x3, dilated", 1, 0, 18},
                {"5x3, pooled 2x2", 1, 0, 15},
                {"3x3", 1, 0, 18}};
    size_t seen = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
            if (strcmp(rows[r].what, cases[i].what) != 0) continue;
            struct tnpu_qgraph g;
            struct tnpu_program p;
            struct tnpu_insn insn;
            graph_make(&g, &cases[i], 5);
            assert_int_equal(tnpu_lower(&p, &g, tnpu_config_find("t512"), NULL), 0);
            int tested = g.layer_count - 2;
            tnpu_decode(p.insns + p.layers[tested].insn * TNPU_IWORDS, &insn);
            assert_int_equal(insn.out_w * rows[r].pixels, g.tensors[g.layers[tested].output].w);
            assert_int_equal(insn.pair, rows[r].pair);
            assert_int_equal(insn.kh * insn.kw * insn.nchunk, rows[r].reads);
            tnpu_program_free(&p);
            tnpu_qgraph_free(&g);
            seen++;
        }
    assert_int_equal(seen, sizeof rows / sizeof *rows);
}

/// Narrow inputs are copied with their padding where the kernel's rows then come several in a read.
static void test_rows_at_once(void **state) {
    (void)state;
    static const struct {
        struct graph_case k;
        int h, w, c;
        int rows; ///< at once, for lanes that write at any byte; 1: no copy
    } narrow[] = {
        {{"spectrogram", CONV, 0, 0, 0, 40, 10, 4, 2, 1, 1, 1, RESIDUAL_NONE}, 49, 10, 1, 2},
        {{"time series", CONV, 0, 0, 0, 20, 8, 1, 1, 1, 0, 1, RESIDUAL_NONE}, 40, 1, 3, 4},
        {{"padded time series", CONV, 0, 0, 0, 17, 6, 3, 1, 1, 1, 1, RESIDUAL_NONE}, 30, 1, 1, 3},
        {{"picture", CONV, 0, 0, 0, 16, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE}, 12, 12, 3, 1},
        {{"dilated", CONV, 0, 0, 0, 16, 5, 1, 1, 2, 0, 1, RESIDUAL_NONE}, 40, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
        for (int c = 0; c < TNPU_NUM_CONFIGS; c++) {
            const struct tnpu_config *config = &tnpu_configs[c];
            struct tnpu_qgraph g = {.arch = "test"};
            struct tnpu_program p;
            struct tnpu_insn insn;
            struct tnpu_error e;
            uint64_t seed = 31 + i;
            g.tensors = calloc(8, sizeof *g.tensors);
            g.layers = calloc(8, sizeof *g.layers);
            g.input = graph_tensor(&g, &seed, narrow[i].h, narrow[i].w, narrow[i].c);
            int middle = graph_layer(&g, &seed, &narrow[i].k, g.input, -1);
            const struct graph_case last = {"last", CONV,         0, 0, 0, 5, 1, 1, 1, 1, 0,
                                            1,      RESIDUAL_NONE};
            graph_layer(&g, &seed, &last, middle, -1);
            int8_t q[49 * 10], *want[2];
            for (size_t k = 0; k < sizeof q; k++) q[k] = (int8_t)graph_random(&seed);
            for (int after = 0; after < 2; after++) { // the reference's bytes, before and after
                struct tnpu_qexec *x = tnpu_qexec_new(&g, &e);
                tnpu_qexec_run(x, q);
                const struct tnpu_qtensor *t = &g.tensors[middle];
                size_t size = (size_t)t->h * (size_t)t->w * (size_t)t->c;
                want[after] = malloc(size);
                memcpy(want[after], tnpu_qexec_tensor(x, middle), size);
                tnpu_qexec_free(x);
                if (after) assert_memory_equal(want[0], want[1], size);
                if (!after) assert_int_equal(tnpu_qrows(&g, config, &e), 0);
            }
            free(want[0]);
            free(want[1]);
            bool copied = narrow[i].rows > 1 && config->lanes <= TNPU_VEC;
            assert_int_equal(g.layer_count, copied ? 3 : 2);
            if (tnpu_qgraph_check(&g, &e) || tnpu_lower(&p, &g, config, &e))
                fail_msg("%s on %s: %s", narrow[i].k.what, config->name, e.text);
            tnpu_decode(p.insns + p.layers[copied].insn * TNPU_IWORDS, &insn);
            assert_int_equal(insn.kh * (copied ? narrow[i].rows : 1), narrow[i].k.kernel_h);
            run_and_compare(&p, &g, narrow[i].k.what, 7 + i);
            tnpu_program_free(&p);
            tnpu_qgraph_free(&g);
        }
}

/// With room for all but the classifier, that one goes to the host; with less, others too.
static void test_host_layer(void **state) {
    (void)state;
    const struct graph_case whole = {"head", AVG, 6, 6, 32, 0, 6, 6, 1, 1, 0, 1, RESIDUAL_NONE};
    struct tnpu_qgraph g;
    struct tnpu_program p;
    struct tnpu_error e;
    graph_make(&g, &whole, 77);
    struct tnpu_config config = *tnpu_config_find("t64");
    assert_int_equal(tnpu_lower(&p, &g, &config, &e), 0);
    int all = p.wmem_rows, classifier = p.layers[2].w_rows;
    tnpu_program_free(&p);
    config.wmem_rows = all - 1;
    assert_int_equal(tnpu_lower(&p, &g, &config, &e), 0);
    assert_int_equal(p.npu_layers, 2);
    assert_int_equal(p.wmem_rows, all - classifier);
    assert_true(strstr(p.layers[2].reason, "weight memory") != NULL);
    run_and_compare(&p, &g, "head", 3);
    tnpu_program_free(&p);
    config.wmem_rows = 1; // for the average alone: a halt in front of it
    assert_int_equal(tnpu_lower(&p, &g, &config, &e), 0);
    assert_true(tnpu_program_is_host(&p, 0) && !tnpu_program_is_host(&p, 1));
    assert_int_equal(p.npu_layers, 2);
    run_and_compare(&p, &g, "head", 4);
    if (tnpu_program_check(&p, "p", &e)) fail_msg("%s", e.text);
    tnpu_program_free(&p);
    config.wmem_rows = 0;
    assert_int_equal(tnpu_lower(&p, &g, &config, &e), -1);
    assert_true(strstr(e.text, "can run none of its layers") != NULL);
    config = *tnpu_config_find("t64");
    config.imem_depth = 3;
    assert_int_equal(tnpu_lower(&p, &g, &config, &e), 0);
    assert_int_equal(p.npu_layers, 2);
    assert_string_equal(p.layers[2].reason, "t64 holds 3 instructions, the program would have 4");
    run_and_compare(&p, &g, "head", 5);
    tnpu_program_free(&p);
    tnpu_qgraph_free(&g);
}

/// As feature memory gets smaller, maps leave it with the layers that touch them, the input too, in
/// the end all of them.
static void test_small_maps(void **state) {
    (void)state;
    const struct graph_case whole = {"head", AVG, 16, 16, 32, 0, 16, 16, 1, 1, 0, 1, RESIDUAL_NONE};
    struct tnpu_qgraph g;
    struct tnpu_program p;
    struct tnpu_error e;
    graph_make(&g, &whole, 78);
    struct tnpu_config config = *tnpu_config_find("t64");
    bool outside = false, first = false;
    int lowered = 0;
    for (; tnpu_lower(&p, &g, &config, &e) == 0; config.fmem_bytes -= 16, lowered++) {
        if (tnpu_program_check(&p, "p", &e)) fail_msg("%s", e.text);
        assert_true(p.plan.peak <= (uint32_t)config.fmem_bytes);
        if (config.fmem_bytes % 512 == 0) run_and_compare(&p, &g, "small", 6);
        outside = outside || !p.plan.place[g.input].used;
        if (tnpu_program_is_host(&p, 0)) {
            first = true;
            assert_true(strstr(p.layers[0].reason, "bytes of feature memory") != NULL);
        }
        tnpu_program_free(&p);
    }
    assert_true(outside && first && lowered > 100);
    assert_true(strstr(e.text, "can run none of its layers") != NULL);
    tnpu_qgraph_free(&g);
}

/// Appends the larger of two tensors, byte by byte, and returns its index.
static int append_max(struct tnpu_qgraph *g, uint64_t *seed, int a, int b) {
    const struct tnpu_qtensor shape = g->tensors[a];
    int out = graph_tensor(g, seed, shape.h, shape.w, shape.c);
    struct tnpu_qlayer *l = &g->layers[g->layer_count++];
    *l = tnpu_qlayer_plain(TNPU_QOP_MAX, a, out);
    snprintf(l->name, sizeof l->name, "max%d", out);
    l->residual = b;
    return g->output = out;
}

/// What leaves feature memory is what is worth it: a map that is kept beside others and that
/// little is done with, not the 16 bytes of a constant whose layer reads all of a map.
static void test_small_change(void **state) {
    (void)state;
    const struct graph_case conv = {"", CONV, 8, 8, 16, 16, 1, 1, 1, 1, 0, 1, RESIDUAL_NONE};
    const struct graph_case large = {"", CONV, 8, 8, 16, 16, 3, 3, 1, 1, 1, 1, RESIDUAL_NONE};
    struct tnpu_qgraph g = {.arch = "test"};
    struct tnpu_program p;
    struct tnpu_error e;
    uint64_t seed = 80;
    g.tensors = calloc(8, sizeof *g.tensors);
    g.layers = calloc(8, sizeof *g.layers);
    g.input = graph_tensor(&g, &seed, 8, 8, 3);
    int first = graph_layer(&g, &seed, &conv, g.input, -1);
    int kept = graph_layer(&g, &seed, &conv, first, -1);
    int constant = graph_tensor(&g, &seed, 1, 1, 16);
    g.layers[g.layer_count] = tnpu_qlayer_plain(TNPU_QOP_CONST, -1, constant);
    strcpy(g.layers[g.layer_count].name, "constant");
    g.layers[g.layer_count++].weights = calloc(1, 16);
    int larger = append_max(&g, &seed, first, constant);
    int last = graph_layer(&g, &seed, &large, larger, -1);
    append_max(&g, &seed, last, kept);
    struct tnpu_config config = *tnpu_config_find("t64");
    config.fmem_bytes = 2560; // two maps of 1,024 and not three
    if (tnpu_lower(&p, &g, &config, &e) || tnpu_program_check(&p, "p", &e)) fail_msg("%s", e.text);
    for (int i = 0; i < g.layer_count; i++)
        assert_int_equal(tnpu_program_is_host(&p, i), i == 1 || i == 5);
    run_and_compare(&p, &g, "small change", 8);
    tnpu_program_free(&p);
    tnpu_qgraph_free(&g);
}

/// What no instruction does becomes a host layer at a halt, with the reason.
static void test_unfit(void **state) {
    (void)state;
    static const struct {
        struct graph_case k;
        const char *text;
    } rows[] = {
        {{"", AVG, 60, 60, 4, 0, 60, 60, 1, 1, 0, 1, RESIDUAL_NONE}, "averages over 3600 values"},
        {{"", MAX, 70, 70, 4, 0, 65, 65, 1, 1, 0, 1, RESIDUAL_NONE}, "kh is 65, want 1 to 64"},
        {{"", AVG, 40, 40, 4, 0, 35, 35, 1, 1, 17, 1, RESIDUAL_NONE}, "windows of too many sizes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tnpu_qgraph g;
        struct tnpu_program p;
        struct tnpu_error e;
        graph_make(&g, &rows[i].k, 8);
        if (tnpu_lower(&p, &g, tnpu_config_find("t256"), &e)) fail_msg("%s", e.text);
        assert_int_equal(p.npu_layers, 3);
        assert_true(tnpu_program_is_host(&p, 1));
        if (!strstr(p.layers[1].reason, rows[i].text))
            fail_msg("\"%s\", want \"%s\"", p.layers[1].reason, rows[i].text);
        if (tnpu_program_check(&p, "p", &e)) fail_msg("%s", e.text);
        run_and_compare(&p, &g, "unfit", 5);
        tnpu_program_free(&p);
        tnpu_qgraph_free(&g);
    }
}

/// Appends a copy of n channels of tensor `in` to those of `out` from `to` on.
static void append_copy(struct tnpu_qgraph *g, int in, int out, int to, int n) {
    struct tnpu_qlayer *l = &g->layers[g->layer_count++];
    *l = tnpu_qlayer_plain(TNPU_QOP_COPY, in, out);
    snprintf(l->name, sizeof l->name, "copy to %d", to);
    l->part = (struct tnpu_qpart){0, 0, 0, 0, 0, to, 1, 1, g->tensors[in].h, g->tensors[in].w, n};
}

/// A part that the host copies: what is in feature memory beside it goes to the host and back.
static void test_part_by_host(void **state) {
    (void)state;
    const struct graph_case conv = {"", CONV, 3, 3, 16, 5, 1, 1, 1, 1, 0, 1, RESIDUAL_NONE};
    struct tnpu_qgraph g;
    struct tnpu_program p;
    struct tnpu_error e;
    struct tnpu_layer_cost cost[8] = {{0}};
    char text[4096] = "";
    uint64_t seed = 79;
    graph_make(&g, &conv, seed);
    int in = g.output, out = graph_tensor(&g, &seed, 3, 3, 6);
    append_copy(&g, in, out, 0, 1);
    append_copy(&g, in, out, 1, 5);
    graph_layer(&g, &seed, &conv, out, -1);
    if (tnpu_lower(&p, &g, tnpu_config_find("t512"), &e) || tnpu_program_check(&p, "p", &e))
        fail_msg("%s", e.text);
    assert_true(!tnpu_program_is_host(&p, 3) && tnpu_program_is_host(&p, 4));
    run_and_compare(&p, &g, "part", 7);
    FILE *f = fmemopen(text, sizeof text, "w");
    assert_non_null(f);
    tnpu_report_layers(f, &p, cost, 1, NULL, NULL);
    fclose(f);
    if (!strstr(text, "multiples of 16; 153 bytes moved\n")) // 3 x 3 x (5 + 6 + 6)
        fail_msg("%s", strstr(text, "on the host"));
    tnpu_program_free(&p);
    tnpu_qgraph_free(&g);
}

/// tnpu_isa_check is written from the document alone; the C model's check too.
static void test_isa_check(void **state) {
    (void)state;
    uint64_t seed = 4711;
    int seen[TNPU_NUM_HW_ERRORS] = {0};
    for (int i = 0; i < 400000; i++) {
        const struct tnpu_config *c = &tnpu_configs[graph_random(&seed) % TNPU_NUM_CONFIGS];
        struct tnpu_insn insn;
        int32_t *field = (int32_t *)&insn;
        for (int f = 0; f < TNPU_NUM_FIELDS; f++) {
            int lo = tnpu_fields[f].min, hi = tnpu_fields[f].max;
            uint32_t kind = graph_random(&seed) % 8;
            field[f] = kind == 0   ? graph_random_in(&seed, lo, hi)
                       : kind == 1 ? lo + 16 * graph_random_in(&seed, 0, (hi - lo) / 16)
                                   : graph_random_in(&seed, lo, hi > lo + 3 ? lo + 3 : hi);
        }
        insn.opcode = (int)tnpu_opcodes[graph_random(&seed) % TNPU_NUM_OPCODES].code;
        uint32_t words[TNPU_IWORDS];
        tnpu_encode(&insn, words);
        if (graph_random(&seed) % 8 == 0)
            words[graph_random(&seed) % TNPU_IWORDS] ^= UINT32_C(1) << graph_random(&seed) % 32;
        int want = tnpu_model_check(c, words);
        assert_int_equal(tnpu_isa_check(words, c), want);
        seen[want]++;
    }
    for (int code = TNPU_HW_OPCODE; code <= TNPU_HW_ALIGN; code++) assert_true(seen[code] > 100);
    assert_true(seen[TNPU_HW_NONE] > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),         cmocka_unit_test(test_choices),
        cmocka_unit_test(test_pixels_at_once), cmocka_unit_test(test_rows_at_once),
        cmocka_unit_test(test_host_layer),     cmocka_unit_test(test_small_maps),
        cmocka_unit_test(test_part_by_host),   cmocka_unit_test(test_small_change),
        cmocka_unit_test(test_unfit),          cmocka_unit_test(test_isa_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
