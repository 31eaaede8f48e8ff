// SPDX-License-Identifier: Apache-2.0
// Inside tnpu_image: what the file format readers share.
#ifndef TNPU_IMAGE_CODEC_H
#define TNPU_IMAGE_CODEC_H

#include "tnpu_image.h"

/// Checks the size and allocates img->rgb. Returns 0 or -1 with a reason.
int tnpu_image_alloc(struct tnpu_image *img, const char *path, uint64_t w, uint64_t h,
                     struct tnpu_error *e);

/// Readers of one format each, from a file at its first byte. On failure *img may hold memory that
/// tnpu_image_free releases.
int tnpu_image_read_jpeg(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e);
int tnpu_image_read_png(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e);
int tnpu_image_read_pnm(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e);

#endif
