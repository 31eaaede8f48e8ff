// SPDX-License-Identifier: Apache-2.0
// The card's answers.
#include "sdio_device.h"

#include <string.h>

enum { COM_CRC = 0x8000, ILLEGAL = 0x4000, ERROR = 0x0800, FUNCTION = 0x0200, RANGE = 0x0100 };

static uint32_t draw(struct sdio_device *d) {
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return (uint32_t)(d->random >> 24);
}

static bool happens(struct sdio_device *d, uint32_t chance) {
    return chance && draw(d) % 1000000 < chance;
}

static bool irq(const struct sdio_device *d) {
    return tnpu_model_reg(d->chip, TNPU_REG_IRQ) & tnpu_model_reg(d->chip, TNPU_REG_IRQ_ENABLE);
}

static void card_reset(struct sdio_device *d) {
    d->state = SDIO_IDLE;
    memset(d->cccr, 0, sizeof d->cccr);
    memset(d->fbr, 0, sizeof d->fbr);
    d->cccr[0x00] = 0x32;
    d->cccr[0x13] = 1;
    d->page = 0;
    d->busy_with_data = false;
}

/// A block, or a byte, that has come whole.
static void take(struct sdio_device *d, uint32_t addr, const uint8_t *bytes, size_t n) {
    d->accepted++;
    if (addr == TNPU_MAP_REGS + TNPU_REG_CTRL) d->starts++;
    tnpu_model_write(d->chip, addr, bytes, n);
}

/// Where the window, or the place of the chip's registers behind it, is in the chip's map.
static bool in_map(const struct sdio_device *d, uint32_t *addr) {
    if (*addr < 0x10000)
        *addr += (uint32_t)d->page * 65536;
    else if (*addr >= 0x10100 && *addr < 0x10200)
        *addr -= 0x10100;
    else
        return false;
    return true;
}

/// One byte of the chip's map, or of the link's registers.
static uint32_t function1(struct sdio_device *d, bool write, uint32_t addr, uint8_t value) {
    if (in_map(d, &addr)) {
        if (happens(d, d->late)) return ERROR;
        if (write)
            take(d, addr, &value, 1);
        else
            tnpu_model_read(d->chip, addr, &value, 1);
        return value;
    }
    if (addr == 0x10000) {
        if (write) d->page = value & 0x7f;
        return d->page;
    }
    if (write) return RANGE;
    switch (addr) {
    case 0x10001:
        return irq(d);
    case 0x10002:
        return d->accepted;
    case 0x10003:
        return d->refused;
    case 0x10004:
        return 2;
    default:
        return RANGE;
    }
}

static uint32_t function0(struct sdio_device *d, bool write, uint32_t addr, uint8_t value) {
    if (addr >= 0x110 && addr < 0x112) {
        if (write) d->fbr[addr - 0x110] = value;
        return d->fbr[addr - 0x110];
    }
    if (addr >= sizeof d->cccr) return RANGE;
    if (!write) return d->cccr[addr];
    if (addr == 0x06) {
        d->busy_with_data = false;
        if (value & 8) card_reset(d);
        return 0;
    }
    d->cccr[addr] = value;
    if (addr == 0x02) d->cccr[0x03] = value & 2; // ready as soon as enabled
    return value;
}

static uint32_t direct(struct sdio_device *d, uint32_t a) {
    bool write = a >> 31;
    unsigned function = a >> 28 & 7;
    if (d->state != SDIO_COMMAND) return ILLEGAL;
    if (function > 1) return FUNCTION;
    uint32_t addr = a >> 9 & 0x1ffff;
    return 0x1000 | (function ? function1(d, write, addr, (uint8_t)a)
                              : function0(d, write, addr, (uint8_t)a));
}

/// What a command does; the answer's 32 bits.
static uint32_t act(struct sdio_device *d, unsigned index, uint32_t a) {
    switch (index) {
    case 0:
        card_reset(d);
        return 0;
    case 5:
        if (d->state == SDIO_IDLE && a) d->state = SDIO_READY;
        return 0x90ff8000;
    case 3:
        d->state = SDIO_STANDBY;
        return 0x00010000;
    case 7:
        if (d->state < SDIO_STANDBY) d->wrong++;
        if (a >> 16 == 1) d->state = SDIO_COMMAND;
        return 0;
    case 52:
        return direct(d, a);
    default:
        d->wrong++;
        return ILLEGAL;
    }
}

