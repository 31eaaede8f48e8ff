# SPDX-License-Identifier: Apache-2.0
# The grid of single-operator vectors: for each operator small networks and inputs, drawn by a seed. scripts/golden runs and stores them.
#
# A generator takes a Draw and yields (description, network bytes, list of inputs lists).
import zlib

import numpy as np

from tflite_model import NONE, RELU, RELU6, SAME, VALID, Net

SEED = 20261
f32 = np.float32


class Draw:
    """Random choices of one operator's grid."""

    def __init__(self, operator):
        self.rng = np.random.default_rng([SEED, zlib.crc32(operator.encode())])

    def pick(self, *values):
        return values[int(self.rng.integers(len(values)))]

    def int(self, lo, hi):
        return int(self.rng.integers(lo, hi + 1))

    def real(self, lo, hi):
        """Log-uniform: scales."""
        return float(f32(np.exp(self.rng.uniform(np.log(lo), np.log(hi)))))

    def zero_point(self):
        return self.pick(-128, -127, -60, -37, -11, -1, 0, 0, 3, 25, 42, 90, 127)

    def q(self, *shape, lo=-128, hi=127):
        """Bytes over the whole range, one in eight at its ends."""
        x = self.rng.integers(lo, hi + 1, shape)
        ends = self.rng.integers(0, 16, shape)
        return np.where(ends == 0, lo, np.where(ends == 1, hi, x)).astype(np.int8)

    def inputs(self, *shapes, n=1):
        return [[self.q(*shape) for shape in shapes] for _ in range(n)]


# How the product of scales, input * weight / output, lies: name -> factors, one a channel
SCALINGS = ("usual", "tie", "near1", "usual", "one", "above1", "tie", "usual", "tiny", "near1", "usual", "vanishing", "large")


def factors(d, scaling, channels, reach, spread):
    """Real multipliers; `reach`: largest absolute accumulator, which a left shift must keep in 31 bits;
    `spread`: how far accumulators lie apart."""
    room = max(1, int(30 - np.log2(reach)))
    if scaling == "tie":
        return np.full(channels, 2.0 ** -d.int(1, 8))
    if scaling == "near1":
        return np.array([d.pick(1 - 2.0**-24, 1 - 1e-4, 0.97, 1 + 1e-4, 1.01) for _ in range(channels)])
    if scaling == "one":
        return np.ones(channels)
    if scaling == "above1":
        return np.array([d.real(1.01, min(7.9, 2.0**room)) for _ in range(channels)])
    if scaling == "tiny":
        return np.array([d.real(2.0**-26, 2.0**-14) for _ in range(channels)])
    if scaling == "vanishing":  # the exponent's lower end: a right shift of 31, and beyond, where the multiplier is 0
        return np.array([0.75 * 2.0 ** -d.pick(29, 30, 31, 32, 33, 40) for _ in range(channels)])
    if scaling == "large":  # as far to the left as it goes without overflow
        return np.array([0.8 * 2.0 ** min(room, d.pick(8, 16, 30)) for _ in range(channels)])
    return np.array([d.real(20, 80) for _ in range(channels)]) / spread  # the output's bytes differ


def weighted(d, net, in_scale, in_zp, w_shape, out_channels, w_axis, scaling, per_channel, bias, out_zp):
    """Weights, bias and output scale of a layer; returns (weights, list of the bias or of none, output scale)."""
    small = scaling in ("near1", "one", "above1", "large")
    weights = d.q(*w_shape, lo=-2, hi=2) if small else d.q(*w_shape, lo=-127)
    if d.int(0, 5) == 0:  # a channel without weights
        np.moveaxis(weights, w_axis, 0)[d.int(0, out_channels - 1)] = 0
    moved = np.moveaxis(weights, w_axis, 0).reshape(out_channels, -1).astype(np.int64)
    b = np.zeros(out_channels, np.int64)
    if bias:
        b = d.rng.integers(-60, 61, out_channels) if small else d.rng.integers(-20000, 20001, out_channels)
    reach = np.abs(moved).sum(1).max() * max(127 - in_zp, in_zp + 128) + np.abs(b).max() + 1
    spread = 75 * np.sqrt((moved**2).sum(1)) + 1
    m = factors(d, scaling, out_channels if per_channel else 1, reach, spread if per_channel else spread.mean())
    out_scale = float(f32(d.real(0.01, 0.5))) if scaling not in ("tie", "one", "near1") else 1.0
    scale = f32(m * out_scale / in_scale)
    w = net.tensor(w_shape, scale=scale, data=weights, axis=w_axis)
    bi = []
    if bias:
        bi = [net.tensor([out_channels], "int32", scale=f32(f32(in_scale) * scale), data=b)]
    return w, bi, out_scale


def input_scale(d, scaling):
    return 1.0 if scaling in ("tie", "one", "near1") else float(f32(d.real(0.004, 1.0)))


def windows(d, largest=3):
    """Kernel, stride, dilation and an input size that holds at least one window under VALID."""
    kh, kw = d.pick((1, 1), (3, 3), (3, 3), (1, 3), (3, 1), (2, 2), (5, 3), (4, 5)) if largest > 2 else (1, 1)
    sh, sw = d.pick((1, 1), (1, 1), (2, 2), (1, 2), (2, 1), (3, 3))
    dh, dw = d.pick((1, 1), (1, 1), (1, 1), (2, 2), (1, 2)) if (sh, sw) == (1, 1) else (1, 1)
    h = d.int((kh - 1) * dh + d.pick(1, 3, 5), (kh - 1) * dh + 8)
    w = d.int((kw - 1) * dw + d.pick(1, 3, 5), (kw - 1) * dw + 8)
    return kh, kw, sh, sw, dh, dw, h, w


