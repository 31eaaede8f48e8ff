// SPDX-License-Identifier: Apache-2.0
// The shim over the FlatBuffers library, whose readers are C++: verifies a .tflite file and hands
// out its tables as C structures.
#include "tnpu_tflite_file.h"

#include "tflite_generated.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tfl = tnpu_tflite;

namespace {

/// What reading needs at every step.
struct Load {
    tnpu_tfl_model *m;
    const char *label;
    tnpu_error *e;
    const uint8_t *bytes;
    size_t size;
    const tfl::Model *model;
};

void set_name(char *to, const char *from, size_t n) {
    size_t count = n < TNPU_TFL_NAME_MAX - 1 ? n : TNPU_TFL_NAME_MAX - 1;
    for (size_t i = 0; i < count; i++) to[i] = from[i] > 0x1f && from[i] < 0x7f ? from[i] : '?';
    to[count] = 0;
}

template <class V> int count_of(const V *v) {
    return v ? static_cast<int>(v->size()) : 0;
}

template <class V> bool too_many(const V *v) {
    return v && v->size() > static_cast<size_t>(TNPU_TFL_COUNT_MAX);
}

/// The bytes of a buffer: in the table, or, in large files, somewhere behind it.
int find_data(const Load &f, tnpu_tfl_tensor *t, int index, uint32_t buffer) {
    const auto *buffers = f.model->buffers();
    if (buffer >= static_cast<uint32_t>(count_of(buffers)))
        return tnpu_fail(f.e, "%s: tensor %d (%s) is in buffer %u, and the file has %d", f.label,
                         index, t->name, static_cast<unsigned>(buffer), count_of(buffers));
    const tfl::Buffer *b = buffers->Get(buffer);
    if (b->data() && b->data()->size() > 0) {
        t->data = b->data()->data();
        t->size = b->data()->size();
    } else if (b->offset() > 1) {
        if (b->offset() > f.size || b->size() > f.size - b->offset())
            return tnpu_fail(f.e, "%s: tensor %d (%s): its buffer lies outside the file", f.label,
                             index, t->name);
        t->data = f.bytes + b->offset();
        t->size = b->size();
    }
    return 0;
}

int read_tensor(const Load &f, const tfl::Tensor *from, int index) {
    tnpu_tfl_tensor *t = &f.m->tensors[index];
    const auto *name = from->name();
    set_name(t->name, name ? name->c_str() : "", name ? name->size() : 0);
    t->type = from->type();
    t->rank = count_of(from->shape());
    for (int i = 0; i < t->rank && i < TNPU_TFL_RANK_MAX; i++)
        t->dims[i] = from->shape()->Get(static_cast<unsigned>(i));
    for (int i = 1; i < count_of(from->shape_signature()); i++)
        if (from->shape_signature()->Get(static_cast<unsigned>(i)) < 0) t->dynamic = true;
    t->sparse = from->sparsity() != nullptr;
    t->variable = from->is_variable();
    if (const tfl::Quantization *q = from->quantization()) {
        t->scale_count = count_of(q->scale());
        t->scale = q->scale() ? q->scale()->data() : nullptr;
        t->zero_point_count = count_of(q->zero_point());
        t->zero_point = q->zero_point() ? q->zero_point()->data() : nullptr;
        // The verifier sees to the alignment of a vector's length, not to that of its wider
        // elements
        if (t->zero_point_count && reinterpret_cast<uintptr_t>(t->zero_point) % alignof(int64_t))
            return tnpu_fail(f.e, "%s: tensor %d (%s): its zero points are not aligned", f.label,
                             index, t->name);
        t->quantized_dimension = q->quantized_dimension();
    }
    return find_data(f, t, index, from->buffer());
}

/// Calls of options_as_X are NULL for options of another kind.
void read_options(tnpu_tfl_options *to, const tfl::Operator *from) {
    to->kind = from->options_type();
    to->dilation_w = to->dilation_h = to->depth_multiplier = 1;
    if (const auto *o = from->options_as_Conv2D()) {
        to->padding = o->padding();
        to->stride_w = o->stride_w(), to->stride_h = o->stride_h();
        to->dilation_w = o->dilation_w(), to->dilation_h = o->dilation_h();
        to->activation = o->activation();
    } else if (const auto *d = from->options_as_DepthwiseConv2D()) {
        to->padding = d->padding();
        to->stride_w = d->stride_w(), to->stride_h = d->stride_h();
        to->dilation_w = d->dilation_w(), to->dilation_h = d->dilation_h();
        to->depth_multiplier = d->depth_multiplier();
        to->activation = d->activation();
    } else if (const auto *p = from->options_as_Pool2D()) {
        to->padding = p->padding();
        to->stride_w = p->stride_w(), to->stride_h = p->stride_h();
        to->filter_w = p->filter_w(), to->filter_h = p->filter_h();
        to->activation = p->activation();
    } else if (const auto *c = from->options_as_FullyConnected()) {
        to->activation = c->activation();
        to->weights_format = c->weights_format();
        to->keep_dims = c->keep_num_dims();
    } else if (const auto *s = from->options_as_Softmax()) {
        to->beta = s->beta();
    } else if (const auto *k = from->options_as_Concatenation()) {
        to->axis = k->axis();
        to->activation = k->activation();
    } else if (const auto *a = from->options_as_Add()) {
        to->activation = a->activation();
    } else if (const auto *m = from->options_as_Mul()) {
        to->activation = m->activation();
    } else if (const auto *b = from->options_as_Sub()) {
        to->activation = b->activation();
    } else if (const auto *r = from->options_as_Reducer()) {
        to->keep_dims = r->keep_dims();
    } else if (const auto *g = from->options_as_StridedSlice()) {
        to->begin_mask = g->begin_mask(), to->end_mask = g->end_mask();
        to->ellipsis_mask = g->ellipsis_mask();
        to->new_axis_mask = g->new_axis_mask();
        to->shrink_axis_mask = g->shrink_axis_mask();
        to->offset = g->offset();
    } else if (const auto *n = from->options_as_Split()) {
        to->num_splits = n->num_splits();
    } else if (const auto *z = from->options_as_ResizeNearestNeighbor()) {
        to->align_corners = z->align_corners();
        to->half_pixel_centers = z->half_pixel_centers();
    } else if (const auto *l = from->options_as_LeakyRelu()) {
        to->alpha = l->alpha();
    }
}

/// Old files have the operator's number in a byte; new ones, which may have larger numbers, keep
/// 127 there.
int code_of(const tfl::OperatorCode *c) {
    int code = static_cast<int>(c->code()), old = c->old_code();
    return code > old ? code : old;
}

int check_indices(const Load &f, const flatbuffers::Vector<int32_t> *v, bool optional,
                  const char *whose, int index) {
    for (int i = 0; i < count_of(v); i++) {
        int t = v->Get(static_cast<unsigned>(i));
        if (t >= f.m->tensor_count || t < (optional ? -1 : 0))
            return tnpu_fail(f.e, "%s: %s %d uses tensor %d, and the file has %d", f.label, whose,
                             index, t, f.m->tensor_count);
    }
    return 0;
}

int read_op(const Load &f, const tfl::Operator *from, int index) {
    tnpu_tfl_op *op = &f.m->ops[index];
    const auto *codes = f.model->operator_codes();
    if (from->opcode_index() >= static_cast<uint32_t>(count_of(codes)))
        return tnpu_fail(f.e, "%s: operator %d is of kind %u, and the file lists %d", f.label,
                         index, static_cast<unsigned>(from->opcode_index()), count_of(codes));
    const tfl::OperatorCode *code = codes->Get(from->opcode_index());
    op->code = code_of(code);
    const char *name = tfl::EnumNameBuiltinOperator(static_cast<tfl::BuiltinOperator>(op->code));
    if (op->code == tfl::BuiltinOperator_CUSTOM && code->custom_code())
        set_name(op->name, code->custom_code()->c_str(), code->custom_code()->size());
    else if (name[0])
        set_name(op->name, name, strlen(name));
    else
        snprintf(op->name, sizeof op->name, "builtin %d", op->code);
    if (too_many(from->inputs()) || too_many(from->outputs()))
        return tnpu_fail(f.e, "%s: operator %d (%s) has more than %d inputs or outputs", f.label,
                         index, op->name, TNPU_TFL_COUNT_MAX);
    op->input_count = count_of(from->inputs());
    op->output_count = count_of(from->outputs());
    op->inputs = from->inputs() ? from->inputs()->data() : nullptr;
    op->outputs = from->outputs() ? from->outputs()->data() : nullptr;
    read_options(&op->options, from);
    return check_indices(f, from->inputs(), true, "operator", index) ||
                   check_indices(f, from->outputs(), false, "operator", index)
               ? -1
               : 0;
}

template <class T> T *array_of(int n) {
    return static_cast<T *>(calloc(static_cast<size_t>(n) + 1, sizeof(T)));
}

int read_graph(const Load &f) {
    if (count_of(f.model->subgraphs()) != 1)
        return tnpu_fail(f.e, "%s: has %d subgraphs; only networks of one can be compiled", f.label,
                         count_of(f.model->subgraphs()));
    const tfl::SubGraph *g = f.model->subgraphs()->Get(0);
    if (too_many(g->tensors()) || too_many(g->operators()) || too_many(g->inputs()) ||
        too_many(g->outputs()) || too_many(f.model->buffers()))
        return tnpu_fail(f.e, "%s: has more than %d tensors, operators or buffers", f.label,
                         TNPU_TFL_COUNT_MAX);
    f.m->tensors = array_of<tnpu_tfl_tensor>(count_of(g->tensors()));
    f.m->ops = array_of<tnpu_tfl_op>(count_of(g->operators()));
    if (!f.m->tensors || !f.m->ops) return tnpu_fail(f.e, "%s: out of memory", f.label);
    f.m->tensor_count = count_of(g->tensors());
    f.m->op_count = count_of(g->operators());
    f.m->input_count = count_of(g->inputs());
    f.m->output_count = count_of(g->outputs());
    f.m->inputs = g->inputs() ? g->inputs()->data() : nullptr;
    f.m->outputs = g->outputs() ? g->outputs()->data() : nullptr;
    for (int i = 0; i < f.m->tensor_count; i++)
        if (read_tensor(f, g->tensors()->Get(static_cast<unsigned>(i)), i)) return -1;
    for (int i = 0; i < f.m->op_count; i++)
        if (read_op(f, g->operators()->Get(static_cast<unsigned>(i)), i)) return -1;
    return check_indices(f, g->inputs(), false, "the network's input list, entry", 0) ||
                   check_indices(f, g->outputs(), false, "the network's output list, entry", 0)
               ? -1
               : 0;
}

} // namespace

