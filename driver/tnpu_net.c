// SPDX-License-Identifier: Apache-2.0
// Reads .tnpu files where they lie. Nothing in them is trusted: every count and place is checked
// before it is used.
#include "tnpu_net.h"

#include "tnpu_bits.h"
#include "tnpu_spec.h"

#include <string.h>

enum {
    HEADER_BYTES = 64,
    COUNT_AT = 48,
    CRC_AT = 56,
    ENTRY_BYTES = 16,
    ALIGN = 16,
    NAME_BYTES = 64,
    INFO_BYTES = 124,
    TENSOR_BYTES = 120, ///< without its scales
    LAYER_BYTES = 388,
    REASON_AT = 64, ///< in a layer's record
    OPERATOR_AT = 192,
    COPY = 12, ///< an operator
    INSN_BYTES = 4 * TNPU_IWORDS,
    DIM_MAX = 4096,
};
#define NO_TENSOR UINT32_MAX
#define TENSOR_SIZE_MAX (UINT32_C(1) << 26)

/// The sections that the driver uses; a file has others besides.
enum section { INFO, TENS, LAYR, IMEM, WMEM, HOST, SECTIONS };
static const char tags[SECTIONS][5] = {"INFO", "TENS", "LAYR", "IMEM", "WMEM", "HOST"};

struct part {
    const uint8_t *at;
    uint32_t size;
};

