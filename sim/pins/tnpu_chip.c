// SPDX-License-Identifier: Apache-2.0
// Time, pins and their trace.
#include "tnpu_chip.h"

#include "tnpu_wave.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tnpu_chip {
    const struct tnpu_chip_pins *pins;
    void *state;
    uint32_t in, out;
    uint32_t host_lines; ///< SDIO: what the host drives, CMD and DAT0 to DAT3
    uint32_t half_ps;    ///< of the core clock
    uint64_t now, next_edge;
    FILE *vcd;
    int tracing;
    uint64_t traced;             ///< levels last written
    char vcd_name[FILENAME_MAX]; ///< for messages
    int waves, changed;          ///< an FST file is open; levels have changed at this time
    char wave_name[FILENAME_MAX];
};

// The configurations that this build has, TNPU_CHIP_CONFIGS being X(t64) X(t256) ... from the build
// system
#define X(name) extern const struct tnpu_chip_pins tnpu_chip_pins_##name;
TNPU_CHIP_CONFIGS
#undef X
#define X(name) &tnpu_chip_pins_##name,
static const struct tnpu_chip_pins *const chips[] = {TNPU_CHIP_CONFIGS};
#undef X
#define NUM_CHIPS ((int)(sizeof chips / sizeof chips[0]))

/// What a trace holds, in the order of its identifiers '!', '"', ...
static const struct {
    const char *name;
    uint32_t in, out, enable; ///< a pin in, or a pin out and its enable (0: always driven)
} traced_pins[] = {
    {"irq", 0, TNPU_PIN_IRQ, 0},
    {"cs_n", TNPU_PIN_CS_N, 0, 0},
    {"sck", TNPU_PIN_SCK, 0, 0},
    {"mosi", TNPU_PIN_MOSI, 0, 0},
    {"miso", 0, TNPU_PIN_MISO, TNPU_PIN_MISO_OE},
    {"sd_clk", TNPU_PIN_SD_CLK, 0, 0},
    {"sd_cmd", TNPU_PIN_SD_CMD, 0, 0},
    {"sd_dat0", TNPU_PIN_SD_DAT0, 0, 0},
    {"sd_dat1", TNPU_PIN_SD_DAT0 << 1, 0, 0},
    {"sd_dat2", TNPU_PIN_SD_DAT0 << 2, 0, 0},
    {"sd_dat3", TNPU_PIN_SD_DAT0 << 3, 0, 0},
};
#define NUM_TRACED ((int)(sizeof traced_pins / sizeof traced_pins[0]))

const char *tnpu_chip_config(int n) {
    return n >= 0 && n < NUM_CHIPS ? chips[n]->name : NULL;
}

static void trace_begin(struct tnpu_chip *c) {
    fprintf(c->vcd, "$timescale 1 ps $end\n$scope module tnpu $end\n");
    for (int i = 0; i < NUM_TRACED; i++)
        fprintf(c->vcd, "$var wire 1 %c %s $end\n", '!' + i, traced_pins[i].name);
    fprintf(c->vcd, "$upscope $end\n$enddefinitions $end\n");
    c->traced = ~(uint64_t)0;
    c->tracing = 1;
}

/// A pin that nobody drives is traced as high, as a pull-up would have it.
static void trace(struct tnpu_chip *c) {
    uint64_t now = 0;
    for (int i = 0; i < NUM_TRACED; i++) {
        int level = traced_pins[i].in ? (c->in & traced_pins[i].in) != 0
                                      : (c->out & traced_pins[i].out) != 0;
        if (traced_pins[i].enable && !(c->out & traced_pins[i].enable)) level = 1;
        now |= (uint64_t)level << i;
    }
    if (now == c->traced) return;
    fprintf(c->vcd, "#%" PRIu64 "\n", c->now);
    for (int i = 0; i < NUM_TRACED; i++)
        if (c->traced == ~(uint64_t)0 || ((now ^ c->traced) >> i & 1))
            fprintf(c->vcd, "%d%c\n", (int)(now >> i & 1), '!' + i);
    c->traced = now;
}

/// SDIO lines: the card's level where it drives, else the host's. What the card drives comes back
/// to its inputs with the next eval, which is soon enough for flops.
static void join_lines(struct tnpu_chip *c) {
    uint32_t drives = c->out / TNPU_PIN_CARD_DAT0_OE & 15u, dat = c->out / TNPU_PIN_CARD_DAT0 & 15u;
    drives = drives << 1 | ((c->out & TNPU_PIN_CARD_CMD_OE) != 0);
    dat = dat << 1 | ((c->out & TNPU_PIN_CARD_CMD) != 0);
    uint32_t lines = (dat & drives) | (c->host_lines & ~drives);
    c->in = (c->in & ~(31u * TNPU_PIN_SD_CMD)) | lines * TNPU_PIN_SD_CMD;
}

static void eval(struct tnpu_chip *c) {
    c->out = c->pins->eval(c->state, c->in);
    join_lines(c);
    if (c->tracing) trace(c);
    c->changed = 1;
}

/// Time goes on: levels at its last moment go into the waves.
static void advance(struct tnpu_chip *c, uint64_t to) {
    if (c->waves && c->changed && to > c->now) {
        c->pins->dump(c->state, c->now);
        c->changed = 0;
    }
    c->now = to;
}

