// SPDX-License-Identifier: Apache-2.0
// Runs model and RTL from stop to stop (halt, error, end) and compares what can be seen at each.
#include "tnpu_log.h"

#include "tnpu_spec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define IRQ(name) (1u << TNPU_REG_IRQ_##name##_LSB)

/// Clock cycles that the RTL may take beyond the model's before it counts as hanging.
#define SLACK 1000
/// The RTL's events are looked at for a difference every so many cycles.
#define SLICE 4096

/// Registers that both have set the same since START, whatever was compared before.
static void compare_registers(struct tnpu_log *log, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    for (int i = 0; i < TNPU_NUM_REGS && log->result->same; i++) {
        uint32_t rtl, offset = tnpu_regs[i].offset, model = tnpu_model_reg(job->model, offset);
        uint32_t ignore = 0;
        if (job->start_again_at && offset == TNPU_REG_STATUS)
            ignore = 1u << TNPU_REG_STATUS_ERROR_LSB;
        if (job->start_again_at && offset == TNPU_REG_IRQ) ignore = IRQ(ERROR);
        if (job->start_again_at && offset == TNPU_REG_ERROR) ignore = UINT32_MAX;
        if (tnpu_rtl_read_reg(job->rtl, offset, &rtl, e)) {
            tnpu_log_differ(log, -1, "%s", e->text);
            return;
        }
        if ((rtl ^ model) & ~ignore)
            tnpu_log_differ(
                log, -1, "register %s after %" PRIu64 " cycles: model 0x%08x, RTL 0x%08x",
                tnpu_regs[i].name, tnpu_rtl_cycle(job->rtl), (unsigned)model, (unsigned)rtl);
    }
}

static int compare_memory(struct tnpu_log *log, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    uint32_t words = (uint32_t)job->model->cfg.fmem_bytes / 4;
    const uint8_t *model = tnpu_model_fmem(job->model);
    uint8_t *look = malloc(words);
    if (!look) return tnpu_fail(e, "not enough memory to compare");
    memset(look, !job->written_only, words);
    for (size_t i = 0; i < log->num_writes; i++)
        for (uint32_t c = 0; c < TNPU_RTL_LANES; c++)
            if (log->writes[i].mask >> c & 1) look[(log->writes[i].addr + c) / 4] = 1;
    for (uint32_t w = 0; w < words && log->result->same; w++) {
        uint8_t rtl[4];
        if (!look[w]) continue;
        if (tnpu_rtl_read(job->rtl, TNPU_MAP_FMEM + 4 * w, rtl, 4, e)) {
            tnpu_log_differ(log, -1, "%s", e->text);
            break;
        }
        for (uint32_t b = 0; b < 4; b++)
            if (rtl[b] != model[4 * w + b])
                tnpu_log_differ_byte(log, 4 * w + b, model[4 * w + b], rtl[b]);
    }
    free(look);
    return 0;
}

/// Clocks the RTL until its interrupt, `until` cycles of the program, the first difference, or far
/// too long.
static void run_rtl(struct tnpu_log *log, uint64_t until, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    uint64_t limit = job->model->counters.cycles + SLACK, idle = 0;
    while (log->result->same && tnpu_rtl_cycle(job->rtl) < until) {
        uint64_t now = tnpu_rtl_cycle(job->rtl);
        uint64_t slice = until - now < SLICE ? until - now : SLICE;
        int r = tnpu_rtl_run(job->rtl, slice, e);
        if (r < 0) tnpu_log_differ(log, -1, "%s", e->text);
        if (r) return;
        idle = tnpu_rtl_cycle(job->rtl) > now
                   ? 0
                   : idle + slice; // clocked, but the program stands still
        if (now > limit || idle > SLACK)
            tnpu_log_differ(log, log->next_start ? log->insns[log->next_start - 1].pc : -1,
                            "cycle %" PRIu64 ": RTL hangs; the model stops in cycle %" PRIu64, now,
                            job->model->counters.cycles);
    }
}

static int open_waves(struct tnpu_log *log, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    uint64_t from = job->wave_from, to = job->wave_to;
    if (job->wave_insns) { // the model has run: it knows when
        from = UINT64_MAX, to = 0;
        for (size_t i = 0; i < log->num_insns; i++) {
            if ((unsigned)log->insns[i].pc - job->wave_pc >= job->wave_insns) continue;
            if (log->insns[i].start < from) from = log->insns[i].start;
            if (log->insns[i].end > to) to = log->insns[i].end;
        }
    }
    return tnpu_rtl_wave(job->rtl, job->wave_file, from, to, e);
}

