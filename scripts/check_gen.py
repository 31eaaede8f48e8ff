#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that scripts/gen refuses a wrong spec/tinynpu.toml in one line and writes nothing, makes a new
configuration, and removes the files of one that is gone. In a temporary copy; takes a few seconds."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPEC = (ROOT / "spec/tinynpu.toml").read_text()
T64 = 'name = "t64"\nlanes = 4\nwmem_kb = 64\nfmem_kb = 64\nimem = 64\n'
T96 = '[[config]]\nname = "t96"\nlanes = 8\nwmem_kb = 6144\nfmem_kb = 1024\nimem = 4096\n'
LEAST = '[[config]]\nname = "t1"\nlanes = 32\nwmem_kb = 1\nfmem_kb = 1\nimem = 2\n'

WRONG = [  # what stands in the spec, what stands there instead, what is said of it
    (T64, T64.replace("lanes = 4", "lanes = 5"), "config t64: lanes = 5: can be 4, 8, 16 or 32"),
    (T64, T64.replace("lanes = 4\n", ""), "config t64 needs lanes = a number"),
    (T64, T64.replace("lanes = 4", 'lanes = "4"'), "config t64 needs lanes = a number"),
    (T64, T64.replace("fmem_kb = 64", "fmem_kb = 2048"), "fmem_kb = 2048: can be 1 to 1024"),
    (T64, T64.replace("wmem_kb = 64", "wmem_kb = 0"), "wmem_kb = 0: can be 1 to 6144"),
    (T64, T64.replace("wmem_kb = 64", "wmem_kb = 6145"), "wmem_kb = 6145: can be 1 to 6144"),
    (T64, T64.replace("\nimem = 64", "\nimem = 100000"), "imem = 100000: can be 2 to 4096"),
    (T64, T64.replace("\nimem = 64", "\nimem = 1"), "imem = 1: can be 2 to 4096"),
    (T64, T64.replace("t64", "t128"), "two of [[config]] are named t128"),
    (T64, T64.replace("t64", "core"), "config core: its name must be"),
    (T64, T64.replace("t64", "t64 "), "a name is letters, digits and _"),
    (T64, T64 + "".join(f"[[config]]\n{T64.replace('t64', f't6{i}')}" for i in range(50, 80)), "34 configurations: at most 32"),
    ("wmem = 0x200000", "wmem = 0x100000", "[map]: regs, imem, fmem and wmem must follow"),
    ("wmem = 0x200000\n", "", "[map] needs wmem = a number"),
    ("bits = 23", "bits = ", "(at line "),
    ("[cycles]", "[cycle]", "there is no [cycles]"),
    ("FETCH = 32", 'FETCH = "32"', "[cycles] needs FETCH = a number"),
    ("FLAGS = 0x10001", "FLAGS = 0x10000", "[sdio]: value 65536 is there twice"),
    ("CRC = 0x5A", "CRC = 0xA5", "[link_code]: value 165 is there twice"),
    ('name = "PENDING"\nlsb = 1', 'name = "PENDING"\nlsb = 0', "link_flag: lsb 0 is there twice"),
    ('[[error]]\nname = "OPCODE"', '[[error]]\nname = "BUSY"', "two of [[error]] are named BUSY"),
    ('text = "illegal opcode"', "text = 'illegal \"opcode\"'", "error OPCODE: leave "),
    ("offset = 0x1C", "offset = 0x18", "register offset 0x18 is there twice"),
    ("offset = 0x1C", "offset = 0x1D", "reg ERROR: offset = 29: must be a multiple of 4"),
    ('[[reg]]\nname = "IRQ"', '[[reg]]\nname = "ARG"', "two of [[reg]] are named ARG"),
    ('name = "MAJOR", lsb = 16', 'name = "MAJOR", lsb = 15', "reg VERSION: fields MINOR and MAJOR overlap"),
    ('name = "MAJOR", lsb = 16', 'name = "MAJOR", lsb = 17', "reg VERSION, field MAJOR: must be within bits 0 to 31"),
    ('name = "DOT", lsb', 'name = "LANES", lsb', "reg CAP: field LANES is there twice"),
    ('name = "requant"\nword = 0\nlsb = 9', 'name = "requant"\nword = 0\nlsb = 8', "fields relu_first and requant overlap"),
    ("overlay = true", "", "instruction: fields in_base and arg overlap"),
    ('fields = ["arg"]\ndoc = "interrupt', 'fields = ["arg", "in_base"]\ndoc = "interrupt', "opcode EVENT: fields arg and in_base overlap"),
    ('fields = ["arg"]\ndoc = "interrupt', 'fields = ["args"]\ndoc = "interrupt', "opcode EVENT: there is no field args"),
    ('fields = ["arg"]\ndoc = "interrupt', 'fields = ["arg", "arg"]\ndoc = "interrupt', "opcode EVENT: field arg is there twice"),
    ('name = "wide_n"\nword = 13\nlsb = 0', 'name = "wide_n"\nword = 13\nlsb = 28', "field wide_n: must be 1 to 31 bits within"),
    ('name = "wide_n"\nword = 13', 'name = "wide_n"\nword = 16', "field wide_n: must be 1 to 31 bits within"),
    ('name = "opcode"\nword = 0\nlsb = 0\nwidth = 8', 'name = "opcode"\nword = 15\nlsb = 0\nwidth = 8', "field opcode: must be the lowest 8 bits"),
    ('name = "kh"', 'name = "kw"', "two of [[field]] are named kw"),
    ('doc = "output rows (after pooling)"', 'doc = "output rows"\nmax = 9', "field out_h: max goes with enc u"),
    ("max = 2\n", "max = 4\n", "field requant: max goes with enc u and can be 1 to 3"),
    ('[[opcode]]\nname = "WAIT"\ncode = 0x03', '[[opcode]]\nname = "WAIT"\ncode = 0x02', "opcode 0x02 is there twice"),
    ('[[opcode]]\nname = "WAIT"\ncode = 0x03', '[[opcode]]\nname = "WAIT"\ncode = 0x103', "opcode WAIT: code = 259"),
    ('[[opcode]]\nname = "WAIT"', '[[opcode]]\nname = "EVENT"', "two of [[opcode]] are named EVENT"),
]


