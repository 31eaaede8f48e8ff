// SPDX-License-Identifier: Apache-2.0
// Accesses with bounded retries, and the registers that start, watch and stop a program.
#include "tnpu_device.h"

#include "tnpu_bits.h"
#include "tnpu_spec.h"

/// The status register is looked at this often while an interrupt is waited for.
enum { LOOK_US = 2000 };
enum { WAITS = 1 }; ///< STATUS.REASON

#define BIT(field) (UINT32_C(1) << TNPU_REG_##field##_LSB)

int tnpu_device_fail(struct tnpu_device *dev, int status) {
    dev->fault.status = status;
    dev->fault.step = dev->step;
    return status;
}

/// Such a failure may be gone at the next try.
static bool is_passing(int rc) {
    return rc == TNPU_ERR_CRC || rc == TNPU_ERR_REFUSED || rc == TNPU_ERR_NO_ANSWER ||
           rc == TNPU_ERR_LINK;
}

static int recover(struct tnpu_device *dev) {
    dev->recoveries++;
    return dev->link->recover ? dev->link->recover(dev->link->context) : TNPU_OK;
}

static int access_once(struct tnpu_device *dev, bool write, uint32_t addr, uint8_t *bytes,
                       size_t n) {
    const struct tnpu_transport *link = dev->link;
    return write ? link->write(link->context, addr, bytes, n)
                 : link->read(link->context, addr, bytes, n);
}

/// One piece, tried again while that makes sense: writing the same bytes twice does no harm.
static int access_piece(struct tnpu_device *dev, bool write, uint32_t addr, uint8_t *bytes,
                        size_t n) {
    for (int tries = 1;; tries++) {
        int rc = access_once(dev, write, addr, bytes, n);
        if (rc == TNPU_OK) return TNPU_OK;
        dev->fault.address = addr;
        dev->fault.cause = rc;
        if (!is_passing(rc)) return tnpu_device_fail(dev, rc);
        if (tries == TNPU_DEVICE_TRIES) return tnpu_device_fail(dev, TNPU_ERR_LINK);
        dev->retries++;
        rc = recover(dev);
        if (rc && !is_passing(rc)) return tnpu_device_fail(dev, rc);
    }
}

static int access_all(struct tnpu_device *dev, bool write, uint32_t addr, uint8_t *bytes,
                      size_t n) {
    while (n) {
        size_t piece = n < dev->link->max_bytes ? n : dev->link->max_bytes;
        int rc = access_piece(dev, write, addr, bytes, piece);
        if (rc) return rc;
        addr += (uint32_t)piece, bytes += piece, n -= piece;
    }
    return TNPU_OK;
}

/// The range lies within one region of the map, as large as this chip has it.
static bool in_map(const struct tnpu_device *dev, uint32_t addr, size_t n) {
    const struct tnpu_identity *id = &dev->identity;
    const uint32_t region[][2] = {{TNPU_MAP_REGS, TNPU_REG_STALL_HOST + 4},
                                  {TNPU_MAP_IMEM, id->imem_depth * TNPU_IWORDS * 4},
                                  {TNPU_MAP_FMEM, id->fmem_bytes},
                                  {TNPU_MAP_WMEM, id->wmem_bytes}};
    for (size_t i = 0; i < sizeof region / sizeof *region; i++)
        if (addr >= region[i][0] && addr - region[i][0] <= region[i][1] &&
            n <= region[i][1] - (addr - region[i][0]))
            return true;
    return false;
}

static int check_map(struct tnpu_device *dev, uint32_t addr, size_t n) {
    if (in_map(dev, addr, n)) return TNPU_OK;
    dev->fault.address = addr;
    return tnpu_device_fail(dev, TNPU_ERR_RANGE);
}

int tnpu_device_write(struct tnpu_device *dev, uint32_t addr, const void *bytes, size_t n) {
    int rc = check_map(dev, addr, n);
    return rc ? rc : access_all(dev, true, addr, (uint8_t *)bytes, n); // only read from
}

