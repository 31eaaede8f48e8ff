// SPDX-License-Identifier: Apache-2.0
// tnpu probe: who is at the other end of a link, and does the link carry bytes as they are?
#include "args.h"
#include "commands.h"
#include "json_line.h"
#include "tnpu_machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_BYTES = 16384 };

struct choice {
    const char *on, *config;
    struct tnpu_machine_options machine;
    bool json;
};

/// What the probe found.
struct found {
    struct tnpu_identity id;
    struct tnpu_run_counters counters;
    struct tnpu_link_counts link;
    uint32_t status, write_us, read_us;
};

/// The named configuration of these sizes, or "unknown".
static const char *config_of(const struct tnpu_identity *id) {
    for (int i = 0; i < TNPU_NUM_CONFIGS; i++) {
        const struct tnpu_config *c = &tnpu_configs[i];
        if (id->lanes == (uint32_t)c->lanes && id->fmem_bytes == (uint32_t)c->fmem_bytes &&
            id->wmem_bytes == (uint32_t)(c->wmem_rows * c->lanes * TNPU_DOT) &&
            id->imem_depth == (uint32_t)c->imem_depth)
            return c->name;
    }
    return "unknown";
}

/// Random bytes to feature memory and back. 1: they came back as they were.
static int test_link(struct tnpu_device *dev, struct found *f) {
    const struct tnpu_transport *link = dev->link;
    uint8_t out[TEST_BYTES], in[TEST_BYTES];
    size_t n = f->id.fmem_bytes < TEST_BYTES ? f->id.fmem_bytes : TEST_BYTES;
    uint32_t x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        out[i] = (uint8_t)(x >> 24);
    }
    uint32_t start = link->now_us(link->context);
    int rc = tnpu_device_write(dev, TNPU_MAP_FMEM, out, n);
    uint32_t middle = link->now_us(link->context);
    if (!rc) rc = tnpu_device_read(dev, TNPU_MAP_FMEM, in, n);
    f->write_us = middle - start;
    f->read_us = link->now_us(link->context) - middle;
    return rc ? rc : memcmp(in, out, n) == 0;
}

static int probe(const struct choice *c, const struct tnpu_transport *link, struct found *f,
                 struct tnpu_error *e) {
    struct tnpu_device dev;
    char line[256];
    int same = 0, rc = tnpu_device_open(&dev, link);
    f->id = dev.identity;
    if (!rc) rc = tnpu_device_get(&dev, TNPU_REG_STATUS, &f->status);
    if (!rc) rc = tnpu_device_counters(&dev, &f->counters);
    if (!rc && (f->status >> TNPU_REG_STATUS_BUSY_LSB & 1))
        return tnpu_fail(e, "%s: a program is running; try again when it has ended", c->on);
    if (!rc) rc = same = test_link(&dev, f);
    if (link->counts) f->link = *link->counts;
    if (rc < 0) return tnpu_fail(e, "%s: %s", c->on, tnpu_device_error(&dev, line, sizeof line));
    return same ? 0 : tnpu_fail(e, "%s: bytes come back changed; check wiring and clock", c->on);
}

static void print_text(const struct choice *c, const struct found *f) {
    const struct tnpu_identity *id = &f->id;
    printf("%s: TinyNPU, ISA %u.%u, configuration %s\n", c->on, (unsigned)(id->version >> 16),
           (unsigned)(id->version & 0xffff), config_of(id));
    printf("  %u lanes x %u, %u instructions, %u bytes of weights, %u bytes of features\n",
           (unsigned)id->lanes, (unsigned)id->dot, (unsigned)id->imem_depth,
           (unsigned)id->wmem_bytes, (unsigned)id->fmem_bytes);
    printf("  last run: %u cycles, %" PRIu64 " multiplications\n", (unsigned)f->counters.cycles,
           f->counters.macs);
    printf("  link test: bytes came back as they were; write %u us, read %u us\n",
           (unsigned)f->write_us, (unsigned)f->read_us);
    printf("  link: %u blocks, %u damaged, %u lost, %u sent again\n", (unsigned)f->link.blocks,
           (unsigned)f->link.crc_errors, (unsigned)f->link.lost, (unsigned)f->link.retries);
}

