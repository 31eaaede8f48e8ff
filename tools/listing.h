// SPDX-License-Identifier: Apache-2.0
// Lists of files and of names, read from disk.
#ifndef TNPU_LISTING_H
#define TNPU_LISTING_H

#include "tnpu_error.h"

/// Lines of text and, for some lists, a number with each.
struct listing {
    char **text;
    int *number;
    int count;
};

/// The paths of the regular files of a folder, sorted by name (bytes). Returns 0, or -1 with a
/// reason.
int listing_folder(struct listing *l, const char *folder, struct tnpu_error *e);

/// The lines of a text file: line n, counted from 0, names class n.
int listing_lines(struct listing *l, const char *path, struct tnpu_error *e);

/// A CSV file of `file,class` with a header line: names of files and the numbers of their classes.
int listing_csv(struct listing *l, const char *path, struct tnpu_error *e);

void listing_free(struct listing *l);

#endif
