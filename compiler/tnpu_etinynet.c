// SPDX-License-Identifier: Apache-2.0
// Builds EtinyNet graphs from parameters.
//
// A block is two halves: `out1` = depthwise 3x3 (stride), BN, 1x1, ReLU, BN; `out2` = depthwise
// 3x3, ReLU, BN. In a block with shortcuts (a "dense linear" block) the block's input is added
// after `out1` where shapes allow, and out1's result after `out2`. Nothing follows the additions.
#include "tnpu_etinynet.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BN_EPSILON 1e-5f

struct block {
    const char *prefix; ///< of its parameters' names
    int stride;         ///< of its first depthwise convolution
    bool shortcut;
};

struct arch {
    const char *name;
    int input_size;
    int stem_stride;
    const struct block *blocks; ///< up to a NULL prefix
};

static const struct block etinynet_blocks[] = {
    {"features1.4", 1, false},  {"features1.5", 1, false},  {"features1.6", 1, false},
    {"features1.7", 1, false},  {"features1.8", 2, false},  {"features1.9", 1, false},
    {"features1.10", 1, false}, {"features1.11", 1, false}, {"features2.0", 2, true},
    {"features2.1", 1, true},   {"features2.2", 1, true},   {"features3.0", 2, true},
    {"features3.1", 1, true},   {"features3.2", 1, true},   {NULL, 0, false},
};

static const struct block tiny_blocks[] = {
    {"features1.4", 1, false}, {"features1.5", 1, false}, {"features1.6", 2, false},
    {"features2.0", 1, true},  {"features2.1", 1, true},  {"features3.0", 2, true},
    {NULL, 0, false},
};

static const struct arch archs[] = {
    {"etinynet-1.0", 224, 2, etinynet_blocks},
    {"etinynet-0.75", 224, 2, etinynet_blocks},
    {"etinynet-0.5", 224, 2, etinynet_blocks},
    {"etinynet-tiny", 56, 2, tiny_blocks},
};

const char *const tnpu_etinynet_archs[] = {"etinynet-1.0", "etinynet-0.75", "etinynet-0.5",
                                           "etinynet-tiny", NULL};

static const struct arch *find_arch(const char *name) {
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (strcmp(archs[i].name, name) == 0) return &archs[i];
    return NULL;
}

int tnpu_etinynet_input_size(const char *arch) {
    const struct arch *a = find_arch(arch);
    return a ? a->input_size : -1;
}

/// What building needs at every step. `t` is the tensor that the next node reads.
struct builder {
    struct tnpu_graph *g;
    const struct tnpu_params *p;
    const char *label;
    struct tnpu_error *e;
    int t;
};

/// One layer's place in the file: parameters and tensors are named `prefix` + `part` + suffix.
struct place {
    const char *prefix; ///< e.g. "features1.4"
    const char *part;   ///< e.g. ".out1.0"
};

/// The parameter at `at` with that suffix, which must have `count` elements (0: any).
static const struct tnpu_param *param(struct builder *b, struct place at, const char *suffix,
                                      size_t count) {
    char name[TNPU_PARAM_NAME_MAX];
    snprintf(name, sizeof name, "%s%s%s", at.prefix, at.part, suffix);
    const struct tnpu_param *p = tnpu_params_find(b->p, name);
    if (!p) {
        tnpu_fail(b->e, "%s: no parameter %s; is --arch right?", b->label, name);
        return NULL;
    }
    if (count && p->count != count) {
        tnpu_fail(b->e, "%s: parameter %s has %zu values, want %zu", b->label, name, p->count,
                  count);
        return NULL;
    }
    return p;
}

/// Names the node after its place, appends it and moves on to its output.
static int append(struct builder *b, struct place at, struct tnpu_node *n, int out_c) {
    snprintf(n->name, sizeof n->name, "%s%s", at.prefix, at.part);
    int t = tnpu_graph_add(b->g, n, out_c, b->e);
    if (t < 0) return -1;
    b->t = t;
    return 0;
}

/// OIHW, as the file has it, to OHWI.
static float *to_ohwi(const struct tnpu_param *w) {
    int o = w->dim[0], i = w->dim[1], taps = w->dim[2] * w->dim[3];
    float *out = malloc(w->count * sizeof *out);
    for (int a = 0; out && a < o; a++)
        for (int c = 0; c < i; c++)
            for (int k = 0; k < taps; k++)
                out[((size_t)a * taps + k) * i + c] = w->data[((size_t)a * i + c) * taps + k];
    return out;
}

/// A convolution with the parameter .weight, and .bias if `bias`.
static int conv(struct builder *b, struct place at, int kernel, int stride, bool depthwise,
                bool bias) {
    int in_c = b->g->tensors[b->t].c;
    const struct tnpu_param *w = param(b, at, ".weight", 0);
    if (!w) return -1;
    bool fits = w->rank == 4 && w->dim[0] <= TNPU_GRAPH_DIM_MAX && w->dim[2] == kernel &&
                w->dim[3] == kernel && w->dim[1] == (depthwise ? 1 : in_c) &&
                (!depthwise || w->dim[0] == in_c);
    if (!fits)
        return tnpu_fail(b->e, "%s: parameter %s%s.weight: want a %s %d x %d kernel on %d channels",
                         b->label, at.prefix, at.part, depthwise ? "depthwise" : "dense", kernel,
                         kernel, in_c);
    const struct tnpu_param *bp = bias ? param(b, at, ".bias", (size_t)w->dim[0]) : NULL;
    if (bias && !bp) return -1;
    int pad = kernel / 2;
    struct tnpu_node n = {.op = depthwise ? TNPU_GOP_DWCONV : TNPU_GOP_CONV,
                          .input = b->t,
                          .window = {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad},
                          .weights = to_ohwi(w),
                          .bias = bias ? malloc(bp->count * sizeof(float)) : NULL};
    if (!n.weights || (bias && !n.bias)) {
        free(n.weights);
        free(n.bias);
        return tnpu_fail(b->e, "%s: out of memory", b->label);
    }
    if (bias) memcpy(n.bias, bp->data, bp->count * sizeof *n.bias);
    return append(b, at, &n, w->dim[0]);
}

