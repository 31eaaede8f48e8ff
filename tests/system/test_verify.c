// SPDX-License-Identifier: Apache-2.0
// From the .tflite file to `tnpu verify`, as a user goes: networks with int8, uint8 and float ends,
// on model and RTL; a changed byte is found. Pictures become the real values that were asked for.
#include "child.h"
#include "tnpu_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

enum { SECONDS = 120, WHOLE = 1 << 20, HEADER = 64, SHA = 32 };
#define EDGES TNPU_SOURCE_DIR "/tests/vectors/tflite/edges.golden.gz"

/// A case of the vectors.
struct vector {
    uint8_t *at; ///< its `size` bytes
    uint32_t size;
    char name[128];
    const uint8_t *network; ///< its .tflite file
    uint32_t network_size;
};

static struct vector vector_at(uint8_t *at) {
    const uint8_t *name = at + 4 + SHA;
    size_t length = name[0] | (size_t)name[1] << 8;
    struct vector v = {.at = at, .size = tnpu_get_u32(at), .network = name + 2 + length + 4};
    v.network_size = tnpu_get_u32(v.network - 4);
    snprintf(v.name, sizeof v.name, "%.*s", (int)length, (const char *)name + 2);
    return v;
}

/// A golden file of one case, from the bytes of a file of many.
static const char *golden_of(struct scratch *s, const uint8_t *file, const struct vector *v) {
    uint32_t size = v->size;
    uint8_t *one = malloc(HEADER + size);
    assert_non_null(one);
    memcpy(one, file, HEADER);
    memcpy(one + HEADER, v->at, size);
    tnpu_set_u32(one + 12, 1);
    tnpu_set_u32(one + 16, HEADER + size);
    tnpu_set_u32(one + 20, 0);
    tnpu_set_u32(one + 20, (uint32_t)crc32(0, one, HEADER + size));
    const char *path = scratch_file(s, "net.golden", one, HEADER + size);
    free(one);
    return path;
}

static void compile_and_verify(struct scratch *s, const uint8_t *file, const struct vector *v) {
    struct child c;
    const char *net = scratch_file(s, "net.tflite", v->network, v->network_size);
    const char *golden = golden_of(s, file, v), *program = scratch_path(s, "net.tnpu");
    child_run(&c, SECONDS, "compile", net, "--config", "t64", "--no-fuse", "-o", program, NULL);
    child_worked(&c);
    static const char *const on[] = {"model", "rtl"};
    for (int i = 0; i < 2; i++) {
        child_run(&c, SECONDS, "verify", program, golden, "--all", "--on", on[i], NULL);
        child_worked(&c);
        if (!strstr(c.out, "identical to")) fail_msg("%s: %s", v->name, c.out);
    }
    v->at[v->size - 1] ^= 1; // of the network's output
    golden = golden_of(s, file, v);
    child_run(&c, SECONDS, "verify", program, golden, NULL);
    if (c.status != 1) fail_msg("%s: a changed byte is not found", v->name);
}

/// A picture of one grey, through `tnpu run`, gives what the raw input of that byte gives.
static void run_grey(struct scratch *s, const char *program, int grey, int byte) {
    enum { SIDE = 4, BYTES = SIDE * SIDE * 3 };
    uint8_t picture[64 + BYTES], raw[BYTES];
    struct child seen, want;
    int head = snprintf((char *)picture, 64, "P6\n%d %d\n255\n", SIDE, SIDE);
    memset(picture + head, grey, BYTES);
    memset(raw, byte, BYTES);
    const char *ppm = scratch_file(s, "in.ppm", picture, (size_t)head + BYTES);
    child_run(&seen, SECONDS, "run", program, ppm, "--json", NULL);
    child_worked(&seen);
    const char *bin = scratch_file(s, "in.bin", raw, BYTES);
    child_run(&want, SECONDS, "run", program, bin, "--raw", "int8", "--json", NULL);
    child_worked(&want);
    const char *a = strstr(seen.out, "\"output"), *b = strstr(want.out, "\"output");
    if (!a || !b || strncmp(a, b, strcspn(a, "]")))
        fail_msg("grey %d: %s, want %s", grey, seen.out, want.out);
}

/// --pixels so that black is byte -50, white 100, of whatever scale and zero point the input has.
static void pixels(struct scratch *s, const struct vector *v) {
    const char *net = scratch_file(s, "net.tflite", v->network, v->network_size);
    const char *program = scratch_path(s, "net.tnpu");
    struct child c;
    double scale;
    int zero_point;
    char range[64], shown[80];
    child_run(&c, SECONDS, "compile", net, "--config", "t64", "-o", program, NULL);
    child_worked(&c);
    child_run(&c, SECONDS, "info", program, NULL);
    child_worked(&c);
    const char *at = strstr(c.out, "(scale ");
    if (!at || sscanf(at, "(scale %lf, zero point %d", &scale, &zero_point) != 2)
        fail_msg("%s", c.out);
    snprintf(range, sizeof range, "%g..%g", scale * (-50 - zero_point), scale * (100 - zero_point));
    snprintf(shown, sizeof shown, "pixels as %s)", range);
    child_run(&c, SECONDS, "compile", net, "--config", "t64", "--pixels", range, "-o", program,
              NULL);
    child_worked(&c);
    child_run(&c, SECONDS, "info", program, NULL);
    if (!strstr(c.out, shown)) fail_msg("%s, want %s", c.out, shown);
    run_grey(s, program, 0, -50);
    run_grey(s, program, 255, 100);
    run_grey(s, program, 51, -20);
}

static void ends(void **state) {
    struct scratch *s = *state;
    uint8_t *file = malloc(WHOLE);
    gzFile f = gzopen(EDGES, "rb");
    assert_non_null(file);
    assert_non_null(f);
    int bytes = gzread(f, file, WHOLE), n = 0, pictures = 0;
    gzclose(f);
    assert_true(bytes > HEADER && bytes < WHOLE);
    for (uint8_t *at = file + HEADER; at < file + bytes; n++) {
        struct vector v = vector_at(at);
        bool real = strstr(v.name, "float32"); // whose output's last byte says nothing
        if (!real) compile_and_verify(s, file, &v);
        if (strstr(v.name, "c=3-")) {
            pixels(s, &v);
            pictures++;
        }
        at += v.size;
    }
    assert_int_equal(n, (int)tnpu_get_u32(file + 12));
    assert_true(pictures > 0);
    free(file);
}

static int open_scratch(void **state) {
    static struct scratch s;
    scratch_open(&s);
    *state = &s;
    return 0;
}

static int close_scratch(void **state) {
    scratch_close(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends, open_scratch, close_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
