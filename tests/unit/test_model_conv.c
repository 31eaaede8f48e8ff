// SPDX-License-Identifier: Apache-2.0
// Compute instructions against convolutions, pools and copies written over tensors, on all
// configurations, by both ways of the model.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_fixture.h"
#include "model_random.h"

enum { MAX_C = 80, MAX_HW = 14, OUT = 32768, RES = 24576, ROW_W = 3, PAD = -7 };

// A problem: x is h x w x c, y oh x ow x oc; in memory, pitches of c and oc rounded up to a whole
// tile
struct problem {
    int h, w, c, oh, ow, oc, kh, kw, stride, pad, pitch, out_pitch;
    int8_t x[MAX_HW][MAX_HW][MAX_C], weights[MAX_C][5][5][MAX_C];
};

static int round_up(int v, int unit) {
    return (v + unit - 1) / unit * unit;
}

static int8_t pixel(const struct problem *p, int y, int x, int c) {
    return y < 0 || y >= p->h || x < 0 || x >= p->w ? PAD : p->x[y][x][c];
}

static int8_t limit(int v) {
    return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

// Puts x into memory at 0; sets what all instructions have in common.
static struct tnpu_insn start(struct tnpu_model *m, const struct problem *p, enum tnpu_opcode op) {
    struct tnpu_insn f = blank(op);
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++)
            memcpy(tnpu_model_fmem(m) + (y * p->w + x) * p->pitch, p->x[y][x], (size_t)p->pitch);
    f.pad_value = PAD;
    f.in_row = f.in_wb = p->w * p->pitch;
    f.in_xstep = f.in_wxstep = p->stride * p->pitch;
    f.kxstep = p->pitch;
    f.in_h = p->h;
    f.stride_y = f.in_wystep = p->stride;
    f.pad_y = p->pad;
    f.pad_xb = p->pad * p->pitch;
    f.kh = p->kh;
    f.kw = p->kw;
    f.dil_y = 1;
    f.tile = 5;
    f.out_c = p->oc;
    f.out_base = OUT;
    f.out_w = p->ow;
    f.out_h = p->oh;
    f.out_row = p->ow * p->out_pitch;
    f.out_pix = p->out_pitch;
    f.w_base = ROW_W;
    return f;
}

static void randomise(uint64_t *seed, struct problem *p) {
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++)
            for (int c = 0; c < MAX_C; c++)
                p->x[y][x][c] = (int8_t)(c < p->c ? model_random_in(seed, -128, 127) : 0);
    for (int o = 0; o < MAX_C; o++)
        for (int k = 0; k < 25; k++)
            for (int c = 0; c < MAX_C; c++)
                p->weights[o][k / 5][k % 5][c] =
                    (int8_t)(c < p->c ? model_random_in(seed, -1, 1) : 0);
}

// Runs the instruction both ways and compares with want(p, oy, ox, channel).
static void compare(struct tnpu_model *m, const struct problem *p, const struct tnpu_insn *f,
                    int (*want)(const struct problem *, int, int, int)) {
    for (int plain = 0; plain < 2; plain++) {
        memset(tnpu_model_fmem(m) + OUT, 0x55, 32768);
        m->plain = plain;
        int r = run_one(m, f);
        if (r) fail_msg("%s: %s", m->cfg.name, tnpu_hw_error_text[-r]);
        for (int y = 0; y < p->oh; y++)
            for (int x = 0; x < p->ow; x++)
                for (int c = 0; c < p->out_pitch; c++) {
                    int8_t got =
                        (int8_t)tnpu_model_fmem(m)[OUT + (y * p->ow + x) * p->out_pitch + c];
                    int8_t right = c < p->oc ? limit(want(p, y, x, c))
                                             : 0x55; // beyond the channels nothing is written
                    if (got != right)
                        fail_msg("%s %s %dx%dx%d to %dx%dx%d, kernel %dx%d stride %d pad %d: (%d, "
                                 "%d)[%d] is %d, not %d",
                                 m->cfg.name, plain ? "plain" : "fast", p->h, p->w, p->c, p->oh,
                                 p->ow, p->oc, p->kh, p->kw, p->stride, p->pad, y, x, c, got,
                                 right);
                }
    }
}

static int want_conv(const struct problem *p, int oy, int ox, int o) {
    int sum = 0;
    for (int ky = 0; ky < p->kh; ky++)
        for (int kx = 0; kx < p->kw; kx++)
            for (int c = 0; c < p->pitch; c++)
                sum += pixel(p, oy * p->stride - p->pad + ky, ox * p->stride - p->pad + kx, c) *
                       p->weights[o][ky][kx][c];
    return sum;
}

