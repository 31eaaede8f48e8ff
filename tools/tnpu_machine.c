// SPDX-License-Identifier: Apache-2.0
// Drives a machine through the driver: load, input, run, result.
#include "tnpu_machine.h"

#include "tnpu_feature.h"
#include "tnpu_hostjob.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/// Host layers, and how long they take.
struct timed_layers {
    struct tnpu_hostlayers layers; ///< first: its `run` finds the rest
    void (*run)(const struct tnpu_hostlayers *h, uint32_t layer);
    uint8_t *memory;
    double us;
};

struct tnpu_machine {
    const struct tnpu_machine_ops *ops;
    void *impl;
    struct tnpu_transport link;
    struct tnpu npu;
    struct tnpu_net net;
    struct timed_layers host;
    uint8_t *bytes;               ///< the program as a file
    const struct tnpu_program *p; ///< loaded, NULL before
    const char *label;
    uint32_t patience_us; ///< in which the program must end
    double core_mhz;
};

static const struct {
    const char *name;
    const struct tnpu_machine_ops *ops;
} kinds[] = {[TNPU_MACHINE_MODEL] = {"model", &tnpu_machine_model_ops},
             [TNPU_MACHINE_RTL] = {"rtl", &tnpu_machine_rtl_ops},
             [TNPU_MACHINE_SPI] = {"spi", &tnpu_machine_spi_ops},
             [TNPU_MACHINE_SDIO] = {"sdio", &tnpu_machine_sdio_ops},
             [TNPU_MACHINE_FTDI] = {"ftdi", &tnpu_machine_ftdi_ops}};

/// The kind of that name, or -1.
static int kind_of(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(name, kinds[i].name)) return (int)i;
    return -1;
}

const char *tnpu_machine_choose(struct tnpu_machine_options *o, const char *name) {
    int kind = name ? kind_of(name) : -1;
    bool spi = kind == TNPU_MACHINE_SPI, sdio = kind == TNPU_MACHINE_SDIO;
    bool ftdi = kind == TNPU_MACHINE_FTDI;
    if (kind < 0) return "--on takes model, rtl, spi, sdio or ftdi";
    o->kind = (enum tnpu_machine_kind)kind;
    if (o->sdio_bits >= 0 && o->sdio_bits != 1 && o->sdio_bits != 4)
        return "--sdio-bits takes 1 or 4";
    if (!sdio && (o->sdio_bits >= 0 || o->sd_mhz != 0))
        return "--sdio-bits and --sd-mhz go with --on sdio";
    if (!spi && !ftdi && o->sck_mhz != 0) return "--sck-mhz goes with --on spi or ftdi";
    if (!ftdi && o->serial) return "--serial goes with --on ftdi";
    if (!spi && !sdio && o->wave)
        return "--wave goes with --on spi or sdio; diff has the core's waves";
    return NULL;
}

uint32_t tnpu_machine_period_ps(double mhz) {
    double ps = 1e6 / mhz;
    return ps < 2 ? 2 : ps > 1e9 ? 1000000000 : (uint32_t)(ps + 0.5);
}

int tnpu_machine_check_clock(const char *option, double mhz, double low, double high,
                             double core_mhz, struct tnpu_error *e) {
    if (mhz >= low * core_mhz && mhz <= high * core_mhz) return 0;
    return tnpu_fail(e, "%s: %g is not %g to %g, which a core of %g MHz (--core-mhz) allows",
                     option, mhz, low * core_mhz, high * core_mhz, core_mhz);
}

struct tnpu_machine *tnpu_machine_open(const struct tnpu_machine_options *options,
                                       const struct tnpu_config *config, struct tnpu_error *e) {
    struct tnpu_machine *m = calloc(1, sizeof *m);
    if (!m) {
        tnpu_fail(e, "%s: out of memory", config->name);
        return NULL;
    }
    m->ops = kinds[options->kind].ops;
    m->core_mhz = options->core_mhz;
    m->impl = m->ops->open(options, config, &m->link, e);
    if (!m->impl) {
        free(m);
        return NULL;
    }
    return m;
}

int tnpu_machine_close(struct tnpu_machine *m, struct tnpu_error *e) {
    if (!m) return 0;
    int rc = m->ops->close(m->impl, e);
    free(m->host.memory);
    free(m->bytes);
    free(m);
    return rc;
}

