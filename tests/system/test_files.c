// SPDX-License-Identifier: Apache-2.0
// Damaged .tnpu and .params files given to the `tnpu` command itself: a sample of what
// test_readers.c does by the thousand. Each run works, or says why not in one line and leaves
// nothing behind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"
#include "damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODELS TNPU_SOURCE_DIR "/models"
#define PICTURE MODELS "/samples/arrow.png"

enum { SECONDS = 400 };

struct fixture {
    struct scratch s;
    uint8_t *program, *params, *copy;
    size_t program_size, params_size;
};

static int setup(void **state) {
    static struct fixture f;
    scratch_open(&f.s);
    f.program = file_bytes(TNPU_PROGRAM, &f.program_size);
    f.params = file_bytes(MODELS "/default.params", &f.params_size);
    f.copy = malloc(f.program_size + f.params_size);
    // two calibration pictures are enough here
    scratch_folder(&f.s, "calib");
    for (int i = 0; i < 2; i++) {
        char from[512], to[32];
        size_t n;
        snprintf(from, sizeof from, "%s/calib/%05d.png", MODELS, i);
        snprintf(to, sizeof to, "calib/%d.png", i);
        uint8_t *bytes = file_bytes(from, &n);
        scratch_file(&f.s, to, bytes, n);
        free(bytes);
    }
    *state = &f;
    return f.copy ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    scratch_close(&f->s);
    free(f->program);
    free(f->params);
    free(f->copy);
    return 0;
}

/// Gives f->copy to one of the commands that read programs; they take turns.
static void give_program(struct fixture *f, struct child *c, size_t size, int turn) {
    const char *path = scratch_file(&f->s, "p.tnpu", f->copy, size);
    switch (turn % 5) {
    case 0:
        child_run(c, SECONDS, "run", path, PICTURE, NULL);
        break;
    case 1:
        child_run(c, SECONDS, "run", path, PICTURE, "--on", "rtl", "--json", NULL);
        break;
    case 2:
        child_run(c, SECONDS, "info", path, turn % 2 ? "--json" : NULL, NULL);
        break;
    case 3:
        child_run(c, SECONDS, "diff", path, PICTURE, NULL);
        break;
    default:
        child_run(c, SECONDS, "eval", path, MODELS "/samples", "--labels",
                  scratch_file(&f->s, "l.csv", "file,class\narrow.png,0\n", 23), "--float", NULL);
    }
}

static void program_cut(void **state) {
    struct fixture *f = *state;
    struct child c;
    memcpy(f->copy, f->program, f->program_size);
    for (int i = 0; i < 40; i++) {
        size_t n = i < 20 ? (size_t)i * 9 : f->program_size * (size_t)(i - 20) / 20;
        give_program(f, &c, n, i);
        child_refused(&c, "p.tnpu: ");
    }
}

static void program_header(void **state) {
    struct fixture *f = *state;
    struct child c;
    for (int at = 0; at < TNPU_HEADER_BYTES + TNPU_SECTIONS * TNPU_SECTION_BYTES; at++) {
        memcpy(f->copy, f->program, f->program_size);
        f->copy[at] ^= (uint8_t)(1 << at % 8);
        give_program(f, &c, f->program_size, at);
        child_refused(&c, "p.tnpu: ");
    }
}

/// Fields of the header under right checksums.
static void program_for_another_machine(void **state) {
    struct fixture *f = *state;
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } rows[] = {
        {8, TNPU_FORMAT_VERSION + 1, "format version 4"},
        {8, 0, "format version 0"},
        {12, (TNPU_ISA_MAJOR + 1) << 16, "use a newer tool"},
        {12, TNPU_ISA_MAJOR << 16 | (TNPU_ISA_MINOR + 1), "use a newer tool"},
        {12, 0, "compile it again"},
        {16, 0x30303974, "\"t900\", which is not known"},
        {16, 0x00003974, "\"t9\", which is not known"},
        {16, 0, "names no configuration; compile the program again"},
        {16, 0x3436f474, "names no configuration"},
        {16, 0x38323174, "is for another t128"}, // the numbers are still those of t64
        {32, 8, "is for another t64"},
        {36, 2048, "is for another t64"},
        {40, 1 << 20, "is for another t64"},
        {44, 256, "is for another t64"},
        {48, TNPU_SECTIONS + 1, "fields that are not known"},
        {60, 1, "fields that are not known"},
    };
    struct child c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memcpy(f->copy, f->program, f->program_size);
        tnpu_set_u32(f->copy + rows[i].at, rows[i].value);
        damage_seal(f->copy, f->program_size);
        for (int turn = 0; turn < 5; turn++) {
            give_program(f, &c, f->program_size, turn);
            child_refused(&c, rows[i].says);
        }
    }
    // whole, and of the other configuration in all its numbers
    const struct tnpu_config *other = tnpu_config_find("t128");
    memcpy(f->copy, f->program, f->program_size);
    tnpu_set_u32(f->copy + 16, 0x38323174);
    tnpu_set_u32(f->copy + 32, (uint32_t)other->lanes);
    tnpu_set_u32(f->copy + 36, (uint32_t)other->wmem_rows);
    tnpu_set_u32(f->copy + 40, (uint32_t)other->fmem_bytes);
    tnpu_set_u32(f->copy + 44, (uint32_t)other->imem_depth);
    damage_seal(f->copy, f->program_size);
    give_program(f, &c, f->program_size, 0);
    child_refused(&c, "p.tnpu: ");
}

