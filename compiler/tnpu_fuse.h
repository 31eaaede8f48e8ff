// SPDX-License-Identifier: Apache-2.0
// Fusion: groups the operators of a float graph into the layers that the machine runs as one, still
// in float. Quantisation then rounds each of these.
#ifndef TNPU_FUSE_H
#define TNPU_FUSE_H

#include "tnpu_graph.h"

#include <stdbool.h>

/// One machine layer in float. For a convolution, per output channel c:
///
///     a = conv(input, weights) + bias[c]
///     if (relu) a = max(a, 0)
///     a = a * post_scale[c] + post_offset[c]
///     if (residual >= 0) a += residual
///     if (relu_last) a = max(a, 0)
///     output = maxpool(a)
///
/// An AFFINE straight after a convolution is folded into weights and bias. For pooling the arrays
/// are NULL and only `window` matters.
struct tnpu_fused_layer {
    const char *name;            ///< the first node's, owned by the graph
    enum tnpu_op op;             ///< CONV, DWCONV, MAXPOOL or AVGPOOL
    int input, output, residual; ///< tensor indices of the float graph; residual may be -1
    struct tnpu_window window;
    int pool_h, pool_w; ///< fused non-overlapping max pooling, 1 x 1 for none
    bool relu, relu_last;
    float *weights;     ///< as in tnpu_node, owned
    float *bias;        ///< [c], owned
    float *post_scale;  ///< [c], owned
    float *post_offset; ///< [c], owned
};

struct tnpu_fused {
    const struct tnpu_graph *g;
    struct tnpu_fused_layer *layers; ///< in an order in which they can be run
    int count;
};

/// Fuses the graph, which must outlive the result. Returns 0, or -1 with a reason (an operator that
/// no layer can absorb).
int tnpu_fuse(struct tnpu_fused *f, const struct tnpu_graph *g, struct tnpu_error *e);

void tnpu_fused_free(struct tnpu_fused *f);

#endif
