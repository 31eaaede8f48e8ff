// SPDX-License-Identifier: Apache-2.0
// Writes .tnpu files: docs/PROGRAM_FORMAT.md, byte for byte.
#include "tnpu_bytes.h"
#include "tnpu_file.h"
#include "tnpu_program_format.h"

#include <stdlib.h>
#include <string.h>

static void put_info(struct tnpu_writer *w, const struct tnpu_program *p) {
    tnpu_put_text(w, p->graph.arch, TNPU_Q_NAME_MAX);
    tnpu_put_u32(w, p->plan.input_reserved);
    tnpu_put_f32(w, p->graph.pixels.low);
    tnpu_put_f32(w, p->graph.pixels.high);
    const uint32_t numbers[] = {
        (uint32_t)p->graph.input,
        (uint32_t)p->graph.output,
        (uint32_t)p->graph.tensor_count,
        (uint32_t)p->graph.layer_count,
        (uint32_t)p->npu_layers,
        (uint32_t)p->insn_count,
        (uint32_t)p->wmem_rows,
        p->plan.peak,
        p->plan.bound,
        (uint32_t)p->plan.bound_layer,
        (uint32_t)p->graph.input_edge,
        (uint32_t)p->graph.output_edge,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) tnpu_put_u32(w, numbers[i]);
}

static void put_tensors(struct tnpu_writer *w, const struct tnpu_program *p) {
    for (int i = 0; i < p->graph.tensor_count; i++) {
        const struct tnpu_qtensor *t = &p->graph.tensors[i];
        const struct tnpu_place *at = &p->plan.place[i];
        tnpu_put_text(w, t->name, TNPU_Q_NAME_MAX);
        const uint32_t numbers[] = {
            (uint32_t)t->h,
            (uint32_t)t->w,
            (uint32_t)t->c,
            (uint32_t)t->zero_point,
            (uint32_t)t->float_tensor,
            (uint32_t)t->scale_count,
            at->used,
            at->base,
            at->row,
            at->pix,
            (uint32_t)at->first,
            (uint32_t)at->last,
            (uint32_t)(t->view_of - 1),
            t->dense,
        };
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) tnpu_put_u32(w, numbers[n]);
        for (int c = 0; c < t->scale_count; c++) tnpu_put_f32(w, t->scale[c]);
    }
}

static void put_layers(struct tnpu_writer *w, const struct tnpu_program *p) {
    for (int i = 0; i < p->graph.layer_count; i++) {
        int32_t v[TNPU_LAYER_INTS];
        tnpu_layer_to_ints(&p->graph.layers[i], &p->layers[i], v);
        tnpu_put_text(w, p->graph.layers[i].name, TNPU_Q_NAME_MAX);
        tnpu_put_text(w, p->layers[i].reason, TNPU_REASON_MAX);
        for (int n = 0; n < TNPU_LAYER_INTS; n++) tnpu_put_u32(w, (uint32_t)v[n]);
    }
}

static void put_sources(struct tnpu_writer *w, const struct tnpu_program *p) {
    for (int i = 0; i < p->graph.source_count; i++) {
        const struct tnpu_qsource *s = &p->graph.sources[i];
        tnpu_put_text(w, s->name, TNPU_Q_NAME_MAX);
        tnpu_put_u32(w, (uint32_t)s->index);
        tnpu_put_u32(w, (uint32_t)s->tensor);
        tnpu_put_u32(w, (uint32_t)tnpu_program_ready(p, s->tensor));
        tnpu_put_u32(w, (uint32_t)tnpu_program_until(p, s->tensor));
    }
}

static void put_ints(struct tnpu_writer *w, const int32_t *v, int n) {
    for (int i = 0; i < n; i++) tnpu_put_u32(w, (uint32_t)v[i]);
}

static void put_host(struct tnpu_writer *w, const struct tnpu_program *p) {
    for (int i = 0; i < p->graph.layer_count; i++) {
        const struct tnpu_qlayer *l = &p->graph.layers[i];
        if (!tnpu_program_is_host(p, i)) continue;
        int params = tnpu_qlayer_param_count(&p->graph, l);
        put_ints(w, l->bias, params);
        put_ints(w, l->post_bias, params);
        put_ints(w, l->mult, params);
        tnpu_put_bytes(w, l->shift, (size_t)params);
        tnpu_put_bytes(w, l->weights, (size_t)tnpu_qlayer_weight_count(&p->graph, l));
        for (int c = 0; tnpu_qlayer_is_wide(l) && c < params; c++)
            tnpu_put_u32(w, (uint32_t)l->k[c]);
    }
}

