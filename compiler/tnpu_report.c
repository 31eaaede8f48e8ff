// SPDX-License-Identifier: Apache-2.0
// Tables of a program for people.
#include "tnpu_report.h"

#include "tnpu_isa.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { CODE_LINE = 1024 };

static uint32_t tensor_bytes(const struct tnpu_program *p, int t) {
    const struct tnpu_place *at = &p->plan.place[t];
    const struct tnpu_qtensor *q = &p->graph.tensors[t];
    return (uint32_t)(q->h - 1) * at->row + (uint32_t)q->w * at->pix;
}

uint32_t tnpu_report_live_bytes(const struct tnpu_program *p, int layer) {
    uint32_t sum = 0;
    for (int t = 0; t < p->graph.tensor_count; t++) {
        const struct tnpu_place *at = &p->plan.place[t];
        if (p->graph.tensors[t].view_of) continue;
        if (at->used && at->first <= layer && layer <= at->last) sum += tensor_bytes(p, t);
    }
    return sum;
}

int64_t tnpu_report_macs(const struct tnpu_program *p) {
    int64_t macs = 0;
    for (int i = 0; i < p->npu_layers; i++)
        if (!tnpu_program_is_host(p, i)) macs += tnpu_qlayer_macs(&p->graph, &p->graph.layers[i]);
    return macs;
}

double tnpu_report_utilisation(const struct tnpu_program *p, int64_t macs, uint64_t cycles) {
    return cycles ? (double)macs / ((double)cycles * p->config->lanes * TNPU_DOT) : 0;
}

/// The opcode that runs the layer, and what is fused into it.
static void describe(char *text, size_t size, const struct tnpu_program *p, int i) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    const struct tnpu_opcode_info *op = tnpu_opcode_find(tnpu_plan_opcode(&p->graph, l));
    char pool[16] = "";
    if (l->pool_h * l->pool_w > 1) snprintf(pool, sizeof pool, "+max%dx%d", l->pool_h, l->pool_w);
    static const char *const sum[] = {"+res", "+add", "+sub"};
    const char *second = l->residual < 0 || tnpu_qlayer_is_eltwise(l) ? "" : sum[l->sum];
    if (l->op > TNPU_QOP_MEAN)
        snprintf(text, size, "%s", op->name);
    else
        snprintf(text, size, "%s %dx%d%s%s%s", op->name, l->kernel_h, l->kernel_w,
                 l->stride_h > 1 || l->stride_w > 1 ? "/s" : "", pool, second);
}

static void shape(char *text, size_t size, const struct tnpu_qtensor *t) {
    snprintf(text, size, "%dx%dx%d", t->h, t->w, t->c);
}

static void layer_line(FILE *to, const struct tnpu_program *p, int i,
                       const struct tnpu_layer_cost *cost, const double *snr_db) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    char what[40], in[40], out[40];
    describe(what, sizeof what, p, i);
    in[0] = 0;
    if (l->input >= 0) shape(in, sizeof in, &p->graph.tensors[l->input]);
    shape(out, sizeof out, &p->graph.tensors[l->output]);
    int64_t macs = tnpu_qlayer_macs(&p->graph, l);
    fprintf(to, "%-20s %-20s %-12s %-12s %11" PRId64, l->name, what, in, out, macs);
    if (!tnpu_program_is_host(p, i))
        fprintf(to, " %9" PRIu64 " %5.1f%% %7" PRIu64 " %8d %8u", cost[i].cycles,
                100 * tnpu_report_utilisation(p, macs, cost[i].cycles), cost[i].stalls,
                p->layers[i].w_rows * p->config->lanes * TNPU_DOT,
                (unsigned)tnpu_report_live_bytes(p, i));
    else
        fprintf(to, " %9s %6s %7s %8s %8s", "host", "-", "-", "-", "-");
    if (snr_db && isfinite(snr_db[l->output]))
        fprintf(to, " %6.1f", snr_db[l->output]);
    else if (snr_db)
        fprintf(to, " %6s", "exact");
    fputc('\n', to);
}

static int64_t size_of(const struct tnpu_program *p, int t) {
    const struct tnpu_qtensor *q = &p->graph.tensors[t];
    return (int64_t)q->h * q->w * q->c;
}

/// Bytes of a tensor that crosses the link.
static int64_t moved(const struct tnpu_program *p, int t) {
    if (t < 0 || !p->plan.place[t].used) return 0;
    return size_of(p, t);
}

/// The configurations that would run a host layer.
static void remedy(FILE *to, unsigned elsewhere) {
    fputs(elsewhere ? "; on the NPU with --config" : "; on the NPU of no configuration", to);
    for (int k = 0; k < TNPU_NUM_CONFIGS; k++)
        if (elsewhere >> k & 1)
            fprintf(to, "%s %s", elsewhere & ((1u << k) - 1) ? " or" : "", tnpu_configs[k].name);
}

