// SPDX-License-Identifier: Apache-2.0
// SPI mode 0 by the MPSSE's commands (FTDI AN_108): collected in a buffer, sent when an answer is
// needed.
#define _POSIX_C_SOURCE 200809L
#include "tnpu_ftdi.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

enum { VENDOR = 0x0403 };
enum { // bits of ADBUS
    PIN_SCK = 1,
    PIN_MOSI = 2,
    PIN_CS = 8,
    PIN_IRQ = 16,
    OUTPUTS = PIN_SCK | PIN_MOSI | PIN_CS,
};
enum {                  // commands
    CLOCK_BYTES = 0x31, ///< out at falling, in at rising edges, MSB first
    SET_LOW = 0x80,
    GET_LOW = 0x81,
    NO_LOOPBACK = 0x85,
    SET_DIVISOR = 0x86,
    SEND_NOW = 0x87,
    BASE_60_MHZ = 0x8a,
    NO_THREE_PHASE = 0x8d,
    NO_ADAPTIVE = 0x97,
    NO_COMMAND = 0xaa, ///< not one: the MPSSE says so
    BAD_COMMAND = 0xfa,
};
enum {
    BASE_KHZ = 30000,
    DEFAULT_KHZ = 15000,
    CS_REPEATS = 4, ///< commands of some 50 ns each, for set-up and hold times
    READ_LIMIT_US = 1000000,
    COMMAND_ROOM = 64, ///< of the buffer, beside data
};

