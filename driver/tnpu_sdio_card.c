// SPDX-License-Identifier: Apache-2.0
// Enumeration of the card, and its registers of one byte.
#include "tnpu_sdio_card.h"

#include "tnpu_spec.h"

enum {
    GO_IDLE_STATE = 0,
    SEND_RELATIVE_ADDR = 3,
    IO_SEND_OP_COND = 5,
    SELECT_CARD = 7,
    IO_RW_DIRECT = 52,
};
enum { // CCCR and FBR
    IO_ENABLE = 0x02,
    IO_READY = 0x03,
    INT_ENABLE = 0x04,
    ABORT = 0x06,
    BUS_CONTROL = 0x07,
    SPEED = 0x13,
    BLOCK_SIZE = 0x110,
};
enum {
    ENUMERATION_KHZ = 400,
    FULL_SPEED_KHZ = 25000,
    HIGH_SPEED_KHZ = 50000,
    READY_TRIES = 1000,
};
#define VOLTAGES UINT32_C(0xff8000)     ///< 2.7 to 3.6 V
#define CARD_READY UINT32_C(0x80000000) ///< R4

int tnpu_sdio_judge(uint32_t answer) {
    if (answer & 0x8000) return TNPU_ERR_CRC;       // the command before this one arrived damaged
    if (answer & 0x4000) return TNPU_ERR_NO_ANSWER; // not in the state for it: was it reset?
    return answer & 0x0b00 ? TNPU_ERR_REFUSED : TNPU_OK;
}

static int direct(struct tnpu_sdio *s, uint32_t argument, uint8_t *value) {
    uint32_t answer = 0;
    int rc =
        s->port->command(s->port->context, IO_RW_DIRECT, argument, TNPU_SDIO_WITH_CRC, &answer);
    if (!rc) rc = tnpu_sdio_judge(answer);
    if (!rc && value) *value = (uint8_t)answer;
    return rc;
}

int tnpu_sdio_get(struct tnpu_sdio *s, unsigned function, uint32_t addr, uint8_t *value) {
    return direct(s, (uint32_t)function << 28 | addr << 9, value);
}

int tnpu_sdio_set(struct tnpu_sdio *s, unsigned function, uint32_t addr, uint8_t value) {
    return direct(s, UINT32_C(1) << 31 | (uint32_t)function << 28 | addr << 9 | value, NULL);
}

int tnpu_sdio_abort(struct tnpu_sdio *s) {
    return tnpu_sdio_set(s, 0, ABORT, 1);
}

/// Reset, voltage, address, selection.
static int find(struct tnpu_sdio *s) {
    const struct tnpu_sdio_port *port = s->port;
    uint32_t answer = 0;
    int rc = port->set_bus(port->context, 1, ENUMERATION_KHZ);
    if (rc) return rc;
    tnpu_sdio_set(s, 0, ABORT, 8); // RES; a card that is not up yet does not answer
    rc = port->command(port->context, GO_IDLE_STATE, 0, TNPU_SDIO_NO_ANSWER, NULL);
    for (int tries = 0; !rc && !(answer & CARD_READY); tries++) {
        if (tries == READY_TRIES) return TNPU_ERR_NO_ANSWER;
        rc = port->command(port->context, IO_SEND_OP_COND, tries ? VOLTAGES : 0,
                           TNPU_SDIO_WITHOUT_CRC, &answer);
        if (!tries) answer = 0; // that was the question, which voltages it takes
    }
    if (rc) return rc;
    rc = port->command(port->context, SEND_RELATIVE_ADDR, 0, TNPU_SDIO_WITH_CRC, &answer);
    if (rc) return rc;
    s->card = answer & UINT32_C(0xffff0000);
    return port->command(port->context, SELECT_CARD, s->card, TNPU_SDIO_WITH_CRC, &answer);
}

/// As wide and as fast as card and board allow.
static int widen(struct tnpu_sdio *s) {
    const struct tnpu_sdio_port *port = s->port;
    unsigned bits = port->max_bits >= 4 ? 4 : 1;
    uint32_t khz = port->max_khz < FULL_SPEED_KHZ ? port->max_khz : FULL_SPEED_KHZ;
    uint8_t speed = 0;
    int rc = bits == 4 ? tnpu_sdio_set(s, 0, BUS_CONTROL, 2) : TNPU_OK;
    if (!rc && port->max_khz > FULL_SPEED_KHZ) rc = tnpu_sdio_get(s, 0, SPEED, &speed);
    if (!rc && (speed & 1)) { // high speed is supported
        khz = port->max_khz < HIGH_SPEED_KHZ ? port->max_khz : HIGH_SPEED_KHZ;
        rc = tnpu_sdio_set(s, 0, SPEED, 2);
    }
    return rc ? rc : port->set_bus(port->context, bits, khz);
}

static int enable(struct tnpu_sdio *s) {
    uint8_t ready = 0, version = 0;
    int rc = tnpu_sdio_set(s, 0, IO_ENABLE, 2);
    for (int tries = 0; !rc && !(ready & 2); tries++) {
        if (tries == READY_TRIES) return TNPU_ERR_NO_ANSWER;
        rc = tnpu_sdio_get(s, 0, IO_READY, &ready);
    }
    if (!rc) rc = tnpu_sdio_set(s, 0, INT_ENABLE, 3);
    if (!rc) rc = tnpu_sdio_set(s, 0, BLOCK_SIZE, TNPU_LINK_SDIO_BLOCK & 0xff);
    if (!rc) rc = tnpu_sdio_set(s, 0, BLOCK_SIZE + 1, TNPU_LINK_SDIO_BLOCK >> 8);
    if (!rc) rc = tnpu_sdio_get(s, 1, TNPU_SDIO_VERSION, &version);
    if (!rc && version != TNPU_LINK_VERSION) rc = TNPU_ERR_VERSION;
    return rc ? rc : tnpu_sdio_get(s, 1, TNPU_SDIO_ACCEPTED, &s->accepted);
}

int tnpu_sdio_bring_up(struct tnpu_sdio *s) {
    s->up = false;
    int rc = find(s);
    if (!rc) rc = widen(s);
    if (!rc) rc = enable(s);
    s->page = UINT32_MAX; // not known
    s->up = rc == TNPU_OK;
    return rc;
}
