#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges what scripts/synth made: the log and cell counts of Yosys against bounds, the timing report of nextpnr.

    synth_report.py check CONFIG FAMILY FOLDER    one synthesis; fails where it is not clean or out of bounds
    synth_report.py table FOLDER CONFIG...        the table of these configurations, on standard output
    synth_report.py write FOLDER CONFIG...        the same, into docs/SYNTHESIS.md
    synth_report.py timing CONFIG FOLDER          achieved clock and critical path; fails below the least clock
"""
import json, pathlib, re, sys, tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEC = tomllib.loads((ROOT / "spec/tinynpu.toml").read_text())
BOUNDS = tomllib.loads((ROOT / "scripts/synth_bounds.toml").read_text())
DOC = ROOT / "docs/SYNTHESIS.md"
FAMILIES = {"ecp5": "ECP5", "xilinx": "Xilinx 7"}
COLUMNS = {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram": "block RAM", "lutram": "of the LUTs: RAM"}
BEGIN, END = "<!-- made by scripts/synth: begin -->", "<!-- made by scripts/synth: end -->"


def fail(text):
    sys.exit(f"synth: {text}")


def load(path, pick):
    """What pick takes out of a JSON file of Yosys or nextpnr."""
    try:
        return pick(json.loads(path.read_text()))
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except (ValueError, KeyError, TypeError):
        fail(f"{path} is cut short, or not what Yosys or nextpnr writes: is the disk full?")


def config(name):
    for c in SPEC["config"]:
        if c["name"] == name:
            return c
    fail(f"no configuration {name} in spec/tinynpu.toml")


# ---------------------------------------------------------------- cell counts
# What a cell takes: LUTs, flip-flops, multipliers, block RAMs (of 16 KiBit or, Xilinx, 32 KiBit of data), LUTs used as RAM.
# A TRELLIS_DPR16X4 keeps a slice of four LUTs and two of the slice that drives its write port; a CCU2C is a pair of LUTs.
ECP5 = {"LUT4": {"lut": 1}, "CCU2C": {"lut": 2}, "TRELLIS_DPR16X4": {"lut": 6, "lutram": 6}, "TRELLIS_FF": {"ff": 1},
        "MULT18X18D": {"dsp": 1}, "DP16KD": {"bram": 1}}
XILINX = {"RAMB36E1": {"bram": 1}, "RAMB18E1": {"bram": 0.5}, "DSP48E1": {"dsp": 1}, "INV": {"lut": 1},
          "RAM32X1D": {"lut": 2, "lutram": 2}, "RAM64X1D": {"lut": 2, "lutram": 2}, "RAM32M": {"lut": 4, "lutram": 4},
          "RAM64M": {"lut": 4, "lutram": 4}, "RAM128X1D": {"lut": 4, "lutram": 4}, "SRL16E": {"lut": 1}, "SRLC32E": {"lut": 1},
          **{f"LUT{n}": {"lut": 1} for n in range(1, 7)}, **{c: {"ff": 1} for c in ("FDRE", "FDSE", "FDCE", "FDPE")}}
# Of no size of their own: selectors between LUTs of a slice, carry chains beside LUTs, pins
FREE = {"ecp5": {"PFUMX", "L6MUX21"}, "xilinx": {"MUXF7", "MUXF8", "CARRY4", "IBUF", "OBUF", "BUFG"}}


def count(cells, family):
    """LUTs, flip-flops, ... of a dictionary of cell counts; unknown cells are an error."""
    known = ECP5 if family == "ecp5" else XILINX
    total = dict.fromkeys(COLUMNS, 0)
    for cell, n in cells.items():
        if cell in FREE[family]:
            continue
        if cell not in known:
            fail(f"unexpected cell {cell} ({n} of it) in a netlist for {FAMILIES[family]}")
        for what, each in known[cell].items():
            total[what] += n * each
    return total


def resources(folder, name, family):
    return count(load(folder / f"{name}_{family}.stat.json", lambda stat: stat["modules"][f"\\tnpu_{name}"]["num_cells_by_type"]), family)


# ---------------------------------------------------------------- bounds
def least(name, family):
    """What a netlist cannot do without: multipliers, and blocks that hold the memories."""
    c = config(name)
    lanes = c["lanes"]
    # 15 products of a lane (the 16th is made of logic), four of the 32 x 32 bit product, the issue stage's and the checker's
    mult = lanes * (15 + 4) + 2
    bits = 8 * 1024 * (c["wmem_kb"] + c["fmem_kb"]) + 512 * c["imem"]
    return {"dsp": mult, "bram": -(-bits // (16384 if family == "ecp5" else 32768))}


def check_bounds(name, family, total):
    low = least(name, family)
    for what, n in total.items():
        bound = BOUNDS.get(name, {}).get(family, {}).get(what)
        if bound is None:
            fail(f"scripts/synth_bounds.toml has no bounds for {name}, {family}, {what}")
        floor, ceiling = max(bound[0], low.get(what, 0)), bound[1]
        if not floor <= n <= ceiling:
            fail(f"{name}, {FAMILIES[family]}: {n} {COLUMNS[what]}, expected {floor} to {ceiling} (scripts/synth_bounds.toml)")


# ---------------------------------------------------------------- the log
# Short pipelines written as arrays; any other memory that becomes flip-flops is a mistake
SMALL = set(BOUNDS["registers"]["arrays"])
# Yosys' own mapping to Xilinx block RAM leaves the unused halves of wide ports open, and says so
OPEN = re.compile(r"Warning: Resizing cell port \S+\.mem\.\d+\.\d+\.(D[IO]P?[AB]D[IO]P?|ADDR(ARD|BWR)ADDR) from ")
SUSPECT = re.compile(r"^Latch inferred|^Warning:|^ERROR|used but has no driver|multiple conflicting drivers|unresolved|logic loop")


def check_log(log, name, family):
    clean = None
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"Found and reported (\d+) problems", line)
        if found:
            clean = int(found.group(1)) == 0 if clean is None else clean and found.group(1) == "0"
        array = re.match(r"Warning: Replacing memory \\(\w+) with list of registers", line)
        if (array and array.group(1) in SMALL) or (family == "xilinx" and OPEN.match(line)):
            continue
        if SUSPECT.search(line) and not line.startswith("No latch inferred"):
            fail(f"{name}, {FAMILIES[family]}: {line.strip()} ({log})")
    if not clean:
        fail(f"{name}, {FAMILIES[family]}: Yosys' check found problems, or did not run ({log})")


def check(name, family, folder):
    check_log(folder / f"{name}_{family}.log", name, family)
    check_bounds(name, family, resources(folder, name, family))


# ---------------------------------------------------------------- table
def table(folder, names):
    head = ["configuration", "family"] + list(COLUMNS.values())
    rows = []
    for name in names:
        for family, title in FAMILIES.items():
            if family != "ecp5" and not (folder / f"{name}_{family}.stat.json").exists():
                continue  # --pnr synthesises for one family
            total = resources(folder, name, family)
            rows.append([name, title] + [f"{total[k]:,g}" if total[k] % 1 else f"{int(total[k]):,}" for k in COLUMNS])
    rows.append(["LFE5U-85F has", "ECP5", "83,640", "83,640", "156", "208", "62,730"])
    width = [max(len(r[i]) for r in rows + [head]) for i in range(len(head))]
    line = lambda r: "| " + " | ".join(v.ljust(w) if i < 2 else v.rjust(w) for i, (v, w) in enumerate(zip(r, width))) + " |"
    rule = "| " + " | ".join("-" * w if i < 2 else "-" * (w - 1) + ":" for i, w in enumerate(width)) + " |"
    return "\n".join([line(head), rule] + [line(r) for r in rows])


def write(folder, names):
    text = DOC.read_text()
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        fail(f"{DOC.relative_to(ROOT)}: the lines that enclose the table are missing")
    try:
        new = DOC.with_suffix(".new")
        new.write_text(f"{before}{BEGIN}\n{table(folder, names)}\n{END}{after}")
        new.replace(DOC)
    except OSError as error:
        new.unlink(missing_ok=True)
        fail(f"{DOC.relative_to(ROOT)}: {error.strerror}")


# ---------------------------------------------------------------- timing
def unit(cell):
    """Instance path of a netlist cell, without what is inside the unit."""
    parts = re.findall(r"(?:u_core|u_\w+|gen_\w+\[\d+\])(?=[.$])", cell)
    return ".".join(parts[1:] if parts[:1] == ["u_core"] else parts) or "core"


def timing(name, folder):
    clocks, paths = load(folder / f"{name}.timing.json", lambda report: (report["fmax"], report["critical_paths"]))
    if len(clocks) != 1:
        fail(f"{name}: {len(clocks)} clocks in the timing report, expected one")
    achieved = next(iter(clocks.values()))["achieved"]
    least_mhz = BOUNDS["timing"]["least_mhz"]
    paths = [p for p in paths if "async" not in p["from"] and "async" not in p["to"]]
    if not paths or not paths[0]["path"]:
        fail(f"{name}: no path between registers in the timing report")
    print(f"{name} on {BOUNDS['timing']['device']}: {achieved:.1f} MHz (at least {least_mhz} MHz)")
    spent = []  # unit, ns in logic, ns on wires
    for step in paths[0]["path"]:
        where = unit(step["to"]["cell"] if step["type"] == "routing" else step["from"]["cell"])
        if not spent or spent[-1][0] != where:
            spent.append([where, 0.0, 0.0])
        spent[-1][2 if step["type"] == "routing" else 1] += step["delay"]
    first, last = paths[0]["path"][0]["from"], paths[0]["path"][-1]["to"]
    print(f"critical path: from {first['cell']} to {last['cell']}")
    for where, logic, wires in spent:
        print(f"  {where:40} {logic:5.1f} ns logic {wires:5.1f} ns wires")
    if achieved < least_mhz:
        fail(f"{name}: {achieved:.1f} MHz is less than {least_mhz} MHz")


def main():
    verb, *rest = sys.argv[1:] or [""]
    if verb == "check" and len(rest) == 3 and rest[1] in FAMILIES:
        check(rest[0], rest[1], pathlib.Path(rest[2]))
    elif verb == "table" and len(rest) > 1:
        print(table(pathlib.Path(rest[0]), rest[1:]))
    elif verb == "write" and len(rest) > 1:
        write(pathlib.Path(rest[0]), rest[1:])
    elif verb == "timing" and len(rest) == 2:
        timing(rest[0], pathlib.Path(rest[1]))
    else:
        sys.exit(__doc__)


main()
