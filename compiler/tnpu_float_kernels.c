// SPDX-License-Identifier: Apache-2.0
// Float convolution and pooling.
#include "tnpu_float_kernels.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LANES TNPU_FLOAT_LANES
#define PIXELS 6 ///< pixels computed together, so that a weight is loaded once for all of them

/// Input pixel under tap (ky, kx) of output pixel (oy, ox), or NULL outside the map.
static const float *tap(const struct tnpu_float_geometry *g, const float *in, int oy, int ox,
                        int ky, int kx) {
    const struct tnpu_window *w = &g->window;
    int y = oy * w->stride_h - w->pad_top + ky * w->dilation_h;
    int x = ox * w->stride_w - w->pad_left + kx * w->dilation_w;
    if (y < 0 || y >= g->in.h || x < 0 || x >= g->in.w) return NULL;
    return in + ((size_t)y * g->in.w + x) * g->in.c;
}

/// acc[p][l] += x[p][c] * w[c][l] over the input channels.
static void multiply(float acc[PIXELS][LANES], const float *const x[PIXELS], const float *w,
                     int in_c) {
    float a[PIXELS][LANES];
    memcpy(a, acc, sizeof a);
    for (int c = 0; c < in_c; c++)
        for (int p = 0; p < PIXELS; p++)
            for (int l = 0; l < LANES; l++) a[p][l] += x[p][c] * w[(size_t)c * LANES + l];
    memcpy(acc, a, sizeof a);
}

void tnpu_float_conv(const struct tnpu_float_geometry *g, const float *packed, const float *bias,
                     const float *zeros, const float *in, float *out) {
    int taps = g->window.kernel_h * g->window.kernel_w;
    int pixels = g->out.h * g->out.w;
    for (int first = 0; first < pixels; first += PIXELS) {
        int n = pixels - first < PIXELS ? pixels - first : PIXELS;
        for (int oc = 0; oc < g->out.c; oc += LANES) {
            float acc[PIXELS][LANES];
            for (int p = 0; p < PIXELS; p++) memcpy(acc[p], bias + oc, sizeof acc[p]);
            for (int t = 0; t < taps; t++) {
                const float *x[PIXELS];
                for (int p = 0; p < PIXELS; p++) {
                    int at = first + (p < n ? p : 0);
                    x[p] = tap(g, in, at / g->out.w, at % g->out.w, t / g->window.kernel_w,
                               t % g->window.kernel_w);
                    x[p] = x[p] ? x[p] : zeros;
                }
                multiply(acc, x, packed + ((size_t)oc * taps + (size_t)t * LANES) * g->in.c,
                         g->in.c);
            }
            int lanes = g->out.c - oc < LANES ? g->out.c - oc : LANES;
            for (int p = 0; p < n; p++)
                memcpy(out + (size_t)(first + p) * g->out.c + oc, acc[p],
                       (size_t)lanes * sizeof **acc);
        }
    }
}

void tnpu_float_dwconv(const struct tnpu_float_geometry *g, const float *packed, const float *bias,
                       const float *in, float *out) {
    int c = g->out.c;
    for (int oy = 0; oy < g->out.h; oy++)
        for (int ox = 0; ox < g->out.w; ox++) {
            float *restrict o = out + ((size_t)oy * g->out.w + ox) * c;
            memcpy(o, bias, (size_t)c * sizeof *o);
            for (int ky = 0; ky < g->window.kernel_h; ky++)
                for (int kx = 0; kx < g->window.kernel_w; kx++) {
                    const float *x = tap(g, in, oy, ox, ky, kx);
                    const float *w = packed + (size_t)(ky * g->window.kernel_w + kx) * c;
                    for (int i = 0; x && i < c; i++) o[i] += x[i] * w[i];
                }
        }
}

/// Gathers the taps inside the map into o (their maximum, or their sum) and returns their number.
static int gather(const struct tnpu_float_geometry *g, const float *in, int oy, int ox, float *o,
                  bool maximum) {
    int n = 0;
    for (int ky = 0; ky < g->window.kernel_h; ky++)
        for (int kx = 0; kx < g->window.kernel_w; kx++) {
            const float *x = tap(g, in, oy, ox, ky, kx);
            if (!x) continue;
            n++;
            for (int i = 0; i < g->out.c; i++)
                o[i] = !maximum ? o[i] + x[i] : x[i] > o[i] ? x[i] : o[i];
        }
    return n;
}

void tnpu_float_maxpool(const struct tnpu_float_geometry *g, const float *in, float *out) {
    for (int oy = 0; oy < g->out.h; oy++)
        for (int ox = 0; ox < g->out.w; ox++, out += g->out.c) {
            for (int i = 0; i < g->out.c; i++) out[i] = -INFINITY;
            gather(g, in, oy, ox, out, true);
        }
}

void tnpu_float_avgpool(const struct tnpu_float_geometry *g, const float *in, float *out) {
    for (int oy = 0; oy < g->out.h; oy++)
        for (int ox = 0; ox < g->out.w; ox++, out += g->out.c) {
            memset(out, 0, (size_t)g->out.c * sizeof *out);
            int n = gather(g, in, oy, ox, out, false);
            for (int i = 0; i < g->out.c; i++) out[i] /= (float)n;
        }
}
