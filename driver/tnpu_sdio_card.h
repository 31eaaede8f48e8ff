// SPDX-License-Identifier: Apache-2.0
// Inside the SDIO transport: the card as the specification has it. Commands, enumeration, registers
// of one byte.
#ifndef TNPU_SDIO_CARD_H
#define TNPU_SDIO_CARD_H

#include "tnpu_sdio.h"

/// What the error bits of an R5 answer mean.
int tnpu_sdio_judge(uint32_t answer);

/// One byte of function 0 (CCCR, FBR) or 1, by CMD52, once.
int tnpu_sdio_get(struct tnpu_sdio *s, unsigned function, uint32_t addr, uint8_t *value);
int tnpu_sdio_set(struct tnpu_sdio *s, unsigned function, uint32_t addr, uint8_t value);

/// Ends a CMD53 that may be going on.
int tnpu_sdio_abort(struct tnpu_sdio *s);

/// From whatever state the card is in: reset, enumerated, wide and fast, function and interrupt on.
int tnpu_sdio_bring_up(struct tnpu_sdio *s);

#endif
