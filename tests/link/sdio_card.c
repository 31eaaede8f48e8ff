// SPDX-License-Identifier: Apache-2.0
#include "sdio_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE = TNPU_LINK_SDIO_BLOCK };

void card_open(struct card *c, const char *config, uint32_t sd_ps, uint32_t cdc_seed) {
    struct tnpu_error e;
    struct tnpu_chip_options o = {.config = config, .core_ps = 20000, .cdc_seed = cdc_seed};
    c->chip = tnpu_chip_open(&o, &e);
    if (!c->chip) fail_msg("%s", e.text);
    tnpu_sdio_host_init(&c->h, c->chip, sd_ps);
}

void card_close(struct card *c) {
    assert_false(tnpu_chip_failed(c->chip));
    assert_int_equal(tnpu_chip_close(c->chip, NULL), 0);
}

static uint32_t command(struct card *c, unsigned index, uint32_t argument,
                        enum tnpu_sdio_answer kind) {
    uint32_t answer = 0;
    assert_int_equal(c->h.port.command(&c->h, index, argument, kind, &answer), TNPU_OK);
    return answer;
}

unsigned card_read(struct card *c, unsigned function, uint32_t addr) {
    return command(c, 52, function << 28 | addr << 9, TNPU_SDIO_WITH_CRC);
}

unsigned card_write(struct card *c, unsigned function, uint32_t addr, uint8_t value) {
    return command(c, 52, 1u << 31 | function << 28 | addr << 9 | value, TNPU_SDIO_WITH_CRC);
}

void card_start(struct card *c, unsigned bits, bool fast) {
    // The reset by CMD52 has no answer where no card is selected
    c->h.port.command(&c->h, 52, 1u << 31 | 6 << 9 | 8, TNPU_SDIO_WITH_CRC, NULL);
    c->h.port.set_bus(&c->h, 1, 400);
    command(c, 0, 0, TNPU_SDIO_NO_ANSWER);
    assert_int_equal(command(c, 5, 0, TNPU_SDIO_WITHOUT_CRC), 0x90FF8000);
    assert_int_equal(command(c, 5, 0x300000, TNPU_SDIO_WITHOUT_CRC), 0x90FF8000);
    uint32_t r6 = command(c, 3, 0, TNPU_SDIO_WITH_CRC);
    assert_int_not_equal(r6 >> 16, 0);
    command(c, 7, r6 & 0xFFFF0000, TNPU_SDIO_WITH_CRC);
    c->h.port.set_bus(&c->h, 1, 1000000);
    assert_int_equal(card_write(c, 0, 0x02, 2) & R5_ERRORS, 0);
    assert_int_equal(card_read(c, 0, 0x03), 0x1002);
    card_write(c, 0, 0x110, SIZE & 0xFF);
    card_write(c, 0, 0x111, SIZE >> 8);
    if (fast) assert_int_equal(card_write(c, 0, 0x13, 2), 0x1002);
    if (bits == 4) assert_int_equal(card_write(c, 0, 0x07, 2), 0x1002);
    c->h.port.set_bus(&c->h, bits, 1000000);
}

uint32_t card_cmd53(bool write, bool blocks, bool increment, uint32_t addr, unsigned count) {
    return (uint32_t)write << 31 | FN1 | (uint32_t)blocks << 27 | (uint32_t)increment << 26 |
           (addr & 0xFFFF) << 9 | (count & 0x1FF);
}

static int move(struct card *c, uint32_t addr, const uint8_t *out, uint8_t *in, size_t n) {
    while (n) {
        bool blocks = n >= SIZE;
        size_t size = blocks ? SIZE : n, count = blocks ? n / SIZE : 1;
        if (count > 511) count = 511;
        card_write(c, 1, WINDOW_REGS, (uint8_t)(addr >> 16));
        uint32_t r5;
        uint32_t arg = card_cmd53(out != NULL, blocks, true, addr, (unsigned)(blocks ? count : n));
        int status = c->h.port.move(&c->h, arg, out, in, size, count, &r5);
        if (status != TNPU_OK) return status;
        if (r5 & R5_ERRORS) return TNPU_ERR_REFUSED;
        addr += (uint32_t)(size * count), n -= size * count;
        if (out) out += size * count;
        if (in) in += size * count;
    }
    return TNPU_OK;
}

int card_put(struct card *c, uint32_t addr, const uint8_t *data, size_t n) {
    return move(c, addr, data, NULL, n);
}

int card_get(struct card *c, uint32_t addr, uint8_t *data, size_t n) {
    return move(c, addr, NULL, data, n);
}