/// Stops the RTL in the middle; the model, which ran to the end, has the writes up to there.
static void check_abort(struct tnpu_log *log, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    uint32_t status = 0, error = 0;
    if (tnpu_rtl_write_reg(job->rtl, TNPU_REG_CTRL, 1u << TNPU_REG_CTRL_ABORT_LSB, e) ||
        tnpu_rtl_run(job->rtl, SLACK, e) < 0 ||
        tnpu_rtl_read_reg(job->rtl, TNPU_REG_STATUS, &status, e) ||
        tnpu_rtl_read_reg(job->rtl, TNPU_REG_ERROR, &error, e))
        tnpu_log_differ(log, -1, "%s", e->text);
    if (status & 1u << TNPU_REG_STATUS_BUSY_LSB || (error & 0xFF) != TNPU_HW_ABORTED)
        tnpu_log_differ(log, -1, "after ABORT in cycle %" PRIu64 ": STATUS 0x%08x, ERROR 0x%08x",
                        job->abort_at, (unsigned)status, (unsigned)error);
    log->result->error = error;
}

/// A second START while the program runs.
static void start_again(struct tnpu_log *log, struct tnpu_error *e) {
    uint32_t error = 0, irq = 0;
    struct tnpu_rtl *rtl = log->job->rtl;
    if (tnpu_rtl_write_reg(rtl, TNPU_REG_CTRL, 1u << TNPU_REG_CTRL_START_LSB, e) ||
        tnpu_rtl_read_reg(rtl, TNPU_REG_ERROR, &error, e) ||
        tnpu_rtl_write_reg(rtl, TNPU_REG_IRQ, IRQ(ERROR), e) ||
        tnpu_rtl_read_reg(rtl, TNPU_REG_IRQ, &irq,
                          e)) // when it answers, the write has taken effect
        tnpu_log_differ(log, -1, "%s", e->text);
    if ((error & 0xFF) != TNPU_HW_BUSY)
        tnpu_log_differ(log, -1, "START in cycle %" PRIu64 " of a running program: ERROR 0x%08x",
                        log->job->start_again_at, (unsigned)error);
}

static int run(struct tnpu_log *log, struct tnpu_error *e) {
    const struct tnpu_lockstep *job = log->job;
    struct tnpu_lockstep_result *result = log->result;
    tnpu_log_attach(log);
    tnpu_model_set_reg(job->model, TNPU_REG_IRQ_ENABLE, IRQ(DONE) | IRQ(ERROR) | IRQ(HALT));
    tnpu_model_set_reg(job->model, TNPU_REG_IRQ, 15);
    int stop = tnpu_model_run(job->model, job->start_pc);
    if (job->wave_file && open_waves(log, e)) return -1;
    struct tnpu_rtl_hooks hooks = tnpu_log_hooks(log);
    tnpu_rtl_set_hooks(job->rtl, &hooks);
    if (tnpu_rtl_write_reg(job->rtl, TNPU_REG_IRQ_ENABLE, IRQ(DONE) | IRQ(ERROR) | IRQ(HALT), e) ||
        tnpu_rtl_write_reg(job->rtl, TNPU_REG_IRQ, 15, e) ||
        tnpu_rtl_write_reg(job->rtl, TNPU_REG_START_PC, job->start_pc, e) ||
        tnpu_rtl_start(job->rtl, e))
        return -1;
    if (job->abort_at) {
        while (stop == TNPU_MODEL_HALTED)
            stop = tnpu_model_resume(job->model); // the RTL need not get there
        run_rtl(log, job->abort_at, e);
        if (result->same) check_abort(log, e);
        return 0;
    }
    if (job->start_again_at) {
        run_rtl(log, job->start_again_at, e);
        if (result->same) start_again(log, e);
    }
    for (;;) {
        run_rtl(log, UINT64_MAX, e);
        tnpu_log_check_complete(log);
        compare_registers(log, e);
        if (!result->same || stop != TNPU_MODEL_HALTED) break;
        if (job->halt && job->halt(job->ctx, e) < 0) return -1;
        tnpu_model_set_reg(job->model, TNPU_REG_IRQ, IRQ(HALT));
        stop = tnpu_model_resume(job->model);
        if (tnpu_rtl_write_reg(job->rtl, TNPU_REG_IRQ, IRQ(HALT), e) ||
            tnpu_rtl_write_reg(job->rtl, TNPU_REG_CTRL, 1u << TNPU_REG_CTRL_RESUME_LSB, e))
            return -1;
    }
    if (result->same && compare_memory(log, e)) return -1;
    return log->no_memory ? tnpu_fail(e, "not enough memory to compare") : 0;
}

int tnpu_lockstep_run(const struct tnpu_lockstep *job, struct tnpu_lockstep_result *result,
                      struct tnpu_error *e) {
    struct tnpu_error own;
    if (!e) e = &own;
    *result = (struct tnpu_lockstep_result){.same = true};
    struct tnpu_log log = {.job = job, .result = result};
    int r = run(&log, e);
    result->cycles = tnpu_rtl_cycle(job->rtl);
    result->writes = log.next_write;
    result->insns = (unsigned)log.next_end;
    if (!job->abort_at) result->error = tnpu_model_reg(job->model, TNPU_REG_ERROR);
    tnpu_rtl_set_hooks(job->rtl, NULL);
    if (tnpu_rtl_wave_end(job->rtl, r ? &own : e)) r = -1;
    tnpu_log_free(&log);
    return r;
}
