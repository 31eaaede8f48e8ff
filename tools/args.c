// SPDX-License-Identifier: Apache-2.0
// Command line options, from tables.
#include "args.h"

#include "tnpu_spec.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void help(FILE *to, const char *command, const char *form, const struct option *o) {
    fprintf(to, "usage: tnpu %s %s\n", command, form);
    for (; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", o->name, o->argument ? o->argument : "");
        fprintf(to, "  %-26s %s\n", left, o->what);
    }
}

static int wrong(const char *command, const char *word, const char *what) {
    fprintf(stderr, "tnpu: %s: %s; `tnpu %s --help` says what may be\n", word, what, command);
    return ARGS_WRONG;
}

/// The option that `word` names, and in *value what follows its "=" (NULL without one).
static const struct option *find(const struct option *o, const char *word, const char **value) {
    for (; o->name; o++) {
        size_t n = strlen(o->name);
        if (strncmp(word, o->name, n) != 0) continue;
        *value = word[n] == '=' ? word + n + 1 : NULL;
        if (word[n] == 0 || word[n] == '=') return o;
    }
    return NULL;
}

/// Returns 0, or -1 if the text is not a value of the option's kind.
static int set(const struct option *o, const char *text) {
    char *end;
    errno = 0;
    if (o->kind == OPTION_TEXT) {
        *(const char **)o->value = text;
    } else if (o->kind == OPTION_INT) {
        long v = strtol(text, &end, 10);
        if (errno || *end || end == text || v < 0 || v > INT_MAX) return -1;
        *(int *)o->value = (int)v;
    } else {
        double v = strtod(text, &end);
        if (errno || *end || end == text || !(v >= 1e-6) || v > 1e9) return -1;
        *(double *)o->value = v;
    }
    return 0;
}

int args_parse(int argc, char **argv, const char *form, const struct option *options,
               const char **rest, int min, int max) {
    int n = 0;
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value;
        if (only_files || word[0] != '-' || word[1] == 0) {
            if (!word[0]) return wrong(argv[0], "\"\"", "a file's name is empty");
            if (n == max) return wrong(argv[0], word, "is one file too many");
            rest[n++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_files = true;
            continue;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            help(stdout, argv[0], form, options);
            return ARGS_HELP;
        }
        const struct option *o = find(options, word, &value);
        if (!o) return wrong(argv[0], word, "no such option");
        if (o->kind == OPTION_FLAG) {
            if (value) return wrong(argv[0], word, "this option has no value");
            *(bool *)o->value = true;
            continue;
        }
        if (!value && ++i < argc) value = argv[i];
        if (!value) return wrong(argv[0], word, "its value is missing");
        if (!value[0]) return wrong(argv[0], word, "its value is empty");
        if (set(o, value)) return wrong(argv[0], word, "its value is not one that it takes");
    }
    if (n < min) {
        help(stderr, argv[0], form, options);
        return ARGS_WRONG;
    }
    return n;
}

int args_status(int result) {
    return result == ARGS_HELP ? 0 : 2;
}

const char *args_configs(void) {
    static char text[TNPU_NUM_CONFIGS * 20]; // a name has at most 15 letters, " or " is 4
    size_t n = 0;
    for (int k = 0; k < TNPU_NUM_CONFIGS; k++) {
        const char *joint = k == 0 ? "" : k < TNPU_NUM_CONFIGS - 1 ? ", " : " or ";
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", joint, tnpu_configs[k].name);
    }
    return text;
}
