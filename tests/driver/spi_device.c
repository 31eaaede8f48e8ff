// SPDX-License-Identifier: Apache-2.0
// Decodes frames bit by bit, as the chip does.
#include "spi_device.h"

#include <string.h>

enum { ACK = 0xA5, CRC = 0x5A, BUSY = 0x3C, REFUSED = 0xC3, DATA = 0x66, WAIT = 0x99 };

static uint32_t draw(struct spi_device *d) {
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return (uint32_t)(d->random >> 24);
}

static bool happens(struct spi_device *d, uint32_t chance) {
    return chance && draw(d) % 1000000 < chance;
}

static uint16_t crc16(const uint8_t *b, unsigned n) {
    uint16_t crc = 0xFFFF;
    for (unsigned i = 0; i < 8 * n; i++) {
        unsigned bit = b[i / 8] >> (7 - i % 8) & 1u;
        unsigned top = crc >> 15;
        crc = (uint16_t)(crc << 1);
        if (top != bit) crc ^= 0x1021;
    }
    return (uint16_t)~crc;
}

static bool irq(const struct spi_device *d) {
    return tnpu_model_reg(d->chip, TNPU_REG_IRQ) & tnpu_model_reg(d->chip, TNPU_REG_IRQ_ENABLE);
}

static uint8_t refuse(struct spi_device *d, uint8_t code) {
    d->refused++;
    return code;
}

static void next_block(struct spi_device *d) {
    d->size = 64 - d->addr % 64;
    if (d->size > d->left) d->size = d->left;
    d->have = 0;
    d->wait = d->waits ? draw(d) % (d->waits + 1) : 0;
}

