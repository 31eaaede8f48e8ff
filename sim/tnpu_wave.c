// SPDX-License-Identifier: Apache-2.0
// What the writer of FST files does not look at: the place, and the file that came out, block by
// block.
#define _XOPEN_SOURCE 700
#include "tnpu_wave.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { LENGTH_BYTES = 8, TAG_HEADER = 0, TAG_UNDER_WORK = 255 };

/// More than the tables of any configuration's signals take.
static const uint64_t TEMPORARY_BYTES = 16 << 20;

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
