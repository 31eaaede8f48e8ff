// SPDX-License-Identifier: Apache-2.0
// The model's log, and the words in which a difference is reported.
#include "tnpu_log.h"

#include "tnpu_spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Room for one more element of an array. Returns false, and notes it, when there is none.
static bool grow(struct tnpu_log *log, void **array, size_t used, size_t *max, size_t size) {
    if (used < *max) return true;
    size_t more = *max ? 2 * *max : 4096;
    void *p = realloc(*array, more * size);
    if (!p) {
        log->no_memory = true;
        return false;
    }
    *array = p;
    *max = more;
    return true;
}

static void model_write(void *ctx, int pc, uint64_t cycle, uint32_t addr, uint32_t mask,
                        const int8_t *lanes) {
    struct tnpu_log *log = ctx;
    if (!grow(log, (void **)&log->writes, log->num_writes, &log->max_writes, sizeof *log->writes))
        return;
    struct tnpu_log_write *w = &log->writes[log->num_writes++];
    *w = (struct tnpu_log_write){.cycle = cycle, .addr = addr, .mask = mask, .pc = pc};
    memcpy(w->lanes, lanes, (size_t)log->job->model->cfg.lanes);
    for (int c = 0; c < log->job->model->cfg.lanes; c++)
        log->result->saturated += mask >> c & 1 && (lanes[c] == -128 || lanes[c] == 127);
}

static void model_insn(void *ctx, int pc, uint64_t start, uint64_t end) {
    struct tnpu_log *log = ctx;
    if (grow(log, (void **)&log->insns, log->num_insns, &log->max_insns, sizeof *log->insns))
        log->insns[log->num_insns++] = (struct tnpu_log_insn){start, end, pc};
}

void tnpu_log_attach(struct tnpu_log *log) {
    log->job->model->trace = (struct tnpu_model_trace){log, model_write, model_insn};
}

void tnpu_log_free(struct tnpu_log *log) {
    log->job->model->trace = (struct tnpu_model_trace){0};
    free(log->writes);
    free(log->insns);
}

static void describe_insn(const struct tnpu_log *log, int pc, char *text, size_t size) {
    const struct tnpu_lockstep *job = log->job;
    text[0] = 0;
    if (pc < 0 || pc >= job->model->cfg.imem_depth) return;
    const struct tnpu_opcode_info *op = tnpu_opcode_find(tnpu_model_imem(job->model)[64 * pc]);
    const char *layer = job->layer ? job->layer(job->ctx, (unsigned)pc) : NULL;
    snprintf(text, size, "instruction %d %s%s%s: ", pc, op ? op->name : "(no opcode)",
             layer ? ", layer " : "", layer ? layer : "");
}

/// Finds the output pixel and channel of an address that an instruction writes.
static void describe_pixel(const struct tnpu_log *log, int pc, uint32_t addr, char *text,
                           size_t size) {
    uint32_t words[TNPU_IWORDS];
    struct tnpu_insn i;
    memcpy(words, tnpu_model_imem(log->job->model) + 64 * pc, sizeof words);
    tnpu_decode(words, &i);
    text[0] = 0;
    for (int oy = 0; oy < i.out_h; oy++)
        for (int ox = 0; ox < i.out_w; ox++) {
            int64_t c =
                (int64_t)addr - i.out_base - (int64_t)oy * i.out_row - (int64_t)ox * i.out_pix;
            if (c < 0 || c >= i.out_c) continue;
            snprintf(text, size, "pixel (oy %d, ox %d), channel %d: ", oy, ox, (int)c);
            return;
        }
}

