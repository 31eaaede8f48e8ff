// SPDX-License-Identifier: Apache-2.0
// The `tnpu` command: finds the subcommand.
#include "commands.h"

#include "tnpu_spec.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name, *what;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"compile", "network file to program (.tnpu)", cmd_compile},
    {"run", "pictures through a program, on the C model, the RTL or a chip", cmd_run},
    {"diff", "the same on both at once, compared to the byte and the cycle", cmd_diff},
    {"fuzz", "random programs through both", cmd_fuzz},
    {"eval", "accuracy over a folder of pictures", cmd_eval},
    {"verify", "every tensor of a program against golden bytes of TensorFlow Lite", cmd_verify},
    {"info", "what a program is made of, and what it costs", cmd_info},
    {"probe", "who is at the other end of a link, and does it carry bytes", cmd_probe},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int usage(FILE *to) {
    fprintf(to, "usage: tnpu COMMAND ...   (`tnpu COMMAND --help` says more)\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
    return to == stderr ? 2 : 0;
}

static int dispatch(int argc, char **argv) {
    if (argc < 2) return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("tnpu, ISA %d.%d\n", TNPU_ISA_MAJOR, TNPU_ISA_MINOR);
        return 0;
    }
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "tnpu: %s: no such command; `tnpu --help` lists them\n", argv[1]);
    return 2;
}

int main(int argc, char **argv) {
    signal(SIGXFSZ,
           SIG_IGN); // a file that may not grow is an error of the write, with a line of its own
    int status = dispatch(argc, argv);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "tnpu: standard output: cannot be written\n");
        return status ? status : 1;
    }
    return status;
}
