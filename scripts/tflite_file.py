# SPDX-License-Identifier: Apache-2.0
# Golden files (docs/GOLDEN_FORMAT.md): networks, inputs, and every tensor that TFLite's reference kernels make of them.
import gzip
import hashlib
import struct
import zlib

import numpy as np
from ai_edge_litert import interpreter, schema_py_generated as schema

from tflite_model import OPNAMES

MAGIC = b"TNPUGOLD"
VERSION = 1
HEADER = 64
CONSTANT, INPUT, MADE, OUTPUT = range(4)
NO_OPTIONS = (0,) * 12
DTYPES = {0: np.float32, 2: np.int32, 3: np.uint8, 9: np.int8}


class GoldenError(Exception):
    """What is wrong with a network, in one line."""


def word(value):
    """A float as the 32 bits of an option word."""
    return struct.unpack("<i", struct.pack("<f", value))[0]


def option_words(name, o):
    """The twelve words of an operator's options; docs/GOLDEN_FORMAT.md has the table."""
    if o is None:
        return NO_OPTIONS
    get = lambda field: int(getattr(o, field, 0) or 0)
    words = [get("padding"), get("strideH"), get("strideW"), get("dilationHFactor"), get("dilationWFactor")]
    words += [get("filterHeight"), get("filterWidth"), get("depthMultiplier"), get("fusedActivationFunction"), get("axis")]
    flags = get("keepDims") | get("alignCorners") << 1 | get("halfPixelCenters") << 2 | get("keepNumDims") << 3
    words += [flags, word(getattr(o, "alpha", getattr(o, "beta", 0.0)))]
    if name == "STRIDED_SLICE":
        words = [get("beginMask"), get("endMask"), get("shrinkAxisMask"), get("ellipsisMask"), get("newAxisMask")] + [0] * 7
    return tuple(words)


class Runner:
    """A network in TFLite's interpreter: reference kernels alone, no delegate, every tensor kept."""

    def __init__(self, blob, name):
        self.blob, self.name = blob, name
        self.interpreter = interpreter.Interpreter(
            model_content=blob,
            experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )  # which verifies the file; the next reader does not
        model = schema.ModelT.InitFromPackedBuf(bytearray(blob), 0)
        if len(model.subgraphs) != 1:
            raise GoldenError(f"{name}: {len(model.subgraphs)} subgraphs; one is needed")
        self.model, self.graph = model, model.subgraphs[0]
        self.interpreter.allocate_tensors()
        self.kinds = []
        made = {int(t) for o in self.graph.operators for t in o.outputs}
        for i in range(len(self.graph.tensors)):
            if i in self.graph.inputs:
                kind = INPUT
            elif i in self.graph.outputs:
                kind = OUTPUT
            else:
                kind = MADE if i in made else CONSTANT
            self.kinds.append(kind)
        if list(self.graph.inputs) == [] or any(t.type not in DTYPES for t in self.graph.tensors):
            raise GoldenError(f"{name}: a tensor is neither int8, uint8, int32 nor float32")

    def run(self, inputs):
        """The bytes of all tensors that are not constants, in the order of their indices."""
        for index, value in zip(self.graph.inputs, inputs, strict=True):
            self.interpreter.set_tensor(int(index), value)
        self.interpreter.invoke()
        values = [self.interpreter.get_tensor(i) for i, kind in enumerate(self.kinds) if kind != CONSTANT]
        return b"".join(np.ascontiguousarray(v).tobytes() for v in values)

    def constant(self, i):
        buffer = self.model.buffers[self.graph.tensors[i].buffer].data
        return b"" if buffer is None else bytes(bytearray(buffer))


def case_bytes(runner, runs, embed):
    """One network with its inputs, and what came of them. `embed`: the network's own file, too."""
    out = bytearray()
    put = lambda form, *values: out.extend(struct.pack("<" + form, *values))

    def text(s):
        s = s if isinstance(s, bytes) else s.encode()
        put("H", len(s))
        out.extend(s)

    out.extend(hashlib.sha256(runner.blob).digest())
    text(runner.name)
    put("I", len(runner.blob) if embed else 0)
    if embed:
        out.extend(runner.blob)
    graph = runner.graph
    put("III", len(graph.tensors), len(graph.operators), len(runs))
    for i, t in enumerate(graph.tensors):
        put("BB", runner.kinds[i], t.type)
        text(t.name or "")
        shape = runner.interpreter.get_tensor_details()[i]["shape"] if t.shape is None else t.shape
        put("B%di" % len(shape), len(shape), *(int(d) for d in shape))
        q = t.quantization
        scales = [] if q is None or q.scale is None else q.scale
        points = [] if q is None or q.zeroPoint is None else q.zeroPoint
        put("iiI%df" % len(scales), int(points[0]) if len(points) else 0, int(q.quantizedDimension) if q else 0, len(scales), *scales)
        if runner.kinds[i] == CONSTANT:
            data = runner.constant(i)
            put("I", len(data))
            out.extend(data)
    for o in graph.operators:
        code = runner.model.operatorCodes[o.opcodeIndex]
        code = max(code.builtinCode, code.deprecatedBuiltinCode)
        put("I12i", code, *option_words(OPNAMES[code], o.builtinOptions))
        put("B%di" % len(o.inputs), len(o.inputs), *o.inputs)
        put("B%di" % len(o.outputs), len(o.outputs), *o.outputs)
    for inputs in runs:
        out.extend(runner.run(inputs))
    return struct.pack("<I", len(out) + 4) + bytes(out)


def golden_bytes(cases, maker):
    """A whole file of the cases' bytes. `maker`: what ran the networks, with its version."""
    body = b"".join(cases)
    head = MAGIC + struct.pack("<IIII", VERSION, len(cases), HEADER + len(body), 0)
    head += maker.encode().ljust(HEADER - len(head), b"\0")
    assert len(head) == HEADER, maker
    whole = bytearray(head + body)
    struct.pack_into("<I", whole, 20, zlib.crc32(whole))
    return bytes(whole)


def pack(whole):
    """Compressed, the same bytes each time."""
    return gzip.compress(whole, 9, mtime=0)


def unpack(path):
    data = open(path, "rb").read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def maker_of(whole):
    return whole[24:HEADER].rstrip(b"\0").decode()


def crc_of(whole):
    return struct.unpack_from("<I", whole, 20)[0]
