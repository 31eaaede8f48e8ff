// SPDX-License-Identifier: Apache-2.0
// Reads .tnpu files. Nothing in them is trusted; tnpu_program_check judges the meaning.
#include "tnpu_bytes.h"
#include "tnpu_file.h"
#include "tnpu_program_format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// What reading needs at every step.
struct load {
    struct tnpu_program *p;
    const char *label;
    struct tnpu_error *e;
    uint32_t isa; ///< the header's
    struct tnpu_reader section[TNPU_SECTIONS];
};

static int damaged(const struct load *f, enum tnpu_section s) {
    return tnpu_fail(f->e, "%s: section %s is not as it should be; compile the program again",
                     f->label, tnpu_section_tag[s]);
}

static int no_memory(const struct load *f) {
    return tnpu_fail(f->e, "%s: out of memory for the program", f->label);
}

static int read_config(struct load *f, struct tnpu_reader *r) {
    char name[TNPU_CONFIG_NAME_BYTES];
    tnpu_take_text(r, name, sizeof name);
    uint32_t lanes = tnpu_take_u32(r), wmem = tnpu_take_u32(r), fmem = tnpu_take_u32(r),
             imem = tnpu_take_u32(r);
    if (r->failed || !name[0])
        return tnpu_fail(f->e, "%s: its header names no configuration; compile the program again",
                         f->label);
    const struct tnpu_config *c = tnpu_config_find(name);
    if (!c)
        return tnpu_fail(f->e, "%s: is for configuration \"%s\", which is not known here", f->label,
                         name);
    if (lanes != (uint32_t)c->lanes || wmem != (uint32_t)c->wmem_rows ||
        fmem != (uint32_t)c->fmem_bytes || imem != (uint32_t)c->imem_depth)
        return tnpu_fail(f->e, "%s: is for another %s than the one known here; compile it again",
                         f->label, name);
    f->p->config = c;
    return 0;
}

/// Header, checksum and versions. Leaves *r at the section table.
static int read_header(struct load *f, struct tnpu_reader *r, const uint8_t *bytes, size_t size) {
    const uint8_t *magic = tnpu_take(r, 8);
    if (!magic || memcmp(magic, TNPU_PROGRAM_MAGIC, 8) != 0)
        return tnpu_fail(f->e, "%s: is not a TinyNPU program; `tnpu compile` makes one", f->label);
    uint32_t version = tnpu_take_u32(r), isa = tnpu_take_u32(r);
    if (r->failed || size < TNPU_HEADER_BYTES)
        return tnpu_fail(f->e, "%s: is cut within its header", f->label);
    if (version != TNPU_FORMAT_VERSION)
        return tnpu_fail(f->e, "%s: has format version %u, this tool reads %d; %s", f->label,
                         (unsigned)version, TNPU_FORMAT_VERSION,
                         version > TNPU_FORMAT_VERSION ? "use a newer tool" : "compile it again");
    uint32_t said = tnpu_get_u32(bytes + TNPU_HEADER_CRC_AT - 4);
    if (said != size)
        return tnpu_fail(f->e, "%s: has %zu bytes, its header says %u; is it cut?", f->label, size,
                         (unsigned)said);
    if (tnpu_get_u32(bytes + TNPU_HEADER_CRC_AT) != tnpu_program_file_crc(bytes, size))
        return tnpu_fail(f->e, "%s: its checksum is wrong; the file is damaged", f->label);
    if (isa >> 16 != TNPU_ISA_MAJOR || (isa & 0xffff) > TNPU_ISA_MINOR)
        return tnpu_fail(f->e, "%s: needs ISA %u.%u, this tool knows %d.%d; %s", f->label,
                         (unsigned)(isa >> 16), (unsigned)(isa & 0xffff), TNPU_ISA_MAJOR,
                         TNPU_ISA_MINOR,
                         isa >> 16 < TNPU_ISA_MAJOR ? "compile it again" : "use a newer tool");
    f->isa = isa;
    if (read_config(f, r)) return -1;
    uint32_t sections = tnpu_take_u32(r);
    tnpu_take(r, 8); // size and checksum, seen above
    if (tnpu_take_u32(r) != 0 || sections != TNPU_SECTIONS)
        return tnpu_fail(f->e, "%s: its header has fields that are not known here", f->label);
    return 0;
}

