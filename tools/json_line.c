// SPDX-License-Identifier: Apache-2.0
// JSON as the commands print it.
#include "json_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Bytes of the UTF-8 character that starts `text`, or 0 where none does. Jansson is the judge.
static size_t character(const char *text) {
    for (size_t n = 1; n <= 4 && text[n - 1]; n++) {
        json_t *one = json_stringn(text, n);
        json_decref(one);
        if (one) return n;
    }
    return 0;
}

json_t *json_text(const char *text) {
    json_t *whole = json_string(text);
    char *safe = whole ? NULL : malloc(4 * strlen(text) + 1), *to = safe;
    if (!safe) return whole;
    while (*text) {
        size_t n = character(text);
        if (n) {
            memcpy(to, text, n);
            to += n;
        } else {
            n = 1;
            to += sprintf(to, "\\x%02x", (unsigned char)*text);
        }
        text += n;
    }
    *to = 0;
    whole = json_string(safe);
    free(safe);
    return whole;
}

int json_line(json_t *o) {
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(o);
    if (!text) return -1;
    puts(text);
    free(text);
    return 0;
}
