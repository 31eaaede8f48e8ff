// SPDX-License-Identifier: Apache-2.0
// The host's side of the SPI frames of docs/LINK.md: blocks, acknowledgements, bounded retries.
#include "tnpu_spi.h"

#include "tnpu_crc16.h"
#include "tnpu_spec.h"

#include <string.h>

enum {
    HEADER = 10, ///< command, address, length, CRC, reply
    STATUS = 5,  ///< bytes that the status's CRC is of
    REPLY_AT = 9,
    TRIES = 16,       ///< of a block or a request that is damaged or lost
    BUSY_MAX = 10000, ///< times in a row that the chip may have no room
    WAITS_MAX = 1024, ///< bytes in a row without read data
    SLACK = 4,        ///< bytes clocked beyond what a read needs, until it is known how many
    SLACK_MAX = 64,
    SLACK_TRIAL = 8,    ///< frames after which one fewer is tried
    CHUNK_BLOCKS = 512, ///< most blocks in one transfer of the port
    MAX_BYTES = 65536,
    BUSY = 1, ///< beside the negative statuses
};

/// What one block or request has cost so far.
struct effort {
    unsigned tries, busy;
};

/// Counts a failure. Returns TNPU_OK when it is to be tried again, else the status to give up with.
static int again(struct tnpu_spi *spi, struct effort *e, int rc) {
    if (rc == BUSY) {
        spi->counts.busy++;
        return ++e->busy < BUSY_MAX ? TNPU_OK : TNPU_ERR_NO_ANSWER;
    }
    if (rc == TNPU_ERR_CRC) spi->counts.crc_errors++;
    if (rc == TNPU_ERR_NO_ANSWER) spi->counts.lost++;
    if ((rc != TNPU_ERR_CRC && rc != TNPU_ERR_NO_ANSWER) || ++e->tries == TRIES) return rc;
    spi->counts.retries++;
    return TNPU_OK;
}

/// What the code of a reply or an acknowledgement means.
static int meaning(uint8_t code) {
    switch (code) {
    case TNPU_LINK_ACK:
        return TNPU_OK;
    case TNPU_LINK_CRC:
        return TNPU_ERR_CRC;
    case TNPU_LINK_BUSY:
        return BUSY;
    case TNPU_LINK_REFUSED:
        return TNPU_ERR_REFUSED;
    default:
        return TNPU_ERR_NO_ANSWER;
    }
}

static void put_header(uint8_t *b, uint8_t command, uint32_t addr, size_t n) {
    b[0] = command;
    for (int i = 0; i < 3; i++) {
        b[1 + i] = (uint8_t)(addr >> (16 - 8 * i));
        b[4 + i] = (uint8_t)(n >> (16 - 8 * i));
    }
    tnpu_crc16_seal(b, 7);
    b[REPLY_AT] = 0;
}

/// Takes note of the status that came in with a header. False: it did not arrive whole.
static bool take_status(struct tnpu_spi *spi, const uint8_t *b) {
    if (b[0] != TNPU_LINK_SYNC || !tnpu_crc16_holds(b, STATUS)) return false;
    spi->flags = b[1];
    spi->accepted = b[2];
    spi->refused = b[3];
    return true;
}

/// Why it did not: nobody drives the wire, or it was damaged.
static int status_failure(const uint8_t *b) {
    for (int i = 1; i < STATUS + 2; i++)
        if (b[i] != b[0]) return TNPU_ERR_CRC;
    return TNPU_ERR_NO_ANSWER;
}

static int begin(struct tnpu_spi *spi) {
    return spi->port->select(spi->port->context, true);
}

/// Ends the frame. Returns rc, or the port's failure if there was none before.
static int end(struct tnpu_spi *spi, int rc) {
    int released = spi->port->select(spi->port->context, false);
    return rc ? rc : released;
}

/// Clocks n bytes of the buffer out, and what comes in into their place.
static int exchange(struct tnpu_spi *spi, uint8_t *bytes, size_t n) {
    return spi->port->transfer(spi->port->context, bytes, bytes, n);
}

static size_t block_size(uint32_t addr, size_t n) {
    size_t most = TNPU_LINK_SPI_BLOCK - addr % TNPU_LINK_SPI_BLOCK;
    return n < most ? n : most;
}

