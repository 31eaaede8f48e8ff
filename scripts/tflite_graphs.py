# SPDX-License-Identifier: Apache-2.0
# Random small int8 networks of many operators, for scripts/golden --fuzz: chains with branches that meet again, one input, one output.
import numpy as np

from tflite_model import NONE, RELU, RELU6, SAME, VALID, Net
from tflite_vectors import Draw, f32, rescaled, size, weighted

SCALING = ("usual",) * 6 + ("tie", "near1", "above1", "vanishing")
LARGEST = 24  # rows, columns
CHANNELS = (1, 2, 3, 4, 8, 12, 16, 17, 24, 32, 40)


class Graph:
    """A network being drawn. Tensors are indices; `at` is the one that the next operator reads."""

    def __init__(self, d):
        self.d, self.net, self.names = d, Net(), []
        shape = [1, d.int(2, LARGEST), d.int(2, LARGEST), d.pick(*CHANNELS)]
        self.input = self.at = self.new(shape, d.real(0.005, 0.1), d.zero_point())

    def new(self, shape, scale, zp):
        return self.net.tensor([int(n) for n in shape], scale=float(f32(scale)), zero_point=int(zp))

    def shape(self, t):
        return [int(n) for n in self.net.graph.tensors[t].shape]

    def scale(self, t):
        return float(self.net.graph.tensors[t].quantization.scale[0])

    def zp(self, t):
        return int(self.net.graph.tensors[t].quantization.zeroPoint[0])

    def op(self, name, inputs, shape, scale=None, zp=None, **options):
        """Appends an operator whose output has the first input's quantisation unless another is given."""
        first = inputs[0]
        y = self.new(shape, self.scale(first) if scale is None else scale, self.zp(first) if zp is None else zp)
        self.net.op(name, inputs, [y], **options)
        self.names.append(name)
        return y

    # Each takes the tensor to read and returns what it made, or None where that cannot be.
    def conv(self, x, depthwise=False, keep=False):
        d, (_, h, w, c) = self.d, self.shape(x)
        kh, kw = d.pick((1, 1), (1, 1), (3, 3), (3, 3), (3, 3), (5, 5), (1, 3), (2, 2), (4, 3))
        s, dilation = (1, 1) if keep else (d.pick(1, 1, 2), 1)
        if s == 1 and not keep and d.int(0, 7) == 0:
            dilation = 2
        padding = SAME if keep else d.pick(SAME, SAME, VALID)
        if padding == VALID and (h <= (kh - 1) * dilation or w <= (kw - 1) * dilation):
            return None
        multiplier = d.pick(1, 1, 1, 2) if depthwise and c <= 16 and not keep else 1
        out = c * multiplier if depthwise else c if keep else d.pick(*CHANNELS)
        groups = 2 if not depthwise and c % 2 == 0 and out % 2 == 0 and d.int(0, 5) == 0 else 1
        shape = [1, kh, kw, out] if depthwise else [out, kh, kw, c // groups]
        zp = d.zero_point()
        wt, b, scale = weighted(d, self.net, self.scale(x), self.zp(x), shape, out, 3 if depthwise else 0, d.pick(*SCALING), d.int(0, 3) > 0, True, zp)
        options = dict(padding=padding, strideH=s, strideW=s, dilationHFactor=dilation, dilationWFactor=dilation)
        options["fusedActivationFunction"] = d.pick(NONE, RELU, RELU6)
        if depthwise:
            options["depthMultiplier"] = multiplier
        result = [1, size(h, kh, s, dilation, padding), size(w, kw, s, dilation, padding), out]
        return self.op("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, wt] + b, result, scale, zp, **options)

    def depthwise(self, x):
        return self.conv(x, depthwise=True)

    def pool(self, x):
        d, (_, h, w, c) = self.d, self.shape(x)
        k, s, padding = d.pick(2, 2, 3), d.pick(1, 2, 2), d.pick(SAME, VALID)
        if padding == VALID and (h < k or w < k):
            return None
        result = [1, size(h, k, s, 1, padding), size(w, k, s, 1, padding), c]
        return self.op(
            d.pick("AVERAGE_POOL_2D", "MAX_POOL_2D"), [x], result, padding=padding, strideH=s, strideW=s, filterHeight=k, filterWidth=k,
            fusedActivationFunction=d.pick(NONE, NONE, RELU)
        )

    def activation(self, x):
        name = self.d.pick("RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH", "LEAKY_RELU", "QUANTIZE")
        scale, zp = rescaled(self.d, self.scale(x))
        if name == "LOGISTIC":
            scale, zp = 1 / 256, -128
        elif name == "TANH":
            scale, zp = 1 / 128, 0
        elif name == "HARD_SWISH":
            scale = max(scale, self.scale(x) / 64)
        return self.op(name, [x], self.shape(x), scale, zp, **({"alpha": 0.125} if name == "LEAKY_RELU" else {}))

    def binary(self, x, y):
        """x and y of the same shape, or y a constant of a shape that goes with it, which may come first."""
        pair = [y, x] if self.d.int(0, 2) == 0 else [x, y]
        name = self.d.pick("ADD", "ADD", "ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM")
        if name in ("MAXIMUM", "MINIMUM"):
            if (self.scale(x), self.zp(x)) != (self.scale(y), self.zp(y)):
                name = "ADD"
            else:
                return self.op(name, pair, self.shape(x))
        scale = self.scale(x) * self.scale(y) * self.d.real(20, 150) if name == "MUL" else max(self.scale(x), self.scale(y)) * self.d.real(0.7, 2)
        return self.op(name, pair, self.shape(x), scale, self.d.zero_point(), fusedActivationFunction=self.d.pick(NONE, NONE, RELU, RELU6))

    def with_constant(self, x):
        c = self.shape(x)[3]
        shape = self.d.pick([1, 1, 1, c], [1, 1, 1, 1], [c])
        same = self.d.int(0, 1)
        scale, zp = (self.scale(x), self.zp(x)) if same else (self.d.real(0.01, 0.1), self.d.zero_point())
        return self.binary(x, self.net.tensor(shape, scale=scale, zero_point=zp, data=self.d.q(*shape)))

    def residual(self, x):
        """Two ways from x to the same shape, and their sum, product or maximum."""
        ways = (lambda t: self.conv(t, keep=True), lambda t: self.conv(t, depthwise=True, keep=True), self.activation)
        a = self.d.pick(*ways)(x)
        if self.d.int(0, 1):
            a = self.d.pick(*ways)(a)
        b = x if self.d.int(0, 2) else self.d.pick(*ways)(x)
        return self.binary(a, b) if self.d.int(0, 1) else self.binary(b, a)

    def concatenation(self, x):
        _, h, w, c = self.shape(x)
        if c > 40:
            return None
        other = self.part(x) if self.d.int(0, 1) else self.op("MAX_POOL_2D", [x], self.shape(x), padding=SAME, strideH=1, strideW=1, filterHeight=3, filterWidth=3)
        parts = [x, other] if self.d.int(0, 1) else [other, x]
        if self.d.int(0, 3) == 0:
            parts.append(x)
        return self.op("CONCATENATION", parts, [1, h, w, sum(self.shape(p)[3] for p in parts)], axis=3)

    def part(self, x):
        """Some channels."""
        d, (_, h, w, c) = self.d, self.shape(x)
        first = d.int(0, c - 1)
        last = d.int(first + 1, c)
        ends = [self.net.ints(v) for v in ([0, 0, 0, first], [1, h, w, last], [1, 1, 1, 1])]
        return self.op("STRIDED_SLICE", [x, *ends], [1, h, w, last - first])

    def shuffle(self, x):
        """SPLIT and the parts in another order."""
        d, (_, h, w, c) = self.d, self.shape(x)
        n = d.pick(2, 3, 4)
        if c % n:
            return None
        parts = [self.new([1, h, w, c // n], self.scale(x), self.zp(x)) for _ in range(n)]
        self.net.op("SPLIT", [self.net.ints([3]), x], parts, numSplits=n)
        self.names.append("SPLIT")
        return self.op("CONCATENATION", parts[::-1], [1, h, w, c], axis=3)

    def pad(self, x):
        d, (_, h, w, c) = self.d, self.shape(x)
        by = np.array([[0, 0], [d.int(0, 2), d.int(0, 2)], [d.int(0, 2), d.int(0, 2)], [d.int(0, 4), d.int(0, 4)] if d.int(0, 3) == 0 else [0, 0]], np.int32)
        return self.op("PAD", [x, self.net.tensor([4, 2], "int32", data=by)], [1, h + by[1].sum(), w + by[2].sum(), c + by[3].sum()])

    def enlarge(self, x):
        _, h, w, c = self.shape(x)
        if max(h, w) > LARGEST // 2:
            return None
        return self.op("RESIZE_NEAREST_NEIGHBOR", [x, self.net.ints([2 * h, 2 * w])], [1, 2 * h, 2 * w, c], halfPixelCenters=bool(self.d.int(0, 1)))

    def head(self, x):
        """What classifiers end with: MEAN or a flattened map, FULLY_CONNECTED, SOFTMAX."""
        d, shape = self.d, self.shape(x)
        if d.int(0, 1):
            x = self.op("MEAN", [x, self.net.ints([1, 2])], [1, shape[3]], self.scale(x) * d.real(0.3, 1), d.zero_point(), keepDims=False)
        else:
            n = int(np.prod(shape))
            if n > 2000:
                x = self.op("AVERAGE_POOL_2D", [x], [1, 1, 1, shape[3]], padding=VALID, strideH=1, strideW=1, filterHeight=shape[1], filterWidth=shape[2])
                n = shape[3]
            x = self.op("RESHAPE", [x, self.net.ints([1, n])], [1, n], newShape=[1, n])
        n, m, zp = self.shape(x)[1], d.pick(2, 10, 12, 33), d.zero_point()
        w, b, scale = weighted(d, self.net, self.scale(x), self.zp(x), [m, n], m, 0, d.pick(*SCALING), d.int(0, 3) == 0, True, zp)
        x = self.op("FULLY_CONNECTED", [x, w] + b, [1, m], scale, zp, fusedActivationFunction=d.pick(NONE, NONE, RELU))
        return self.op("SOFTMAX", [x], [1, m], 1 / 256, -128, beta=1.0) if d.int(0, 1) else x


def draw(seed):
    """Name, network bytes and inputs of the random network of that seed, every fourth with uint8 ends."""
    d = Draw(f"graph {seed}")
    g = Graph(d)
    unsigned = d.int(0, 3) == 0
    if unsigned:
        g.input = g.net.tensor(g.shape(g.at), "uint8", scale=float(f32(g.scale(g.at) * d.pick(1, 1, 0.6, 1.9))), zero_point=g.zp(g.at) + 128)
        g.net.op("QUANTIZE", [g.input], [g.at])
        g.names.append("QUANTIZE")
    steps = (g.conv, g.conv, g.conv, g.depthwise, g.depthwise, g.pool, g.activation, g.residual, g.residual, g.with_constant, g.concatenation, g.part, g.shuffle, g.pad, g.enlarge)
    for _ in range(d.int(2, 9)):
        made = d.pick(*steps)(g.at)
        g.at = g.at if made is None else made
    if d.int(0, 2) or not g.names:
        g.at = g.head(g.at)
    if unsigned:
        end = g.net.tensor(g.shape(g.at), "uint8", scale=float(f32(g.scale(g.at) * d.pick(1, 1, 0.6, 1.9))), zero_point=g.zp(g.at) + 128)
        g.net.op("QUANTIZE", [g.at], [end])
        g.names.append("QUANTIZE")
        g.at = end
    name = f"graph {seed}: " + " ".join(g.names)
    inputs = d.inputs(g.shape(g.input), n=2)
    return name, g.net.bytes([g.input], [g.at]), [[x.view(np.uint8)] for [x] in inputs] if unsigned else inputs
