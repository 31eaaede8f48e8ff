// SPDX-License-Identifier: Apache-2.0
// Host layers: which tensors they need, where those lie in the caller's memory, and one layer from
// its record to its bytes.
#include "tnpu_hostlayers.h"

#include "tnpu_hostjob.h"
#include "tnpu_hostrun.h"

#include <string.h>

enum { FIELDS_AT = 192 }; ///< in a layer's record

static uint32_t root_of(const struct tnpu_net *net, uint32_t t) {
    struct tnpu_net_tensor tensor = tnpu_net_tensor(net, t);
    return tensor.view_of < 0 ? t : (uint32_t)tensor.view_of;
}

/// Whether host layer l reads (or, unless `reads`, writes) the memory of tensor t.
static bool touches(const struct tnpu_net *net, const struct tnpu_net_layer *l, uint32_t t,
                    bool reads) {
    return (l->input < net->tensors && root_of(net, l->input) == t) ||
           (l->residual < net->tensors && root_of(net, l->residual) == t) ||
           (!reads && l->output == t);
}

/// Whether one of the host layers from `first` on does.
static bool touched(const struct tnpu_net *net, uint32_t t, uint32_t first, bool reads) {
    for (uint32_t i = first; i < net->layers; i++) {
        struct tnpu_net_layer l = tnpu_net_layer(net, i);
        if (l.on_host && touches(net, &l, t, reads)) return true;
    }
    return false;
}

static bool is_needed(const struct tnpu_net *net, uint32_t t) {
    return t == root_of(net, net->output_index) || touched(net, t, 0, false) ||
           (t == net->input_index && !net->input.on_chip);
}

size_t tnpu_hostlayers_size(const struct tnpu_net *net) {
    uint64_t size = 4 * ((uint64_t)net->tensors + net->layers);
    for (uint32_t t = 0; t < net->tensors; t++) {
        struct tnpu_net_tensor tensor = tnpu_net_tensor(net, t);
        if (is_needed(net, t)) size += tnpu_net_size(&tensor);
    }
    return size < TNPU_HOSTJOB_FETCH ? (size_t)size : SIZE_MAX;
}

/// Gives each tensor that is needed its place.
static void lay_out(struct tnpu_hostlayers *h) {
    const struct tnpu_net *net = h->net;
    uint32_t at = 4 * (net->tensors + net->layers);
    for (uint32_t t = 0; t < net->tensors; t++) {
        struct tnpu_net_tensor tensor = tnpu_net_tensor(net, t);
        uint32_t place = TNPU_HOSTJOB_NONE;
        if (is_needed(net, t)) {
            bool fetch = tensor.on_chip && (t == root_of(net, net->output_index) ||
                                            touched(net, t, net->npu_layers, true));
            place = at | (fetch ? TNPU_HOSTJOB_FETCH : 0);
            at += (uint32_t)tnpu_net_size(&tensor);
        }
        tnpu_store32(h->memory + 4 * (size_t)t, place);
    }
}

/// Fields and tensors of a layer.
static void open_layer(const struct tnpu_net *net, const struct tnpu_net_layer *l,
                       struct tnpu_hostwork *w) {
    int32_t field[TNPU_HOSTFIELDS] = {0};
    for (uint32_t i = 0; i < TNPU_HOSTFIELDS; i++)
        field[i] = (int32_t)tnpu_load32(l->record + FIELDS_AT + 4 * (size_t)i);
    *w = (struct tnpu_hostwork){.y = NULL};
    memcpy(&w->f, field, sizeof w->f);
    if (l->input < net->tensors) w->in = tnpu_net_tensor(net, l->input);
    if (l->residual < net->tensors) w->res = tnpu_net_tensor(net, l->residual);
    w->out = tnpu_net_tensor(net, l->output);
}

/// Its constants, at `at` of the section HOST.
static void point_at_constants(const struct tnpu_net *net, uint32_t at, struct tnpu_hostwork *w) {
    size_t params = tnpu_hostwork_params(w);
    w->bias = net->host + at;
    w->post_bias = w->bias + 4 * params;
    w->mult = w->post_bias + 4 * params;
    w->shift = w->mult + 4 * params;
    w->weights = w->shift + params;
    w->k = net->host + at + tnpu_hostwork_constants(w) - 4 * params; // where there are some
}

