// SPDX-License-Identifier: Apache-2.0
// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: weights, biases, factors and padding.
#include "tnpu_bytes.h"
#include "tnpu_tflite_build.h"
#include "tnpu_tflite_window.h"

#include <math.h>

/// Weights of the file: int8, symmetric, one scale or one an output channel.
struct filter {
    const struct tnpu_tfl_tensor *t;
    int dims[4];
    int64_t bytes;
};

static int read_filter(struct tnpu_tfl_build *b, int t, int rank, int channel_dim,
                       struct filter *f) {
    if (t < 0) return tnpu_tfl_refuse(b, "it has no weights");
    f->t = &b->m->tensors[t];
    f->bytes = 1;
    if (f->t->type != TNPU_TFL_INT8)
        return tnpu_tfl_refuse_tensor(
            b, t,
            "the weights of operator %d are %s, not INT8; only int8 full-integer networks can "
            "be run",
            b->op, tnpu_tfl_type_name(f->t->type));
    if (f->t->rank != rank)
        return tnpu_tfl_refuse_tensor(b, t, "weights of %d dimensions, want %d", f->t->rank, rank);
    for (int i = 0; i < rank; i++) {
        f->dims[i] = f->t->dims[i];
        if (f->dims[i] < 1 || f->dims[i] > 1 << 20)
            return tnpu_tfl_refuse_tensor(b, t, "dimension %d is %d", i, f->dims[i]);
        f->bytes *= f->dims[i];
        if (f->bytes > 1 << 26) return tnpu_tfl_refuse_tensor(b, t, "too many weights");
    }
    if (!f->t->data || f->t->sparse)
        return tnpu_tfl_refuse_tensor(b, t, "the weights of operator %d are not constant data",
                                      b->op);
    if ((int64_t)f->t->size != f->bytes)
        return tnpu_tfl_refuse_tensor(b, t, "has %zu bytes, its shape asks for %lld", f->t->size,
                                      (long long)f->bytes);
    int channels = f->dims[channel_dim], scales = f->t->scale_count;
    if (scales != 1 && (scales != channels || f->t->quantized_dimension != channel_dim))
        return tnpu_tfl_refuse_tensor(
            b, t, "%d scales along dimension %d, want one, or %d along dimension %d", scales,
            f->t->quantized_dimension, channels, channel_dim);
    for (int i = 0; i < scales; i++)
        if (!isfinite(f->t->scale[i]) || f->t->scale[i] < 0)
            return tnpu_tfl_refuse_tensor(b, t, "scale %d is out of range", i);
    for (int i = 0; i < f->t->zero_point_count; i++)
        if (f->t->zero_point[i])
            return tnpu_tfl_refuse_tensor(
                b, t, "weights have a zero point; only symmetric ones can be run");
    return 0;
}

/// Biases as the file has them, less the input's zero point times the sum of the weights.
static int set_biases(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op,
                      struct tnpu_qlayer *l) {
    int channels = tnpu_qlayer_param_count(b->q, l);
    int t = op->input_count > 2 ? op->inputs[2] : -1;
    const struct tnpu_tfl_tensor *bias = t >= 0 ? &b->m->tensors[t] : NULL;
    int64_t count = bias && bias->rank <= 4 ? 1 : 0; // of channels, in any number of dimensions
    for (int i = 0; count > 0 && i < bias->rank; i++)
        count = bias->dims[i] == 1 || bias->dims[i] == channels ? count * bias->dims[i] : 0;
    if (bias && (bias->type != TNPU_TFL_INT32 || count != channels || !bias->data || bias->sparse ||
                 bias->size != (size_t)channels * 4))
        return tnpu_tfl_refuse_tensor(
            b, t, "biases of operator %d: %d dimensions, %zu bytes of %s, want %d constant INT32",
            b->op, bias->rank, bias->size, tnpu_tfl_type_name(bias->type), channels);
    int64_t each = tnpu_qlayer_weight_count(b->q, l) / channels;
    for (int c = 0; c < channels; c++) {
        int64_t sum = 0;
        for (int64_t i = 0; i < each; i++) sum += l->weights[c * each + i];
        int64_t value =
            (bias ? (int32_t)tnpu_get_u32(bias->data + (size_t)c * 4) : 0) - l->in_zp * sum;
        if (value < INT32_MIN || value > INT32_MAX)
            return tnpu_tfl_refuse(b, "the bias of channel %d overflows", c);
        l->bias[c] = (int32_t)value;
    }
    return 0;
}

/// One scale a channel, or one for all weights, which FULLY_CONNECTED treats in its own way.
static int set_factors(struct tnpu_tfl_build *b, struct tnpu_qlayer *l, const struct filter *f,
                       bool fully_connected) {
    float in = *b->q->tensors[l->input].scale, out = *b->q->tensors[l->output].scale;
    bool one = f->t->scale_count == 1;
    for (int c = 0; c < tnpu_qlayer_param_count(b->q, l); c++) {
        float weights = f->t->scale[one ? 0 : c];
        double factor = one && fully_connected ? tnpu_factor_fully_connected(in, weights, out)
                                               : tnpu_factor_conv(in, weights, out);
        if (tnpu_tfl_multiplier(b, l, c, factor)) return -1;
    }
    return 0;
}

