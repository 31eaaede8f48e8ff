// SPDX-License-Identifier: Apache-2.0
// Jobs: a program is loaded, inputs are submitted, results read; what may follow what.
#include "tnpu.h"
#include "tnpu_feature.h"
#include "tnpu_spec.h"

/// A failure that leaves chip or link in a state that only a reset clears.
static int broken(struct tnpu *npu, int rc) {
    npu->phase = TNPU_PHASE_FAILED;
    return rc;
}

static int refuse(struct tnpu *npu, const char *step, int rc) {
    npu->device.step = step;
    return tnpu_device_fail(&npu->device, rc);
}

/// The chip is large enough for the program, and made the same way.
static bool fits(const struct tnpu_identity *chip, const struct tnpu_net *net) {
    return chip->lanes == net->lanes && chip->imem_depth * TNPU_IWORDS * 4 >= net->imem_bytes &&
           chip->wmem_bytes >= net->wmem_bytes && chip->fmem_bytes >= net->fmem_used &&
           chip->version >= net->isa;
}

int tnpu_open(struct tnpu *npu, const struct tnpu_transport *link, const struct tnpu_net *net) {
    if (!npu || !net || !net->bytes) return TNPU_ERR_ARGUMENT;
    *npu = (struct tnpu){.net = net, .phase = TNPU_PHASE_CLOSED};
    int rc = tnpu_device_open(&npu->device, link);
    if (rc) return rc;
    if (!fits(&npu->device.identity, net)) return refuse(npu, "identification", TNPU_ERR_CONFIG);
    npu->phase = TNPU_PHASE_OPEN;
    return TNPU_OK;
}

int tnpu_attach(struct tnpu *npu, const struct tnpu_hostlayers *host) {
    if (!npu || !host || host->net != npu->net) return TNPU_ERR_ARGUMENT;
    npu->host = host;
    return TNPU_OK;
}

/// A reset of the chip can lose weights that were acknowledged and still on their way to the
/// memory. It clears IRQ_ENABLE, too, which was set before. (Later on, START fails after a reset.)
static int still_there(struct tnpu *npu) {
    uint32_t enabled;
    int rc = tnpu_device_get(&npu->device, TNPU_REG_IRQ_ENABLE, &enabled);
    if (!rc && !enabled) rc = tnpu_device_fail(&npu->device, TNPU_ERR_RUN_LOST);
    return rc;
}

int tnpu_load(struct tnpu *npu) {
    const struct tnpu_net *net = npu->net;
    if (npu->phase == TNPU_PHASE_CLOSED || npu->phase == TNPU_PHASE_RUNNING)
        return refuse(npu, "upload of weights", TNPU_ERR_STATE);
    npu->device.step = "upload of weights";
    int rc = tnpu_device_write(&npu->device, TNPU_MAP_WMEM, net->wmem, net->wmem_bytes);
    if (rc) return broken(npu, rc);
    npu->device.step = "upload of instructions";
    npu->twin = 0;
    rc = tnpu_device_write(&npu->device, TNPU_MAP_IMEM, net->imem, net->imem_bytes);
    if (!rc) rc = still_there(npu);
    if (rc) return broken(npu, rc);
    npu->phase = TNPU_PHASE_READY;
    npu->loaded = true;
    return TNPU_OK;
}

int tnpu_upload(struct tnpu *npu, const void *input, size_t size) {
    const struct tnpu_net_tensor *t = &npu->net->input;
    if (npu->phase != TNPU_PHASE_READY && npu->phase != TNPU_PHASE_DONE)
        return refuse(npu, "upload of the input", TNPU_ERR_STATE);
    if (!input || size != tnpu_net_size(t))
        return refuse(npu, "upload of the input", TNPU_ERR_BUFFER);
    npu->phase = TNPU_PHASE_READY;
    npu->device.step = "upload of the input";
    int rc = npu->host ? npu->host->put(npu->host, &npu->device, input)
                       : tnpu_feature_put(&npu->device, t, 0, t->height, input);
    return rc ? broken(npu, rc) : TNPU_OK;
}

int tnpu_start(struct tnpu *npu) {
    if (npu->phase != TNPU_PHASE_READY) return refuse(npu, "start", TNPU_ERR_STATE);
    int rc = tnpu_device_start(&npu->device, TNPU_DEVICE_NO_STOP);
    if (rc) return broken(npu, rc);
    npu->phase = TNPU_PHASE_RUNNING;
    return TNPU_OK;
}

