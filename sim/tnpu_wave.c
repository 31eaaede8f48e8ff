// SPDX-License-Identifier: Apache-2.0
// What the writer of FST files does not look at: the place, the file that came out, block by block,
// and a process that is ended in the middle.
#define _XOPEN_SOURCE 700
#include "tnpu_wave.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8, TAG_HEADER = 0, TAG_UNDER_WORK = 255 };

/// More than the tables of any configuration's signals take.
static const uint64_t TEMPORARY_BYTES = 16 << 20;

static char begun[FILENAME_MAX], names[FILENAME_MAX + 8]; // the writer keeps names in a second file

static void clean(int number) {
    unlink(begun);
    unlink(names);
    raise(number); // its usual effect comes on return: the handler is gone (SA_RESETHAND)
}

/// Puts `handler` in the place of `instead` for the signals that end a process from outside.
static void handle(void (*instead)(int), void (*handler)(int)) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now, then = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&then.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!sigaction(numbers[i], NULL, &now) && now.sa_handler == instead)
            sigaction(numbers[i], &then, NULL);
}

int tnpu_wave_begin(const char *file, struct tnpu_error *e) {
    struct stat st; // the writer removes what is there, a device too
    struct statvfs temporary;
    if (!stat(file, &st) && !S_ISREG(st.st_mode))
        return tnpu_fail(e, "%s: is no regular file; choose another place for the waves", file);
    if (!statvfs(P_tmpdir, &temporary) &&
        (uint64_t)temporary.f_bavail * temporary.f_frsize < TEMPORARY_BYTES)
        return tnpu_fail(e, "%s: waves need %d MB for temporary files in %s; make room there", file,
                         (int)(TEMPORARY_BYTES >> 20), P_tmpdir);
    FILE *f = fopen(file, "wb");
    if (!f) return tnpu_fail(e, "%s: cannot be written; choose another place for the waves", file);
    fclose(f);
    snprintf(begun, sizeof begun, "%s", file);
    snprintf(names, sizeof names, "%s.hier", file);
    handle(SIG_DFL, clean);
    return 0;
}

static bool is_whole(FILE *f) {
    if (fseek(f, 0, SEEK_END)) return false;
    long end = ftell(f), at = 0;
    rewind(f);
    bool header = false;
    while (at < end) {
        uint8_t head[1 + LENGTH_BYTES];
        if (fread(head, sizeof head, 1, f) != 1 || head[0] == TAG_UNDER_WORK) return false;
        header |= head[0] == TAG_HEADER;
        uint64_t length = 0;
        for (int i = 0; i < LENGTH_BYTES; i++) length = length << 8 | head[1 + i];
        if (length < LENGTH_BYTES || length > (uint64_t)(end - at - 1)) return false;
        at += 1 + (long)length;
        if (fseek(f, at, SEEK_SET)) return false;
    }
    return header;
}

int tnpu_wave_check(const char *file, struct tnpu_error *e) {
    handle(clean, SIG_DFL);
    FILE *f = fopen(file, "rb");
    bool whole = f && is_whole(f);
    if (f) fclose(f);
    if (whole) return 0;
    remove(file);
    return tnpu_fail(e,
                     "%s: the waves could not be written to their end; is the disk full? make "
                     "room, or the waves shorter",
                     file);
}
