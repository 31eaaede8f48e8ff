// SPDX-License-Identifier: Apache-2.0
// Exact ties of each rounding in post-processing, and values a power of two beside them: there one
// wrong bit of a product, a sum or a mask changes the result. One pixel of many channels, each with
// constants of its own; with the wide residual the large part of a result is taken away, so that
// its lowest bits are what is written.
#include "gate_parts.h"

#include "tnpu_spec.h"

#include <stdlib.h>
#include <string.h>

enum {
    TILES = 64,
    W_BASE = 3,
    X_BASE = 0,
    R_BASE = 0x2000,
    Y_BASE = 0x4000,
    RES_ZP = -128, // the second operand counts 0..255
    SMALL = 120,   // results stay inside a byte
};

/// What one channel gets. Input and second operand are bytes.
struct channel {
    int32_t x, r, bias, post, mult, shift, k;
};
typedef struct channel draw_channel(struct fuzz_rng *rng, int n);

/// 1, or a power of two below 2^bits, or nothing; of either sign.
static int64_t beside(struct fuzz_rng *rng, int bits) {
    int64_t d = fuzz_chance(rng, 25) ? 0 : (int64_t)1 << fuzz_in(rng, 0, bits > 1 ? bits - 1 : 0);
    return fuzz_chance(rng, 50) ? -d : d;
}

static uint32_t inverse(uint32_t odd) { // modulo 2^32, by Newton's method
    uint32_t i = odd;
    for (int n = 0; n < 5; n++) i *= 2 - odd * i;
    return i;
}

/// Brings v near zero: k times the second operand is about -v. |v| is below 2^23.
static void cancel(struct channel *c, int64_t v) {
    int64_t size = v < 0 ? -v : v;
    int64_t times = size / INT16_MAX + 1;
    c->r = (int32_t)(times > 255 ? 255 : times) + RES_ZP;
    int64_t k = -v / (c->r - RES_ZP);
    c->k = (int32_t)(k > INT16_MAX ? INT16_MAX : k < INT16_MIN ? INT16_MIN : k);
}

/// a * m = (2^30 + d) modulo 2^31: the product's rounding hangs on d. One factor is any number of
/// 31 bits, the other one of up to 23.
static struct channel product(struct fuzz_rng *rng, int n) {
    (void)n;
    struct channel c = {.x = fuzz_in(rng, -128, 127), .shift = 0};
    uint32_t few = (uint32_t)fuzz_in(rng, 0, (1 << fuzz_in(rng, 3, 23)) - 1) | 1;
    uint32_t low = (1u << 30) + (uint32_t)beside(rng, 30);
    int32_t many = (int32_t)(low * inverse(few) & INT32_MAX);
    if (fuzz_chance(rng, 50)) many -= INT32_MAX, many--; // the same modulo 2^31
    int32_t f = fuzz_chance(rng, 50) ? -(int32_t)few : (int32_t)few;
    if (f < 0) many = (int32_t)(0u - (uint32_t)many);
    bool swap = fuzz_chance(rng, 50);
    c.mult = swap ? many : f;
    c.bias = (int32_t)((uint32_t)(swap ? f : many) - (uint32_t)c.x);
    cancel(&c, (int64_t)f * many >> 31);
    return c;
}

/// (|acc| + bias) * mult a little beside a multiple of 2^30, where the division's quotient changes.
static struct channel quotient(struct fuzz_rng *rng, int n) {
    (void)n;
    struct channel c = {.x = fuzz_in(rng, -128, 127)};
    uint32_t few = (uint32_t)fuzz_in(rng, 0, (1 << fuzz_in(rng, 3, 22)) - 1) | 1;
    uint32_t low = (uint32_t)beside(rng, 30);
    int32_t many = (int32_t)(low * inverse(few) & ((1u << 30) - 1));
    bool swap = fuzz_chance(rng, 50);
    c.mult = swap ? many : (int32_t)few;
    c.bias = (swap ? (int32_t)few : many) - abs(c.x);
    int64_t q = (int64_t)few * many >> 30;
    cancel(&c, c.x < 0 ? -q : q);
    return c;
}

