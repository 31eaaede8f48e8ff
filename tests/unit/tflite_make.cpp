// SPDX-License-Identifier: Apache-2.0
// .tflite files by the FlatBuffers library's builder.
#include "tflite_make.h"

#include "tflite_generated.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace tfl = tnpu_tflite;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

namespace {

/// Options of the kind that the operator has in files of today.
Offset<void> options(FlatBufferBuilder &b, const make_op &op, tfl::Options *kind) {
    auto act = static_cast<tfl::Activation>(op.activation);
    auto pad = static_cast<tfl::Padding>(op.padding);
    *kind = tfl::Options_NONE;
    if (op.no_options) return 0;
    switch (op.code) {
    case tfl::BuiltinOperator_CONV_2D:
        *kind = tfl::Options_Conv2D;
        return tfl::CreateConv2D(b, pad, op.stride, op.stride, act).Union();
    case tfl::BuiltinOperator_AVERAGE_POOL_2D:
        *kind = tfl::Options_Pool2D;
        return tfl::CreatePool2D(b, pad, op.stride, op.stride, op.filter, op.filter, act).Union();
    case tfl::BuiltinOperator_FULLY_CONNECTED:
        *kind = tfl::Options_FullyConnected;
        return tfl::CreateFullyConnected(b, act).Union();
    case tfl::BuiltinOperator_ADD:
        *kind = tfl::Options_Add;
        return tfl::CreateAdd(b, act).Union();
    case tfl::BuiltinOperator_SOFTMAX:
        *kind = tfl::Options_Softmax;
        return tfl::CreateSoftmax(b, 1.0f).Union();
    default:
        return 0;
    }
}

Offset<tfl::Tensor> tensor(FlatBufferBuilder &b, const make_tensor &t, int index) {
    std::vector<float> scales(static_cast<size_t>(t.scale_count), t.scale);
    std::vector<int64_t> zero_points(static_cast<size_t>(t.zero_point_count), t.zero_point);
    std::vector<int32_t> shape(t.dims, t.dims + t.rank), signature = shape;
    if (t.dynamic) signature[2] = -1;
    auto quantization =
        tfl::CreateQuantization(b, b.CreateVector(scales), b.CreateVector(zero_points));
    return tfl::CreateTensor(b, b.CreateVector(shape), static_cast<tfl::TensorType>(t.type),
                             t.buffer ? t.buffer : static_cast<unsigned>(index) + 1,
                             b.CreateString("t" + std::to_string(index)), quantization, false, 0,
                             b.CreateVector(signature));
}

} // namespace

uint8_t *tflite_make(const make_model *m, size_t *size) {
    FlatBufferBuilder b;
    std::vector<Offset<tfl::Buffer>> buffers = {tfl::CreateBuffer(b)};
    std::vector<Offset<tfl::Tensor>> tensors;
    std::vector<Offset<tfl::Operator>> ops;
    std::vector<Offset<tfl::OperatorCode>> codes;
    std::vector<Offset<tfl::SubGraph>> graphs;
    for (int i = 0; i < m->tensor_count; i++) {
        std::vector<uint8_t> data(static_cast<size_t>(m->tensors[i].size), 1);
        buffers.push_back(tfl::CreateBuffer(b, b.CreateVector(data)));
        tensors.push_back(tensor(b, m->tensors[i], i));
    }
    for (int i = 0; i < m->op_count; i++) {
        const make_op &op = m->ops[i];
        tfl::Options kind;
        auto value = options(b, op, &kind);
        auto inputs = b.CreateVector(std::vector<int32_t>(op.inputs, op.inputs + op.input_count));
        auto outputs = b.CreateVector(std::vector<int32_t>(1, op.output));
        auto code = static_cast<tfl::BuiltinOperator>(op.code);
        codes.push_back(tfl::CreateOperatorCode(
            b, static_cast<int8_t>(op.code < 127 ? op.code : 127), 0, 1, code));
        ops.push_back(
            tfl::CreateOperator(b, static_cast<unsigned>(i), inputs, outputs, kind, value));
    }
    auto all_tensors = b.CreateVector(tensors);
    auto all_ops = b.CreateVector(ops);
    for (int i = 0; i < m->subgraphs; i++) {
        auto in = b.CreateVector(std::vector<int32_t>(m->inputs, m->inputs + m->input_count));
        auto out = b.CreateVector(std::vector<int32_t>(m->outputs, m->outputs + m->output_count));
        graphs.push_back(tfl::CreateSubGraph(b, all_tensors, in, out, all_ops));
    }
    auto root = tfl::CreateModel(b, static_cast<unsigned>(m->version), b.CreateVector(codes),
                                 b.CreateVector(graphs), b.CreateVector(buffers));
    tfl::FinishModelBuffer(b, root);
    *size = b.GetSize();
    auto *bytes = static_cast<uint8_t *>(malloc(*size));
    if (bytes) memcpy(bytes, b.GetBufferPointer(), *size);
    return bytes;
}
