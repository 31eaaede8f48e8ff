// SPDX-License-Identifier: Apache-2.0
// Quantisation after training, on a small network with every structure that it treats specially.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_float.h"
#include "tnpu_fuse.h"
#include "tnpu_qexec.h"
#include "tnpu_quantise.h"
#include "tnpu_quantise_layer.h"
#include "tnpu_ranges.h"
#include "tnpu_snr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 16
#define PICTURES 6

static uint32_t seed;

/// Uniform in [-1, 1).
static float draw(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (1 << 23) - 1;
}

static float *draw_array(size_t n, float scale, float offset) {
    float *p = malloc(n * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) p[i] = draw() * scale + offset;
    return p;
}

static int add(struct tnpu_graph *g, const char *name, struct tnpu_node n, int out_c) {
    struct tnpu_error e = {""};
    snprintf(n.name, sizeof n.name, "%s", name);
    int t = tnpu_graph_add(g, &n, out_c, &e);
    if (t < 0) fail_msg("%s", e.text);
    return t;
}

static int conv(struct tnpu_graph *g, const char *name, int in, int kernel, int stride, int out_c) {
    int in_c = g->tensors[in].c, pad = kernel / 2;
    size_t k = (size_t)kernel * kernel * in_c;
    struct tnpu_node n = {.op = TNPU_GOP_CONV,
                          .input = in,
                          .window = {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad}};
    n.weights = draw_array(k * out_c, 1.7f / sqrtf((float)k), 0);
    n.bias = draw_array((size_t)out_c, 0.1f, 0);
    return add(g, name, n, out_c);
}

static int dwconv(struct tnpu_graph *g, const char *name, int in) {
    struct tnpu_node n = {
        .op = TNPU_GOP_DWCONV, .input = in, .window = {3, 3, 1, 1, 1, 1, 1, 1, 1, 1}};
    n.weights = draw_array((size_t)g->tensors[in].c * 9, 0.5f, 0);
    return add(g, name, n, 0);
}

static int relu(struct tnpu_graph *g, const char *name, int in) {
    return add(g, name, (struct tnpu_node){.op = TNPU_GOP_RELU, .input = in}, 0);
}

/// Channel 1 has a negative scale; channel 2 hardly any: it becomes a constant.
static int affine(struct tnpu_graph *g, const char *name, int in) {
    size_t c = (size_t)g->tensors[in].c;
    struct tnpu_node n = {.op = TNPU_GOP_AFFINE, .input = in};
    n.scale = draw_array(c, 0.4f, 1);
    n.offset = draw_array(c, 0.5f, 0);
    n.scale[1] = -n.scale[1];
    n.scale[2] = 1e-12f;
    n.offset[2] = 0.625f;
    return add(g, name, n, 0);
}

/// stem (conv, ReLU, affine, max pooling); depthwise, affine, pointwise, ReLU, affine, plus the
/// stem; depthwise, ReLU, affine, plus its own input; average; 10 scores.
static void small_network(struct tnpu_graph *g) {
    struct tnpu_error e;
    seed = 7;
    assert_int_equal(tnpu_graph_init(g, "small", SIZE, SIZE, 3, 128, 1.0f / 64, &e), 0);
    int t = affine(g, "stem.bn", relu(g, "stem.relu", conv(g, "stem", 0, 3, 1, 12)));
    int stem =
        add(g, "stem.pool",
            (struct tnpu_node){
                .op = TNPU_GOP_MAXPOOL, .input = t, .window = {2, 2, 2, 2, 1, 1, 0, 0, 0, 0}},
            0);
    t = affine(g, "dw1.bn", dwconv(g, "dw1", stem));
    t = affine(g, "pw.bn", relu(g, "pw.relu", conv(g, "pw", t, 1, 1, 12)));
    int mid = add(g, "add1", (struct tnpu_node){.op = TNPU_GOP_ADD, .input = t, .input2 = stem}, 0);
    t = affine(g, "dw2.bn", relu(g, "dw2.relu", dwconv(g, "dw2", mid)));
    t = add(g, "add2", (struct tnpu_node){.op = TNPU_GOP_ADD, .input = mid, .input2 = t}, 0);
    struct tnpu_window whole = {SIZE / 2, SIZE / 2, 1, 1, 1, 1, 0, 0, 0, 0};
    t = add(g, "avg", (struct tnpu_node){.op = TNPU_GOP_AVGPOOL, .input = t, .window = whole}, 0);
    conv(g, "scores", t, 1, 1, 10);
}

