// SPDX-License-Identifier: Apache-2.0
// JSON as the commands print it.
#ifndef TNPU_JSON_LINE_H
#define TNPU_JSON_LINE_H

#include <jansson.h>

/// A string of any text, which the name of a file may be: each byte that is no UTF-8 becomes the
/// four characters \xHH, so that names that differ in such bytes still differ. NULL: out of memory.
json_t *json_text(const char *text);

/// Prints it as a line on stdout and releases it. Returns 0; or -1, with nothing printed, for NULL
/// and for what JSON cannot say.
int json_line(json_t *o);

#endif