int tnpu_device_read(struct tnpu_device *dev, uint32_t addr, void *bytes, size_t n) {
    int rc = check_map(dev, addr, n);
    return rc ? rc : access_all(dev, false, addr, bytes, n);
}

int tnpu_device_set(struct tnpu_device *dev, uint32_t reg, uint32_t value) {
    uint8_t b[4];
    tnpu_store32(b, value);
    return tnpu_device_write(dev, TNPU_MAP_REGS + reg, b, sizeof b);
}

/// n registers that follow each other.
static int get_regs(struct tnpu_device *dev, uint32_t first, uint32_t *value, size_t n) {
    uint8_t b[4 * 10];
    int rc = access_all(dev, false, TNPU_MAP_REGS + first, b, 4 * n);
    for (size_t i = 0; i < n; i++) value[i] = rc ? 0 : tnpu_load32(b + 4 * i);
    return rc;
}

int tnpu_device_get(struct tnpu_device *dev, uint32_t reg, uint32_t *value) {
    int rc = check_map(dev, TNPU_MAP_REGS + reg, 4);
    return rc ? rc : get_regs(dev, reg, value, 1);
}

static int identify(struct tnpu_device *dev) {
    _Static_assert(TNPU_REG_CAP_FMEM == TNPU_REG_ID + 16,
                   "the identity registers are five in a row");
    uint32_t v[5];
    dev->step = "identification";
    dev->stop = TNPU_DEVICE_NO_STOP;
    int rc = get_regs(dev, TNPU_REG_ID, v, 5);
    if (rc) return rc;
    dev->identity = (struct tnpu_identity){.id = v[0],
                                           .version = v[1],
                                           .lanes = v[2] & 0xff,
                                           .dot = v[2] >> 8 & 0xff,
                                           .imem_depth = v[2] >> 16,
                                           .wmem_bytes = v[3],
                                           .fmem_bytes = v[4]};
    if (v[0] != TNPU_ISA_ID) return tnpu_device_fail(dev, TNPU_ERR_IDENTITY);
    if (v[1] >> 16 != TNPU_ISA_MAJOR || dev->identity.dot != TNPU_DOT)
        return tnpu_device_fail(dev, TNPU_ERR_VERSION);
    // CTRL.RESET leaves these: whoever used the chip before, programs start at 0
    static const uint8_t enable_and_start[8] = {BIT(IRQ_DONE) | BIT(IRQ_ERROR) | BIT(IRQ_HALT)};
    _Static_assert(TNPU_REG_START_PC == TNPU_REG_IRQ_ENABLE + 4, "one follows the other");
    return tnpu_device_write(dev, TNPU_MAP_REGS + TNPU_REG_IRQ_ENABLE, enable_and_start,
                             sizeof enable_and_start);
}

int tnpu_device_open(struct tnpu_device *dev, const struct tnpu_transport *link) {
    if (!dev || !link || !link->write || !link->read || !link->now_us || link->max_bytes < 4)
        return TNPU_ERR_ARGUMENT;
    *dev = (struct tnpu_device){.link = link};
    int rc = recover(dev);
    if (rc && !is_passing(rc)) return tnpu_device_fail(dev, rc);
    return identify(dev);
}

/// STATUS, ERROR and IRQ as they are now.
struct look {
    uint32_t status, error, irq;
};

static int take_look(struct tnpu_device *dev, struct look *look) {
    _Static_assert(TNPU_REG_IRQ == TNPU_REG_STATUS + 8, "STATUS, ERROR and IRQ are three in a row");
    uint32_t v[3];
    int rc = get_regs(dev, TNPU_REG_STATUS, v, 3);
    *look = (struct look){v[0], v[1], v[2]};
    return rc;
}

/// The reason is 0 where nothing is halted.
static bool is_paused(uint32_t status) {
    return (status >> TNPU_REG_STATUS_REASON_LSB & 3) == WAITS;
}

