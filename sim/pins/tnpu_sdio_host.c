// SPDX-License-Identifier: Apache-2.0
#include "tnpu_sdio_host.h"

enum {
    CMD = 1, ///< lines as tnpu_chip_get_sd counts them
    DAT0 = 2,
    DAT1 = 4,
    RELEASED = 31,
    ANSWER_CLOCKS = 64,    ///< N_CR
    DATA_CLOCKS = 2000000, ///< for a block's start, and for the end of busy
    STATUS_CLOCKS = 16,    ///< for a CRC status
    AFTER = 8,          ///< N_RC, from an answer to the next command; and before the clock may stop
    R5_ERRORS = 0xCB00, ///< bits 15, 14, 11, 9, 8
    IDENTIFY_PS = 2500000, ///< 400 kHz
};

/// Does it happen, of that rate?
static int happens(struct tnpu_sdio_host *h, uint32_t rate) {
    if (!rate) return 0;
    h->noise_state ^= h->noise_state << 13;
    h->noise_state ^= h->noise_state >> 7;
    h->noise_state ^= h->noise_state << 17;
    return (uint32_t)(h->noise_state >> 32) < rate;
}

static int noise(struct tnpu_sdio_host *h) {
    return happens(h, h->noise_rate);
}

/// A clock as it is on the wire. Returns the lines at the rising edge.
static unsigned pulse(struct tnpu_sdio_host *h, unsigned lines) {
    uint32_t low = h->sd_ps / 2;
    tnpu_chip_set(h->chip, TNPU_PIN_SD_CLK, 0);
    tnpu_chip_set_sd(h->chip, lines);
    tnpu_chip_run(h->chip, low);
    unsigned in = tnpu_chip_get_sd(h->chip);
    tnpu_chip_set(h->chip, TNPU_PIN_SD_CLK, 1);
    tnpu_chip_run(h->chip, h->sd_ps - low);
    return in;
}

/// One clock: the host's lines change at the falling edge, all is sampled at the rising edge.
static unsigned clock(struct tnpu_sdio_host *h, unsigned lines) {
    h->clocks++;
    if (happens(h, h->cut_rate)) {
        tnpu_chip_set_sd(h->chip, RELEASED);
        h->cut = true;
    }
    if (h->cut) return RELEASED;
    if (noise(h)) lines ^= CMD;
    if (noise(h)) lines ^= DAT0;
    unsigned in = pulse(h, lines);
    if (happens(h, h->slip_rate)) pulse(h, lines);
    if (noise(h)) in ^= CMD;
    if (noise(h)) in ^= DAT0;
    return in;
}

void tnpu_sdio_host_idle(struct tnpu_sdio_host *h, unsigned n) {
    while (n--) clock(h, RELEASED);
}

/// The same while an answer is waited for: data may come meanwhile.
static unsigned listen(struct tnpu_sdio_host *h) {
    unsigned in = clock(h, RELEASED);
    if (h->taped < sizeof h->tape) h->tape[h->taped++] = (uint8_t)in;
    return in;
}

/// The lines since the command, clock by clock.
static unsigned hear(struct tnpu_sdio_host *h) {
    return h->played < h->taped ? h->tape[h->played++] : clock(h, RELEASED);
}

// ---- CMD

static unsigned crc7(uint64_t value, int bits) {
    unsigned crc = 0;
    for (int i = bits - 1; i >= 0; i--) {
        unsigned bit = (unsigned)(value >> i & 1) ^ (crc >> 6 & 1);
        crc = (crc << 1 & 0x7F) ^ (bit ? 0x09 : 0);
    }
    return crc;
}

void tnpu_sdio_host_send(struct tnpu_sdio_host *h, unsigned index, uint32_t argument,
                         uint64_t damage) {
    uint64_t frame = (uint64_t)(0x40 | index) << 32 | argument;
    frame = (frame << 7 | crc7(frame, 40)) << 1 | 1;
    frame ^= damage;
    h->taped = h->played = 0;
    h->cut = false;
    for (int i = 47; i >= 0; i--) clock(h, frame >> i & 1 ? RELEASED : RELEASED - CMD);
}