int tnpu_submit(struct tnpu *npu, const void *input, size_t size) {
    int rc = tnpu_upload(npu, input, size);
    return rc ? rc : tnpu_start(npu);
}

/// The NPU waits for a layer of the host.
static int serve(struct tnpu *npu) {
    if (!npu->host) return tnpu_device_fail(&npu->device, TNPU_ERR_HOST_LAYER);
    int rc = npu->host->serve(npu->host, &npu->device);
    return rc ? rc : tnpu_device_resume(&npu->device, TNPU_DEVICE_NO_STOP);
}

/// What a state of the NPU means for the job that runs: 1 ended, 0 not yet, or a failure.
static int judge(struct tnpu *npu, int state) {
    switch (state) {
    case TNPU_DEVICE_RUNNING:
        return 0;
    case TNPU_DEVICE_DONE:
        npu->phase = TNPU_PHASE_DONE;
        return 1;
    case TNPU_DEVICE_STOPPED:
        return broken(npu, tnpu_device_fail(&npu->device, TNPU_ERR_NPU));
    case TNPU_DEVICE_PAUSED: // the first of a stream's two programs ends so
        if (npu->twin) return judge(npu, TNPU_DEVICE_DONE);
        // fall through
    case TNPU_DEVICE_HALTED: // a layer of the host between those of the NPU
        state = serve(npu);
        return state ? broken(npu, state) : 0;
    case TNPU_DEVICE_IDLE:
        return broken(npu, tnpu_device_fail(&npu->device, TNPU_ERR_RUN_LOST));
    default: // the link; the run itself may be in order
        return state;
    }
}

int tnpu_poll(struct tnpu *npu) {
    if (npu->phase == TNPU_PHASE_DONE) return 1;
    if (npu->phase != TNPU_PHASE_RUNNING) return refuse(npu, "poll", TNPU_ERR_STATE);
    npu->device.step = "poll";
    return judge(npu, tnpu_device_state(&npu->device));
}

int tnpu_wait(struct tnpu *npu, uint32_t timeout_us) {
    if (npu->phase == TNPU_PHASE_DONE) return TNPU_OK;
    if (npu->phase != TNPU_PHASE_RUNNING) return refuse(npu, "wait", TNPU_ERR_STATE);
    int rc = 0; // it halted, and goes on: without loops, at most once an instruction
    for (uint32_t left = npu->device.identity.imem_depth; !rc && left; left--)
        rc = judge(npu, tnpu_device_wait(&npu->device, timeout_us));
    if (!rc) return tnpu_device_fail(&npu->device, TNPU_ERR_TIMEOUT);
    return rc > 0 ? TNPU_OK : rc;
}

size_t tnpu_result_size(const struct tnpu *npu) {
    return tnpu_net_size(npu->host ? &npu->net->output : &npu->net->npu_output);
}

int tnpu_result(struct tnpu *npu, void *result, size_t size) {
    if (npu->phase != TNPU_PHASE_DONE) return refuse(npu, "result", TNPU_ERR_STATE);
    if (!result || size < tnpu_result_size(npu)) return refuse(npu, "result", TNPU_ERR_BUFFER);
    npu->device.step = "reading of the result";
    int rc = npu->host ? npu->host->fetch(npu->host, &npu->device)
                       : tnpu_feature_get(&npu->device, &npu->net->npu_output, result);
    if (rc) return broken(npu, rc);
    if (npu->host) npu->host->finish(npu->host, result);
    return TNPU_OK;
}

int tnpu_counters(struct tnpu *npu, struct tnpu_run_counters *counters) {
    if (npu->phase != TNPU_PHASE_DONE) return refuse(npu, "counters", TNPU_ERR_STATE);
    return tnpu_device_counters(&npu->device, counters);
}

int tnpu_reset(struct tnpu *npu) {
    if (npu->phase == TNPU_PHASE_CLOSED) return refuse(npu, "reset", TNPU_ERR_STATE);
    npu->phase = TNPU_PHASE_FAILED;
    int rc = tnpu_device_reset(&npu->device);
    if (rc) return rc;
    if (!fits(&npu->device.identity, npu->net)) return refuse(npu, "reset", TNPU_ERR_CONFIG);
    npu->phase = TNPU_PHASE_OPEN;
    return npu->loaded ? tnpu_load(npu) : TNPU_OK;
}
