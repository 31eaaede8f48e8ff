// SPDX-License-Identifier: Apache-2.0
// Mutants by the FlatBuffers library's objects: tables are unpacked, changed and packed again.
#include "fuzz_mutate.h"

#include "tflite_generated.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace tfl = tnpu_tflite;

namespace {

struct Mutator {
    std::minstd_rand rng;
    tfl::ModelT *model;
    tfl::SubGraphT *graph;

    size_t below(size_t n) { return n ? rng() % n : 0; }

    /// Numbers at which something ends, and now and then any.
    int64_t number() {
        static const int64_t ends[] = {0,
                                       1,
                                       2,
                                       3,
                                       -1,
                                       -2,
                                       15,
                                       16,
                                       64,
                                       127,
                                       128,
                                       -128,
                                       -129,
                                       255,
                                       256,
                                       4095,
                                       4096,
                                       4097,
                                       -4096,
                                       65535,
                                       65536,
                                       1 << 20,
                                       1 << 26,
                                       1 << 30,
                                       INT32_MAX,
                                       INT32_MAX - 1,
                                       INT32_MIN,
                                       INT32_MIN + 1,
                                       INT64_C(1) << 32,
                                       (INT64_C(1) << 33) - 1,
                                       INT64_MAX,
                                       INT64_MAX - 127,
                                       INT64_MIN,
                                       INT64_MIN + 1};
        return below(8) ? ends[below(sizeof ends / sizeof *ends)]
                        : static_cast<int64_t>(below(5000)) - 500;
    }
    int32_t number32() {
        int64_t v = number();
        return v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : static_cast<int32_t>(v);
    }
    float real() {
        static const float ends[] = {0,        -0.0f,     1,     -1,         1e-30f,   1e30f,
                                     1e-38f,   1e-45f,    3e38f, 0.5f,       1e-6f,    1e6f,
                                     INFINITY, -INFINITY, NAN,   1.0f / 256, 65536.0f, 2.0f};
        return ends[below(sizeof ends / sizeof *ends)];
    }

    tfl::TensorT *tensor() {
        return graph->tensors.empty() ? nullptr
                                      : graph->tensors[below(graph->tensors.size())].get();
    }
    tfl::OperatorT *op() {
        return graph->operators.empty() ? nullptr
                                        : graph->operators[below(graph->operators.size())].get();
    }
    /// Of a tensor: mostly one that there is.
    int32_t index() {
        size_t n = graph->tensors.size();
        return below(6) ? static_cast<int32_t>(below(n)) : below(3) ? -1 : number32();
    }
    template <class T> void one_of(std::vector<T> *v, T value) {
        if (v->empty() || below(12) == 0)
            v->push_back(value);
        else if (below(12) == 0)
            v->pop_back();
        else
            (*v)[below(v->size())] = value;
    }

