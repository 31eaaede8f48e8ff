// SPDX-License-Identifier: Apache-2.0
// Tells a picture's format, and holds what the formats share.
#include "tnpu_image_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef int reader(struct tnpu_image *, FILE *, const char *, struct tnpu_error *);

/// The reader for a file that starts with these bytes, or NULL.
static reader *find_reader(const uint8_t *head, size_t n) {
    if (n >= 3 && memcmp(head, "\xff\xd8\xff", 3) == 0) return tnpu_image_read_jpeg;
    if (n >= 8 && memcmp(head, "\x89PNG\r\n\x1a\n", 8) == 0) return tnpu_image_read_png;
    if (n >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
        strchr(" \t\r\n#", head[2]) && head[2])
        return tnpu_image_read_pnm;
    return NULL;
}

int tnpu_image_alloc(struct tnpu_image *img, const char *path, uint64_t w, uint64_t h,
                     struct tnpu_error *e) {
    if (w < 1 || h < 1) return tnpu_fail(e, "%s: a picture without pixels", path);
    if (w > TNPU_IMAGE_PIXELS_MAX || h > TNPU_IMAGE_PIXELS_MAX / w)
        return tnpu_fail(
            e, "%s: %llu x %llu is too large (at most %d million pixels); scale it down", path,
            (unsigned long long)w, (unsigned long long)h, TNPU_IMAGE_PIXELS_MAX / (1024 * 1024));
    img->w = (int)w;
    img->h = (int)h;
    img->rgb = malloc((size_t)w * h * 3);
    if (!img->rgb)
        return tnpu_fail(e, "%s: out of memory for %d x %d pixels", path, img->w, img->h);
    return 0;
}

int tnpu_image_parse(struct tnpu_image *img, const char *label, const uint8_t *bytes, size_t size,
                     struct tnpu_error *e) {
    *img = (struct tnpu_image){0};
    reader *read = find_reader(bytes, size);
    if (!read) return tnpu_fail(e, "%s: not a JPEG, PNG or PPM picture", label);
    FILE *f = fmemopen((void *)(uintptr_t)bytes, size, "r"); // which changes nothing of them
    if (!f) return tnpu_fail(e, "%s: %s", label, strerror(errno));
    int rc = read(img, f, label, e);
    fclose(f);
    if (rc) tnpu_image_free(img);
    return rc;
}

int tnpu_image_is_picture(const uint8_t *bytes, size_t size) {
    return find_reader(bytes, size) != NULL;
}

void tnpu_image_free(struct tnpu_image *img) {
    free(img->rgb);
    *img = (struct tnpu_image){0};
}