static struct tnpu_pictures draw_pictures(void) {
    static int8_t q[PICTURES][SIZE * SIZE * 3];
    seed = 99;
    for (int p = 0; p < PICTURES; p++) {
        float a = draw() * 3, b = draw() * 3, base = draw() * 60;
        for (int i = 0; i < SIZE * SIZE * 3; i++) {
            float wave = sinf(a * (i / 3 % SIZE) + b * (i / 3 / SIZE) + (float)(i % 3));
            q[p][i] = (int8_t)(base + 50 * wave + 10 * draw());
        }
    }
    return (struct tnpu_pictures){q[0], PICTURES, sizeof q[0]};
}

static void quantise(struct tnpu_qgraph *q, const struct tnpu_graph *g,
                     const struct tnpu_quantise_options *opt) {
    struct tnpu_pictures pictures = draw_pictures();
    struct tnpu_error e = {""};
    if (tnpu_quantise(q, g, &pictures, opt, &e)) fail_msg("%s", e.text);
}

static void fuses_into_machine_layers(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_fused f;
    struct tnpu_error e;
    small_network(&g);
    assert_int_equal(tnpu_fuse(&f, &g, &e), 0);
    static const char *const names[] = {"stem", "dw1", "pw", "dw2", "avg", "scores"};
    assert_int_equal(f.count, 6);
    for (int i = 0; i < 6; i++) assert_string_equal(f.layers[i].name, names[i]);
    assert_true(f.layers[0].relu && f.layers[0].pool_h == 2 && f.layers[0].pool_w == 2);
    assert_false(f.layers[1].relu); // affine folded away
    assert_true(f.layers[1].post_scale[1] == 1);
    assert_int_equal(f.layers[2].residual, f.layers[0].output);
    assert_int_equal(f.layers[3].residual, f.layers[3].input);
    tnpu_fused_free(&f);
    tnpu_graph_free(&g);
}

static void refuses_what_it_cannot_fuse(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_fused f;
    struct tnpu_error e;
    assert_int_equal(tnpu_graph_init(&g, "odd", 4, 4, 3, 128, 1, &e), 0);
    relu(&g, "lonely", 0);
    assert_int_equal(tnpu_fuse(&f, &g, &e), -1);
    assert_non_null(strstr(e.text, "lonely follows no convolution"));
    tnpu_graph_free(&g);
}

static void follows_the_float_network(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    struct tnpu_pictures pictures = draw_pictures();
    double snr[16];
    small_network(&g);
    quantise(&q, &g, &(struct tnpu_quantise_options){.threads = 2, .bias_correction = true});
    assert_int_equal(q.layer_count, 6);
    assert_int_equal(tnpu_snr(&g, &q, &pictures, 2, snr, &e), 0);
    for (int i = 1; i < q.tensor_count; i++) {
        print_message("%-8s %.1f dB\n", q.tensors[i].name, snr[i]);
        assert_true(snr[i] > 30);
    }
    assert_true(isinf(snr[0])); // the input is exact
    assert_int_equal(q.tensors[q.output].scale_count, 1);
    assert_true(q.layers[3].residual_is_input);
    assert_false(q.layers[2].residual_is_input);
    assert_true(q.layers[0].mult[1] < 0); // negative scale after the ReLU
    tnpu_qgraph_free(&q);
    tnpu_graph_free(&g);
}

/// A channel whose output does not depend on the input says what the float network says, exactly to
/// half a step.
static void dead_channels_become_constants(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    small_network(&g);
    quantise(&q, &g, &(struct tnpu_quantise_options){.threads = 1, .bias_correction = true});
    struct tnpu_qexec *x = tnpu_qexec_new(&q, &e);
    assert_non_null(x);
    tnpu_qexec_run(x, draw_pictures().q);
    const struct tnpu_qtensor *t = &q.tensors[q.layers[0].output];
    const int8_t *out = tnpu_qexec_tensor(x, q.layers[0].output);
    for (int i = 0; i < t->h * t->w; i++) {
        float v = t->scale[2] * (float)(out[i * t->c + 2] - t->zero_point);
        assert_true(fabsf(v - 0.625f) <= t->scale[2] / 2);
    }
    for (int i = 0; i < 27; i++) assert_int_equal(q.layers[0].weights[2 * 27 + i], 0);
    tnpu_qexec_free(x);
    tnpu_qgraph_free(&q);
    tnpu_graph_free(&g);
}