    void change_shape() {
        if (tfl::TensorT *t = tensor()) one_of(&t->shape, number32());
    }
    void change_signature() {
        if (tfl::TensorT *t = tensor()) one_of(&t->shape_signature, number32());
    }
    void change_type() {
        static const int8_t types[] = {tfl::TensorType_FLOAT32, tfl::TensorType_INT32,
                                       tfl::TensorType_UINT8,   tfl::TensorType_INT64,
                                       tfl::TensorType_INT8,    127};
        tfl::TensorT *t = tensor();
        if (!t) return;
        t->type = static_cast<tfl::TensorType>(types[below(sizeof types)]);
        if (t->type == tfl::TensorType_UINT8 && t->quantization && below(2))
            for (int64_t &z : t->quantization->zero_point)
                z = static_cast<int64_t>(static_cast<uint64_t>(z) + 128);
    }
    void change_scale() {
        tfl::TensorT *t = tensor();
        if (!t || !t->quantization) return;
        one_of(&t->quantization->scale, real());
        if (below(4) == 0) // an operator's tensors often must have the same
            for (auto &other : graph->tensors)
                if (other->quantization && other->quantization->scale.size() == 1)
                    other->quantization->scale = t->quantization->scale;
    }
    void change_zero_point() {
        tfl::TensorT *t = tensor();
        if (t && t->quantization) one_of(&t->quantization->zero_point, number());
    }
    void change_quantization() {
        tfl::TensorT *t = tensor();
        if (!t) return;
        if (t->quantization && below(3)) {
            t->quantization->quantized_dimension = number32();
        } else if (t->quantization && below(2)) {
            t->quantization.reset();
        } else {
            t->quantization.reset(new tfl::QuantizationT);
            t->quantization->scale.assign(1 + below(3), 0.05f);
            t->quantization->zero_point.assign(1, number());
        }
        t->is_variable = below(8) == 0;
    }
    /// A list of int32 as one of int64, which the lists of axes and sizes may be too.
    static void widen(tfl::TensorT *t, std::vector<uint8_t> *data) {
        std::vector<uint8_t> wide(data->size() / 4 * 8);
        for (size_t i = 0; i < data->size() / 4; i++) {
            int32_t v;
            memcpy(&v, data->data() + 4 * i, 4);
            int64_t w = v;
            memcpy(wide.data() + 8 * i, &w, 8);
        }
        *data = wide;
        t->type = tfl::TensorType_INT64;
    }
    void change_data() {
        tfl::TensorT *t = tensor();
        if (!t || t->buffer >= model->buffers.size()) return;
        std::vector<uint8_t> &data = model->buffers[t->buffer]->data;
        if (t->type == tfl::TensorType_INT32 && below(2)) widen(t, &data);
        size_t each = t->type == tfl::TensorType_INT64 ? 8 : 4, n = data.size() / each;
        if (n && below(8)) { // axes, paddings, sizes: little lists of integers
            int64_t v = number();
            memcpy(data.data() + each * below(n), &v, each);
        } else {
            data.resize(below(2) ? below(data.size() + 9) : 0);
        }
    }
    void change_buffer() {
        if (tfl::TensorT *t = tensor())
            t->buffer = below(2) ? static_cast<uint32_t>(below(model->buffers.size()))
                                 : static_cast<uint32_t>(number());
        if (below(8) || model->buffers.empty()) return;
        tfl::BufferT &b = *model->buffers[below(model->buffers.size())];
        b.data.clear();
        b.offset = static_cast<uint64_t>(number());
        b.size = static_cast<uint64_t>(number());
    }
    void change_operands() {
        tfl::OperatorT *o = op();
        if (o) one_of(below(3) ? &o->inputs : &o->outputs, index());
    }
    void change_ends() { one_of(below(2) ? &graph->inputs : &graph->outputs, index()); }
    void change_code() {
        static const int codes[] = {0,  1,  2,  3,  4,  6,  9,  14,  17,  18, 19,
                                    20, 21, 22, 25, 28, 34, 40, 41,  43,  45, 49,
                                    55, 57, 60, 65, 70, 97, 98, 114, 117, 53, 999};
        tfl::OperatorT *o = op();
        if (!o) return;
        std::unique_ptr<tfl::OperatorCodeT> code(new tfl::OperatorCodeT);
        code->code = static_cast<tfl::BuiltinOperator>(codes[below(sizeof codes / sizeof *codes)]);
        o->opcode_index = static_cast<uint32_t>(model->operator_codes.size());
        model->operator_codes.push_back(std::move(code));
        if (below(3) == 0) o->options.Reset();
    }
    void change_order() {
        size_t n = graph->operators.size();
        if (!n) return;
        size_t a = below(n), b = below(n);
        if (below(2))
            std::swap(graph->operators[a], graph->operators[b]);
        else if (below(2))
            graph->operators.erase(graph->operators.begin() + static_cast<std::ptrdiff_t>(a));
        else
            graph->inputs.insert(graph->inputs.end(), below(2), index());
    }
    void change_options() {
        tfl::OperatorT *o = op();
        if (!o) return;
        int32_t v = number32();
        auto act = static_cast<tfl::Activation>(below(8));
        auto pad = static_cast<tfl::Padding>(below(3));
        if (auto *c = o->options.AsConv2D()) {
            int32_t *at[] = {&c->stride_w, &c->stride_h, &c->dilation_w, &c->dilation_h};
            below(4) ? *at[below(4)] = v : (c->padding = pad, c->activation = act, 0);
        } else if (auto *d = o->options.AsDepthwiseConv2D()) {
            int32_t *at[] = {&d->stride_w, &d->stride_h, &d->dilation_w, &d->dilation_h,
                             &d->depth_multiplier};
            below(5) ? *at[below(5)] = v : (d->padding = pad, d->activation = act, 0);
        } else if (auto *p = o->options.AsPool2D()) {
            int32_t *at[] = {&p->stride_w, &p->stride_h, &p->filter_w, &p->filter_h};
            below(4) ? *at[below(4)] = v : (p->padding = pad, p->activation = act, 0);
        } else if (auto *s = o->options.AsStridedSlice()) {
            int32_t *at[] = {&s->begin_mask, &s->end_mask, &s->ellipsis_mask, &s->new_axis_mask,
                             &s->shrink_axis_mask};
            *at[below(5)] = below(2) ? static_cast<int32_t>(below(16)) : v;
        } else if (auto *k = o->options.AsConcatenation()) {
            below(2) ? k->axis = v : (k->activation = act, 0);
        } else if (auto *n = o->options.AsSplit()) {
            n->num_splits = v;
        } else if (auto *m = o->options.AsSoftmax()) {
            m->beta = real();
        } else if (auto *l = o->options.AsLeakyRelu()) {
            l->alpha = real();
        } else if (auto *f = o->options.AsFullyConnected()) {
            below(2) ? f->activation = act : (f->weights_format = static_cast<int8_t>(v), act);
        } else if (auto *a = o->options.AsAdd()) {
            a->activation = act;
        } else if (auto *u = o->options.AsMul()) {
            u->activation = act;
        } else if (auto *b = o->options.AsSub()) {
            b->activation = act;
        } else if (auto *r = o->options.AsReducer()) {
            r->keep_dims = !r->keep_dims;
        } else if (auto *z = o->options.AsResizeNearestNeighbor()) {
            z->align_corners = !z->align_corners;
        }
    }

