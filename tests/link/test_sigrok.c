// SPDX-License-Identifier: Apache-2.0
// An independent witness: traces of the chip's pins are read by sigrok-cli, whose decoders for SPI,
// SD commands and parallel buses know nothing of this project. They must see the bytes, commands
// and checksums that were meant.
#include "sdio_card.h"
#include "spi_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_ITEMS = 4096 };

static struct tnpu_chip *open_traced(const char *vcd) {
    struct tnpu_error e;
    struct tnpu_chip_options o = {.config = "t64", .core_ps = 20000, .cdc_seed = 9, .vcd = vcd};
    struct tnpu_chip *chip = tnpu_chip_open(&o, &e);
    if (!chip) fail_msg("%s", e.text);
    return chip;
}

/// Runs sigrok-cli on a trace, at 1 ns a sample; `take` gets each line of its output. Its status
/// does not count: 0.7.2 with Python 3.11 aborts after all output, while it ends. The callers count
/// lines.
static void decode(const char *vcd, const char *decoder, const char *annotation,
                   void (*take)(void *ctx, const char *line), void *ctx) {
    char command[512], line[512];
    snprintf(command, sizeof command,
             "sigrok-cli -i %s -I vcd:downsample=1000 -P %s -A %s 2>/dev/null", vcd, decoder,
             annotation);
    FILE *p = popen(command, "r");
    assert_non_null(p);
    while (fgets(line, sizeof line, p)) take(ctx, line);
    pclose(p);
}

struct bytes {
    uint8_t v[MAX_ITEMS];
    size_t n;
};

/// "spi-1: 1F"
static void take_hex(void *ctx, const char *line) {
    struct bytes *b = ctx;
    const char *colon = strchr(line, ':');
    assert_non_null(colon);
    assert_true(b->n < MAX_ITEMS);
    b->v[b->n++] = (uint8_t)strtoul(colon + 1, NULL, 16);
}

static void test_spi(void **state) {
    (void)state;
    static struct bytes mosi, miso, seen_mosi, seen_miso;
    struct tnpu_chip *chip = open_traced("sigrok-spi.vcd");
    struct tnpu_spi_host h;
    tnpu_spi_host_init(&h, chip, 25000);
    uint8_t data[150], out[400] = {0};
    for (int i = 0; i < 150; i++) data[i] = (uint8_t)(i * 37 + 5);
    for (int read = 0; read < 2; read++) {
        size_t n =
            read ? sizeof out : frame_write(out, TNPU_MAP_FMEM + 10, data, sizeof data, NULL);
        if (read) memset(out, 0, sizeof out);
        if (read) frame_header(out, TNPU_LINK_READ, TNPU_MAP_FMEM + 10, sizeof data);
        h.port.select(&h, true);
        h.port.transfer(&h, out, miso.v + miso.n, n);
        h.port.select(&h, false);
        memcpy(mosi.v + mosi.n, out, n);
        mosi.n += n, miso.n += n;
    }
    assert_int_equal(tnpu_chip_close(chip, NULL), 0);
    const char *decoder = "spi:clk=sck:mosi=mosi:miso=miso:cs=cs_n";
    decode("sigrok-spi.vcd", decoder, "spi=mosi-data", take_hex, &seen_mosi);
    decode("sigrok-spi.vcd", decoder, "spi=miso-data", take_hex, &seen_miso);
    assert_int_equal(seen_mosi.n, mosi.n);
    assert_int_equal(seen_miso.n, miso.n);
    assert_memory_equal(seen_mosi.v, mosi.v, mosi.n);
    assert_memory_equal(seen_miso.v, miso.v, miso.n);
    // The read's blocks in what sigrok saw: token, data, CRC
    size_t at = mosi.n - sizeof out + HEADER + 1, done = 0;
    while (done < sizeof data && at + BLOCK + 2 < seen_miso.n) {
        if (seen_miso.v[at++] != TNPU_LINK_DATA) continue;
        size_t n = frame_block((uint32_t)(10 + done), sizeof data - done);
        assert_memory_equal(seen_miso.v + at, data + done, n);
        assert_int_equal(frame_crc16(seen_miso.v + at, n),
                         seen_miso.v[at + n] << 8 | seen_miso.v[at + n + 1]);
        at += n + 2, done += n;
    }
    assert_int_equal(done, sizeof data);
    printf("sigrok's SPI decoder agrees on %zu bytes\n", 2 * mosi.n);
    remove("sigrok-spi.vcd");
}

struct tokens {
    uint64_t v[MAX_ITEMS];
    size_t n;
};

/// The fields of a 48-bit token as they come: transmission, command, argument, CRC.
static void take_field(void *ctx, const char *line) {
    struct tokens *t = ctx;
    const char *p;
    uint64_t *last = t->n ? &t->v[t->n - 1] : NULL;
    if (strstr(line, "Start bit")) {
        assert_true(t->n < MAX_ITEMS);
        t->v[t->n++] = 0;
    } else if (last && strstr(line, "Transmission: host")) {
        *last |= UINT64_C(1) << 46;
    } else if (last && (p = strstr(line, "Command: ")) && (p = strrchr(line, '('))) {
        *last |= (uint64_t)strtoul(p + 1, NULL, 10) << 40;
    } else if (last && (p = strstr(line, "Argument: "))) {
        *last |= (uint64_t)strtoul(p + 10, NULL, 16) << 8;
    } else if (last && (p = strstr(line, "CRC: "))) {
        *last |= strtoul(p + 5, NULL, 16) << 1 | 1;
    }
}