static int want_depthwise(const struct problem *p, int oy, int ox, int c) {
    int sum = 0;
    for (int ky = 0; ky < p->kh; ky++)
        for (int kx = 0; kx < p->kw; kx++)
            sum += pixel(p, oy * p->stride - p->pad + ky, ox * p->stride - p->pad + kx, c) *
                   p->weights[c][ky][kx][0];
    return sum;
}

static int want_depthwise_residual(const struct problem *p, int oy, int ox, int c) {
    return want_depthwise(p, oy, ox, c) +
           pixel(p, oy * p->stride - p->pad + 1, ox * p->stride - p->pad + 1, c) - 3;
}

static int want_sum(const struct problem *p, int oy, int ox, int c) {
    int sum = 0;
    for (int k = 0; k < p->kh * p->kw; k++)
        sum +=
            pixel(p, oy * p->stride - p->pad + k / p->kw, ox * p->stride - p->pad + k % p->kw, c);
    return sum;
}

static int want_max(const struct problem *p, int oy, int ox, int c) {
    int best = -128;
    for (int k = 0; k < p->kh * p->kw; k++) {
        int v =
            pixel(p, oy * p->stride - p->pad + k / p->kw, ox * p->stride - p->pad + k % p->kw, c);
        best = v > best ? v : best;
    }
    return best;
}

static int8_t *weight_row(struct tnpu_model *m, int row) {
    return (int8_t *)tnpu_model_wmem(m) + (size_t)row * (size_t)m->cfg.lanes * TNPU_DOT;
}

static void shape(uint64_t *seed, struct problem *p, int unit) {
    do {
        p->h = model_random_in(seed, 1, MAX_HW);
        p->w = model_random_in(seed, 1, MAX_HW);
        p->kh = model_random_in(seed, 1, 5);
        p->kw = model_random_in(seed, 1, 5);
        p->stride = model_random_in(seed, 1, 3);
        p->pad = model_random_in(seed, 0, 2);
        p->oh = (p->h + 2 * p->pad - p->kh) / p->stride + 1;
        p->ow = (p->w + 2 * p->pad - p->kw) / p->stride + 1;
    } while (p->h + 2 * p->pad < p->kh || p->w + 2 * p->pad < p->kw);
    p->c = model_random_in(seed, 1, 40);
    p->pitch = round_up(p->c, unit);
}

static void convolutions(void **state) {
    struct tnpu_model *m = *state;
    static struct problem p;
    uint64_t seed = 21;
    int lanes = m->cfg.lanes;
    for (int round = 0; round < 150; round++) {
        shape(&seed, &p, 16);
        p.oc = model_random_in(&seed, 1, 40);
        p.out_pitch = round_up(p.oc, 16);
        randomise(&seed, &p);
        struct tnpu_insn f = start(m, &p, TNPU_OP_CONV);
        f.nchunk = p.pitch / 16;
        f.order = round % 2;
        int taps = p.kh * p.kw * f.nchunk;
        for (int o = 0; o < round_up(p.oc, lanes); o++)
            for (int t = 0; t < taps; t++)
                for (int i = 0; i < 16; i++)
                    weight_row(m, ROW_W + o / lanes * taps + t)[o % lanes * 16 + i] =
                        p.weights[o][t / f.nchunk / p.kw][t / f.nchunk % p.kw]
                                 [t % f.nchunk * 16 + i];
        compare(m, &p, &f, want_conv);
    }
}

// Where a pixel of 16 bytes and its right neighbour are one read: lanes 0..15 make even columns,
// lanes 16..31 odd ones, of channel c % 16
static int want_pair(const struct problem *p, int oy, int ox, int c) {
    return want_conv(p, oy, 2 * ox + c / 16, c % 16);
}

static void pairs(void **state) {
    struct tnpu_model *m = *state;
    static struct problem p;
    uint64_t seed = 25;
    assert_int_equal(m->cfg.lanes, 32); // others: FIELD (test_model_check)
    for (int round = 0; round < 150; round++) {
        do shape(&seed, &p, 16);
        while (p.stride > 1 || p.ow < 2);
        p.c = model_random_in(&seed, 1, 16);
        p.pitch = 16;
        p.ow /= 2; // pairs of columns
        p.oc = p.out_pitch = 32;
        randomise(&seed, &p);
        struct tnpu_insn f = start(m, &p, TNPU_OP_CONV);
        f.pair = 1;
        f.in_xstep = f.in_wxstep = 32;
        f.order = round % 2;
        if (round % 3 == 0) f.nchunk = p.kw, f.kw = 1; // the same reads as chunks of one column
        int taps = p.kh * p.kw;
        for (int o = 0; o < 32; o++)
            for (int t = 0; t < taps; t++)
                for (int i = 0; i < 16; i++)
                    weight_row(m, ROW_W + t)[o * 16 + i] = p.weights[o % 16][t / p.kw][t % p.kw][i];
        compare(m, &p, &f, want_pair);
        uint64_t reads = 0; // of two vectors each, where there is a byte
        for (int oy = 0; oy < p.oh; oy++)
            for (int ox = 0; ox < p.ow; ox++)
                for (int t = 0; t < taps; t++) {
                    int y = oy - p.pad + t / p.kw, x = 2 * ox - p.pad + t % p.kw;
                    reads += y >= 0 && y < p.h && x >= -1 && x < p.w;
                }
        assert_int_equal(m->counters.fmem_reads, 2 * reads);
        assert_int_equal(m->counters.macs, (uint64_t)(p.oh * p.ow * taps) * 512);
        assert_int_equal(m->counters.cycles,
                         TNPU_CYC_BOOT + TNPU_CYC_START + p.oh * p.ow * taps + TNPU_CYC_WRITE + 1);
    }
}