static void expect_equal(const struct tnpu_qgraph *a, const struct tnpu_qgraph *b) {
    assert_int_equal(a->layer_count, b->layer_count);
    for (int i = 0; i < a->tensor_count; i++) {
        assert_int_equal(a->tensors[i].zero_point, b->tensors[i].zero_point);
        assert_memory_equal(a->tensors[i].scale, b->tensors[i].scale,
                            (size_t)a->tensors[i].scale_count * sizeof(float));
    }
    for (int i = 0; i < a->layer_count; i++) {
        const struct tnpu_qlayer *l = &a->layers[i], *m = &b->layers[i];
        if (!l->weights) continue;
        size_t c = (size_t)a->tensors[l->output].c;
        assert_memory_equal(l->weights, m->weights, (size_t)tnpu_qlayer_weight_count(a, l));
        assert_memory_equal(l->bias, m->bias, c * sizeof *l->bias);
        assert_memory_equal(l->post_bias, m->post_bias, c * sizeof *l->post_bias);
        assert_memory_equal(l->mult, m->mult, c * sizeof *l->mult);
        assert_memory_equal(l->shift, m->shift, c);
        if (l->k) assert_memory_equal(l->k, m->k, c * sizeof *l->k);
        assert_int_equal(l->n, m->n);
    }
}

static void same_bytes_on_any_number_of_threads(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_qgraph a, b;
    small_network(&g);
    quantise(&a, &g, &(struct tnpu_quantise_options){.threads = 1, .bias_correction = true});
    for (int threads = 2; threads <= 5; threads++) {
        quantise(&b, &g,
                 &(struct tnpu_quantise_options){.threads = threads, .bias_correction = true});
        expect_equal(&a, &b);
        tnpu_qgraph_free(&b);
    }
    tnpu_qgraph_free(&a);
    tnpu_graph_free(&g);
}

static void adaptive_rounding_beats_nearest(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_error e;
    struct tnpu_pictures pictures = draw_pictures();
    double snr[2][16];
    small_network(&g);
    for (int i = 0; i < 2; i++) {
        struct tnpu_qgraph q;
        quantise(&q, &g, &(struct tnpu_quantise_options){.threads = 1, .nearest_rounding = i == 1});
        assert_int_equal(tnpu_snr(&g, &q, &pictures, 1, snr[i], &e), 0);
        tnpu_qgraph_free(&q);
    }
    print_message("scores %.2f dB, to nearest %.2f dB\n", snr[0][6], snr[1][6]);
    assert_true(snr[0][6] > snr[1][6]);
    tnpu_graph_free(&g);
}

/// How many channels of maps have a mean more than a twentieth of a step from the float network's.
/// (A single pixel of a few pictures has no finer mean to correct, nor has the constant channel 2.)
static int shifted_channels(const struct tnpu_graph *g, const struct tnpu_qgraph *q) {
    struct tnpu_error e;
    struct tnpu_pictures pictures = draw_pictures();
    struct tnpu_float_plan *plan = tnpu_float_plan_new(g, &e);
    struct tnpu_float_run *run = tnpu_float_run_new(plan, &e);
    struct tnpu_qexec *x = tnpu_qexec_new(q, &e);
    static double error[16][16];
    int shifted = 0;
    memset(error, 0, sizeof error);
    for (int p = 0; p < PICTURES; p++) {
        tnpu_float_run_picture(run, pictures.q + (size_t)p * pictures.size);
        tnpu_qexec_run(x, pictures.q + (size_t)p * pictures.size);
        for (int t = 1; t < q->tensor_count; t++) {
            const struct tnpu_qtensor *qt = &q->tensors[t];
            for (int i = 0; i < qt->h * qt->w * qt->c; i++) {
                int c = i % qt->c;
                float want = tnpu_float_tensor(run, qt->float_tensor)[i];
                double step = qt->scale[qt->scale_count == 1 ? 0 : c];
                error[t][c] += (tnpu_qexec_tensor(x, t)[i] - qt->zero_point - want / step) /
                               (qt->h * qt->w * PICTURES);
            }
        }
    }
    for (int t = 1; t < q->tensor_count; t++)
        for (int c = 0; q->tensors[t].h > 1 && c < q->tensors[t].c; c++)
            shifted += c != 2 && fabs(error[t][c]) > 0.05;
    tnpu_qexec_free(x);
    tnpu_float_run_free(run);
    tnpu_float_plan_free(plan);
    return shifted;
}

static void bias_correction_centres_channels(void **state) {
    (void)state;
    struct tnpu_graph g;
    int shifted[2];
    small_network(&g);
    for (int i = 0; i < 2; i++) {
        struct tnpu_qgraph q;
        quantise(&q, &g, &(struct tnpu_quantise_options){.threads = 1, .bias_correction = i == 1});
        shifted[i] = shifted_channels(&g, &q);
        tnpu_qgraph_free(&q);
    }
    print_message("%d channels are shifted, corrected %d\n", shifted[0], shifted[1]);
    assert_true(shifted[1] * 2 < shifted[0]);
    tnpu_graph_free(&g);
}

