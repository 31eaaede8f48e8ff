// SPDX-License-Identifier: Apache-2.0
// Damaged files by the thousand, through the readers themselves: .tnpu files, with checksums as
// they were and made right, and .params files through the whole compiler. Refused with a message,
// or used without harm.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"
#include "damage.h"
#include "tnpu_etinynet.h"
#include "tnpu_frontend.h"
#include "tnpu_host_layer.h"
#include "tnpu_lower.h"
#include "tnpu_model.h"

#include <stdlib.h>
#include <string.h>

enum { FLIPS = 1000, TABLE_END = TNPU_HEADER_BYTES + TNPU_SECTIONS * TNPU_SECTION_BYTES };

/// A good file, and the model that damaged programs run on.
struct fixture {
    uint8_t *program, *params;
    size_t program_size, params_size;
    struct tnpu_model model;
    int accepted, ended;
};

static int setup(void **state) {
    static struct fixture f;
    f.program = file_bytes(TNPU_PROGRAM, &f.program_size);
    f.params = file_bytes(TNPU_SOURCE_DIR "/models/default.params", &f.params_size);
    *state = &f;
    return tnpu_model_init(&f.model, tnpu_config_find("t64"));
}

static int teardown(void **state) {
    struct fixture *f = *state;
    tnpu_model_free(&f->model);
    free(f->program);
    free(f->params);
    return 0;
}

/// A program that was accepted runs on the model, to its end or to an error that has a name, and
/// its host layers on this machine.
static void use(struct fixture *f, const struct tnpu_program *p) {
    struct tnpu_model *m = &f->model;
    assert_ptr_equal(p->config, tnpu_config_find("t64"));
    assert_int_equal(tnpu_model_write(m, TNPU_MAP_IMEM, p->insns, (size_t)p->insn_count * 64), 0);
    memcpy(tnpu_model_wmem(m), p->wmem, (size_t)p->wmem_rows * 64);
    int r = tnpu_model_run(m, 0);
    while (r == TNPU_MODEL_HALTED) r = tnpu_model_resume(m);
    assert_true(r <= 0 && -r < TNPU_NUM_HW_ERRORS);
    f->ended += r == 0;
    struct tnpu_host *h = tnpu_host_new(p, NULL);
    for (int t = 0; h && t < p->graph.tensor_count; t++) {
        const struct tnpu_qtensor *shape = &p->graph.tensors[t];
        int8_t *bytes = tnpu_host_tensor(h, t);
        if (bytes) memset(bytes, 1, (size_t)shape->h * (size_t)shape->w * (size_t)shape->c);
    }
    for (int i = 0; h && i < p->npu_layers; i++)
        if (tnpu_program_is_host(p, i)) tnpu_host_layer(h, i);
    if (h) tnpu_host_run(h);
    tnpu_host_free(h);
}

/// Parses a copy of the exact size, so that a sanitizer sees any read beyond it. Returns whether it
/// was accepted; then it has been used.
static bool parse(struct fixture *f, const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    struct tnpu_program p;
    struct tnpu_error e = {""};
    int rc = tnpu_program_parse(&p, "file", exact, size, &e);
    free(exact);
    if (rc == 0) {
        use(f, &p);
        tnpu_program_free(&p);
        f->accepted++;
        return true;
    }
    assert_int_equal(rc, -1);
    assert_null(p.insns);
    if (strncmp(e.text, "file: ", 6) != 0 || strchr(e.text, '\n')) fail_msg("\"%s\"", e.text);
    return false;
}

static void program_cut(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 1;
    for (size_t n = 0; n < 1024; n++) assert_false(parse(f, f->program, n));
    for (int i = 0; i < 300; i++)
        assert_false(parse(f, f->program, damage_below(&seed, f->program_size)));
    for (int s = 0; s < TNPU_SECTIONS; s++) { // at both ends of each section, and beside them
        size_t from, to;
        damage_section(f->program, (enum tnpu_section)s, &from, &to);
        for (size_t n = from - 1; n <= from + 1; n++) assert_false(parse(f, f->program, n));
        if (to + 1 < f->program_size) assert_false(parse(f, f->program, to + 1));
    }
    uint8_t *longer = calloc(1, f->program_size + 16); // and what follows the end
    assert_non_null(longer);
    memcpy(longer, f->program, f->program_size);
    assert_false(parse(f, longer, f->program_size + 16));
    tnpu_set_u32(longer + 52, (uint32_t)f->program_size + 16);
    damage_seal(longer, f->program_size + 16);
    assert_false(parse(f, longer, f->program_size + 16));
    free(longer);
}

