// SPDX-License-Identifier: Apache-2.0
// What writer and reader of .tnpu files share: tags, checksums, a layer's numbers.
#include "tnpu_program_format.h"

#include "tnpu_isa.h"

#include <string.h>
#include <zlib.h>

const char tnpu_section_tag[TNPU_SECTIONS][5] = {"INFO", "TENS", "LAYR", "NETT",
                                                 "IMEM", "WMEM", "HOST", "FLOT"};

/// The int members of struct tnpu_qlayer that a record holds, in order, behind op and the two
/// flags.
static const size_t layer_ints[] = {
    offsetof(struct tnpu_qlayer, input),      offsetof(struct tnpu_qlayer, output),
    offsetof(struct tnpu_qlayer, residual),   offsetof(struct tnpu_qlayer, kernel_h),
    offsetof(struct tnpu_qlayer, kernel_w),   offsetof(struct tnpu_qlayer, stride_h),
    offsetof(struct tnpu_qlayer, stride_w),   offsetof(struct tnpu_qlayer, dilation_h),
    offsetof(struct tnpu_qlayer, dilation_w), offsetof(struct tnpu_qlayer, pad_top),
    offsetof(struct tnpu_qlayer, pad_left),   offsetof(struct tnpu_qlayer, pad_bottom),
    offsetof(struct tnpu_qlayer, pad_right),  offsetof(struct tnpu_qlayer, pool_h),
    offsetof(struct tnpu_qlayer, pool_w),     offsetof(struct tnpu_qlayer, in_zp),
    offsetof(struct tnpu_qlayer, out_zp),     offsetof(struct tnpu_qlayer, res_zp),
    offsetof(struct tnpu_qlayer, act_min),    offsetof(struct tnpu_qlayer, act_max),
    offsetof(struct tnpu_qlayer, n),
};

/// Those that follow the layer's place in the program.
static const size_t more_ints[] = {
    offsetof(struct tnpu_qlayer, add.m1),      offsetof(struct tnpu_qlayer, add.m2),
    offsetof(struct tnpu_qlayer, add.m0),      offsetof(struct tnpu_qlayer, add.s1),
    offsetof(struct tnpu_qlayer, add.s2),      offsetof(struct tnpu_qlayer, add.s0),
    offsetof(struct tnpu_qlayer, add.zp1),     offsetof(struct tnpu_qlayer, add.min1),
    offsetof(struct tnpu_qlayer, add.max1),    offsetof(struct tnpu_qlayer, part.from_y),
    offsetof(struct tnpu_qlayer, part.from_x), offsetof(struct tnpu_qlayer, part.from_c),
    offsetof(struct tnpu_qlayer, part.to_y),   offsetof(struct tnpu_qlayer, part.to_x),
    offsetof(struct tnpu_qlayer, part.to_c),   offsetof(struct tnpu_qlayer, part.step_y),
    offsetof(struct tnpu_qlayer, part.step_x), offsetof(struct tnpu_qlayer, part.h),
    offsetof(struct tnpu_qlayer, part.w),      offsetof(struct tnpu_qlayer, part.c),
};

enum {
    FIRST_INT = 3,
    PLACE = FIRST_INT + sizeof layer_ints / sizeof *layer_ints,
    SUM = PLACE + 4,
    MORE = SUM + 1,
};
_Static_assert(MORE + sizeof more_ints / sizeof *more_ints == TNPU_LAYER_INTS,
               "a layer's record has as many numbers as it says");

void tnpu_layer_to_ints(const struct tnpu_qlayer *l, const struct tnpu_program_layer *at,
                        int32_t v[TNPU_LAYER_INTS]) {
    v[0] = (int32_t)l->op;
    v[1] = l->residual_is_input;
    v[2] = l->relu_first;
    for (int i = FIRST_INT; i < PLACE; i++)
        memcpy(&v[i], (const char *)l + layer_ints[i - FIRST_INT], sizeof(int));
    v[PLACE] = at->insn;
    v[PLACE + 1] = at->insn_count;
    v[PLACE + 2] = at->w_base;
    v[PLACE + 3] = at->w_rows;
    v[SUM] = (int32_t)l->sum;
    for (int i = MORE; i < TNPU_LAYER_INTS; i++)
        memcpy(&v[i], (const char *)l + more_ints[i - MORE], sizeof(int));
}

int tnpu_layer_from_ints(struct tnpu_qlayer *l, struct tnpu_program_layer *at,
                         const int32_t v[TNPU_LAYER_INTS]) {
    if (v[0] < 0 || v[0] >= TNPU_QOPS || v[1] < 0 || v[1] > 1 || v[2] < 0 || v[2] > 1 ||
        v[SUM] < 0 || v[SUM] > TNPU_QSUM_SUB)
        return -1;
    l->op = (enum tnpu_qop)v[0];
    l->residual_is_input = v[1];
    l->relu_first = v[2];
    for (int i = FIRST_INT; i < PLACE; i++)
        memcpy((char *)l + layer_ints[i - FIRST_INT], &v[i], sizeof(int));
    at->insn = v[PLACE];
    at->insn_count = v[PLACE + 1];
    at->w_base = v[PLACE + 2];
    at->w_rows = v[PLACE + 3];
    l->sum = (enum tnpu_qsum)v[SUM];
    for (int i = MORE; i < TNPU_LAYER_INTS; i++)
        memcpy((char *)l + more_ints[i - MORE], &v[i], sizeof(int));
    return 0;
}

uint32_t tnpu_program_isa(const struct tnpu_program *p) {
    uint32_t latest = (uint32_t)TNPU_ISA_MAJOR << 16;
    for (int i = 0; i < p->insn_count; i++) {
        uint32_t version = tnpu_isa_version(p->insns + (size_t)i * TNPU_IWORDS);
        latest = version > latest ? version : latest;
    }
    return latest;
}

uint32_t tnpu_program_crc(const uint8_t *bytes, size_t size) {
    return (uint32_t)crc32_z(0, bytes, size);
}

uint32_t tnpu_program_file_crc(const uint8_t *bytes, size_t size) {
    static const uint8_t zero[4] = {0};
    size_t rest = TNPU_HEADER_CRC_AT + sizeof zero;
    unsigned long crc = crc32_z(0, bytes, TNPU_HEADER_CRC_AT);
    crc = crc32_z(crc, zero, sizeof zero);
    return (uint32_t)crc32_z(crc, bytes + rest, size - rest);
}
