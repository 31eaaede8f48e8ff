// SPDX-License-Identifier: Apache-2.0
// Network file and calibration pictures to a quantised graph.
#define _XOPEN_SOURCE 700
#include "network.h"

#include "picture_input.h"
#include "tnpu_etinynet.h"
#include "tnpu_file.h"
#include "tnpu_frontend.h"
#include "tnpu_image.h"
#include "tnpu_parallel.h"
#include "tnpu_quantise.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int network_threads(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (int)n;
}

static bool is_picture(const char *path) {
    uint8_t head[TNPU_IMAGE_HEAD];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f) fclose(f);
    return tnpu_image_is_picture(head, n);
}

/// Keeps the pictures among the files, and of those the ones to calibrate on.
static int pick(struct listing *l, const char *folder, struct tnpu_error *e) {
    int n = 0, index[TNPU_CALIB_MAX];
    for (int i = 0; i < l->count; i++) {
        if (is_picture(l->text[i])) {
            char *keep = l->text[i];
            l->text[i] = l->text[n];
            l->text[n++] = keep;
        }
    }
    if (n == 0) return tnpu_fail(e, "%s: no JPEG, PNG or PNM pictures in this folder", folder);
    int count = tnpu_calib_pick(n, index);
    for (int i = 0; i < count; i++) {
        char *keep = l->text[index[i]]; // index[i] >= i: indices rise
        l->text[index[i]] = l->text[i];
        l->text[i] = keep;
    }
    for (int i = count; i < l->count; i++) free(l->text[i]);
    l->count = count;
    return 0;
}

/// Pictures being read by several threads; each has its own place for a reason.
struct reading {
    struct network *n;
    int size;
    struct tnpu_error *why; ///< [calib.count], text empty for those that are well
};

static int read_one(void *ctx, int worker, int i) {
    struct reading *r = ctx;
    (void)worker;
    size_t bytes = (size_t)r->size * (size_t)r->size * 3;
    const struct picture_want want = {r->size, r->size, 3, {-128, 127}, 1, 0};
    return picture_input(r->n->calib.text[i], RAW_AUTO, &want, r->n->pictures + (size_t)i * bytes,
                         &r->why[i]);
}

static int read_pictures(struct network *n, int size, int threads, struct tnpu_error *e) {
    struct reading r = {.n = n, .size = size};
    int count = n->calib.count;
    n->pictures = calloc((size_t)count, (size_t)size * (size_t)size * 3);
    r.why = calloc((size_t)count, sizeof *r.why);
    int rc = n->pictures && r.why
                 ? tnpu_parallel(threads, count, read_one, &r)
                 : tnpu_fail(e, "%s: out of memory for the pictures", n->calib.text[0]);
    for (int i = 0; rc && r.why && i < count; i++) {
        if (r.why[i].text[0]) {
            tnpu_fail(e, "%s", r.why[i].text);
            break;
        }
    }
    free(r.why);
    return rc;
}

static int unknown_arch(const struct network_source *from, struct tnpu_error *e) {
    char known[256] = "";
    for (const char *const *a = tnpu_etinynet_archs; *a; a++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, " %s", *a);
    }
    return tnpu_fail(e, "%s: unknown --arch %s; known are%s", from->file, from->arch, known);
}

static int load(struct network *n, const struct network_source *from, bool snr,
                struct tnpu_error *e) {
    if (tnpu_etinynet_input_size(from->arch) < 0) return unknown_arch(from, e);
    int size = from->input_size >= 0 ? from->input_size : tnpu_etinynet_input_size(from->arch);
    if (size > TNPU_IMAGE_SIZE_MAX || size == 0)
        return tnpu_fail(e, "%s: an input of %d x %d; each must be 1 to %d", from->file, size, size,
                         TNPU_IMAGE_SIZE_MAX);
    const struct tnpu_frontend_options opt = {.arch = from->arch,
                                              .size = size,
                                              .threads = from->threads,
                                              .snr_db = snr ? &n->snr_db : NULL};
    return tnpu_file_read(from->file, TNPU_PARAMS_FILE_MAX, &n->bytes, &n->size, e) ||
                   listing_folder(&n->calib, from->calib, e) || pick(&n->calib, from->calib, e) ||
                   read_pictures(n, size, from->threads, e) ||
                   tnpu_frontend(&n->q, from->file, n->bytes, n->size, n->pictures, n->calib.count,
                                 &opt, e)
               ? -1
               : 0;
}

int network_load(struct network *n, const struct network_source *from, bool snr,
                 struct tnpu_error *e) {
    *n = (struct network){0};
    int rc = load(n, from, snr, e);
    if (rc) network_free(n);
    return rc;
}

void network_free(struct network *n) {
    tnpu_qgraph_free(&n->q);
    listing_free(&n->calib);
    free(n->bytes);
    free(n->pictures);
    free(n->snr_db);
    *n = (struct network){0};
}