const struct tnpu_transport *tnpu_machine_link(const struct tnpu_machine *m) {
    return &m->link;
}

/// The name of the layer that an instruction belongs to.
static const char *layer_of(const struct tnpu_program *p, unsigned insn) {
    for (int i = 0; i < p->npu_layers; i++)
        if ((int)insn >= p->layers[i].insn &&
            (int)insn < p->layers[i].insn + p->layers[i].insn_count)
            return p->graph.layers[i].name;
    return "none";
}

/// 0 if the driver's answer was, else -1 with the driver's words.
static int told(const struct tnpu_machine *m, int rc, struct tnpu_error *e) {
    const struct tnpu_fault *fault = &m->npu.device.fault;
    char line[256];
    if (rc >= 0) return 0;
    if (rc == TNPU_ERR_NPU)
        return tnpu_fail(e, "%s: the NPU stopped at instruction %u (layer %s): %s", m->label,
                         fault->insn, layer_of(m->p, fault->insn),
                         fault->npu_error < TNPU_NUM_HW_ERRORS
                             ? tnpu_hw_error_text[fault->npu_error]
                             : "unknown error");
    return tnpu_fail(e, "%s: %s: %s", m->label, m->link.name,
                     tnpu_error_text(&m->npu, line, sizeof line));
}

/// An upper bound of an instruction's cycles: every read waits for the slowest of what can follow
/// it.
static uint64_t bound(const uint32_t words[TNPU_IWORDS], const struct tnpu_config *c) {
    struct tnpu_insn i;
    tnpu_decode(words, &i);
    uint64_t groups = (uint64_t)((i.out_c + c->lanes - 1) / c->lanes);
    uint64_t pixels = (uint64_t)i.out_h * i.out_w * i.pool_h * i.pool_w;
    uint64_t reads = pixels * ((uint64_t)i.kh * i.kw * i.nchunk + 2) +
                     ((uint64_t)i.in_h + 2) * ((uint64_t)i.in_w + 2);
    return groups * reads * TNPU_ADD_INTERVAL + 1000;
}

static void run_timed(const struct tnpu_hostlayers *h, uint32_t layer) {
    struct timed_layers *t = (struct timed_layers *)h; // its first member, and not const
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    t->run(h, layer);
    clock_gettime(CLOCK_MONOTONIC, &end);
    t->us +=
        (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) * 1e-3;
}

/// Makes the driver ready for the host layers of m->net. Returns 0 or a status.
static int open_layers(struct tnpu_machine *m) {
    struct timed_layers *t = &m->host;
    size_t size = tnpu_hostlayers_size(&m->net);
    free(t->memory);
    *t = (struct timed_layers){.memory = malloc(size)};
    if (!t->memory) return TNPU_ERR_BUFFER;
    int rc = tnpu_hostlayers_init(&t->layers, &m->net, t->memory, size);
    t->run = t->layers.run;
    t->layers.run = run_timed;
    return rc;
}

int tnpu_machine_load(struct tnpu_machine *m, const struct tnpu_program *p, const char *label,
                      struct tnpu_error *e) {
    size_t size;
    m->p = p;
    m->label = label;
    free(m->bytes);
    m->bytes = NULL;
    if (tnpu_program_bytes(p, &m->bytes, &size, e)) return -1;
    int rc = tnpu_net_parse(&m->net, m->bytes, size);
    if (!rc) rc = open_layers(m);
    if (rc) return tnpu_fail(e, "%s: %s", label, tnpu_status_text(rc));
    uint64_t cycles = 1000;
    for (int i = 0; i < p->insn_count; i++)
        cycles += bound(p->insns + (size_t)i * TNPU_IWORDS, p->config);
    double us = (double)cycles / m->core_mhz + 1;
    m->patience_us = us < UINT32_MAX / 2 ? (uint32_t)us : UINT32_MAX / 2;
    rc = tnpu_open(&m->npu, &m->link, &m->net);
    if (!rc) rc = tnpu_attach(&m->npu, &m->host.layers);
    return told(m, rc ? rc : tnpu_load(&m->npu), e);
}

int tnpu_machine_put_input(struct tnpu_machine *m, const int8_t *q, struct tnpu_error *e) {
    return told(m, tnpu_upload(&m->npu, q, tnpu_net_size(&m->net.input)), e);
}