/// Cut, and the header's size and the checksums made right.
static void program_cut_and_sealed(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 2;
    uint8_t *copy = malloc(f->program_size);
    assert_non_null(copy);
    for (int i = 0; i < 300; i++) {
        size_t n = TABLE_END + damage_below(&seed, f->program_size - TABLE_END);
        memcpy(copy, f->program, n);
        tnpu_set_u32(copy + 52, (uint32_t)n);
        damage_seal(copy, n);
        assert_false(parse(f, copy, n));
    }
    free(copy);
}

/// Every bit of header and section table, and their bytes at 0 and 255.
static void program_header(void **state) {
    struct fixture *f = *state;
    uint8_t *copy = malloc(f->program_size);
    assert_non_null(copy);
    for (size_t at = 0; at < TABLE_END; at++)
        for (int change = 0; change < 10; change++) {
            memcpy(copy, f->program, f->program_size);
            copy[at] = change < 8 ? (uint8_t)(copy[at] ^ 1 << change) : change == 8 ? 0 : 255;
            if (copy[at] == f->program[at]) continue;
            assert_false(parse(f, copy, f->program_size));
            damage_seal(copy, f->program_size);
            bool whole = memcmp(copy, f->program, f->program_size) == 0; // it was in a checksum
            if (parse(f, copy, f->program_size) != whole)
                fail_msg("byte %zu of the header, changed to %u: accepted", at, copy[at]);
        }
    free(copy);
}

static void program_flipped(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 3;
    uint8_t *copy = malloc(f->program_size);
    assert_non_null(copy);
    for (int i = 0; i < FLIPS; i++) {
        memcpy(copy, f->program, f->program_size);
        damage_flip(copy, 0, f->program_size, &seed);
        assert_false(parse(f, copy, f->program_size));
    }
    free(copy);
}

/// Flips within bytes from..to, under checksums made right.
static void flip_sealed(struct fixture *f, size_t from, size_t to, int flips, uint64_t seed,
                        const char *what) {
    uint8_t *copy = malloc(f->program_size);
    assert_non_null(copy);
    f->accepted = f->ended = 0;
    for (int i = 0; i < flips; i++) {
        memcpy(copy, f->program, f->program_size);
        for (size_t n = 1 + damage_below(&seed, 2); n > 0; n--) damage_flip(copy, from, to, &seed);
        damage_seal(copy, f->program_size);
        parse(f, copy, f->program_size);
    }
    print_message("%s: of %d, %d accepted, %d of these ran to their end\n", what, flips,
                  f->accepted, f->ended);
    free(copy);
}

static void program_flipped_and_sealed(void **state) {
    struct fixture *f = *state;
    flip_sealed(f, 0, f->program_size, FLIPS, 4, "anywhere");
    assert_true(f->accepted > FLIPS / 2); // weights and the float network are free to change
    for (int s = 0; s < TNPU_SECTIONS; s++) {
        size_t from, to;
        damage_section(f->program, (enum tnpu_section)s, &from, &to);
        int flips = s == TNPU_SECTION_IMEM ? FLIPS : FLIPS / 4;
        if (from < to) flip_sealed(f, from, to, flips, 5 + (uint64_t)s, tnpu_section_tag[s]);
        if (s == TNPU_SECTION_IMEM) assert_true(f->accepted > 100 && f->accepted < FLIPS - 100);
    }
}

/// A .params file through reader and graph builder, from a copy of the exact size.
static bool build(const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    struct tnpu_params p;
    struct tnpu_graph g;
    struct tnpu_error e = {""};
    int rc = tnpu_params_parse(&p, "file", exact, size, &e);
    free(exact);
    if (!rc) {
        rc = tnpu_etinynet_build(&g, "etinynet-tiny", 56, 56, &p, "file", &e);
        if (!rc) tnpu_graph_free(&g);
        tnpu_params_free(&p);
    }
    if (rc && (strncmp(e.text, "file: ", 6) != 0 || strchr(e.text, '\n')))
        fail_msg("\"%s\"", e.text);
    return rc == 0;
}

