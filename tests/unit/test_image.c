// SPDX-License-Identifier: Apache-2.0
// Pictures: formats, bad files, and the resize against Pillow's bytes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "tnpu_file.h"
#include "tnpu_image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

static char path[] = "/tmp/tnpu_test_image_XXXXXX";

static void write_file(const void *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static size_t read_file(uint8_t *bytes, size_t room) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, room, f);
    assert_true(n < room);
    fclose(f);
    return n;
}

/// Writes w x h pixels of `samples` a pixel, as PNG of that colour type and depth.
static void write_png(int w, int h, int type, int depth, const uint8_t *samples, int row_bytes) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, depth, type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < h; y++) png_write_row(png, samples + (size_t)y * row_bytes);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(f);
}

/// Writes a one-coloured JPEG of 1, 3 or 4 components.
static void write_jpeg(int w, int h, int components, const uint8_t *pixel) {
    static const J_COLOR_SPACE spaces[] = {0, JCS_GRAYSCALE, 0, JCS_RGB, JCS_CMYK};
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = (JDIMENSION)w;
    c.image_height = (JDIMENSION)h;
    c.input_components = components;
    c.in_color_space = spaces[components];
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 95, TRUE);
    jpeg_start_compress(&c, TRUE);
    uint8_t *row = malloc((size_t)w * components);
    for (int x = 0; x < w * components; x++) row[x] = pixel[x % components];
    while (c.next_scanline < c.image_height) jpeg_write_scanlines(&c, &row, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
    fclose(f);
}

/// The file `path`.
static int load(struct tnpu_image *img, struct tnpu_error *e) {
    uint8_t *bytes;
    size_t size;
    if (tnpu_file_read(path, 1 << 20, &bytes, &size, e)) fail_msg("%s", e->text);
    uint8_t *exact = realloc(bytes, size ? size : 1); // so that a sanitizer sees any read beyond it
    int rc = tnpu_image_parse(img, path, exact, size, e);
    free(exact);
    return rc;
}

static void expect_pixels(int w, int h, const uint8_t *rgb, int tolerance) {
    struct tnpu_image img;
    struct tnpu_error e = {""};
    if (load(&img, &e)) fail_msg("%s", e.text);
    assert_int_equal(img.w, w);
    assert_int_equal(img.h, h);
    for (int i = 0; i < w * h * 3; i++) assert_true(abs(img.rgb[i] - rgb[i]) <= tolerance);
    tnpu_image_free(&img);
}

static void expect_refusal(const char *says) {
    struct tnpu_image img;
    struct tnpu_error e = {""};
    assert_int_equal(load(&img, &e), -1);
    assert_null(img.rgb);
    assert_memory_equal(e.text, path, strlen(path));
    if (!strstr(e.text, says)) fail_msg("\"%s\" does not say \"%s\"", e.text, says);
}

static void reads_pnm(void **state) {
    (void)state;
    write_file("P6 # comment\n2 1\n255\n\1\2\3\xff\xfe\xfd", 27);
    expect_pixels(2, 1, (const uint8_t[]){1, 2, 3, 255, 254, 253}, 0);
    write_file("P5\n2 2\n255\n\0\x40\x80\xff", 15);
    expect_pixels(2, 2, (const uint8_t[]){0, 0, 0, 64, 64, 64, 128, 128, 128, 255, 255, 255}, 0);
    write_file("P5 1 1 65535\n\x80\x00", 15);
    expect_pixels(1, 1, (const uint8_t[]){128, 128, 128}, 0);
    write_file("P5 1 1 15\n\x0f", 11);
    expect_pixels(1, 1, (const uint8_t[]){255, 255, 255}, 0);
}

static void reads_png(void **state) {
    (void)state;
    write_png(2, 1, PNG_COLOR_TYPE_RGB, 8, (const uint8_t[]){1, 2, 3, 4, 5, 6}, 6);
    expect_pixels(2, 1, (const uint8_t[]){1, 2, 3, 4, 5, 6}, 0);
    write_png(2, 1, PNG_COLOR_TYPE_RGBA, 8, (const uint8_t[]){1, 2, 3, 0, 4, 5, 6, 128}, 8);
    expect_pixels(2, 1, (const uint8_t[]){1, 2, 3, 4, 5, 6}, 0); // alpha dropped
    write_png(2, 1, PNG_COLOR_TYPE_GRAY, 16, (const uint8_t[]){0x12, 0x34, 0xff, 0xff}, 4);
    expect_pixels(2, 1, (const uint8_t[]){0x12, 0x12, 0x12, 255, 255, 255}, 0);
    write_png(8, 1, PNG_COLOR_TYPE_GRAY, 1, (const uint8_t[]){0x80}, 1);
    expect_pixels(8, 1, (const uint8_t[24]){255, 255, 255}, 0);
}

