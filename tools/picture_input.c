// SPDX-License-Identifier: Apache-2.0
// A file on disk to the bytes of a network's input.
#include "picture_input.h"

#include "tnpu_file.h"
#include "tnpu_image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int raw_kind_of(const char *text) {
    if (!text) return RAW_AUTO;
    if (strcmp(text, "int8") == 0) return RAW_INT8;
    return strcmp(text, "u8") == 0 ? RAW_U8 : -1;
}

/// Above any picture that is taken: the largest, of 16-bit samples not compressed, has 384 MiB.
enum { INPUT_FILE_MAX = 512 << 20 };

/// Bytes 0..255 in place to int8.
static void centre(int8_t *q, size_t n) {
    for (size_t i = 0; i < n; i++) q[i] = (int8_t)((uint8_t)q[i] ^ 0x80);
}

static int raw_input(const char *path, enum raw_kind raw, const uint8_t *bytes, size_t size,
                     size_t want, int8_t *q, struct tnpu_error *e) {
    if (size != want)
        return tnpu_fail(e, "%s: is %s, and a raw input has %zu bytes; is it the right file?", path,
                         raw == RAW_AUTO ? "no JPEG, PNG or PNM picture" : "of another size", want);
    memcpy(q, bytes, want);
    if (raw == RAW_U8) centre(q, want);
    return 0;
}

/// Pixels in place to what the network takes.
static void quantise(const struct picture_want *want, int8_t *q, size_t n) {
    int8_t of[256];
    for (int v = 0; v < 256; v++) {
        const struct tnpu_pixels *p = &want->pixels;
        float value = p->low + (p->high - p->low) * ((float)v / 255.0f);
        float real = roundf(value / want->scale) + (float)want->zero_point;
        of[v] = (int8_t)(real < -128 ? -128 : real > 127 ? 127 : real);
    }
    for (size_t i = 0; i < n; i++) q[i] = of[(uint8_t)q[i]];
}

struct picture_want picture_want_of(const struct tnpu_program *p) {
    const struct tnpu_qtensor *t = &p->graph.tensors[p->graph.input];
    return (struct picture_want){t->h, t->w, t->c, p->graph.pixels, t->scale[0], t->zero_point};
}

static int picture(const char *path, const uint8_t *bytes, size_t size,
                   const struct picture_want *want, int8_t *q, struct tnpu_error *e) {
    if (want->c != 3)
        return tnpu_fail(e, "%s: is a picture, and this network's input has %d channels", path,
                         want->c);
    struct tnpu_image img;
    if (tnpu_image_parse(&img, path, bytes, size, e)) return -1;
    int rc = tnpu_image_fit(&img, want->h, want->w, (uint8_t *)q, e);
    tnpu_image_free(&img);
    if (!rc) quantise(want, q, (size_t)want->h * (size_t)want->w * 3);
    return rc;
}

int picture_input(const char *path, enum raw_kind raw, const struct picture_want *want, int8_t *q,
                  struct tnpu_error *e) {
    size_t size, n = (size_t)want->h * (size_t)want->w * (size_t)want->c;
    uint8_t *bytes; // read once: a pipe gives them once
    if (tnpu_file_read(path, n + INPUT_FILE_MAX, &bytes, &size, e)) return -1;
    int rc = raw == RAW_AUTO && tnpu_image_is_picture(bytes, size)
                 ? picture(path, bytes, size, want, q, e)
                 : raw_input(path, raw, bytes, size, n, q, e);
    free(bytes);
    return rc;
}
