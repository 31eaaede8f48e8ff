// SPDX-License-Identifier: Apache-2.0
// Whole files: what cannot be read is said by name; what is written keeps what was there.
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tnpu_test_file_XXXXXX", path[64], link_path[64];

static int write_text(const char *to, const char *text, struct tnpu_error *e) {
    return tnpu_file_write(to, (const uint8_t *)text, strlen(text), e);
}

static void expect_text(const char *text) {
    uint8_t *bytes;
    size_t size;
    struct tnpu_error e = {""};
    if (tnpu_file_read(path, 100, &bytes, &size, &e)) fail_msg("%s", e.text);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static unsigned mode_of(const char *file) {
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    return st.st_mode & 07777;
}

static void expect_unread(const char *file, const char *says) {
    uint8_t *bytes;
    size_t size;
    struct tnpu_error e = {""};
    assert_int_equal(tnpu_file_read(file, 4, &bytes, &size, &e), -1);
    assert_null(bytes);
    assert_string_equal(e.text, says);
}

static void reports_unreadable_files(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size;
    expect_unread("/nonexistent", "/nonexistent: cannot be opened: No such file or directory");
    expect_unread("/", "/: cannot be read: Is a directory");
    expect_unread("/dev/zero", "/dev/zero: is larger than 4 bytes, too large for what it should "
                               "be; is it the right file?");
    assert_int_equal(tnpu_file_read("/dev/null", 4, &bytes, &size, NULL), 0);
    assert_int_equal(size, 0);
    free(bytes);
}

static void keeps_permissions(void **state) {
    (void)state;
    static const unsigned modes[] = {0600, 0640, 0666, 0755, 0222 | 0400};
    umask(022);
    unlink(path);
    assert_int_equal(write_text(path, "new", NULL), 0);
    assert_int_equal(mode_of(path), 0644);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(write_text(path, "one", NULL), 0);
        assert_int_equal(mode_of(path), modes[i]);
        assert_int_equal(write_text(link_path, "another", NULL), 0);
        assert_int_equal(mode_of(path), modes[i]);
        expect_text("another");
    }
    assert_int_equal(chmod(path, 04755), 0); // what runs as its owner does not do so with new bytes
    assert_int_equal(write_text(path, "one", NULL), 0);
    assert_int_equal(mode_of(path), 0755);
    struct stat st;
    assert_int_equal(lstat(link_path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

/// A folder in which everyone may rename does not make every file in it everyone's.
static void spares_protected_files(void **state) {
    (void)state;
    assert_int_equal(chmod(folder, 0777), 0);
    unlink(path);
    assert_int_equal(write_text(path, "old", NULL), 0);
    assert_int_equal(chmod(path, 0444), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { // root may write everything
        struct tnpu_error e = {""};
        bool left = geteuid() != 0 || setuid(65534) == 0;
        _exit(left && write_text(path, "new", &e) == -1 && write_text(link_path, "new", &e) == -1 &&
                      strstr(e.text, "cannot be written: Permission denied; choose another name")
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    expect_text("old");
    assert_int_equal(mode_of(path), 0444);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); // nothing was left beside them
}

static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    return symlink("file", link_path);
}

static int teardown(void **state) { // of what a failed test has left
    (void)state;
    unlink(link_path);
    unlink(path);
    rmdir(folder);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(reports_unreadable_files),
                                       cmocka_unit_test(keeps_permissions),
                                       cmocka_unit_test(spares_protected_files)};
    return cmocka_run_group_tests_name("file", tests, setup, teardown);
}