/// A command and its answer, in the list; 0 for none.
static void exchange(struct card *c, struct tokens *t, unsigned index, uint32_t argument) {
    uint64_t frame = (uint64_t)(0x40 | index) << 40 | (uint64_t)argument << 8;
    unsigned crc = 0; // by its definition, a division, not the host's way of doing it
    for (int i = 47; i >= 8; i--) {
        crc = crc << 1 | (frame >> i & 1);
        if (crc & 0x80) crc ^= 0x89;
    }
    for (int i = 0; i < 7; i++) {
        crc <<= 1;
        if (crc & 0x80) crc ^= 0x89;
    }
    t->v[t->n++] = frame | crc << 1 | 1;
    tnpu_sdio_host_send(&c->h, index, argument, 0);
    uint64_t answer = tnpu_sdio_host_answer(&c->h, NULL);
    if (answer) t->v[t->n++] = answer;
    if (index != 53) tnpu_sdio_host_idle(&c->h, 8);
}

/// The four data lines at each rising edge.
static void test_sdio(void **state) {
    (void)state;
    static struct tokens sent, seen;
    static struct bytes lines;
    struct card c = {.chip = open_traced("sigrok-sdio.vcd")};
    tnpu_sdio_host_init(&c.h, c.chip, 40000);
    c.h.sd_ps = 40000; // identification too: the trace is shorter
    uint8_t data[48], back[48];
    for (int i = 0; i < 48; i++) data[i] = (uint8_t)(i * 29 + 3);
    exchange(&c, &sent, 5, 0x300000);
    exchange(&c, &sent, 3, 0);
    exchange(&c, &sent, 7, 0x10000);
    exchange(&c, &sent, 52, 1u << 31 | 0x02 << 9 | 2);
    exchange(&c, &sent, 52, 1u << 31 | 0x07 << 9 | 2);
    exchange(&c, &sent, 52, 1u << 31 | FN1 | WINDOW_REGS << 9 | TNPU_MAP_FMEM >> 16);
    c.h.bits = 4;
    exchange(&c, &sent, 53, card_cmd53(true, false, true, 5, 48));
    tnpu_sdio_host_idle(&c.h, 2);
    assert_int_equal(tnpu_sdio_host_put(&c.h, data, 48, -1), 2);
    tnpu_sdio_host_idle(&c.h, 8);
    exchange(&c, &sent, 53, card_cmd53(false, false, true, 5, 48));
    assert_int_equal(tnpu_sdio_host_get(&c.h, back, 48), TNPU_OK);
    assert_memory_equal(back, data, 48);
    tnpu_sdio_host_idle(&c.h, 8);
    assert_int_equal(tnpu_chip_close(c.chip, NULL), 0);

    decode("sigrok-sdio.vcd", "sdcard_sd:cmd=sd_cmd:clk=sd_clk", "sdcard_sd", take_field, &seen);
    assert_int_equal(seen.n, sent.n);
    for (size_t i = 0; i < sent.n; i++) assert_true(seen.v[i] == sent.v[i]);

    decode("sigrok-sdio.vcd",
           "parallel:clk=sd_clk:d0=sd_dat0:d1=sd_dat1:d2=sd_dat2:d3=sd_dat3:clock_edge=rising",
           "parallel=items", take_hex, &lines);
    unsigned blocks = 0;
    for (size_t i = 0; i + 2 * 48 + 17 < lines.n; i++) {
        if (lines.v[i] != 0) continue; // start bits on all lines
        uint16_t crc[4] = {0};
        for (int k = 0; k < 2 * 48 + 16; k++) {
            unsigned levels = lines.v[i + 1 + k];
            if (k < 96) assert_int_equal(levels, data[k / 2] >> (k & 1 ? 0 : 4) & 15);
            for (int l = 0; l < 4; l++)
                crc[l] = (uint16_t)(crc[l] << 1 ^ ((crc[l] >> 15 ^ levels >> l) & 1 ? 0x1021 : 0));
        }
        assert_int_equal(crc[0] | crc[1] | crc[2] | crc[3], 0);
        assert_int_equal(lines.v[i + 2 * 48 + 17], 15); // end bits
        blocks++, i += 2 * 48 + 17;
    }
    assert_int_equal(blocks, 2); // one written, one read
    printf("sigrok's SD decoder agrees on %zu commands and answers, its parallel decoder on 2 "
           "blocks\n",
           sent.n);
    remove("sigrok-sdio.vcd");
}

int main(void) {
    if (system("sigrok-cli --version >/dev/null 2>&1")) {
        printf("sigrok-cli is not installed: run scripts/setup\n");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spi),
        cmocka_unit_test(test_sdio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