/// A frame that asks for the status and nothing else.
static int ask_status(struct tnpu_spi *spi) {
    struct effort e = {0, 0};
    for (;;) {
        uint8_t b[HEADER];
        put_header(b, TNPU_LINK_NOTHING, 0, 0);
        int rc = begin(spi);
        if (!rc) rc = exchange(spi, b, sizeof b);
        rc = end(spi, rc);
        if (!rc && !take_status(spi, b)) rc = status_failure(b);
        if (!rc) return b[4] == TNPU_LINK_VERSION ? TNPU_OK : TNPU_ERR_VERSION;
        if ((rc = again(spi, &e, rc)) != 0) return rc;
    }
}

// ---- Writing

/// One block in a frame of its own, once. *before: the chip's count of accepted blocks before it;
/// without that having arrived the block is not sent. *unclear: it was sent, and may have been
/// taken.
static int write_block_once(struct tnpu_spi *spi, uint32_t addr, const uint8_t *bytes, size_t n,
                            uint8_t *before, bool *unclear) {
    uint8_t b[HEADER + TNPU_LINK_SPI_BLOCK + 3];
    *unclear = false;
    put_header(b, TNPU_LINK_WRITE, addr, n);
    memcpy(b + HEADER, bytes, n);
    tnpu_crc16_seal(b + HEADER, n);
    b[HEADER + n + 2] = 0;
    int rc = begin(spi);
    if (!rc) rc = exchange(spi, b, HEADER);
    if (!rc) rc = take_status(spi, b) ? meaning(b[REPLY_AT]) : status_failure(b);
    if (rc) return end(spi, rc);
    *before = spi->accepted;
    rc = exchange(spi, b + HEADER, n + 3);
    spi->counts.blocks++;
    rc = end(spi, rc ? rc : meaning(b[HEADER + n + 2]));
    *unclear = rc == TNPU_ERR_NO_ANSWER;
    return rc;
}

/// One block, until it is acknowledged. Exact: it may act only once, so when the acknowledgement is
/// not clear the chip's count says whether it was taken.
static int write_block(struct tnpu_spi *spi, uint32_t addr, const uint8_t *bytes, size_t n,
                       bool exact) {
    struct effort e = {0, 0};
    for (;;) {
        uint8_t before = 0;
        bool unclear;
        int rc = write_block_once(spi, addr, bytes, n, &before, &unclear);
        if (rc == TNPU_OK) return TNPU_OK;
        if (unclear && exact) {
            int asked = ask_status(spi);
            if (asked) return asked;
            if (spi->accepted == (uint8_t)(before + 1)) return TNPU_OK;
            if (spi->accepted != before) return TNPU_ERR_LINK; // a chip that was reset meanwhile
        }
        if ((rc = again(spi, &e, rc)) != 0) return rc;
    }
}

static int write_registers(struct tnpu_spi *spi, uint32_t addr, const uint8_t *bytes, size_t n) {
    int rc = TNPU_OK;
    for (size_t part; !rc && n; addr += (uint32_t)part, bytes += part, n -= part) {
        part = n < 4 - addr % 4 ? n : 4 - addr % 4;
        rc = write_block(spi, addr, bytes, part, true);
    }
    return rc;
}

/// A part of a frame: blocks in the buffer, behind a header or not.
struct chunk {
    size_t at;    ///< bytes of the buffer in use
    size_t bytes; ///< of data
    uint32_t failed[CHUNK_BLOCKS / 32];
};

static void fill(struct tnpu_spi *spi, struct chunk *c, uint32_t addr, const uint8_t *bytes,
                 size_t n) {
    for (int blocks = 0; n && blocks < CHUNK_BLOCKS; blocks++) {
        size_t size = block_size(addr, n);
        if (c->at + size + 3 > spi->size) break;
        memcpy(spi->buffer + c->at, bytes, size);
        tnpu_crc16_seal(spi->buffer + c->at, size);
        spi->buffer[c->at + size + 2] = 0;
        c->at += size + 3;
        c->bytes += size;
        addr += (uint32_t)size, bytes += size, n -= size;
    }
}

/// Marks the blocks that were not acknowledged; returns how many.
static int scan(struct tnpu_spi *spi, struct chunk *c, size_t at, uint32_t addr) {
    int failed = 0;
    size_t left = c->bytes;
    for (unsigned i = 0; left; i++) {
        size_t size = block_size(addr, left);
        at += size + 3;
        spi->counts.blocks++;
        if (spi->buffer[at - 1] != TNPU_LINK_ACK) {
            c->failed[i / 32] |= UINT32_C(1) << i % 32;
            failed++;
        }
        addr += (uint32_t)size, left -= size;
    }
    return failed;
}

