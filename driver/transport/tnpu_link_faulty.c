// SPDX-License-Identifier: Apache-2.0
// Faults by a seeded random number, in front of any transport.
#include "tnpu_link_faulty.h"

#include <stdbool.h>

enum { MILLION = 1000000, LATE_MAX_US = 10000 };

/// xorshift32: its state is never 0.
static uint32_t draw(struct tnpu_faulty *f) {
    uint32_t r = f->random;
    r ^= r << 13;
    r ^= r >> 17;
    r ^= r << 5;
    return f->random = r;
}

static bool happens(struct tnpu_faulty *f, uint32_t chance, uint32_t *count) {
    if (!chance || draw(f) % MILLION >= chance) return false;
    (*count)++;
    return true;
}

/// At least one of n bytes' bits flips. The chance of a long transfer is close to its sum, and at
/// most one.
static bool flips(struct tnpu_faulty *f, size_t n) {
    uint64_t chance = (uint64_t)n * 8 * f->flip;
    return happens(f, chance > MILLION ? MILLION : (uint32_t)chance, &f->flipped);
}

static int carry(const struct tnpu_faulty *f, bool write, uint32_t addr, uint8_t *bytes, size_t n) {
    if (n == 0) return TNPU_OK;
    return write ? f->inner->write(f->inner->context, addr, bytes, n)
                 : f->inner->read(f->inner->context, addr, bytes, n);
}

static int access(struct tnpu_faulty *f, bool write, uint32_t addr, uint8_t *bytes, size_t n) {
    f->accesses++;
    if (f->die_after && f->accesses > f->die_after) return TNPU_ERR_NO_ANSWER;
    if (f->reset_chip && happens(f, f->reset, &f->resets)) f->reset_chip(f->chip);
    if (happens(f, f->delay, &f->delayed)) f->late_us += draw(f) % LATE_MAX_US;
    if (happens(f, f->drop, &f->dropped)) {
        if (draw(f) & 1) carry(f, write, addr, bytes, n);
        return TNPU_ERR_NO_ANSWER;
    }
    if (happens(f, f->cut, &f->cuts)) {
        carry(f, write, addr, bytes, draw(f) % n);
        return TNPU_ERR_LINK;
    }
    if (flips(f, n)) {
        if (!write && carry(f, write, addr, bytes, n) == TNPU_OK)
            bytes[draw(f) % n] ^= (uint8_t)(1u << draw(f) % 8);
        return TNPU_ERR_CRC;
    }
    return carry(f, write, addr, bytes, n);
}

static int faulty_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    return access(context, true, addr, (uint8_t *)bytes, n); // only read from
}

static int faulty_read(void *context, uint32_t addr, void *bytes, size_t n) {
    return access(context, false, addr, bytes, n);
}

static int faulty_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_faulty *f = context;
    bool wrong = happens(f, f->irq, &f->irqs);
    if (wrong && draw(f) & 1) return 1; // a spurious edge
    int rc = f->inner->wait_irq(f->inner->context, timeout_us);
    if (!wrong || rc != 1) return rc;
    f->late_us += timeout_us; // overlooked: the time is gone all the same
    return 0;
}

static uint32_t faulty_now_us(void *context) {
    struct tnpu_faulty *f = context;
    return f->inner->now_us(f->inner->context) + f->late_us;
}

static int faulty_recover(void *context) {
    struct tnpu_faulty *f = context;
    return f->inner->recover ? f->inner->recover(f->inner->context) : TNPU_OK;
}

void tnpu_faulty_init(struct tnpu_faulty *f, struct tnpu_transport *link) {
    f->random = f->seed * UINT32_C(2654435761) + 1;
    if (!f->random) f->random = 1;
    f->accesses = f->late_us = 0;
    f->dropped = f->cuts = f->flipped = f->delayed = f->irqs = f->resets = 0;
    *link = (struct tnpu_transport){.context = f,
                                    .name = f->inner->name,
                                    .write = faulty_write,
                                    .read = faulty_read,
                                    .wait_irq = f->inner->wait_irq ? faulty_wait_irq : NULL,
                                    .now_us = faulty_now_us,
                                    .recover = faulty_recover,
                                    .counts = f->inner->counts,
                                    .max_bytes = f->inner->max_bytes,
                                    .block = f->inner->block};
}
