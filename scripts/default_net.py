# SPDX-License-Identifier: Apache-2.0
"""The embedded default network, a small EtinyNet, in PyTorch; its pictures; its parameter file.

Layers are registered under the names of the published EtinyNet file, so the state dictionary of
the network is the content of the file.
"""
import os

import numpy as np
import torch
from torch import nn

from draw_pictures import SIZE, draw
from params_file import read_params, write_params
from picture_shapes import LABELS

INPUT = 56  # rows and columns; the centre of a 64x64 picture
# Name, channels in and out, stride, and whether the block adds its input and its middle.
BLOCKS = [
    ("features1.4", 32, 32, 1, False),
    ("features1.5", 32, 32, 1, False),
    ("features1.6", 32, 64, 2, False),
    ("features2.0", 64, 64, 1, True),
    ("features2.1", 64, 64, 1, True),
    ("features3.0", 64, 96, 2, True),
]
# The network's input is pixel - 128. Training sees it divided by 64, which suits the optimiser;
# the file has the division in the stem's weights.
INPUT_SCALE = 1 / 64


class Block(nn.Module):
    """Depthwise, BN, pointwise, ReLU, BN; then depthwise, ReLU, BN."""

    def __init__(self, cin, cout, stride, dense):
        super().__init__()
        self.add_input = dense and stride == 1 and cin == cout
        self.add_middle = dense
        self.out1 = nn.Sequential(
            nn.Conv2d(cin, cin, 3, stride, 1, groups=cin, bias=False), nn.BatchNorm2d(cin),
            nn.Conv2d(cin, cout, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(cout))
        self.out2 = nn.Sequential(
            nn.Conv2d(cout, cout, 3, 1, 1, groups=cout, bias=False),
            nn.ReLU(), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.out1(x)
        if self.add_input:
            y = y + x
        z = self.out2(y)
        return z + y if self.add_middle else z


class TinyEtinyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features1 = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.ReLU(), nn.BatchNorm2d(32),
            nn.MaxPool2d(2, 2))
        self.features2 = nn.Sequential()
        self.features3 = nn.Sequential()
        for name, cin, cout, stride, dense in BLOCKS:
            stage, index = name.split(".")
            getattr(self, stage).add_module(index, Block(cin, cout, stride, dense))
        self.output = nn.Sequential(nn.Conv2d(BLOCKS[-1][2], len(LABELS), 1))

    def forward(self, x):
        """Scores of x: pixels - 128, times INPUT_SCALE unless the weights come from a file."""
        x = self.features3(self.features2(self.features1(x)))
        return self.output(x.mean((2, 3), keepdim=True)).flatten(1)


FILE_NAMES = {"weight": "gamma", "bias": "beta"}  # of a batch normalisation, torch -> file


def file_name(network, name):
    """The name in the file of an entry of the state dictionary."""
    layer, _, last = name.rpartition(".")
    is_norm = isinstance(network.get_submodule(layer), nn.BatchNorm2d)
    return f"{layer}.{FILE_NAMES.get(last, last)}" if is_norm else name


def save(network, path):
    """Writes the network, trained on scaled pixels, as a file for unscaled ones."""
    arrays = {}
    for name, value in network.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            arrays[file_name(network, name)] = value.numpy()
    arrays["features1.0.weight"] = arrays["features1.0.weight"] * np.float32(INPUT_SCALE)
    write_params(path, arrays)


def load(path):
    """The network of a file, for pixels - 128, ready to evaluate."""
    network, arrays = TinyEtinyNet(), read_params(path)
    state = network.state_dict()
    for name in state:
        if not name.endswith("num_batches_tracked"):
            state[name] = torch.from_numpy(arrays.pop(file_name(network, name)))
    if arrays:
        raise ValueError(f"{path}: {next(iter(arrays))} is not of the default network")
    network.load_state_dict(state)
    return network.eval()


def pictures(split, count, cache=None):
    """`count` pictures (uint8 tensor, N x 3 x 64 x 64) and their classes; drawn once if cached."""
    path = cache and os.path.join(cache, f"{split}_{count}.npz")
    if path and os.path.exists(path):
        with np.load(path) as kept:
            return torch.from_numpy(kept["pixels"]), torch.from_numpy(kept["labels"])
    pixels = np.empty((count, SIZE, SIZE, 3), np.uint8)
    labels = np.empty(count, np.int64)
    for i in range(count):
        pixels[i], labels[i] = draw(split, i)
    pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    if path:
        os.makedirs(cache, exist_ok=True)
        np.savez(path, pixels=pixels, labels=labels)
    return torch.from_numpy(pixels), torch.from_numpy(labels)


def centre(pixels):
    """The network's input: the centre crop, as float, minus 128."""
    edge = (SIZE - INPUT) // 2
    return pixels[:, :, edge:edge + INPUT, edge:edge + INPUT].float() - 128


def accuracy(network, x, labels):
    """The fraction of inputs x whose highest score is the right class."""
    with torch.no_grad():
        scores = torch.cat([network(part) for part in x.split(250)])
    return (scores.argmax(1) == labels).float().mean().item()
