// SPDX-License-Identifier: Apache-2.0
// Three pictures in flight: one goes up, one runs, one comes back.
#include "tnpu_stream.h"

#include "tnpu_feature.h"
#include "tnpu_hostjob.h"
#include "tnpu_spec.h"
#include "tnpu_twin.h"

/// A result of so many bytes is read faster than a run is guarded against overwriting it.
enum { SMALL_RESULT = 128 };
/// RELEASE is looked at so often without progress before the program's state is.
enum { STATE_EVERY = 8 };

static int fail(struct tnpu *npu, int rc) {
    npu->phase = TNPU_PHASE_FAILED;
    return tnpu_device_fail(&npu->device, rc);
}

/// Whether tensor i is read when a run has ended: the result, or what host layers make it of.
static bool is_read(const struct tnpu *npu, uint32_t i) {
    if (npu->host) return tnpu_hostjob_fetches(npu->host, i);
    return i == tnpu_net_layer(npu->net, npu->net->npu_layers - 1).output;
}

/// What is read when a run has ended, besides in `where`.
static bool is_read_in(const struct tnpu *npu, const struct tnpu_net_tensor *where) {
    for (uint32_t i = 0; i < npu->net->tensors; i++) {
        struct tnpu_net_tensor t = tnpu_net_tensor(npu->net, i);
        if (is_read(npu, i) && where->base < tnpu_feature_end(&t) &&
            t.base < tnpu_feature_end(where))
            return true;
    }
    return false;
}

/// The first instruction whose layer overwrites what is read, or 0 where the result must be read
/// before the run: it is small, or the program halts for the host, which a stop index would mix up.
static uint32_t guard_of(const struct tnpu *npu) {
    const struct tnpu_net *net = npu->net;
    uint32_t guard = 0;
    size_t size = 0;
    for (uint32_t i = 0; i < net->tensors; i++) {
        struct tnpu_net_tensor t = tnpu_net_tensor(net, i);
        if (is_read(npu, i)) size += tnpu_net_size(&t);
    }
    if (size <= SMALL_RESULT) return 0;
    for (uint32_t i = net->npu_layers; i-- > 0;) {
        struct tnpu_net_layer l = tnpu_net_layer(net, i);
        struct tnpu_net_tensor out = tnpu_net_tensor(net, l.output);
        if (l.on_host) return 0;
        if (is_read_in(npu, &out)) guard = l.insn;
    }
    return guard;
}

int tnpu_stream_begin(struct tnpu_stream *s, struct tnpu *npu) {
    if (!s || !npu) return TNPU_ERR_ARGUMENT;
    npu->device.step = "begin of the stream";
    if (npu->phase != TNPU_PHASE_READY && npu->phase != TNPU_PHASE_DONE)
        return tnpu_device_fail(&npu->device, TNPU_ERR_STATE);
    npu->phase = TNPU_PHASE_READY;
    *s = (struct tnpu_stream){.npu = npu, .guard = guard_of(npu)};
    s->ahead = npu->net->input_reserved && !is_read_in(npu, &npu->net->input);
    int rc = tnpu_twin_unload(npu); // of a stream that was not ended
    if (!rc && s->ahead) rc = tnpu_twin_load(npu);
    return rc ? fail(npu, rc) : TNPU_OK;
}

/// The run may have ended: its interrupt is there, or it has brought nothing new for a while.
static bool may_have_ended(const struct tnpu_stream *s) {
    const struct tnpu_transport *link = s->npu->device.link;
    return (link->wait_irq && link->wait_irq(link->context, 0) == 1) ||
           s->looks % STATE_EVERY == STATE_EVERY - 1;
}

/// Rows of the input that may be overwritten now, when it was `seen` at the last look, or a
/// negative status. A run that has ended needs none of them.
static int free_rows(struct tnpu_stream *s, uint32_t seen) {
    struct tnpu_device *dev = &s->npu->device;
    uint32_t rows, height = s->npu->net->input.height;
    uint8_t b[2];
    int rc = may_have_ended(s) ? tnpu_poll(s->npu) : 0;
    if (rc) return rc < 0 ? rc : (int)height;
    dev->step = "upload of the input";
    rc = tnpu_device_read(dev, TNPU_MAP_REGS + TNPU_REG_RELEASE, b, sizeof b);
    if (rc) return rc;
    rows = b[0] | (uint32_t)b[1] << 8;
    if (rows <= seen) s->looks++;
    return (int)(rows < height ? rows : height);
}

