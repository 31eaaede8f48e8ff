// SPDX-License-Identifier: Apache-2.0
// The float executor: packs weights once, then runs the nodes in order.
#include "tnpu_float.h"

#include "tnpu_float_kernels.h"

#include <stdlib.h>
#include <string.h>

struct tnpu_float_plan {
    const struct tnpu_graph *g;
    float **packed; ///< [node_count] weights as the kernel wants them, NULL for other operators
    float **bias;   ///< [node_count]
    float *zeros;   ///< as many as the widest tensor has channels
};

struct tnpu_float_run {
    const struct tnpu_float_plan *plan;
    float **tensor; ///< [tensor_count]
};

static int taps_of(const struct tnpu_node *n) {
    return n->window.kernel_h * n->window.kernel_w;
}

/// [oc][tap][ic] to [oc / LANES][tap][ic][LANES], the last group filled up with zeros.
static void pack_conv(float *out, const struct tnpu_node *n, int in_c, int out_c) {
    size_t k = (size_t)taps_of(n) * in_c;
    for (size_t oc = 0; oc < (size_t)out_c; oc++)
        for (size_t i = 0; i < k; i++)
            out[(oc / TNPU_FLOAT_LANES * k + i) * TNPU_FLOAT_LANES + oc % TNPU_FLOAT_LANES] =
                n->weights[oc * k + i];
}

/// [c][tap] to [tap][c].
static void pack_dwconv(float *out, const struct tnpu_node *n, int c) {
    int taps = taps_of(n);
    for (int i = 0; i < c; i++)
        for (int t = 0; t < taps; t++) out[(size_t)t * c + i] = n->weights[(size_t)i * taps + t];
}

static int pack(struct tnpu_float_plan *p, int i) {
    const struct tnpu_node *n = &p->g->nodes[i];
    if (n->op != TNPU_GOP_CONV && n->op != TNPU_GOP_DWCONV) return 0;
    int in_c = p->g->tensors[n->input].c, out_c = p->g->tensors[n->output].c;
    size_t lanes = ((size_t)out_c + TNPU_FLOAT_LANES - 1) / TNPU_FLOAT_LANES * TNPU_FLOAT_LANES;
    size_t rows = n->op == TNPU_GOP_CONV ? (size_t)taps_of(n) * in_c : (size_t)taps_of(n);
    p->packed[i] = calloc(lanes * rows, sizeof(float));
    p->bias[i] = calloc(lanes, sizeof(float));
    if (!p->packed[i] || !p->bias[i]) return -1;
    if (n->op == TNPU_GOP_CONV)
        pack_conv(p->packed[i], n, in_c, out_c);
    else
        pack_dwconv(p->packed[i], n, out_c);
    if (n->bias) memcpy(p->bias[i], n->bias, (size_t)out_c * sizeof(float));
    return 0;
}

struct tnpu_float_plan *tnpu_float_plan_new(const struct tnpu_graph *g, struct tnpu_error *e) {
    struct tnpu_float_plan *p = calloc(1, sizeof *p);
    if (p) {
        p->g = g;
        p->packed = calloc((size_t)g->node_count + 1, sizeof *p->packed);
        p->bias = calloc((size_t)g->node_count + 1, sizeof *p->bias);
        p->zeros = calloc(TNPU_GRAPH_DIM_MAX, sizeof *p->zeros);
    }
    int rc = !p || !p->packed || !p->bias || !p->zeros;
    for (int i = 0; !rc && i < g->node_count; i++) rc = pack(p, i);
    if (rc) {
        tnpu_float_plan_free(p);
        tnpu_fail(e, "%s: out of memory for the float network", g->arch);
        return NULL;
    }
    return p;
}

void tnpu_float_plan_free(struct tnpu_float_plan *p) {
    if (!p) return;
    for (int i = 0; p->packed && p->bias && i < p->g->node_count; i++) {
        free(p->packed[i]);
        free(p->bias[i]);
    }
    free(p->packed);
    free(p->bias);
    free(p->zeros);
    free(p);
}

struct tnpu_float_run *tnpu_float_run_new(const struct tnpu_float_plan *p, struct tnpu_error *e) {
    const struct tnpu_graph *g = p->g;
    struct tnpu_float_run *r = calloc(1, sizeof *r);
    if (r) {
        r->plan = p;
        r->tensor = calloc((size_t)g->tensor_count, sizeof *r->tensor);
    }
    int rc = !r || !r->tensor;
    for (int i = 0; !rc && i < g->tensor_count; i++) {
        r->tensor[i] = malloc(tnpu_tensor_size(&g->tensors[i]) * sizeof(float));
        rc = !r->tensor[i];
    }
    if (rc) {
        tnpu_float_run_free(r);
        tnpu_fail(e, "%s: out of memory for the float tensors", g->arch);
        return NULL;
    }
    return r;
}

void tnpu_float_run_free(struct tnpu_float_run *r) {
    if (!r) return;
    for (int i = 0; r->tensor && i < r->plan->g->tensor_count; i++) free(r->tensor[i]);
    free(r->tensor);
    free(r);
}

static void run_affine(const struct tnpu_node *n, int c, size_t size, const float *in,
                       float *restrict out) {
    for (size_t at = 0; at < size; at += (size_t)c)
        for (int i = 0; i < c; i++) out[at + i] = in[at + i] * n->scale[i] + n->offset[i];
}

static void run_node(struct tnpu_float_run *r, int index) {
    const struct tnpu_float_plan *p = r->plan;
    const struct tnpu_node *n = &p->g->nodes[index];
    const struct tnpu_float_geometry geometry = {p->g->tensors[n->input], p->g->tensors[n->output],
                                                 n->window};
    const float *in = r->tensor[n->input];
    float *restrict out = r->tensor[n->output];
    size_t size = tnpu_tensor_size(&geometry.out);
    switch (n->op) {
    case TNPU_GOP_CONV:
        tnpu_float_conv(&geometry, p->packed[index], p->bias[index], p->zeros, in, out);
        break;
    case TNPU_GOP_DWCONV:
        tnpu_float_dwconv(&geometry, p->packed[index], p->bias[index], in, out);
        break;
    case TNPU_GOP_RELU:
        for (size_t i = 0; i < size; i++) out[i] = in[i] > 0 ? in[i] : 0;
        break;
    case TNPU_GOP_AFFINE:
        run_affine(n, geometry.out.c, size, in, out);
        break;
    case TNPU_GOP_ADD:
        for (size_t i = 0; i < size; i++) out[i] = in[i] + r->tensor[n->input2][i];
        break;
    case TNPU_GOP_MAXPOOL:
        tnpu_float_maxpool(&geometry, in, out);
        break;
    case TNPU_GOP_AVGPOOL:
        tnpu_float_avgpool(&geometry, in, out);
        break;
    }
}

void tnpu_float_run_picture(struct tnpu_float_run *r, const int8_t *q) {
    const struct tnpu_graph *g = r->plan->g;
    size_t size = tnpu_tensor_size(&g->tensors[0]);
    for (size_t i = 0; i < size; i++)
        r->tensor[0][i] = (float)(q[i] + 128 - g->input_mean) * g->input_scale;
    for (int i = 0; i < g->node_count; i++) run_node(r, i);
}

const float *tnpu_float_tensor(const struct tnpu_float_run *r, int tensor) {
    return r->tensor[tensor];
}
