// SPDX-License-Identifier: Apache-2.0
// A progress bar on stderr, where that is a terminal; nothing elsewhere.
#ifndef TNPU_PROGRESS_H
#define TNPU_PROGRESS_H

/// Shows `done` of `total`. Safe to call from several threads.
void progress_show(const char *what, int done, int total);

/// Removes the bar.
void progress_end(void);

#endif
