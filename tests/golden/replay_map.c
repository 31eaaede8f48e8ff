// SPDX-License-Identifier: Apache-2.0
// Pools, MEAN, and the operators that move bytes.
#include "replay_shape.h"

typedef void pool_fn(const struct tnpu_op_pool *p, const int8_t *in, int8_t *out);

static int pool(const struct replay *r, pool_fn *run, struct tnpu_error *e) {
    const int32_t *o = r->op->options;
    struct tnpu_op_pool p = {
        .kernel_h = o[5], .kernel_w = o[6], .stride_h = o[1], .stride_w = o[2]};
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    if (o[0] == 0) { // SAME
        p.pad_top = tnpu_same_padding(p.in.h, p.out.h, p.kernel_h, p.stride_h, 1);
        p.pad_left = tnpu_same_padding(p.in.w, p.out.w, p.kernel_w, p.stride_w, 1);
    }
    tnpu_prepare_activation((enum tnpu_activation)o[8], quantisation(tensor_out(r)), &p.act_min,
                            &p.act_max);
    run(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

int replay_average_pool(const struct replay *r, struct tnpu_error *e) {
    return pool(r, tnpu_op_average_pool_2d, e);
}

int replay_max_pool(const struct replay *r, struct tnpu_error *e) {
    return pool(r, tnpu_op_max_pool_2d, e);
}

int replay_mean(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_mean p;
    int over = 0; // the axes: a bit each
    for (size_t i = 0; i < tensor_in(r, 1)->size / 4; i++) over |= 1 << (int_in(r, 1, (int)i) & 3);
    if (tensor_in(r, 0)->rank != 4 || over != (1 << 1 | 1 << 2))
        return tnpu_fail(e, "MEAN over other dimensions than rows and columns");
    if (shape_of(tensor_in(r, 0), &p.in, e)) return -1;
    tnpu_prepare_mean(&p, quantisation(tensor_in(r, 0)), quantisation(tensor_out(r)));
    tnpu_op_mean(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

/// PAD by the output's zero point, PADV2 by a byte of its own.
int replay_pad(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_pad p = {.value = has_input(r, 2) ? (int8_t)bytes_in(r, 2)[0]
                                                     : (int8_t)tensor_out(r)->zero_point};
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    int rank = tensor_in(r, 0)->rank; // the paddings' rows are right-aligned to h, w, c
    p.at = (struct tnpu_shape){rank > 2 ? int_in(r, 1, 2 * (rank - 3)) : 0,
                               rank > 1 ? int_in(r, 1, 2 * (rank - 2)) : 0,
                               int_in(r, 1, 2 * (rank - 1))};
    tnpu_op_pad(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

int replay_concatenation(const struct replay *r, struct tnpu_error *e) {
    size_t bytes[255];
    const int8_t *in[255];
    const struct tnpu_golden_tensor *out = tensor_out(r);
    int axis = r->op->options[9] < 0 ? r->op->options[9] + out->rank : r->op->options[9];
    struct tnpu_op_concatenation p = {.outer = 1, .parts = r->op->input_count, .part_bytes = bytes};
    if (axis < 0 || axis >= out->rank) return tnpu_fail(e, "CONCATENATION along axis %d", axis);
    for (int i = 0; i < axis; i++) p.outer *= (size_t)out->dims[i];
    for (int i = 0; i < p.parts; i++) {
        bytes[i] = tensor_in(r, i)->size / p.outer;
        in[i] = (const int8_t *)bytes_in(r, i);
    }
    tnpu_op_concatenation(&p, in, (int8_t *)r->out);
    return 0;
}

int replay_slice(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_slice p = {.stride = {1, 1, 1}};
    if (tensor_in(r, 0)->rank != 4) return tnpu_fail(e, "SLICE of other than 4 dimensions");
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    p.begin = (struct tnpu_shape){int_in(r, 1, 1), int_in(r, 1, 2), int_in(r, 1, 3)};
    tnpu_op_strided_slice(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

int replay_strided_slice(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_slice p;
    const int32_t *masks = r->op->options;
    if (tensor_in(r, 0)->rank != 4 || masks[2] || masks[3] || masks[4])
        return tnpu_fail(e, "STRIDED_SLICE with new or dropped dimensions");
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    int32_t begin[4];
    for (int i = 0; i < 4; i++) {
        begin[i] = masks[0] & 1 << i ? 0 : int_in(r, 1, i);
        if (begin[i] < 0) begin[i] += tensor_in(r, 0)->dims[i];
    }
    p.begin = (struct tnpu_shape){begin[1], begin[2], begin[3]};
    p.stride = (struct tnpu_shape){int_in(r, 3, 1), int_in(r, 3, 2), int_in(r, 3, 3)};
    tnpu_op_strided_slice(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}

int replay_split(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_slice p = {.stride = {1, 1, 1}};
    if (tensor_in(r, 1)->rank != 4) return tnpu_fail(e, "SPLIT of other than 4 dimensions");
    if (shape_of(tensor_in(r, 1), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    switch (int_in(r, 0, 0) & 3) {
    case 1:
        p.begin.h = r->output * p.out.h;
        break;
    case 2:
        p.begin.w = r->output * p.out.w;
        break;
    case 3:
        p.begin.c = r->output * p.out.c;
        break;
    default:
        return tnpu_fail(e, "SPLIT along the batch");
    }
    tnpu_op_strided_slice(&p, (const int8_t *)bytes_in(r, 1), (int8_t *)r->out);
    return 0;
}

int replay_resize(const struct replay *r, struct tnpu_error *e) {
    struct tnpu_op_resize p = {.align_corners = r->op->options[10] >> 1 & 1,
                               .half_pixel_centers = r->op->options[10] >> 2 & 1};
    if (shape_of(tensor_in(r, 0), &p.in, e) || shape_of(tensor_out(r), &p.out, e)) return -1;
    tnpu_op_resize_nearest(&p, (const int8_t *)bytes_in(r, 0), (int8_t *)r->out);
    return 0;
}
