// SPDX-License-Identifier: Apache-2.0
// Which operator is whose; elementwise operators, tables, SOFTMAX, QUANTIZE, DEQUANTIZE.
#include "replay_shape.h"

#include <math.h>
#include <stdlib.h>

typedef void binary_fn(const struct tnpu_op_binary *p, const int8_t *a, const int8_t *b,
                       int8_t *out);
typedef void prepare_fn(struct tnpu_op_binary *p, struct tnpu_quantisation a,
                        struct tnpu_quantisation b, struct tnpu_quantisation out,
                        enum tnpu_activation activation);

static int binary(const struct replay *r, prepare_fn *prepare, binary_fn *run,
                  struct tnpu_error *e) {
    struct tnpu_op_binary p = {0};
    if (shape_of(tensor_in(r, 0), &p.a, e) || shape_of(tensor_in(r, 1), &p.b, e) ||
        shape_of(tensor_out(r), &p.out, e))
        return -1;
    if (prepare)
        prepare(&p, quantisation(tensor_in(r, 0)), quantisation(tensor_in(r, 1)),
                quantisation(tensor_out(r)), (enum tnpu_activation)r->op->options[8]);
    run(&p, (const int8_t *)bytes_in(r, 0), (const int8_t *)bytes_in(r, 1), (int8_t *)r->out);
    return 0;
}

static int replay_add(const struct replay *r, struct tnpu_error *e) {
    return binary(r, tnpu_prepare_add, tnpu_op_add, e);
}

static int replay_sub(const struct replay *r, struct tnpu_error *e) {
    return binary(r, tnpu_prepare_add, tnpu_op_sub, e);
}

static int replay_mul(const struct replay *r, struct tnpu_error *e) {
    return binary(r, tnpu_prepare_mul, tnpu_op_mul, e);
}

static int replay_maximum(const struct replay *r, struct tnpu_error *e) {
    return binary(r, NULL, tnpu_op_maximum, e);
}

static int replay_minimum(const struct replay *r, struct tnpu_error *e) {
    return binary(r, NULL, tnpu_op_minimum, e);
}

static int look_up(const struct replay *r, const tnpu_table table) {
    tnpu_op_table(table, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out, tensor_out(r)->size);
    return 0;
}

static int replay_relu(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    tnpu_table_relu(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)), 0, INFINITY);
    return look_up(r, table);
}

static int replay_relu6(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    tnpu_table_relu(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)), 0, 6);
    return look_up(r, table);
}

static int replay_relu_n1_to_1(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    tnpu_table_relu(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)), -1, 1);
    return look_up(r, table);
}

static int replay_logistic(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    tnpu_table_logistic(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)));
    return look_up(r, table);
}

static int replay_tanh(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    tnpu_table_tanh(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)));
    return look_up(r, table);
}

static int replay_hard_swish(const struct replay *r, struct tnpu_error *e) {
    tnpu_table table;
    if (tnpu_table_hard_swish(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r))))
        return tnpu_fail(e, "HARD_SWISH with an output scale below its input's / 128");
    return look_up(r, table);
}

static int replay_leaky_relu(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    tnpu_table table;
    float alpha;
    memcpy(&alpha, &r->op->options[11], 4);
    tnpu_table_leaky_relu(table, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)), alpha);
    return look_up(r, table);
}