/// Sections follow each other in order, each at the next multiple of 16, zeros between.
static int read_sections(struct load *f, struct tnpu_reader *r, const uint8_t *bytes, size_t size) {
    size_t at = TNPU_HEADER_BYTES + (size_t)TNPU_SECTIONS * TNPU_SECTION_BYTES;
    for (int s = 0; s < TNPU_SECTIONS; s++) {
        const uint8_t *tag = tnpu_take(r, 4);
        uint32_t offset = tnpu_take_u32(r), n = tnpu_take_u32(r), crc = tnpu_take_u32(r);
        if (r->failed || memcmp(tag, tnpu_section_tag[s], 4) != 0 || offset % TNPU_SECTION_ALIGN ||
            offset < at || offset - at >= TNPU_SECTION_ALIGN || offset > size || n > size - offset)
            return tnpu_fail(f->e, "%s: its section table is not as it should be", f->label);
        for (; at < offset; at++)
            if (bytes[at]) return damaged(f, (enum tnpu_section)s);
        if (crc != tnpu_program_crc(bytes + offset, n))
            return tnpu_fail(f->e, "%s: the checksum of section %s is wrong; the file is damaged",
                             f->label, tnpu_section_tag[s]);
        f->section[s] = (struct tnpu_reader){.at = bytes + offset, .left = n};
        at = (size_t)offset + n;
    }
    return at == size ? 0 : tnpu_fail(f->e, "%s: has bytes behind its last section", f->label);
}

/// A count of records that the section can hold, or -1.
static int count_of(uint32_t n, size_t left, size_t record) {
    return n > left / record ? -1 : (int)n;
}

static int read_info(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *r = &f->section[TNPU_SECTION_INFO];
    if (r->left != TNPU_INFO_BYTES) return damaged(f, TNPU_SECTION_INFO);
    tnpu_take_text(r, p->graph.arch, sizeof p->graph.arch);
    uint32_t reserved = tnpu_take_u32(r), v[TNPU_INFO_INTS - 3];
    p->graph.pixels.low = tnpu_take_f32(r);
    p->graph.pixels.high = tnpu_take_f32(r);
    for (int i = 0; i < TNPU_INFO_INTS - 3; i++) v[i] = tnpu_take_u32(r);
    p->plan.input_reserved = reserved == 1;
    p->graph.input = (int)v[0];
    p->graph.output = (int)v[1];
    p->graph.tensor_count = p->plan.count =
        count_of(v[2], f->section[TNPU_SECTION_TENSORS].left, TNPU_TENSOR_BYTES);
    p->graph.layer_count = count_of(v[3], f->section[TNPU_SECTION_LAYERS].left, TNPU_LAYER_BYTES);
    p->npu_layers = (int)v[4];
    size_t insn = TNPU_IWORDS * sizeof(uint32_t), row = (size_t)p->config->lanes * TNPU_DOT;
    p->insn_count = count_of(v[5], f->section[TNPU_SECTION_IMEM].left, insn);
    p->wmem_rows = count_of(v[6], f->section[TNPU_SECTION_WMEM].left, row);
    p->plan.peak = v[7];
    p->plan.bound = v[8];
    p->plan.bound_layer = (int)v[9];
    bool kinds = isfinite(p->graph.pixels.high - p->graph.pixels.low) && v[10] < TNPU_EDGES &&
                 v[11] < TNPU_EDGES;
    if (r->failed || !kinds) return damaged(f, TNPU_SECTION_INFO);
    p->graph.input_edge = (enum tnpu_edge)v[10];
    p->graph.output_edge = (enum tnpu_edge)v[11];
    bool good =
        reserved <= 1 && p->graph.tensor_count >= 1 && p->graph.layer_count >= 1 &&
        p->insn_count >= 1 && p->wmem_rows >= 0 &&
        f->section[TNPU_SECTION_LAYERS].left == (size_t)p->graph.layer_count * TNPU_LAYER_BYTES &&
        f->section[TNPU_SECTION_IMEM].left == (size_t)p->insn_count * insn &&
        f->section[TNPU_SECTION_WMEM].left == (size_t)p->wmem_rows * row;
    return good ? 0 : damaged(f, TNPU_SECTION_INFO);
}