static void taps_and_pools(void **state) {
    struct tnpu_model *m = *state;
    static struct problem p;
    uint64_t seed = 22;
    int lanes = m->cfg.lanes;
    for (int round = 0; round < 150; round++) {
        shape(&seed, &p, lanes < 16 ? 16 : lanes);
        p.oc = p.c;
        p.out_pitch = p.pitch;
        randomise(&seed, &p);
        struct tnpu_insn f = start(m, &p, TNPU_OP_DWTAP);
        int rows = (p.kh * p.kw + 15) / 16;
        for (int c = 0; c < round_up(p.oc, lanes); c++)
            for (int t = 0; t < p.kh * p.kw; t++)
                weight_row(m, ROW_W + c / lanes * rows + t / 16)[c % lanes * 16 + t % 16] =
                    p.weights[c][t / p.kw][t % p.kw][0];
        compare(m, &p, &f, want_depthwise);
        f.opcode = TNPU_OP_POOL;
        compare(m, &p, &f, want_sum);
        f.acc_max = 1;
        compare(m, &p, &f, want_max);
    }
}

// DWCONV over all small sizes, both strides and paddings, and all output sizes from the largest
// down two
static void depthwise(void **state) {
    struct tnpu_model *m = *state;
    static struct problem p;
    uint64_t seed = 23;
    int lanes = m->cfg.lanes;
    for (int n = 0; n < 9 * 9 * 2 * 2 * 3; n++) {
        p.h = n % 9 + 1, p.w = n / 9 % 9 + 1, p.stride = n / 81 % 2 + 1, p.pad = n / 162 % 2;
        p.kh = p.kw = 3;
        p.c = lanes + 3;
        p.oc = p.c;
        p.pitch = p.out_pitch = round_up(p.c, lanes < 16 ? 16 : lanes);
        if (p.h + p.pad < 2 || p.w + p.pad < 2) continue;
        p.oh = (p.h + p.pad - 2) / p.stride + 1 - n / 324;
        p.ow = (p.w + p.pad - 2) / p.stride + 1 - n / 324;
        if (p.oh < 1 || p.ow < 1) continue;
        randomise(&seed, &p);
        struct tnpu_insn f = start(m, &p, TNPU_OP_DWCONV);
        f.in_xstep = p.pitch;
        f.in_w = p.w;
        f.pad_xb = p.pad;
        for (int c = 0; c < 2 * lanes; c++)
            for (int t = 0; t < 9; t++)
                weight_row(m, ROW_W + c / lanes)[c % lanes * 16 + t] =
                    p.weights[c][t / 3][t % 3][0];
        compare(m, &p, &f, want_depthwise);
        for (int g = 1; g >= 0;
             g--) { // parameter rows: the same accumulator, and the centre of the window less 3
            memmove(weight_row(m, ROW_W + 2 * g + 1), weight_row(m, ROW_W + g),
                    (size_t)lanes * TNPU_DOT);
            for (int c = 0; c < lanes; c++) put_param(m, ROW_W + 2 * g, c, 0, 0, 1 << 30, 1, 1);
        }
        f.requant = 1;
        f.res_mode = 1;
        f.res_zp = 3;
        compare(m, &p, &f, want_depthwise_residual);
    }
}

// The widest line, and the widest plane of an instruction's ranges
static void widest_depthwise(void **state) {
    struct tnpu_model *m = *state;
    int lanes = m->cfg.lanes;
    struct tnpu_insn f = blank(TNPU_OP_DWCONV);
    f.in_w = f.out_w = 128;
    f.in_h = f.out_h = 2;
    f.stride_y = f.pad_y = f.pad_xb = 1;
    f.in_xstep = f.out_pix = f.out_c = lanes;
    f.in_row = f.out_row = 128 * lanes;
    f.out_base = OUT;
    memset(tnpu_model_wmem(m), 1, (size_t)lanes * TNPU_DOT);
    memset(tnpu_model_fmem(m), 2, (size_t)(2 * f.in_row));
    for (m->plain = false;; m->plain = true) {
        assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
        for (int i = 0; i < 2 * f.out_row; i++) {
            int x = i / lanes % 128;
            assert_int_equal(tnpu_model_fmem(m)[OUT + i], x == 0 || x == 127 ? 8 : 12);
        }
        assert_int_equal(m->counters.cycles,
                         TNPU_CYC_BOOT + TNPU_CYC_START + 2 * 128 + 128 + 1 + TNPU_CYC_WRITE + 1);
        if (m->plain) break;
    }
}

