// SPDX-License-Identifier: Apache-2.0
// Reader of MXNet NDArray lists (".params" files, magic 0x112): named float32 tensors.
//
//     struct tnpu_params p;
//     ... tnpu_file_read("etinynet.params", TNPU_PARAMS_FILE_MAX, &bytes, &size, &err) ...
//     if (tnpu_params_parse(&p, "etinynet.params", bytes, size, &err))
//         return -1;                                       // err.text says why
//     const struct tnpu_param *w = tnpu_params_find(&p, "features1.0.weight");
//     ...
//     tnpu_params_free(&p);
//
// The file is not trusted: every count, size and name is checked against the bytes that are there
// before anything is allocated for it. Only dense float32 tensors are read, and every value must be
// finite.
#ifndef TNPU_PARAMS_H
#define TNPU_PARAMS_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

#define TNPU_PARAM_RANK_MAX 6
#define TNPU_PARAM_NAME_MAX 256                ///< bytes, terminating zero included
#define TNPU_PARAMS_COUNT_MAX 4096             ///< tensors in a file
#define TNPU_PARAMS_FILE_MAX ((size_t)1 << 30) ///< bytes

struct tnpu_param {
    char name[TNPU_PARAM_NAME_MAX]; ///< without MXNet's "arg:" or "aux:" prefix
    int rank;                       ///< 1..TNPU_PARAM_RANK_MAX
    int dim[TNPU_PARAM_RANK_MAX];   ///< each at least 1; as MXNet stores them (OIHW for weights)
    size_t count;                   ///< product of dim
    float *data;                    ///< [count], row-major, owned by the list
};

struct tnpu_params {
    struct tnpu_param *list;
    int count;
};

/// Reads a file's bytes; `label` stands for the file's name in messages. Returns 0 and fills *p, or
/// -1 with a reason and *p empty.
int tnpu_params_parse(struct tnpu_params *p, const char *label, const uint8_t *bytes, size_t size,
                      struct tnpu_error *e);

/// The tensor of that name, or NULL.
const struct tnpu_param *tnpu_params_find(const struct tnpu_params *p, const char *name);

/// Releases the list and empties it. An empty (zeroed) list may be freed.
void tnpu_params_free(struct tnpu_params *p);

#endif