static uint32_t now_us(void *context) {
    struct timespec t;
    (void)context;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint32_t)((uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
}

static int fail(struct tnpu_ftdi *f, int status, const char *what) {
    const char *usb = ftdi_get_error_string(&f->usb);
    snprintf(f->reason, sizeof f->reason, "%s (%s)", what, usb ? usb : "no reason given");
    return status;
}

static void put(struct tnpu_ftdi *f, const uint8_t *bytes, size_t n) {
    memcpy(f->buffer + f->used, bytes, n);
    f->used += n;
}

static void put_pins(struct tnpu_ftdi *f) {
    const uint8_t command[3] = {SET_LOW, f->selected ? 0 : PIN_CS, OUTPUTS};
    for (int i = 0; i < CS_REPEATS; i++) put(f, command, sizeof command);
}

/// Sends what is in the buffer and takes `n` bytes of answers. Both at once: the adapter's own
/// buffers are small, and it stops when the answers are not fetched.
static int flush(struct tnpu_ftdi *f, uint8_t *in, size_t n) {
    size_t used = f->used, got = 0;
    if (!used) return TNPU_OK;
    f->used = 0;
    struct ftdi_transfer_control *sent = ftdi_write_data_submit(&f->usb, f->buffer, (int)used);
    if (!sent) return fail(f, TNPU_ERR_BUS, "the adapter takes no bytes: unplugged?");
    uint32_t start = now_us(NULL);
    int rc = 0;
    while (got < n && rc >= 0) {
        rc = ftdi_read_data(&f->usb, in + got, (int)(n - got));
        if (rc > 0) got += (size_t)rc;
        if (rc == 0 && now_us(NULL) - start > READ_LIMIT_US) break;
    }
    if (rc == 0 && got < n) { // it may not take what is sent either
        struct timeval limit = {0, READ_LIMIT_US / 2};
        ftdi_transfer_data_cancel(sent, &limit);
        return fail(f, TNPU_ERR_BUS, "the adapter does not answer");
    }
    int done = ftdi_transfer_data_done(sent);
    if (rc < 0 || done < 0 || (size_t)done != used)
        return fail(f, TNPU_ERR_BUS, "the adapter was unplugged, or failed");
    return TNPU_OK;
}

static int ftdi_select(void *context, bool active) {
    struct tnpu_ftdi *f = context;
    if (active == f->selected) return TNPU_OK;
    int rc = f->used + COMMAND_ROOM > sizeof f->buffer ? flush(f, NULL, 0) : TNPU_OK;
    f->selected = active;
    put_pins(f);
    return rc;
}

/// At most 65536 bytes: what one command can clock.
static int clock_bytes(struct tnpu_ftdi *f, const uint8_t *out, uint8_t *in, size_t n) {
    uint8_t dropped[256];
    int rc = f->used + n + COMMAND_ROOM > sizeof f->buffer ? flush(f, NULL, 0) : TNPU_OK;
    if (rc) return rc;
    if (!in && n > sizeof dropped) n = sizeof dropped;
    const uint8_t command[3] = {CLOCK_BYTES, (uint8_t)(n - 1), (uint8_t)((n - 1) >> 8)};
    const uint8_t now = SEND_NOW;
    put(f, command, sizeof command);
    if (out)
        put(f, out, n);
    else
        memset(f->buffer + f->used, 0, n), f->used += n;
    put(f, &now, 1);
    rc = flush(f, in ? in : dropped, n);
    return rc ? rc : (int)n;
}

static int ftdi_transfer(void *context, const uint8_t *out, uint8_t *in, size_t n) {
    while (n) {
        int done = clock_bytes(context, out, in, n < 65536 ? n : 65536);
        if (done < 0) return done;
        if (out) out += done;
        if (in) in += done;
        n -= (size_t)done;
    }
    return TNPU_OK;
}

static int ftdi_wait_irq(void *context, uint32_t timeout_us) {
    struct tnpu_ftdi *f = context;
    uint32_t start = now_us(NULL);
    do {
        const uint8_t commands[2] = {GET_LOW, SEND_NOW};
        uint8_t pins;
        put(f, commands, sizeof commands);
        int rc = flush(f, &pins, 1);
        if (rc) return rc;
        if (pins & PIN_IRQ) return 1;
    } while (now_us(NULL) - start < timeout_us);
    return 0;
}

/// What libftdi's way to open an adapter came to.
static int judge_open(struct tnpu_ftdi *f, int rc, const char *serial) {
    switch (rc) {
    case 0:
        return TNPU_OK;
    case -3:
        return fail(f, TNPU_ERR_NO_DEVICE,
                    serial ? "no FT232H, FT2232H or FT4232H of that serial number"
                           : "no FT232H, FT2232H or FT4232H");
    case -4:
    case -8:
    case -9:
        return fail(f, TNPU_ERR_PERMISSION, "may not be opened: add a udev rule for 0403");
    case -5:
        return fail(f, TNPU_ERR_BUS, "in use by another program");
    default:
        return fail(f, TNPU_ERR_BUS, "cannot be opened");
    }
}

static int find(struct tnpu_ftdi *f, const char *serial) {
    static const int products[] = {0x6014, 0x6010, 0x6011};
    int rc = -3;
    for (size_t i = 0; rc == -3 && i < sizeof products / sizeof *products; i++)
        rc = ftdi_usb_open_desc(&f->usb, VENDOR, products[i], NULL, serial);
    return judge_open(f, rc, serial);
}

/// The MPSSE says of a byte that is no command that it is none: it is there, and both sides agree
/// on where commands begin.
static int synchronise(struct tnpu_ftdi *f) {
    const uint8_t commands[2] = {NO_COMMAND, SEND_NOW};
    uint8_t answer[2];
    put(f, commands, sizeof commands);
    int rc = flush(f, answer, sizeof answer);
    if (rc) return rc;
    return answer[0] == BAD_COMMAND && answer[1] == NO_COMMAND
               ? TNPU_OK
               : fail(f, TNPU_ERR_BUS, "the adapter has no MPSSE");
}

static int set_up(struct tnpu_ftdi *f, uint32_t sck_khz) {
    uint32_t khz = sck_khz ? sck_khz : DEFAULT_KHZ;
    uint32_t divisor = (BASE_KHZ + khz - 1) / khz - 1;
    if (divisor > 0xffff) divisor = 0xffff;
    f->sck_khz = BASE_KHZ / (divisor + 1);
    if (ftdi_usb_reset(&f->usb) < 0 || ftdi_set_latency_timer(&f->usb, 1) < 0 ||
        ftdi_set_bitmode(&f->usb, 0, BITMODE_RESET) < 0 ||
        ftdi_set_bitmode(&f->usb, OUTPUTS, BITMODE_MPSSE) < 0 || ftdi_tcioflush(&f->usb) < 0)
        return fail(f, TNPU_ERR_BUS, "the adapter cannot be set up");
    int rc = synchronise(f);
    if (rc) return rc;
    const uint8_t commands[] = {BASE_60_MHZ, NO_ADAPTIVE,      NO_THREE_PHASE,         NO_LOOPBACK,
                                SET_DIVISOR, (uint8_t)divisor, (uint8_t)(divisor >> 8)};
    put(f, commands, sizeof commands);
    put_pins(f);
    return flush(f, NULL, 0);
}

int tnpu_ftdi_open(struct tnpu_ftdi *f, const struct tnpu_ftdi_options *options) {
    memset(f, 0, sizeof *f);
    f->port = (struct tnpu_spi_port){.context = f,
                                     .select = ftdi_select,
                                     .transfer = ftdi_transfer,
                                     .wait_irq = ftdi_wait_irq,
                                     .now_us = now_us};
    if (ftdi_init(&f->usb) < 0) return fail(f, TNPU_ERR_BUS, "libftdi cannot start");
    ftdi_set_interface(&f->usb, INTERFACE_A);
    int rc = find(f, options->serial);
    if (!rc) {
        f->open = true;
        rc = set_up(f, options->sck_khz);
        if (rc) ftdi_usb_close(&f->usb);
    }
    if (rc) {
        f->open = false;
        ftdi_deinit(&f->usb);
    }
    return rc;
}

void tnpu_ftdi_close(struct tnpu_ftdi *f) {
    if (!f->open) return;
    ftdi_select(f, false);
    flush(f, NULL, 0); // a failure here has nobody to tell
    ftdi_usb_close(&f->usb);
    ftdi_deinit(&f->usb);
    f->open = false;
}