static void reads_jpeg(void **state) {
    (void)state;
    uint8_t want[9 * 7 * 3];
    for (int i = 0; i < 9 * 7 * 3; i++) want[i] = (uint8_t[]){200, 100, 50}[i % 3];
    write_jpeg(9, 7, 3, (const uint8_t[]){200, 100, 50});
    expect_pixels(9, 7, want, 3);
    memset(want, 77, sizeof want);
    write_jpeg(9, 7, 1, (const uint8_t[]){77});
    expect_pixels(9, 7, want, 1);
    write_jpeg(9, 7, 4, (const uint8_t[]){1, 2, 3, 4});
    expect_refusal("CMYK");
}

static void refuses_every_truncation(void **state) {
    (void)state;
    static const uint8_t grey[64 * 16];
    static uint8_t bytes[8192];
    for (int format = 0; format < 3; format++) {
        if (format == 0)
            write_jpeg(40, 24, 3, (const uint8_t[]){9, 99, 199});
        else if (format == 1)
            write_png(64, 16, PNG_COLOR_TYPE_GRAY, 8, grey, 64);
        else
            write_file("P6 2 2 255\n0123456789ab", 23);
        size_t size = read_file(bytes, sizeof bytes);
        for (size_t cut = 0; cut < size; cut++) {
            write_file(bytes, cut);
            expect_refusal("");
        }
    }
}

static void survives_flipped_bits(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    for (int format = 0; format < 2; format++) {
        if (format == 0)
            write_jpeg(40, 24, 3, (const uint8_t[]){9, 99, 199});
        else
            write_png(2, 2, PNG_COLOR_TYPE_RGB, 8, (const uint8_t[12]){1, 2, 3, 4}, 6);
        size_t size = read_file(bytes, sizeof bytes);
        for (size_t at = 0; at < size; at++) {
            struct tnpu_image img;
            struct tnpu_error e;
            bytes[at] ^= (uint8_t)(1 << at % 8);
            write_file(bytes, size);
            if (load(&img, &e) == 0) { // whatever it shows, all of it is there
                uint8_t out[16 * 16 * 3];
                assert_int_equal(tnpu_image_fit(&img, 16, 16, out, &e), 0);
                tnpu_image_free(&img);
            }
            bytes[at] ^= (uint8_t)(1 << at % 8);
        }
    }
}