/// The accumulator itself, shifted to the right by 0 to 31 bits, at and beside a half.
static struct channel right_shift(struct fuzz_rng *rng, int n) {
    struct channel c = {.x = fuzz_in(rng, -128, 127), .mult = 1 << 30, .shift = -(n % 32)};
    int e = n % 32; // the product halves: the accumulator is twice what is shifted
    int most = e >= 30 ? 0 : e >= 24 ? (1 << (29 - e)) - 1 : SMALL;
    int64_t s = (int64_t)fuzz_in(rng, -most, most) * ((int64_t)1 << e);
    if (e > 0) s += (fuzz_chance(rng, 50) ? -1 : 1) * ((int64_t)1 << (e - 1)) + beside(rng, e - 1);
    s = s < -(1 << 30) ? -(1 << 30) : s > (1 << 30) - 1 ? (1 << 30) - 1 : s;
    c.bias = (int32_t)((uint32_t)(2 * s) - (uint32_t)c.x);
    c.r = RES_ZP;
    return c;
}

/// Left shifts by 0 to 31 bits, of which some drop bits; the result is made of what is left.
static struct channel left_shift(struct fuzz_rng *rng, int n) {
    struct channel c = {.x = 0, .mult = fuzz_in(rng, -255, 255), .shift = n % 32, .r = RES_ZP};
    c.bias = (int32_t)fuzz_next(rng);
    if (fuzz_chance(rng, 50)) c.bias = 1 << fuzz_in(rng, 0, 30);
    return c;
}

/// Saturation of the sum with post_bias, one below, at and beyond both ends, and far beyond.
static struct channel saturation(struct fuzz_rng *rng, int n) {
    (void)n;
    bool low = fuzz_chance(rng, 50);
    int32_t part = fuzz_in(rng, 0, INT32_MAX - 200), step = (int32_t)beside(rng, 31);
    struct channel c = {.x = 0, .mult = 255, .shift = 0, .r = RES_ZP};
    c.bias = low ? -part : part;
    int64_t post = (low ? (int64_t)INT32_MIN : INT32_MAX) - c.bias + step;
    c.post = (int32_t)(post > INT32_MAX ? INT32_MAX : post < INT32_MIN ? INT32_MIN : post);
    return c;
}

/// v + second operand * k at and beside a half of 2^wide_n (`n` is wide_n).
static struct channel residual(struct fuzz_rng *rng, int n) {
    struct channel c = {.mult = 1 << 30, .shift = 1};
    c.x = fuzz_in(rng, -128, 127);
    c.r = fuzz_in(rng, -128, 127);
    c.k = (int32_t)fuzz_in(rng, INT16_MIN, INT16_MAX);
    int most = n >= 31 ? 0 : n >= 24 ? (1 << (30 - n)) - 1 : SMALL;
    int64_t s = (int64_t)fuzz_in(rng, -most - 1, most) * ((int64_t)1 << n);
    if (n > 0) s += (fuzz_chance(rng, 70) ? -1 : 1) * ((int64_t)1 << (n - 1)) + beside(rng, n - 1);
    int64_t v = s - (int64_t)(c.r - RES_ZP) * c.k;
    v = v < INT32_MIN ? INT32_MIN : v > INT32_MAX ? INT32_MAX : v;
    c.bias = (int32_t)((uint32_t)v - (uint32_t)c.x);
    return c;
}