static int send_failed(struct tnpu_spi *spi, const struct chunk *c, uint32_t addr,
                       const uint8_t *bytes) {
    int rc = TNPU_OK;
    size_t left = c->bytes;
    for (unsigned i = 0; !rc && left; i++) {
        size_t size = block_size(addr, left);
        if (c->failed[i / 32] >> i % 32 & 1) {
            spi->counts.retries++;
            rc = write_block(spi, addr, bytes, size, false);
        }
        addr += (uint32_t)size, bytes += size, left -= size;
    }
    return rc;
}

/// One frame, as far as it goes: *done bytes are written. A chunk with blocks that failed ends it;
/// they are sent again each in a frame of its own.
static int write_frame(struct tnpu_spi *spi, uint32_t addr, const uint8_t *bytes, size_t n,
                       size_t *done) {
    int rc = begin(spi), failed = 0;
    struct chunk c = {0};
    put_header(spi->buffer, TNPU_LINK_WRITE, addr, n);
    size_t from = 0;
    for (size_t header = HEADER; !rc && !failed && *done < n; header = 0) {
        from = *done;
        c = (struct chunk){.at = header};
        fill(spi, &c, addr + (uint32_t)from, bytes + from, n - from);
        rc = exchange(spi, spi->buffer, c.at);
        if (rc) break;
        if (header) {
            take_status(spi, spi->buffer); // for information
            if ((rc = meaning(spi->buffer[REPLY_AT])) != 0) break;
        }
        failed = scan(spi, &c, header, addr + (uint32_t)from);
        if (!failed) *done += c.bytes;
    }
    rc = end(spi, rc);
    if (rc || !failed) return rc;
    rc = send_failed(spi, &c, addr + (uint32_t)from, bytes + from);
    if (!rc) *done += c.bytes;
    return rc;
}

static int write_memory(struct tnpu_spi *spi, uint32_t addr, const uint8_t *bytes, size_t n) {
    struct effort e = {0, 0};
    while (n) {
        size_t done = 0;
        int rc = write_frame(spi, addr, bytes, n, &done);
        if (done) e = (struct effort){0, 0};
        addr += (uint32_t)done, bytes += done, n -= done;
        if (rc && (rc = again(spi, &e, rc)) != 0) return rc;
    }
    return TNPU_OK;
}

// ---- Reading

/// A frame that is being read: what has come, and what the next byte is.
struct reader {
    uint8_t *bytes; ///< where the next block goes
    uint32_t addr;
    size_t left;     ///< bytes of blocks that have not come whole
    size_t at, size; ///< bytes of token, block and CRC that have come; of the block; at 0: no token
    unsigned waits;  ///< bytes in a row without data
    unsigned all_waits;
    uint16_t crc; ///< that came behind the block
};

/// Bytes that must be clocked at least until all is there.
static size_t needs(const struct reader *r) {
    size_t blocks = 0, left = r->left;
    for (uint32_t addr = r->addr; left; blocks++) {
        size_t size = block_size(addr, left);
        addr += (uint32_t)size, left -= size;
    }
    return r->left + 3 * blocks + 1 - r->at;
}

/// Takes the byte before a block or behind it, where nothing but WAIT or DATA can be: a line that
/// went dead within a block, or a clock too many, is seen here without the CRC's luck.
static int take_token(struct tnpu_spi *spi, struct reader *r, uint8_t token) {
    if (token != TNPU_LINK_WAIT && token != TNPU_LINK_DATA) return TNPU_ERR_CRC;
    if (r->at) {
        spi->counts.blocks++;
        if (tnpu_crc16(r->bytes, r->size) != r->crc) return TNPU_ERR_CRC;
        r->bytes += r->size, r->addr += (uint32_t)r->size, r->left -= r->size;
        r->at = r->waits = 0;
    }
    if (token == TNPU_LINK_DATA) {
        r->size = block_size(r->addr, r->left);
        r->at = 1;
        return TNPU_OK;
    }
    if (r->left) r->all_waits++;
    return ++r->waits > WAITS_MAX ? TNPU_ERR_NO_ANSWER : TNPU_OK;
}

/// Takes bytes that came in. Returns TNPU_OK while all is well.
static int take(struct tnpu_spi *spi, struct reader *r, const uint8_t *in, size_t n) {
    int rc = TNPU_OK;
    for (size_t i = 0; !rc && i < n && r->left;) {
        for (; i < n && r->at && r->at <= r->size; i++, r->at++) r->bytes[r->at - 1] = in[i];
        for (; i < n && r->at && r->at <= r->size + 2; i++, r->at++)
            r->crc = (uint16_t)(r->crc << 8 | in[i]);
        if (i < n) rc = take_token(spi, r, in[i++]);
    }
    return rc;
}