def size(n, k, s, dil, padding):
    return -(-n // s) if padding == SAME else -(-(n - (k - 1) * dil) // s)


def describe(**what):
    return " ".join(f"{k}={v}" for k, v in what.items() if v not in (None, ""))


def conv_2d(d, count=120, depthwise=False):
    for i in range(count):
        net = Net()
        scaling = SCALINGS[i % len(SCALINGS)] if i >= count // 3 else "usual"
        kh, kw, sh, sw, dh, dw, h, w = windows(d)
        per_channel, bias = d.int(0, 3) > 0, not depthwise or d.int(0, 5) > 0  # CONV_2D insists on one
        padding, activation = d.pick(SAME, VALID), d.pick(NONE, NONE, RELU, RELU6)
        if depthwise:
            cin, multiplier = d.pick((1, 4), (1, 8), (2, 3), (3, 2), (16, 1), (16, 1), (17, 1), (24, 1), (5, 1), (32, 1))
            cout, w_shape, axis = cin * multiplier, [1, kh, kw, cin * multiplier], 3
        else:
            cin, cout, multiplier = d.pick(1, 2, 3, 3, 4, 8, 15, 16, 17, 20), d.pick(1, 3, 4, 5, 8, 16, 17, 20), 0
            w_shape, axis = [cout, kh, kw, cin], 0
        if i % 12 == 7:  # the shapes that other code treats apart
            kh = kw = sh = sw = dh = dw = 1
            w_shape = [1, 1, 1, cout] if depthwise else [cout, 1, 1, cin]
        if i % 12 == 8:
            h = w = 1
            padding = SAME
        in_zp, out_zp = d.zero_point(), d.zero_point()
        in_scale = input_scale(d, scaling)
        pad = None
        x = first = net.tensor([1, h, w, cin], scale=in_scale, zero_point=in_zp)
        if i % 6 == 5:  # an explicit PAD before it, as exporters write asymmetric padding
            pad = [[0, 0], [d.int(0, 2), d.int(0, 2)], [d.int(0, 2), d.int(0, 2)], [0, 0]]
            h, w = h + sum(pad[1]), w + sum(pad[2])
            x = net.tensor([1, h, w, cin], scale=in_scale, zero_point=in_zp)
            net.op("PAD", [first, net.tensor([4, 2], "int32", data=np.array(pad, np.int32))], [x])
            padding = VALID
        weights, b, out_scale = weighted(d, net, in_scale, in_zp, w_shape, cout, axis, scaling, per_channel, bias, out_zp)
        y = net.tensor([1, size(h, kh, sh, dh, padding), size(w, kw, sw, dw, padding), cout], scale=out_scale, zero_point=out_zp)
        options = dict(padding=padding, strideH=sh, strideW=sw, dilationHFactor=dh, dilationWFactor=dw, fusedActivationFunction=activation)
        if depthwise:
            options["depthMultiplier"] = multiplier
        net.op("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, weights] + b, [y], **options)
        shape = net.graph.tensors[first].shape
        yield describe(
            scaling=scaling, k=f"{kh}x{kw}", s=f"{sh}x{sw}", d=f"{dh}x{dw}", pad=pad and "explicit" or ("same", "valid")[padding], act=activation,
            c=f"{cin}-{cout}", channels="each" if per_channel else "all", bias=int(bias)
        ), net.bytes([first], [y]), d.inputs(shape)


def convolutions(d):
    yield from conv_2d(d)
    for _ in range(8):
        yield hard_roundings(d, False)


def depthwise_conv_2d(d):
    yield from conv_2d(d, 110, depthwise=True)


def fully_connected(d, count=64):
    for i in range(count):
        net = Net()
        scaling = SCALINGS[i % len(SCALINGS)] if i >= count // 3 else "usual"
        n, m = d.pick(1, 3, 10, 16, 17, 40, 64, 100), d.pick(1, 5, 10, 16, 17, 33, 48)
        in_zp, out_zp, in_scale = d.zero_point(), d.zero_point(), input_scale(d, scaling)
        per_channel, bias, activation = d.int(0, 3) == 0, d.int(0, 4) > 0, d.pick(NONE, NONE, RELU, RELU6)
        shape = [1, n]
        if n % 4 == 0 and d.int(0, 1):  # flattened by the operator itself, or by a RESHAPE before it
            shape = [1, 2, 2, n // 4]
        x = first = net.tensor(shape, scale=in_scale, zero_point=in_zp)
        reshaped = len(shape) == 4 and d.int(0, 1)
        if reshaped:
            x = net.tensor([1, n], scale=in_scale, zero_point=in_zp)
            net.op("RESHAPE", [first, net.ints([1, n])], [x], newShape=[1, n])
        w, b, out_scale = weighted(d, net, in_scale, in_zp, [m, n], m, 0, scaling, per_channel, bias, out_zp)
        y = net.tensor([1, m], scale=out_scale, zero_point=out_zp)
        net.op("FULLY_CONNECTED", [x, w] + b, [y], fusedActivationFunction=activation)
        yield describe(
            scaling=scaling, n=f"{n}-{m}", act=activation, channels="each" if per_channel else "all", bias=int(bias), reshape=int(bool(reshaped))
        ), net.bytes([first], [y]), d.inputs(shape, n=2)
    for _ in range(8):
        yield hard_roundings(d, True)


def mbqm(x, factor):
    """MultiplyByQuantizedMultiplier for int64 arrays x and a factor below 1."""
    fraction, exponent = np.frexp(factor)
    product = x * int(np.round(fraction * 2.0**31))
    high = np.where(product >= 0, product + (1 << 30) >> 31, -((-product + (1 << 30) - 1) >> 31))
    shift = -int(exponent)
    mask = (1 << shift) - 1
    return (high >> shift) + ((high & mask) > (mask >> 1) + (high < 0))


def hard_sums(d, in_scale, w_scale, out_scale, count):
    """Accumulators at which roundings show: requantised otherwise by a single rounding, or by a multiplier of 24 or 53 bits."""
    exact = float(f32(in_scale)) * float(f32(w_scale)) / float(f32(out_scale))
    single = float(f32(in_scale) * f32(w_scale)) / float(f32(out_scale))
    x = d.rng.integers(-int(120 / exact), int(120 / exact), 4_000_000)
    a, b, c = mbqm(x, exact), mbqm(x, single), np.rint(x * exact)
    found = [x[(a != b)], x[(a == b) & (a != c)]]
    return np.concatenate([f[:count] for f in found])


def hard_roundings(d, fully_connected):
    """A layer whose weights are 0 and whose biases are such accumulators."""
    net = Net()
    in_scale, w_scale, out_scale = d.real(0.01, 0.1), d.real(0.001, 0.002), d.real(2, 8)
    sums = hard_sums(d, in_scale, w_scale, out_scale, 24)
    n = len(sums)
    shape = [1, 4] if fully_connected else [1, 1, 1, 4]
    x = net.tensor(shape, scale=in_scale, zero_point=-3)
    w = net.tensor([n, 4] if fully_connected else [n, 1, 1, 4], scale=w_scale, data=np.zeros([n, 4] if fully_connected else [n, 1, 1, 4]))
    b = net.tensor([n], "int32", scale=f32(in_scale) * f32(w_scale), data=sums)
    y = net.tensor([1, n] if fully_connected else [1, 1, 1, n], scale=out_scale, zero_point=5)
    if fully_connected:
        net.op("FULLY_CONNECTED", [x, w, b], [y])
    else:
        net.op("CONV_2D", [x, w, b], [y], padding=VALID, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    return f"roundings: {n} sums that other arithmetic rounds otherwise", net.bytes([x], [y]), d.inputs(shape)


def hard_scales(d, xs, draw, tries=100000):
    """Scales from draw(), at which one of the integers xs is requantised otherwise by a factor in double than by one in float.

    draw() returns scales, the factor in float and the factor in double; both below 1."""
    while tries:
        scales, single, double = draw()
        if single < 1 and double < 1:
            differ = xs[mbqm(xs, float(single)) != mbqm(xs, double)]
            if len(differ):
                return scales, differ
        tries -= 1
    raise RuntimeError("no such scales: more tries")


def hard_mul(d):
    """MUL of products that show in which precision its factor was computed."""
    products = {(p * q): (p, q) for p in range(-127, 128) for q in range(1, 128)}
    xs = np.array(sorted(products), np.int64)

    def draw():
        a, b = f32(d.real(0.01, 1)), f32(d.real(0.01, 1))
        c = f32(float(a) * float(b) * d.real(130, 300))
        return (a, b, c), f32(f32(a * b) / c), float(a) * float(b) / float(c)

    (a, b, c), differ = hard_scales(d, xs, draw)
    pairs = np.array([products[int(x)] for x in differ], np.int8)
    net = Net()
    shape = [1, 1, 1, len(pairs)]
    x = net.tensor(shape, scale=a, zero_point=0)
    k = net.tensor(shape, scale=b, zero_point=0, data=pairs[:, 1].reshape(shape))
    y = net.tensor(shape, scale=c, zero_point=1)
    net.op("MUL", [x, k], [y])
    return f"roundings: {len(pairs)} products", net.bytes([x], [y]), [[pairs[:, 0].reshape(shape)]]


def hard_slope(d, name, **options):
    """RELU or LEAKY_RELU at scales that show in which precision its factor was computed."""
    alpha = f32(options.get("alpha", 1))
    xs = np.arange(-255, 0) if options else np.arange(1, 256)

    def draw():
        a = f32(d.real(0.01, 1))
        c = f32(float(a) * float(alpha) * d.real(1.01, 3))
        return (a, c), f32(f32(a * alpha) / c), float(a) * float(alpha) / float(c)

    (a, c), differ = hard_scales(d, xs.astype(np.int64), draw)
    net = Net()
    x = net.tensor([1, 4, 16, 4], scale=a, zero_point=127 if options else -128)
    y = net.tensor([1, 4, 16, 4], scale=c, zero_point=127 if options else -128)
    net.op(name, [x], [y], **options)
    return f"roundings: {len(differ)} bytes", net.bytes([x], [y]), every_byte(d, 4)


def also(generate, *more):
    """A grid with more vectors behind it."""

    def both(d):
        yield from generate(d)
        for make in more:
            for _ in range(4):
                yield make(d)

    return both


def cut(net, x, begin, shape):
    """A part of a tensor, by STRIDED_SLICE."""
    t = net.graph.tensors[x]
    y = net.tensor(shape, scale=t.quantization.scale, zero_point=t.quantization.zeroPoint[0])
    end = [b + n for b, n in zip(begin, shape)]
    net.op("STRIDED_SLICE", [x, net.ints(begin), net.ints(end), net.ints([1] * 4)], [y])
    return y


def rescale(net, x, scale, zero_point):
    """The same bytes (plus the difference of zero points) on another scale: a depthwise convolution by one."""
    t = net.graph.tensors[x]
    c = int(t.shape[3])
    w = net.tensor([1, 1, 1, c], scale=f32(scale) / t.quantization.scale[0], data=np.ones([1, 1, 1, c]), axis=3)
    b = net.tensor([c], "int32", scale=f32(scale), data=np.zeros(c))
    y = net.tensor(t.shape, scale=scale, zero_point=zero_point)
    net.op("DEPTHWISE_CONV_2D", [x, w, b], [y], padding=VALID, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1, depthMultiplier=1)
    return y


def pair(d, full):
    """The shape of a second operand that goes with a full one by NumPy's rules."""
    return d.pick(full, full, full, [1, 1, 1, full[3]], [1, 1, 1, 1], [full[3]], [1, full[1], full[2], 1], [1, full[1], 1, full[3]])


def elementwise(name, same_scale=False, activations=(NONE, NONE, RELU, RELU6), count=60):
    def generate(d):
        for i in range(count):
            net = Net()
            scaling = ("usual", "tie", "equal", "wide", "narrow")[i % 5]
            s1, s2 = d.real(0.01, 1), d.real(0.01, 1)
            so = s1 * s2 * d.real(20, 150) if name == "MUL" else max(s1, s2) * d.real(0.7, 2)
            if scaling == "tie":
                s1, s2, so = 2.0 ** -d.int(0, 3), 2.0 ** -d.int(0, 3), 2.0 ** -d.int(0, 2)
            elif scaling == "equal":
                s1 = s2 = so = d.real(0.01, 1)
            elif scaling == "wide":  # scales far apart: a result that saturates, or an operand that all but vanishes
                s1, s2 = d.real(0.5, 4), d.real(1e-5, 1e-3)
                so = d.pick(s1, s2 * 8)
            elif scaling == "narrow":
                so = max(s1, s2) * d.real(4, 60)
            z1, z2, zo = d.zero_point(), d.zero_point(), d.zero_point()
            if same_scale:
                s1 = s2 = so
                z1 = z2 = zo
            full = [1, d.int(1, 7), d.int(2, 7), d.pick(1, 3, 4, 8, 16, 17, 20)]
            other = pair(d, full)
            swap = d.int(0, 2) == 0
            constant = d.int(0, 2) == 0 or len(other) == 1
            if constant:
                x = a = net.tensor(full, scale=s1, zero_point=z1)
                b = net.tensor(other, scale=s2, zero_point=z2, data=d.q(*other))
            else:  # a network has one input: both operands come from it, byte by byte as they are
                x = net.tensor([*full[:3], 2 * full[3]], scale=s1 if same_scale else 1.0, zero_point=z1 if same_scale else 0)
                a, b = cut(net, x, [0, 0, 0, 0], full), cut(net, x, [0, 0, 0, full[3]], other)
                if not same_scale:
                    a, b = rescale(net, a, s1, z1), rescale(net, b, s2, z2)
            y = net.tensor(full, scale=so, zero_point=zo)
            activation = d.pick(*activations)
            net.op(name, [b, a] if swap else [a, b], [y], **({} if same_scale else {"fusedActivationFunction": activation}))
            yield describe(
                scaling="" if same_scale else scaling, shape="x".join(map(str, full[1:])), other="x".join(map(str, other)), swap=int(swap),
                constant=int(constant), act="" if same_scale else activation
            ), net.bytes([x], [y]), d.inputs(net.graph.tensors[x].shape)
            if not constant and other == full and i % 4 == 0:  # the same tensor twice
                net = Net()
                a = net.tensor(full, scale=s1, zero_point=z1)
                y = net.tensor(full, scale=so, zero_point=zo)
                net.op(name, [a, a], [y], **({} if same_scale else {"fusedActivationFunction": activation}))
                yield describe(scaling="" if same_scale else scaling, shape="x".join(map(str, full[1:])), other="itself"), net.bytes(
                    [a], [y]
                ), d.inputs(full)

    return generate


def pool(name, count):
    def generate(d):
        for i in range(count):
            net = Net()
            kh, kw, sh, sw, _, _, h, w = windows(d)
            if i % 8 == 3:
                kh, kw, sh, sw = h, w, 1, 1  # the whole map
            padding, activation, c = d.pick(SAME, VALID), d.pick(NONE, NONE, RELU, RELU6), d.pick(1, 3, 4, 8, 16, 17, 20)
            scale, zp = d.real(0.01, 0.5), d.zero_point()
            x = net.tensor([1, h, w, c], scale=scale, zero_point=zp)
            y = net.tensor([1, size(h, kh, sh, 1, padding), size(w, kw, sw, 1, padding), c], scale=scale, zero_point=zp)
            net.op(name, [x], [y], padding=padding, strideH=sh, strideW=sw, filterHeight=kh, filterWidth=kw, fusedActivationFunction=activation)
            yield describe(k=f"{kh}x{kw}", s=f"{sh}x{sw}", pad=("same", "valid")[padding], in_=f"{h}x{w}x{c}", act=activation), net.bytes(
                [x], [y]
            ), d.inputs([1, h, w, c])

    return generate


def mean(d, count=48):
    for i in range(count):
        net = Net()
        h, w, c = d.pick((1, 1, 5), (2, 2, 16), (3, 3, 17), (5, 4, 8), (7, 7, 20), (4, 8, 3), (1, 6, 4), (12, 11, 4))
        scale = d.real(0.01, 0.5)
        out_scale = d.pick(scale, scale, scale * 1.01, scale / 3, scale * 3, scale / 16, scale * 2.0**-6, scale * 2.0**28)
        x = net.tensor([1, h, w, c], scale=scale, zero_point=d.zero_point())
        keep = bool(i % 2)
        axes = d.pick([1, 2], [1, 2], [2, 1], [-3, -2])
        y = net.tensor([1, 1, 1, c] if keep else [1, c], scale=out_scale, zero_point=d.zero_point())
        net.op("MEAN", [x, net.ints(axes)], [y], keepDims=keep)
        centre = d.rng.integers(-110, 111, c)  # of each channel: the means of plain noise are all alike
        near = [np.clip(centre + d.rng.integers(-30, 31, [1, h, w, c]), -128, 127).astype(np.int8)]
        yield describe(in_=f"{h}x{w}x{c}", keep=int(keep), axes=axes, ratio="%.3g" % (scale / out_scale)), net.bytes([x], [y]), d.inputs([1, h, w, c]) + [near]


def pad(d, count=30):
    for i in range(count):
        net = Net()
        h, w, c = d.int(1, 6), d.int(1, 6), d.pick(1, 3, 4, 16, 17)
        by = [[0, 0], [d.int(0, 3), d.int(0, 3)], [d.int(0, 3), d.int(0, 3)], [d.int(0, 5), d.int(0, 3)] if i % 5 == 4 else [0, 0]]
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        x = net.tensor([1, h, w, c], scale=scale, zero_point=zp)
        y = net.tensor([1, h + sum(by[1]), w + sum(by[2]), c + sum(by[3])], scale=scale, zero_point=zp)
        net.op("PAD", [x, net.tensor([4, 2], "int32", data=np.array(by, np.int32))], [y])
        yield describe(in_=f"{h}x{w}x{c}", by=by), net.bytes([x], [y]), d.inputs([1, h, w, c])


def padv2(d, count=16):
    """PAD by any byte; every fourth by the zero point, in front of a convolution that takes it over."""
    for i in range(count):
        net = Net()
        h, w, c = d.int(1, 6), d.int(1, 6), d.pick(1, 3, 4, 16, 17)
        by = [[0, 0], [d.int(0, 3), d.int(0, 3)], [d.int(0, 3), d.int(0, 3)], [0, 0]]
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        value = zp if i % 4 == 3 else d.int(-128, 127)
        x = net.tensor([1, h, w, c], scale=scale, zero_point=zp)
        y = net.tensor([1, h + sum(by[1]), w + sum(by[2]), c], scale=scale, zero_point=zp)
        net.op("PADV2", [x, net.tensor([4, 2], "int32", data=np.array(by, np.int32)), net.tensor([1], scale=scale, zero_point=zp, data=[value])], [y])
        if i % 4 == 3:
            y = rescale(net, y, scale * 1.5, 4)
        yield describe(in_=f"{h}x{w}x{c}", by=by, value=value), net.bytes([x], [y]), d.inputs([1, h, w, c])


def concatenation(d, count=30):
    for i in range(count):
        net = Net()
        axis = d.pick(3, 3, 3, -1, 1, 2)
        base = [1, d.int(1, 5), d.int(1, 5), d.pick(1, 3, 4, 16, 17)]
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        shapes = []
        for _ in range(d.int(2, 4)):
            shape = list(base)
            shape[axis] = d.pick(1, 2, 5, 16) if axis in (3, -1) else d.int(1, 4)
            shapes.append(shape)
        total = list(base)
        total[axis] = sum(s[axis] for s in shapes)
        whole = [1, *(max(s[i] for s in shapes) + d.int(0, 2) for i in (1, 2, 3))]
        x = net.tensor(whole, scale=scale, zero_point=zp)
        parts = [cut(net, x, [0, *(d.int(0, whole[i] - s[i]) for i in (1, 2, 3))], s) for s in shapes]
        if i % 3 == 0:
            parts[0], shapes[0] = x, whole
            for s in shapes:  # the other dimensions are the whole's
                s[:] = [s[k] if k in (axis, axis + 4) else whole[k] for k in range(4)]
            parts[1:] = [cut(net, x, [0, 0, 0, 0], [min(n, m) for n, m in zip(s, whole)]) for s in shapes[1:]]
            total = list(whole)
            total[axis] = sum(net.graph.tensors[p].shape[axis] for p in parts)
        y = net.tensor(total, scale=scale, zero_point=zp)
        net.op("CONCATENATION", parts, [y], axis=axis)
        yield describe(axis=axis, parts=[int(net.graph.tensors[p].shape[axis]) for p in parts], out=[int(n) for n in total[1:]]), net.bytes([x], [y]), d.inputs(whole)


def slice_(d, count=20):
    for i in range(count):
        net = Net()
        shape = [1, d.int(2, 6), d.int(2, 6), d.pick(2, 5, 16, 17, 24)]
        begin, part = [0, 0, 0, 0], list(shape)
        for axis in (3,) if i % 2 else (1, 2, 3):
            begin[axis] = d.int(0, shape[axis] - 1)
            part[axis] = d.int(1, shape[axis] - begin[axis])
        sizes = [-1 if b + n == whole and d.int(0, 1) else n for b, n, whole in zip(begin, part, shape)]  # -1: all that follow
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        x = net.tensor(shape, scale=scale, zero_point=zp)
        y = net.tensor(part, scale=scale, zero_point=zp)
        net.op("SLICE", [x, net.ints(begin), net.ints(sizes)], [y])
        yield describe(in_=shape[1:], begin=begin, size=sizes), net.bytes([x], [y]), d.inputs(shape)


def shapes(name, count=12):
    """An operator that gives the same bytes another shape, and RELU behind it."""

    def generate(d):
        for _ in range(count):
            net = Net()
            h, w, c = d.int(1, 4), d.int(2, 5), d.pick(1, 3, 8, 16, 17)
            if name == "RESHAPE":
                before, after = [1, h, w, 2 * c], d.pick([1, w, h, 2 * c], [1, h, 2 * w, c], [1, h * w * 2 * c], [1, h * w, 2 * c], [1, 1, 2 * h * w, c])
            else:
                before, after = [1, 1, w, c], [1, w, c]
            if name == "EXPAND_DIMS":
                before, after = after, before
            scale, zp = d.real(0.01, 0.5), d.zero_point()
            x = net.tensor(before, scale=scale, zero_point=zp)
            t = net.tensor(after, scale=scale, zero_point=zp)
            if name == "SQUEEZE":
                net.op(name, [x], [t], squeezeDims=d.pick([1], [-3]))
            else:
                net.op(name, [x, net.ints(after if name == "RESHAPE" else d.pick([1], [-3]))], [t])
            y = net.tensor(after, scale=scale * 0.8, zero_point=d.zero_point())
            net.op("RELU", [t], [y])
            yield describe(before=before[1:], after=after[1:]), net.bytes([x], [y]), d.inputs(before)

    return generate


def strided_slice(d, count=36):
    for i in range(count):
        net = Net()
        shape = [1, d.int(2, 6), d.int(2, 6), d.pick(2, 5, 16, 17, 24)]
        begin, end, stride = [0, 0, 0, 0], list(shape), [1, 1, 1, 1]
        begin_mask = end_mask = 0
        for axis in (3,) if i % 2 else (1, 2, 3):
            begin[axis] = d.int(0, shape[axis] - 1)
            end[axis] = d.int(begin[axis] + 1, shape[axis])
            if axis < 3 and d.int(0, 2) == 0:
                stride[axis] = 2
        out = [-(-(e - b) // s) for b, e, s in zip(begin, end, stride)]
        for axis in range(4):
            if begin[axis] == 0 and d.int(0, 1):
                begin_mask |= 1 << axis
            elif d.int(0, 3) == 0:
                begin[axis] -= shape[axis]  # counted from the end
            if end[axis] == shape[axis] and d.int(0, 1):
                end_mask |= 1 << axis
                end[axis] = 0
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        x = net.tensor(shape, scale=scale, zero_point=zp)
        y = net.tensor(out, scale=scale, zero_point=zp)
        net.op("STRIDED_SLICE", [x, net.ints(begin), net.ints(end), net.ints(stride)], [y], beginMask=begin_mask, endMask=end_mask)
        yield describe(in_=shape[1:], begin=begin, out=out[1:], stride=stride), net.bytes([x], [y]), d.inputs(shape)


def split(d, count=20):
    for _ in range(count):
        net = Net()
        parts, axis = d.pick(2, 3, 4), d.pick(3, 3, 3, -1, 1)
        shape = [1, d.int(1, 5), d.int(1, 5), d.pick(3, 4, 8, 16)]
        part = list(shape)
        shape[axis] *= parts
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        x = net.tensor(shape, scale=scale, zero_point=zp)
        ys = [net.tensor(part, scale=scale, zero_point=zp) for _ in range(parts)]
        net.op("SPLIT", [net.ints([axis]), x], ys, numSplits=parts)
        y = net.tensor(shape, scale=scale, zero_point=zp)
        net.op("CONCATENATION", ys[::-1], [y], axis=axis)  # a network has one output
        yield describe(in_=shape[1:], axis=axis, parts=parts), net.bytes([x], [y]), d.inputs(shape)


def every_byte(d, c):
    """All 256 bytes in a map of c channels."""
    return [[d.rng.permutation(np.arange(-128, 128)).astype(np.int8).reshape(1, 4, 64 // c, c)]]


def activation(name, count, out=None, **options):
    """An operator on single bytes. out(d, input scale): output scale and zero point."""

    def generate(d):
        for i in range(count):
            net = Net()
            c = d.pick(4, 16, 32)
            scale = d.real(0.001, 1.0) if i % 4 else d.pick(2.0**-7, 2.0**-5, 2.0**-4, 0.1, 6 / 255)
            out_scale, out_zp = out(d, scale)
            x = net.tensor([1, 4, 64 // c, c], scale=scale, zero_point=d.zero_point())
            y = net.tensor([1, 4, 64 // c, c], scale=out_scale, zero_point=out_zp)
            drawn = {k: v(d) for k, v in options.items()}
            net.op(name, [x], [y], **drawn)
            q = net.graph.tensors[x].quantization
            yield describe(
                scale="%.4g" % scale, zp=q.zeroPoint[0], out="%.4g" % out_scale, out_zp=out_zp, **drawn
            ), net.bytes([x], [y]), every_byte(d, c)

    return generate


def rescaled(d, scale):
    return float(f32(scale * d.pick(1, 1, 0.5, 2, 1.0001, 0.9999, 0.7, 1.9, 7, 0.11, 2.0**-5, 40))), d.zero_point()


def hard_swish_output(d, scale):
    """Its output multiplier, input scale / 128 / output scale, may not be above 1."""
    return float(f32(scale * d.pick(1, 0.9, 0.5, 0.3, 2, 8, 1 / 100))), d.zero_point()


def resize_nearest_neighbor(d, count=14):
    for i in range(count):
        net = Net()
        h, w, c = d.int(1, 5), d.int(1, 5), d.pick(1, 3, 4, 16, 17)
        scale, zp = d.real(0.01, 0.5), d.zero_point()
        x = net.tensor([1, h, w, c], scale=scale, zero_point=zp)
        y = net.tensor([1, 2 * h, 2 * w, c], scale=scale, zero_point=zp)
        half = bool(i % 2)
        net.op("RESIZE_NEAREST_NEIGHBOR", [x, net.ints([2 * h, 2 * w])], [y], alignCorners=False, halfPixelCenters=half)
        yield describe(in_=f"{h}x{w}x{c}", half_pixel=int(half)), net.bytes([x], [y]), d.inputs([1, h, w, c])


def softmax(d, count=60):
    for i in range(count):
        net = Net()
        shape = d.pick([1, 2], [1, 10], [1, 12], [1, 1], [1, 200], [1, 3, 2, 5], [1, 64])
        scale = d.real(1e-4, 4) if i % 3 else d.real(0.02, 0.3)
        hard = i >= count - 12
        if hard:
            shape, scale = [1, 12, 12, d.pick(2, 3, 4)], d.pick(0.01, 0.03, 0.06, 0.1, 0.2)
        beta = d.pick(1.0, 1.0, 1.0, 0.5, 2.0)
        x = net.tensor(shape, scale=scale, zero_point=d.zero_point())
        y = net.tensor(shape, scale=1 / 256, zero_point=-128)
        net.op("SOFTMAX", [x], [y], beta=beta)
        inputs = d.inputs(shape, n=2) + [[np.full(shape, d.int(-128, 127), np.int8)]]
        if hard:  # of many rows those with a result next to where rounding changes
            rows = d.q(100_000, shape[3])
            e = np.exp(beta * scale * (rows.astype(np.float64) - rows.max(1, keepdims=True)))
            y256 = 256 * e / e.sum(1, keepdims=True)
            distance = np.abs(y256 - np.floor(y256) - 0.5).min(1)
            inputs = [[rows[np.argsort(distance)[:144]].reshape(shape)]]
        yield describe(shape=shape[1:], scale="%.4g" % scale, beta=beta), net.bytes([x], [y]), inputs


def quantize(d, count=48):
    for i in range(count):
        net = Net()
        kind = ("int8", "int8", "uint8-int8", "int8-uint8", "float32-int8", "float32-uint8")[i % 6]
        source, target = (kind.split("-") + [kind])[:2] if "-" in kind else ("int8", "int8")
        scale = d.real(0.002, 1.0)
        out_scale = float(f32(scale * d.pick(1, 1, 0.5, 2, 0.999, 1.001, 3.3, 0.05)))
        shape = [1, 8, 8, 4]
        unsigned = lambda t: d.pick(0, 1, 100, 128, 255) if t == "uint8" else d.zero_point()
        x = net.tensor(shape, source, **({} if source == "float32" else dict(scale=scale, zero_point=unsigned(source))))
        y = net.tensor(shape, target, scale=out_scale, zero_point=unsigned(target))
        net.op("QUANTIZE", [x], [y])
        if source == "float32":  # half of them exactly between two bytes, some far outside
            steps = d.rng.integers(-400, 400, shape) + np.where(d.rng.integers(0, 2, shape), 0.5, d.rng.uniform(-0.5, 0.5, shape))
            value = (steps * out_scale).astype(np.float32)
        else:
            value = d.rng.permutation(np.arange(256)).astype(np.uint8).reshape(shape).view(source)
        yield describe(types=f"{source}-{target}", ratio="%.4g" % (scale / out_scale)), net.bytes([x], [y]), [[value]]


def dequantize(d, count=16):
    for i in range(count):
        net = Net()
        source = ("int8", "uint8")[i % 2]
        zp = d.zero_point() if source == "int8" else d.pick(0, 1, 128, 255)
        x = net.tensor([1, 8, 8, 4], source, scale=d.real(0.002, 1.0), zero_point=zp)
        y = net.tensor([1, 8, 8, 4], "float32")
        net.op("DEQUANTIZE", [x], [y])
        value = d.rng.permutation(np.arange(256)).astype(np.uint8).reshape(1, 8, 8, 4).view(source)
        yield describe(source=source, zp=zp), net.bytes([x], [y]), [[value]]


def edges(d, count=18):
    """uint8 and float32 at a network's ends, int8 between, and SOFTMAX before the end, as exporters write them."""
    for i in range(count):
        net = Net()
        kind, classes = ("int8", "uint8", "float32")[i % 3], bool(i % 2)
        c, n = d.pick(3, 4, 16), d.pick(2, 10, 17)
        scale, zp = d.real(0.003, 0.1), d.zero_point()
        ends = {"uint8": lambda s, z: dict(dtype="uint8", scale=s, zero_point=z + 128), "float32": lambda s, z: dict(dtype="float32"), "int8": None}[kind]
        x = q = net.tensor([1, 4, 4, c], scale=scale, zero_point=zp) if ends is None else net.tensor([1, 4, 4, c], **ends(scale, zp))
        if ends:
            q = net.tensor([1, 4, 4, c], scale=scale, zero_point=zp)
            net.op("QUANTIZE", [x], [q])
        pooled = net.tensor([1, 2, 2, c], scale=scale, zero_point=zp)
        net.op("MAX_POOL_2D", [q], [pooled], padding=VALID, strideH=2, strideW=2, filterHeight=2, filterWidth=2)
        w, b, out_scale = weighted(d, net, scale, zp, [n, 4 * c], n, 0, "usual", False, True, 0)
        flat = net.tensor([1, 4 * c], scale=scale, zero_point=zp)
        net.op("RESHAPE", [pooled, net.ints([1, 4 * c])], [flat], newShape=[1, 4 * c])
        y, y_zp = net.tensor([1, n], scale=out_scale, zero_point=5), 5
        net.op("FULLY_CONNECTED", [flat, w] + b, [y])
        if classes:
            p, out_scale, y_zp = net.tensor([1, n], scale=1 / 256, zero_point=-128), 1 / 256, -128
            net.op("SOFTMAX", [y], [p], beta=1.0)
            y = p
        if ends:
            z = net.tensor([1, n], **ends(out_scale, y_zp))
            net.op("DEQUANTIZE" if kind == "float32" else "QUANTIZE", [y], [z])
            y = z
        q8 = d.q(1, 4, 4, c)
        value = q8 if kind == "int8" else (q8.view(np.uint8) if kind == "uint8" else ((q8 - f32(zp) + d.rng.uniform(-0.6, 0.6, q8.shape)) * scale).astype(np.float32))
        yield describe(ends=kind, softmax=int(classes), c=f"{c}-{n}"), net.bytes([x], [y]), [[value]]


def rescaling_edges(d):
    """uint8 at both ends, whose QUANTIZE changes the scale too; the input's may have a second reader that only shifts."""
    net = Net()
    c, n, twice = d.pick(3, 4, 16), d.pick(2, 10, 17), d.int(0, 1)
    scale, zp, scale_in, zp_in = d.real(0.003, 0.1), d.zero_point(), d.real(0.003, 0.1), d.pick(0, 1, 100, 128, 255)
    if twice:
        scale = scale_in * d.pick(0.5, 1.7)
    x = net.tensor([1, 4, 4, c], "uint8", scale=scale_in, zero_point=zp_in)
    q = net.tensor([1, 4, 4, c], scale=scale, zero_point=zp)
    net.op("QUANTIZE", [x], [q])
    if twice:
        same = net.tensor([1, 4, 4, c], scale=scale_in, zero_point=zp_in - 128)
        net.op("QUANTIZE", [x], [same])
        both = net.tensor([1, 4, 4, c], scale=scale * 1.5, zero_point=zp)
        net.op("ADD", [q, same], [both])
        q, scale = both, scale * 1.5
    w, b, out_scale = weighted(d, net, scale, zp, [n, 16 * c], n, 0, "usual", False, True, 0)
    y = net.tensor([1, n], scale=out_scale, zero_point=5)
    net.op("FULLY_CONNECTED", [q, w] + b, [y])
    z = net.tensor([1, n], "uint8", scale=out_scale * d.pick(1, 0.7, 2.1), zero_point=d.pick(0, 3, 128, 200))
    net.op("QUANTIZE", [y], [z])
    return describe(ends="uint8, rescaled", c=f"{c}-{n}", twice=twice), net.bytes([x], [z]), [[d.q(1, 4, 4, c).view(np.uint8)]]


def grouped(d):
    """CONV_2D whose outputs see a part of the input's channels."""
    net = Net()
    groups, each, out = d.pick(2, 3, 4), d.pick(1, 3, 4, 8), d.pick(1, 2, 5)
    k, s, padding, h, w = d.pick(1, 3), d.pick(1, 2), d.pick(SAME, VALID), d.int(3, 8), d.int(3, 8)
    in_zp, out_zp, in_scale = d.zero_point(), d.zero_point(), d.real(0.01, 0.1)
    x = net.tensor([1, h, w, groups * each], scale=in_scale, zero_point=in_zp)
    wt, b, out_scale = weighted(d, net, in_scale, in_zp, [groups * out, k, k, each], groups * out, 0, "usual", True, True, out_zp)
    y = net.tensor([1, size(h, k, s, 1, padding), size(w, k, s, 1, padding), groups * out], scale=out_scale, zero_point=out_zp)
    net.op("CONV_2D", [x, wt] + b, [y], padding=padding, strideH=s, strideW=s, dilationHFactor=1, dilationWFactor=1)
    return describe(groups=groups, each=f"{each}-{out}", kernel=k, stride=s, padding=padding), net.bytes([x], [y]), d.inputs([1, h, w, groups * each])


GRID = {
    "conv_2d": also(convolutions, grouped, grouped),
    "depthwise_conv_2d": depthwise_conv_2d,
    "fully_connected": fully_connected,
    "add": elementwise("ADD"),
    "sub": elementwise("SUB"),
    "mul": also(elementwise("MUL"), hard_mul),
    "maximum": elementwise("MAXIMUM", same_scale=True, count=30),
    "minimum": elementwise("MINIMUM", same_scale=True, count=30),
    "average_pool_2d": pool("AVERAGE_POOL_2D", 60),
    "max_pool_2d": pool("MAX_POOL_2D", 40),
    "mean": mean,
    "pad": pad,
    "padv2": padv2,
    "concatenation": concatenation,
    "slice": slice_,
    "strided_slice": strided_slice,
    "reshape": shapes("RESHAPE"),
    "squeeze": shapes("SQUEEZE"),
    "expand_dims": shapes("EXPAND_DIMS"),
    "split": split,
    "relu": also(activation("RELU", 20, rescaled), lambda d: hard_slope(d, "RELU")),
    "relu6": activation("RELU6", 20, rescaled),
    "relu_n1_to_1": activation("RELU_N1_TO_1", 20, rescaled),
    "logistic": activation("LOGISTIC", 24, lambda d, s: (1 / 256, -128)),
    "tanh": activation("TANH", 24, lambda d, s: (1 / 128, 0)),
    "hard_swish": activation("HARD_SWISH", 32, hard_swish_output),
    "leaky_relu": also(
        activation("LEAKY_RELU", 32, rescaled, alpha=lambda d: d.pick(0.01, 0.1, 0.2, 0.5, 1.0, 1.5)), lambda d: hard_slope(d, "LEAKY_RELU", alpha=0.3)
    ),
    "resize_nearest_neighbor": resize_nearest_neighbor,
    "softmax": softmax,
    "quantize": quantize,
    "dequantize": dequantize,
    "edges": also(edges, rescaling_edges, rescaling_edges),
}


def cases(operator):
    """Name, network bytes and inputs of every vector of an operator."""
    for number, (text, blob, runs) in enumerate(GRID[operator](Draw(operator))):
        yield f"{operator} {number}: {text}", blob, runs
