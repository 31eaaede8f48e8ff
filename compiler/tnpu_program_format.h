// SPDX-License-Identifier: Apache-2.0
// Inside tnpu_program: the layout of a .tnpu file that writer and reader share.
#ifndef TNPU_PROGRAM_FORMAT_H
#define TNPU_PROGRAM_FORMAT_H

#include "tnpu_program.h"

#define TNPU_PROGRAM_MAGIC "TNPUPROG" ///< 8 bytes, without the terminating zero

enum {
    TNPU_HEADER_BYTES = 64,
    TNPU_HEADER_CRC_AT = 56, ///< CRC-32 of the whole file, these four bytes taken as zero
    TNPU_SECTION_BYTES = 16, ///< an entry of the section table
    TNPU_SECTION_ALIGN = 16,
    TNPU_CONFIG_NAME_BYTES = 16,
    TNPU_TENSOR_INTS = 14,
    TNPU_TENSOR_BYTES = TNPU_Q_NAME_MAX + TNPU_TENSOR_INTS * 4, ///< without its scales
    TNPU_LAYER_INTS = 49,
    TNPU_LAYER_BYTES = TNPU_Q_NAME_MAX + TNPU_REASON_MAX + TNPU_LAYER_INTS * 4,
    TNPU_SOURCE_BYTES = TNPU_Q_NAME_MAX + 4 * 4,
    TNPU_INFO_INTS = 15,
    TNPU_INFO_BYTES = TNPU_Q_NAME_MAX + TNPU_INFO_INTS * 4,
};

/// Sections, in the order in which they are in the file. All are there; they may be empty.
enum tnpu_section {
    TNPU_SECTION_INFO,
    TNPU_SECTION_TENSORS,
    TNPU_SECTION_LAYERS,
    TNPU_SECTION_SOURCES,
    TNPU_SECTION_IMEM,
    TNPU_SECTION_WMEM,
    TNPU_SECTION_HOST,
    TNPU_SECTION_FLOAT,
    TNPU_SECTIONS
};

/// The four characters that stand for each section in the file.
extern const char tnpu_section_tag[TNPU_SECTIONS][5];

/// The numbers of a layer's record, in file order.
void tnpu_layer_to_ints(const struct tnpu_qlayer *l, const struct tnpu_program_layer *at,
                        int32_t v[TNPU_LAYER_INTS]);
/// The reverse. Returns 0, or -1 if a number is not one that the struct can hold.
int tnpu_layer_from_ints(struct tnpu_qlayer *l, struct tnpu_program_layer *at,
                         const int32_t v[TNPU_LAYER_INTS]);

/// The part of tnpu_program_check that does not look at host layers' constants: after it, indices,
/// shapes and windows are such that sizes can be computed from them.
int tnpu_program_check_graph(const struct tnpu_program *p, const char *label, struct tnpu_error *e);

/// The ISA version that the latest of its instructions needs, as in the header: an older chip runs
/// the others.
uint32_t tnpu_program_isa(const struct tnpu_program *p);

/// CRC-32 as zlib's.
uint32_t tnpu_program_crc(const uint8_t *bytes, size_t size);

/// The file's CRC: TNPU_HEADER_CRC_AT.
uint32_t tnpu_program_file_crc(const uint8_t *bytes, size_t size);

#endif
