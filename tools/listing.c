// SPDX-License-Identifier: Apache-2.0
// Lists of files and of names, read from disk.
#define _XOPEN_SOURCE 700
#include "listing.h"

#include "tnpu_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 64 << 20 };

/// Appends a copy of text[0..n-1]. Returns 0, or -1 when out of memory.
static int append(struct listing *l, const char *text, size_t n, int number) {
    if ((l->count & (l->count - 1)) == 0) { // full at each power of two
        size_t room = l->count ? 2 * (size_t)l->count : 1;
        char **texts = realloc(l->text, room * sizeof *texts);
        if (texts) l->text = texts;
        int *numbers = realloc(l->number, room * sizeof *numbers);
        if (numbers) l->number = numbers;
        if (!texts || !numbers) return -1;
    }
    char *copy = malloc(n + 1);
    if (!copy) return -1;
    memcpy(copy, text, n);
    copy[n] = 0;
    l->text[l->count] = copy;
    l->number[l->count++] = number;
    return 0;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int listing_folder(struct listing *l, const char *folder, struct tnpu_error *e) {
    *l = (struct listing){0};
    DIR *d = opendir(folder);
    if (!d) return tnpu_fail(e, "%s: cannot be opened: %s", folder, strerror(errno));
    int rc = 0;
    for (struct dirent *f; !rc && (f = readdir(d));) {
        size_t n = strlen(folder) + strlen(f->d_name) + 2;
        char *path = malloc(n);
        struct stat st;
        rc = path ? 0 : -1;
        if (!rc) snprintf(path, n, "%s/%s", folder, f->d_name);
        if (!rc && f->d_name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            rc = append(l, path, n - 1, 0);
        free(path);
    }
    closedir(d);
    if (rc)
        tnpu_fail(e, "%s: out of memory", folder);
    else if (l->count == 0)
        rc = tnpu_fail(e, "%s: no files in this folder", folder);
    else
        qsort(l->text, (size_t)l->count, sizeof *l->text, by_text);
    if (rc) listing_free(l);
    return rc;
}

/// Calls `line` for each line, without its end. Empty lines at the end of the file do not count.
/// `first` and `others` say what the lines should be.
static int each_line(struct listing *l, const char *path, const char *first, const char *others,
                     int (*line)(struct listing *l, const char *text, size_t n, int index),
                     struct tnpu_error *e) {
    *l = (struct listing){0};
    uint8_t *bytes;
    size_t size;
    if (tnpu_file_read(path, FILE_MAX, &bytes, &size, e)) return -1;
    while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) size--;
    int rc = memchr(bytes, 0, size) ? 1 : 0, index = 0;
    for (size_t at = 0; !rc && at < size; index++) {
        const uint8_t *end = memchr(bytes + at, '\n', size - at);
        size_t n = end ? (size_t)(end - bytes) - at : size - at, text = n;
        if (text && bytes[at + text - 1] == '\r') text--;
        rc = line(l, (const char *)bytes + at, text, index);
        at += n + 1;
    }
    free(bytes);
    if (rc > 0)
        rc = tnpu_fail(e, "%s: line %d is not %s", path, index > 0 ? index : 1,
                       index > 1 ? others : first);
    else if (rc < 0)
        tnpu_fail(e, "%s: out of memory", path);
    else if (l->count == 0)
        rc = tnpu_fail(e, "%s: holds nothing", path);
    if (rc) listing_free(l);
    return rc;
}

static int plain_line(struct listing *l, const char *text, size_t n, int index) {
    return append(l, text, n, index);
}

/// `file,class`; the first line must be a header, for which a line of data is no substitute.
static int csv_line(struct listing *l, const char *text, size_t n, int index) {
    size_t comma = n;
    while (comma > 0 && text[comma - 1] != ',') comma--;
    long class = 0;
    bool number = comma >= 2 && comma < n;
    for (size_t i = comma; number && i < n; i++) {
        number = text[i] >= '0' && text[i] <= '9' && class <= 1000000;
        if (number) class = class * 10 + text[i] - '0';
    }
    if (index == 0) return number;
    return number ? append(l, text, comma - 1, (int)class) : 1;
}

int listing_lines(struct listing *l, const char *path, struct tnpu_error *e) {
    return each_line(l, path, "text", "text", plain_line, e);
}

int listing_csv(struct listing *l, const char *path, struct tnpu_error *e) {
    return each_line(l, path, "a header, `file,class`",
                     "a file's name, a comma and the class's number", csv_line, e);
}

void listing_free(struct listing *l) {
    for (int i = 0; i < l->count; i++) free(l->text[i]);
    free(l->text);
    free(l->number);
    *l = (struct listing){0};
}
