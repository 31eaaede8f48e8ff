// SPDX-License-Identifier: Apache-2.0
#include "spi_frames.h"

#include <string.h>

uint16_t frame_crc16(const uint8_t *bytes, size_t n) {
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned)bytes[i] << 8;
        for (int b = 0; b < 8; b++) crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
    }
    return (uint16_t)~crc;
}

static void put_crc(uint8_t *out, const uint8_t *bytes, size_t n) {
    uint16_t crc = frame_crc16(bytes, n);
    out[0] = (uint8_t)(crc >> 8);
    out[1] = (uint8_t)crc;
}

void frame_header(uint8_t out[HEADER], uint8_t command, uint32_t addr, uint32_t length) {
    const uint8_t h[7] = {command,        (uint8_t)(addr >> 16),   (uint8_t)(addr >> 8),
                          (uint8_t)addr,  (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                          (uint8_t)length};
    memcpy(out, h, sizeof h);
    put_crc(out + 7, h, sizeof h);
}

size_t frame_block(uint32_t addr, size_t left) {
    size_t n = BLOCK - addr % BLOCK;
    return n < left ? n : left;
}

size_t frame_write(uint8_t *out, uint32_t addr, const uint8_t *data, size_t length,
                   size_t *code_at) {
    frame_header(out, TNPU_LINK_WRITE, addr, (uint32_t)length);
    uint8_t *o = out + HEADER;
    *o++ = 0;
    while (length) {
        size_t n = frame_block(addr, length);
        memcpy(o, data, n);
        put_crc(o + n, data, n);
        if (code_at) *code_at++ = (size_t)(o + n + 2 - out);
        o[n + 2] = 0;
        o += n + 3;
        addr += (uint32_t)n, data += n, length -= n;
    }
    return (size_t)(o - out);
}

struct frame_status frame_status_of(const uint8_t in[HEADER]) {
    return (struct frame_status){
        .flags = in[1],
        .accepted = in[2],
        .refused = in[3],
        .version = in[4],
        .good = in[0] == TNPU_LINK_SYNC && frame_crc16(in, 5) == (in[5] << 8 | in[6]),
    };
}

static void transfer(struct tnpu_spi_host *h, const uint8_t *out, uint8_t *in, size_t n) {
    h->port.transfer(h, out, in, n);
}

int frame_do_write(struct tnpu_spi_host *h, uint32_t addr, const void *data, size_t length) {
    uint8_t head[HEADER + 1] = {0}, in[HEADER + 1];
    const uint8_t *d = data;
    frame_header(head, TNPU_LINK_WRITE, addr, (uint32_t)length);
    h->port.select(h, true);
    transfer(h, head, in, sizeof head);
    int code = in[HEADER];
    while (length && code == TNPU_LINK_ACK) {
        size_t n = frame_block(addr, length);
        uint8_t tail[3] = {0};
        put_crc(tail, d, n);
        transfer(h, d, NULL, n);
        transfer(h, tail, in, 3);
        code = in[2];
        addr += (uint32_t)n, d += n, length -= n;
    }
    h->port.select(h, false);
    return code;
}

int frame_do_read(struct tnpu_spi_host *h, uint32_t addr, void *data, size_t length,
                  unsigned waits[2]) {
    enum { PATIENCE = 4000 }; // bytes: far beyond what a program can make a read wait
    uint8_t head[HEADER + 1] = {0}, in[BLOCK + 2];
    uint8_t *d = data;
    unsigned waited[2] = {0, 0};
    frame_header(head, TNPU_LINK_READ, addr, (uint32_t)length);
    h->port.select(h, true);
    uint8_t reply[HEADER + 1];
    transfer(h, head, reply, sizeof head);
    int code = reply[HEADER];
    for (int block = 0; length && code == TNPU_LINK_ACK; block++) {
        uint8_t token = TNPU_LINK_WAIT;
        for (int i = 0; i < PATIENCE && token == TNPU_LINK_WAIT; i++) {
            transfer(h, NULL, &token, 1);
            waited[block > 0] += token == TNPU_LINK_WAIT;
        }
        size_t n = frame_block(addr, length);
        transfer(h, NULL, in, n + 2);
        memcpy(d, in, n);
        if (token != TNPU_LINK_DATA || frame_crc16(in, n) != (in[n] << 8 | in[n + 1])) code = -1;
        if (n == length) { // what the line carries behind the last block
            transfer(h, NULL, &token, 1);
            if (token != TNPU_LINK_WAIT) code = -1;
        }
        addr += (uint32_t)n, d += n, length -= n;
    }
    h->port.select(h, false);
    if (waits) memcpy(waits, waited, sizeof waited);
    return code;
}

struct frame_status frame_do_nothing(struct tnpu_spi_host *h) {
    uint8_t head[HEADER + 1] = {0}, in[HEADER + 1];
    frame_header(head, TNPU_LINK_NOTHING, 0, 0);
    h->port.select(h, true);
    transfer(h, head, in, sizeof head);
    h->port.select(h, false);
    struct frame_status s = frame_status_of(in);
    s.good = s.good && in[HEADER] == TNPU_LINK_ACK;
    return s;
}

void frame_cut(struct tnpu_spi_host *h, const uint8_t *out, uint8_t *in, size_t bits) {
    h->port.select(h, true);
    transfer(h, out, in, bits / 8);
    if (bits % 8) tnpu_spi_host_bits(h, out[bits / 8] >> (8 - bits % 8), (int)(bits % 8));
    h->port.select(h, false);
}
