// SPDX-License-Identifier: Apache-2.0
// Transport `verilated`: the simulated RTL core at its host port, without a link between.
//
//     struct tnpu_verilated_link l;
//     struct tnpu_transport link;
//     tnpu_verilated_link_init(&l, rtl, 50, &link);     // rtl: tnpu_rtl.h, the caller's
#ifndef TNPU_LINK_VERILATED_H
#define TNPU_LINK_VERILATED_H

#include "tnpu_rtl.h"
#include "tnpu_transport.h"

struct tnpu_verilated_link {
    struct tnpu_rtl *rtl;
    uint32_t mhz;
    uint64_t cycles;          ///< clock cycles waited, and about those that accesses took
    struct tnpu_error reason; ///< why the RTL failed, after TNPU_ERR_NO_ANSWER or TNPU_ERR_BUS
};

/// Fills *link. The core's clock counts as `mhz` for time-outs. Both *l and the core must outlive
/// its use.
void tnpu_verilated_link_init(struct tnpu_verilated_link *l, struct tnpu_rtl *rtl, uint32_t mhz,
                              struct tnpu_transport *link);

#endif
