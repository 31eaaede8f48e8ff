// SPDX-License-Identifier: Apache-2.0
// Antialiased bilinear resize and centre crop (tnpu_image_fit).
//
// Two passes, rows then columns, with a triangle filter whose half-width is the reduction factor.
// Weights are 22-bit fixed point and each pass rounds to bytes, as in Pillow's Resample.c, so that
// the pictures a network sees here are the bytes that it saw in training. Only what the crop keeps
// is computed.
#include "tnpu_image.h"

#include <math.h>
#include <stdlib.h>

#define WEIGHT_BITS 22

/// The filter of each kept output position along one axis.
struct axis {
    int n;           ///< output positions
    int taps;        ///< room for weights a position
    int *first;      ///< [n] first input position
    int *count;      ///< [n] input positions
    int32_t *weight; ///< [n][taps]
};

static void axis_free(struct axis *a) {
    free(a->first);
    free(a->count);
    free(a->weight);
}

static void axis_weights(struct axis *a, int i, double centre, double support, int in) {
    int lo = (int)fmax(centre - support + 0.5, 0);
    int hi = (int)fmin(centre + support + 0.5, in);
    double sum = 0;
    for (int x = lo; x < hi; x++) sum += fmax(1 - fabs((x - centre + 0.5) / support), 0);
    a->first[i] = lo;
    a->count[i] = hi - lo;
    for (int x = lo; x < hi; x++) {
        double w = fmax(1 - fabs((x - centre + 0.5) / support), 0) / sum;
        a->weight[(size_t)i * a->taps + x - lo] = (int32_t)(0.5 + w * (1 << WEIGHT_BITS));
    }
}

/// `in` positions resized to `resized`, of which `n` from `skip` on are kept.
static int axis_init(struct axis *a, int in, int64_t resized, int64_t skip, int n) {
    double scale = (double)in / (double)resized;
    double support = fmax(scale, 1);
    a->n = n;
    a->taps = (int)ceil(support) * 2 + 1;
    a->first = malloc((size_t)n * sizeof *a->first);
    a->count = malloc((size_t)n * sizeof *a->count);
    a->weight = malloc((size_t)n * a->taps * sizeof *a->weight);
    if (!a->first || !a->count || !a->weight) return -1;
    for (int i = 0; i < n; i++) axis_weights(a, i, ((double)(skip + i) + 0.5) * scale, support, in);
    return 0;
}

static uint8_t filter(const uint8_t *src, size_t step, const int32_t *weight, int count) {
    int64_t sum = 1 << (WEIGHT_BITS - 1);
    for (int i = 0; i < count; i++) sum += (int64_t)src[i * step] * weight[i];
    sum >>= WEIGHT_BITS;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

/// Resizes the rows that the columns' filters read, then the columns.
static int resample(const struct tnpu_image *img, const struct axis *ax, const struct axis *ay,
                    uint8_t *out) {
    int top = ay->first[0];
    int bottom = ay->first[ay->n - 1] + ay->count[ay->n - 1];
    size_t pitch = (size_t)ax->n * 3;
    uint8_t *mid = malloc((size_t)(bottom - top) * pitch);
    if (!mid) return -1;
    for (int y = top; y < bottom; y++)
        for (size_t i = 0; i < pitch; i++) {
            size_t x = i / 3;
            const uint8_t *src = img->rgb + ((size_t)y * img->w + ax->first[x]) * 3 + i % 3;
            mid[(size_t)(y - top) * pitch + i] =
                filter(src, 3, ax->weight + x * ax->taps, ax->count[x]);
        }
    for (int y = 0; y < ay->n; y++)
        for (size_t i = 0; i < pitch; i++)
            out[(size_t)y * pitch + i] =
                filter(mid + (size_t)(ay->first[y] - top) * pitch + i, pitch,
                       ay->weight + (size_t)y * ay->taps, ay->count[y]);
    free(mid);
    return 0;
}

int tnpu_image_fit(const struct tnpu_image *img, int h, int w, uint8_t *out, struct tnpu_error *e) {
    if (h < 1 || w < 1 || h > TNPU_IMAGE_SIZE_MAX || w > TNPU_IMAGE_SIZE_MAX)
        return tnpu_fail(e, "a network input of %d x %d: want 1 to %d", h, w, TNPU_IMAGE_SIZE_MAX);
    int64_t rh = lround(h / 0.875), rw = lround(w / 0.875);
    if (rh * img->w <= rw * img->h)
        rh = (rw * img->h + img->w / 2) / img->w;
    else
        rw = (rh * img->w + img->h / 2) / img->h;
    struct axis ax = {0}, ay = {0};
    int rc = axis_init(&ax, img->w, rw, (rw - w) / 2, w);
    if (!rc) rc = axis_init(&ay, img->h, rh, (rh - h) / 2, h);
    if (!rc) rc = resample(img, &ax, &ay, out);
    axis_free(&ax);
    axis_free(&ay);
    return rc ? tnpu_fail(e, "out of memory while resizing a picture") : 0;
}
