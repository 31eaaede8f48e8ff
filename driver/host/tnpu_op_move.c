// SPDX-License-Identifier: Apache-2.0
// Operators that only move bytes: PAD, STRIDED_SLICE, SPLIT, CONCATENATION,
// RESIZE_NEAREST_NEIGHBOR.
#include "tnpu_ops.h"

#include <string.h>

void tnpu_op_pad(const struct tnpu_op_pad *p, const int8_t *in, int8_t *out) {
    memset(out, p->value, (size_t)p->out.h * (size_t)p->out.w * (size_t)p->out.c);
    for (int32_t y = 0; y < p->in.h; y++)
        for (int32_t x = 0; x < p->in.w; x++, in += p->in.c)
            memcpy(out + ((p->at.h + y) * p->out.w + p->at.w + x) * p->out.c + p->at.c, in,
                   (size_t)p->in.c);
}

void tnpu_op_strided_slice(const struct tnpu_op_slice *p, const int8_t *in, int8_t *out) {
    for (int32_t y = 0; y < p->out.h; y++)
        for (int32_t x = 0; x < p->out.w; x++) {
            int32_t row = p->begin.h + y * p->stride.h, column = p->begin.w + x * p->stride.w;
            const int8_t *pixel = in + (row * p->in.w + column) * p->in.c + p->begin.c;
            for (int32_t c = 0; c < p->out.c; c++) *out++ = pixel[c * p->stride.c];
        }
}

void tnpu_op_concatenation(const struct tnpu_op_concatenation *p, const int8_t *const *in,
                           int8_t *out) {
    for (size_t i = 0; i < p->outer; i++)
        for (int32_t part = 0; part < p->parts; part++) {
            size_t n = p->part_bytes[part];
            memcpy(out, in[part] + i * n, n);
            out += n;
        }
}

/// The input's row (or column) that an output row is taken from. In single precision, as TFLite
/// has it: the rounding of the scale is part of the result.
static int32_t nearest(int32_t i, int32_t in, int32_t out, const struct tnpu_op_resize *p) {
    float scale =
        p->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    float at = ((float)i + (p->half_pixel_centers ? 0.5f : 0.0f)) * scale;
    int32_t n = (int32_t)(p->align_corners ? at + 0.5f : at); // at >= 0: this rounds down
    return n < in - 1 ? n : in - 1;
}

void tnpu_op_resize_nearest(const struct tnpu_op_resize *p, const int8_t *in, int8_t *out) {
    for (int32_t y = 0; y < p->out.h; y++) {
        int32_t row = nearest(y, p->in.h, p->out.h, p);
        for (int32_t x = 0; x < p->out.w; x++, out += p->in.c)
            memcpy(out, in + (row * p->in.w + nearest(x, p->in.w, p->out.w, p)) * p->in.c,
                   (size_t)p->in.c);
    }
}