int tnpu_machine_get_tensor(struct tnpu_machine *m, int tensor, int8_t *out, struct tnpu_error *e) {
    struct tnpu_net_tensor t = tnpu_net_tensor(&m->net, (uint32_t)tensor);
    if (!t.on_chip) return tnpu_fail(e, "%s: tensor %s cannot be read", m->label, t.name);
    return told(m, tnpu_feature_get(&m->npu.device, &t, out), e);
}

int tnpu_machine_run(struct tnpu_machine *m, struct tnpu_error *e) {
    int rc = tnpu_start(&m->npu);
    return told(m, rc ? rc : tnpu_wait(&m->npu, m->patience_us), e);
}

int tnpu_machine_host_layer(struct tnpu_machine *m, int layer, struct tnpu_error *e) {
    return told(m, tnpu_hostjob_layer(&m->host.layers, &m->npu.device, (uint32_t)layer), e);
}

int tnpu_machine_host_rest(struct tnpu_machine *m, struct tnpu_error *e) {
    int rc = tnpu_hostjob_fetch(&m->host.layers, &m->npu.device);
    if (!rc) tnpu_hostjob_run_rest(&m->host.layers);
    return told(m, rc, e);
}

const int8_t *tnpu_machine_host_tensor(const struct tnpu_machine *m, int tensor) {
    return tnpu_hostjob_bytes(&m->host.layers, (uint32_t)tensor);
}

double tnpu_machine_host_us(const struct tnpu_machine *m) {
    return m->host.us;
}

int tnpu_machine_counters(struct tnpu_machine *m, struct tnpu_machine_counters *c,
                          struct tnpu_error *e) {
    struct tnpu_run_counters r;
    int rc = tnpu_device_counters(&m->npu.device, &r);
    *c = (struct tnpu_machine_counters){r.cycles,      r.macs,        r.fmem_reads,
                                        r.fmem_writes, r.wmem_reads,  r.stall_bank,
                                        r.stall_param, r.stall_drain, r.stall_host};
    return told(m, rc, e);
}

static struct tnpu_machine_counters since(const struct tnpu_machine_counters *now,
                                          const struct tnpu_machine_counters *then) {
    return (struct tnpu_machine_counters){
        now->cycles - then->cycles,           now->macs - then->macs,
        now->fmem_reads - then->fmem_reads,   now->fmem_writes - then->fmem_writes,
        now->wmem_reads - then->wmem_reads,   now->stall_bank - then->stall_bank,
        now->stall_param - then->stall_param, now->stall_drain - then->stall_drain,
        now->stall_host - then->stall_host};
}

/// Runs to the halt before instruction `next`, or to END. Returns an enum tnpu_device_state.
static int step_to(struct tnpu_machine *m, int next) {
    struct tnpu_device *dev = &m->npu.device;
    int rc = next == 1 ? tnpu_device_start(dev, 1) : tnpu_device_resume(dev, (uint32_t)next);
    return rc ? rc : tnpu_device_wait(dev, m->patience_us);
}

int tnpu_machine_run_steps(struct tnpu_machine *m, struct tnpu_machine_step *steps,
                           tnpu_machine_visit *visit, void *ctx, struct tnpu_error *e) {
    struct tnpu_machine_counters now, then = {0};
    for (int i = 0; i < m->p->insn_count; i++) {
        bool last = i + 1 == m->p->insn_count;
        uint32_t start, end;
        int rc = step_to(m, i + 1);
        if (rc == TNPU_DEVICE_STOPPED) rc = tnpu_device_fail(&m->npu.device, TNPU_ERR_NPU);
        if (told(m, rc, e) || tnpu_machine_counters(m, &now, e)) return -1;
        if (rc != (last ? TNPU_DEVICE_DONE : TNPU_DEVICE_HALTED))
            return tnpu_fail(e, "%s: instruction %d did not end where it should", m->label, i);
        rc = tnpu_device_get(&m->npu.device, TNPU_REG_LAST_START, &start);
        if (!rc) rc = tnpu_device_get(&m->npu.device, TNPU_REG_LAST_END, &end);
        if (told(m, rc, e)) return -1;
        steps[i] = (struct tnpu_machine_step){start, end, since(&now, &then)};
        then = now;
        if (visit && visit(ctx, i, e)) return -1;
    }
    return 0;
}