void tnpu_log_differ(struct tnpu_log *log, int pc, const char *fmt, ...) {
    struct tnpu_lockstep_result *r = log->result;
    if (!r->same) return;
    r->same = false;
    describe_insn(log, pc, r->text, sizeof r->text);
    size_t n = strlen(r->text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(r->text + n, sizeof r->text - n, fmt, ap);
    va_end(ap);
}

void tnpu_log_differ_byte(struct tnpu_log *log, uint32_t addr, unsigned model, unsigned rtl) {
    char pixel[80] = "";
    for (size_t i = log->num_writes; i-- > 0;) {
        const struct tnpu_log_write *w = &log->writes[i];
        if (addr < w->addr || addr >= w->addr + TNPU_RTL_LANES ||
            !(w->mask >> (addr - w->addr) & 1))
            continue;
        describe_pixel(log, w->pc, addr, pixel, sizeof pixel);
        tnpu_log_differ(log, w->pc,
                        "%sfeature memory 0x%05x, written in cycle %" PRIu64
                        ", at the end: model 0x%02x, RTL 0x%02x",
                        pixel, (unsigned)addr, w->cycle, model, rtl);
        return;
    }
    tnpu_log_differ(log, -1,
                    "feature memory 0x%05x, which no instruction wrote, at the end: model "
                    "0x%02x, RTL 0x%02x",
                    (unsigned)addr, model, rtl);
}

static void rtl_write(void *ctx, uint64_t cycle, uint32_t addr, uint32_t mask,
                      const uint8_t data[TNPU_RTL_LANES]) {
    struct tnpu_log *log = ctx;
    if (!log->result->same) return;
    int current = log->next_start ? log->insns[log->next_start - 1].pc : -1;
    if (log->next_write == log->num_writes) {
        tnpu_log_differ(log, current,
                        "cycle %" PRIu64 ": RTL writes 0x%05x mask 0x%x, the model nothing more",
                        cycle, (unsigned)addr, (unsigned)mask);
        return;
    }
    const struct tnpu_log_write *w = &log->writes[log->next_write++];
    char pixel[80];
    describe_pixel(log, w->pc, w->addr, pixel, sizeof pixel);
    if (cycle != w->cycle)
        tnpu_log_differ(log, w->pc, "%smodel writes in cycle %" PRIu64 ", RTL in cycle %" PRIu64,
                        pixel, w->cycle, cycle);
    else if (addr != w->addr)
        tnpu_log_differ(log, w->pc, "%scycle %" PRIu64 ": model writes to 0x%05x, RTL to 0x%05x",
                        pixel, cycle, (unsigned)w->addr, (unsigned)addr);
    else if (mask != w->mask)
        tnpu_log_differ(log, w->pc, "%scycle %" PRIu64 ": model writes lanes 0x%x, RTL lanes 0x%x",
                        pixel, cycle, (unsigned)w->mask, (unsigned)mask);
    for (unsigned c = 0; c < TNPU_RTL_LANES && log->result->same; c++) {
        if (!(mask >> c & 1) || data[c] == w->lanes[c]) continue;
        describe_pixel(log, w->pc, addr + c, pixel, sizeof pixel);
        tnpu_log_differ(log, w->pc, "%scycle %" PRIu64 ": model writes %d, RTL %d to 0x%05x", pixel,
                        cycle, (int8_t)w->lanes[c], (int8_t)data[c], (unsigned)(addr + c));
    }
}

static void rtl_start(void *ctx, uint64_t cycle, unsigned pc) {
    struct tnpu_log *log = ctx;
    if (log->next_start == log->num_insns) {
        tnpu_log_differ(log, (int)pc, "RTL starts it in cycle %" PRIu64 ", the model does not",
                        cycle);
        return;
    }
    const struct tnpu_log_insn *i = &log->insns[log->next_start++];
    if ((int)pc != i->pc || cycle != i->start)
        tnpu_log_differ(log, i->pc,
                        "model starts it in cycle %" PRIu64
                        "; RTL starts instruction %u in cycle %" PRIu64,
                        i->start, pc, cycle);
}

static void rtl_end(void *ctx, uint64_t cycle, unsigned pc) {
    struct tnpu_log *log = ctx;
    if (log->next_end == log->num_insns) {
        tnpu_log_differ(log, (int)pc, "RTL ends it in cycle %" PRIu64 ", the model does not",
                        cycle);
        return;
    }
    const struct tnpu_log_insn *i = &log->insns[log->next_end++];
    if ((int)pc != i->pc || cycle != i->end)
        tnpu_log_differ(log, i->pc,
                        "model ends it in cycle %" PRIu64
                        "; RTL ends instruction %u in cycle %" PRIu64,
                        i->end, pc, cycle);
}

struct tnpu_rtl_hooks tnpu_log_hooks(struct tnpu_log *log) {
    return (struct tnpu_rtl_hooks){log, rtl_start, rtl_end, rtl_write};
}

void tnpu_log_check_complete(struct tnpu_log *log) {
    if (log->next_write < log->num_writes) {
        const struct tnpu_log_write *w = &log->writes[log->next_write];
        char pixel[80];
        describe_pixel(log, w->pc, w->addr, pixel, sizeof pixel);
        tnpu_log_differ(log, w->pc, "%smodel writes in cycle %" PRIu64 ", RTL nothing more", pixel,
                        w->cycle);
    } else if (log->next_start < log->num_insns || log->next_end < log->num_insns) {
        size_t n = log->next_end < log->next_start ? log->next_end : log->next_start;
        tnpu_log_differ(log, log->insns[n].pc,
                        "model runs it in cycles %" PRIu64 " to %" PRIu64 ", RTL does not",
                        log->insns[n].start, log->insns[n].end);
    }
}