uint64_t tnpu_sdio_host_answer(struct tnpu_sdio_host *h, unsigned *gap) {
    for (unsigned i = 0; i < ANSWER_CLOCKS; i++) {
        if (listen(h) & CMD) continue;
        if (gap) *gap = i;
        uint64_t frame = 0;
        for (int k = 0; k < 47; k++) frame = frame << 1 | (listen(h) & CMD);
        return frame;
    }
    return 0;
}

/// TNPU_OK, and bits 39..8 of the answer.
static int judge(uint64_t frame, unsigned index, enum tnpu_sdio_answer kind, uint32_t *answer) {
    if (!frame) return TNPU_ERR_NO_ANSWER;
    if (answer) *answer = (uint32_t)(frame >> 8);
    if (kind == TNPU_SDIO_WITHOUT_CRC)
        return frame >> 40 == 0x3F && (frame & 1) ? TNPU_OK : TNPU_ERR_CRC;
    int good = frame >> 40 == index && (frame & 0xFF) == (crc7(frame >> 8, 40) << 1 | 1);
    return good ? TNPU_OK : TNPU_ERR_CRC;
}

static int sdio_command(void *context, unsigned index, uint32_t argument,
                        enum tnpu_sdio_answer kind, uint32_t *answer) {
    struct tnpu_sdio_host *h = context;
    tnpu_sdio_host_send(h, index, argument, 0);
    int status = TNPU_OK;
    if (kind != TNPU_SDIO_NO_ANSWER)
        status = judge(tnpu_sdio_host_answer(h, NULL), index, kind, answer);
    tnpu_sdio_host_idle(h, AFTER);
    return tnpu_chip_failed(h->chip) ? TNPU_ERR_BUS : status;
}

// ---- DAT

static uint16_t crc16(uint16_t crc, unsigned bit) {
    return (uint16_t)(crc << 1 ^ ((crc >> 15 ^ bit) & 1 ? 0x1021 : 0));
}

/// What the lines in use carry of a byte in its part `i`: bit 0 for DAT0 ...
static unsigned part(const struct tnpu_sdio_host *h, uint8_t byte, unsigned i) {
    return h->bits == 4 ? (unsigned)byte >> (i ? 0 : 4) & 15 : (unsigned)byte >> (7 - i) & 1;
}

struct sender {
    struct tnpu_sdio_host *h;
    long damage, at;
};

/// Puts a bit on each line in use, the one at `damage` wrong.
static void put(struct sender *s, unsigned levels) {
    for (unsigned line = 0; line < s->h->bits; line++, s->at++)
        if (s->at == s->damage) levels ^= 1u << line;
    unsigned mask = ((1u << s->h->bits) - 1) * DAT0;
    clock(s->h, (RELEASED & ~mask) | levels * DAT0);
}

int tnpu_sdio_host_put(struct tnpu_sdio_host *h, const uint8_t *block, size_t size, long damage) {
    struct sender s = {h, damage, 0};
    uint16_t crc[4] = {0};
    unsigned ones = (1u << h->bits) - 1;
    put(&s, 0);
    for (size_t i = 0; i < size; i++)
        for (unsigned p = 0; p < 8 / h->bits; p++) {
            unsigned levels = part(h, block[i], p);
            for (unsigned l = 0; l < h->bits; l++) crc[l] = crc16(crc[l], levels >> l);
            put(&s, levels);
        }
    for (int i = 15; i >= 0; i--) {
        unsigned levels = 0;
        for (unsigned l = 0; l < h->bits; l++) levels |= (crc[l] >> i & 1u) << l;
        put(&s, levels);
    }
    put(&s, ones);
    int status = -1;
    for (int i = 0; i < STATUS_CLOCKS && status < 0; i++) {
        if (clock(h, RELEASED) & DAT0) continue;
        status = 0;
        for (int k = 0; k < 3; k++) status = status << 1 | ((clock(h, RELEASED) & DAT0) != 0);
        if (!(clock(h, RELEASED) & DAT0)) return -1; // no end bit
    }
    if (status < 0) return -1;
    for (long i = 0; i < DATA_CLOCKS; i++)
        if (clock(h, RELEASED) & DAT0) return status;
    return -2;
}

