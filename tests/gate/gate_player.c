// SPDX-License-Identifier: Apache-2.0
// Reads vectors line by line, does what they say, compares.
#include "gate_player.h"

#include "tnpu_spec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Clock cycles between the grant of a register write and its effect, and some.
enum { SETTLE = 2, LINE_MAX_BYTES = 200 };

struct write {
    uint64_t cycle;
    uint32_t addr, mask;
    uint8_t data[TNPU_RTL_LANES];
};

struct insn {
    unsigned pc;
    uint64_t start, end;
};

struct player {
    struct tnpu_rtl *rtl;
    struct gate_result *result;
    bool traced, watching;
    struct write *writes; ///< expected, of the run at hand
    struct insn *insns;
    size_t num_writes, max_writes, num_insns, max_insns;
    size_t seen_writes, seen_starts, seen_ends;
    uint64_t base; ///< the core's cycle count at the last Z
};

static void differ(struct player *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differ(struct player *p, const char *fmt, ...) {
    struct gate_result *r = p->result;
    if (!r->same) return;
    r->same = false;
    int n = snprintf(r->text, sizeof r->text, "program %d, vector line %" PRIu64 ": ",
                     r->programs - 1, r->lines);
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->text + n, sizeof r->text - (size_t)n, fmt, args);
    va_end(args);
}

// ---- events of the core

static void on_start(void *ctx, uint64_t cycle, unsigned pc) {
    struct player *p = ctx;
    if (!p->watching) return;
    cycle -= p->base;
    const struct insn *i = &p->insns[p->seen_starts];
    if (p->seen_starts++ >= p->num_insns)
        differ(p, "instruction %u starts in cycle %" PRIu64 ", none should", pc, cycle);
    else if (i->pc != pc || i->start != cycle)
        differ(p, "instruction %u starts in cycle %" PRIu64 "; expected: %u in cycle %" PRIu64, pc,
               cycle, i->pc, i->start);
}

static void on_end(void *ctx, uint64_t cycle, unsigned pc) {
    struct player *p = ctx;
    if (!p->watching) return;
    cycle -= p->base;
    const struct insn *i = &p->insns[p->seen_ends];
    if (p->seen_ends++ >= p->num_insns)
        differ(p, "instruction %u ends in cycle %" PRIu64 ", none should", pc, cycle);
    else if (i->pc != pc || i->end != cycle)
        differ(p, "instruction %u ends in cycle %" PRIu64 "; expected: %u in cycle %" PRIu64, pc,
               cycle, i->pc, i->end);
}

static void on_write(void *ctx, uint64_t cycle, uint32_t addr, uint32_t mask,
                     const uint8_t data[TNPU_RTL_LANES]) {
    struct player *p = ctx;
    if (!p->watching) return;
    cycle -= p->base;
    const struct write *w = &p->writes[p->seen_writes];
    if (p->seen_writes++ >= p->num_writes) {
        differ(p, "write of 0x%05x in cycle %" PRIu64 ", none should be", (unsigned)addr, cycle);
        return;
    }
    bool same = w->cycle == cycle && w->addr == addr && w->mask == mask;
    for (int c = 0; c < TNPU_RTL_LANES; c++) same &= !(mask >> c & 1) || data[c] == w->data[c];
    if (!same)
        differ(p,
               "write of 0x%05x, lanes %08x, in cycle %" PRIu64
               "; expected: 0x%05x, %08x, cycle %" PRIu64 ", or other bytes",
               (unsigned)addr, (unsigned)mask, cycle, (unsigned)w->addr, (unsigned)w->mask,
               w->cycle);
}

// ---- expected events

/// Room for one more; one beyond the last is always there, so that events may look at it.
static int grow(void **list, size_t count, size_t *max, size_t size) {
    if (count + 2 <= *max) return 0;
    size_t more = *max ? 2 * *max : 1024;
    void *bigger = realloc(*list, more * size);
    if (!bigger) return -1;
    memset((char *)bigger + *max * size, 0, (more - *max) * size);
    *list = bigger;
    *max = more;
    return 0;
}

static int expect_write(struct player *p, const char *line) {
    char hex[2 * TNPU_RTL_LANES + 1];
    struct write w = {0};
    unsigned addr, mask;
    if (sscanf(line, "%" SCNu64 " %x %x %64s", &w.cycle, &addr, &mask, hex) != 4) return -1;
    w.addr = addr;
    w.mask = mask;
    size_t digits = strlen(hex);
    for (size_t c = 0; 2 * c + 2 <= digits; c++) {
        char byte[3] = {hex[digits - 2 * c - 2], hex[digits - 2 * c - 1], 0};
        w.data[c] = (uint8_t)strtoul(byte, NULL, 16);
    }
    if (grow((void **)&p->writes, p->num_writes, &p->max_writes, sizeof w)) return -1;
    p->writes[p->num_writes++] = w;
    return 0;
}

static int expect_insn(struct player *p, const char *line) {
    struct insn i;
    if (sscanf(line, "%u %" SCNu64 " %" SCNu64, &i.pc, &i.start, &i.end) != 3) return -1;
    if (grow((void **)&p->insns, p->num_insns, &p->max_insns, sizeof i)) return -1;
    p->insns[p->num_insns++] = i;
    return 0;
}

