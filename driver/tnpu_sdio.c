// SPDX-License-Identifier: Apache-2.0
// Bytes through the window of the SDIO function (docs/LINK.md): CMD53, bounded retries.
#include "tnpu_sdio.h"

#include "tnpu_sdio_card.h"
#include "tnpu_spec.h"

#include <string.h>

enum {
    WINDOW = 65536,
    TRIES = 16, ///< of a command that is damaged or lost, without progress
    DOUBT = 16, ///< transfers that are compared after a failure
    PIECE = 64, ///< bytes at a time when they are
    REACH = 64, ///< blocks a command: less than 256, so that ACCEPTED counts them
    MAX_BYTES = 65536,
    DIFFERS = 1, ///< beside the negative statuses
};

/// Counts a failure. Returns TNPU_OK when it is to be tried again, else the status to give up with.
static int again(struct tnpu_sdio *s, unsigned *tries, int rc) {
    if (rc == TNPU_ERR_CRC) s->counts.crc_errors++;
    if (rc == TNPU_ERR_NO_ANSWER) s->counts.lost++;
    s->doubt = DOUBT;
    if ((rc != TNPU_ERR_CRC && rc != TNPU_ERR_NO_ANSWER) || ++*tries == TRIES) return rc;
    s->counts.retries++;
    return TNPU_OK;
}

/// One byte of function 1 that may be read or written any number of times.
static int byte_of(struct tnpu_sdio *s, uint32_t addr, uint8_t *value, bool write) {
    unsigned tries = 0;
    for (;;) {
        int rc = write ? tnpu_sdio_set(s, 1, addr, *value) : tnpu_sdio_get(s, 1, addr, value);
        if (!rc || (rc = again(s, &tries, rc)) != 0) return rc;
    }
}

/// Where the chip's address `addr` is in function 1, the window being turned to it; registers are
/// there without. Or a negative status.
static int32_t place(struct tnpu_sdio *s, uint32_t addr) {
    uint32_t page = addr / WINDOW;
    uint8_t value = (uint8_t)page;
    if (addr < TNPU_MAP_IMEM) return (int32_t)(TNPU_SDIO_REGS + addr);
    if (s->page != page) {
        int rc = byte_of(s, TNPU_SDIO_PAGE, &value, true);
        s->page = rc ? UINT32_MAX : page;
        if (rc) return rc;
    }
    return (int32_t)(addr % WINDOW);
}

/// A part of a transfer: whole blocks, or bytes fewer than a block.
struct move {
    uint32_t addr;
    const uint8_t *out;
    uint8_t *in;
    size_t size, blocks;
    bool in_blocks;
};

static struct move cut(uint32_t addr, const uint8_t *out, uint8_t *in, size_t n, size_t reach) {
    struct move m = {addr, out, in, n, 1, n > TNPU_LINK_SDIO_BLOCK};
    if (m.in_blocks) {
        m.size = TNPU_LINK_SDIO_BLOCK;
        m.blocks = n / m.size < reach ? n / m.size : reach;
    }
    return m;
}

/// CMD53, once. A command that failed is ended, so that the card is ready for the next.
static int move_once(struct tnpu_sdio *s, const struct move *m) {
    uint32_t answer = 0,
             count = (uint32_t)(m->in_blocks ? m->blocks : m->size % TNPU_LINK_SDIO_BLOCK);
    int32_t at = place(s, m->addr);
    if (at < 0) return at;
    uint32_t argument = (m->out ? UINT32_C(1) << 31 : 0) | UINT32_C(1) << 28 |
                        (m->in_blocks ? UINT32_C(1) << 27 : 0) | UINT32_C(1) << 26 |
                        (uint32_t)at << 9 | count;
    int rc = s->port->move(s->port->context, argument, m->out, m->in, m->size, m->blocks, &answer);
    if (!rc) rc = tnpu_sdio_judge(answer);
    s->counts.blocks += (uint32_t)m->blocks;
    s->filled = m->out && m->size > 4;
    if (rc) tnpu_sdio_abort(s); // whether that arrives is seen at the next command
    return rc;
}

/// The same; a single byte by CMD52, which is shorter, unless the core has no time for it: right
/// behind blocks that are on their way to the memories it has none.
static int move_part(struct tnpu_sdio *s, const struct move *m) {
    if (m->size * m->blocks > 1 || s->filled) return move_once(s, m);
    int32_t at = place(s, m->addr);
    if (at < 0) return at;
    int rc = m->out ? tnpu_sdio_set(s, 1, (uint32_t)at, *m->out)
                    : tnpu_sdio_get(s, 1, (uint32_t)at, m->in);
    if (rc == TNPU_ERR_REFUSED) return move_once(s, m);
    s->counts.blocks++;
    return rc;
}

/// How many blocks of a write that failed the chip has taken after all, or a negative status.
static int taken(struct tnpu_sdio *s, size_t blocks) {
    uint8_t now = 0;
    int rc = byte_of(s, TNPU_SDIO_ACCEPTED, &now, false);
    if (rc) return rc;
    uint8_t more = (uint8_t)(now - s->accepted);
    s->accepted = now;
    return more <= blocks ? more : TNPU_ERR_LINK; // a chip that was reset meanwhile
}