/// Name, reason and bytes moved of a host layer, and its remedy.
static void host_line(FILE *to, const struct tnpu_program *p, int i, const unsigned *elsewhere) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    int64_t bytes = moved(p, l->input) + moved(p, l->residual) + moved(p, l->output);
    if (l->op == TNPU_QOP_COPY) bytes += moved(p, l->output); // whose other parts lie there
    fprintf(to, "on the host: layer %s: %s; %" PRId64 " bytes moved", l->name, p->layers[i].reason,
            bytes);
    if (elsewhere) remedy(to, elsewhere[i]);
    fputc('\n', to);
}

/// A QUANTIZE or DEQUANTIZE at an end of the network.
static void edge_line(FILE *to, const struct tnpu_program *p, const char *end, int t,
                      enum tnpu_edge edge) {
    static const char *const kind[TNPU_EDGES] = {"int8", "uint8", "float"};
    if (edge == TNPU_EDGE_INT8) return;
    fprintf(to,
            "on the host: the %s, between %s and int8: the NPU has int8 alone; %" PRId64
            " bytes moved; a network with an int8 %s needs none of it\n",
            end, kind[edge], size_of(p, t), end);
}

void tnpu_report_layers(FILE *to, const struct tnpu_program *p, const struct tnpu_layer_cost *cost,
                        uint64_t cycles, const double *snr_db, const unsigned *elsewhere) {
    const struct tnpu_qgraph *g = &p->graph;
    fprintf(to, "%-20s %-20s %-12s %-12s %11s %9s %6s %7s %8s %8s%s\n", "layer", "instruction",
            "input", "output", "MACs", "cycles", "util", "stalls", "weights", "in use",
            snr_db ? "    SNR" : "");
    for (int i = 0; i < g->layer_count; i++) layer_line(to, p, i, cost, snr_db);
    int64_t macs = tnpu_report_macs(p);
    fprintf(to, "on %s: %" PRId64 " MACs in %" PRIu64 " cycles, utilisation %.1f %%\n",
            p->config->name, macs, cycles, 100 * tnpu_report_utilisation(p, macs, cycles));
    if (g->removed_channels)
        fprintf(to, "not computed: %d channels that are constant or that nothing reads\n",
                g->removed_channels);
    edge_line(to, p, "input", g->input, g->input_edge);
    for (int i = 0; i < g->layer_count; i++)
        if (tnpu_program_is_host(p, i)) host_line(to, p, i, elsewhere);
    edge_line(to, p, "output", g->output, g->output_edge);
}

void tnpu_report_memory(FILE *to, const struct tnpu_program *p) {
    unsigned row = (unsigned)p->config->lanes * TNPU_DOT;
    unsigned wmem = (unsigned)p->wmem_rows * row, fmem = p->plan.peak;
    fprintf(to, "weight memory:  %7u of %7u bytes\n", wmem, (unsigned)p->config->wmem_rows * row);
    fprintf(to,
            "feature memory: %7u of %7d bytes; layer %s sets it, no placement needs fewer than "
            "%u; %s\n",
            fmem, p->config->fmem_bytes, p->graph.layers[p->plan.bound_layer].name,
            (unsigned)p->plan.bound,
            p->plan.input_reserved ? "the next input may be uploaded during a run"
                                   : "the input's memory is used again: upload between runs");
    fprintf(to, "together:       %7u bytes (%.1f KB)\n", wmem + fmem, (wmem + fmem) / 1024.0);
    fprintf(to, "instructions:   %7d of %7d\n", p->insn_count, p->config->imem_depth);
}

void tnpu_report_map(FILE *to, const struct tnpu_program *p) {
    fprintf(to, "%-20s %-12s %8s %8s %6s %6s  %s\n", "tensor", "shape", "address", "bytes", "row",
            "pixel", "kept during layers");
    for (int t = 0; t < p->graph.tensor_count; t++) {
        const struct tnpu_place *at = &p->plan.place[t];
        char dims[40];
        shape(dims, sizeof dims, &p->graph.tensors[t]);
        if (at->used)
            fprintf(to, "%-20s %-12s %8u %8u %6u %6u  %d..%d\n", p->graph.tensors[t].name, dims,
                    (unsigned)at->base, (unsigned)tensor_bytes(p, t), (unsigned)at->row,
                    (unsigned)at->pix, at->first, at->last);
    }
}

void tnpu_report_code(FILE *to, const struct tnpu_program *p) {
    for (int i = 0, layer = 0; i < p->insn_count; i++) {
        struct tnpu_insn insn;
        char text[CODE_LINE];
        tnpu_decode(p->insns + (size_t)i * TNPU_IWORDS, &insn);
        tnpu_isa_print(&insn, text, sizeof text);
        while (layer < p->npu_layers && i >= p->layers[layer].insn + p->layers[layer].insn_count)
            layer++;
        fprintf(to, "%4d  %-20s %s\n", i, layer < p->npu_layers ? p->graph.layers[layer].name : "",
                text);
    }
}
