// SPDX-License-Identifier: Apache-2.0
// CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED.
#include "replay_shape.h"

#include <stdlib.h>

/// Bias and requantisation of each output channel, in memory of their own.
struct channels {
    int32_t *bias, *mult;
    int8_t *shift;
};

static void channels_free(struct channels *c) {
    free(c->bias);
    free(c->mult);
    free(c->shift);
}

static int channels_make(const struct replay *r, int count, int fully_connected, struct channels *c,
                         struct tnpu_error *e) {
    const struct tnpu_golden_tensor *w = tensor_in(r, 1);
    float in = tensor_in(r, 0)->scale[0], out = tensor_out(r)->scale[0];
    c->bias = calloc((size_t)count, sizeof *c->bias);
    c->mult = calloc((size_t)count, sizeof *c->mult);
    c->shift = calloc((size_t)count, 1);
    if (!c->bias || !c->mult || !c->shift) {
        channels_free(c);
        return tnpu_fail(e, "out of memory");
    }
    if (has_input(r, 2)) memcpy(c->bias, bytes_in(r, 2), (size_t)count * sizeof *c->bias);
    for (int i = 0; i < count; i++) {
        int32_t shift;
        float scale = w->scale[w->scale_count > 1 ? i : 0];
        double factor = fully_connected && w->scale_count == 1
                            ? tnpu_factor_fully_connected(in, scale, out)
                            : tnpu_factor_conv(in, scale, out);
        tnpu_prepare_multiplier(factor, &c->mult[i], &shift);
        c->shift[i] = (int8_t)shift;
    }
    return 0;
}

typedef void conv_fn(const struct tnpu_op_conv *p, const int8_t *in, int8_t *out);

static int convolve(const struct replay *r, conv_fn *run, struct tnpu_error *e) {
    const int32_t *o = r->op->options;
    const struct tnpu_golden_tensor *w = tensor_in(r, 1);
    struct tnpu_op_conv p = {.kernel_h = w->dims[1],
                             .kernel_w = w->dims[2],
                             .stride_h = o[1],
                             .stride_w = o[2],
                             .dilation_h = o[3],
                             .dilation_w = o[4],
                             .in_zp = tensor_in(r, 0)->zero_point,
                             .out_zp = tensor_out(r)->zero_point,
                             .weights = (const int8_t *)bytes_in(r, 1)};
    struct channels c;
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e) ||
        channels_make(r, p.out.c, 0, &c, e))
        return -1;
    if (o[0] == 0) { // SAME
        p.pad_top = tnpu_same_padding(p.in.h, p.out.h, p.kernel_h, p.stride_h, p.dilation_h);
        p.pad_left = tnpu_same_padding(p.in.w, p.out.w, p.kernel_w, p.stride_w, p.dilation_w);
    }
    p.groups = w->dims[3] ? p.in.c / w->dims[3] : 0;
    p.bias = c.bias;
    p.mult = c.mult;
    p.shift = c.shift;
    tnpu_prepare_activation((enum tnpu_activation)o[8], quantisation(tensor_out(r)), &p.act_min,
                            &p.act_max);
    run(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    channels_free(&c);
    return 0;
}

int replay_conv(const struct replay *r, struct tnpu_error *e) {
    return convolve(r, tnpu_op_conv_2d, e);
}

int replay_depthwise(const struct replay *r, struct tnpu_error *e) {
    return convolve(r, tnpu_op_depthwise_conv_2d, e);
}

int replay_fully_connected(const struct replay *r, struct tnpu_error *e) {
    const struct tnpu_golden_tensor *w = tensor_in(r, 1);
    struct tnpu_op_fully_connected p = {.inputs = w->dims[1],
                                        .outputs = w->dims[0],
                                        .in_zp = tensor_in(r, 0)->zero_point,
                                        .out_zp = tensor_out(r)->zero_point,
                                        .weights = (const int8_t *)bytes_in(r, 1)};
    struct channels c;
    if (channels_make(r, p.outputs, 1, &c, e)) return -1;
    p.rows = (int32_t)(tensor_in(r, 0)->size / (size_t)p.inputs);
    p.bias = c.bias;
    p.mult = c.mult;
    p.shift = c.shift;
    tnpu_prepare_activation((enum tnpu_activation)r->op->options[8], quantisation(tensor_out(r)),
                            &p.act_min, &p.act_max);
    tnpu_op_fully_connected(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    channels_free(&c);
    return 0;
}
