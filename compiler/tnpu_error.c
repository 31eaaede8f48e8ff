// SPDX-License-Identifier: Apache-2.0
// Formats the one-line error text that the C libraries return.
#include "tnpu_error.h"

#include <stdarg.h>
#include <stdio.h>

int tnpu_fail(struct tnpu_error *e, const char *fmt, ...) {
    if (!e) return -1;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    for (char *p = e->text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
    return -1;
}
