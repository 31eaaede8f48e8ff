// SPDX-License-Identifier: Apache-2.0
// Folders of pictures and lists of labels that are not as they should be: calibration, `tnpu eval`,
// names of classes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODELS TNPU_SOURCE_DIR "/models"
#define PICTURE MODELS "/samples/arrow.png"

enum { SECONDS = 400, CLASSES = 12 };

/// Copies the sample picture to `name`, cut to `percent` of its bytes.
static void copy_picture(struct scratch *s, const char *name, size_t percent) {
    size_t n;
    uint8_t *bytes = file_bytes(PICTURE, &n);
    scratch_file(s, name, bytes, n * percent / 100);
    free(bytes);
}

static void calibrate(struct child *c, struct scratch *s, const char *folder) {
    child_run(c, SECONDS, "compile", MODELS "/default.params", "--arch", "etinynet-tiny", "--calib",
              scratch_path(s, folder), "-o", scratch_path(s, "o.tnpu"), NULL);
    if (c->status) assert_int_equal(access(scratch_path(s, "o.tnpu"), F_OK), -1);
}

static void calibration(void **state) {
    struct scratch *s = *state;
    struct child c;
    calibrate(&c, s, "absent");
    child_refused(&c, "absent");
    scratch_folder(s, "calib");
    calibrate(&c, s, "calib");
    child_refused(&c, "no files in this folder");
    scratch_folder(s, "calib/folder.png"); // what is no file does not count
    calibrate(&c, s, "calib");
    child_refused(&c, "no files in this folder");
    scratch_file(s, "calib/notes.txt", "hello\n", 6);
    scratch_file(s, "calib/empty.png", "", 0);
    calibrate(&c, s, "calib");
    child_refused(&c, "no JPEG, PNG or PNM pictures");
    scratch_file(s, "file", "hello\n", 6);
    calibrate(&c, s, "file");
    child_refused(&c, "file: ");
    copy_picture(s, "calib/a.png", 100);
    copy_picture(s, "calib/b.png", 50);
    calibrate(&c, s, "calib");
    child_refused(&c, "b.png: damaged PNG");
    unlink(scratch_path(s, "calib/b.png"));
    calibrate(&c, s, "calib"); // one picture, and files that are none
    child_worked(&c);
}

static void eval(struct child *c, struct scratch *s, const char *csv, const char *option) {
    scratch_file(s, "l.csv", csv, strlen(csv));
    child_run(c, SECONDS, "eval", TNPU_PROGRAM, scratch_path(s, "pictures"), "--labels",
              scratch_path(s, "l.csv"), "--threads", "2", option, NULL);
}

static void lists(void **state) {
    struct scratch *s = *state;
    static const struct {
        const char *says, *csv;
    } rows[] = {
        {"holds nothing", ""},
        {"holds nothing", "\n\n"},
        {"holds nothing", "file,class\n"},
        {"line 1 is not", "a.png,0\n"}, // no header
        {"line 1 is not", "a.png,0\na.png,1\n"},
        {"line 2 is not", "file,class\na.png\n"},
        {"line 2 is not", "file,class\na.png,\n"},
        {"line 2 is not", "file,class\n,3\n"},
        {"line 2 is not", "file,class\na.png,one\n"},
        {"line 2 is not", "file,class\na.png,-1\n"},
        {"line 2 is not", "file,class\na.png,1.5\n"},
        {"line 2 is not", "file,class\na.png,99999999999999999999999\n"},
        {"line 3 is not", "file,class\na.png,1\n\na.png,2\n"},
        {"of class 12, and the network has 12", "file,class\na.png,12\n"},
        {"of class 1000000", "file,class\na.png,0\na.png,1000000\n"},
        {"absent.png", "file,class\na.png,0\nabsent.png,1\n"},
        {"damaged PNG", "file,class\na.png,0\ncut.png,1\n"},
        {"folder", "file,class\nfolder,1\n"},
    };
    struct child c;
    scratch_folder(s, "pictures");
    scratch_folder(s, "pictures/folder");
    copy_picture(s, "pictures/a.png", 100);
    copy_picture(s, "pictures/cut.png", 60);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        eval(&c, s, rows[i].csv, i % 2 ? "--json" : NULL);
        child_refused(&c, rows[i].says);
        assert_string_equal(c.out, "");
    }
    eval(&c, s, "file,class\na.png,0\na.png,11", "--json"); // no newline at the end
    child_worked(&c);
    eval(&c, s, "file,class\r\na.png,0\r\n\r\n", "--float");
    child_worked(&c);
    scratch_file(s, "l.csv", "file,class\0a.png,0\n", 19); // a zero byte
    child_run(&c, SECONDS, "eval", TNPU_PROGRAM, scratch_path(s, "pictures"), "--labels",
              scratch_path(s, "l.csv"), NULL);
    child_refused(&c, "l.csv");
    scratch_file(s, "l.csv", "file,class\na.png,0\n", 19);
    child_run(&c, SECONDS, "eval", TNPU_PROGRAM, scratch_path(s, "absent"), "--labels",
              scratch_path(s, "l.csv"), NULL);
    child_refused(&c, "absent");
}

static void run_with(struct child *c, struct scratch *s, const void *labels, size_t n,
                     const char *option) {
    child_run(c, SECONDS, "run", TNPU_PROGRAM, PICTURE, "--labels",
              scratch_file(s, "labels.txt", labels, n), "--top", "1000", option, NULL);
}

static int lines(const char *text) {
    int n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

/// Names for some of the classes, for more than there are, and odd ones.
static void names(void **state) {
    struct scratch *s = *state;
    struct child c;
    run_with(&c, s, "one\ntwo\n", 8, NULL);
    child_worked(&c);
    assert_int_equal(lines(c.out), 1 + CLASSES); // all classes, the later ones without a name
    assert_non_null(strstr(c.out, "one"));
    run_with(&c, s, "one\ntwo\n", 8, "--json");
    child_worked(&c);
    assert_null(strstr(c.out, "null"));
    static char many[200000];
    memset(many, 'x', sizeof many);
    for (size_t i = 9; i < sizeof many; i += 10) many[i] = '\n';
    run_with(&c, s, many, sizeof many, NULL);
    child_worked(&c);
    memset(many, 'x', sizeof many); // one line, and a long one
    run_with(&c, s, many, sizeof many, NULL);
    child_worked(&c);
    run_with(&c, s, "\xff\xfe\n\x80\n\xc3\x28\n", 8, "--json"); // not UTF-8
    child_worked(&c);
    run_with(&c, s, "a\0b\n", 4, NULL);
    child_refused(&c, "labels.txt");
    run_with(&c, s, "", 0, NULL);
    child_refused(&c, "labels.txt: holds nothing");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(calibration), cmocka_unit_test(lists),
                                       cmocka_unit_test(names)};
    return cmocka_run_group_tests_name("folders", tests, setup, teardown);
}
