// SPDX-License-Identifier: Apache-2.0
// What software must know of an instruction: is it legal, how many rows does it read, how does it
// read in a listing.
#ifndef TNPU_ISA_H
#define TNPU_ISA_H

#include "tnpu_spec.h"

#include <stddef.h>

/// The first error that the sequencer would report for these words on this configuration
/// (docs/ISA.md, section 4), or TNPU_HW_NONE.
enum tnpu_hw_error tnpu_isa_check(const uint32_t words[TNPU_IWORDS],
                                  const struct tnpu_config *config);

/// Rows of weight memory from w_base on that the instruction reads (docs/ISA.md, section 2.7).
int64_t tnpu_isa_rows(const struct tnpu_insn *insn, const struct tnpu_config *config);

/// The first field that its opcode uses and whose value does not fit, or NULL if tnpu_encode keeps
/// all of them.
const struct tnpu_field_info *tnpu_isa_unfit(const struct tnpu_insn *insn, int32_t *value);

/// The first address or pitch that is not a multiple of TNPU_VEC where the configuration needs it
/// to be, or NULL.
const struct tnpu_field_info *tnpu_isa_unaligned(const struct tnpu_insn *insn,
                                                 const struct tnpu_config *config, int32_t *value);

/// The ISA version that the instruction needs, as in a program's header: it sets no field of a
/// later one.
uint32_t tnpu_isa_version(const uint32_t words[TNPU_IWORDS]);

/// The field's value, in the order of enum tnpu_field.
int32_t tnpu_isa_field(const struct tnpu_insn *insn, enum tnpu_field field);

/// One line, without newline: opcode, then `field=value` for each field that is not its default (0,
/// or 1 for counts). Cut at `size` bytes.
void tnpu_isa_print(const struct tnpu_insn *insn, char *text, size_t size);

#endif
