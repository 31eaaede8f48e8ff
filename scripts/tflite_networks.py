# SPDX-License-Identifier: Apache-2.0
# The published networks that TinyNPU is measured with, and their inputs. None of it is part of the project: it is read from the data folder.
import csv
import os
from dataclasses import dataclass, field

import numpy as np

DATA = os.environ.get("TINYNPU_DATA", "../shared/data")
RECORD = "tests/vectors/tflite/networks.csv"  # the CRCs of what was made: network, inputs, CRC
PICTURES = 20


@dataclass
class Network:
    path: str
    inputs: list = field(default_factory=list)
    raw: str = "int8"  # int8, u8 (less 128), picture
    known_crc: int = None


def picture(path, side, scale, zero_point):
    """A picture of 0..1, resized, in the network's bytes."""
    from PIL import Image

    x = np.asarray(Image.open(path).convert("RGB").resize((side, side), Image.BILINEAR), np.float64) / 255
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(np.int8)[None]


def inputs(network, runner):
    """One list a run, of the network's only input."""
    if len(runner.graph.inputs) != 1:
        raise ValueError(f"{network.path}: {len(runner.graph.inputs)} inputs; one is needed")
    t = runner.interpreter.get_input_details()[0]
    size = int(np.prod(t["shape"])) * np.dtype(t["dtype"]).itemsize
    runs = []
    for path in network.inputs:
        if network.raw == "picture":
            runs.append([picture(path, int(t["shape"][1]), *t["quantization"])])
            continue
        data = open(path, "rb").read()
        if len(data) != size:
            raise ValueError(f"{path}: {len(data)} bytes; {network.path} takes {size}")
        x = np.frombuffer(data, np.uint8)
        if network.raw == "u8":
            x = x - np.uint8(128)
        runs.append([np.frombuffer(x.tobytes(), t["dtype"]).reshape(t["shape"])])
    return runs


def files(folder):
    with open(os.path.join(folder, "labels.csv"), newline="") as f:
        return [os.path.join(folder, row["file"]) for row in csv.DictReader(f)]


def spread(names, count):
    """`count` of the names, evenly spaced."""
    return [names[i * len(names) // count] for i in range(count)]


def published():
    tiny = os.path.join(DATA, "mlperf_tiny")
    bins = lambda d: [os.path.join(tiny, d, n) for n in sorted(os.listdir(os.path.join(tiny, d))) if n.endswith(".bin")]
    at = lambda name: os.path.join(tiny, name)
    yield "vww", lambda: Network(at("vww_96_int8.tflite"), files(at("vww01")), "u8")
    yield "kws", lambda: Network(at("kws_ref_model.tflite"), files(at("kws01")), "int8")
    yield "ic", lambda: Network(at("pretrainedResnet_quant.tflite"), files(at("ic01")), "u8")
    yield "ad", lambda: Network(at("ad01_int8.tflite"), bins("ad01"), "int8")
    images = os.path.join(DATA, "imagenet", "images")
    yield "etinynet075", lambda: Network(
        os.path.join(DATA, "etinynet", "etinynet075_tinyimagenet_48_int8.tflite"),
        [os.path.join(images, n) for n in spread(sorted(os.listdir(images)), PICTURES)],
        "picture",
    )


def recorded():
    if not os.path.exists(RECORD):
        return {}
    with open(RECORD, newline="") as f:
        return {row["network"]: int(row["crc"], 16) for row in csv.DictReader(f)}


def each(folder, action):
    """action(network, golden file) for every network that is there; returns how many failed."""
    known, failed = recorded(), 0
    for name, make in published():
        try:
            network = make()
        except FileNotFoundError as e:
            print(f"golden: {name}: skipped: {e.filename} is not there (TINYNPU_DATA names the folder)")
            continue
        network.known_crc = known.get(name)
        failed += bool(action(network, os.path.join(folder, name + ".golden")))
    return failed
