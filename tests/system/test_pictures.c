// SPDX-License-Identifier: Apache-2.0
// Pictures that are none, or odd ones, given to `tnpu`: of any size that fits a picture, cut,
// empty, damaged; raw files of a wrong size; and both through a pipe.
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"
#include "damage.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PICTURE TNPU_SOURCE_DIR "/models/samples/arrow.png"

enum { SECONDS = 400, INPUT = 56 * 56 * 3 };

/// A grey picture of that size, all black: even the largest makes a small file.
static const char *grey_png(struct scratch *s, const char *name, uint32_t w, uint32_t h, int bits) {
    const char *path = scratch_path(s, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_bytep row = calloc(1, (size_t)w * (size_t)bits / 8 + 1);
    assert_true(info && row);
    png_init_io(png, f);
    png_set_IHDR(png, info, w, h, bits, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 1);
    png_write_info(png, info);
    for (uint32_t y = 0; y < h; y++) png_write_row(png, row);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(row);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void run(struct child *c, const char *picture, const char *option, const char *value) {
    child_run(c, SECONDS, "run", TNPU_PROGRAM, picture, option, value, NULL);
}

static void sizes(void **state) {
    struct scratch *s = *state;
    static const struct {
        uint32_t w, h;
        const char *says; ///< NULL: works
    } rows[] = {{1, 1, NULL},
                {1, 3000, NULL},
                {3000, 1, NULL},
                {56, 56, NULL},
                {20000, 20000, "20000 x 20000 is too large"},
                {1, 1000000, NULL},
                {1000000, 1000000, "damaged PNG"}};
    struct child c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path;
        if (rows[i].w < 1000000) {
            path = grey_png(s, "size.png", rows[i].w, rows[i].h, 1);
        } else { // said by the header alone: the rest of the file is too short
            size_t n;
            uint8_t *bytes = file_bytes(scratch_path(s, "size.png"), &n);
            tnpu_set_u32(bytes + 16, 0x40420F00), tnpu_set_u32(bytes + 20, 0x40420F00);
            path = scratch_file(s, "size.png", bytes, n);
            free(bytes);
        }
        run(&c, path, NULL, NULL);
        if (rows[i].says)
            child_refused(&c, rows[i].says);
        else
            child_worked(&c);
    }
    grey_png(s, "large.png", 20000, 20000, 8);
    run(&c, scratch_path(s, "large.png"), "--on", "rtl");
    child_refused(&c, "20000 x 20000 is too large");
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, scratch_path(s, "large.png"), NULL);
    child_refused(&c, "20000 x 20000 is too large");
}

/// What the header of a picture says is not believed: sizes of nothing, and of everything.
static void lying_headers(void **state) {
    struct scratch *s = *state;
    static const char *const headers[] = {"P6\n20000 20000\n255\n",
                                          "P6\n1 1\n255\n",
                                          "P6\n0 0\n255\n",
                                          "P5\n-1 -1\n255\n",
                                          "P6\n99999999999999999999 1\n255\n",
                                          "P6\n3 3\n0\n",
                                          "P6\n3 3\n65536\n",
                                          "P6\n",
                                          "P3\n1 1\n255\n1 2 3\n",
                                          "\xff\xd8\xff",
                                          "\x89PNG\r\n\x1a\n",
                                          "\xff\xd8\xff\xe0\x00\x10JFIF"};
    struct child c;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        run(&c, scratch_file(s, "lie", headers[i], strlen(headers[i])), NULL, NULL);
        child_refused(&c, "/lie: ");
    }
}

