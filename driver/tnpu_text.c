// SPDX-License-Identifier: Apache-2.0
// The line of text about the last error, put together without printf.
#include "tnpu_device.h"
#include "tnpu_spec.h"

struct line {
    char *text;
    size_t size, at;
};

static void put(struct line *l, const char *s) {
    for (; *s && l->at + 1 < l->size; s++) l->text[l->at++] = *s;
}

static void put_decimal(struct line *l, unsigned v) {
    char digits[11];
    int i = sizeof digits - 1;
    for (digits[i] = 0; i == sizeof digits - 1 || v; v /= 10) digits[--i] = (char)('0' + v % 10);
    put(l, digits + i);
}

static void put_hex(struct line *l, uint32_t v) {
    char digits[] = "0x00000000";
    for (int i = 9; i > 1; i--, v >>= 4) digits[i] = "0123456789abcdef"[v & 15];
    put(l, digits);
}

static void put_reason(struct line *l, const struct tnpu_device *dev) {
    const struct tnpu_fault *f = &dev->fault;
    if (f->status == TNPU_ERR_NPU) {
        put(l, " (instruction ");
        put_decimal(l, f->insn);
        put(l, ": ");
        put(l, f->npu_error < TNPU_NUM_HW_ERRORS ? tnpu_hw_error_text[f->npu_error] : "unknown");
        put(l, ")");
    } else if (f->status == TNPU_ERR_IDENTITY || f->status == TNPU_ERR_VERSION) {
        put(l, " (identity ");
        put_hex(l, dev->identity.id);
        put(l, ", version ");
        put_hex(l, dev->identity.version);
        put(l, ")");
    } else if (f->status == TNPU_ERR_LINK || f->status == TNPU_ERR_RANGE) {
        put(l, " (address ");
        put_hex(l, f->address);
        if (f->status == TNPU_ERR_LINK && f->cause != TNPU_ERR_LINK) {
            put(l, "; ");
            put(l, tnpu_status_text(f->cause));
        }
        put(l, ")");
    }
}

const char *tnpu_device_error(const struct tnpu_device *dev, char *text, size_t size) {
    struct line l = {text, size, 0};
    if (!size) return "";
    if (dev->fault.status && dev->fault.step) {
        put(&l, dev->fault.step);
        put(&l, ": ");
    }
    put(&l, tnpu_status_text(dev->fault.status));
    put_reason(&l, dev);
    text[l.at] = 0;
    return text;
}
