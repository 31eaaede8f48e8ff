// SPDX-License-Identifier: Apache-2.0
// A file on disk to the bytes of a network's input.
#ifndef TNPU_PICTURE_INPUT_H
#define TNPU_PICTURE_INPUT_H

#include "tnpu_program.h"

#include <stdint.h>

enum raw_kind {
    RAW_AUTO, ///< a picture where the file is one, otherwise raw int8
    RAW_INT8, ///< raw bytes as the network wants them
    RAW_U8,   ///< raw bytes 0..255, of which 128 is subtracted
};

/// The raw_kind of an option's text ("int8", "u8"; NULL: RAW_AUTO), or -1.
int raw_kind_of(const char *text);

/// What an input is like.
struct picture_want {
    int h, w, c;
    struct tnpu_pixels pixels;
    float scale; ///< of the input
    int zero_point;
};

/// That of a program.
struct picture_want picture_want_of(const struct tnpu_program *p);

/// Fills q[h][w][c] from the file: a JPEG, PNG or PNM picture resized and cropped (tnpu_image_fit)
/// and quantised as the program wants it, or a raw file of exactly h * w * c bytes. Returns 0, or
/// -1 with a reason.
int picture_input(const char *path, enum raw_kind raw, const struct picture_want *want, int8_t *q,
                  struct tnpu_error *e);

#endif
