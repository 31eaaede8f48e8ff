// SPDX-License-Identifier: Apache-2.0
// The comparison with golden bytes itself: a changed byte is found and named, another network is
// refused, and golden files that are cut, damaged or hostile are.
#include "tnpu_bytes.h"
#include "tnpu_file.h"
#include "tnpu_lower.h"
#include "tnpu_tflite.h"
#include "verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#define VECTORS TNPU_SOURCE_DIR "/tests/vectors/tflite/"

/// A case of the vectors, compiled, with everything opened.
struct fixture {
    struct tnpu_golden g;
    struct tnpu_program p;
    struct runner r;
};

static void fixture_open(struct fixture *f, const char *file, int which) {
    struct tnpu_error e;
    struct tnpu_qgraph q;
    const struct tnpu_machine_options machine = {.kind = TNPU_MACHINE_MODEL};
    if (tnpu_golden_load(&f->g, file, &e)) fail_msg("%s", e.text);
    const struct tnpu_golden_case *c = &f->g.cases[which];
    if (tnpu_tflite_load(&q, c->name, c->network, c->network_size, false, &e) ||
        tnpu_lower(&f->p, &q, tnpu_config_find("t64"), &e) ||
        runner_open(&f->r, &machine, &f->p, c->name, &e))
        fail_msg("%s", e.text);
    tnpu_qgraph_free(&q);
}

static void fixture_close(struct fixture *f) {
    runner_close(&f->r, NULL);
    tnpu_program_free(&f->p);
    tnpu_golden_free(&f->g);
}

/// Each byte of each tensor of a case, changed by one, is the difference that is named.
static void test_every_byte_counts(void **state) {
    (void)state;
    struct fixture f;
    struct verify v;
    struct tnpu_error e;
    fixture_open(&f, VECTORS "max_pool_2d.golden.gz", 0);
    struct tnpu_golden_case *c = &f.g.cases[0];
    assert_int_equal(verify_open(&v, &f.r, c, "it", &e), 0);
    assert_int_equal(verify_held(&v), verify_made(c));
    assert_int_equal(verify_run(&v, 0, &e), 0);
    int output = tnpu_golden_only(c, TNPU_GOLDEN_OUTPUT), changed = 0;
    const struct tnpu_golden_tensor *t = &c->tensors[output];
    uint8_t *bytes = (uint8_t *)(uintptr_t)tnpu_golden_bytes(c, 0, output);
    for (int y = 0, i = 0; y < t->dims[1]; y++)
        for (int x = 0; x < t->dims[2]; x++)
            for (int ch = 0; ch < t->dims[3]; ch++, i++, changed++) {
                char want[200];
                snprintf(want, sizeof want,
                         "input 0, tensor %s, y %d, x %d, channel %d: %d, TFLite has %d", t->name,
                         y, x, ch, (int8_t)bytes[i], (int8_t)(bytes[i] ^ 1));
                bytes[i] ^= 1;
                assert_int_equal(verify_run(&v, 0, &e), 1);
                assert_string_equal(v.text, want);
                bytes[i] ^= 1;
            }
    assert_true(changed > 0);
    verify_close(&v);
    fixture_close(&f);
}

static void test_other_network(void **state) {
    (void)state;
    struct fixture f;
    struct verify v;
    struct tnpu_error e;
    fixture_open(&f, VECTORS "max_pool_2d.golden.gz", 0);
    struct tnpu_golden_case *c = &f.g.cases[0];
    char *name = c->tensors[1].name;
    name[0] = 'u';
    assert_int_equal(verify_open(&v, &f.r, c, "it", &e), -1);
    assert_non_null(strstr(e.text, "another network"));
    name[0] = 't';
    c->tensors[1].size++;
    assert_int_equal(verify_open(&v, &f.r, c, "it", &e), -1);
    c->tensors[1].size--;
    assert_int_equal(verify_open(&v, &f.r, c, "it", &e), 0);
    verify_close(&v);
    fixture_close(&f);
}

/// A golden file's bytes, decompressed.
static uint8_t *whole(const char *path, size_t *size) {
    gzFile f = gzopen(path, "rb");
    uint8_t *b = malloc(1 << 20);
    assert_non_null(f);
    assert_non_null(b);
    int n = gzread(f, b, 1 << 20);
    gzclose(f);
    assert_true(n > 64 && n < 1 << 20);
    *size = (size_t)n;
    return b;
}

/// Makes size and CRC right, writes the bytes and reads them. Returns what the reader returns.
static int try(uint8_t *b, size_t size, bool mend, struct tnpu_error *e) {
    struct tnpu_golden g;
    if (mend && size >= 64) {
        tnpu_set_u32(b + 16, (uint32_t)size);
        tnpu_set_u32(b + 20, 0);
        tnpu_set_u32(b + 20, (uint32_t)crc32(0, b, (uInt)size));
    }
    assert_int_equal(tnpu_file_write("golden_test.tmp", b, size, e), 0);
    memset(e, 0, sizeof *e);
    int rc = tnpu_golden_load(&g, "golden_test.tmp", e);
    if (rc)
        assert_true(e->text[0] && !strchr(e->text, '\n'));
    else
        tnpu_golden_free(&g);
    remove("golden_test.tmp");
    return rc;
}

static void test_damaged(void **state) {
    (void)state;
    size_t size;
    uint8_t *b = whole(VECTORS "resize_nearest_neighbor.golden.gz", &size);
    struct tnpu_error e;
    assert_int_equal(try(b, size, false, &e), 0);
    for (size_t n = 0; n < size; n += n < 200 ? 1 : size / 50)
        assert_int_equal(try(b, n, false, &e), -1);
    for (size_t i = 0; i < size; i += size / 100) { // a bit anywhere: the CRC knows
        b[i] ^= 0x10;
        assert_int_equal(try(b, size, false, &e), -1);
        b[i] ^= 0x10;
    }
    free(b);
}

/// With right size and CRC: whatever the reader says, it must survive.
static void test_hostile(void **state) {
    (void)state;
    size_t size;
    uint8_t *b = whole(VECTORS "resize_nearest_neighbor.golden.gz", &size);
    struct tnpu_error e;
    uint32_t random = 1;
    int refused = 0;
    for (int k = 0; k < 600; k++) {
        random = random * 1664525 + 1013904223;
        size_t at = 12 + random % (k % 2 ? size - 16 : 2000); // half of them near the start
        uint8_t old[4];
        static const uint32_t values[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000};
        memcpy(old, b + at, 4);
        tnpu_set_u32(b + at, values[random >> 28 & 7 ? k % 6 : 4]);
        refused += try(b, size, true, &e) != 0;
        memcpy(b + at, old, 4);
    }
    assert_true(refused > 50);
    for (size_t n = 64; n < size; n += size / 40) assert_int_equal(try(b, n, true, &e), -1);
    free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_other_network),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
