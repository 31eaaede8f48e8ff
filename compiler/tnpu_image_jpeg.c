// SPDX-License-Identifier: Apache-2.0
// Reads a JPEG file through libjpeg.
#include "tnpu_image_codec.h"

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>

/// A hostile progressive file can ask for the whole picture to be gone through once a scan, with
/// thousands of scans of a few bytes; real ones have about ten.
#define SCANS_MAX 100

struct jpeg_errors {
    struct jpeg_error_mgr base; ///< first, so that libjpeg's pointer to it is a pointer to us
    jmp_buf failed;
    char text[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr c) {
    struct jpeg_errors *err = (struct jpeg_errors *)c->err;
    c->err->format_message(c, err->text);
    longjmp(err->failed, 1);
}

/// libjpeg only warns of lost data, and fills in grey; to us that is an error. Odd but harmless
/// headers, and bytes between markers, stay warnings.
static void on_message(j_common_ptr c, int level) {
    if (level >= 0) return;
    switch (c->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
        return;
    default:
        on_error(c);
    }
}

static void on_progress(j_common_ptr c) {
    if (((j_decompress_ptr)c)->input_scan_number > SCANS_MAX) ERREXIT(c, JERR_BAD_PROGRESSION);
}

int tnpu_image_read_jpeg(struct tnpu_image *img, FILE *f, const char *path, struct tnpu_error *e) {
    struct jpeg_decompress_struct d;
    struct jpeg_errors err;
    struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
    d.err = jpeg_std_error(&err.base);
    err.base.error_exit = on_error;
    err.base.emit_message = on_message;
    if (setjmp(err.failed)) {
        jpeg_destroy_decompress(&d);
        return tnpu_fail(e, "%s: damaged JPEG: %s", path, err.text);
    }
    jpeg_create_decompress(&d);
    d.progress = &progress;
    jpeg_stdio_src(&d, f);
    jpeg_read_header(&d, TRUE);
    int rc = 0;
    if (d.jpeg_color_space == JCS_CMYK || d.jpeg_color_space == JCS_YCCK)
        rc = tnpu_fail(e, "%s: a CMYK JPEG; convert it to RGB", path);
    if (!rc) rc = tnpu_image_alloc(img, path, d.image_width, d.image_height, e);
    if (!rc) {
        d.out_color_space = JCS_RGB; // grey too: libjpeg-turbo replicates it
        jpeg_start_decompress(&d);
        while (d.output_scanline < d.output_height) {
            JSAMPROW row = img->rgb + (size_t)d.output_scanline * d.output_width * 3;
            jpeg_read_scanlines(&d, &row, 1);
        }
        jpeg_finish_decompress(&d);
    }
    jpeg_destroy_decompress(&d);
    return rc;
}