int tnpu_tfl_conv(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    struct filter f;
    struct tnpu_tfl_window w;
    int in = tnpu_tfl_operand(b, op, 0);
    if (in < 0 || read_filter(b, op->inputs[1], 4, 0, &f)) return -1;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    int groups = s.c / f.dims[3];
    if (s.c % f.dims[3] || f.dims[0] % groups)
        return tnpu_tfl_refuse(b, "its input has %d channels, its weights %d for %d outputs", s.c,
                               f.dims[3], f.dims[0]);
    if (tnpu_tfl_window(b, &op->options, s, f.dims[1], f.dims[2], &w)) return -1;
    int out = tnpu_tfl_result(b, op, 0, (struct tnpu_tfl_shape){w.out_h, w.out_w, f.dims[0]});
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_CONV, in, out);
    if (!l) return -1;
    tnpu_tfl_window_fields(l, &w);
    if (tnpu_tfl_add_constants(b, l)) return -1;
    // Groups: the weights of the other groups' channels are zero.
    int taps = f.dims[1] * f.dims[2], each = f.dims[3];
    for (int c = 0; c < f.dims[0]; c++)
        for (int t = 0; t < taps; t++)
            for (int i = 0; i < each; i++)
                l->weights[((int64_t)c * taps + t) * s.c + c / (f.dims[0] / groups) * each + i] =
                    (int8_t)f.t->data[((int64_t)c * taps + t) * each + i];
    return set_biases(b, op, l) || set_factors(b, l, &f, false) ||
                   tnpu_tfl_clamp(b, l, op->options.activation, out)
               ? -1
               : 0;
}

/// With one output a channel a depthwise layer; otherwise (depth multiplier, or one input channel)
/// a convolution whose other weights are zero.
int tnpu_tfl_depthwise(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    struct filter f;
    struct tnpu_tfl_window w;
    int in = tnpu_tfl_operand(b, op, 0);
    if (in < 0 || read_filter(b, op->inputs[1], 4, 3, &f)) return -1;
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in);
    if (f.dims[0] != 1 || f.dims[3] % s.c)
        return tnpu_tfl_refuse(b, "its input has %d channels, its weights are for %d", s.c,
                               f.dims[3]);
    int multiplier = f.dims[3] / s.c, taps = f.dims[1] * f.dims[2];
    bool depthwise = multiplier == 1 && s.c > 1;
    if (tnpu_tfl_window(b, &op->options, s, f.dims[1], f.dims[2], &w)) return -1;
    int out = tnpu_tfl_result(b, op, 0, (struct tnpu_tfl_shape){w.out_h, w.out_w, f.dims[3]});
    struct tnpu_qlayer *l =
        out < 0 ? NULL
                : tnpu_tfl_add_layer(b, depthwise ? TNPU_QOP_DWCONV : TNPU_QOP_CONV, in, out);
    if (!l) return -1;
    tnpu_tfl_window_fields(l, &w);
    if (tnpu_tfl_add_constants(b, l)) return -1;
    for (int c = 0; c < f.dims[3]; c++)
        for (int t = 0; t < taps; t++) {
            int64_t at = (int64_t)c * taps + t;
            l->weights[depthwise ? at : at * s.c + c / multiplier] =
                (int8_t)f.t->data[(int64_t)t * f.dims[3] + c];
        }
    return set_biases(b, op, l) || set_factors(b, l, &f, false) ||
                   tnpu_tfl_clamp(b, l, op->options.activation, out)
               ? -1
               : 0;
}

/// Over each pixel's channels, or over the whole map: then a kernel of the map's size, whose
/// weights are in the same order as those of the flattened map.
int tnpu_tfl_fully_connected(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    struct filter f;
    int in = tnpu_tfl_operand_bytes(b, op, 0);
    if (in < 0 || read_filter(b, op->inputs[1], 2, 0, &f)) return -1;
    if (op->options.weights_format) return tnpu_tfl_refuse(b, "its weights are shuffled");
    struct tnpu_tfl_shape s = tnpu_tfl_shape_of(b, in), out_shape = {1, 1, f.dims[0]};
    bool whole = (int64_t)s.h * s.w * s.c == f.dims[1];
    if (!whole && b->lazy[op->inputs[0]]) {
        if ((in = tnpu_tfl_operand(b, op, 0)) < 0) return -1;
        s = tnpu_tfl_shape_of(b, in);
    }
    if (!whole && s.c != f.dims[1])
        return tnpu_tfl_refuse(b, "its input is %d x %d x %d, its weights are for %d values", s.h,
                               s.w, s.c, f.dims[1]);
    if (!whole) out_shape = (struct tnpu_tfl_shape){s.h, s.w, f.dims[0]};
    int out = tnpu_tfl_result(b, op, 0, out_shape);
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_CONV, in, out);
    if (!l) return -1;
    l->kernel_h = whole ? s.h : 1;
    l->kernel_w = whole ? s.w : 1;
    if (tnpu_tfl_add_constants(b, l)) return -1;
    for (int64_t i = 0; i < f.bytes; i++) l->weights[i] = (int8_t)f.t->data[i];
    if (set_biases(b, op, l) || set_factors(b, l, &f, true)) return -1;
    return tnpu_tfl_clamp(b, l, op->options.activation, out);
}
