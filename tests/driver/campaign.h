// SPDX-License-Identifier: Apache-2.0
// Bad days by seed: each ends with the right bytes or a named error, and after an error a reset and
// a run succeed. Counts them, prints the tally, and says how far it is while it takes long.
//
//     static const struct campaign_ops ops = {open, heal, close, NULL};
//     campaign("bit errors 1e-5", 1000, 990, 3, &ops, &bench);
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include "tnpu_transport.h"

/// A chip behind a link with faults. The context is the caller's.
struct campaign_ops {
    /// A fresh chip and link; what goes wrong follows from the seed, 1 or more.
    const struct tnpu_transport *(*open)(void *context, unsigned seed);
    void (*heal)(void *context); ///< nothing goes wrong from now on
    void (*close)(void *context);
    const char *program; ///< a file, or NULL
};

/// `seeds` days of `runs` runs each of the network of ops->program, or, for NULL, each of a small
/// one of its own (tiny.h), on t64. Fails the test for wrong bytes, for an error after which a
/// reset does not help, and where fewer than `least` thousandths of the days end with all results.
void campaign(const char *what, unsigned seeds, unsigned least, unsigned runs,
              const struct campaign_ops *ops, void *context);

#endif
