# SPDX-License-Identifier: Apache-2.0
"""Reads and writes named float32 arrays in the format of the published EtinyNet file.

An MXNet NDArray list, little endian:

    u64 0x112, u64 0, u64 count, then an array each:
        u32 0xF993FAC9, i32 storage type 0 (dense), u32 dimensions, i64 each dimension,
        i32 device type 1 (CPU), i32 device number 0, i32 element type 0 (float32), the elements
    u64 count, then a name each:
        u64 length, the name
"""
import math
import os
import struct

import numpy as np

LIST_MAGIC = 0x112
ARRAY_MAGIC = 0xF993FAC9


def write_params(path, arrays):
    """Writes a dict of name -> float32 array, in its order: the whole file or none."""
    parts = [struct.pack("<QQQ", LIST_MAGIC, 0, len(arrays))]
    for a in arrays.values():
        parts.append(struct.pack(f"<IiI{a.ndim}q", ARRAY_MAGIC, 0, a.ndim, *a.shape))
        parts.append(struct.pack("<iii", 1, 0, 0))
        parts.append(np.ascontiguousarray(a, dtype="<f4").tobytes())
    parts.append(struct.pack("<Q", len(arrays)))
    for name in arrays:
        parts.append(struct.pack("<Q", len(name)) + name.encode("ascii"))
    with open(path + ".new", "wb") as f:
        f.write(b"".join(parts))
    os.replace(path + ".new", path)


def read_params(path):
    """Reads such a file into a dict of name -> float32 array. ValueError where it is not one."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0

    def take(layout):
        nonlocal at
        values = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return values

    try:
        magic, _, count = take("QQQ")
        if magic != LIST_MAGIC:
            raise ValueError(f"{path}: not an MXNet NDArray list")
        arrays = []
        for _ in range(count):
            magic, storage, ndim = take("IiI")
            if magic != ARRAY_MAGIC or storage != 0 or ndim > 8:
                raise ValueError(f"{path}: array {len(arrays)} is not a dense array")
            shape = take(f"{ndim}q")
            _, _, element = take("iii")
            if element != 0 or min(shape, default=1) < 0:
                raise ValueError(f"{path}: array {len(arrays)} is not float32")
            size = math.prod(shape)
            if size > (len(data) - at) // 4:
                raise ValueError(f"{path}: the file is cut short")
            arrays.append(np.frombuffer(data, "<f4", size, at).reshape(shape).copy())
            at += 4 * size
        if take("Q")[0] != count:
            raise ValueError(f"{path}: as many names as arrays are needed")
        names = [take(f"{take('Q')[0]}s")[0].decode("ascii") for _ in range(count)]
    except struct.error:
        raise ValueError(f"{path}: the file is cut short") from None
    return dict(zip(names, arrays))