/// Batch normalisation from .gamma, .beta, .running_mean and .running_var.
static int batch_norm(struct builder *b, struct place at) {
    size_t c = (size_t)b->g->tensors[b->t].c;
    const struct tnpu_param *gamma = param(b, at, ".gamma", c);
    const struct tnpu_param *beta = gamma ? param(b, at, ".beta", c) : NULL;
    const struct tnpu_param *mean = beta ? param(b, at, ".running_mean", c) : NULL;
    const struct tnpu_param *var = mean ? param(b, at, ".running_var", c) : NULL;
    if (!var) return -1;
    struct tnpu_node n = {.op = TNPU_GOP_AFFINE,
                          .input = b->t,
                          .scale = malloc(c * sizeof(float)),
                          .offset = malloc(c * sizeof(float))};
    if (!n.scale || !n.offset) {
        free(n.scale);
        free(n.offset);
        return tnpu_fail(b->e, "%s: out of memory", b->label);
    }
    for (size_t i = 0; i < c; i++) {
        n.scale[i] = gamma->data[i] / sqrtf(var->data[i] + BN_EPSILON);
        n.offset[i] = beta->data[i] - mean->data[i] * n.scale[i];
        if (!isfinite(n.scale[i]) || !isfinite(n.offset[i])) {
            free(n.scale);
            free(n.offset);
            return tnpu_fail(b->e, "%s: %s%s: channel %zu's batch normalisation is not finite",
                             b->label, at.prefix, at.part, i);
        }
    }
    return append(b, at, &n, 0);
}

/// An operator without parameters on the current tensor (and on input2, for ADD).
static int plain(struct builder *b, struct place at, enum tnpu_op op, int input2,
                 struct tnpu_window window) {
    struct tnpu_node n = {.op = op, .input = b->t, .input2 = input2, .window = window};
    return append(b, at, &n, 0);
}

static int relu(struct builder *b, struct place at) {
    return plain(b, at, TNPU_GOP_RELU, -1, (struct tnpu_window){0});
}

static int add(struct builder *b, struct place at, int input2) {
    return plain(b, at, TNPU_GOP_ADD, input2, (struct tnpu_window){0});
}

static int stem(struct builder *b, const struct arch *a) {
    const char *p = "features1";
    struct tnpu_window pool = {2, 2, 2, 2, 1, 1, 0, 0, 0, 0};
    if (conv(b, (struct place){p, ".0"}, 3, a->stem_stride, false, false) ||
        relu(b, (struct place){p, ".1"}) || batch_norm(b, (struct place){p, ".2"}))
        return -1;
    return plain(b, (struct place){p, ".3"}, TNPU_GOP_MAXPOOL, -1, pool);
}

static int block(struct builder *b, const struct block *k) {
    const char *p = k->prefix;
    int in = b->t;
    if (conv(b, (struct place){p, ".out1.0"}, 3, k->stride, true, false) ||
        batch_norm(b, (struct place){p, ".out1.1"}) ||
        conv(b, (struct place){p, ".out1.2"}, 1, 1, false, false) ||
        relu(b, (struct place){p, ".out1.3"}) || batch_norm(b, (struct place){p, ".out1.4"}))
        return -1;
    if (k->shortcut && k->stride == 1 && b->g->tensors[b->t].c == b->g->tensors[in].c &&
        add(b, (struct place){p, ".out1.add"}, in))
        return -1;
    int mid = b->t;
    if (conv(b, (struct place){p, ".out2.0"}, 3, 1, true, false) ||
        relu(b, (struct place){p, ".out2.1"}) || batch_norm(b, (struct place){p, ".out2.2"}))
        return -1;
    return k->shortcut ? add(b, (struct place){p, ".out2.add"}, mid) : 0;
}

static int head(struct builder *b) {
    const struct tnpu_tensor *t = &b->g->tensors[b->t];
    struct tnpu_window whole = {t->h, t->w, 1, 1, 1, 1, 0, 0, 0, 0};
    if (plain(b, (struct place){"avgpool", ""}, TNPU_GOP_AVGPOOL, -1, whole)) return -1;
    return conv(b, (struct place){"output.0", ""}, 1, 1, false, true);
}

int tnpu_etinynet_build(struct tnpu_graph *g, const char *arch, int h, int w,
                        const struct tnpu_params *p, const char *label, struct tnpu_error *e) {
    *g = (struct tnpu_graph){0};
    const struct arch *a = find_arch(arch);
    if (!a)
        return tnpu_fail(e, "%s: unknown --arch %s; known are etinynet-1.0, -0.75, -0.5, -tiny",
                         label, arch);
    int rc = tnpu_graph_init(g, arch, h, w, 3, 128, 1.0f, e);
    struct builder b = {g, p, label, e, 0};
    if (!rc) rc = stem(&b, a);
    for (const struct block *k = a->blocks; !rc && k->prefix; k++) rc = block(&b, k);
    if (!rc) rc = head(&b);
    if (rc) tnpu_graph_free(g);
    return rc;
}
