#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the embedded default network: scripts/train_default.py --out models/default.params

Needs Debian 12's python3-torch 1.13.1, python3-numpy 1.24.2 and python3-pil 9.4.0; 14 minutes on
one core. Seeded: the same versions on the same kind of processor give the same file. --epochs 1 is
a quick trial.
"""
import argparse
import time

import torch
from torch import nn

from default_net import INPUT, INPUT_SCALE, TinyEtinyNet, accuracy, centre, load, pictures, save
from draw_pictures import SIZE

TRAIN, VALID, BATCH = 40000, 3000, 64
PEAK_RATE, WEIGHT_DECAY, SMOOTHING = 4e-3, 0.02, 0.05


def augmented(pixels, generator):
    """A random 56x56 window, the batch mirrored every other time: the class stays the same."""
    top, left = torch.randint(SIZE - INPUT + 1, (2,), generator=generator).tolist()
    x = pixels[:, :, top:top + INPUT, left:left + INPUT].float() - 128
    return x.flip(3) if torch.rand((), generator=generator) < 0.5 else x


def train(network, pixels, labels, epochs, report):
    generator = torch.Generator().manual_seed(1)
    # Weight decay on everything, batch normalisation too: it keeps the ranges of the channels
    # close to one another, which 8 bits like.
    optimiser = torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=WEIGHT_DECAY)
    batches = len(labels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, epochs * batches, pct_start=0.2, final_div_factor=100)
    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    for epoch in range(epochs):
        network.train()
        total = 0.0
        order = torch.randperm(len(labels), generator=generator)
        for chosen in order[:batches * BATCH].split(BATCH):
            scores = network(augmented(pixels[chosen], generator) * INPUT_SCALE)
            loss = loss_of(scores, labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        report(epoch, total / batches)


def main():
    parser = argparse.ArgumentParser(description="train the embedded default network")
    parser.add_argument("--out", required=True, help="parameter file to write")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--cache", help="folder to keep the drawn pictures in")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    torch.use_deterministic_algorithms(True)

    start = time.time()
    pixels, labels = pictures("train", TRAIN, args.cache)
    valid_pixels, valid_labels = pictures("valid", VALID, args.cache)
    valid = centre(valid_pixels)
    print(f"drawn in {time.time() - start:.0f} s", flush=True)
    network = TinyEtinyNet()

    def report(epoch, loss):
        network.eval()
        right = accuracy(network, valid * INPUT_SCALE, valid_labels)
        print(f"epoch {epoch + 1}: loss {loss:.4f}, validation {100 * right:.2f} %, "
              f"{time.time() - start:.0f} s", flush=True)

    train(network, pixels, labels, args.epochs, report)
    save(network, args.out)
    print(f"{args.out}: validation {100 * accuracy(load(args.out), valid, valid_labels):.2f} %")


if __name__ == "__main__":
    main()