/// The one product that saturates, -2^31 by itself, and those with a factor a power of two beside:
/// the second operand brings them to a half of 2^LIMIT_WIDE_N, 127.5, where a few thousandths show.
enum { LIMIT_WIDE_N = 24, LIMIT_OUT_ZP = -128 };
static struct channel limit(struct fuzz_rng *rng, int n) {
    (void)n;
    struct channel c = {.x = fuzz_in(rng, -128, 127), .mult = INT32_MIN, .r = 127, .k = INT16_MIN};
    uint32_t acc = 1u << 31, beside = fuzz_chance(rng, 20) ? 0 : 1u << fuzz_in(rng, 12, 30);
    if (fuzz_chance(rng, 50))
        acc += beside;
    else
        c.mult += (int32_t)beside;
    c.bias = (int32_t)(acc - (uint32_t)c.x);
    return c;
}

static void put(uint8_t *bytes, int32_t value, int n) {
    for (int i = 0; i < n; i++) bytes[i] = (uint8_t)((uint32_t)value >> 8 * i);
}

/// One pixel of TILES channel tiles: ELTWISE with the wide residual, and END.
static void run(struct gate_vectors *v, struct fuzz_rng *rng, int requant, int wide_n,
                draw_channel *draw) {
    const int lanes = v->model->cfg.lanes, channels = TILES * lanes;
    const struct tnpu_insn insn = {.opcode = TNPU_OP_ELTWISE,
                                   .requant = requant,
                                   .res_mode = 1,
                                   .in_base = X_BASE,
                                   .in_wb = channels,
                                   .in_h = 1,
                                   .tile = 1,
                                   .kh = 1,
                                   .kw = 1,
                                   .nchunk = 1,
                                   .pool_h = 1,
                                   .pool_w = 1,
                                   .w_base = W_BASE,
                                   .out_c = channels,
                                   .out_base = Y_BASE,
                                   .out_h = 1,
                                   .out_w = 1,
                                   .res_base = R_BASE,
                                   .act_min = -128,
                                   .act_max = 127,
                                   .res_zp = RES_ZP,
                                   .out_zp = draw == limit ? LIMIT_OUT_ZP : 0,
                                   .wide_n = wide_n};
    uint8_t x[TILES * TNPU_MODEL_MAX_LANES], r[TILES * TNPU_MODEL_MAX_LANES];
    for (int i = 0; i < channels; i++) {
        struct channel c = draw(rng, draw == residual ? wide_n : i);
        uint8_t row[TNPU_DOT] = {0};
        put(row, c.bias, 4);
        put(row + 4, c.post, 4);
        put(row + 8, c.mult, 4);
        put(row + 12, c.shift, 1);
        put(row + 14, c.k, 2);
        x[i] = (uint8_t)c.x;
        r[i] = (uint8_t)c.r;
        gate_write_bytes(v, TNPU_MAP_WMEM + (uint32_t)((W_BASE * lanes + i) * TNPU_DOT), row,
                         sizeof row);
    }
    gate_write_bytes(v, TNPU_MAP_FMEM + X_BASE, x, (size_t)channels);
    gate_write_bytes(v, TNPU_MAP_FMEM + R_BASE, r, (size_t)channels);
    gate_run_insn(v, &insn);
}

void gate_ties(struct gate_vectors *v, struct fuzz_rng *rng) {
    gate_write_reg(v, TNPU_REG_STOP_AT, 0);
    gate_program(v, "ties: products");
    for (int i = 0; i < 8; i++) run(v, rng, 1, 0, product);
    gate_program(v, "ties: quotients of averages");
    for (int i = 0; i < 4; i++) run(v, rng, 2, 0, quotient);
    gate_program(v, "ties: shifts and saturation");
    for (int i = 0; i < 3; i++) run(v, rng, 1, 0, right_shift);
    for (int i = 0; i < 2; i++) run(v, rng, 1, 0, left_shift);
    for (int i = 0; i < 2; i++) run(v, rng, 1, 0, saturation);
    gate_program(v, "ties: the limit of products");
    for (int i = 0; i < 2; i++) run(v, rng, 1, LIMIT_WIDE_N, limit);
    gate_program(v, "ties: the wide residual");
    for (int n = 0; n < 32; n++) run(v, rng, 1, n, residual);
}
