// SPDX-License-Identifier: Apache-2.0
// Whole files: bounded reading, atomic writing.
#define _XOPEN_SOURCE 700
#include "tnpu_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(FILE *f, const char *path, size_t limit, uint8_t **bytes, size_t *size,
                    struct tnpu_error *e) {
    size_t capacity = 1 << 16, n = 0;
    uint8_t *data = malloc(capacity);
    while (data) {
        n += fread(data + n, 1, capacity - n, f);
        if (n < capacity || n > limit) break;
        capacity = capacity > limit / 2 ? limit + 1 : 2 * capacity; // no more than tells
        uint8_t *more = realloc(data, capacity);
        if (!more) free(data);
        data = more;
    }
    int rc = 0;
    if (!data)
        rc = tnpu_fail(e, "%s: out of memory", path);
    else if (ferror(f))
        rc = tnpu_fail(e, "%s: cannot be read: %s", path, strerror(errno));
    else if (n > limit)
        rc = tnpu_fail(e,
                       "%s: is larger than %zu bytes, too large for what it should be; is it the "
                       "right file?",
                       path, limit);
    if (rc) {
        free(data);
        return rc;
    }
    *bytes = data;
    *size = n;
    return 0;
}

int tnpu_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                   struct tnpu_error *e) {
    *bytes = NULL;
    *size = 0;
    FILE *f = fopen(path, "rb");
    if (!f) return tnpu_fail(e, "%s: cannot be opened: %s", path, strerror(errno));
    int rc = read_all(f, path, limit, bytes, size, e);
    fclose(f);
    return rc;
}

/// Writes and closes. Returns 0 or an errno.
static int write_and_close(int fd, const uint8_t *bytes, size_t size, bool sync) {
    int error = 0;
    while (size > 0 && !error) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0) {
            error = errno == EINTR ? 0 : errno;
        } else {
            bytes += n;
            size -= (size_t)n;
        }
    }
    if (!error && sync && fsync(fd)) error = errno;
    if (close(fd) && !error) error = errno;
    return error;
}

/// `old`: of the file that is replaced, whose permissions the new one gets; NULL where there is
/// none.
static int write_beside(const char *path, const struct stat *old, const uint8_t *bytes, size_t size,
                        struct tnpu_error *e) {
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    size_t n = (size_t)folder + 32;
    char *temp = malloc(n);
    if (!temp) return tnpu_fail(e, "%s: out of memory", path);
    snprintf(temp, n, "%.*stnpu.%ld.tmp", folder, path, (long)getpid()); // fits where `path` does
    int error = 0;
    mode_t mode = old ? old->st_mode & 0777 : 0666;
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0) {
        error = errno;
    } else {
        if (old && fchmod(fd, mode)) error = errno; // what the umask took away
        int failed = write_and_close(fd, bytes, error ? 0 : size, true);
        if (!error) error = failed;
        if (!error && rename(temp, path)) error = errno;
        if (error) unlink(temp);
    }
    free(temp);
    return error ? tnpu_fail(e, "%s: cannot be written: %s", path, strerror(error)) : 0;
}

int tnpu_file_spare(const char *output, const char *input, struct tnpu_error *e) {
    struct stat o, i;
    if (stat(output, &o) || stat(input, &i) || o.st_dev != i.st_dev || o.st_ino != i.st_ino ||
        !S_ISREG(o.st_mode))
        return 0;
    return tnpu_fail(e, "%s: would overwrite what is read; choose another name for the output",
                     output);
}

int tnpu_file_write(const char *path, const uint8_t *bytes, size_t size, struct tnpu_error *e) {
    struct stat st;
    if (stat(path, &st)) return write_beside(path, NULL, bytes, size, e);
    if (S_ISREG(st.st_mode)) {
        if (access(path, W_OK)) // which renaming would not ask
            return tnpu_fail(e, "%s: cannot be written: %s; choose another name for the output",
                             path, strerror(errno));
        char *real = realpath(path, NULL); // so that a link stays a link
        int rc = real ? write_beside(real, &st, bytes, size, e)
                      : tnpu_fail(e, "%s: cannot be written: %s", path, strerror(errno));
        free(real);
        return rc;
    }
    int fd = open(path, O_WRONLY);
    int error = fd < 0 ? errno : write_and_close(fd, bytes, size, false);
    return error ? tnpu_fail(e, "%s: cannot be written: %s", path, strerror(error)) : 0;
}