static void raw_sizes(void **state) {
    struct scratch *s = *state;
    static uint8_t bytes[INPUT + 1000];
    static const size_t wrong[] = {0, 1, INPUT - 1, INPUT + 1, INPUT + 1000};
    struct child c;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *path = scratch_file(s, "raw", bytes, wrong[i]);
        run(&c, path, NULL, NULL);
        child_refused(&c, path);
        run(&c, path, "--raw", "int8");
        child_refused(&c, path);
        run(&c, path, "--raw", "u8");
        child_refused(&c, path);
    }
    const char *path = scratch_file(s, "raw", bytes, INPUT);
    run(&c, path, NULL, NULL);
    child_worked(&c);
    run(&c, path, "--raw", "u8");
    child_worked(&c);
    run(&c, PICTURE, "--raw", "int8"); // a picture is not raw bytes of the right number
    child_refused(&c, PICTURE);
}

static void cut_and_flipped(void **state) {
    struct scratch *s = *state;
    size_t n;
    uint8_t *bytes = file_bytes(PICTURE, &n);
    uint64_t seed = 1;
    struct child c;
    for (size_t cut = 0; cut < n; cut += cut < 64 ? 9 : n / 17) {
        run(&c, scratch_file(s, "cut.png", bytes, cut), NULL, NULL);
        child_refused(&c, "cut.png");
    }
    int worked = 0;
    for (int i = 0; i < 60; i++) {
        uint8_t *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        damage_flip(copy, 0, i % 2 ? n : 64, &seed);
        run(&c, scratch_file(s, "flip.png", copy, n), NULL, NULL);
        worked += child_worked_or_refused(&c);
        free(copy);
    }
    assert_true(worked < 40); // PNG's own checksums find what matters
    free(bytes);
}

/// A picture that cannot be read ends the run; what came before it has been printed.
static void one_of_several(void **state) {
    struct scratch *s = *state;
    struct child c;
    child_run(&c, SECONDS, "run", TNPU_PROGRAM, PICTURE, scratch_file(s, "bad.png", "x", 1),
              PICTURE, NULL);
    child_refused(&c, "bad.png");
    assert_non_null(strstr(c.out, "arrow.png: "));
    child_run(&c, SECONDS, "run", TNPU_PROGRAM, PICTURE, PICTURE, "--json", NULL);
    child_worked(&c);
}

/// A named pipe, which gives its bytes once, to a reader that comes within the time.
static const char *pipe_of(struct scratch *s, const uint8_t *bytes, size_t n, pid_t *writer) {
    const char *path = scratch_path(s, "pipe");
    remove(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    fflush(NULL);
    *writer = fork();
    assert_true(*writer >= 0);
    if (*writer == 0) {
        alarm(SECONDS);
        FILE *f = fopen(path, "wb");
        _exit(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0 ? 0 : 1);
    }
    return path;
}

static void through_pipes(void **state) {
    struct scratch *s = *state;
    static uint8_t raw[INPUT];
    size_t n;
    uint8_t *bytes = file_bytes(PICTURE, &n);
    for (size_t i = 0; i < INPUT; i++) raw[i] = (uint8_t)(i * i);
    static const char *const options[] = {NULL, NULL, "--raw=u8"};
    for (int i = 0; i < 3; i++) {
        struct child file, piped;
        pid_t writer;
        int status;
        run(&file, i ? scratch_file(s, "raw", raw, INPUT) : PICTURE, options[i], NULL);
        child_worked(&file);
        run(&piped, pipe_of(s, i ? raw : bytes, i ? INPUT : n, &writer), options[i], NULL);
        child_worked(&piped);
        assert_int_equal(waitpid(writer, &status, 0), writer);
        assert_int_equal(status, 0);
        // below the line with the file's name and the host's time
        assert_string_equal(strchr(piped.out, '\n'), strchr(file.out, '\n'));
    }
    free(bytes);
}

static int setup(void **state) {
    static struct scratch s;
    scratch_open(&s);
    *state = &s;
    return 0;
}

static int teardown(void **state) {
    scratch_close(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),          cmocka_unit_test(lying_headers),
        cmocka_unit_test(raw_sizes),      cmocka_unit_test(cut_and_flipped),
        cmocka_unit_test(one_of_several), cmocka_unit_test(through_pipes)};
    return cmocka_run_group_tests_name("pictures", tests, setup, teardown);
}
