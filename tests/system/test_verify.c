// SPDX-License-Identifier: Apache-2.0
// From the .tflite file to `tnpu verify`, as a user goes: networks with int8, uint8 and float ends,
// on model and RTL; a changed byte is found.
#define _GNU_SOURCE
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

/// A golden file of one case, from the bytes of a file of many.
static const char *golden_of(struct scratch *s, const uint8_t *file, const uint8_t *at,
                             uint32_t size) {
    uint8_t *one = malloc(HEADER + size);
    assert_non_null(one);
    memcpy(one, file, HEADER);
    memcpy(one + HEADER, at, size);
    tnpu_set_u32(one + 12, 1);
    tnpu_set_u32(one + 16, HEADER + size);
    tnpu_set_u32(one + 20, 0);
    tnpu_set_u32(one + 20, (uint32_t)crc32(0, one, HEADER + size));
    const char *path = scratch_file(s, "net.golden", one, HEADER + size);
    free(one);
    return path;
}

static void compile_and_verify(struct scratch *s, const uint8_t *file, uint8_t *at, uint32_t size) {
    const uint8_t *name = at + 4 + SHA;
    uint32_t length = name[0] | (uint32_t)name[1] << 8;
    const uint8_t *network = name + 2 + length;
    struct child c;
    const char *net = scratch_file(s, "net.tflite", network + 4, tnpu_get_u32(network));
    const char *golden = golden_of(s, file, at, size), *program = scratch_path(s, "net.tnpu");
    child_run(&c, SECONDS, "compile", net, "--config", "t64", "--no-fuse", "-o", program, NULL);
    child_worked(&c);
    static const char *const on[] = {"model", "rtl"};
    for (int i = 0; i < 2; i++) {
        child_run(&c, SECONDS, "verify", program, golden, "--all", "--on", on[i], NULL);
        child_worked(&c);
        if (!strstr(c.out, "identical to")) fail_msg("%.*s: %s", (int)length, name + 2, c.out);
    }
    at[size - 1] ^= 1; // of the network's output
    golden = golden_of(s, file, at, size);
    child_run(&c, SECONDS, "verify", program, golden, NULL);
    if (c.status != 1) fail_msg("%.*s: a changed byte is not found", (int)length, name + 2);
}

static void ends(void **state) {
    struct scratch *s = *state;
    uint8_t *file = malloc(WHOLE);
    gzFile f = gzopen(EDGES, "rb");
    assert_non_null(file);
    assert_non_null(f);
    int bytes = gzread(f, file, WHOLE), n = 0;
    gzclose(f);
    assert_true(bytes > HEADER && bytes < WHOLE);
    for (uint8_t *at = file + HEADER; at < file + bytes; n++) {
        uint32_t size = tnpu_get_u32(at);
        bool real = memmem(at, size, "float32", 7); // whose output's last byte says nothing
        if (!real) compile_and_verify(s, file, at, size);
        at += size;
    }
    assert_int_equal(n, (int)tnpu_get_u32(file + 12));
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