static int write_all(struct tnpu_sdio *s, uint32_t addr, const uint8_t *bytes, size_t n) {
    unsigned tries = 0;
    while (n) {
        // A register is written by itself
        size_t most = addr < TNPU_MAP_IMEM && n > 4 - addr % 4 ? 4 - addr % 4 : n;
        struct move m = cut(addr, bytes, NULL, most, REACH);
        int rc = move_part(s, &m), done = (int)m.blocks;
        if (rc)
            done = taken(s, m.blocks);
        else
            s->accepted = (uint8_t)(s->accepted + done);
        if (done < 0) return done;
        size_t carried = (size_t)done * m.size;
        addr += (uint32_t)carried, bytes += carried, n -= carried;
        if (done) tries = 0;
        if (rc && n && (rc = again(s, &tries, rc)) != 0) return rc;
    }
    return TNPU_OK;
}

static int read_all(struct tnpu_sdio *s, uint32_t addr, uint8_t *bytes, size_t n) {
    unsigned tries = 0;
    while (n) {
        struct move m = cut(addr, NULL, bytes, n, s->reach);
        int rc = move_part(s, &m);
        if (rc) {
            if (s->reach > 1) s->reach /= 2;
            if ((rc = again(s, &tries, rc)) != 0) return rc;
            continue;
        }
        size_t carried = m.size * m.blocks;
        addr += (uint32_t)carried, bytes += carried, n -= carried;
        tries = 0;
        if (s->reach < REACH) s->reach++;
    }
    return TNPU_OK;
}

/// Whether memory holds these bytes: TNPU_OK, DIFFERS or what the link failed with. Weights that
/// are locked read as zeros, and tell nothing.
static int compare(struct tnpu_sdio *s, uint32_t addr, const uint8_t *bytes, size_t n) {
    uint8_t piece[PIECE], lock = 0;
    if (addr >= TNPU_MAP_WMEM) {
        int rc = read_all(s, TNPU_MAP_REGS + TNPU_REG_LOCK, &lock, sizeof lock);
        if (rc || lock >> TNPU_REG_LOCK_WMEM_LSB & 1) return rc;
    }
    for (size_t size; n; addr += (uint32_t)size, bytes += size, n -= size) {
        size = n < PIECE ? n : PIECE;
        int rc = read_all(s, addr, piece, size);
        if (rc) return rc;
        if (memcmp(piece, bytes, size) != 0) return DIFFERS;
    }
    return TNPU_OK;
}

/// All bytes. Where blocks fail, one in 2^16 of those that are damaged passes for good: 512 bytes
/// under one CRC-16, on one line, are damaged nearly always at a bit error rate of 1e-3
/// (docs/LINK.md). So after a failure memory is compared for a while.
static int carry(struct tnpu_sdio *s, uint32_t addr, const uint8_t *out, uint8_t *in, size_t n) {
    unsigned tries = 0;
    int rc = s->up ? TNPU_OK : tnpu_sdio_bring_up(s);
    while (!rc) {
        rc = out ? write_all(s, addr, out, n) : read_all(s, addr, in, n);
        if (rc || !s->doubt || addr < TNPU_MAP_IMEM) break;
        s->doubt--;
        rc = compare(s, addr, out ? out : in, n);
        if (rc != DIFFERS) break;
        rc = again(s, &tries, TNPU_ERR_CRC);
    }
    s->counts.transfers++;
    if (rc) s->counts.failures++;
    return rc;
}

static int sdio_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    return carry(context, addr, bytes, NULL, n);
}

static int sdio_read(void *context, uint32_t addr, void *bytes, size_t n) {
    return carry(context, addr, NULL, bytes, n);
}

static uint32_t sdio_now_us(void *context) {
    const struct tnpu_sdio *s = context;
    return s->port->now_us(s->port->context);
}

/// The card interrupt, or the copy of the pin in FLAGS where the controller has none.
static int sdio_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_sdio *s = context;
    if (s->port->wait_irq) return s->port->wait_irq(s->port->context, timeout_us);
    uint32_t start = sdio_now_us(s);
    do {
        uint8_t flags = 0;
        int rc = byte_of(s, TNPU_SDIO_FLAGS, &flags, false);
        if (rc) return rc;
        if (flags & TNPU_LINK_FLAG_IRQ) return 1;
    } while (sdio_now_us(s) - start < timeout_us);
    return 0;
}

static int sdio_recover(void *context) {
    unsigned tries = 0;
    for (;;) {
        int rc = tnpu_sdio_bring_up(context);
        if (!rc || (rc = again(context, &tries, rc)) != 0) return rc;
    }
}

int tnpu_sdio_init(struct tnpu_sdio *sdio, const struct tnpu_sdio_port *port,
                   struct tnpu_transport *link) {
    if (!sdio || !port || !port->command || !port->move || !port->set_bus || !port->now_us ||
        !link || (port->max_bits != 1 && port->max_bits != 4) || !port->max_khz)
        return TNPU_ERR_ARGUMENT;
    *sdio = (struct tnpu_sdio){.port = port, .reach = REACH, .page = UINT32_MAX};
    *link = (struct tnpu_transport){.context = sdio,
                                    .name = "sdio",
                                    .write = sdio_write,
                                    .read = sdio_read,
                                    .wait_irq = sdio_wait_irq,
                                    .now_us = sdio_now_us,
                                    .recover = sdio_recover,
                                    .counts = &sdio->counts,
                                    .max_bytes = MAX_BYTES,
                                    .block = TNPU_LINK_SDIO_BLOCK};
    return TNPU_OK;
}
