// SPDX-License-Identifier: Apache-2.0
// The `tnpu` command as a child process with a time limit, a scratch folder for its files, and what
// every refusal must look like: exit status 1, one line on stderr that starts with "tnpu: ",
// nothing left behind.
//
//     struct child c;
//     child_run(&c, 60, "run", program, scratch_path(&s, "picture.png"), NULL);
//     child_refused(&c, "damaged PNG");
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHILD_TEXT = 4096, CHILD_KILLED = 1000, CHILD_TIMEOUT = 2000 };

/// What a child came to. `status`: its exit status; CHILD_KILLED + n: ended by signal n;
/// CHILD_TIMEOUT: it was still running when its time was over.
struct child {
    int status;
    char out[CHILD_TEXT], err[CHILD_TEXT]; ///< the first bytes of stdout and stderr
    char command[CHILD_TEXT];              ///< for messages
};

/// Runs `tnpu` with these arguments (NULL ends them) for at most that many seconds.
void child_run(struct child *c, int seconds, ...);

/// The same with stdout going to that file.
void child_run_to(struct child *c, const char *out, int seconds, ...);

/// The same, but sends the child that signal as soon as `file` has bytes in it.
void child_run_until(struct child *c, const char *file, int number, int seconds, ...);

/// Fails the test unless the child was refused: status 1, one line, and `says` (or NULL) in it.
void child_refused(const struct child *c, const char *says);

/// Fails the test unless the child succeeded and said nothing on stderr.
void child_worked(const struct child *c);

/// Fails the test unless it was one of the two. Returns true if it worked.
bool child_worked_or_refused(const struct child *c);

/// Fails the test unless the child said how it is used: status 2, `says` (or NULL) on stderr.
void child_misused(const struct child *c, const char *says);

/// A folder of its own. Paths live until the next SCRATCH_PATHS calls of scratch_path.
enum { SCRATCH_PATHS = 8 };
struct scratch {
    char folder[64], path[SCRATCH_PATHS][128];
    int next;
};
void scratch_open(struct scratch *s);
/// Removes the folder with its files and one level of folders in it.
void scratch_close(struct scratch *s);
const char *scratch_path(struct scratch *s, const char *name);
/// Writes a file there and returns its path.
const char *scratch_file(struct scratch *s, const char *name, const void *bytes, size_t n);
/// Makes a folder there and returns its path.
const char *scratch_folder(struct scratch *s, const char *name);
/// Files and folders in it.
int scratch_count(const struct scratch *s);

/// A whole file that must be there; the caller frees it.
uint8_t *file_bytes(const char *path, size_t *n);

#endif
