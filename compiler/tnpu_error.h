// SPDX-License-Identifier: Apache-2.0
// The one way in which the C libraries report a failure: a negative return value and a line of
// text.
#ifndef TNPU_ERROR_H
#define TNPU_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/// The text of the latest failure: one line, no newline, "FILE: what is wrong, and what to do".
/// The caller owns the struct; a function that succeeds leaves it as it was.
struct tnpu_error {
    char text[512];
};

/// Writes the formatted line into *e (cut at 511 characters; control characters, which a hostile
/// file name or tensor name may hold, become '?') and returns -1, so that a function can end with
/// `return tnpu_fail(e, "%s: not a PNG file", path);`. `e` may be NULL: then only -1 is returned.
int tnpu_fail(struct tnpu_error *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#ifdef __cplusplus
}
#endif

#endif