static int replay_softmax(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    const struct tnpu_golden_tensor *t = tensor_in(r, 0);
    struct tnpu_op_softmax p = {.depth = t->rank ? t->dims[t->rank - 1] : 1};
    float beta;
    memcpy(&beta, &r->op->options[11], 4);
    p.rows = (int32_t)(t->size / (size_t)p.depth);
    tnpu_prepare_softmax(&p, t->scale[0], beta);
    tnpu_op_softmax(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

/// A tensor's scale and zero point as those of int8: bytes with their sign flipped.
static struct tnpu_quantisation as_int8(const struct tnpu_golden_tensor *t) {
    struct tnpu_quantisation q = quantisation(t);
    if (t->type == TNPU_GOLDEN_UINT8) q.zp -= 128;
    return q;
}

static int replay_quantize(const struct replay *r, struct tnpu_error *e) {
    const struct tnpu_golden_tensor *in = tensor_in(r, 0), *out = tensor_out(r);
    struct tnpu_quantisation to = as_int8(out);
    if (in->type == TNPU_GOLDEN_FLOAT32) {
        float *x = malloc(in->size);
        if (!x) return tnpu_fail(e, "out of memory");
        memcpy(x, bytes_in(r, 0), in->size);
        tnpu_op_quantize(to.scale, to.zp, x, (int8_t *)r->out, out->size);
        free(x);
    } else {
        tnpu_table table;
        tnpu_table_quantize(table, as_int8(in), to);
        memcpy(r->out, bytes_in(r, 0), out->size);
        if (in->type == TNPU_GOLDEN_UINT8) tnpu_op_flip_sign(r->out, r->out, out->size);
        tnpu_op_table(table, (const int8_t *)r->out, (int8_t *)r->out, out->size);
    }
    if (out->type == TNPU_GOLDEN_UINT8) tnpu_op_flip_sign(r->out, r->out, out->size);
    return 0;
}

static int replay_dequantize(const struct replay *r, struct tnpu_error *e) {
    const struct tnpu_golden_tensor *in = tensor_in(r, 0);
    struct tnpu_quantisation from = as_int8(in);
    uint8_t *q = malloc(in->size);
    float *x = malloc(in->size * sizeof *x);
    int ok = q && x;
    if (ok) {
        memcpy(q, bytes_in(r, 0), in->size);
        if (in->type == TNPU_GOLDEN_UINT8) tnpu_op_flip_sign(q, q, in->size);
        tnpu_op_dequantize(from.scale, from.zp, (const int8_t *)q, x, in->size);
        memcpy(r->out, x, in->size * sizeof *x);
    }
    free(q);
    free(x);
    return ok ? 0 : tnpu_fail(e, "out of memory");
}

static int replay_reshape(const struct replay *r, struct tnpu_error *e) {
    (void)e;
    memcpy(r->out, bytes_in(r, 0), tensor_out(r)->size);
    return 0;
}

static const struct {
    uint32_t code; ///< TFLite's BuiltinOperator
    const char *name;
    int (*run)(const struct replay *r, struct tnpu_error *e);
} operators[] = {
    {0, "ADD", replay_add},
    {1, "AVERAGE_POOL_2D", replay_average_pool},
    {2, "CONCATENATION", replay_concatenation},
    {3, "CONV_2D", replay_conv},
    {4, "DEPTHWISE_CONV_2D", replay_depthwise},
    {6, "DEQUANTIZE", replay_dequantize},
    {9, "FULLY_CONNECTED", replay_fully_connected},
    {14, "LOGISTIC", replay_logistic},
    {17, "MAX_POOL_2D", replay_max_pool},
    {18, "MUL", replay_mul},
    {19, "RELU", replay_relu},
    {20, "RELU_N1_TO_1", replay_relu_n1_to_1},
    {21, "RELU6", replay_relu6},
    {22, "RESHAPE", replay_reshape},
    {25, "SOFTMAX", replay_softmax},
    {28, "TANH", replay_tanh},
    {34, "PAD", replay_pad},
    {40, "MEAN", replay_mean},
    {41, "SUB", replay_sub},
    {43, "SQUEEZE", replay_reshape},
    {45, "STRIDED_SLICE", replay_strided_slice},
    {49, "SPLIT", replay_split},
    {55, "MAXIMUM", replay_maximum},
    {57, "MINIMUM", replay_minimum},
    {60, "PADV2", replay_pad},
    {65, "SLICE", replay_slice},
    {70, "EXPAND_DIMS", replay_reshape},
    {97, "RESIZE_NEAREST_NEIGHBOR", replay_resize},
    {98, "LEAKY_RELU", replay_leaky_relu},
    {114, "QUANTIZE", replay_quantize},
    {117, "HARD_SWISH", replay_hard_swish},
};
enum { OPERATORS = sizeof operators / sizeof operators[0] };

static int find(uint32_t code) {
    for (int i = 0; i < OPERATORS; i++)
        if (operators[i].code == code) return i;
    return -1;
}

const char *replay_name(uint32_t code) {
    int i = find(code);
    return i < 0 ? NULL : operators[i].name;
}

int replay_op(const struct replay *r, struct tnpu_error *e) {
    int i = find(r->op->code);
    if (i < 0) return tnpu_fail(e, "operator %u: the host has none", (unsigned)r->op->code);
    return operators[i].run(r, e);
}
