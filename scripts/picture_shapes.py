# SPDX-License-Identifier: Apache-2.0
"""The twelve objects that draw_pictures.py draws, as signed distance functions.

Every function takes the coordinates u (to the right) and v (down) as arrays and returns, for each
point, the distance to the object's edge: negative inside, positive outside, in the same units. An
object fills about the unit disc. Distances need not be exact far from the edge: they are used for
anti-aliasing and for outlines of a few pixels. Plain numpy, so that every machine draws the same.
"""
import numpy as np


def disc(u, v, cx, cy, r):
    """A filled circle."""
    return np.hypot(u - cx, v - cy) - r


def box(u, v, cx, cy, hw, hh):
    """A rectangle of half width hw and half height hh."""
    du, dv = np.abs(u - cx) - hw, np.abs(v - cy) - hh
    return np.hypot(np.maximum(du, 0), np.maximum(dv, 0)) + np.minimum(np.maximum(du, dv), 0)


def polygon(u, v, points):
    """A simple polygon: the distance to the nearest edge, negative where a ray test says inside."""
    nearest = np.full(u.shape, np.inf)
    inside = np.zeros(u.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        ex, ey = bx - ax, by - ay
        t = np.clip(((u - ax) * ex + (v - ay) * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, (u - ax - t * ex) ** 2 + (v - ay - t * ey) ** 2)
        if ay != by:
            inside ^= ((ay > v) != (by > v)) & (u < ex * (v - ay) / ey + ax)
    return np.where(inside, -1.0, 1.0) * np.sqrt(nearest)


def union(*parts):
    return np.minimum.reduce(parts)


def without(whole, hole):
    return np.maximum(whole, -hole)


def arrow(u, v):
    head = polygon(u, v, [(1.0, 0.0), (0.1, -0.75), (0.1, 0.75)])
    return union(head, box(u, v, -0.4, 0.0, 0.55, 0.25))


def bolt(u, v):
    return polygon(u, v, [(0.25, -1.0), (-0.55, 0.15), (-0.08, 0.15), (-0.3, 1.0), (0.55, -0.25),
                          (0.08, -0.25), (0.6, -1.0)])


def crescent(u, v):
    return without(disc(u, v, -0.1, 0.0, 0.95), disc(u, v, 0.38, 0.0, 0.75))


def cross(u, v):
    return union(box(u, v, 0, 0, 0.92, 0.27), box(u, v, 0, 0, 0.27, 0.92))


def fish(u, v):
    body = (np.hypot((u + 0.2) / 0.8, v / 0.5) - 1) * 0.5
    tail = polygon(u, v, [(0.4, 0.0), (1.0, -0.55), (0.85, 0.0), (1.0, 0.55)])
    return without(union(body, tail), disc(u, v, -0.6, -0.12, 0.1))


def heart(u, v):
    lobes = union(disc(u, v, -0.42, -0.35, 0.5), disc(u, v, 0.42, -0.35, 0.5))
    return union(lobes, polygon(u, v, [(0.0, -0.45), (0.8, -0.02), (0.0, 0.95), (-0.8, -0.02)]))


def house(u, v):
    roof = polygon(u, v, [(0.0, -1.0), (1.0, -0.15), (-1.0, -0.15)])
    walls = box(u, v, 0.0, 0.3, 0.72, 0.55)
    return without(union(roof, walls), box(u, v, 0.15, 0.55, 0.2, 0.32))


def key(u, v):
    bow = without(disc(u, v, -0.58, 0.0, 0.42), disc(u, v, -0.58, 0.0, 0.19))
    teeth = union(box(u, v, 0.5, 0.25, 0.1, 0.24), box(u, v, 0.85, 0.25, 0.1, 0.3))
    return union(bow, teeth, box(u, v, 0.35, 0.0, 0.6, 0.13))


def mug(u, v):
    handle = without(disc(u, v, 0.42, 0.05, 0.5), disc(u, v, 0.42, 0.05, 0.28))
    return union(box(u, v, -0.22, 0.0, 0.6, 0.78), handle)


def ring(u, v):
    return np.abs(np.hypot(u, v) - 0.7) - 0.22


def star(u, v):
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
    return polygon(u, v, list(zip(radii * np.cos(angles), radii * np.sin(angles))))


def tree(u, v):
    top = polygon(u, v, [(0.0, -1.0), (0.55, -0.25), (-0.55, -0.25)])
    middle = polygon(u, v, [(0.0, -0.6), (0.75, 0.3), (-0.75, 0.3)])
    return union(top, middle, box(u, v, 0.0, 0.6, 0.17, 0.4))


# Class n is the n-th name in alphabetical order: models/labels.txt has the same lines.
SHAPES = {f.__name__: f for f in (arrow, bolt, crescent, cross, fish, heart, house, key, mug, ring,
                                  star, tree)}
LABELS = list(SHAPES)
