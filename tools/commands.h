// SPDX-License-Identifier: Apache-2.0
// The subcommands of `tnpu`, one a file. Each takes its own arguments (argv[0] is its name) and
// returns the process's exit status: 0 done, 1 failed (said in a line on stderr), 2 usage.
#ifndef TNPU_COMMANDS_H
#define TNPU_COMMANDS_H

int cmd_compile(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_fuzz(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_probe(int argc, char **argv);

#endif
