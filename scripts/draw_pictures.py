#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures that the embedded default network is trained, calibrated and tested on.

    scripts/draw_pictures.py --split test --count 3000 --out DIR

writes DIR/00000.png ... and DIR/labels.csv (`file,class`). Picture n of a split depends on the
split and n alone, so the first 100 of 3,000 are the 100 of --count 100. No two splits share one.
Needs Debian's python3-numpy and python3-pil. 64x64 RGB: the tools crop the centre 56x56 of them.
"""
import argparse
import csv
import os
import sys

import numpy as np
from PIL import Image

from picture_shapes import LABELS, SHAPES

SIZE = 64  # of a picture; 64 = 56 / 0.875, so a network of input 56 crops and never resamples
SPLITS = {"train": 1, "valid": 2, "test": 3, "calib": 4, "samples": 5}
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE] + 0.5


def uniform(rng, low, high):
    return low + (high - low) * rng.random_sample()


def colour(rng):
    return rng.random_sample(3) * 235 + 10


def distinct_colour(rng, other, distance):
    """A colour that keeps a distance from another one, so that an object can be seen at all."""
    while True:
        c = colour(rng)
        if np.sqrt(((c - other) ** 2).mean()) > distance:
            return c


def smooth_noise(rng, cells):
    """A random field in 0..1 that varies over SIZE / cells pixels."""
    grid = rng.random_sample((cells + 1, cells + 1))
    at = np.arange(SIZE) * cells / SIZE
    low = at.astype(int)
    f = at - low
    f = f * f * (3 - 2 * f)
    rows = grid[low] * (1 - f)[:, None] + grid[low + 1] * f[:, None]
    return rows[:, low] * (1 - f) + rows[:, low + 1] * f


def pattern(rng):
    """A texture: a weight in 0..1 a pixel that mixes two colours."""
    kind = rng.randint(6)
    angle, period, phase = uniform(rng, 0, np.pi), uniform(rng, 5, 14), uniform(rng, 0, 1)
    along = (COLUMNS * np.cos(angle) + ROWS * np.sin(angle)) / period + phase
    across = (ROWS * np.cos(angle) - COLUMNS * np.sin(angle)) / period + phase
    if kind == 0:
        return np.zeros((SIZE, SIZE))
    if kind == 1:
        return np.clip((along * period - SIZE / 2) / SIZE + 0.5, 0, 1)  # a gradient
    if kind == 2:
        return 0.5 + 0.5 * np.sin(2 * np.pi * along)
    if kind == 3:
        return ((np.floor(along) + np.floor(across)) % 2).astype(float)
    if kind == 4:
        return smooth_noise(rng, 4)
    return smooth_noise(rng, 14)


def paint(canvas, cover, paint_colour):
    """Lays a colour (one, or one a pixel) over the canvas where cover (0..1) says."""
    canvas += cover[..., None] * (paint_colour - canvas)


def textured(rng, base, strength):
    """The base colour, mixed by a pattern with one up to `strength` away from it."""
    second = np.clip(base + strength * (rng.random_sample(3) * 2 - 1), 0, 255)
    return base + pattern(rng)[..., None] * (second - base)


def cover_of(distance):
    """How much of each pixel lies inside an edge at signed distance (pixels): anti-aliasing."""
    return np.clip(0.5 - distance, 0, 1)


def clutter(rng, canvas, count, largest):
    """Small things without meaning: discs, bars and patches."""
    for _ in range(count):
        x, y = uniform(rng, 0, SIZE), uniform(rng, 0, SIZE)
        angle, r = uniform(rng, 0, np.pi), uniform(rng, 1.5, largest)
        u = (COLUMNS - x) * np.cos(angle) + (ROWS - y) * np.sin(angle)
        v = (ROWS - y) * np.cos(angle) - (COLUMNS - x) * np.sin(angle)
        kind = rng.randint(3)
        if kind == 0:
            distance = np.hypot(u, v) - r
        else:
            half_width, half_height = (3 * r, 1) if kind == 1 else (r, r)
            distance = np.maximum(np.abs(u) - half_width, np.abs(v) - half_height)
        paint(canvas, cover_of(distance) * uniform(rng, 0.4, 1), colour(rng))


def object_distance(rng, shape):
    """Signed distance in pixels to a shape of random place, size, rotation, aspect and mirror."""
    size = uniform(rng, 14, 24)
    room = max(0.0, 27 - size)
    x, y = SIZE / 2 + uniform(rng, -1, 1) * room, SIZE / 2 + uniform(rng, -1, 1) * room
    angle = uniform(rng, -0.7, 0.7)
    stretch, shear = uniform(rng, 0.82, 1.0), uniform(rng, -0.15, 0.15)
    mirror = 1 if rng.randint(2) else -1
    u = (COLUMNS - x) * np.cos(angle) + (ROWS - y) * np.sin(angle)
    v = (ROWS - y) * np.cos(angle) - (COLUMNS - x) * np.sin(angle)
    if rng.randint(2):
        u = u / stretch
    else:
        v = v / stretch
    return shape((u + shear * v) * mirror / size, v / size) * size


def draw_object(rng, canvas, shape, background):
    """The object: filled, filled with a rim, or (one in four) an outline; sometimes a shadow."""
    distance = object_distance(rng, shape)
    own = distinct_colour(rng, background, 65)
    if rng.random_sample() < 0.3:
        dy, dx = rng.randint(1, 4), rng.randint(-3, 4)
        shadow = np.roll(cover_of(distance / 2), (dy, dx), (0, 1))
        paint(canvas, shadow * uniform(rng, 0.2, 0.5), np.zeros(3))
    style = rng.randint(4)
    if style == 0:
        paint(canvas, cover_of(np.abs(distance) - uniform(rng, 1.0, 1.6)), own)
        return
    paint(canvas, cover_of(distance), textured(rng, own, 70))
    if style == 1:
        paint(canvas, cover_of(np.abs(distance) - 0.8), distinct_colour(rng, own, 50))


def light_and_noise(rng, canvas):
    """What a camera adds: uneven light, exposure, a little blur, noise."""
    angle, slope = uniform(rng, 0, 2 * np.pi), uniform(rng, 0, 0.35)
    ramp = ((COLUMNS - SIZE / 2) * np.cos(angle) + (ROWS - SIZE / 2) * np.sin(angle)) / (SIZE / 2)
    canvas *= (1 + slope * ramp)[..., None]
    canvas[:] = (canvas - 128) * uniform(rng, 0.65, 1.1) + 128 + uniform(rng, -30, 30)
    if rng.random_sample() < 0.3:
        padded = np.pad(canvas, ((1, 1), (1, 1), (0, 0)), mode="edge")
        rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
        canvas[:] = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    canvas += rng.standard_normal((SIZE, SIZE, 3)) * uniform(rng, 0, 16)


def draw(split, index, label=None):
    """Picture `index` of a split: (uint8 array 64x64x3, class). `label` forces the class."""
    # RandomState's streams are frozen by numpy: the same picture with every version.
    rng = np.random.RandomState([SPLITS[split], index])
    drawn = rng.randint(len(LABELS))
    label = drawn if label is None else label
    background = colour(rng)
    canvas = textured(rng, background, 55)
    clutter(rng, canvas, rng.randint(6), 4.0)
    draw_object(rng, canvas, SHAPES[LABELS[label]], background)
    clutter(rng, canvas, rng.randint(3), 2.5)
    light_and_noise(rng, canvas)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8), label


def write(split, count, out):
    """Writes `count` pictures and labels.csv to the folder `out`."""
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "labels.csv"), "w", newline="", encoding="ascii") as f:
        table = csv.writer(f, lineterminator="\n")
        table.writerow(["file", "class"])
        for i in range(count):
            # A few pictures should show every class: these splits go through the classes in turn.
            in_turn = split in ("calib", "samples")
            pixels, label = draw(split, i, i % len(LABELS) if in_turn else None)
            name = f"{LABELS[label]}.png" if split == "samples" else f"{i:05d}.png"
            Image.fromarray(pixels).save(os.path.join(out, name))
            table.writerow([name, label])


def main():
    parser = argparse.ArgumentParser(description="draw labelled pictures of twelve kinds of object")
    parser.add_argument("--split", required=True, choices=sorted(SPLITS))
    parser.add_argument("--count", required=True, type=int)
    parser.add_argument("--out", required=True, help="folder, made if it is not there")
    args = parser.parse_args()
    most = len(LABELS) if args.split == "samples" else 100000
    if not 1 <= args.count <= most:
        parser.error(f"--count must be 1 to {most} for --split {args.split}")
    try:
        write(args.split, args.count, args.out)
    except OSError as e:
        sys.exit(f"draw_pictures: {args.out}: {e.strerror or e}, choose another folder")


if __name__ == "__main__":
    main()