// By hand: 3 pixels of 1 channel through a fused pool of 1 x 3, an operand, and a table
static void hand_made(void **state) {
    struct tnpu_model *m = *state;
    struct tnpu_insn f = blank(TNPU_OP_CONV);
    const int8_t x[3] = {1, -2, 3};
    memset(tnpu_model_fmem(m), 0, 256);
    memcpy(tnpu_model_fmem(m) + 5, x, 3);
    memset(tnpu_model_wmem(m), 0, 8192);
    weight_row(m, 0)[0] = 10;
    f.in_base = 5;
    f.in_wb = 3;
    f.in_xstep = 1;
    f.pool_w = 3;
    f.out_base = 64;
    assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
    assert_int_equal(tnpu_model_fmem(m)[64], 30);
    f.res_mode = 4; // times (r + 1), r = -3: -20, 40, -60, of which the largest is clamped to 20
    f.res_base = 96;
    f.res_zp = -1;
    f.act_max = 20;
    tnpu_model_fmem(m)[96] = (uint8_t)-3;
    assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
    assert_int_equal((int8_t)tnpu_model_fmem(m)[64], 20);
    f.lut = 1;
    f.lut_row = 8;
    weight_row(m, 8)[128 + 20] = -77;
    assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
    assert_int_equal((int8_t)tnpu_model_fmem(m)[64], -77);
}

// COPY to where it reads later: a write of cycle t is seen by reads of cycles after t. Pixel x is
// read in issue cycle x.
static void own_writes(void **state) {
    struct tnpu_model *m = *state;
    enum { PIXELS = 60 };
    for (int plain = 0; plain < 2; plain++) {
        struct tnpu_insn f = blank(TNPU_OP_COPY);
        m->plain = plain;
        for (int i = 0; i < PIXELS * 32 + 1024; i++) tnpu_model_fmem(m)[i] = (uint8_t)(i / 32);
        f.in_wb = PIXELS * 32;
        f.in_wxstep = f.out_pix = 32;
        f.out_w = PIXELS;
        f.out_c = m->cfg.lanes;
        f.out_base =
            30 * 32; // pixel x goes to pixel 30 + x, which is read 30 cycles later: after the write
        assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
        for (int i = 0; i < PIXELS; i++)
            assert_int_equal(tnpu_model_fmem(m)[(30 + i) * 32], i % 30);
        for (int i = 0; i < PIXELS * 32 + 1024; i++) tnpu_model_fmem(m)[i] = (uint8_t)(i / 32);
        f.out_base = TNPU_CYC_WRITE * 32; // the read is in the very cycle of the write: old bytes
        assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
        for (int i = 0; i < PIXELS; i++)
            assert_int_equal(tnpu_model_fmem(m)[(TNPU_CYC_WRITE + i) * 32], i);
        for (int i = 0; i < PIXELS * 32 + 1024; i++) tnpu_model_fmem(m)[i] = (uint8_t)(i / 32);
        f.out_base = (TNPU_CYC_WRITE + 1) * 32; // a cycle later: new ones
        assert_int_equal(run_one(m, &f), TNPU_MODEL_DONE);
        for (int i = 0; i < PIXELS; i++)
            assert_int_equal(tnpu_model_fmem(m)[(TNPU_CYC_WRITE + 1 + i) * 32],
                             i % (TNPU_CYC_WRITE + 1));
    }
}

static int setup(void **state) {
    static struct tnpu_model m;
    if (tnpu_model_init(&m, &tnpu_configs[(intptr_t)*state])) return -1;
    *state = &m;
    return 0;
}

static int teardown(void **state) {
    tnpu_model_free(*state);
    return 0;
}

#define ON_CONFIG(test, n)                                                                         \
    cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, (void *)(intptr_t)n)
#define ON_ALL(test) ON_CONFIG(test, 0), ON_CONFIG(test, 1), ON_CONFIG(test, 2), ON_CONFIG(test, 3)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_ALL(convolutions), ON_ALL(taps_and_pools), ON_ALL(depthwise),  ON_ALL(widest_depthwise),
        ON_ALL(hand_made),    ON_ALL(own_writes),     ON_CONFIG(pairs, 3)};
    return cmocka_run_group_tests_name("model_conv", tests, NULL, NULL);
}
