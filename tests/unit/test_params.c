// SPDX-License-Identifier: Apache-2.0
// The reader of MXNet parameter files: what it reads, and that it survives what it should refuse.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_params.h"

#include <stdlib.h>
#include <string.h>

/// A file under construction.
struct bytes {
    uint8_t data[512];
    size_t size;
};

static void put(struct bytes *b, uint64_t v, int width) {
    for (int i = 0; i < width; i++) b->data[b->size++] = (uint8_t)(v >> (8 * i));
}

static void put_name(struct bytes *b, const char *name) {
    put(b, strlen(name), 8);
    memcpy(b->data + b->size, name, strlen(name));
    b->size += strlen(name);
}

#define RANK_AT 32  ///< offset of the first tensor's rank
#define SHAPE_AT 36 ///< and of its four dimensions

static void put_tensor(struct bytes *b, int rank, const int *dims, float first) {
    put(b, 0xF993FAC9u, 4);
    put(b, 0, 4);
    put(b, (uint64_t)rank, 4);
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        put(b, (uint64_t)dims[i], 8);
        count *= (size_t)dims[i];
    }
    put(b, 1, 4);
    put(b, 0, 4);
    put(b, 0, 4);
    for (size_t i = 0; i < count; i++) {
        float v = first + (float)i;
        uint32_t u;
        memcpy(&u, &v, 4);
        put(b, u, 4);
    }
}

static struct bytes example(void) {
    struct bytes b = {.size = 0};
    put(&b, 0x112, 8);
    put(&b, 0, 8);
    put(&b, 2, 8);
    put_tensor(&b, 4, (const int[]){2, 1, 3, 1}, -1.5f);
    put_tensor(&b, 1, (const int[]){3}, 10.0f);
    put(&b, 2, 8);
    put_name(&b, "conv.weight");
    put_name(&b, "arg:conv.bias");
    return b;
}

static int parse(const struct bytes *b, size_t size, struct tnpu_error *e) {
    struct tnpu_params p;
    // A copy of the exact size, so that a sanitizer sees any read beyond it.
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, b->data, size);
    int rc = tnpu_params_parse(&p, "f.params", exact, size, e);
    free(exact);
    tnpu_params_free(&p);
    return rc;
}

static void reads_names_shapes_values(void **state) {
    (void)state;
    struct bytes b = example();
    struct tnpu_params p;
    struct tnpu_error e;
    assert_int_equal(tnpu_params_parse(&p, "f", b.data, b.size, &e), 0);
    assert_int_equal(p.count, 2);
    const struct tnpu_param *w = tnpu_params_find(&p, "conv.weight");
    assert_non_null(w);
    assert_int_equal(w->rank, 4);
    assert_int_equal(w->dim[2], 3);
    assert_int_equal(w->count, 6);
    assert_true(w->data[5] == 3.5f);
    const struct tnpu_param *bias = tnpu_params_find(&p, "conv.bias"); // without "arg:"
    assert_non_null(bias);
    assert_true(bias->data[2] == 12.0f);
    assert_null(tnpu_params_find(&p, "conv"));
    tnpu_params_free(&p);
}

static void refuses_every_truncation(void **state) {
    (void)state;
    struct bytes b = example();
    struct tnpu_error e;
    for (size_t size = 0; size < b.size; size++) {
        e.text[0] = 0;
        assert_int_equal(parse(&b, size, &e), -1);
        assert_memory_equal(e.text, "f.params: ", 10);
    }
    b.size++; // and a byte too many
    b.data[b.size - 1] = 0;
    assert_int_equal(parse(&b, b.size, &e), -1);
}

/// A row: 8 bytes put at an offset, and a part of the message that must come of it.
static const struct {
    size_t at;
    uint64_t value;
    const char *says;
} hostile[] = {
    {0, 0x113, "not an MXNet"},
    {16, 0, "holds 0 tensors"},
    {16, UINT64_MAX, "tensors, want 1 to"},
    {16, 3, ""},
    {24, 0x00000000F993FAC8u, "starts with 0xf993fac8"},
    {24, 0x00000001F993FAC9u, "sparse"},
    {RANK_AT, 0x200000000u, "rank 0"},
    {RANK_AT, 0x2FFFFFFFFu, "rank 4294967295"},
    {SHAPE_AT, 0, "larger than the file"},
    {SHAPE_AT, UINT64_MAX, "larger than the file"},
    {SHAPE_AT, UINT64_C(1) << 62, "larger than the file"},
    {SHAPE_AT + 24, UINT64_C(1) << 33, "larger than the file"},
    {SHAPE_AT + 40, 1, "element type 1"},
    {SHAPE_AT + 44, 0x7FC00000, "not finite"},
};

static void refuses_hostile_fields(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct bytes b = example();
        struct tnpu_error e = {""};
        for (int k = 0; k < 8; k++)
            b.data[hostile[i].at + k] = (uint8_t)(hostile[i].value >> (8 * k));
        assert_int_equal(parse(&b, b.size, &e), -1);
        if (!strstr(e.text, hostile[i].says))
            fail_msg("row %zu: \"%s\" does not say \"%s\"", i, e.text, hostile[i].says);
    }
}

static void survives_flipped_bits(void **state) {
    (void)state;
    struct tnpu_error e;
    int refused = 0;
    for (size_t at = 0; at < example().size; at++)
        for (int bit = 0; bit < 8; bit++) {
            struct bytes b = example();
            b.data[at] ^= (uint8_t)(1 << bit);
            refused += parse(&b, b.size, &e) != 0;
        }
    // Flips in values, names and devices go unnoticed; those in structure must not.
    assert_true(refused > 8 * 80);
}

static void refuses_equal_names(void **state) {
    (void)state;
    struct bytes b = {.size = 0};
    struct tnpu_error e;
    put(&b, 0x112, 8);
    put(&b, 0, 8);
    put(&b, 2, 8);
    put_tensor(&b, 1, (const int[]){1}, 0);
    put_tensor(&b, 1, (const int[]){1}, 0);
    put(&b, 2, 8);
    put_name(&b, "arg:a");
    put_name(&b, "aux:a");
    assert_int_equal(parse(&b, b.size, &e), -1);
    assert_non_null(strstr(e.text, "two tensors are named a"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names_shapes_values), cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(refuses_hostile_fields),    cmocka_unit_test(survives_flipped_bits),
        cmocka_unit_test(refuses_equal_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