/// CRC-32 as in zlib, four bits at a time: 64 bytes of table.
static uint32_t crc32(uint32_t crc, const uint8_t *b, size_t n) {
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= b[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static bool is_text(const uint8_t *b, size_t n) {
    return memchr(b, 0, n) != NULL;
}

static int read_header(struct tnpu_net *net) {
    static const uint8_t zero[4];
    const uint8_t *b = net->bytes;
    if (net->size < HEADER_BYTES || memcmp(b, "TNPUPROG", 8)) return TNPU_ERR_PROGRAM;
    if (tnpu_load32(b + 8) != TNPU_NET_FORMAT) return TNPU_ERR_VERSION;
    if (tnpu_load32(b + 52) != net->size) return TNPU_ERR_PROGRAM;
    uint32_t crc = crc32(crc32(0, b, CRC_AT), zero, sizeof zero);
    if (crc32(crc, b + CRC_AT + 4, net->size - CRC_AT - 4) != tnpu_load32(b + CRC_AT))
        return TNPU_ERR_PROGRAM;
    net->isa = tnpu_load32(b + 12);
    if (net->isa >> 16 != TNPU_ISA_MAJOR || (net->isa & 0xffff) > TNPU_ISA_MINOR)
        return TNPU_ERR_VERSION;
    net->config = (const char *)b + 16;
    net->lanes = tnpu_load32(b + 32);
    net->wmem_rows = tnpu_load32(b + 36);
    net->fmem_bytes = tnpu_load32(b + 40);
    net->imem_depth = tnpu_load32(b + 44);
    bool good = is_text(b + 16, 16) && net->lanes >= 1 && net->lanes <= 255;
    return good ? TNPU_OK : TNPU_ERR_PROGRAM;
}

/// Sections follow each other in order, each at the next multiple of 16.
static int read_sections(const struct tnpu_net *net, struct part part[SECTIONS]) {
    uint32_t count = tnpu_load32(net->bytes + COUNT_AT), found = 0;
    if (count > (net->size - HEADER_BYTES) / ENTRY_BYTES) return TNPU_ERR_PROGRAM;
    size_t at = HEADER_BYTES + (size_t)count * ENTRY_BYTES;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = net->bytes + HEADER_BYTES + (size_t)i * ENTRY_BYTES;
        uint32_t offset = tnpu_load32(entry + 4), size = tnpu_load32(entry + 8);
        if (offset % ALIGN || offset < at || offset - at >= ALIGN || offset > net->size ||
            size > net->size - offset)
            return TNPU_ERR_PROGRAM;
        if (found < SECTIONS && !memcmp(entry, tags[found], 4))
            part[found++] = (struct part){net->bytes + offset, size};
        at = (size_t)offset + size;
    }
    return found == SECTIONS && at == net->size ? TNPU_OK : TNPU_ERR_PROGRAM;
}

/// The tensor whose record is at `b`.
static struct tnpu_net_tensor tensor_at(const uint8_t *b) {
    struct tnpu_net_tensor t = {.name = (const char *)b,
                                .height = tnpu_load32(b + 64),
                                .width = tnpu_load32(b + 68),
                                .channels = tnpu_load32(b + 72),
                                .zero_point = (int32_t)tnpu_load32(b + 76),
                                .scales = b + TENSOR_BYTES,
                                .scale_count = tnpu_load32(b + 84),
                                .view_of = (int32_t)tnpu_load32(b + 112),
                                .on_chip = tnpu_load32(b + 88) == 1,
                                .base = tnpu_load32(b + 92),
                                .row_bytes = tnpu_load32(b + 96),
                                .pixel_bytes = tnpu_load32(b + 100)};
    return t;
}

static bool is_dim(uint32_t n) {
    return n >= 1 && n <= DIM_MAX;
}

/// Shape and place of a tensor are such that its bytes lie within the memory that is used.
static bool tensor_is_good(const struct tnpu_net *net, const struct tnpu_net_tensor *t) {
    if (!is_dim(t->height) || !is_dim(t->width) || !is_dim(t->channels)) return false;
    if ((uint64_t)t->height * t->width * t->channels > TENSOR_SIZE_MAX) return false;
    if (t->zero_point < -128 || t->zero_point > 127) return false;
    if (!t->on_chip) return !(t->base | t->row_bytes | t->pixel_bytes);
    uint64_t end = (uint64_t)t->base + (uint64_t)(t->height - 1) * t->row_bytes +
                   (uint64_t)(t->width - 1) * t->pixel_bytes + t->channels;
    return t->pixel_bytes >= t->channels && t->row_bytes >= (uint64_t)t->width * t->pixel_bytes &&
           end <= net->fmem_used;
}

static int check_tensors(const struct tnpu_net *net, struct part part) {
    for (uint32_t i = 0; i < net->tensors; i++) {
        if (part.size < TENSOR_BYTES || !is_text(part.at, NAME_BYTES)) return TNPU_ERR_PROGRAM;
        struct tnpu_net_tensor t = tensor_at(part.at);
        if (t.view_of < -1 || t.view_of >= (int32_t)i || !tensor_is_good(net, &t) ||
            (t.scale_count != 1 && t.scale_count != t.channels) ||
            t.scale_count > (part.size - TENSOR_BYTES) / 4)
            return TNPU_ERR_PROGRAM;
        uint32_t size = TENSOR_BYTES + 4 * t.scale_count;
        part.at += size, part.size -= size;
    }
    return part.size ? TNPU_ERR_PROGRAM : TNPU_OK;
}

/// The NPU's layers hold all instructions but the END, in order; tensors are some that there are.
static int check_layers(const struct tnpu_net *net) {
    uint32_t insn = 0, count = (uint32_t)(net->imem_bytes / INSN_BYTES);
    for (uint32_t i = 0; i < net->layers; i++) {
        const uint8_t *record = net->layer_bytes + (size_t)i * LAYER_BYTES;
        struct tnpu_net_layer l = tnpu_net_layer(net, i);
        if (!is_text(record, NAME_BYTES) || !is_text(record + REASON_AT, OPERATOR_AT - REASON_AT) ||
            (l.input >= net->tensors && l.input != NO_TENSOR) ||
            (l.residual >= net->tensors && l.residual != NO_TENSOR) || l.output >= net->tensors)
            return TNPU_ERR_PROGRAM;
        bool on_npu = i < net->npu_layers;
        if (on_npu != (l.insn_count != 0) || l.insn_count > count - insn) return TNPU_ERR_PROGRAM;
        if (on_npu && l.insn != insn) return TNPU_ERR_PROGRAM;
        insn += l.insn_count;
    }
    return insn + 1 == count ? TNPU_OK : TNPU_ERR_PROGRAM;
}

static int read_info(struct tnpu_net *net, const struct part part[SECTIONS]) {
    const uint8_t *b = part[INFO].at;
    if (part[INFO].size != INFO_BYTES || !is_text(b, NAME_BYTES)) return TNPU_ERR_PROGRAM;
    uint32_t input = tnpu_load32(b + 76), output = tnpu_load32(b + 80);
    net->name = (const char *)b;
    net->input_reserved = tnpu_load32(b + 64) == 1;
    net->tensors = tnpu_load32(b + 84);
    net->layers = tnpu_load32(b + 88);
    net->npu_layers = tnpu_load32(b + 92);
    net->fmem_used = tnpu_load32(b + 104);
    net->tensor_bytes = part[TENS].at;
    net->layer_bytes = part[LAYR].at;
    net->imem = part[IMEM].at, net->imem_bytes = part[IMEM].size;
    net->wmem = part[WMEM].at, net->wmem_bytes = part[WMEM].size;
    net->host = part[HOST].at, net->host_bytes = part[HOST].size;
    uint64_t insns = tnpu_load32(b + 96), rows = tnpu_load32(b + 100);
    bool good = input < net->tensors && output < net->tensors && net->npu_layers >= 1 &&
                net->npu_layers <= net->layers && net->fmem_used <= net->fmem_bytes && insns >= 1 &&
                insns <= net->imem_depth && insns * INSN_BYTES == net->imem_bytes &&
                rows <= net->wmem_rows && rows * net->lanes * TNPU_DOT == net->wmem_bytes &&
                (uint64_t)net->layers * LAYER_BYTES == part[LAYR].size;
    if (!good || check_tensors(net, part[TENS]) || check_layers(net)) return TNPU_ERR_PROGRAM;
    net->input = tnpu_net_tensor(net, input);
    net->output = tnpu_net_tensor(net, output);
    net->input_index = input;
    net->output_index = output;
    net->npu_output = tnpu_net_tensor(net, tnpu_net_layer(net, net->npu_layers - 1).output);
    bool there = net->npu_output.on_chip && (net->input.on_chip || !net->input_reserved);
    return there ? TNPU_OK : TNPU_ERR_PROGRAM;
}

int tnpu_net_parse(struct tnpu_net *net, const void *bytes, size_t size) {
    if (!net) return TNPU_ERR_ARGUMENT;
    *net = (struct tnpu_net){.bytes = bytes, .size = size};
    struct part part[SECTIONS];
    int rc = bytes ? read_header(net) : TNPU_ERR_ARGUMENT;
    if (!rc) rc = read_sections(net, part);
    if (!rc) rc = read_info(net, part);
    if (rc) *net = (struct tnpu_net){0};
    return rc;
}

struct tnpu_net_tensor tnpu_net_tensor(const struct tnpu_net *net, uint32_t i) {
    const uint8_t *b = net->tensor_bytes;
    while (i--) b += TENSOR_BYTES + 4 * tensor_at(b).scale_count;
    return tensor_at(b);
}

struct tnpu_net_layer tnpu_net_layer(const struct tnpu_net *net, uint32_t i) {
    const uint8_t *b = net->layer_bytes + (size_t)i * LAYER_BYTES;
    return (struct tnpu_net_layer){.name = (const char *)b,
                                   .record = b,
                                   .on_host = b[REASON_AT] != 0,
                                   .copies = tnpu_load32(b + OPERATOR_AT) == COPY,
                                   .input = tnpu_load32(b + 204),
                                   .output = tnpu_load32(b + 208),
                                   .residual = tnpu_load32(b + 212),
                                   .insn = tnpu_load32(b + 288),
                                   .insn_count = tnpu_load32(b + 292)};
}

uint32_t tnpu_net_scale_bits(const struct tnpu_net_tensor *t, uint32_t c) {
    return tnpu_load32(t->scales + 4 * (t->scale_count == 1 ? 0 : (size_t)c));
}