int tnpu_tfl_parse(struct tnpu_tfl_model *m, const char *label, const uint8_t *bytes, size_t size,
                   struct tnpu_error *e) {
    *m = {};
    if (size < 8 || !tfl::ModelBufferHasIdentifier(bytes))
        return tnpu_fail(e, "%s: is not a .tflite file (its bytes 4..7 are not TFL3)", label);
    flatbuffers::Verifier verifier(bytes, size, 64, 10 * 1000 * 1000);
    if (!tfl::VerifyModelBuffer(verifier))
        return tnpu_fail(e, "%s: is damaged: its tables point outside the file or each other",
                         label);
    Load f = {m, label, e, bytes, size, tfl::GetModel(bytes)};
    if (f.model->version() != 3)
        return tnpu_fail(e, "%s: has schema version %u, and 3 is what can be read", label,
                         static_cast<unsigned>(f.model->version()));
    int rc = read_graph(f);
    if (rc) tnpu_tfl_free(m);
    return rc;
}

const char *tnpu_tfl_type_name(int type) {
    const char *name = tfl::EnumNameTensorType(static_cast<tfl::TensorType>(type));
    return name[0] ? name : "of an unknown type";
}

void tnpu_tfl_free(struct tnpu_tfl_model *m) {
    free(m->tensors);
    free(m->ops);
    *m = {};
}
