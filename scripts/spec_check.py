# SPDX-License-Identifier: Apache-2.0
"""What scripts/gen demands of spec/tinynpu.toml before it makes anything of it."""
import re

KEYS = {  # what each table must have
    "isa": "major minor id words", "map": "bits regs imem fmem wmem", "constants": "", "cycles": "", "link": "", "sdio": "", "link_code": "",
    "config": "name lanes wmem_kb fmem_kb imem", "link_flag": "name lsb doc", "error": "name text", "reg": "name offset access doc",
    "field": "name word lsb width enc doc", "opcode": "name code fields doc", "values": "name width doc values"}
TEXTS = "name", "doc", "text", "access", "enc"  # all other keys are numbers, but for two lists of names
IMEM_MAX = 4096   # instructions that the C model takes (cmodel/tnpu_model.h)
CONFIGS_MAX = 32  # the compiler has a bit of an `unsigned` for each
FIELDS_MAX = 64   # struct tnpu_opcode_info likewise


class Wrong(ValueError):
    """One line: what is wrong, and what to do."""


def demand(good, what):
    if not good:
        raise Wrong(what)


def once(what, values):
    values = list(values)
    for v in values:
        demand(values.count(v) == 1, f"{what} {v} is there twice: give each its own")


def apart(where, fields):
    """No bit belongs to two fields: (name, lsb, width)."""
    for i, (a, at, n) in enumerate(fields):
        for b, bt, m in fields[:i]:
            demand(at >= bt + m or bt >= at + n, f"{where}: fields {b} and {a} overlap: move one")


def has(where, table, keys):
    for key in keys.split():
        kind, what = (str, "a text") if key in TEXTS else (list, "a list") if key in ("fields", "values") else (int, "a number")
        demand(type(table.get(key)) is kind, f"{where} needs {key} = {what}")
        if key == "name":
            demand(re.fullmatch(r"[A-Za-z]\w*", table[key], re.ASCII), f"{where}: a name is letters, digits and _")
        elif kind is str:  # goes into strings of C and tables of Markdown
            demand(not re.search(r'["\\|\n]', table[key]), f"{where}: leave \", \\, | and line ends out of {key}")


def tables(spec):
    for name, keys in KEYS.items():
        found = spec.get(name)
        if not keys.startswith("name"):
            demand(found and type(found) is dict, f"there is no [{name}]: add it")
            has(f"[{name}]", found, f"{keys} {' '.join(found)}")
            continue
        demand(found and type(found) is list, f"there is no [[{name}]]: add one")
        for i, t in enumerate(found):
            has(f"{name} {t.get('name', i + 1)}", t, keys)
        capitals = [t["name"].upper() for t in found]  # as constants have them
        for t in found:
            demand(capitals.count(t["name"].upper()) == 1, f"two of [[{name}]] are named {t['name']}: rename one")


def configs(spec):
    m = spec["map"]
    regions = [m["regs"], m["imem"], m["fmem"], m["wmem"], 1 << m["bits"]]
    demand(regions == sorted(set(regions)), "[map]: regs, imem, fmem and wmem must follow each other, all below 2^bits")
    room = {"imem": min(IMEM_MAX, (m["fmem"] - m["imem"]) // (4 * spec["isa"]["words"])),
            "fmem_kb": (m["wmem"] - m["fmem"]) // 1024, "wmem_kb": (regions[4] - m["wmem"]) // 1024}
    demand(len(spec["config"]) <= CONFIGS_MAX, f"{len(spec['config'])} configurations: at most {CONFIGS_MAX} can be")
    for c in spec["config"]:
        where = f"config {c['name']}"
        # its modules stand beside tnpu_pkg, tnpu_core, tnpu_top_*; a program has 16 bytes for the name
        demand(re.fullmatch(r"t[0-9][a-z0-9_]{,13}", c["name"]), f"{where}: its name must be t, a digit, and up to 13 small letters, digits and _")
        demand(c["lanes"] in (4, 8, 16, 32), f"{where}: lanes = {c['lanes']}: can be 4, 8, 16 or 32")
        for key, most in room.items():
            least = 2 if key == "imem" else 1  # the RTL wants an address of one bit at least
            demand(least <= c[key] <= most, f"{where}: {key} = {c[key]}: can be {least} to {most}")


def registers(spec):
    once("register offset", (f"0x{r['offset']:02X}" for r in spec["reg"]))
    for r in spec["reg"]:
        where, fields = f"reg {r['name']}", r.get("fields", [])
        demand(r["offset"] in range(0, 256, 4), f"{where}: offset = {r['offset']}: must be a multiple of 4 below 256")
        for i, f in enumerate(fields):
            has(f"{where}, field {i + 1}", f, "name lsb width doc")
            demand(f["lsb"] >= 0 and f["width"] >= 1 and f["lsb"] + f["width"] <= 32, f"{where}, field {f['name']}: must be within bits 0 to 31")
        once(f"{where}: field", (f["name"] for f in fields))
        apart(where, [(f["name"], f["lsb"], f["width"]) for f in fields])


def instructions(spec):
    words, place = spec["isa"]["words"], {}
    demand(words == 16, f"[isa]: words = {words}: the RTL fetches 16")
    demand(len(spec["field"]) <= FIELDS_MAX, f"{len(spec['field'])} instruction fields: at most {FIELDS_MAX} can be")
    for f in spec["field"]:
        where, w = f"field {f['name']}", f["width"]
        demand(f["word"] in range(words) and f["lsb"] >= 0 and 1 <= w <= 31 and f["lsb"] + w <= 32,
               f"{where}: must be 1 to 31 bits within bits 0 to 31 of a word 0 to {words - 1}")
        demand(f["enc"] in ("u", "m1", "s"), f"{where}: enc = \"{f['enc']}\": can be u, m1 or s")
        demand("max" not in f or f["enc"] == "u" and f["max"] in range(1, 1 << w), f"{where}: max goes with enc u and can be 1 to {(1 << w) - 1}")
        place[f["name"]] = f["name"], 32 * f["word"] + f["lsb"], w
    demand(place.get("opcode") == ("opcode", 0, 8), "field opcode: must be the lowest 8 bits of word 0")
    apart("instruction", [place[f["name"]] for f in spec["field"] if not f.get("overlay")])
    once("opcode", (f"0x{op['code']:02X}" for op in spec["opcode"]))
    for op in spec["opcode"]:
        where = f"opcode {op['name']}"
        demand(op["code"] in range(256), f"{where}: code = {op['code']}: can be 0 to 255")
        for name in op["fields"]:
            demand(name in place, f"{where}: there is no field {name}: add it, or leave it out here")
        used = ["opcode"] + op["fields"]
        once(f"{where}: field", used)
        apart(where, [place[name] for name in used])


def check(spec):
    """Raises Wrong at the first thing that is."""
    tables(spec)
    configs(spec)
    registers(spec)
    instructions(spec)
    for name in ("sdio", "link_code"):
        once(f"[{name}]: value", spec[name].values())
    for v in spec["values"]:
        where = f"values {v['name']}"
        once(where, v["values"])
        demand(1 <= len(v["values"]) <= 1 << v["width"] <= 256, f"{where}: {len(v['values'])} names: width = {v['width']} holds {1 << v['width']}")
    once("link_flag: lsb", (f["lsb"] for f in spec["link_flag"]))