int tnpu_device_state(struct tnpu_device *dev) {
    _Static_assert(TNPU_REG_STATUS_REASON_LSB < 8, "the state is in STATUS's first byte");
    uint8_t status;
    uint32_t error;
    int rc = access_all(dev, false, TNPU_MAP_REGS + TNPU_REG_STATUS, &status, 1);
    if (rc) return rc;
    if (status & BIT(STATUS_ERROR)) {
        if ((rc = get_regs(dev, TNPU_REG_ERROR, &error, 1)) != 0) return rc;
        dev->fault.npu_error = (uint8_t)(error >> TNPU_REG_ERROR_CODE_LSB);
        dev->fault.insn = (uint16_t)(error >> TNPU_REG_ERROR_PC_LSB);
        return TNPU_DEVICE_STOPPED;
    }
    if (is_paused(status)) return TNPU_DEVICE_PAUSED;
    if (status & BIT(STATUS_HALTED)) return TNPU_DEVICE_HALTED;
    if (status & BIT(STATUS_BUSY)) return TNPU_DEVICE_RUNNING;
    return status & BIT(STATUS_DONE) ? TNPU_DEVICE_DONE : TNPU_DEVICE_IDLE;
}

/// Sends a command that must not act twice. When it is not clear whether it arrived, `arrived`, a
/// look at the chip after the failure, says so.
static int command(struct tnpu_device *dev, uint32_t bit, const struct look *before,
                   bool (*arrived)(const struct look *before, const struct look *after)) {
    for (int tries = 1;; tries++) {
        uint8_t b = (uint8_t)bit;
        struct look after;
        int rc = access_once(dev, true, TNPU_MAP_REGS + TNPU_REG_CTRL, &b, 1);
        if (rc == TNPU_OK) return TNPU_OK;
        dev->fault.address = TNPU_MAP_REGS + TNPU_REG_CTRL;
        dev->fault.cause = rc;
        if (!is_passing(rc)) return tnpu_device_fail(dev, rc);
        recover(dev); // the look that follows tells whether that helped
        if ((rc = take_look(dev, &after)) != 0) return rc;
        if (arrived(before, &after)) return TNPU_OK;
        if (tries == TNPU_DEVICE_TRIES) return tnpu_device_fail(dev, TNPU_ERR_LINK);
        dev->retries++;
    }
}

/// IRQ was cleared before the start: it runs, or has run already.
static bool has_started(const struct look *before, const struct look *after) {
    (void)before;
    return (after->status & BIT(STATUS_BUSY)) || after->irq != 0;
}

/// A program has no loops: it does not halt twice at the same instruction.
static bool has_resumed(const struct look *before, const struct look *after) {
    return !(after->status & BIT(STATUS_HALTED)) || after->status != before->status;
}

/// STOP_AT, unless it is that already.
static int set_stop(struct tnpu_device *dev, uint32_t stop) {
    if (stop == dev->stop) return TNPU_OK;
    dev->stop = TNPU_DEVICE_NO_STOP;
    int rc = tnpu_device_set(dev, TNPU_REG_STOP_AT, stop);
    if (!rc) dev->stop = stop;
    return rc;
}

/// STOP_AT for a halt before instruction `stop_at`, or none.
static uint32_t stop_of(uint32_t stop_at) {
    return stop_at == TNPU_DEVICE_NO_STOP ? 0 : stop_at | BIT(STOP_AT_ENABLE);
}

/// What every start and resumption needs: no cause left from before, and where to halt.
static int prepare(struct tnpu_device *dev, uint32_t stop_at) {
    int rc = tnpu_device_set(dev, TNPU_REG_IRQ, UINT32_MAX);
    if (rc) return rc;
    dev->stale = false;
    return set_stop(dev, stop_of(stop_at));
}

int tnpu_device_start(struct tnpu_device *dev, uint32_t stop_at) {
    dev->step = "start of the program";
    int rc = prepare(dev, stop_at);
    return rc ? rc : command(dev, BIT(CTRL_START), NULL, has_started);
}

int tnpu_device_resume(struct tnpu_device *dev, uint32_t stop_at) {
    struct look look;
    dev->step = "resumption of the program";
    int rc = prepare(dev, stop_at);
    if (!rc) rc = take_look(dev, &look);
    if (rc) return rc;
    if (!(look.status & BIT(STATUS_HALTED))) return tnpu_device_fail(dev, TNPU_ERR_STATE);
    return command(dev, BIT(CTRL_RESUME), &look, has_resumed);
}

