// SPDX-License-Identifier: Apache-2.0
// A progress bar on stderr, where that is a terminal.
#define _XOPEN_SOURCE 700
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

void progress_show(const char *what, int done, int total) {
    static const char bar[] = "########################################";
    enum { WIDTH = sizeof bar - 1 };
    if (isatty(STDERR_FILENO) && total > 0)
        fprintf(stderr, "\r%s [%-*.*s] %d/%d", what, WIDTH, (int)((long long)WIDTH * done / total),
                bar, done, total);
}

void progress_end(void) {
    if (isatty(STDERR_FILENO)) fprintf(stderr, "\r\033[K");
}