static void check_complete(struct player *p) {
    if (p->traced && (p->seen_writes != p->num_writes || p->seen_starts != p->num_insns ||
                      p->seen_ends != p->num_insns))
        differ(p, "seen %zu starts, %zu ends of %zu instructions, %zu of %zu writes",
               p->seen_starts, p->seen_ends, p->num_insns, p->seen_writes, p->num_writes);
    if (p->traced) p->result->checks += p->num_writes + 2 * p->num_insns;
    p->num_writes = p->num_insns = p->seen_writes = p->seen_starts = p->seen_ends = 0;
}

// ---- host accesses

static int write_word(struct player *p, const char *line) {
    unsigned addr, data, be;
    if (sscanf(line, "%x %x %x", &addr, &data, &be) != 3) return -1;
    uint8_t b[4] = {(uint8_t)data, (uint8_t)(data >> 8), (uint8_t)(data >> 16),
                    (uint8_t)(data >> 24)};
    struct tnpu_error e;
    for (unsigned first = 0; first < 4;) { // each row of enabled bytes is one access
        unsigned n = 0;
        while (first + n < 4 && be >> (first + n) & 1) n++;
        if (n && tnpu_rtl_write(p->rtl, addr + first, b + first, n, &e)) differ(p, "%s", e.text);
        first += n + 1;
    }
    return 0;
}

static int read_word(struct player *p, const char *line) {
    unsigned addr, expected, mask;
    if (sscanf(line, "%x %x %x", &addr, &expected, &mask) != 3) return -1;
    uint8_t b[4] = {0};
    struct tnpu_error e;
    if (tnpu_rtl_read(p->rtl, addr, b, 4, &e)) differ(p, "%s", e.text);
    uint32_t got =
        (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    if ((got ^ expected) & mask)
        differ(p, "read of 0x%06x gives 0x%08x; expected 0x%08x, mask 0x%08x", addr, (unsigned)got,
               expected, mask);
    p->result->checks++;
    return 0;
}

static void run(struct player *p, uint64_t clocks, bool until_irq) {
    struct tnpu_error e;
    int r = 0;
    if (until_irq) {
        r = tnpu_rtl_run(p->rtl, clocks, &e);
        if (r == 0) differ(p, "no interrupt in %" PRIu64 " cycles", clocks);
    } else { // tnpu_rtl_run would stop at the interrupt: another access passes time as well
        for (uint64_t i = 0; i < clocks && r >= 0; i += 4) {
            uint32_t id;
            r = tnpu_rtl_run(p->rtl, 1, &e) < 0 ? -1 : 0;
            if (!r) r = tnpu_rtl_read_reg(p->rtl, TNPU_REG_ID, &id, &e);
        }
    }
    if (r < 0) differ(p, "%s", e.text);
}

static void check_irq(struct player *p, int expected) {
    run(p, SETTLE, false);
    struct tnpu_error e;
    int irq = tnpu_rtl_run(p->rtl, 0, &e);
    if (irq != expected) differ(p, "interrupt pin is %d", irq);
}

static int play_line(struct player *p, const char *line) {
    const char *rest = line + 1;
    int number = atoi(rest);
    switch (line[0]) {
    case '#':
        return 0;
    case 'P':
        p->result->programs = number + 1;
        return 0;
    case 'X':
        tnpu_rtl_reset(p->rtl);
        return 0;
    case 'W':
        return write_word(p, rest);
    case 'R':
        return read_word(p, rest);
    case 'Z':
        p->base = tnpu_rtl_cycle(p->rtl);
        return 0;
    case 'G':
        run(p, (uint64_t)number, true);
        return 0;
    case 'I':
        run(p, (uint64_t)number, false);
        return 0;
    case 'L':
        check_irq(p, number);
        return 0;
    case 'i':
        return p->traced ? expect_insn(p, rest) : 0;
    case 'w':
        return p->traced ? expect_write(p, rest) : 0;
    case 'T':
        p->watching = number != 0;
        return 0;
    case 'Q':
        check_complete(p);
        return 0;
    default:
        return -1;
    }
}

int gate_play(struct tnpu_rtl *rtl, const char *file, bool traced, struct gate_result *result,
              struct tnpu_error *e) {
    *result = (struct gate_result){.same = true};
    struct player p = {.rtl = rtl, .result = result, .traced = traced, .watching = true};
    FILE *f = fopen(file, "r");
    if (!f) return tnpu_fail(e, "%s: cannot be read", file);
    if (grow((void **)&p.writes, 0, &p.max_writes, sizeof *p.writes) ||
        grow((void **)&p.insns, 0, &p.max_insns, sizeof *p.insns)) {
        fclose(f);
        free(p.writes);
        return tnpu_fail(e, "%s: out of memory", file);
    }
    const struct tnpu_rtl_hooks hooks = {
        .ctx = &p, .start = on_start, .end = on_end, .write = on_write};
    tnpu_rtl_set_hooks(rtl, traced ? &hooks : NULL);
    char line[LINE_MAX_BYTES];
    int r = 0;
    while (!r && result->same && fgets(line, sizeof line, f)) {
        result->lines++;
        if (play_line(&p, line))
            r = tnpu_fail(e, "%s: line %" PRIu64 " cannot be played", file, result->lines);
    }
    if (!r && ferror(f)) r = tnpu_fail(e, "%s: cannot be read", file);
    tnpu_rtl_set_hooks(rtl, NULL);
    fclose(f);
    free(p.writes);
    free(p.insns);
    return r;
}