/// What answers the header, and what follows.
static uint8_t judge_header(struct spi_device *d) {
    const uint8_t *h = d->header;
    d->state = DEVICE_IGNORE;
    if (crc16(h, 7) != (h[7] << 8 | h[8])) return refuse(d, CRC);
    if (h[0] == 0x4E) return ACK;
    d->addr = (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
    d->left = (uint32_t)h[4] << 16 | (uint32_t)h[5] << 8 | h[6];
    if ((h[0] != 0x57 && h[0] != 0x52) || !d->left || d->addr + d->left > 1u << 23)
        return refuse(d, REFUSED);
    if (happens(d, d->busy)) return refuse(d, BUSY);
    d->state = h[0] == 0x57 ? DEVICE_WRITE : DEVICE_WAIT;
    next_block(d);
    return ACK;
}

static uint8_t judge_block(struct spi_device *d) {
    if (crc16(d->block, d->size) != (d->block[d->size] << 8 | d->block[d->size + 1])) return CRC;
    return happens(d, d->busy) ? BUSY : ACK;
}

/// The acknowledgement has been clocked out.
static void conclude_block(struct spi_device *d) {
    if (d->code == ACK) {
        d->accepted++;
        if (d->addr == TNPU_MAP_REGS + TNPU_REG_CTRL) d->starts++;
        tnpu_model_write(d->chip, d->addr, d->block, d->size);
    } else {
        d->refused++;
    }
    d->addr += d->size, d->left -= d->size;
    d->state = d->left ? DEVICE_WRITE : DEVICE_IGNORE;
    if (d->left) next_block(d);
}

static void header_byte(struct spi_device *d) {
    uint8_t status[7] = {0x54, 0, d->accepted, d->refused, 2, 0, 0};
    if (d->byte == 1) d->header[0] = d->in, d->block[0] = irq(d); // the flags of this moment
    status[1] = d->block[0];
    status[5] = (uint8_t)(crc16(status, 5) >> 8);
    status[6] = (uint8_t)crc16(status, 5);
    d->header[d->byte - 1] = d->in;
    d->out = d->byte < 7 ? status[d->byte] : d->byte < 9 ? WAIT : judge_header(d);
}

static void read_byte(struct spi_device *d) {
    if (d->state == DEVICE_WAIT) {
        if (d->wait && d->wait--) return; // out is WAIT
        tnpu_model_read(d->chip, d->addr, d->block, d->size);
        d->block[d->size] = (uint8_t)(crc16(d->block, d->size) >> 8);
        d->block[d->size + 1] = (uint8_t)crc16(d->block, d->size);
        d->out = DATA;
        d->state = DEVICE_READ;
        return;
    }
    d->out = d->block[d->have++];
    if (d->have < d->size + 2) return;
    d->addr += d->size, d->left -= d->size;
    d->state = d->left ? DEVICE_WAIT : DEVICE_IGNORE;
    if (d->left) next_block(d);
}

/// A byte has come in; what goes out next?
static void take_byte(struct spi_device *d) {
    d->byte++;
    d->out = WAIT;
    switch (d->state) {
    case DEVICE_HEADER:
        header_byte(d);
        break;
    case DEVICE_WRITE:
        if (d->byte == 10) break; // the reply's byte
        d->block[d->have++] = d->in;
        if (d->have == d->size + 2) {
            d->code = d->out = judge_block(d);
            d->state = DEVICE_CODE;
        }
        break;
    case DEVICE_CODE:
        conclude_block(d);
        break;
    case DEVICE_WAIT:
    case DEVICE_READ:
        read_byte(d);
        break;
    default:
        break;
    }
}

/// A rising edge of SCK at the chip.
static void clock_in(struct spi_device *d, unsigned mosi) {
    d->in = (uint8_t)(d->in << 1 | mosi);
    d->out = (uint8_t)(d->out << 1);
    if (++d->bit % 8 == 0) take_byte(d);
}

static unsigned clock_bit(struct spi_device *d, unsigned mosi) {
    unsigned miso = d->out >> 7;
    d->bits++;
    if (d->stuck >= 0) return (unsigned)d->stuck;
    if (d->until_cut && --d->until_cut == 0) d->dead = true;
    if (d->dead || !d->selected)
        return 0; // nobody drives MISO: the pull-down does (docs/DRIVER.md)
    if (d->until_extra && --d->until_extra == 0) clock_in(d, 1);
    clock_in(d, mosi ^ happens(d, d->noise_mosi));
    return miso ^ happens(d, d->noise_miso);
}

static int device_select(void *context, bool active) {
    struct spi_device *d = context;
    if (active == d->selected) return TNPU_OK;
    d->selected = active;
    if (!active) return TNPU_OK;
    if (happens(d, d->reset)) {
        tnpu_model_reset(d->chip);
        d->accepted = d->refused = 0;
    }
    d->dead = false;
    d->until_cut = happens(d, d->cut) ? 1 + draw(d) % 1000 : 0;
    d->until_extra = happens(d, d->extra) ? 1 + draw(d) % 1000 : 0;
    d->byte = d->bit = 0;
    d->out = 0x54;
    d->state = DEVICE_HEADER;
    d->frames++;
    memset(d->mosi, 0, sizeof d->mosi);
    return TNPU_OK;
}

static int device_transfer(void *context, const uint8_t *out, uint8_t *in, size_t n) {
    struct spi_device *d = context;
    for (size_t i = 0; i < n; i++) {
        uint8_t o = out ? out[i] : 0;
        unsigned got = 0;
        if (d->bit / 8 < sizeof d->mosi) d->mosi[d->bit / 8] = o;
        for (int b = 7; b >= 0; b--) got = got << 1 | clock_bit(d, o >> b & 1u);
        if (in) in[i] = (uint8_t)got;
    }
    return TNPU_OK;
}

static uint32_t device_now_us(void *context) {
    struct spi_device *d = context;
    d->idle_us += 0.1;
    return (uint32_t)(d->idle_us + (double)d->bits / d->sck_mhz);
}

static int device_wait_irq(void *context, uint32_t timeout_us) {
    struct spi_device *d = context;
    if (irq(d) && !happens(d, d->overlooked)) return 1;
    d->idle_us += timeout_us;
    return 0;
}

void spi_device_init(struct spi_device *d, struct tnpu_model *chip) {
    *d = (struct spi_device){.chip = chip, .sck_mhz = 40, .stuck = -1, .random = 1};
    d->port = (struct tnpu_spi_port){.context = d,
                                     .select = device_select,
                                     .transfer = device_transfer,
                                     .wait_irq = device_wait_irq,
                                     .now_us = device_now_us};
}
