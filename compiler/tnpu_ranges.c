// SPDX-License-Identifier: Apache-2.0
// Range search. The squared error of a range is read off prefix sums over the histogram, so every
// zero point and a grid of clipping points are tried.
#include "tnpu_ranges.h"

#include <math.h>
#include <stdlib.h>

#define BINS TNPU_STATS_BINS

/// Prefix sums over one channel's histogram: below bin b lie n[b] values, of sum x[b], of sum of
/// squares xx[b].
struct prefix {
    double n[BINS + 1], x[BINS + 1], xx[BINS + 1];
    double min, width; ///< of the bins
    double weight;     ///< of this channel's error in the tensor's
    double clip;       ///< what clipping counts against rounding
    double ratio;      ///< of this channel's scale to the tensor's
};

/// Clipping points tried, as fractions of the full range.
static const double clip[] = {1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.4, 0.3};
#define CLIPS ((int)(sizeof clip / sizeof *clip))

static void prefix_init(struct prefix *p, const struct tnpu_tensor_stats *ts, int c) {
    p->min = ts->min[c];
    p->width = ((double)ts->max[c] - ts->min[c]) / BINS;
    p->n[0] = p->x[0] = p->xx[0] = 0;
    for (int b = 0; b < BINS; b++) {
        double n = ts->hist[(size_t)c * BINS + b], x = p->min + (b + 0.5) * p->width;
        p->n[b + 1] = p->n[b] + n;
        p->x[b + 1] = p->x[b] + n * x;
        p->xx[b + 1] = p->xx[b] + n * x * x;
    }
}

static int bin_of(const struct prefix *p, double x) {
    double b = p->width > 0 ? (x - p->min) / p->width + 0.5 : x >= p->min ? BINS : 0;
    return b < 0 ? 0 : b > BINS ? BINS : (int)b;
}

/// Sum of (x - at)^2 over the bins lo..hi-1.
static double squares(const struct prefix *p, int lo, int hi, double at) {
    double n = p->n[hi] - p->n[lo], x = p->x[hi] - p->x[lo], xx = p->xx[hi] - p->xx[lo];
    return fmax(xx - 2 * at * x + at * at * n, 0);
}

/// Squared error of a channel at this scale and zero point.
static double channel_error(const struct prefix *p, double scale, int zp) {
    double lo = scale * (-128 - zp), hi = scale * (127 - zp);
    int b_lo = bin_of(p, lo), b_hi = bin_of(p, hi);
    double inside = p->n[b_hi] - p->n[b_lo];
    double clipped = squares(p, 0, b_lo, lo) + squares(p, b_hi, BINS, hi);
    return p->clip * clipped + inside * scale * scale / 12;
}

/// The smallest scale that clips nothing of [min, max], or 0 if the zero point has no room for it.
static double full_scale(double min, double max, int zp) {
    if ((max > 0 && zp == 127) || (min < 0 && zp == -128)) return 0;
    double up = max > 0 ? max / (127 - zp) : 0, down = min < 0 ? min / (-128 - zp) : 0;
    return fmax(up, down);
}

/// A channel of one value: that value is best a whole number of steps. Returns the error, which is
/// zero if the zero point leaves room on the value's side.
static double constant_channel(const struct prefix *p, double value, int zp, double *scale) {
    int room = value > 0 ? 127 - zp : 128 + zp;
    bool fits = value == 0 || room > 0;
    *scale = value == 0 || !fits ? 1 : fabs(value) / (room < 64 ? room : 64);
    return fits ? 0 : p->n[BINS] * value * value;
}

/// A channel's best scale for a zero point, and its error there.
static double best_channel(const struct prefix *p, double min, double max, int zp, double *scale) {
    double full = full_scale(min, max, zp);
    if (p->width <= 0) return constant_channel(p, min, zp, scale);
    // Without room on one side everything there is clipped to zero; the other side sets the scale.
    if (full <= 0) full = fmax(fabs(min), fabs(max)) / 255;
    double best = INFINITY;
    *scale = full;
    for (int i = 0; i < CLIPS; i++) {
        double error = channel_error(p, full * clip[i], zp);
        if (error < best) {
            best = error;
            *scale = full * clip[i];
        }
    }
    return best;
}

/// Every channel its own scale. Returns the weighted error.
static double each_channel(const struct prefix *p, const struct tnpu_tensor_stats *ts, int zp,
                           float *scale) {
    double total = 0;
    for (int c = 0; c < ts->c; c++) {
        double s = 1;
        total += p[c].weight * best_channel(&p[c], ts->min[c], ts->max[c], zp, &s);
        scale[c] = (float)s;
    }
    return total;
}

/// Scales in fixed ratios. Returns the error.
static double common_scale(const struct prefix *p, const struct tnpu_tensor_stats *ts, int zp,
                           float *scale) {
    double full = 0, best = INFINITY, best_scale = 1;
    for (int c = 0; c < ts->c; c++)
        full = fmax(full, full_scale(ts->min[c], ts->max[c], zp) / p[c].ratio);
    for (int i = 0; full > 0 && i < CLIPS; i++) {
        double error = 0;
        for (int c = 0; c < ts->c && error < best; c++)
            error += p[c].weight * channel_error(&p[c], full * clip[i] * p[c].ratio, zp);
        if (error < best) {
            best = error;
            best_scale = full * clip[i];
        }
    }
    for (int c = 0; c < ts->c; c++) scale[c] = (float)(best_scale * p[c].ratio);
    return best;
}

int tnpu_choose_range(const struct tnpu_tensor_stats *ts, const float *profile, double clip_weight,
                      int *zero_point, float *scale, struct tnpu_error *e) {
    struct prefix *p = malloc((size_t)ts->c * sizeof *p);
    float *trial = malloc((size_t)ts->c * sizeof *trial);
    if (!p || !trial) {
        free(p);
        free(trial);
        return tnpu_fail(e, "out of memory while choosing ranges");
    }
    double mean_var = 0;
    for (int c = 0; c < ts->c; c++) mean_var += ts->var[c] / ts->c;
    for (int c = 0; c < ts->c; c++) {
        prefix_init(&p[c], ts, c);
        p[c].clip = clip_weight;
        p[c].ratio = profile ? profile[c] : 1;
        p[c].weight =
            profile ? 1 / (p[c].ratio * p[c].ratio) : 1 / (ts->var[c] + 1e-4 * mean_var + 1e-30);
    }
    double best = INFINITY;
    *zero_point = 0;
    for (int zp = -128; zp <= 127; zp++) {
        double error = profile ? common_scale(p, ts, zp, trial) : each_channel(p, ts, zp, trial);
        if (error < best) {
            best = error;
            *zero_point = zp;
            for (int c = 0; c < ts->c; c++) scale[c] = trial[c];
        }
    }
    if (best == INFINITY) // every value is zero
        for (int c = 0; c < ts->c; c++) scale[c] = 1;
    free(p);
    free(trial);
    return 0;
}
