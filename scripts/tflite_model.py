# SPDX-License-Identifier: Apache-2.0
# Small int8 .tflite networks, built from Python: for the vectors and the fuzzer of scripts/golden.
#
#   net = Net()
#   x = net.tensor([1, 8, 8, 3], scale=0.5, zero_point=-3)
#   w = net.tensor([4, 1, 1, 3], scale=[0.1] * 4, zero_point=0, data=weights)      # data: a constant
#   y = net.tensor([1, 8, 8, 4], scale=1.0, zero_point=7)
#   net.op("CONV_2D", [x, w, -1], [y], padding=1, strideH=1, strideW=1)
#   blob = net.bytes([x], [y])
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

OPCODES = {name: code for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
OPNAMES = {code: name for name, code in OPCODES.items()}
TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "int32": schema.TensorType.INT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
}
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
NONE, RELU, RELU_N1_TO_1, RELU6 = range(4)

# Operator -> table of its options in the schema, where it has one
OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "ADD": "AddOptions",
    "SUB": "SubOptions",
    "MUL": "MulOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "PAD": "PadOptions",
    "PADV2": "PadV2Options",
    "CONCATENATION": "ConcatenationOptions",
    "SLICE": "SliceOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SPLIT": "SplitOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "SOFTMAX": "SoftmaxOptions",
    "RESHAPE": "ReshapeOptions",
    "SQUEEZE": "SqueezeOptions",
    "EXPAND_DIMS": "ExpandDimsOptions",
    "QUANTIZE": "QuantizeOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "HARD_SWISH": "HardSwishOptions",
}

# Versions of the operators that take int8 (the interpreter refuses a kernel that is too new, and some int8 types below a version)
FIRST = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS", "HARD_SWISH", "RELU_N1_TO_1")
VERSIONS = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4, "SUB": 3, "LOGISTIC": 2, "TANH": 2}


class Net:
    """A network of one subgraph under construction."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "TinyNPU test vector"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.graph = schema.SubGraphT()
        self.graph.tensors = []
        self.graph.operators = []
        self.model.subgraphs = [self.graph]

    def tensor(self, shape, dtype="int8", scale=None, zero_point=0, data=None, axis=0, name=None):
        """Returns the index of a new tensor; `data` makes it a constant, a list of scales one quantised along `axis`."""
        t = schema.TensorT()
        t.name = name or f"t{len(self.graph.tensors)}"
        t.shape = np.array(shape, np.int32)
        t.type = TYPES[dtype]
        t.buffer = 0
        if data is not None:
            data = np.ascontiguousarray(data, dtype)
            assert list(data.shape) == list(shape), (data.shape, shape)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            t.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            q = schema.QuantizationParametersT()
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            q.scale = scales
            q.zeroPoint = np.full(len(scales), zero_point, np.int64)
            q.quantizedDimension = axis
            t.quantization = q
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def ints(self, values):
        """A constant int32 vector: axes, paddings, sizes."""
        values = np.asarray(values, np.int32)
        return self.tensor(values.shape, "int32", data=values)

    def op(self, name, inputs, outputs, **options):
        """Appends an operator; options by their names in the schema."""
        code = OPCODES[name]
        for index, known in enumerate(self.model.operatorCodes):
            if known.builtinCode == code:
                break
        else:
            index = len(self.model.operatorCodes)
            known = schema.OperatorCodeT()
            known.builtinCode = code
            known.deprecatedBuiltinCode = min(code, 127)
            known.version = 1 if name in FIRST else VERSIONS.get(name, 2)
            self.model.operatorCodes.append(known)
        o = schema.OperatorT()
        o.opcodeIndex = index
        o.inputs = np.array(inputs, np.int32)
        o.outputs = np.array(outputs, np.int32)
        if name in OPTIONS:
            o.builtinOptionsType = getattr(schema.BuiltinOptions, OPTIONS[name])
            o.builtinOptions = getattr(schema, OPTIONS[name] + "T")()
            for option, value in options.items():
                assert hasattr(o.builtinOptions, option), (name, option)
                setattr(o.builtinOptions, option, value)
        else:
            assert not options, name
        self.graph.operators.append(o)

    def bytes(self, inputs, outputs):
        self.graph.inputs = np.array(inputs, np.int32)
        self.graph.outputs = np.array(outputs, np.int32)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