/// Flips under checksums made right. A program that gets through runs to its end or to an error of
/// the NPU by name, on model and RTL alike.
static void program_flipped_and_sealed(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 1;
    int worked = 0;
    struct child c;
    for (int i = 0; i < 120; i++) {
        size_t from = 0, to = f->program_size;
        if (i % 2) damage_section(f->program, TNPU_SECTION_IMEM, &from, &to);
        memcpy(f->copy, f->program, f->program_size);
        damage_flip(f->copy, from, to, &seed);
        damage_seal(f->copy, f->program_size);
        give_program(f, &c, f->program_size, i);
        worked += child_worked_or_refused(&c);
    }
    assert_true(worked > 20 && worked < 110);
}

/// The float network inside a program, damaged: `eval --float` reads it.
static void float_network_flipped(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 2;
    struct child c;
    size_t from, to;
    damage_section(f->program, TNPU_SECTION_FLOAT, &from, &to);
    for (int i = 0; i < 40; i++) {
        memcpy(f->copy, f->program, f->program_size);
        damage_flip(f->copy, i % 2 ? from : to - 4096, i % 4 == 1 ? from + 200 : to, &seed);
        damage_seal(f->copy, f->program_size);
        give_program(f, &c, f->program_size, 4);
        child_worked_or_refused(&c);
    }
}

static void give_params(struct fixture *f, struct child *c, size_t size) {
    const char *out = scratch_path(&f->s, "o.tnpu");
    int files = scratch_count(&f->s);
    child_run(c, SECONDS, "compile", scratch_file(&f->s, "n.params", f->copy, size), "--arch",
              "etinynet-tiny", "--calib", scratch_path(&f->s, "calib"), "--config", "t64", "-o",
              out, NULL);
    unlink(scratch_path(&f->s, "n.params"));
    if (child_worked_or_refused(c)) {
        struct child info;
        child_run(&info, SECONDS, "info", out, NULL); // what was made is a program
        child_worked(&info);
        unlink(out);
    }
    assert_int_equal(scratch_count(&f->s), files);
}

static void params_cut(void **state) {
    struct fixture *f = *state;
    struct child c;
    memcpy(f->copy, f->params, f->params_size);
    for (int i = 0; i < 40; i++) {
        size_t n = i < 20 ? (size_t)i * 4 : f->params_size * (size_t)(i - 20) / 20;
        give_params(f, &c, n);
        child_refused(&c, "n.params: ");
    }
}

static void params_flipped(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 3;
    struct child c;
    for (size_t i = 0; i < 120; i++) {
        memcpy(f->copy, f->params, f->params_size);
        if (i < 68)
            f->copy[i] ^= (uint8_t)(1 << i % 8); // the first header's bytes
        else
            damage_flip(f->copy, i % 2 ? f->params_size - 4096 : 0, f->params_size, &seed);
        give_params(f, &c, f->params_size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(program_cut),
                                       cmocka_unit_test(program_header),
                                       cmocka_unit_test(program_for_another_machine),
                                       cmocka_unit_test(program_flipped_and_sealed),
                                       cmocka_unit_test(float_network_flipped),
                                       cmocka_unit_test(params_cut),
                                       cmocka_unit_test(params_flipped)};
    return cmocka_run_group_tests_name("files", tests, setup, teardown);
}
