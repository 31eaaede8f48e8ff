// SPDX-License-Identifier: Apache-2.0
// A card on the bench: what the SDIO tests share. Commands by the SDIO Simplified Specification,
// made here and not by the driver.
#ifndef SDIO_CARD_H
#define SDIO_CARD_H

#include "tnpu_sdio_host.h"
#include "tnpu_spec.h"

enum {
    FN1 = 1u << 28,
    WINDOW_REGS = 0x10000, ///< of function 1: PAGE and what follows it
    CHIP_REGS = 0x10100,   ///< of function 1: the chip's registers, whatever PAGE is
    R5_CRC = 0x8000,       ///< of the command before
    R5_ILLEGAL = 0x4000,   ///< likewise
    R5_ERROR = 0x0800,
    R5_FUNCTION = 0x0200,
    R5_RANGE = 0x0100,
    R5_ERRORS = 0xCB00,
};

struct card {
    struct tnpu_chip *chip;
    struct tnpu_sdio_host h;
};

/// A chip with a core clock of 50 MHz, and a host of that clock period; not yet a command.
void card_open(struct card *c, const char *config, uint32_t sd_ps, uint32_t cdc_seed);
void card_close(struct card *c);

/// As a stock host does it: CMD52 reset, CMD0, CMD5, CMD3, CMD7; function 1 enabled, blocks of 512,
/// `bits` lines, high speed or not. Fails the test where the card does not play.
void card_start(struct card *c, unsigned bits, bool fast);

/// CMD52: R5 (bits 15..0).
unsigned card_read(struct card *c, unsigned function, uint32_t addr);
unsigned card_write(struct card *c, unsigned function, uint32_t addr, uint8_t value);

/// Moves bytes of the chip's map, by block mode as far as blocks are whole, then byte mode: PAGE
/// first. Returns TNPU_OK or what the host says.
int card_put(struct card *c, uint32_t addr, const uint8_t *data, size_t n);
int card_get(struct card *c, uint32_t addr, uint8_t *data, size_t n);

/// The argument of a CMD53 to function 1's window.
uint32_t card_cmd53(bool write, bool blocks, bool increment, uint32_t addr, unsigned count);

#endif
