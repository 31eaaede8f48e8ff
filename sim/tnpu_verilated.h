// SPDX-License-Identifier: Apache-2.0
// The seam between the Verilated core (C++) and everything above it (C): one table of functions a
// configuration. tnpu_verilated.cpp is compiled once for each and fills it; tnpu_rtl.h is the
// interface to use.
#ifndef TNPU_VERILATED_H
#define TNPU_VERILATED_H

#include "tnpu_rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tnpu_verilated {
    const char *name;
    void *(*open)(void); ///< null pointer: out of memory
    void (*close)(void *core);
    void (*reset)(void *core, int asserted);
    /// Events of the program go to these functions from now on; a null pointer: to nobody.
    void (*set_hooks)(void *core, const struct tnpu_rtl_hooks *hooks);
    /// The next cycle that counts is cycle 0.
    void (*restart)(void *core);
    /// One access of the host port, at most `limit` clock cycles. 0, or -1 when it was not served.
    int (*access)(void *core, int write, uint32_t addr, unsigned byte_enable, uint32_t *data,
                  unsigned limit);
    /// Runs up to `cycles` clock cycles; stops early on irq_o or a failed assertion. Returns irq_o.
    int (*run)(void *core, uint64_t cycles);
    uint64_t (*cycle)(const void *core); ///< cycles counted since restart
    int (*failed)(const void *core);     ///< an assertion of the RTL failed
    /// Dumps the cycles from..to of the run that follows into an FST file. A null pointer ends it.
    void (*wave)(void *core, const char *file, uint64_t from, uint64_t to);
};

#ifdef __cplusplus
}
#endif
#endif
