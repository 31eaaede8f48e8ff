#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints how good the embedded default network is: scripts/check_default.py

On 3,000 test pictures that training never saw: the float network, the network with weights and
activations rounded to 8 bits (an estimate in float; `tnpu eval` measures the real int8 program),
and, to show that the task needs a network, a linear classifier on the pixels. Needs the packages
that train_default.py needs. Exit 1 if a figure misses its limit.
"""
import argparse
import glob
import os
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn

from default_net import accuracy, centre, load, pictures
from picture_shapes import LABELS

MODELS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "models")
TRAIN, TEST = 40000, 3000
FLOAT_LEAST, INT8_LEAST, LINEAR_MOST = 0.985, 0.975, 0.80


def linear_classifier(train, train_labels, test, test_labels):
    """Multinomial logistic regression on the standardised pixels: (train, test) accuracy."""
    flat, test = train.flatten(1), test.flatten(1)
    mean, deviation = flat.mean(0), flat.std(0)
    flat, test = (flat - mean) / deviation, (test - mean) / deviation
    model = nn.Linear(flat.shape[1], len(LABELS))
    nn.init.zeros_(model.weight)
    optimiser = torch.optim.Adam(model.parameters(), 1e-4, weight_decay=1e-3)
    for _ in range(20):
        for chosen in torch.randperm(len(flat)).split(500):
            loss = nn.functional.cross_entropy(model(flat[chosen]), train_labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return accuracy(model, flat, train_labels), accuracy(model, test, test_labels)


def run_with(network, x, keep):
    """The forward pass, with keep(name, tensor) applied to every tensor that is stored."""
    x = keep("stem", network.features1[:4](x))
    blocks = list(network.features1[4:]) + list(network.features2) + list(network.features3)
    for i, block in enumerate(blocks):
        y = block.out1[2:](keep(f"{i}.depthwise", block.out1[:2](x)))
        y = keep(f"{i}.middle", y + x if block.add_input else y)
        z = block.out2(y)
        x = keep(f"{i}.out", z + y if block.add_middle else z)
    x = keep("mean", x.mean((2, 3), keepdim=True))
    return keep("scores", network.output(x).flatten(1))


class Rounding(nn.Module):
    """The network with int8 weights a channel and int8 tensors, ranges from calibration inputs."""

    def __init__(self, network, calibration):
        super().__init__()
        self.network = network
        self.ranges = {}
        with torch.no_grad():
            for module in network.modules():
                if isinstance(module, nn.Conv2d):
                    scale = module.weight.abs().amax((1, 2, 3), keepdim=True) / 127
                    module.weight.copy_((module.weight / scale).round() * scale)
            run_with(network, calibration, self.measure)

    def measure(self, name, tensor):
        low, high = np.percentile(tensor.numpy(), [0.01, 99.99])
        self.ranges[name] = min(low, 0), max(high, 0)
        return tensor

    def round(self, name, tensor):
        low, high = self.ranges[name]
        scale = (high - low) / 255
        zero = round(-128 - low / scale)
        return ((tensor / scale).round() + zero).clamp(-128, 127).sub(zero) * scale

    def forward(self, x):
        return run_with(self.network, x, self.round)


def calibration_inputs():
    files = sorted(glob.glob(os.path.join(MODELS, "calib", "*.png")))
    pixels = np.stack([np.asarray(Image.open(f)) for f in files])
    return centre(torch.from_numpy(pixels).permute(0, 3, 1, 2))


def check_labels():
    with open(os.path.join(MODELS, "labels.txt"), encoding="ascii") as f:
        if f.read().split() != LABELS:
            sys.exit("check_default: models/labels.txt differs from LABELS in picture_shapes.py")


def main():
    parser = argparse.ArgumentParser(description="measure the embedded default network")
    parser.add_argument("--params", default=os.path.join(MODELS, "default.params"))
    parser.add_argument("--cache", help="folder to keep the drawn pictures in")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    check_labels()

    pixels, labels = pictures("test", TEST, args.cache)
    test = centre(pixels)
    network = load(args.params)
    weights = sum(m.weight.numel() for m in network.modules() if isinstance(m, nn.Conv2d))
    print(f"weights:             {weights} bytes in int8, without biases")
    right = accuracy(network, test, labels)
    print(f"float network:       {100 * right:.2f} % of {TEST} (at least {100 * FLOAT_LEAST} %)")
    rounded = accuracy(Rounding(network, calibration_inputs()), test, labels)
    print(f"rounded to 8 bits:   {100 * rounded:.2f} % (at least {100 * INT8_LEAST} %)", flush=True)
    pixels, train_labels = pictures("train", TRAIN, args.cache)
    fitted, linear = linear_classifier(centre(pixels), train_labels, test, labels)
    print(f"linear classifier:   {100 * linear:.2f} % (at most {100 * LINEAR_MOST} %), "
          f"{100 * fitted:.2f} % of the {TRAIN} pictures it was fitted to")
    if right < FLOAT_LEAST or rounded < INT8_LEAST or linear > LINEAR_MOST:
        sys.exit("check_default: a figure misses its limit, train again or draw easier pictures")


if __name__ == "__main__":
    main()