static int wave_begin(struct tnpu_chip *c, const char *file, struct tnpu_error *e) {
    if (tnpu_wave_begin(file, e)) return -1;
    snprintf(c->wave_name, sizeof c->wave_name, "%s", file);
    c->pins->wave(c->state, file);
    c->waves = 1;
    return 0;
}

static int wave_end(struct tnpu_chip *c, struct tnpu_error *e) {
    if (!c->waves) return 0;
    c->pins->dump(c->state, c->now);
    c->pins->wave(c->state, NULL);
    return tnpu_wave_check(c->wave_name, e);
}

static void fail_config(const char *config, struct tnpu_error *e) {
    char known[64] = "";
    for (int i = 0; i < NUM_CHIPS; i++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", chips[i]->name);
    }
    tnpu_fail(e, "%s: this build has no chip of that configuration, but of %s", config, known);
}

struct tnpu_chip *tnpu_chip_open(const struct tnpu_chip_options *options, struct tnpu_error *e) {
    const struct tnpu_chip_pins *pins = NULL;
    for (int i = 0; i < NUM_CHIPS; i++)
        if (!strcmp(chips[i]->name, options->config)) pins = chips[i];
    if (!pins) {
        fail_config(options->config, e);
        return NULL;
    }
    struct tnpu_chip *c = calloc(1, sizeof *c);
    if (c) c->state = pins->open(options->cdc_seed);
    if (!c || !c->state) {
        free(c);
        tnpu_fail(e, "%s: not enough memory to simulate the chip", options->config);
        return NULL;
    }
    c->pins = pins;
    c->host_lines = 31;
    c->half_ps = options->core_ps / 2 ? options->core_ps / 2 : 1;
    c->next_edge = c->half_ps;
    c->in =
        TNPU_PIN_RST_N; // and CS low: a simulator sees an asynchronous reset only where it falls
    if (options->vcd) {
        snprintf(c->vcd_name, sizeof c->vcd_name, "%s", options->vcd);
        c->vcd = fopen(options->vcd, "w");
        if (!c->vcd) {
            tnpu_fail(e, "%s: cannot be written", options->vcd);
            tnpu_chip_close(c, NULL);
            return NULL;
        }
    }
    if (options->wave && wave_begin(c, options->wave, e)) {
        tnpu_chip_close(c, NULL);
        return NULL;
    }
    eval(c);
    tnpu_chip_run(c, 8 * (uint64_t)c->half_ps);
    tnpu_chip_set(c, TNPU_PIN_CS_N, 1);
    tnpu_chip_reset(c);
    if (c->vcd) trace_begin(c);
    return c;
}

int tnpu_chip_close(struct tnpu_chip *c, struct tnpu_error *e) {
    if (!c) return 0;
    int bad = 0;
    if (c->vcd) {
        fprintf(c->vcd, "#%" PRIu64 "\n", c->now);
        bad = ferror(c->vcd);
        bad |= fclose(c->vcd);
        if (bad) tnpu_fail(e, "%s: could not be written in full", c->vcd_name);
    }
    if (wave_end(c, bad ? NULL : e)) bad = 1;
    c->pins->close(c->state);
    free(c);
    return bad ? -1 : 0;
}

void tnpu_chip_reset(struct tnpu_chip *c) {
    tnpu_chip_set(c, TNPU_PIN_RST_N, 0);
    tnpu_chip_run(c, 8 * (uint64_t)c->half_ps);
    tnpu_chip_set(c, TNPU_PIN_RST_N, 1);
    tnpu_chip_run(c, 8 * (uint64_t)c->half_ps);
}

uint64_t tnpu_chip_now(const struct tnpu_chip *c) {
    return c->now;
}

void tnpu_chip_run(struct tnpu_chip *c, uint64_t ps) {
    uint64_t end = c->now + ps;
    while (c->next_edge <= end) {
        advance(c, c->next_edge);
        c->next_edge += c->half_ps;
        c->in ^= TNPU_PIN_CLK;
        eval(c);
    }
    advance(c, end);
}

void tnpu_chip_set(struct tnpu_chip *c, enum tnpu_pin_in pin, int level) {
    uint32_t in = level ? c->in | (uint32_t)pin : c->in & ~(uint32_t)pin;
    if (in == c->in) return;
    c->in = in;
    eval(c);
}

int tnpu_chip_get(const struct tnpu_chip *c, enum tnpu_pin_out pin) {
    return (c->out & (uint32_t)pin) != 0;
}

unsigned tnpu_chip_get_sd(const struct tnpu_chip *c) {
    return c->in / TNPU_PIN_SD_CMD & 31u;
}

void tnpu_chip_set_sd(struct tnpu_chip *c, unsigned lines) {
    if (c->host_lines == lines) return;
    c->host_lines = lines;
    join_lines(c);
    eval(c);
}

int tnpu_chip_failed(const struct tnpu_chip *c) {
    return c->pins->failed(c->state);
}

uint32_t tnpu_chip_core_ps(const struct tnpu_chip *c) {
    return 2 * c->half_ps;
}
