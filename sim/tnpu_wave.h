// SPDX-License-Identifier: Apache-2.0
// Wave files (FST), whose writer does not say when it fails.
#ifndef TNPU_WAVE_H
#define TNPU_WAVE_H

#include "tnpu_error.h"

/// Can an FST file be begun there? It has to be a regular file, or none; and the writer keeps what
/// it works on in the folder for temporary files, mapped into memory, where a full disk would end
/// the process. Returns 0 with an empty file there, or -1. Until tnpu_wave_check a SIGINT, SIGTERM
/// or SIGHUP that the process leaves to its default removes the file of the last call.
int tnpu_wave_begin(const char *file, struct tnpu_error *e);

/// Is this a whole FST file? Its blocks are followed from the first to the end: a tag of one byte,
/// a length of eight that counts itself, the highest byte first (gtkwave's fstapi.c writes them so;
/// a block under work has tag 255). Returns 0; or -1, with the file removed, when one is missing
/// its end, as after a full disk.
int tnpu_wave_check(const char *file, struct tnpu_error *e);

#endif