static bool is_busy(const struct look *before, const struct look *after) {
    (void)before;
    return (after->status & BIT(STATUS_BUSY)) != 0;
}

static bool has_left_pause(const struct look *before, const struct look *after) {
    (void)before;
    return !is_paused(after->status);
}

int tnpu_device_restart(struct tnpu_device *dev, bool paused, uint32_t stop_at) {
    dev->step = "start of the program";
    int rc = set_stop(dev, stop_of(stop_at));
    dev->stale = true;
    if (rc) return rc;
    return paused ? command(dev, BIT(CTRL_RESUME), NULL, has_left_pause)
                  : command(dev, BIT(CTRL_START), NULL, is_busy);
}

int tnpu_device_clear(struct tnpu_device *dev) {
    static const uint8_t ended = BIT(IRQ_DONE) | BIT(IRQ_HALT); // what an error left stays
    int rc = dev->stale ? access_all(dev, true, TNPU_MAP_REGS + TNPU_REG_IRQ, (uint8_t *)&ended, 1)
                        : TNPU_OK;
    if (!rc) dev->stale = false;
    return rc;
}

int tnpu_device_unguard(struct tnpu_device *dev) {
    struct look look = {0, 0, 0};
    dev->step = "resumption of the program";
    int rc = set_stop(dev, 0);
    if (!rc) rc = take_look(dev, &look); // it halts no more: what is seen now stays
    if (rc || !(look.status & BIT(STATUS_HALTED))) return rc;
    rc = tnpu_device_set(dev, TNPU_REG_IRQ, BIT(IRQ_HALT));
    return rc ? rc : command(dev, BIT(CTRL_RESUME), &look, has_resumed);
}

int tnpu_device_wait(struct tnpu_device *dev, uint32_t timeout_us) {
    const struct tnpu_transport *link = dev->link;
    uint32_t start = link->now_us(link->context), gone = 0;
    dev->step = "wait for the program's end";
    for (;;) {
        int rc = tnpu_device_state(dev);
        if (rc != TNPU_DEVICE_RUNNING) return rc;
        if (dev->stale) { // and look again: it may have ended just now
            if ((rc = tnpu_device_clear(dev)) != 0) return rc;
            continue;
        }
        if (gone >= timeout_us) return tnpu_device_fail(dev, TNPU_ERR_TIMEOUT);
        uint32_t left = timeout_us - gone;
        rc = link->wait_irq ? link->wait_irq(link->context, left < LOOK_US ? left : LOOK_US) : 0;
        if (rc < 0 && !is_passing(rc)) return tnpu_device_fail(dev, rc);
        gone = link->now_us(link->context) - start;
    }
}

int tnpu_device_counters(struct tnpu_device *dev, struct tnpu_run_counters *c) {
    _Static_assert(TNPU_REG_STALL_HOST == TNPU_REG_CYCLES + 36, "the counters are ten in a row");
    uint32_t v[10];
    dev->step = "reading of counters";
    int rc = get_regs(dev, TNPU_REG_CYCLES, v, 10);
    *c = (struct tnpu_run_counters){.cycles = v[0],
                                    .macs = v[1] | (uint64_t)v[2] << 32,
                                    .fmem_reads = v[3],
                                    .fmem_writes = v[4],
                                    .wmem_reads = v[5],
                                    .stall_bank = v[6],
                                    .stall_param = v[7],
                                    .stall_drain = v[8],
                                    .stall_host = v[9]};
    return rc;
}

int tnpu_device_reset(struct tnpu_device *dev) {
    dev->fault = (struct tnpu_fault){0};
    dev->step = "reset";
    int rc = recover(dev);
    if (rc && !is_passing(rc)) return tnpu_device_fail(dev, rc);
    rc = tnpu_device_set(dev, TNPU_REG_CTRL, BIT(CTRL_RESET));
    return rc ? rc : identify(dev);
}