static bool deaf(struct sdio_device *d) {
    d->commands++;
    d->now_us += 3;
    if (happens(d, d->reset)) {
        tnpu_model_reset(d->chip);
        card_reset(d);
        d->accepted = d->refused = 0;
    }
    return d->gone || happens(d, d->deaf);
}

static int device_command(void *context, unsigned index, uint32_t argument,
                          enum tnpu_sdio_answer kind, uint32_t *answer) {
    struct sdio_device *d = context;
    if (deaf(d)) return kind == TNPU_SDIO_NO_ANSWER ? TNPU_OK : TNPU_ERR_NO_ANSWER;
    bool silent =
        (index == 52 && d->state != SDIO_COMMAND) || (index == 3 && d->state < SDIO_READY);
    if (silent) return TNPU_ERR_NO_ANSWER; // as a card does with commands that its state has not
    uint32_t value = act(d, index, argument);
    if (kind == TNPU_SDIO_NO_ANSWER) return TNPU_OK;
    if (happens(d, d->dumb)) return TNPU_ERR_CRC;
    if (answer) *answer = value;
    return TNPU_OK;
}

static int device_move(void *context, uint32_t a, const uint8_t *out, uint8_t *in, size_t size,
                       size_t blocks, uint32_t *answer) {
    struct sdio_device *d = context;
    if (deaf(d) || d->state != SDIO_COMMAND) return TNPU_ERR_NO_ANSWER;
    if (d->busy_with_data) d->wrong++;
    bool in_blocks = a >> 27 & 1;
    size_t count = a & 0x1ff, said = in_blocks ? d->fbr[0] | (size_t)d->fbr[1] << 8
                                     : count   ? count
                                               : 512;
    *answer = 0x1000;
    uint32_t addr = a >> 9 & 0x1ffff;
    if ((a >> 31) != (out != NULL) || (a >> 28 & 7) != 1 || !(a >> 26 & 1) || said != size ||
        (in_blocks ? count : 1) != blocks || !in_map(d, &addr))
        d->wrong++;
    if (happens(d, d->dumb)) return TNPU_ERR_CRC;
    for (size_t i = 0; i < blocks; i++, addr += (uint32_t)size) {
        d->now_us += (double)size / 24;
        d->busy_with_data = true;
        if (happens(d, d->bad_block)) {
            if (out) d->refused++;
            return TNPU_ERR_CRC;
        }
        bool slips = d->slips && d->slips--;
        if (out) {
            uint8_t block[TNPU_LINK_SDIO_BLOCK];
            memcpy(block, out + i * size, size);
            block[size / 2] ^= slips;
            take(d, addr, block, size);
            if (happens(d, d->bad_token)) return TNPU_ERR_NO_ANSWER;
        } else {
            tnpu_model_read(d->chip, addr, in + i * size, size);
            in[i * size + size / 2] ^= slips;
        }
        d->busy_with_data = false;
    }
    return TNPU_OK;
}

static int device_set_bus(void *context, unsigned bits, uint32_t khz) {
    struct sdio_device *d = context;
    d->bits = bits;
    d->khz = khz;
    return TNPU_OK;
}

static int device_wait_irq(void *context, uint32_t timeout_us) {
    struct sdio_device *d = context;
    bool enabled = (d->cccr[4] & 3) == 3;
    if (enabled && irq(d) && !happens(d, d->overlooked)) return 1;
    d->now_us += timeout_us;
    return 0;
}

static uint32_t device_now_us(void *context) {
    struct sdio_device *d = context;
    d->now_us += 0.1;
    return (uint32_t)d->now_us;
}

void sdio_device_init(struct sdio_device *d, struct tnpu_model *chip) {
    *d = (struct sdio_device){.chip = chip, .random = 1};
    d->port = (struct tnpu_sdio_port){.context = d,
                                      .command = device_command,
                                      .move = device_move,
                                      .set_bus = device_set_bus,
                                      .wait_irq = device_wait_irq,
                                      .now_us = device_now_us,
                                      .max_bits = 4,
                                      .max_khz = 50000};
    card_reset(d);
}
