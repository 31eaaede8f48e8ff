// SPDX-License-Identifier: Apache-2.0
// The reference executor of quantised layers against the definition written out tap by tap, on
// random layers; and the proof that refuses graphs which are out of range.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_numerics.h"
#include "tnpu_qexec.h"

#include <stdlib.h>
#include <string.h>

static uint32_t seed = 1;

static int draw(int lo, int hi) {
    seed = seed * 1664525u + 1013904223u;
    return lo + (int)((seed >> 8) % (uint32_t)(hi - lo + 1));
}

static struct tnpu_qtensor tensor(int h, int w, int c) {
    struct tnpu_qtensor t = {
        .name = "t", .h = h, .w = w, .c = c, .zero_point = 0, .scale_count = 1};
    t.scale = malloc(sizeof *t.scale);
    assert_non_null(t.scale);
    t.scale[0] = 1;
    return t;
}

/// A random layer on a random map: tensor 0 in, 1 out. The layer's residual is given by the caller.
static void random_graph(struct tnpu_qgraph *g, enum tnpu_qop op, bool residual) {
    bool conv = op == TNPU_QOP_CONV || op == TNPU_QOP_DWCONV;
    *g = (struct tnpu_qgraph){.arch = "random", .output = 1};
    g->tensors = calloc(2, sizeof *g->tensors);
    g->layers = calloc(1, sizeof *g->layers);
    assert_true(g->tensors && g->layers);
    struct tnpu_qlayer *l = &g->layers[0];
    *l = (struct tnpu_qlayer){.name = "layer", .op = op, .input = 0, .output = 1, .residual = -1};
    l->kernel_h = draw(1, 4);
    l->kernel_w = draw(1, 4);
    l->stride_h = draw(1, 3);
    l->stride_w = draw(1, 3);
    l->dilation_h = draw(1, 2);
    l->dilation_w = draw(1, 2);
    l->pad_top = draw(0, l->kernel_h - 1);
    l->pad_left = draw(0, l->kernel_w - 1);
    l->pad_bottom = draw(0, l->kernel_h - 1);
    l->pad_right = draw(0, l->kernel_w - 1);
    l->pool_h = conv && !residual ? draw(1, 2) : 1;
    l->pool_w = conv && !residual ? draw(1, 2) : 1;
    l->act_min = draw(-128, -100);
    l->act_max = draw(100, 127);
    int in_c = draw(1, 20), out_c = op == TNPU_QOP_CONV ? draw(1, 20) : in_c, h, w;
    g->tensors[0] = tensor(draw(10, 14), draw(10, 14), in_c);
    g->tensor_count = 2;
    g->layer_count = 1;
    tnpu_qlayer_op_size(g, l, &h, &w);
    g->tensors[1] = tensor(h / l->pool_h, w / l->pool_w, out_c);
    if (!conv) return;
    size_t count = (size_t)tnpu_qlayer_weight_count(g, l), c = (size_t)out_c;
    l->weights = malloc(count);
    l->bias = malloc(c * sizeof *l->bias);
    l->post_bias = malloc(c * sizeof *l->post_bias);
    l->mult = malloc(c * sizeof *l->mult);
    l->shift = malloc(c);
    l->k = residual ? malloc(c * sizeof *l->k) : NULL;
    l->in_zp = draw(-128, 127);
    l->out_zp = draw(-128, 127);
    l->res_zp = residual ? draw(-128, 127) : 0;
    l->n = residual ? draw(0, TNPU_Q_WIDE_N_MAX) : 0;
    l->relu_first = draw(0, 1);
    for (size_t i = 0; i < count; i++) l->weights[i] = (int8_t)draw(-127, 127);
    for (size_t i = 0; i < c; i++) {
        l->bias[i] = draw(-20000, 20000);
        l->post_bias[i] = draw(-50000, 50000);
        l->mult[i] = draw(-2000000, 2000000) * 1000;
        l->shift[i] = (int8_t)(draw(-10, -6) + l->n);
        if (l->k) l->k[i] = (int16_t)draw(-32768, 32767);
    }
}

/// Output (y, x, c) of the operator, before pooling.
static int one_output(const struct tnpu_qgraph *g, const int8_t *in, const int8_t *res, int y,
                      int x, int c) {
    const struct tnpu_qlayer *l = &g->layers[0];
    const struct tnpu_qtensor *t = &g->tensors[0];
    bool dense = l->op == TNPU_QOP_CONV;
    int64_t acc = 0;
    int n = 0, max = -128, h, w;
    for (int ky = 0; ky < l->kernel_h; ky++)
        for (int kx = 0; kx < l->kernel_w; kx++)
            for (int i = dense ? 0 : c; i < (dense ? t->c : c + 1); i++) {
                int iy = y * l->stride_h + ky * l->dilation_h - l->pad_top;
                int ix = x * l->stride_w + kx * l->dilation_w - l->pad_left;
                bool inside = iy >= 0 && iy < t->h && ix >= 0 && ix < t->w;
                int q = inside ? in[(iy * t->w + ix) * t->c + i] : l->in_zp;
                int tap = ky * l->kernel_w + kx, taps = l->kernel_h * l->kernel_w;
                if (l->weights)
                    acc += q * (dense ? l->weights[(c * taps + tap) * t->c + i]
                                      : l->weights[c * taps + tap]);
                else if (inside) {
                    acc += q;
                    max = q > max ? q : max;
                    n++;
                }
            }
    if (l->op == TNPU_QOP_MAXPOOL) return tnpu_clamp(max, l->act_min, l->act_max);
    if (l->op == TNPU_QOP_AVGPOOL)
        return tnpu_clamp(acc > 0 ? (acc + n / 2) / n : (acc - n / 2) / n, l->act_min, l->act_max);
    acc += l->bias[c];
    acc = (l->relu_first && acc < 0 ? 0 : acc) + l->post_bias[c];
    int64_t v = tnpu_mbqm(tnpu_sat32(acc), l->mult[c], l->shift[c]);
    tnpu_qlayer_op_size(g, l, &h, &w);
    if (res)
        v = tnpu_rdbp64(v + (res[(y * w + x) * g->tensors[1].c + c] - l->res_zp) * l->k[c], l->n);
    return tnpu_clamp(v + l->out_zp, l->act_min, l->act_max);
}

