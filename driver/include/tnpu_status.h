// SPDX-License-Identifier: Apache-2.0
// What the functions of the driver return: 0 (or a count) when all is well, one of these negative
// numbers when not. The same set serves the port, the transports and the driver above them.
#ifndef TNPU_STATUS_H
#define TNPU_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/// X(name, number, text): the one list that the enum and tnpu_status_text are made of.
#define TNPU_STATUS_LIST(X)                                                                        \
    X(OK, 0, "done")                                                                               \
    X(ERR_ARGUMENT, -1, "a pointer, size or option that the function does not take")               \
    X(ERR_BUS, -2, "the bus itself failed: adapter unplugged, peripheral or DMA error")            \
    X(ERR_CRC, -3, "bytes arrived damaged: a checksum is wrong")                                   \
    X(ERR_REFUSED, -4, "the chip refused the transfer")                                            \
    X(ERR_NO_ANSWER, -5, "the chip does not answer")                                               \
    X(ERR_LINK, -6, "the link failed, retries included: check wiring and clock, then reset")       \
    X(ERR_TIMEOUT, -7, "not ended within the time given; reset before the next run")               \
    X(ERR_IDENTITY, -8, "what answers is not a TinyNPU")                                           \
    X(ERR_VERSION, -9, "the chip's ISA or link version is not one that this driver knows")         \
    X(ERR_CONFIG, -10, "the program is for another configuration of the chip")                     \
    X(ERR_PROGRAM, -11, "not a TinyNPU program, or a damaged one")                                 \
    X(ERR_RANGE, -12, "an address or length outside the chip's map")                               \
    X(ERR_BUFFER, -13, "the buffer is too small")                                                  \
    X(ERR_STATE, -14, "not possible now: a step before it is missing, or a run is going on")       \
    X(ERR_NPU, -15, "the NPU stopped the program with an error")                                   \
    X(ERR_HOST_LAYER, -16, "the program has a host layer that this build cannot run")              \
    X(ERR_NO_DEVICE, -17, "no such device is plugged in")                                          \
    X(ERR_PERMISSION, -18, "the device is there, but may not be opened by this user")              \
    X(ERR_RUN_LOST, -19, "the chip knows nothing of the run: was it reset? reset it and load again")

enum tnpu_status {
#define X(name, number, text) TNPU_##name = (number),
    TNPU_STATUS_LIST(X)
#undef X
};

/// The text for a status: one line, no newline, never NULL. A positive number is "done" as well.
const char *tnpu_status_text(int status);

#ifdef __cplusplus
}
#endif
#endif