/// As many bytes as the chip has lately waited before it had data are clocked at once with a read.
static void learn_slack(struct tnpu_spi *spi, unsigned waits) {
    if (waits > spi->slack) {
        spi->slack = (uint8_t)(waits < SLACK_MAX ? waits : SLACK_MAX);
        spi->reads = 0;
    } else if (++spi->reads >= SLACK_TRIAL) {
        spi->slack = (uint8_t)(spi->slack - (waits < spi->slack));
        spi->reads = 0;
    }
}

/// One frame, as far as it goes.
static int read_frame(struct tnpu_spi *spi, struct reader *r) {
    int rc = begin(spi);
    put_header(spi->buffer, TNPU_LINK_READ, r->addr, r->left);
    for (size_t header = HEADER; !rc && r->left; header = 0) {
        size_t n = header + needs(r) + (header ? spi->slack : 1);
        if (n > spi->size) n = spi->size;
        rc = exchange(spi, spi->buffer, n);
        if (!rc && header) {
            take_status(spi, spi->buffer); // for information
            rc = meaning(spi->buffer[REPLY_AT]);
        }
        if (!rc) rc = take(spi, r, spi->buffer + header, n - header);
    }
    if (!rc) learn_slack(spi, r->all_waits);
    return end(spi, rc);
}

static int read_all(struct tnpu_spi *spi, uint32_t addr, uint8_t *bytes, size_t n) {
    struct reader r = {.bytes = bytes, .addr = addr, .left = n};
    struct effort e = {0, 0};
    while (r.left) {
        size_t before = r.left;
        r.at = r.waits = r.all_waits = 0;
        int rc = read_frame(spi, &r);
        if (r.left < before) e = (struct effort){0, 0};
        if (rc && (rc = again(spi, &e, rc)) != 0) return rc;
    }
    return TNPU_OK;
}

// ---- The transport

static int note(struct tnpu_spi *spi, int rc) {
    spi->counts.transfers++;
    if (rc) spi->counts.failures++;
    return rc;
}

static int spi_write(void *context, uint32_t addr, const void *bytes, size_t n) {
    struct tnpu_spi *spi = context;
    return note(spi, addr < TNPU_MAP_IMEM ? write_registers(spi, addr, bytes, n)
                                          : write_memory(spi, addr, bytes, n));
}

static int spi_read(void *context, uint32_t addr, void *bytes, size_t n) {
    return note(context, read_all(context, addr, bytes, n));
}

static uint32_t spi_now_us(void *context) {
    const struct tnpu_spi *spi = context;
    return spi->port->now_us(spi->port->context);
}

/// The interrupt pin, or its copy in the status where the pin is not connected.
static int spi_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_spi *spi = context;
    if (spi->port->wait_irq) return spi->port->wait_irq(spi->port->context, timeout_us);
    uint32_t start = spi_now_us(spi);
    do {
        int rc = ask_status(spi);
        if (rc) return rc;
        if (spi->flags & TNPU_LINK_FLAG_IRQ) return 1;
    } while (spi_now_us(spi) - start < timeout_us);
    return 0;
}

/// Ends whatever frame there may be, and hears whether the chip is there.
static int spi_recover(void *context) {
    struct tnpu_spi *spi = context;
    int rc = end(spi, TNPU_OK);
    return rc ? rc : ask_status(spi);
}

int tnpu_spi_init(struct tnpu_spi *spi, const struct tnpu_spi_port *port, void *buffer, size_t size,
                  struct tnpu_transport *link) {
    if (!spi || !port || !port->select || !port->transfer || !port->now_us || !buffer || !link ||
        size < TNPU_SPI_BUFFER_MIN)
        return TNPU_ERR_ARGUMENT;
    memset(buffer, 0, size);
    *spi = (struct tnpu_spi){.port = port, .buffer = buffer, .size = size, .slack = SLACK};
    *link = (struct tnpu_transport){.context = spi,
                                    .name = "spi",
                                    .write = spi_write,
                                    .read = spi_read,
                                    .wait_irq = spi_wait_irq,
                                    .now_us = spi_now_us,
                                    .recover = spi_recover,
                                    .counts = &spi->counts,
                                    .max_bytes = MAX_BYTES,
                                    .block = TNPU_LINK_SPI_BLOCK};
    return TNPU_OK;
}
