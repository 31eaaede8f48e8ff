// SPDX-License-Identifier: Apache-2.0
// Child processes with a time limit, and their scratch files.
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 24 };

static bool has_bytes(const char *file) {
    struct stat st;
    return stat(file, &st) == 0 && st.st_size > 0;
}

/// Waits for the child, asking more and more rarely; kills it when its time is over. Sends it a
/// signal once `file`, if there is one, has bytes in it.
static int wait_for(pid_t pid, int seconds, const char *file, int number) {
    struct timespec start, now, pause = {0, 200000};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        int status;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_KILLED + WTERMSIG(status);
        if (file && has_bytes(file)) {
            kill(pid, number);
            file = NULL;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec - start.tv_sec > seconds) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return CHILD_TIMEOUT;
        }
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 10000000) pause.tv_nsec *= 2;
    }
}

/// What was written to a temporary file, as text.
static void read_back(FILE *f, char text[CHILD_TEXT]) {
    rewind(f);
    text[fread(text, 1, CHILD_TEXT - 1, f)] = 0;
    fclose(f);
}

static void run(struct child *c, const char *out, const char *until, int number, int seconds,
                const char *const argv[]) {
    size_t n = 0;
    c->command[0] = 0;
    for (int i = 0; argv[i] && n < sizeof c->command; i++)
        n += (size_t)snprintf(c->command + n, sizeof c->command - n, "%s ", argv[i]);
    FILE *o = out ? fopen(out, "w") : tmpfile(), *e = tmpfile();
    assert_non_null(o);
    assert_non_null(e);
    fflush(NULL); // the child must not print what this process still holds
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, 0) < 0 || dup2(fileno(o), 1) < 0 || dup2(fileno(e), 2) < 0)
            _exit(127);
        execv(argv[0], (char *const *)(uintptr_t)argv); // execv changes nothing of it
        _exit(127);
    }
    c->status = wait_for(pid, seconds, until, number);
    if (out)
        fclose(o), c->out[0] = 0;
    else
        read_back(o, c->out);
    read_back(e, c->err);
}

/// Collects the arguments up to NULL behind the command's name.
static void collect(const char *argv[ARGS_MAX], va_list ap) {
    int n = 0;
    argv[n++] = TNPU_COMMAND;
    while (n < ARGS_MAX && (argv[n] = va_arg(ap, const char *))) n++;
    assert_true(n < ARGS_MAX);
}

void child_run(struct child *c, int seconds, ...) {
    const char *argv[ARGS_MAX];
    va_list ap;
    va_start(ap, seconds);
    collect(argv, ap);
    va_end(ap);
    run(c, NULL, NULL, 0, seconds, argv);
}

void child_run_until(struct child *c, const char *file, int number, int seconds, ...) {
    const char *argv[ARGS_MAX];
    va_list ap;
    va_start(ap, seconds);
    collect(argv, ap);
    va_end(ap);
    run(c, NULL, file, number, seconds, argv);
}

void child_run_to(struct child *c, const char *out, int seconds, ...) {
    const char *argv[ARGS_MAX];
    va_list ap;
    va_start(ap, seconds);
    collect(argv, ap);
    va_end(ap);
    run(c, out, NULL, 0, seconds, argv);
}

/// One line that starts as every message does, ends the text, and holds nothing unprintable.
static bool is_one_message(const char *err) {
    const char *end = strchr(err, '\n');
    return strncmp(err, "tnpu: ", 6) == 0 && end && end[1] == 0 && end > err + 10;
}

void child_refused(const struct child *c, const char *says) {
    if (c->status != 1 || !is_one_message(c->err) || (says && !strstr(c->err, says)))
        fail_msg("%s: status %d, want 1 and one line with \"%s\", stderr:\n%s", c->command,
                 c->status, says ? says : "", c->err);
}

void child_worked(const struct child *c) {
    if (c->status != 0 || c->err[0])
        fail_msg("%s: status %d, want 0, stderr:\n%s", c->command, c->status, c->err);
}

bool child_worked_or_refused(const struct child *c) {
    if (c->status)
        child_refused(c, NULL);
    else
        child_worked(c);
    return c->status == 0;
}

void child_misused(const struct child *c, const char *says) {
    if (c->status != 2 || !c->err[0] || (says && !strstr(c->err, says)))
        fail_msg("%s: status %d, want 2 and \"%s\", stderr:\n%s", c->command, c->status,
                 says ? says : "", c->err);
}

void scratch_open(struct scratch *s) {
    *s = (struct scratch){.folder = "/tmp/tnpu-system-XXXXXX"};
    assert_non_null(mkdtemp(s->folder));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void scratch_close(struct scratch *s) {
    nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(struct scratch *s, const char *name) {
    char *path = s->path[s->next++ % SCRATCH_PATHS];
    size_t n = strlen(s->folder), m = strlen(name);
    assert_true(n + m + 2 <= sizeof s->path[0]);
    memcpy(path, s->folder, n);
    path[n] = '/';
    memcpy(path + n + 1, name, m + 1);
    return path;
}

const char *scratch_file(struct scratch *s, const char *name, const void *bytes, size_t n) {
    const char *path = scratch_path(s, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

const char *scratch_folder(struct scratch *s, const char *name) {
    const char *path = scratch_path(s, name);
    assert_int_equal(mkdir(path, 0777), 0);
    return path;
}

int scratch_count(const struct scratch *s) {
    DIR *d = opendir(s->folder);
    assert_non_null(d);
    int n = -2; // "." and ".."
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

uint8_t *file_bytes(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("%s: is not there", path);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    *n = fread(bytes, 1, (size_t)size, f);
    assert_int_equal(*n, size);
    fclose(f);
    return bytes;
}
