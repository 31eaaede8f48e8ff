// SPDX-License-Identifier: Apache-2.0
// Command line options of the subcommands.
//
//     const char *config = "t256";
//     bool json = false;
//     const struct option options[] = {{"--config", OPTION_TEXT, &config, "NAME", "..."},
//                                      {"--json", OPTION_FLAG, &json, NULL, "..."}, {0}};
//     const char *files[2];
//     int n = args_parse(argc, argv, "FILE [FILE]", options, files, 1, 2);
//     if (n < 0)
//         return args_status(n);
#ifndef TNPU_ARGS_H
#define TNPU_ARGS_H

#include <stdbool.h>

enum option_kind {
    OPTION_FLAG,   ///< value: bool, set true
    OPTION_TEXT,   ///< value: const char *
    OPTION_INT,    ///< value: int, at least 0
    OPTION_NUMBER, ///< value: double, 1e-6 to 1e9
};

struct option {
    const char *name; ///< "--config" or "-o"; NULL ends a table
    enum option_kind kind;
    void *value; ///< left as it is when the option is not given
    const char *argument, *what;
};

enum { ARGS_HELP = -1, ARGS_WRONG = -2 };

/// Reads argv[1..]: options (`--name value` or `--name=value`) into their values, all else into
/// rest[0..max-1]; no value and no file is an empty text. Returns how many of those there are
/// (min..max), or, having printed the help or what is wrong, ARGS_HELP or ARGS_WRONG. `form` is the
/// usage line behind the command's name.
int args_parse(int argc, char **argv, const char *form, const struct option *options,
               const char **rest, int min, int max);

/// The exit status for a negative result of args_parse.
int args_status(int result);

/// What --config can be: "t64, t128, t256 or t512", for help and messages.
const char *args_configs(void);

#endif