static int read_tensors(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *r = &f->section[TNPU_SECTION_TENSORS];
    p->graph.tensors = calloc((size_t)p->graph.tensor_count, sizeof *p->graph.tensors);
    p->plan.place = calloc((size_t)p->graph.tensor_count, sizeof *p->plan.place);
    if (!p->graph.tensors || !p->plan.place) return no_memory(f);
    for (int i = 0; i < p->graph.tensor_count; i++) {
        struct tnpu_qtensor *t = &p->graph.tensors[i];
        struct tnpu_place *at = &p->plan.place[i];
        tnpu_take_text(r, t->name, sizeof t->name);
        uint32_t v[TNPU_TENSOR_INTS];
        for (int n = 0; n < TNPU_TENSOR_INTS; n++) v[n] = tnpu_take_u32(r);
        int scales = count_of(v[5], r->left, sizeof(float));
        if (r->failed || scales < 1 || v[6] > 1) return damaged(f, TNPU_SECTION_TENSORS);
        t->h = (int)v[0];
        t->w = (int)v[1];
        t->c = (int)v[2];
        t->zero_point = (int)v[3];
        t->float_tensor = (int)v[4];
        t->scale_count = scales;
        *at = (struct tnpu_place){.used = v[6] == 1,
                                  .base = v[7],
                                  .row = v[8],
                                  .pix = v[9],
                                  .first = (int)v[10],
                                  .last = (int)v[11]};
        if ((int)v[12] < -1 || (int)v[12] >= i || v[13] > 1)
            return damaged(f, TNPU_SECTION_TENSORS);
        t->view_of = (int)v[12] + 1;
        t->dense = v[13] == 1;
        t->scale = malloc((size_t)scales * sizeof *t->scale);
        if (!t->scale) return no_memory(f);
        for (int c = 0; c < scales; c++) t->scale[c] = tnpu_take_f32(r);
    }
    return r->failed || r->left ? damaged(f, TNPU_SECTION_TENSORS) : 0;
}

static int read_layers(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *r = &f->section[TNPU_SECTION_LAYERS];
    p->graph.layers = calloc((size_t)p->graph.layer_count, sizeof *p->graph.layers);
    p->layers = calloc((size_t)p->graph.layer_count, sizeof *p->layers);
    if (!p->graph.layers || !p->layers) return no_memory(f);
    for (int i = 0; i < p->graph.layer_count; i++) {
        tnpu_take_text(r, p->graph.layers[i].name, sizeof p->graph.layers[i].name);
        tnpu_take_text(r, p->layers[i].reason, sizeof p->layers[i].reason);
        int32_t v[TNPU_LAYER_INTS];
        for (int n = 0; n < TNPU_LAYER_INTS; n++) v[n] = (int32_t)tnpu_take_u32(r);
        if (r->failed || tnpu_layer_from_ints(&p->graph.layers[i], &p->layers[i], v))
            return damaged(f, TNPU_SECTION_LAYERS);
    }
    return 0;
}

/// Tensors of the network's file. When each is complete follows from the layers.
static int read_sources(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *r = &f->section[TNPU_SECTION_SOURCES];
    p->graph.source_count = (int)(r->left / TNPU_SOURCE_BYTES);
    p->graph.sources = calloc((size_t)p->graph.source_count + 1, sizeof *p->graph.sources);
    if (!p->graph.sources) return no_memory(f);
    for (int i = 0; i < p->graph.source_count; i++) {
        struct tnpu_qsource *s = &p->graph.sources[i];
        tnpu_take_text(r, s->name, sizeof s->name);
        s->index = (int)tnpu_take_u32(r);
        s->tensor = (int)tnpu_take_u32(r);
        int ready = (int)tnpu_take_u32(r), until = (int)tnpu_take_u32(r);
        if (r->failed || s->index < 0 || s->tensor < 0 || s->tensor >= p->graph.tensor_count ||
            ready != tnpu_program_ready(p, s->tensor) || until != tnpu_program_until(p, s->tensor))
            return damaged(f, TNPU_SECTION_SOURCES);
    }
    return r->left ? damaged(f, TNPU_SECTION_SOURCES) : 0;
}

static int read_images(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *imem = &f->section[TNPU_SECTION_IMEM];
    struct tnpu_reader *wmem = &f->section[TNPU_SECTION_WMEM];
    struct tnpu_reader *net = &f->section[TNPU_SECTION_FLOAT];
    p->insns = malloc(imem->left);
    p->wmem = malloc(wmem->left + 1);
    p->float_net = net->left ? malloc(net->left) : NULL;
    if (!p->insns || !p->wmem || (net->left && !p->float_net)) return no_memory(f);
    for (size_t i = 0; i < (size_t)p->insn_count * TNPU_IWORDS; i++)
        p->insns[i] = tnpu_take_u32(imem);
    memcpy(p->wmem, wmem->at, wmem->left);
    p->float_size = net->left;
    if (net->left) memcpy(p->float_net, net->at, net->left);
    return 0;
}

