// SPDX-License-Identifier: Apache-2.0
// The device layer: the chip's registers and memories, one call an access, with bounded retries
// above whatever transport there is. It knows nothing of programs; tnpu.h is the layer above it,
// and what applications use. Debuggers and probes use this one.
//
//     struct tnpu_device dev;
//     tnpu_device_open(&dev, &link);                            // identity, version, sizes
//     tnpu_device_write(&dev, TNPU_MAP_IMEM, program, size);
//     tnpu_device_start(&dev, TNPU_DEVICE_NO_STOP);
//     if (tnpu_device_wait(&dev, 100000) == TNPU_DEVICE_DONE) ...
//
// Functions return TNPU_OK, or what is said there, or a negative enum tnpu_status; then dev->fault
// says more.
#ifndef TNPU_DEVICE_H
#define TNPU_DEVICE_H

#include "tnpu_transport.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Times that an access is tried before it is TNPU_ERR_LINK. Links send single blocks again on
/// their own; this bounds what is done when that did not help.
enum { TNPU_DEVICE_TRIES = 4 };

/// For tnpu_device_start: run to END.
#define TNPU_DEVICE_NO_STOP UINT32_C(0xffffffff)

/// What the identity registers say.
struct tnpu_identity {
    uint32_t id;      ///< 0x544E5055, "TNPU"
    uint32_t version; ///< ISA: major in the upper, minor in the lower 16 bits
    uint32_t lanes, dot, imem_depth;
    uint32_t wmem_bytes, fmem_bytes;
};

/// The counters of the last run (docs/CYCLES.md, section 4).
struct tnpu_run_counters {
    uint32_t cycles; ///< from START to END, without halts
    uint64_t macs;
    uint32_t fmem_reads, fmem_writes; ///< 16-byte vectors
    uint32_t wmem_reads;              ///< rows
    uint32_t stall_bank, stall_param, stall_drain;
    uint32_t stall_host; ///< cycles lost to host accesses
};

/// The last error: what, where, and what the chip said of it.
struct tnpu_fault {
    int status;        ///< enum tnpu_status; TNPU_OK: none since open or reset
    const char *step;  ///< what the driver was doing, e.g. "upload of weights"
    uint32_t address;  ///< of the access that failed
    int cause;         ///< TNPU_ERR_LINK: what the last try came to
    uint8_t npu_error; ///< TNPU_ERR_NPU: enum tnpu_hw_error
    uint16_t insn;     ///< TNPU_ERR_NPU: index of the instruction
};

struct tnpu_device {
    const struct tnpu_transport *link;
    struct tnpu_identity identity;
    struct tnpu_fault fault;
    const char *step;    ///< for the next fault
    uint32_t stop;       ///< what STOP_AT holds, TNPU_DEVICE_NO_STOP: not known
    bool stale;          ///< IRQ may hold causes of a run before the present one
    uint32_t retries;    ///< accesses tried again by this layer
    uint32_t recoveries; ///< times that the link was recovered
};

/// What the NPU is doing.
enum tnpu_device_state {
    TNPU_DEVICE_IDLE, ///< nothing has run since reset
    TNPU_DEVICE_RUNNING,
    TNPU_DEVICE_HALTED,  ///< waits for resume
    TNPU_DEVICE_PAUSED,  ///< likewise, behind a WAIT
    TNPU_DEVICE_DONE,    ///< reached END
    TNPU_DEVICE_STOPPED, ///< an error: see fault.npu_error
};

/// Reads who is there. TNPU_ERR_IDENTITY: not a TinyNPU (all ones, all zeros, another chip);
/// TNPU_ERR_VERSION: of another ISA. Sets which causes interrupt, and that programs start at
/// instruction 0. The transport must outlive the device.
int tnpu_device_open(struct tnpu_device *dev, const struct tnpu_transport *link);

/// n bytes from byte address `addr` of the chip's map (docs/registers.md). The whole range must lie
/// within one region of the chip's, else TNPU_ERR_RANGE. Not for CTRL: see below.
int tnpu_device_write(struct tnpu_device *dev, uint32_t addr, const void *bytes, size_t n);
int tnpu_device_read(struct tnpu_device *dev, uint32_t addr, void *bytes, size_t n);
/// One register (enum tnpu_reg).
int tnpu_device_set(struct tnpu_device *dev, uint32_t reg, uint32_t value);
int tnpu_device_get(struct tnpu_device *dev, uint32_t reg, uint32_t *value);

/// Starts the program from instruction 0, to halt before instruction `stop_at` or to run to END;
/// none may be running. A start whose acknowledgement is lost is not sent again before it is clear
/// that it did not arrive.
int tnpu_device_start(struct tnpu_device *dev, uint32_t stop_at);
/// Lets a halted program go on, to the stop index or to END; likewise never twice.
int tnpu_device_resume(struct tnpu_device *dev, uint32_t stop_at);
/// The same two, with as few accesses as there can be, so that the NPU does not wait for them:
/// START for a program whose last run is known to have ended, and which may as well run twice on
/// the same input, or, `paused`, RESUME for one that is known to have paused. The last run's
/// interrupt causes stay until tnpu_device_clear, which tnpu_device_wait calls where it has to
/// wait. An interrupt that comes before that is lost, and the state is looked at instead.
int tnpu_device_restart(struct tnpu_device *dev, bool paused, uint32_t stop_at);
int tnpu_device_clear(struct tnpu_device *dev);

/// Takes back the stop index of a running program: it runs to END, whether it has halted there
/// already or not.
int tnpu_device_unguard(struct tnpu_device *dev);

/// Returns an enum tnpu_device_state.
int tnpu_device_state(struct tnpu_device *dev);
/// Waits until the program has ended or halts: returns that state; TNPU_ERR_TIMEOUT after
/// `timeout_us`. Uses the interrupt pin where the transport has it, and looks at the status
/// register from time to time all the same, so that a lost interrupt costs time but no run.
int tnpu_device_wait(struct tnpu_device *dev, uint32_t timeout_us);

int tnpu_device_counters(struct tnpu_device *dev, struct tnpu_run_counters *counters);

/// Recovers the link, stops what runs, clears errors and counters, and checks again who is there.
/// Memories keep what they hold.
int tnpu_device_reset(struct tnpu_device *dev);

/// Notes a fault found by the caller, and returns `status`.
int tnpu_device_fail(struct tnpu_device *dev, int status);

/// Writes a line about the last error into text[size], cut to fit, and returns it: what the driver
/// was doing, the status's text, and for TNPU_ERR_NPU the NPU's own reason.
const char *tnpu_device_error(const struct tnpu_device *dev, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
