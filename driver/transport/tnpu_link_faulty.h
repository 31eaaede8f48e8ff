// SPDX-License-Identifier: Apache-2.0
// Transport `faulty`: any other transport, on a bad day. By seed, so that a bad day can be had
// again. It does what a link with checksums may do when its tries are used up, never what such a
// link cannot: what is damaged is said to be.
//
//     struct tnpu_faulty f = {.inner = &good, .seed = 7, .drop = 10000, .flip = 1000};
//     struct tnpu_transport link;
//     tnpu_faulty_init(&f, &link);
#ifndef TNPU_LINK_FAULTY_H
#define TNPU_LINK_FAULTY_H

#include "tnpu_transport.h"

/// Chances are in millionths: of each write or read, but for flip and the interrupt.
struct tnpu_faulty {
    const struct tnpu_transport *inner; ///< must outlive this one
    uint32_t seed;
    uint32_t drop;  ///< never arrives; or arrives, and the answer does not
    uint32_t cut;   ///< the first part arrives, the rest does not
    uint32_t flip;  ///< of each bit: it arrives wrong, which the checksum shows
    uint32_t delay; ///< takes up to 10 ms longer
    uint32_t irq;   ///< of each look at the pin: an interrupt is overlooked, or seen without reason
    uint32_t reset; ///< the chip is reset before the access, by:
    void (*reset_chip)(void *chip);
    void *chip;
    uint32_t die_after; ///< if not 0: after so many accesses nothing answers any more

    uint32_t random, accesses, late_us;                     ///< its own
    uint32_t dropped, cuts, flipped, delayed, irqs, resets; ///< what it has done
};

/// Starts the bad day: fills *link and the members that are its own.
void tnpu_faulty_init(struct tnpu_faulty *f, struct tnpu_transport *link);

#endif