static void params_cut(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 20;
    assert_true(build(f->params, f->params_size));
    for (size_t n = 0; n < 2048; n++) assert_false(build(f->params, n));
    for (size_t n = f->params_size - 2048; n < f->params_size; n++)
        assert_false(build(f->params, n)); // the names
    for (int i = 0; i < 300; i++)
        assert_false(build(f->params, damage_below(&seed, f->params_size)));
}

static void params_flipped(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 21;
    int accepted = 0;
    for (size_t at = 0; at < 128; at++) // the list's header and the first tensor's
        for (int bit = 0; bit < 8; bit++) {
            f->params[at] ^= (uint8_t)(1 << bit);
            build(f->params, f->params_size);
            f->params[at] ^= (uint8_t)(1 << bit);
        }
    for (int i = 0; i < 2 * FLIPS; i++) {
        size_t from = i % 2 ? f->params_size - 4096 : 0; // names and the last shapes, or anywhere
        size_t at = from + damage_below(&seed, f->params_size - from);
        uint8_t keep = f->params[at];
        f->params[at] ^= (uint8_t)(1 << damage_below(&seed, 8));
        accepted += build(f->params, f->params_size);
        f->params[at] = keep;
    }
    assert_true(accepted > 100 && accepted < 2 * FLIPS - 100);
}

/// Compiles with two small pictures. Weights that are out of all proportion are refused, or give a
/// program that holds what its reader asks for.
static bool compile(struct fixture *f, const int8_t *pictures, int size) {
    const struct tnpu_frontend_options opt = {.arch = "etinynet-tiny", .size = size, .threads = 1};
    struct tnpu_qgraph q;
    struct tnpu_program p;
    struct tnpu_error e = {""};
    uint8_t *bytes = NULL;
    size_t n;
    int rc = tnpu_frontend(&q, "file", f->params, f->params_size, pictures, 2, &opt, &e);
    if (!rc) {
        rc = tnpu_lower(&p, &q, tnpu_config_find("t64"), &e);
        tnpu_qgraph_free(&q);
    }
    if (rc) {
        if (!e.text[0] || strchr(e.text, '\n')) fail_msg("\"%s\"", e.text);
        return false;
    }
    rc = tnpu_program_bytes(&p, &bytes, &n, &e);
    tnpu_program_free(&p);
    if (rc) fail_msg("%s", e.text);
    assert_true(parse(f, bytes, n)); // and runs
    free(bytes);
    return true;
}

static void params_compiled(void **state) {
    enum { SIZE = 32, TRIALS = 120 };
    struct fixture *f = *state;
    static int8_t pictures[2 * SIZE * SIZE * 3];
    uint64_t seed = 22;
    for (size_t i = 0; i < sizeof pictures; i++) pictures[i] = (int8_t)damage_next(&seed);
    assert_true(compile(f, pictures, SIZE));
    int accepted = 0;
    for (int i = 0; i < TRIALS; i++) {
        uint8_t keep[8];
        size_t at[8];
        int flips = 1 + (int)damage_below(&seed, 8);
        for (int k = 0; k < flips; k++) {
            at[k] = damage_below(&seed, f->params_size);
            keep[k] = f->params[at[k]];
            f->params[at[k]] ^= (uint8_t)(1 << (i % 2 ? 6 : damage_below(&seed, 8))); // exponents
        }
        accepted += compile(f, pictures, SIZE);
        for (int k = flips - 1; k >= 0; k--) f->params[at[k]] = keep[k];
    }
    print_message("compiled: of %d damaged networks, %d accepted\n", TRIALS, accepted);
    assert_true(accepted > TRIALS / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(program_cut),
                                       cmocka_unit_test(program_cut_and_sealed),
                                       cmocka_unit_test(program_header),
                                       cmocka_unit_test(program_flipped),
                                       cmocka_unit_test(program_flipped_and_sealed),
                                       cmocka_unit_test(params_cut),
                                       cmocka_unit_test(params_flipped),
                                       cmocka_unit_test(params_compiled)};
    return cmocka_run_group_tests_name("readers", tests, setup, teardown);
}
