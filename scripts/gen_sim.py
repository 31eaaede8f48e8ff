# SPDX-License-Identifier: Apache-2.0
"""What scripts/gen makes for building and fuzzing: the parameters of each configuration for CMake, and the
coverage bins of each instruction field."""

ENUMERATION = 8  # a field of at most so many values has a bin for each of them


def cmake_configs(spec, note):
    """cmake/tnpu_configs.cmake: names, and the core's parameters as Verilator takes them."""
    o = ["# SPDX-License-Identifier: Apache-2.0", f"# Named configurations, {note}.",
         f"set(TNPU_CONFIGS {' '.join(c['name'] for c in spec['config'])})"]
    for c in spec["config"]:
        rows = c["wmem_kb"] * 1024 // (spec["constants"]["DOT"] * c["lanes"])
        o.append(f"set(TNPU_PARAMETERS_{c['name']} -GLANES={c['lanes']} -GWMEM_ROWS={rows} "
                 f"-GFMEM_BYTES={c['fmem_kb'] * 1024} -GIMEM_DEPTH={c['imem']})")
    return "\n".join(o + [""])


def field_bins(low, high):
    """The bins of a field, as (kind, value): each value of an enumeration, else minimum, middle and maximum."""
    if high - low < ENUMERATION:
        return [("VALUE", v) for v in range(low, high + 1)]
    return [("MIN", low), ("MIDDLE", 0), ("MAX", high)]


def bins_tables(spec, note, bounds):
    """The text of spec/gen/tnpu_bins.h and of spec/gen/tnpu_bins.c."""
    bins = [(f["name"], *b) for f in spec["field"] if f["name"] != "opcode" for b in field_bins(*bounds(f))]
    head = ["// SPDX-License-Identifier: Apache-2.0", f"// Coverage bins of the instruction fields, {note}."]
    h = head + ["// Each is crossed with the opcodes that use the field, and with the tails (tools/fuzz_cover.h).",
                "#ifndef TNPU_BINS_H", "#define TNPU_BINS_H", '#include "tnpu_spec.h"', "",
                f"enum {{ TNPU_NUM_BINS = {len(bins)} }};", "",
                "enum tnpu_bin_kind {", "    TNPU_BIN_VALUE,  // one value of an enumeration", "    TNPU_BIN_MIN,    // the field's smallest value",
                "    TNPU_BIN_MIDDLE, // any value between", "    TNPU_BIN_MAX,    // the field's largest value", "};", "",
                "struct tnpu_bin {", "    enum tnpu_field field;", "    enum tnpu_bin_kind kind;", "    int32_t value; // not of TNPU_BIN_MIDDLE", "};", "",
                "extern const struct tnpu_bin tnpu_bins[TNPU_NUM_BINS];", "", "#endif", ""]
    c = head + ['#include "tnpu_bins.h"', "", "const struct tnpu_bin tnpu_bins[TNPU_NUM_BINS] = {"]
    c += [f"    {{TNPU_F_{name.upper()}, TNPU_BIN_{kind}, {value}}}," for name, kind, value in bins]
    return "\n".join(h), "\n".join(c + ["};", ""])