static int32_t *take_ints(struct tnpu_reader *r, int n) {
    int32_t *v = (size_t)n > r->left / 4 ? NULL : malloc((size_t)n * sizeof *v);
    for (int i = 0; v && i < n; i++) v[i] = (int32_t)tnpu_take_u32(r);
    return v;
}

static int8_t *take_bytes(struct tnpu_reader *r, int64_t n) {
    const uint8_t *from = n < 1 || (uint64_t)n > r->left ? NULL : tnpu_take(r, (size_t)n);
    int8_t *v = from ? malloc((size_t)n) : NULL;
    if (v) memcpy(v, from, (size_t)n);
    return v;
}

/// Factors of a wide residual. Returns 0, or -1 if they are not there or not int16.
static int take_k(struct tnpu_reader *r, struct tnpu_qlayer *l, int n) {
    l->k = (size_t)n > r->left / 4 ? NULL : malloc((size_t)n * sizeof *l->k);
    for (int i = 0; l->k && i < n; i++) {
        int32_t k = (int32_t)tnpu_take_u32(r);
        if (k < INT16_MIN || k > INT16_MAX) return -1;
        l->k[i] = (int16_t)k;
    }
    return l->k ? 0 : -1;
}

/// Constants of the host layers. What the graph says has been checked by now.
static int read_host(struct load *f) {
    struct tnpu_program *p = f->p;
    struct tnpu_reader *r = &f->section[TNPU_SECTION_HOST];
    for (int i = 0; i < p->graph.layer_count; i++) {
        struct tnpu_qlayer *l = &p->graph.layers[i];
        if (!tnpu_program_is_host(p, i)) continue;
        int params = tnpu_qlayer_param_count(&p->graph, l);
        int64_t weights = tnpu_qlayer_weight_count(&p->graph, l);
        if (params) {
            l->bias = take_ints(r, params);
            l->post_bias = take_ints(r, params);
            l->mult = take_ints(r, params);
            l->shift = take_bytes(r, params);
            if (!l->bias || !l->post_bias || !l->mult || !l->shift)
                return damaged(f, TNPU_SECTION_HOST);
        }
        if (weights && !(l->weights = take_bytes(r, weights))) return damaged(f, TNPU_SECTION_HOST);
        if (tnpu_qlayer_is_wide(l) && take_k(r, l, params)) return damaged(f, TNPU_SECTION_HOST);
    }
    return r->failed || r->left ? damaged(f, TNPU_SECTION_HOST) : 0;
}

/// The header says what the instructions need: no less, which a chip would find out too late.
static int check_isa(const struct load *f) {
    uint32_t isa = tnpu_program_isa(f->p);
    if (f->isa == isa) return 0;
    return tnpu_fail(f->e, "%s: says that it needs ISA %u.%u, its instructions need %u.%u",
                     f->label, (unsigned)(f->isa >> 16), (unsigned)(f->isa & 0xffff),
                     (unsigned)(isa >> 16), (unsigned)(isa & 0xffff));
}

int tnpu_program_parse(struct tnpu_program *p, const char *label, const uint8_t *bytes, size_t size,
                       struct tnpu_error *e) {
    *p = (struct tnpu_program){0};
    struct load f = {.p = p, .label = label, .e = e};
    struct tnpu_reader r = {.at = bytes, .left = size};
    int rc = read_header(&f, &r, bytes, size) || read_sections(&f, &r, bytes, size) ||
             read_info(&f) || read_tensors(&f) || read_layers(&f) || read_images(&f) ||
             tnpu_program_check_graph(p, label, e) || read_sources(&f) || read_host(&f) ||
             tnpu_program_check(p, label, e) || check_isa(&f);
    if (rc) tnpu_program_free(p);
    return rc ? -1 : 0;
}

int tnpu_program_load(struct tnpu_program *p, const char *path, struct tnpu_error *e) {
    *p = (struct tnpu_program){0};
    uint8_t *bytes;
    size_t size;
    if (tnpu_file_read(path, TNPU_PROGRAM_FILE_MAX, &bytes, &size, e)) return -1;
    int rc = tnpu_program_parse(p, path, bytes, size, e);
    free(bytes);
    return rc;
}