def expect(good, what):
    if not good:
        sys.exit(f"check_gen: {what}")


def gen(top, spec, *options):
    """Status, output and what was said of scripts/gen on that spec."""
    (top / "spec/tinynpu.toml").write_text(spec)
    done = subprocess.run([top / "scripts/gen", *options], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def files(top):
    return {p: p.read_text() for p in top.rglob("*") if p.is_file() and p.name != "tinynpu.toml"}


def refused(top):
    bare = files(top)
    for old, new, says in WRONG:
        expect(SPEC.count(old) == 1, f"is not in the spec once: {old}")
        status, out, err = gen(top, SPEC.replace(old, new))
        first = err.startswith("gen: spec/tinynpu.toml: ") and err.count("\n") == 1
        expect(status == 1 and not out and first and says in err, f"not refused with \"{says}\" ({status}): {new}\n{out}{err}")
        expect(files(top) == bare, f"wrote something: {new}")


def configurations(top):
    t96, t96_top = top / "rtl/gen/tnpu_t96.sv", top / "rtl/gen/tnpu_top_t96.sv"
    more = SPEC.replace("[[config]]", T96 + LEAST + "[[config]]", 1)
    expect(gen(top, SPEC) == (0, "", ""), "the spec as it is makes no files")
    made = files(top)
    names = gen(top, SPEC, "--configs")[1].split()
    expect(gen(top, more, "--check")[0] == 1 and files(top) == made, "--check did not see a new configuration, or wrote")
    expect(gen(top, more) == (0, "", "") and t96.exists() and t96_top.exists(), "no files of a new configuration")
    expect(gen(top, more, "--configs")[1].split() == ["t96", "t1"] + names, "--configs does not name the new ones")
    expect(gen(top, more, "--check") == (0, "", ""), "--check right after")

    status, _, err = gen(top, SPEC, "--check")
    expect(status == 1 and "rtl/gen/tnpu_t96.sv: nothing makes it any more" in err and t96.exists(), f"--check on files of a configuration that is gone: {err}")
    expect(gen(top, SPEC) == (0, "", "") and files(top) == made, "files of a configuration that is gone were not removed")

    own = top / "rtl/gen/notes.sv"
    own.write_text("// of somebody\n")
    for options in (), ("--check",):
        status, _, err = gen(top, SPEC, *options)
        expect(status == len(options) and "rtl/gen/notes.sv: not made by scripts/gen" in err and own.exists(), f"a foreign file in rtl/gen: {err}")


with tempfile.TemporaryDirectory() as folder:
    copy = pathlib.Path(folder)
    for d in "scripts", "spec", "docs", "cmake":
        (copy / d).mkdir()
    for n in "gen", "spec_check.py", "gen_sim.py":
        shutil.copy(ROOT / "scripts" / n, copy / "scripts" / n)
    refused(copy)
    configurations(copy)
print(f"check_gen: {len(WRONG)} wrong specs refused; configurations come and go")