static void put_section(struct tnpu_writer *w, const struct tnpu_program *p, enum tnpu_section s) {
    size_t row = (size_t)p->config->lanes * TNPU_DOT;
    switch (s) {
    case TNPU_SECTION_INFO:
        put_info(w, p);
        break;
    case TNPU_SECTION_TENSORS:
        put_tensors(w, p);
        break;
    case TNPU_SECTION_LAYERS:
        put_layers(w, p);
        break;
    case TNPU_SECTION_SOURCES:
        put_sources(w, p);
        break;
    case TNPU_SECTION_IMEM:
        for (size_t i = 0; i < (size_t)p->insn_count * TNPU_IWORDS; i++)
            tnpu_put_u32(w, p->insns[i]);
        break;
    case TNPU_SECTION_WMEM:
        tnpu_put_bytes(w, p->wmem, (size_t)p->wmem_rows * row);
        break;
    case TNPU_SECTION_HOST:
        put_host(w, p);
        break;
    default:
        tnpu_put_bytes(w, p->float_net, p->float_size);
    }
}

/// Everything but the sizes and checksums that only the finished file has.
static void put_header(struct tnpu_writer *w, const struct tnpu_program *p) {
    const struct tnpu_config *c = p->config;
    tnpu_put_bytes(w, TNPU_PROGRAM_MAGIC, 8);
    tnpu_put_u32(w, TNPU_FORMAT_VERSION);
    tnpu_put_u32(w, tnpu_program_isa(p));
    tnpu_put_text(w, c->name, TNPU_CONFIG_NAME_BYTES);
    tnpu_put_u32(w, (uint32_t)c->lanes);
    tnpu_put_u32(w, (uint32_t)c->wmem_rows);
    tnpu_put_u32(w, (uint32_t)c->fmem_bytes);
    tnpu_put_u32(w, (uint32_t)c->imem_depth);
    tnpu_put_u32(w, TNPU_SECTIONS);
    for (int i = 0; i < 3; i++) // file size, CRC, zero
        tnpu_put_u32(w, 0);
    for (int i = 0; i < TNPU_SECTIONS * TNPU_SECTION_BYTES / 4; i++) tnpu_put_u32(w, 0);
}

int tnpu_program_bytes(const struct tnpu_program *p, uint8_t **bytes, size_t *size,
                       struct tnpu_error *e) {
    struct tnpu_writer w = {0};
    put_header(&w, p);
    for (int s = 0; s < TNPU_SECTIONS && !w.failed; s++) {
        tnpu_put_pad(&w, TNPU_SECTION_ALIGN);
        size_t begin = w.size;
        put_section(&w, p, (enum tnpu_section)s);
        if (w.failed) break;
        uint8_t *entry = w.data + TNPU_HEADER_BYTES + (size_t)s * TNPU_SECTION_BYTES;
        memcpy(entry, tnpu_section_tag[s], 4);
        tnpu_set_u32(entry + 4, (uint32_t)begin);
        tnpu_set_u32(entry + 8, (uint32_t)(w.size - begin));
        tnpu_set_u32(entry + 12, tnpu_program_crc(w.data + begin, w.size - begin));
    }
    if (w.failed || w.size > TNPU_PROGRAM_FILE_MAX) {
        free(w.data);
        return tnpu_fail(e, "%s: %s", p->graph.arch,
                         w.failed ? "out of memory for the program"
                                  : "the program is larger than a .tnpu file may be");
    }
    tnpu_set_u32(w.data + TNPU_HEADER_CRC_AT - 4, (uint32_t)w.size);
    tnpu_set_u32(w.data + TNPU_HEADER_CRC_AT, tnpu_program_file_crc(w.data, w.size));
    *bytes = w.data;
    *size = w.size;
    return 0;
}

int tnpu_program_save(const struct tnpu_program *p, const char *path, struct tnpu_error *e) {
    uint8_t *bytes;
    size_t size;
    if (tnpu_program_bytes(p, &bytes, &size, e)) return -1;
    int rc = tnpu_file_write(path, bytes, size, e);
    free(bytes);
    return rc;
}
