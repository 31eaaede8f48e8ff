// SPDX-License-Identifier: Apache-2.0
// Bytes and registers over the host port of the Verilated core; bounded waits.
#include "tnpu_rtl.h"

#include "tnpu_spec.h"
#include "tnpu_verilated.h"
#include "tnpu_wave.h"

#include <stdlib.h>
#include <string.h>

/// Clock cycles that one access may take: far more than a program can hold the memories
/// (CYC_HOST_PATIENCE), so running into it is a fault of the RTL.
#define ACCESS_LIMIT 1000

struct tnpu_rtl {
    const struct tnpu_verilated *core;
    void *state;
    const char *wave_file;
};

// The configurations that this build has, TNPU_RTL_CONFIGS being X(t64) X(t128) ... from the build
// system
#define X(name) extern const struct tnpu_verilated tnpu_verilated_##name;
TNPU_RTL_CONFIGS
#undef X
#define X(name) &tnpu_verilated_##name,
static const struct tnpu_verilated *const cores[] = {TNPU_RTL_CONFIGS};
#undef X
#define NUM_CORES ((int)(sizeof cores / sizeof cores[0]))

struct tnpu_rtl *tnpu_rtl_open(const char *config, struct tnpu_error *e) {
    for (int i = 0; i < NUM_CORES; i++) {
        if (strcmp(cores[i]->name, config)) continue;
        struct tnpu_rtl *rtl = malloc(sizeof *rtl);
        void *state = rtl ? cores[i]->open() : NULL;
        if (!state) {
            free(rtl);
            tnpu_fail(e, "%s: not enough memory to simulate the RTL", config);
            return NULL;
        }
        *rtl = (struct tnpu_rtl){.core = cores[i], .state = state};
        tnpu_rtl_reset(rtl);
        return rtl;
    }
    tnpu_fail(e, "%s: this build has no RTL of that configuration", config);
    return NULL;
}

void tnpu_rtl_close(struct tnpu_rtl *rtl) {
    if (!rtl) return;
    rtl->core->close(rtl->state);
    free(rtl);
}

void tnpu_rtl_reset(struct tnpu_rtl *rtl) {
    rtl->core->reset(rtl->state, 1);
    rtl->core->reset(rtl->state, 0);
}

static int access(struct tnpu_rtl *rtl, int write, uint32_t addr, unsigned byte_enable,
                  uint32_t *data, struct tnpu_error *e) {
    if (rtl->core->access(rtl->state, write, addr, byte_enable, data, ACCESS_LIMIT))
        return tnpu_fail(e, "RTL: the host port did not serve the %s of 0x%06x in %d cycles",
                         write ? "write" : "read", (unsigned)addr, ACCESS_LIMIT);
    return 0;
}

/// Splits n bytes at any address into accesses of one word: where it starts in the word, and how
/// many.
static size_t word_part(uint32_t addr, size_t n, unsigned *first) {
    *first = addr & 3;
    return n < 4 - *first ? n : 4 - *first;
}

int tnpu_rtl_write(struct tnpu_rtl *rtl, uint32_t addr, const void *bytes, size_t n,
                   struct tnpu_error *e) {
    const uint8_t *b = bytes;
    while (n) {
        unsigned first;
        size_t part = word_part(addr, n, &first);
        uint32_t word = 0;
        for (size_t i = 0; i < part; i++) word |= (uint32_t)b[i] << (8 * (first + i));
        unsigned enable = ((1u << part) - 1) << first;
        if (access(rtl, 1, addr & ~3u, enable, &word, e)) return -1;
        addr += (uint32_t)part, b += part, n -= part;
    }
    return 0;
}

int tnpu_rtl_read(struct tnpu_rtl *rtl, uint32_t addr, void *bytes, size_t n,
                  struct tnpu_error *e) {
    uint8_t *b = bytes;
    while (n) {
        unsigned first;
        size_t part = word_part(addr, n, &first);
        uint32_t word = 0;
        if (access(rtl, 0, addr & ~3u, 15, &word, e)) return -1;
        for (size_t i = 0; i < part; i++) b[i] = (uint8_t)(word >> (8 * (first + i)));
        addr += (uint32_t)part, b += part, n -= part;
    }
    return 0;
}

int tnpu_rtl_write_reg(struct tnpu_rtl *rtl, uint32_t reg, uint32_t value, struct tnpu_error *e) {
    return access(rtl, 1, TNPU_MAP_REGS + reg, 15, &value, e);
}

int tnpu_rtl_read_reg(struct tnpu_rtl *rtl, uint32_t reg, uint32_t *value, struct tnpu_error *e) {
    return access(rtl, 0, TNPU_MAP_REGS + reg, 15, value, e);
}

int tnpu_rtl_start(struct tnpu_rtl *rtl, struct tnpu_error *e) {
    rtl->core->restart(rtl->state);
    return tnpu_rtl_write_reg(rtl, TNPU_REG_CTRL, 1u << TNPU_REG_CTRL_START_LSB, e);
}

int tnpu_rtl_run(struct tnpu_rtl *rtl, uint64_t cycles, struct tnpu_error *e) {
    int irq = rtl->core->run(rtl->state, cycles);
    if (rtl->core->failed(rtl->state))
        return tnpu_fail(e, "RTL: an assertion failed at cycle %llu",
                         (unsigned long long)tnpu_rtl_cycle(rtl));
    return irq;
}

uint64_t tnpu_rtl_cycle(const struct tnpu_rtl *rtl) {
    return rtl->core->cycle(rtl->state);
}

void tnpu_rtl_set_hooks(struct tnpu_rtl *rtl, const struct tnpu_rtl_hooks *hooks) {
    rtl->core->set_hooks(rtl->state, hooks);
}

int tnpu_rtl_wave(struct tnpu_rtl *rtl, const char *file, uint64_t from, uint64_t to,
                  struct tnpu_error *e) {
    if (tnpu_wave_begin(file, e)) return -1;
    rtl->wave_file = file;
    rtl->core->wave(rtl->state, file, from, to);
    return 0;
}

int tnpu_rtl_wave_end(struct tnpu_rtl *rtl, struct tnpu_error *e) {
    if (!rtl->wave_file) return 0;
    const char *file = rtl->wave_file;
    rtl->core->wave(rtl->state, NULL, 0, 0);
    rtl->wave_file = NULL;
    return tnpu_wave_check(file, e);
}
