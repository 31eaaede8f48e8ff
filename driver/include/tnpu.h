// SPDX-License-Identifier: Apache-2.0
// The TinyNPU driver: networks on a TinyNPU, from a microcontroller or a PC. No allocation, no
// globals; the caller owns all memory. From a picture to a result:
//
//     struct tnpu_net net;                      // a view of the .tnpu file, in flash or in memory
//     struct tnpu npu;
//     int rc = tnpu_net_parse(&net, program, program_size);
//     if (!rc) rc = tnpu_open(&npu, &link, &net);          // the right chip, for this program?
//     if (!rc) rc = tnpu_load(&npu);                       // instructions and weights, once
//     if (!rc) rc = tnpu_submit(&npu, picture, sizeof picture);      // returns while it runs
//     if (!rc) rc = tnpu_wait(&npu, 100000);               // or tnpu_poll now and then
//     if (!rc) rc = tnpu_result(&npu, result, sizeof result);
//     if (rc) puts(tnpu_error_text(&npu, line, sizeof line));
//
// `link` is a transport (tnpu_spi.h, tnpu_sdio.h, or one of your own: tnpu_transport.h). After an
// error of a run or of the link, tnpu_reset brings chip and driver back to where tnpu_submit works;
// if that fails too, it says why. One struct tnpu must not be used by two threads, or by an
// interrupt handler and the program, at a time.
//
// All functions return TNPU_OK, or what is said there, or a negative enum tnpu_status, and all of
// them within a bounded time: the time-out where there is one, else that of the bytes to carry, the
// tries of the link and TNPU_DEVICE_TRIES.
#ifndef TNPU_H
#define TNPU_H

#include "tnpu_device.h"
#include "tnpu_hostlayers.h"
#include "tnpu_net.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What can be done next.
enum tnpu_phase {
    TNPU_PHASE_CLOSED,  ///< open
    TNPU_PHASE_OPEN,    ///< load
    TNPU_PHASE_READY,   ///< submit
    TNPU_PHASE_RUNNING, ///< poll, wait
    TNPU_PHASE_DONE,    ///< result, submit
    TNPU_PHASE_FAILED,  ///< reset
};

/// One chip. Its members are the driver's; read them at will.
struct tnpu {
    struct tnpu_device device;
    const struct tnpu_net *net;
    enum tnpu_phase phase;
    bool loaded;                        ///< load has been done: a reset does it again
    const struct tnpu_hostlayers *host; ///< NULL: none attached
    uint32_t twin; ///< a stream has put the program there twice (tnpu_twin.h): bytes from the first
                   ///< one's input to the second one's; 0: it lies there as in the file
};

/// Finds out who is at the other end of the link, and that it can run `net`. TNPU_ERR_IDENTITY,
/// TNPU_ERR_VERSION, TNPU_ERR_CONFIG. Link and net must outlive *npu.
int tnpu_open(struct tnpu *npu, const struct tnpu_transport *link, const struct tnpu_net *net);

/// Makes the driver run the network's host layers (tnpu_hostlayers.h), which must have been made of
/// the same net and outlive *npu: TNPU_ERR_ARGUMENT. Without it, a program with host layers between
/// the NPU's ends with TNPU_ERR_HOST_LAYER, and those behind the NPU's last are the caller's.
int tnpu_attach(struct tnpu *npu, const struct tnpu_hostlayers *host);

/// Sends instructions and weights. Needed once; they stay until the chip loses power.
int tnpu_load(struct tnpu *npu);

/// Sends an input of `size` bytes, int8 height x width x channels as net->input says, starts the
/// program and returns: tnpu_upload and tnpu_start.
int tnpu_submit(struct tnpu *npu, const void *input, size_t size);

/// Sends an input. The result of the run before is given up. TNPU_ERR_BUFFER: not the size of an
/// input. TNPU_ERR_STATE: not loaded, or a run is going on.
int tnpu_upload(struct tnpu *npu, const void *input, size_t size);
/// Starts the program on the input that was sent last.
int tnpu_start(struct tnpu *npu);

/// 1: the run has ended, the result can be read. 0: it goes on; if it has halted for a host layer,
/// that has been run.
int tnpu_poll(struct tnpu *npu);

/// Waits for the end of the run; host layers for which it halts are run. TNPU_ERR_TIMEOUT: neither
/// ended nor halted for `timeout_us`, or it halts for ever; wait again, or reset. TNPU_ERR_NPU: the
/// NPU stopped with an error, which tnpu_error_text names.
int tnpu_wait(struct tnpu *npu, uint32_t timeout_us);

/// Reads what the NPU left, and runs the host layers behind its last, if they are attached. The
/// tnpu_result_size bytes of the result go into result[size], which may be larger. TNPU_ERR_STATE:
/// no run has ended since the last submit or reset.
int tnpu_result(struct tnpu *npu, void *result, size_t size);

/// Bytes of a result: the network's output (net->output) with host layers attached, else what the
/// NPU leaves (net->npu_output), which is the same in a network without host layers.
size_t tnpu_result_size(const struct tnpu *npu);

/// The counters of the run that has ended.
int tnpu_counters(struct tnpu *npu, struct tnpu_run_counters *counters);

/// Stops what runs, clears errors, recovers the link, and loads the program again if it was loaded.
int tnpu_reset(struct tnpu *npu);

/// A line about the last error: text[size], which is also returned.
static inline const char *tnpu_error_text(const struct tnpu *npu, char *text, size_t size) {
    return tnpu_device_error(&npu->device, text, size);
}

#ifdef __cplusplus
}
#endif
#endif
