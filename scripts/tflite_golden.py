# SPDX-License-Identifier: Apache-2.0
# What scripts/golden does, in its virtual environment. scripts/golden --help says how to use it.
import argparse
import os
import sys
from importlib.metadata import version

import numpy as np

import tflite_file as gold
import tflite_graphs as graphs
import tflite_networks as networks
import tflite_vectors as vectors

MAKER = "ai-edge-litert " + version("ai-edge-litert")


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    partial = path + ".part"
    with open(partial, "wb") as f:
        f.write(data)
    os.replace(partial, path)


def vector_file(operator):
    """The golden file of an operator's grid."""
    cases = [gold.case_bytes(gold.Runner(blob, name), runs, embed=True) for name, blob, runs in vectors.cases(operator)]
    return gold.golden_bytes(cases, MAKER), len(cases)


def network_file(network):
    """The golden file of a network on its inputs."""
    blob = open(network.path, "rb").read()
    runner = gold.Runner(blob, os.path.basename(network.path))
    runs = networks.inputs(network, runner)
    return gold.golden_bytes([gold.case_bytes(runner, runs, embed=False)], MAKER), len(runs)


def compare(path, made):
    """Whether the file holds the same golden bytes, whatever it is compressed with."""
    if not os.path.exists(path):
        print(f"golden: {path}: not there; scripts/golden makes it")
        return False
    stored = gold.unpack(path)
    if stored == made:
        return True
    if gold.maker_of(stored) != MAKER:
        print(f"golden: {path}: made by {gold.maker_of(stored)}, this is {MAKER}")
    at = next((i for i, (a, b) in enumerate(zip(stored, made)) if a != b and i >= gold.HEADER), min(len(stored), len(made)))
    print(f"golden: {path}: differs from byte {at} on ({len(stored)} bytes stored, {len(made)} made)")
    return False


def do_vectors(folder, check):
    failed = total = size = 0
    for operator in vectors.GRID:
        whole, count = vector_file(operator)
        path = os.path.join(folder, operator + ".golden.gz")
        if check:
            failed += not compare(path, whole)
        else:
            write(path, gold.pack(whole))
        total += count
        size += os.path.getsize(path) if os.path.exists(path) else 0
    print(f"golden: vectors: {len(vectors.GRID)} operators, {total} networks, {size} bytes, {MAKER}: {'as stored' if check and not failed else 'differ' if check else 'written'}")
    return failed


def do_network(network, path, check):
    whole, runs = network_file(network)
    if check and os.path.exists(path):
        good = compare(path, whole)
        state = "as stored" if good else "differs"
    else:
        write(path, whole)
        good, state = True, "written"
    known = network.known_crc is None or network.known_crc == gold.crc_of(whole)
    if not known:
        print(f"golden: {path}: CRC {gold.crc_of(whole):08x}, but tests/vectors/tflite/networks.csv has {network.known_crc:08x}")
    print(f"golden: {path}: {runs} inputs, {len(whole)} bytes, CRC {gold.crc_of(whole):08x}: {state}{', as recorded' if known and network.known_crc is not None else ''}")
    return not (good and known)


def do_fuzz(count, seed, path):
    """Random networks into a golden file, and what they are made of."""
    cases, operators = [], {}
    for n in range(seed, seed + count):
        name, blob, runs = graphs.draw(n)
        cases.append(gold.case_bytes(gold.Runner(blob, name), runs, embed=True))
        for operator in name.split(": ")[1].split():
            operators[operator] = operators.get(operator, 0) + 1
    write(path, gold.pack(gold.golden_bytes(cases, MAKER)))
    print(f"golden: {path}: {count} random networks from seed {seed} on, {sum(operators.values())} operators: ", end="")
    print(", ".join(f"{n} {operator}" for operator, n in sorted(operators.items(), key=lambda x: -x[1])))
    return 0


def main():
    p = argparse.ArgumentParser(prog="scripts/golden", description="Bytes of every tensor, by TFLite's reference kernels.")
    p.add_argument("net", nargs="?", metavar="NET.tflite", help="one network; without it, the networks of the data folder and the vectors")
    p.add_argument("input", nargs="*", metavar="INPUT", help="raw files of the input's bytes")
    p.add_argument("-o", metavar="FILE", help="golden file to write (with NET)")
    p.add_argument("--raw", choices=["int8", "u8"], default="int8", help="what the inputs hold: int8, or u8 (less 128)")
    p.add_argument("--check", action="store_true", help="make them again and compare with what is stored")
    p.add_argument("--vectors", action="store_true", help="the single-operator vectors alone (tests/vectors/tflite); without --check, written anew")
    p.add_argument("--fuzz", type=int, metavar="N", help="N random networks with their bytes -> build/golden/fuzz.golden.gz (or -o FILE)")
    p.add_argument("--seed", type=int, default=1, help="of the first of them (1)")
    a = p.parse_args()
    if a.fuzz:
        return do_fuzz(a.fuzz, a.seed, a.o or "build/golden/fuzz.golden.gz")
    if a.net:
        if not a.o or not a.input:
            p.error("NET needs INPUT... and -o FILE")
        return do_network(networks.Network(a.net, a.input, a.raw), a.o, a.check)
    failed = 0
    if a.vectors or a.check:
        failed += do_vectors("tests/vectors/tflite", a.check)
    if not a.vectors:
        failed += networks.each("build/golden", lambda network, path: do_network(network, path, a.check))
    return int(failed > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, ValueError, RuntimeError, gold.GoldenError) as e:
        sys.exit(f"golden: {' '.join(str(e).split())}")