    void change() {
        static void (Mutator::*const kinds[])() = {
            &Mutator::change_shape,      &Mutator::change_shape,      &Mutator::change_signature,
            &Mutator::change_type,       &Mutator::change_scale,      &Mutator::change_scale,
            &Mutator::change_zero_point, &Mutator::change_zero_point, &Mutator::change_quantization,
            &Mutator::change_data,       &Mutator::change_data,       &Mutator::change_data,
            &Mutator::change_buffer,     &Mutator::change_operands,   &Mutator::change_operands,
            &Mutator::change_operands,   &Mutator::change_ends,       &Mutator::change_code,
            &Mutator::change_code,       &Mutator::change_order,      &Mutator::change_options,
            &Mutator::change_options,    &Mutator::change_options};
        (this->*kinds[below(sizeof kinds / sizeof *kinds)])();
    }
};

/// The verifier sees to the alignment of a vector's length, not to that of its wider elements.
bool is_aligned(const tfl::Model *model) {
    if (!model->subgraphs()) return true;
    for (const tfl::SubGraph *g : *model->subgraphs())
        for (unsigned i = 0; g->tensors() && i < g->tensors()->size(); i++) {
            const tfl::Quantization *q = g->tensors()->Get(i)->quantization();
            if (q && q->zero_point() &&
                reinterpret_cast<uintptr_t>(q->zero_point()->data()) % alignof(int64_t))
                return false;
        }
    return true;
}

} // namespace

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t room, unsigned seed) {
    // FlatBuffers reads words where they lie, which must be aligned: a vector's bytes are
    std::vector<uint8_t> copy(bytes, bytes + size);
    if (size < 8 || !tfl::ModelBufferHasIdentifier(copy.data())) return 0;
    flatbuffers::Verifier verifier(copy.data(), size, 64, 1000 * 1000);
    if (!tfl::VerifyModelBuffer(verifier) || !is_aligned(tfl::GetModel(copy.data()))) return 0;
    std::unique_ptr<tfl::ModelT> model(tfl::GetModel(copy.data())->UnPack());
    if (model->subgraphs.empty()) return 0;
    for (auto &g : model->subgraphs)
        for (auto &o : g->operators) // a kind without its table cannot be packed
            if (!o->options.value) o->options.Reset();
    Mutator m = {std::minstd_rand(seed), model.get(), model->subgraphs[0].get()};
    for (size_t n = 1 + m.below(3); n; n--) m.change();
    flatbuffers::FlatBufferBuilder builder;
    builder.ForceDefaults(m.below(2) != 0);
    tfl::FinishModelBuffer(builder, tfl::Model::Pack(builder, model.get()));
    if (builder.GetSize() > room) return 0;
    memcpy(bytes, builder.GetBufferPointer(), builder.GetSize());
    return builder.GetSize();
}
