// SPDX-License-Identifier: Apache-2.0
// Pictures: makes RGB bytes of JPEG, PNG and binary PPM/PGM files, and brings them to a network's
// input size.
//
//     struct tnpu_image img;
//     ... tnpu_file_read("tench.jpg", limit, &bytes, &size, &err) ...
//     if (tnpu_image_parse(&img, "tench.jpg", bytes, size, &err))
//         return -1;
//     uint8_t rgb[224 * 224 * 3];
//     int rc = tnpu_image_fit(&img, 224, 224, rgb, &err);   // network byte = rgb - 128
//     tnpu_image_free(&img);
//
// Grey becomes R = G = B, 16-bit samples are scaled to 8, palettes are expanded. An alpha channel
// is dropped (the colours beneath are used as they are). CMYK JPEGs and ASCII PNM files are
// refused. Files are not trusted: one that is cut or damaged is an error, and one of more than
// TNPU_IMAGE_PIXELS_MAX pixels is refused before memory is taken for it.
#ifndef TNPU_IMAGE_H
#define TNPU_IMAGE_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TNPU_IMAGE_PIXELS_MAX (64 * 1024 * 1024) ///< width * height
#define TNPU_IMAGE_SIZE_MAX 4096                 ///< largest height or width of tnpu_image_fit
#define TNPU_IMAGE_HEAD 8                        ///< bytes that tell the format

struct tnpu_image {
    int w, h;     ///< pixels, at least 1
    uint8_t *rgb; ///< [h][w][3], owned
};

/// Reads a picture from a file's bytes, whose format the first of them tell; `label` stands for the
/// file's name in messages. Returns 0, or -1 with a reason and an empty *img.
int tnpu_image_parse(struct tnpu_image *img, const char *label, const uint8_t *bytes, size_t size,
                     struct tnpu_error *e);

/// True (1) if the bytes start as a JPEG, PNG or PNM file does, of which TNPU_IMAGE_HEAD are
/// enough; 0 if not.
int tnpu_image_is_picture(const uint8_t *bytes, size_t size);

/// Resizes and crops to out[h][w][3]. The picture is resized, keeping its shape, to the smallest
/// size that covers round(h / 0.875) x round(w / 0.875) (for a square: the short side to that),
/// with a bilinear filter that widens with the reduction, so that small detail does not alias
/// (Pillow's Image.BILINEAR, to the bit); of that, the centre h x w is kept. Returns 0 or -1 with a
/// reason.
int tnpu_image_fit(const struct tnpu_image *img, int h, int w, uint8_t *out, struct tnpu_error *e);

/// Releases the picture and empties it.
void tnpu_image_free(struct tnpu_image *img);

#endif