int tnpu_sdio_host_get(struct tnpu_sdio_host *h, uint8_t *block, size_t size) {
    long i = 0;
    while (i < DATA_CLOCKS && (hear(h) & DAT0)) i++;
    if (i == DATA_CLOCKS) return TNPU_ERR_NO_ANSWER;
    uint16_t crc[4] = {0};
    unsigned ones = (1u << h->bits) - 1;
    for (size_t k = 0; k < size; k++) {
        unsigned byte = 0;
        for (unsigned p = 0; p < 8 / h->bits; p++) {
            unsigned levels = hear(h) / DAT0 & ones;
            byte = byte << h->bits | levels;
            for (unsigned l = 0; l < h->bits; l++) crc[l] = crc16(crc[l], levels >> l);
        }
        block[k] = (uint8_t)byte;
    }
    for (int k = 0; k < 16; k++) {
        unsigned levels = hear(h) / DAT0;
        for (unsigned l = 0; l < h->bits; l++) crc[l] = crc16(crc[l], levels >> l);
    }
    unsigned end = hear(h) / DAT0 & ones;
    for (unsigned l = 0; l < h->bits; l++)
        if (crc[l]) return TNPU_ERR_CRC;
    return end == ones ? TNPU_OK : TNPU_ERR_CRC;
}

static int sdio_move(void *context, uint32_t argument, const uint8_t *out, uint8_t *in, size_t size,
                     size_t blocks, uint32_t *answer) {
    struct tnpu_sdio_host *h = context;
    uint32_t r5 = 0;
    tnpu_sdio_host_send(h, 53, argument, 0);
    int status = judge(tnpu_sdio_host_answer(h, NULL), 53, TNPU_SDIO_WITH_CRC, &r5);
    if (answer) *answer = r5;
    uint64_t answered = h->clocks;
    if (status == TNPU_OK && !(r5 & R5_ERRORS)) {
        for (size_t i = 0; i < blocks && status == TNPU_OK; i++) {
            if (out) {
                tnpu_sdio_host_idle(h, 2); // N_WR
                int token = tnpu_sdio_host_put(h, out + i * size, size, -1);
                if (token != 2) status = token == 5 ? TNPU_ERR_CRC : TNPU_ERR_NO_ANSWER;
            } else {
                status = tnpu_sdio_host_get(h, in + i * size, size);
            }
        }
    }
    h->rest = h->clocks + AFTER;
    while (h->clocks < answered + AFTER) tnpu_sdio_host_idle(h, 1); // before the next command
    return tnpu_chip_failed(h->chip) ? TNPU_ERR_BUS : status;
}

static int sdio_set_bus(void *context, unsigned bits, uint32_t khz) {
    struct tnpu_sdio_host *h = context;
    if ((bits != 1 && bits != 4) || !khz) return TNPU_ERR_ARGUMENT;
    h->bits = bits;
    uint32_t ps = 1000000000u / khz;
    h->sd_ps = ps > h->max_ps ? ps : h->max_ps;
    return TNPU_OK;
}

static int sdio_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_sdio_host *h = context;
    while (h->clocks < h->rest) tnpu_sdio_host_idle(h, 1); // before the clock stops
    uint64_t end = tnpu_chip_now(h->chip) + timeout_us * UINT64_C(1000000);
    while ((tnpu_chip_get_sd(h->chip) & DAT1) && tnpu_chip_now(h->chip) < end) {
        if (tnpu_chip_failed(h->chip)) return TNPU_ERR_BUS;
        tnpu_chip_run(h->chip, tnpu_chip_core_ps(h->chip));
    }
    return !(tnpu_chip_get_sd(h->chip) & DAT1);
}

static uint32_t sdio_now_us(void *context) {
    const struct tnpu_sdio_host *h = context;
    return (uint32_t)(tnpu_chip_now(h->chip) / 1000000);
}

void tnpu_sdio_host_init(struct tnpu_sdio_host *h, struct tnpu_chip *chip, uint32_t max_ps) {
    *h = (struct tnpu_sdio_host){
        .port = {.context = h,
                 .command = sdio_command,
                 .move = sdio_move,
                 .set_bus = sdio_set_bus,
                 .wait_irq = sdio_wait_irq,
                 .now_us = sdio_now_us,
                 .max_bits = 4,
                 .max_khz = 1000000000u / (max_ps < 2 ? 2 : max_ps)},
        .chip = chip,
        .max_ps = max_ps < 2 ? 2 : max_ps,
        .bits = 1,
        .noise_state = 1,
    };
    h->sd_ps = h->max_ps > IDENTIFY_PS ? h->max_ps : IDENTIFY_PS;
    tnpu_sdio_host_idle(h, 74);
}
