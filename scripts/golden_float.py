#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Writes tests/vectors/etinynet_float.csv: the float32 logits of ten pictures by an independent
# NumPy implementation of EtinyNet-1.0, which the compiler's float executor is tested against.
#
#   scripts/golden_float.py ../shared/data tests/vectors/etinynet_float.csv
#
# Nothing here is shared with the C code: it reads the parameters, decodes nothing (the pictures are
# drawn by a formula, so that neither JPEG decoder nor resize matters) and computes in float64.
import struct
import sys

import numpy as np

SIZE = 224
PICTURES = 10
BLOCKS = (
    [("features1.%d" % i, 2 if i == 8 else 1, False) for i in range(4, 12)]
    + [("features2.%d" % i, 2 if i == 0 else 1, True) for i in range(3)]
    + [("features3.%d" % i, 2 if i == 0 else 1, True) for i in range(3)]
)


def read_params(path):
    """name -> array, of an MXNet NDArray list."""
    data = open(path, "rb").read()
    magic, _, count = struct.unpack_from("<QQQ", data)
    assert magic == 0x112, path
    at, arrays, params = 24, [], {}
    for _ in range(count):
        _, _, rank = struct.unpack_from("<IiI", data, at)
        dims = struct.unpack_from("<%dq" % rank, data, at + 12)
        at += 12 + 8 * rank + 12
        size = int(np.prod(dims))
        arrays.append(np.frombuffer(data, "<f4", size, at).reshape(dims).astype(np.float64))
        at += 4 * size
    at += 8
    for array in arrays:
        (length,) = struct.unpack_from("<Q", data, at)
        params[data[at + 8 : at + 8 + length].decode()] = array
        at += 8 + length
    return params


def picture(number):
    """uint8 [SIZE, SIZE, 3] of coloured waves; tests/unit/test_float.c draws the same, in integers."""
    y, x, c = np.meshgrid(*(np.arange(n) for n in (SIZE, SIZE, 3)), indexing="ij")
    wave = (x * (number + 1) + y * (2 * c + 1)) % 256
    blob = ((x - 20 * number) ** 2 + (y - 112) ** 2) // 16 % 256
    return np.where((x + y + 40 * c) % 96 < 48, wave, blob).astype(np.uint8)


def conv(x, w, stride, pad, groups=1):
    """x [C,H,W], w [O,C/groups,K,K]."""
    k = w.shape[2]
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    h = (x.shape[1] - k) // stride + 1
    v = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    v = v[:, :h, :h]
    if groups == 1:
        return np.einsum("chwij,ocij->ohw", v, w, optimize=True)
    return np.einsum("chwij,cij->chw", v, w[:, 0])


def batch_norm(p, prefix, x):
    def per_channel(name):
        return p[prefix + "." + name][:, None, None]

    scale = per_channel("gamma") / np.sqrt(per_channel("running_var") + 1e-5)
    return (x - per_channel("running_mean")) * scale + per_channel("beta")


def block(p, prefix, stride, shortcut, x):
    y = conv(x, p[prefix + ".out1.0.weight"], stride, 1, groups=x.shape[0])
    y = batch_norm(p, prefix + ".out1.1", y)
    y = np.maximum(conv(y, p[prefix + ".out1.2.weight"], 1, 0), 0)
    y = batch_norm(p, prefix + ".out1.4", y)
    if shortcut and stride == 1 and y.shape == x.shape:
        y = y + x
    z = np.maximum(conv(y, p[prefix + ".out2.0.weight"], 1, 1, groups=y.shape[0]), 0)
    z = batch_norm(p, prefix + ".out2.2", z)
    return z + y if shortcut else z


def logits(p, rgb):
    x = rgb.astype(np.float64).transpose(2, 0, 1) - 128
    x = np.maximum(conv(x, p["features1.0.weight"], 2, 1), 0)
    x = batch_norm(p, "features1.2", x)
    c, h, w = x.shape
    x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2).max(axis=(2, 4))
    for prefix, stride, shortcut in BLOCKS:
        x = block(p, prefix, stride, shortcut, x)
    x = x.mean(axis=(1, 2))
    return p["output.0.weight"][:, :, 0, 0] @ x + p["output.0.bias"]


def main():
    data, out = sys.argv[1:]
    p = read_params(data + "/etinynet/etinynet_1.0_imagenet.params")
    with open(out, "w") as f:
        f.write("# float logits of etinynet-1.0, %d drawn pictures of 224x224; every 8th class\n" % PICTURES)
        f.write("# scripts/golden_float.py, Python %s, NumPy %s\n" % (sys.version.split()[0], np.__version__))
        for number in range(PICTURES):
            values = logits(p, picture(number))[::8]
            f.write(",".join("%.6f" % v for v in values) + "\n")


if __name__ == "__main__":
    main()