static void refuses_wrong_pictures(void **state) {
    (void)state;
    struct tnpu_graph g;
    struct tnpu_qgraph q;
    struct tnpu_error e;
    struct tnpu_pictures pictures = draw_pictures();
    const struct tnpu_quantise_options opt = {.threads = 1};
    small_network(&g);
    pictures.count = 0;
    assert_int_equal(tnpu_quantise(&q, &g, &pictures, &opt, &e), -1);
    pictures.count = 1;
    pictures.size--;
    assert_int_equal(tnpu_quantise(&q, &g, &pictures, &opt, &e), -1);
    tnpu_graph_free(&g);
}

static void multipliers(void **state) {
    (void)state;
    int32_t mult;
    int8_t shift;
    static const double factors[] = {1, 0.5, 0.75, -0.3, 1e-6, -12345.678, 0.99999999999, 1.5e-9};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        assert_int_equal(tnpu_quantise_multiplier(factors[i], &mult, &shift), 0);
        assert_true(fabs(ldexp(mult, shift - 31) / factors[i] - 1) < 1e-9);
        assert_true(llabs((long long)mult) >= 1 << 30);
    }
    assert_int_equal(tnpu_quantise_multiplier(0, &mult, &shift), 0);
    assert_int_equal(mult, 0);
    assert_int_equal(tnpu_quantise_multiplier(1e-12, &mult, &shift), 0); // below 2^-32
    assert_int_equal(mult, 0);
    assert_int_equal(tnpu_quantise_multiplier(1 << 30, &mult, &shift), -1);
}

static void ranges(void **state) {
    (void)state;
    // Channel 0 spreads over [-1, 3] evenly, channel 1 over a hundredth of that.
    static uint32_t hist[2 * TNPU_STATS_BINS];
    float min[] = {-1, -0.01f}, max[] = {3, 0.03f}, scale[2];
    double mean[] = {1, 0.01}, var[] = {16.0 / 12, 16e-4 / 12};
    struct tnpu_tensor_stats ts = {2, TNPU_STATS_BINS * 5, min, max, mean, var, hist};
    struct tnpu_error e;
    int zp;
    for (int i = 0; i < 2 * TNPU_STATS_BINS; i++) hist[i] = 5;
    assert_int_equal(tnpu_choose_range(&ts, NULL, 1, &zp, scale, &e), 0);
    assert_true(abs(zp + 64) <= 1); // a quarter of the range is negative
    assert_true(fabs(scale[0] - 4.0 / 255) < 2e-4);
    assert_true(fabs(scale[1] / scale[0] - 0.01) < 1e-4);
    assert_int_equal(tnpu_choose_range(&ts, (const float[]){1, 1}, 1, &zp, scale, &e), 0);
    assert_true(scale[0] == scale[1]);
    // One value a thousand times as far out is clipped.
    memset(hist, 0, sizeof hist);
    ts.c = 1;
    min[0] = 0;
    max[0] = 1000;
    hist[0] = 4000000;
    hist[1] = 1000000;
    hist[TNPU_STATS_BINS - 1] = 1;
    assert_int_equal(tnpu_choose_range(&ts, NULL, 1, &zp, scale, &e), 0);
    assert_true(scale[0] * 255 < 500);
}

static void picks_calibration_pictures_evenly(void **state) {
    (void)state;
    int index[TNPU_CALIB_MAX];
    assert_int_equal(tnpu_calib_pick(3, index), 3);
    assert_int_equal(index[2], 2);
    assert_int_equal(tnpu_calib_pick(500, index), 100);
    for (int i = 0; i < 100; i++) assert_int_equal(index[i], 5 * i);
    assert_int_equal(tnpu_calib_pick(0, index), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fuses_into_machine_layers),
        cmocka_unit_test(refuses_what_it_cannot_fuse),
        cmocka_unit_test(follows_the_float_network),
        cmocka_unit_test(dead_channels_become_constants),
        cmocka_unit_test(same_bytes_on_any_number_of_threads),
        cmocka_unit_test(adaptive_rounding_beats_nearest),
        cmocka_unit_test(bias_correction_centres_channels),
        cmocka_unit_test(refuses_wrong_pictures),
        cmocka_unit_test(multipliers),
        cmocka_unit_test(ranges),
        cmocka_unit_test(picks_calibration_pictures_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
