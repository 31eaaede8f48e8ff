// SPDX-License-Identifier: Apache-2.0
// Reads binary PGM (P5) and PPM (P6) files.
#include "tnpu_image_codec.h"

#include <ctype.h>
#include <stdlib.h>

/// The next number of the header, after white space and comments, or -1.
static long header_number(FILE *f) {
    int c = getc(f);
    while (isspace(c) || c == '#') {
        if (c == '#')
            while (c != '\n' && c != EOF) c = getc(f);
        c = getc(f);
    }
    if (!isdigit(c)) return -1;
    long v = 0;
    for (; isdigit(c); c = getc(f))
        if (v <= TNPU_IMAGE_PIXELS_MAX) v = v * 10 + (c - '0');
    // Exactly one white space ends a number; after the last, the samples start.
    return isspace(c) ? v : -1;
}

/// Reads `n` samples of 1 or 2 bytes (maximum `maxval`) as bytes.
static int read_samples(uint8_t *out, size_t n, long maxval, FILE *f) {
    int wide = maxval > 255;
    for (size_t i = 0; i < n; i++) {
        int c = getc(f);
        if (wide && c != EOF) {
            int low = getc(f);
            c = low == EOF ? EOF : c << 8 | low;
        }
        if (c == EOF) return -1;
        long v = c > maxval ? maxval : c;
        out[i] = (uint8_t)((v * 255 + maxval / 2) / maxval);
    }
    return 0;
}

int tnpu_image_read_pnm(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e) {
    getc(f); // 'P'
    int kind = getc(f);
    if (kind != '5' && kind != '6')
        return tnpu_fail(e, "%s: an ASCII or bitmap PNM; save it as binary PPM (P6) or PGM (P5)",
                         path);
    long w = header_number(f);
    long h = w < 0 ? -1 : header_number(f);
    long maxval = h < 0 ? -1 : header_number(f);
    if (maxval < 1 || maxval > 65535) return tnpu_fail(e, "%s: damaged PNM header", path);
    if (tnpu_image_alloc(img, path, (uint64_t)w, (uint64_t)h, e)) return -1;
    size_t pixels = (size_t)img->w * img->h;
    if (read_samples(img->rgb, kind == '6' ? pixels * 3 : pixels, maxval, f))
        return tnpu_fail(e, "%s: the file ends within the pixels; is it cut?", path);
    if (kind == '5')
        for (size_t i = pixels; i-- > 0;)
            img->rgb[3 * i] = img->rgb[3 * i + 1] = img->rgb[3 * i + 2] = img->rgb[i];
    return 0;
}
