// SPDX-License-Identifier: Apache-2.0
// The float graph: a network as a list of plain operators on float32 tensors, one operator a node.
//
// Network readers fill it through tnpu_graph_add; the float executor runs it (tnpu_float.h) and
// quantisation fuses and rounds it (tnpu_quantise.h). Activations are HWC, one picture at a time.
#ifndef TNPU_GRAPH_H
#define TNPU_GRAPH_H

#include "tnpu_error.h"

#include <stddef.h>
#include <stdint.h>

#define TNPU_NAME_MAX 64        ///< bytes of a name, terminating zero included
#define TNPU_GRAPH_DIM_MAX 4096 ///< largest height, width or channel count
#define TNPU_GRAPH_NODES_MAX 4096

enum tnpu_op {
    TNPU_GOP_CONV,    ///< 2-D convolution; 1x1 for pointwise, the whole map for fully connected
    TNPU_GOP_DWCONV,  ///< depthwise convolution, depth multiplier 1
    TNPU_GOP_RELU,    ///< max(x, 0)
    TNPU_GOP_AFFINE,  ///< x * scale[c] + offset[c]: batch normalisation at inference
    TNPU_GOP_ADD,     ///< input + input2, of equal shapes
    TNPU_GOP_MAXPOOL, ///< maximum of the taps inside the map
    TNPU_GOP_AVGPOOL, ///< mean of the taps inside the map
};

/// The window of a convolution or pooling. All zero for other operators.
struct tnpu_window {
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left, pad_bottom, pad_right;
};

struct tnpu_node {
    char name[TNPU_NAME_MAX]; ///< unique; also the name of the tensor it makes
    enum tnpu_op op;
    int input;  ///< tensor index
    int input2; ///< tensor index of ADD's second operand, else -1
    int output; ///< tensor index, set by tnpu_graph_add
    struct tnpu_window window;
    float *weights; ///< CONV [out.c][kernel_h][kernel_w][in.c], DWCONV [c][kernel_h][kernel_w]
    float *bias;    ///< CONV and DWCONV: [out.c], or NULL for none
    float *scale;   ///< AFFINE: [c]
    float *offset;  ///< AFFINE: [c]
};

struct tnpu_tensor {
    int h, w, c;
    int producer; ///< node index, -1 for the network's input
};

struct tnpu_graph {
    char arch[TNPU_NAME_MAX]; ///< e.g. "etinynet-1.0"
    int input_mean;           ///< input value = (pixel - input_mean) * input_scale, pixel 0..255
    float input_scale;
    struct tnpu_tensor *tensors; ///< tensor 0 is the input; tensor i + 1 is node i's output
    int tensor_count;
    struct tnpu_node *nodes; ///< in an order in which they can be run
    int node_count;
    int output; ///< tensor index of the scores: the latest node's output
};

/// Starts a graph with only an input of h x w x c. Returns 0 or -1 with a reason.
int tnpu_graph_init(struct tnpu_graph *g, const char *arch, int h, int w, int c, int input_mean,
                    float input_scale, struct tnpu_error *e);

/// Appends a node and the tensor it makes. `n` is copied; its arrays (from malloc) belong to the
/// graph from here on, also on failure. `out_c` is the number of output channels of a CONV and is
/// not read for others. Returns the output's tensor index, or -1 with a reason.
int tnpu_graph_add(struct tnpu_graph *g, const struct tnpu_node *n, int out_c,
                   struct tnpu_error *e);

/// Elements of a tensor.
size_t tnpu_tensor_size(const struct tnpu_tensor *t);

/// Number of weights of a CONV or DWCONV node.
size_t tnpu_node_weight_count(const struct tnpu_graph *g, const struct tnpu_node *n);

/// Releases everything the graph owns and zeroes it. A zeroed graph may be freed.
void tnpu_graph_free(struct tnpu_graph *g);

#endif
