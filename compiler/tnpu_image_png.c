// SPDX-License-Identifier: Apache-2.0
// Reads a PNG file through libpng.
#include "tnpu_image_codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct png_errors {
    jmp_buf failed;
    char text[128];
};

static void on_error(png_structp png, png_const_charp text) {
    struct png_errors *err = png_get_error_ptr(png);
    snprintf(err->text, sizeof err->text, "%s", text);
    longjmp(err->failed, 1);
}

/// Ancillary chunks (colour profiles, dates) are not used, so what is wrong with them is no matter.
static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

/// Asks libpng for 8-bit RGB, whatever the file holds.
static void set_transforms(png_structp png) {
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
}

int tnpu_image_read_png(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e) {
    struct png_errors err;
    // Volatile: set after setjmp, read after longjmp.
    png_bytepp volatile rows = NULL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &err, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return tnpu_fail(e, "%s: out of memory", path);
    }
    if (setjmp(err.failed)) {
        png_destroy_read_struct(&png, &info, NULL);
        free((void *)rows);
        return tnpu_fail(e, "%s: damaged PNG: %s", path, err.text);
    }
    png_init_io(png, f);
    png_read_info(png, info);
    int rc = tnpu_image_alloc(img, path, png_get_image_width(png, info),
                              png_get_image_height(png, info), e);
    if (!rc) {
        set_transforms(png);
        png_read_update_info(png, info);
        rows = malloc((size_t)img->h * sizeof *rows);
        if (!rows) rc = tnpu_fail(e, "%s: out of memory", path);
    }
    if (!rc) {
        for (int y = 0; y < img->h; y++) rows[y] = img->rgb + (size_t)y * img->w * 3;
        png_read_image(png, rows);
        png_read_end(png, NULL);
    }
    png_destroy_read_struct(&png, &info, NULL);
    free((void *)rows);
    return rc;
}
