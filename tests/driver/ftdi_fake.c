// SPDX-License-Identifier: Apache-2.0
// The functions of libftdi that the driver uses, without USB.
#include "ftdi_fake.h"

#include <ftdi.h>
#include <string.h>
#include <sys/time.h>

static struct ftdi_fake *plugged; // libftdi finds devices by looking around, too

void ftdi_fake_plug(struct ftdi_fake *fake) {
    plugged = fake;
}

static bool gone(void) {
    return !plugged || (plugged->unplug_after && plugged->transfers >= plugged->unplug_after);
}

int ftdi_init(struct ftdi_context *f) {
    memset(f, 0, sizeof *f);
    return 0;
}

void ftdi_deinit(struct ftdi_context *f) {
    (void)f;
}

int ftdi_set_interface(struct ftdi_context *f, enum ftdi_interface interface) {
    (void)f;
    return interface == INTERFACE_A ? 0 : -1;
}

int ftdi_usb_open_desc(struct ftdi_context *f, int vendor, int product, const char *description,
                       const char *serial) {
    (void)f, (void)description;
    if (!plugged || vendor != 0x0403 || product != plugged->product) return -3;
    if (plugged->open_result) return plugged->open_result;
    if (serial && strcmp(serial, plugged->serial) != 0) return -3;
    plugged->is_open = true;
    return 0;
}

int ftdi_usb_close(struct ftdi_context *f) {
    (void)f;
    if (plugged) plugged->is_open = plugged->mpsse = false;
    return 0;
}

int ftdi_usb_reset(struct ftdi_context *f) {
    (void)f;
    return gone() ? -1 : 0;
}

int ftdi_set_latency_timer(struct ftdi_context *f, unsigned char latency) {
    (void)f;
    return gone() || !latency ? -1 : 0;
}

int ftdi_set_bitmode(struct ftdi_context *f, unsigned char mask, unsigned char mode) {
    (void)f;
    if (gone()) return -1;
    plugged->mpsse = mode == BITMODE_MPSSE && mask == 0x0b;
    return 0;
}

int ftdi_tcioflush(struct ftdi_context *f) {
    (void)f;
    return gone() ? -1 : 0;
}

const char *ftdi_get_error_string(struct ftdi_context *f) {
    (void)f;
    return "fake";
}

// ---- The MPSSE

static void answer(struct ftdi_fake *d, uint8_t byte) {
    if (d->answers < sizeof d->answer) d->answer[d->answers++] = byte;
}

static void clock_byte(struct ftdi_fake *d, uint8_t out) {
    uint64_t half = (uint64_t)(d->divisor + 1) * 1000000 / (d->fast ? 60 : 12);
    unsigned in = 0;
    for (int b = 7; b >= 0; b--) {
        tnpu_chip_set(d->chip, TNPU_PIN_MOSI, out >> b & 1);
        tnpu_chip_run(d->chip, half);
        bool miso =
            tnpu_chip_get(d->chip, TNPU_PIN_MISO_OE) && tnpu_chip_get(d->chip, TNPU_PIN_MISO);
        in = in << 1 | miso;
        tnpu_chip_set(d->chip, TNPU_PIN_SCK, 1);
        tnpu_chip_run(d->chip, half);
        tnpu_chip_set(d->chip, TNPU_PIN_SCK, 0);
    }
    d->bits += 8;
    answer(d, (uint8_t)in);
}

/// One command at b[0..n-1]; returns its bytes.
static size_t command(struct ftdi_fake *d, const uint8_t *b, size_t n) {
    switch (b[0]) {
    case 0x31: {
        size_t count = n < 3 ? 0 : (b[1] | (size_t)b[2] << 8) + 1;
        for (size_t i = 0; i < count && 3 + i < n; i++) clock_byte(d, b[3 + i]);
        return 3 + count;
    }
    case 0x80: // the clock must be low whenever chip select changes
        tnpu_chip_set(d->chip, TNPU_PIN_CS_N, b[1] >> 3 & 1);
        tnpu_chip_run(d->chip, 50000);
        if (b[2] != 0x0b || (b[1] & 1)) d->unknown++;
        return 3;
    case 0x81:
        answer(d, (uint8_t)(tnpu_chip_get(d->chip, TNPU_PIN_IRQ) ? 0x10 : 0));
        return 1;
    case 0x86:
        d->divisor = b[1] | (uint32_t)b[2] << 8;
        return 3;
    case 0x8a:
        d->fast = true;
        return 1;
    case 0x85:
    case 0x87:
    case 0x8d:
    case 0x97:
        return 1;
    default:
        if (b[0] != 0xaa) d->unknown++;
        answer(d, 0xfa);
        answer(d, b[0]);
        return 1;
    }
}

struct ftdi_transfer_control *ftdi_write_data_submit(struct ftdi_context *f, unsigned char *bytes,
                                                     int size) {
    static struct ftdi_transfer_control done;
    struct ftdi_fake *d = plugged;
    (void)f;
    if (gone()) return NULL;
    d->transfers++;
    done.size = size;
    tnpu_chip_run(d->chip, d->latency_us * UINT64_C(1000000));
    for (size_t at = 0; d->mpsse && !d->no_mpsse && at < (size_t)size;)
        at += command(d, bytes + at, (size_t)size - at);
    return &done;
}

int ftdi_read_data(struct ftdi_context *f, unsigned char *bytes, int size) {
    struct ftdi_fake *d = plugged;
    (void)f;
    if (gone()) return -666;
    size_t n = d->answers - d->taken;
    if (n > (size_t)size) n = (size_t)size;
    if (n > 510) n = 510; // as it comes over USB
    memcpy(bytes, d->answer + d->taken, n);
    d->taken += n;
    if (d->taken == d->answers) d->taken = d->answers = 0;
    return (int)n;
}

int ftdi_transfer_data_done(struct ftdi_transfer_control *tc) {
    return gone() ? -1 : tc->size;
}

void ftdi_transfer_data_cancel(struct ftdi_transfer_control *tc, struct timeval *to) {
    (void)tc, (void)to;
}