/// Sends what there is of rows 0..rows-1 behind the `sent` bytes that are up already; of a part of
/// the input only whole blocks of the link, where there are some. Returns the bytes that are up
/// now, or a negative status.
static int32_t send_rows(struct tnpu_stream *s, const uint8_t *input, uint32_t sent,
                         uint32_t rows) {
    struct tnpu_device *dev = &s->npu->device;
    const struct tnpu_net_tensor *t = &s->npu->net->input;
    uint32_t row = t->width * t->channels, end = rows * row;
    size_t block = dev->link->block;
    int rc;
    if (tnpu_feature_is_dense(t)) {
        uint32_t rest = block && rows < t->height ? (uint32_t)((t->base + end) % block) : 0;
        if (end - sent > rest) end -= rest;
        rc = tnpu_device_write(dev, TNPU_MAP_FMEM + t->base + sent, input + sent, end - sent);
    } else {
        rc = tnpu_feature_put(dev, t, sent / row, rows - sent / row, input + sent);
    }
    return rc ? rc : (int32_t)end;
}

/// The rows of the picture, each as soon as its place is free.
static int follow(struct tnpu_stream *s, const uint8_t *input, uint32_t timeout_us) {
    const struct tnpu_transport *link = s->npu->device.link;
    const struct tnpu_net_tensor *t = &s->npu->net->input;
    uint32_t start = link->now_us(link->context), seen = 0, sent = 0;
    int rc = tnpu_device_clear(&s->npu->device);
    if (rc) return rc;
    while (seen < t->height) {
        int rows = free_rows(s, seen);
        if (rows < 0) return rows;
        if ((uint32_t)rows > seen) {
            int32_t up = send_rows(s, input, sent, (uint32_t)rows);
            if (up < 0) return (int)up;
            sent = (uint32_t)up;
            seen = (uint32_t)rows;
            start = link->now_us(link->context);
        } else if (link->now_us(link->context) - start >= timeout_us) {
            return TNPU_ERR_TIMEOUT;
        }
    }
    return TNPU_OK;
}

/// Starts the program whose picture is up.
static int launch(struct tnpu_stream *s) {
    bool second = s->second;
    uint32_t stop = s->guard ? s->guard : TNPU_DEVICE_NO_STOP;
    if (s->guard && second) stop += (uint32_t)(s->npu->net->imem_bytes / (4 * TNPU_IWORDS));
    s->second = s->npu->twin && !second;
    return tnpu_device_restart(&s->npu->device, second, stop);
}

/// Starts the run of the picture that is up, and reads the result of the one before.
static int turn(struct tnpu_stream *s, void *result) {
    struct tnpu_device *dev = &s->npu->device;
    const struct tnpu_hostlayers *host = s->npu->host;
    int rc = s->guard ? launch(s) : TNPU_OK;
    dev->step = "reading of the result";
    if (!rc)
        rc =
            host ? host->fetch(host, dev) : tnpu_feature_get(dev, &s->npu->net->npu_output, result);
    if (rc) return rc;
    rc = s->guard ? tnpu_device_unguard(dev) : launch(s);
    if (!rc && host) host->finish(host, result);
    return rc;
}

/// The next picture, while a run goes on: to where the other program has its input, or behind what
/// the run needs no more.
static int send(struct tnpu_stream *s, const void *input, uint32_t timeout_us) {
    struct tnpu *npu = s->npu;
    struct tnpu_net_tensor t = npu->net->input;
    if (!npu->twin) return s->ahead ? follow(s, input, timeout_us) : TNPU_OK;
    if (s->second) t.base += npu->twin;
    npu->device.step = "upload of the input";
    return tnpu_feature_put(&npu->device, &t, 0, t.height, input);
}

int tnpu_stream_push(struct tnpu_stream *s, const void *input, size_t input_size, void *result,
                     size_t result_size, uint32_t timeout_us) {
    struct tnpu *npu = s->npu;
    const struct tnpu_net *net = npu->net;
    if (npu->phase != TNPU_PHASE_RUNNING && npu->phase != TNPU_PHASE_DONE) { // the first one
        s->second = npu->twin;
        return tnpu_submit(npu, input, input_size);
    }
    npu->device.step = "push";
    if (!input || input_size != tnpu_net_size(&net->input) || !result ||
        result_size < tnpu_result_size(npu))
        return tnpu_device_fail(&npu->device, TNPU_ERR_BUFFER);
    int rc = send(s, input, timeout_us);
    if (!rc) rc = tnpu_wait(npu, timeout_us);
    if (!rc && s->ahead) {
        rc = turn(s, result);
        npu->phase = TNPU_PHASE_RUNNING;
    } else if (!rc) {
        rc = tnpu_result(npu, result, result_size);
        if (!rc) rc = tnpu_submit(npu, input, input_size);
    }
    return rc ? fail(npu, rc) : 1;
}

int tnpu_stream_end(struct tnpu_stream *s, void *result, size_t result_size, uint32_t timeout_us) {
    struct tnpu *npu = s->npu;
    if (npu->phase == TNPU_PHASE_READY) return 0;
    int rc = tnpu_wait(npu, timeout_us);
    if (!rc) rc = tnpu_result(npu, result, result_size);
    if (rc) return rc;
    npu->phase = TNPU_PHASE_READY;
    rc = tnpu_twin_unload(npu);
    return rc ? fail(npu, rc) : 1;
}