static void check_layer(const struct tnpu_qgraph *g) {
    const struct tnpu_qlayer *l = &g->layers[0];
    const struct tnpu_qtensor *t = &g->tensors[0], *o = &g->tensors[1];
    int in_size = t->h * t->w * t->c, out_size = o->h * o->w * o->c;
    int8_t *in = malloc((size_t)in_size), *res = NULL, *out = malloc((size_t)out_size);
    void *scratch = malloc(tnpu_qexec_scratch_size(g));
    for (int i = 0; i < in_size; i++) in[i] = (int8_t)draw(-128, 127);
    if (l->k) {
        res = malloc((size_t)out_size);
        for (int i = 0; i < out_size; i++) res[i] = (int8_t)draw(-128, 127);
    }
    tnpu_qexec_layer(g, l, in, res, out, scratch);
    for (int i = 0; i < out_size; i++) {
        int y = i / o->c / o->w, x = i / o->c % o->w, want = -128;
        for (int p = 0; p < l->pool_h * l->pool_w; p++) {
            int v = one_output(g, in, res, y * l->pool_h + p / l->pool_w,
                               x * l->pool_w + p % l->pool_w, i % o->c);
            want = v > want ? v : want;
        }
        assert_int_equal(out[i], want);
    }
    free(in);
    free(res);
    free(out);
    free(scratch);
}

static void equals_definition(void **state) {
    (void)state;
    static const enum tnpu_qop ops[] = {TNPU_QOP_CONV, TNPU_QOP_DWCONV, TNPU_QOP_AVGPOOL,
                                        TNPU_QOP_MAXPOOL};
    for (int i = 0; i < 200; i++) {
        struct tnpu_qgraph g;
        enum tnpu_qop op = ops[i % 4];
        random_graph(&g, op, i % 8 >= 4 && i % 4 < 2);
        check_layer(&g);
        tnpu_qgraph_free(&g);
    }
}

/// A graph that is in order, for spoiling.
static void good_graph(struct tnpu_qgraph *g) {
    struct tnpu_error e = {""};
    random_graph(g, TNPU_QOP_CONV, false);
    for (int c = 0; c < g->tensors[1].c; c++) g->layers[0].shift[c] = -8;
    if (tnpu_qgraph_check(g, &e)) fail_msg("%s", e.text);
}

static void expect_refusal(struct tnpu_qgraph *g, const char *says) {
    struct tnpu_error e = {""};
    assert_int_equal(tnpu_qgraph_check(g, &e), -1);
    if (!strstr(e.text, says)) fail_msg("\"%s\" does not say \"%s\"", e.text, says);
    tnpu_qgraph_free(g);
}

static void refuses_graphs_out_of_range(void **state) {
    (void)state;
    struct tnpu_qgraph g;
#define SPOILED(change, says)                                                                      \
    do {                                                                                           \
        good_graph(&g);                                                                            \
        struct tnpu_qlayer *l = &g.layers[0];                                                      \
        l->change;                                                                                 \
        expect_refusal(&g, says);                                                                  \
    } while (0)
    SPOILED(stride_h = 0, "of 0, want 1 to 4096");
    SPOILED(dilation_w = 4097, "of 4097, want 1 to 4096");
    SPOILED(pad_left = -1, "padding of -1, want 0 to 4096");
    SPOILED(pad_top = 4097, "padding of 4097, want 0 to 4096");
    SPOILED(out_zp = 128, "zero point");
    SPOILED(act_min = l->act_max + 1, "clamp");
    SPOILED(n = 3, "n is out of range");
    SPOILED(residual = 9, "index");
    SPOILED(input = 1, "before it is written");
    SPOILED(output = 0, "written already");
    SPOILED(kernel_h += 8, "shape");
    SPOILED(shift[0] = 31, "shift is out of range");
    SPOILED(shift[0] = 30, "left shift can overflow");
    SPOILED(bias[0] = INT32_MAX, "sum with the bias can overflow");
    SPOILED(post_bias[0] = INT32_MAX, "sum with post_bias can overflow");
#undef SPOILED
    good_graph(&g);
    g.tensors[1].scale[0] = 0;
    expect_refusal(&g, "scale is not positive");
    good_graph(&g);
    g.output = 2;
    expect_refusal(&g, "no output");
    good_graph(&g);
    g.tensors[0].c++;
    g.layers[0].op = TNPU_QOP_DWCONV;
    expect_refusal(&g, "shape");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_definition),
        cmocka_unit_test(refuses_graphs_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
