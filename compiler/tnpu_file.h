// SPDX-License-Identifier: Apache-2.0
// Whole files: read with a limit, written so that a reader sees the old file or the new, never
// part.
#ifndef TNPU_FILE_H
#define TNPU_FILE_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

/// Reads a file of at most `limit` bytes. Returns 0 with *bytes (the caller frees it) and *size, or
/// -1 with a reason.
int tnpu_file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size,
                   struct tnpu_error *e);

/// Fails, with a reason, where writing `output` would overwrite the file `input`. Either may be
/// absent.
int tnpu_file_spare(const char *output, const char *input, struct tnpu_error *e);

/// Writes a file: to a temporary one beside it, which then takes its name. A file that was there
/// must be one that the user may write; its permissions stay. What is no regular file (a device, a
/// pipe) is written directly. Returns 0, or -1 with a reason and nothing left behind.
int tnpu_file_write(const char *path, const uint8_t *bytes, size_t size, struct tnpu_error *e);

#endif