static void run(const struct tnpu_hostlayers *h, uint32_t layer) {
    struct tnpu_net_layer l = tnpu_net_layer(h->net, layer);
    struct tnpu_hostwork w;
    open_layer(h->net, &l, &w);
    point_at_constants(h->net, tnpu_hostjob_place(h, h->net->tensors + layer), &w);
    if (l.input < h->net->tensors) w.x = tnpu_hostjob_bytes(h, l.input);
    if (l.residual < h->net->tensors) w.r = tnpu_hostjob_bytes(h, l.residual);
    w.y = tnpu_hostjob_bytes(h, l.output);
    if (w.f.op <= TNPU_HOSTOP_MEAN)
        tnpu_hostrun_window(&w);
    else
        tnpu_hostrun_bytes(&w);
}

/// Whether tensor t has its bytes when host layer i runs: on the chip, or the input, or made by a
/// host layer before. A view has as many bytes as what it is a view of.
static bool is_there(const struct tnpu_net *net, uint32_t t, uint32_t i) {
    struct tnpu_net_tensor tensor = tnpu_net_tensor(net, t);
    if (tensor.view_of >= 0) {
        struct tnpu_net_tensor root = tnpu_net_tensor(net, (uint32_t)tensor.view_of);
        if (root.view_of >= 0 || tnpu_net_size(&root) != tnpu_net_size(&tensor) ||
            root.on_chip != tensor.on_chip)
            return false;
        t = (uint32_t)tensor.view_of;
    }
    if (tensor.on_chip || t == net->input_index) return true;
    for (uint32_t k = 0; k < i; k++) {
        struct tnpu_net_layer l = tnpu_net_layer(net, k);
        if (l.on_host && l.output == t) return true;
    }
    return false;
}

/// Whether layer i can be run; *constants is where its constants are, and moves behind them.
static bool check_layer(const struct tnpu_net *net, uint32_t i, uint32_t *constants) {
    struct tnpu_net_layer l = tnpu_net_layer(net, i);
    struct tnpu_hostwork w;
    open_layer(net, &l, &w);
    if (w.f.op < 0 || w.f.op >= TNPU_HOSTOPS ||
        (w.f.op != TNPU_HOSTOP_CONST && l.input >= net->tensors) || w.out.view_of >= 0 ||
        (w.out.on_chip && i >= net->npu_layers) ||
        (l.input < net->tensors && !is_there(net, l.input, i)) ||
        (l.residual < net->tensors && !is_there(net, l.residual, i)))
        return false;
    if (tnpu_hostwork_constants(&w) > net->host_bytes - *constants) return false;
    point_at_constants(net, *constants, &w);
    *constants += (uint32_t)tnpu_hostwork_constants(&w);
    return tnpu_hostwork_is_good(&w);
}

int tnpu_hostlayers_init(struct tnpu_hostlayers *h, const struct tnpu_net *net, void *memory,
                         size_t size) {
    if (!h || !net || !net->bytes || !memory) return TNPU_ERR_ARGUMENT;
    size_t need = tnpu_hostlayers_size(net);
    if (need == SIZE_MAX) return TNPU_ERR_PROGRAM;
    if (size < need) return TNPU_ERR_BUFFER;
    *h = (struct tnpu_hostlayers){.net = net,
                                  .memory = memory,
                                  .run = run,
                                  .put = tnpu_hostjob_put,
                                  .serve = tnpu_hostjob_serve,
                                  .fetch = tnpu_hostjob_fetch,
                                  .finish = tnpu_hostjob_finish};
    lay_out(h);
    uint32_t constants = 0;
    for (uint32_t i = 0; i < net->layers; i++) {
        bool on_host = tnpu_net_layer(net, i).on_host;
        if (!on_host && i >= net->npu_layers) return TNPU_ERR_PROGRAM;
        tnpu_store32(h->memory + 4 * ((size_t)net->tensors + i), constants);
        if (on_host && !check_layer(net, i, &constants)) return TNPU_ERR_PROGRAM;
    }
    bool whole = constants == net->host_bytes && is_there(net, net->output_index, net->layers);
    return whole ? TNPU_OK : TNPU_ERR_PROGRAM;
}