static void refuses_what_is_no_picture(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *says;
    } rows[] = {
        {"", "not a JPEG, PNG or PPM"},
        {"hello, world", "not a JPEG, PNG or PPM"},
        {"P3 1 1 255 1 2 3", "ASCII"},
        {"P6 0 5 255\n", "without pixels"},
        {"P6 20000 20000 255\n", "20000 x 20000 is too large"},
        {"P6 99999999999999999999 1 255\n", "too large"},
        {"P6 2 2 70000\n", "damaged PNM header"},
        {"P6 x 2 255\n", "damaged PNM header"},
        {"P6 2", "damaged PNM header"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_file(rows[i].bytes, strlen(rows[i].bytes));
        expect_refusal(rows[i].says);
    }
    // The header of a 20000 x 20000 PNG alone: refused by its size, before its pixels are missed.
    static const uint8_t huge[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x4e\x20\0\0\x4e\x20\x08\x02\0\0\0";
    uint8_t png[64];
    memcpy(png, huge, 29);
    uint32_t crc = (uint32_t)crc32(0, png + 12, 17);
    for (int i = 0; i < 4; i++) png[29 + i] = (uint8_t)(crc >> (24 - 8 * i));
    memcpy(png + 33, "\0\0\0\1IDAT\0\x1e\x9f\x7d\x9a", 13);
    write_file(png, 46);
    expect_refusal("20000 x 20000 is too large");
}

static void resize_equals_pillow(void **state) {
    (void)state;
    // Pillow 9.4.0, Image.BILINEAR: 11 x 7 to 8 x 5, centre 4 x 4; and 2 x 3 to 7 x 11, centre 6
    // x 6.
    static const uint8_t down[] = {133, 132, 167, 119, 169, 157, 161, 114, 103, 78,  105, 140,
                                   123, 104, 132, 98,  147, 145, 152, 121, 120, 103, 135, 163,
                                   150, 169, 119, 161, 118, 130, 132, 131, 143, 138, 142, 92,
                                   123, 128, 109, 145, 131, 127, 159, 129, 124, 115, 146, 127};
    static const uint8_t up[] = {
        17,  70,  123, 17,  70,  123, 25,  78,  131, 36,  89,  142, 47,  100, 153, 55,  108, 161,
        41,  94,  147, 41,  94,  147, 50,  103, 156, 62,  115, 168, 73,  126, 179, 82,  135, 188,
        66,  119, 172, 66,  119, 172, 75,  128, 181, 87,  140, 193, 100, 153, 206, 108, 161, 214,
        91,  144, 197, 91,  144, 197, 100, 153, 206, 113, 166, 219, 126, 179, 232, 135, 188, 241,
        116, 169, 152, 116, 169, 152, 125, 163, 162, 139, 157, 175, 152, 150, 188, 162, 145, 198,
        141, 194, 107, 141, 194, 107, 151, 174, 117, 165, 148, 131, 178, 122, 145, 188, 102, 155};
    uint8_t big[7 * 11 * 3], small[3 * 2 * 3], out[6 * 6 * 3];
    struct tnpu_error e;
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 11; x++)
            for (int c = 0; c < 3; c++) {
                uint8_t v = (uint8_t)(x * 37 + y * 91 + c * 53 + x * y * 7);
                big[(y * 11 + x) * 3 + c] = v;
                if (y < 3 && x < 2) small[(y * 2 + x) * 3 + c] = v;
            }
    struct tnpu_image img = {.w = 11, .h = 7, .rgb = big};
    assert_int_equal(tnpu_image_fit(&img, 4, 4, out, &e), 0);
    assert_memory_equal(out, down, sizeof down);
    img = (struct tnpu_image){.w = 2, .h = 3, .rgb = small};
    assert_int_equal(tnpu_image_fit(&img, 6, 6, out, &e), 0);
    assert_memory_equal(out, up, sizeof up);
}

static void fits_any_shape(void **state) {
    (void)state;
    static uint8_t pixels[3 * 70000], out[64 * 64 * 3];
    static const int shapes[][2] = {{1, 1},     {1, 70000}, {70000, 1},
                                    {3, 20000}, {64, 64},   {300, 200}};
    struct tnpu_error e;
    memset(pixels, 201, sizeof pixels);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct tnpu_image img = {.w = shapes[i][0], .h = shapes[i][1], .rgb = pixels};
        memset(out, 0, sizeof out);
        assert_int_equal(tnpu_image_fit(&img, 64, 64, out, &e), 0);
        for (size_t k = 0; k < sizeof out; k++) assert_int_equal(out[k], 201);
        assert_int_equal(tnpu_image_fit(&img, 32, 64, out, &e), 0);
    }
    struct tnpu_image img = {.w = 1, .h = 1, .rgb = pixels};
    assert_int_equal(tnpu_image_fit(&img, 0, 64, out, &e), -1);
    assert_int_equal(tnpu_image_fit(&img, 64, 1 << 20, out, &e), -1);
}

static void tells_pictures_apart(void **state) {
    (void)state;
    static uint8_t head[4096];
    write_jpeg(1, 1, 3, (const uint8_t[]){1, 2, 3});
    assert_true(read_file(head, sizeof head) > TNPU_IMAGE_HEAD);
    assert_true(tnpu_image_is_picture(head, TNPU_IMAGE_HEAD));
    write_png(1, 1, PNG_COLOR_TYPE_RGB, 8, (const uint8_t[]){1, 2, 3}, 3);
    assert_true(read_file(head, sizeof head) > TNPU_IMAGE_HEAD);
    assert_true(tnpu_image_is_picture(head, TNPU_IMAGE_HEAD));
    assert_false(tnpu_image_is_picture(head, TNPU_IMAGE_HEAD - 1));
    assert_false(tnpu_image_is_picture((const uint8_t *)"\0\1\2\3\4\5\6\7", 8));
    assert_false(tnpu_image_is_picture(NULL, 0));
}

static int setup(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state) {
    (void)state;
    return unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_pnm),
        cmocka_unit_test(reads_png),
        cmocka_unit_test(reads_jpeg),
        cmocka_unit_test(refuses_every_truncation),
        cmocka_unit_test(survives_flipped_bits),
        cmocka_unit_test(refuses_what_is_no_picture),
        cmocka_unit_test(resize_equals_pillow),
        cmocka_unit_test(fits_any_shape),
        cmocka_unit_test(tells_pictures_apart),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
