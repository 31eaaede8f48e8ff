// SPDX-License-Identifier: Apache-2.0
#include "tnpu_spi_host.h"

/// Does it happen, of that rate?
static int happens(struct tnpu_spi_host *h, uint32_t rate) {
    if (!rate) return 0;
    h->noise_state ^= h->noise_state << 13;
    h->noise_state ^= h->noise_state >> 7;
    h->noise_state ^= h->noise_state << 17;
    return (uint32_t)(h->noise_state >> 32) < rate;
}

static int noise(struct tnpu_spi_host *h) {
    return happens(h, h->noise_rate);
}

/// A board's set-up and hold time of CS: one core cycle and half an SCK period.
static uint64_t gap(const struct tnpu_spi_host *h) {
    return tnpu_chip_core_ps(h->chip) + h->sck_ps / 2;
}

static int spi_select(void *context, bool active) {
    struct tnpu_spi_host *h = context;
    if (active == h->selected) return TNPU_OK;
    tnpu_chip_run(h->chip, gap(h));
    tnpu_chip_set(h->chip, TNPU_PIN_CS_N, !active);
    tnpu_chip_run(h->chip, active ? gap(h) : 2 * gap(h));
    h->selected = active;
    h->cut = false;
    return TNPU_OK;
}

static void pulse(struct tnpu_spi_host *h) {
    tnpu_chip_set(h->chip, TNPU_PIN_SCK, 1);
    tnpu_chip_run(h->chip, h->sck_ps - h->sck_ps / 2);
    tnpu_chip_set(h->chip, TNPU_PIN_SCK, 0);
}

unsigned tnpu_spi_host_bits(struct tnpu_spi_host *h, unsigned out, int count) {
    unsigned in = 0;
    uint64_t low = h->sck_ps / 2;
    for (int i = count - 1; i >= 0; i--) {
        if (h->selected && happens(h, h->cut_rate)) {
            tnpu_chip_run(h->chip, gap(h));
            tnpu_chip_set(h->chip, TNPU_PIN_CS_N, 1);
            h->cut = true;
        }
        if (h->cut) {
            tnpu_chip_run(h->chip, h->sck_ps);
            in <<= 1;
            continue;
        }
        tnpu_chip_set(h->chip, TNPU_PIN_MOSI, (int)(out >> i & 1) ^ noise(h));
        tnpu_chip_run(h->chip, low);
        // A pull-down holds MISO where the chip does not drive it
        int miso =
            tnpu_chip_get(h->chip, TNPU_PIN_MISO) && tnpu_chip_get(h->chip, TNPU_PIN_MISO_OE);
        in = in << 1 | (unsigned)(miso ^ noise(h));
        pulse(h);
        if (happens(h, h->slip_rate)) {
            tnpu_chip_run(h->chip, low);
            pulse(h);
        }
    }
    h->bits += (unsigned)count;
    return in;
}

static int spi_transfer(void *context, const uint8_t *out, uint8_t *in, size_t n) {
    struct tnpu_spi_host *h = context;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = (uint8_t)tnpu_spi_host_bits(h, out ? out[i] : 0, 8);
        if (in) in[i] = b;
    }
    return tnpu_chip_failed(h->chip) ? TNPU_ERR_BUS : TNPU_OK;
}

static int spi_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_spi_host *h = context;
    uint64_t end = tnpu_chip_now(h->chip) + timeout_us * UINT64_C(1000000);
    while (!tnpu_chip_get(h->chip, TNPU_PIN_IRQ) && tnpu_chip_now(h->chip) < end) {
        if (tnpu_chip_failed(h->chip)) return TNPU_ERR_BUS;
        tnpu_chip_run(h->chip, tnpu_chip_core_ps(h->chip));
    }
    return tnpu_chip_get(h->chip, TNPU_PIN_IRQ);
}

static uint32_t spi_now_us(void *context) {
    const struct tnpu_spi_host *h = context;
    return (uint32_t)(tnpu_chip_now(h->chip) / 1000000);
}

void tnpu_spi_host_init(struct tnpu_spi_host *h, struct tnpu_chip *chip, uint32_t sck_ps) {
    *h = (struct tnpu_spi_host){
        .port = {.context = h,
                 .select = spi_select,
                 .transfer = spi_transfer,
                 .wait_irq = spi_wait_irq,
                 .now_us = spi_now_us},
        .chip = chip,
        .sck_ps = sck_ps < 2 ? 2 : sck_ps,
        .noise_state = 1,
    };
}
