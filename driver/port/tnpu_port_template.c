// SPDX-License-Identifier: Apache-2.0
// A port to a new microcontroller, to be filled in: the four functions that tnpu_spi.h asks for, by
// polling, and a whole session on top. It compiles as it is, for any machine, and with registers of
// a made-up SPI controller; replace the struct and the lines that touch it. docs/DRIVER.md goes
// through it.
#include "tnpu.h"
#include "tnpu_spi.h"

/// The registers of the SPI controller, as its reference manual has them.
struct board_spi {
    volatile uint32_t status; ///< bit 0: a byte has come in; bit 1: room for a byte to go out
    volatile uint32_t data;   ///< write: goes out; read: came in
};

/// What the port needs to know: where things are on this board.
struct board {
    struct board_spi *spi;
    volatile uint32_t *cs_out; ///< chip select: 1 is high
    volatile uint32_t *irq_in; ///< the chip's interrupt pin
    volatile uint32_t *us;     ///< a timer that counts microseconds
};

enum { BYTE_LIMIT_US = 1000 };

static uint32_t board_now_us(void *context) {
    const struct board *b = context;
    return *b->us;
}

static int board_select(void *context, bool active) {
    struct board *b = context;
    *b->cs_out = !active;
    return TNPU_OK;
}

static int board_transfer(void *context, const uint8_t *out, uint8_t *in, size_t n) {
    struct board *b = context;
    uint32_t start = board_now_us(b);
    for (size_t i = 0; i < n; i++) {
        b->spi->data = out ? out[i] : 0;
        while (!(b->spi->status & 1)) // a controller that hangs must not hang us
            if (board_now_us(b) - start > BYTE_LIMIT_US * (uint32_t)(i + 1)) return TNPU_ERR_BUS;
        uint8_t byte = (uint8_t)b->spi->data;
        if (in) in[i] = byte;
    }
    return TNPU_OK;
}

static int board_wait_irq(void *context, uint32_t timeout_us) {
    struct board *b = context;
    uint32_t start = board_now_us(b);
    do { // with an interrupt handler: sleep here until it has set a flag
        if (*b->irq_in) return 1;
    } while (board_now_us(b) - start < timeout_us);
    return 0;
}

/// One picture through a network that lies in flash. Returns TNPU_OK or what failed.
int port_run(struct board *board, const void *program, size_t program_size, const int8_t *picture,
             size_t picture_size, int8_t *result, size_t result_size);

int port_run(struct board *board, const void *program, size_t program_size, const int8_t *picture,
             size_t picture_size, int8_t *result, size_t result_size) {
    const struct tnpu_spi_port port = {.context = board,
                                       .select = board_select,
                                       .transfer = board_transfer,
                                       .wait_irq = board_wait_irq,
                                       .now_us = board_now_us};
    uint8_t buffer[512];
    struct tnpu_spi spi;
    struct tnpu_transport link;
    struct tnpu_net net;
    struct tnpu npu;
    int rc = tnpu_net_parse(&net, program, program_size);
    if (!rc) rc = tnpu_spi_init(&spi, &port, buffer, sizeof buffer, &link);
    if (!rc) rc = tnpu_open(&npu, &link, &net);
    if (!rc) rc = tnpu_load(&npu); // once after power-up
    if (!rc) rc = tnpu_submit(&npu, picture, picture_size);
    if (!rc) rc = tnpu_wait(&npu, 100000);
    if (!rc) rc = tnpu_result(&npu, result, result_size);
    return rc;
}