static int print_json(const struct choice *c, const struct found *f) {
    const struct tnpu_identity *id = &f->id;
    json_t *line = json_pack(
        "{s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "on", c->on,
        "isa_major", (json_int_t)(id->version >> 16), "isa_minor",
        (json_int_t)(id->version & 0xffff), "config", config_of(id), "lanes", (json_int_t)id->lanes,
        "imem", (json_int_t)id->imem_depth, "wmem_bytes", (json_int_t)id->wmem_bytes, "fmem_bytes",
        (json_int_t)id->fmem_bytes, "cycles", (json_int_t)f->counters.cycles, "write_us",
        (json_int_t)f->write_us, "read_us", (json_int_t)f->read_us, "blocks",
        (json_int_t)f->link.blocks, "crc_errors", (json_int_t)f->link.crc_errors, "lost",
        (json_int_t)f->link.lost, "retries", (json_int_t)f->link.retries);
    return json_line(line);
}

static int run(const struct choice *c, const struct tnpu_config *config) {
    struct tnpu_error e;
    struct found f = {.status = 0};
    struct tnpu_machine *m = tnpu_machine_open(&c->machine, config, &e);
    int rc = m ? probe(c, tnpu_machine_link(m), &f, &e) : -1;
    if (tnpu_machine_close(m, rc ? NULL : &e)) rc = -1;
    if (rc) {
        fprintf(stderr, "tnpu: %s\n", e.text);
        return 1;
    }
    if (c->json) return print_json(c, &f) ? 1 : 0;
    print_text(c, &f);
    return 0;
}

int cmd_probe(int argc, char **argv) {
    struct choice c = {.machine = {.core_mhz = 50, .sdio_bits = -1}};
    const struct option options[] = {
        {"--on", OPTION_TEXT, &c.on, "LINK", "model, rtl, spi, sdio or ftdi"},
        {"--config", OPTION_TEXT, &c.config, "NAME", "configuration of a simulated chip (t256)"},
        {"--sd-mhz", OPTION_NUMBER, &c.machine.sd_mhz, "F", "clock of a simulated SDIO (48)"},
        {"--sdio-bits", OPTION_INT, &c.machine.sdio_bits, "N", "its data lines: 1 or 4 (4)"},
        {"--wave", OPTION_TEXT, &c.machine.wave, "F.fst",
         "waves of pins and links; with --on spi or sdio"},
        {"--serial", OPTION_TEXT, &c.machine.serial, "S", "serial number of the USB adapter"},
        {"--core-mhz", OPTION_NUMBER, &c.machine.core_mhz, "F", "clock of a simulated chip (50)"},
        {"--sck-mhz", OPTION_NUMBER, &c.machine.sck_mhz, "F",
         "clock of the SPI (40; ftdi: at most 30, 15 if not given)"},
        {"--json", OPTION_FLAG, &c.json, NULL, "one JSON object"},
        {0},
    };
    const char *rest[1];
    int status = args_parse(argc, argv, "--on LINK [options]", options, rest, 0, 0);
    if (status < 0) return args_status(status);
    const struct tnpu_config *config = tnpu_config_find(c.config ? c.config : "t256");
    const char *wrong = tnpu_machine_choose(&c.machine, c.on);
    if (!wrong && c.config && c.machine.kind == TNPU_MACHINE_FTDI)
        wrong = "--config goes with a simulated chip; this one says what it is";
    if (wrong) {
        fprintf(stderr, "tnpu: %s\n", wrong);
        return 2;
    }
    if (!config) {
        fprintf(stderr, "tnpu: --config takes %s\n", args_configs());
        return 2;
    }
    return run(&c, config);
}
