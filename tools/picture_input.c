// SPDX-License-Identifier: Apache-2.0
// A file on disk to the bytes of a network's input.
#include "picture_input.h"

#include "tnpu_file.h"
#include "tnpu_image.h"

#include <stdlib.h>
#include <string.h>

int raw_kind_of(const char *text) {
    if (!text) return RAW_AUTO;
    if (strcmp(text, "int8") == 0) return RAW_INT8;
    return strcmp(text, "u8") == 0 ? RAW_U8 : -1;
}

/// Bytes 0..255 in place to int8.
static void centre(int8_t *q, size_t n) {
    for (size_t i = 0; i < n; i++) q[i] = (int8_t)((uint8_t)q[i] ^ 0x80);
}

static int raw_input(const char *path, enum raw_kind raw, size_t want, int8_t *q,
                     struct tnpu_error *e) {
    uint8_t *bytes;
    size_t size;
    if (tnpu_file_read(path, want + 1, &bytes, &size, e)) return -1;
    if (size == want) memcpy(q, bytes, want);
    free(bytes);
    if (size != want)
        return tnpu_fail(e, "%s: is %s, and a raw input has %zu bytes; is it the right file?", path,
                         raw == RAW_AUTO ? "no JPEG, PNG or PNM picture" : "of another size", want);
    if (raw == RAW_U8) centre(q, want);
    return 0;
}

int picture_input(const char *path, enum raw_kind raw, int h, int w, int c, int8_t *q,
                  struct tnpu_error *e) {
    size_t size = (size_t)h * (size_t)w * (size_t)c;
    if (raw != RAW_AUTO || !tnpu_image_is_picture(path)) return raw_input(path, raw, size, q, e);
    if (c != 3)
        return tnpu_fail(e, "%s: is a picture, and this network's input has %d channels", path, c);
    struct tnpu_image img;
    if (tnpu_image_load(&img, path, e)) return -1;
    int rc = tnpu_image_fit(&img, h, w, (uint8_t *)q, e);
    tnpu_image_free(&img);
    if (!rc) centre(q, size);
    return rc;
}
