// SPDX-License-Identifier: Apache-2.0
// The chip as it sits on a board: a clock of its own, and pins. Time is simulated, in picoseconds;
// it passes only in tnpu_chip_run.
//
//     struct tnpu_chip_options o = {.config = "t64", .core_ps = 20000};      // 50 MHz
//     struct tnpu_chip *c = tnpu_chip_open(&o, &e);                          // out of reset
//     tnpu_chip_set(c, TNPU_PIN_CS_N, 0);
//     tnpu_chip_run(c, 12500);
//     level = tnpu_chip_get(c, TNPU_PIN_MISO);
//     tnpu_chip_close(c, &e);
//
// tnpu_spi_host.h drives the pins as an SPI controller does.
#ifndef TNPU_CHIP_H
#define TNPU_CHIP_H

#include "tnpu_chip_pins.h"
#include "tnpu_error.h"

struct tnpu_chip;

struct tnpu_chip_options {
    const char *config; ///< configuration, such as "t256"
    uint32_t core_ps;   ///< period of the core clock
    uint32_t cdc_seed;  ///< synchronisers delay by random cycles; 0: they do not
    const char *vcd;    ///< file for the levels of all pins but the clock's; NULL: none
    const char *wave;   ///< FST file for all pins and what is inside of tnpu_top; NULL: none
};

/// The chip after a reset; a null pointer where this build has no such configuration, or the file
/// cannot be written. The caller closes it.
struct tnpu_chip *tnpu_chip_open(const struct tnpu_chip_options *options, struct tnpu_error *e);
/// Returns 0, or a negative value when a file could not be written in full.
int tnpu_chip_close(struct tnpu_chip *chip, struct tnpu_error *e);

/// The name of the n-th configuration that this build has as a chip (0, 1, ...), or a null pointer.
const char *tnpu_chip_config(int n);

/// Resets the chip for four core cycles; memories keep their contents.
void tnpu_chip_reset(struct tnpu_chip *chip);

/// Picoseconds since the chip was opened.
uint64_t tnpu_chip_now(const struct tnpu_chip *chip);
/// Lets time pass.
void tnpu_chip_run(struct tnpu_chip *chip, uint64_t ps);
/// Sets one of the pins that the world drives; not TNPU_PIN_CLK.
void tnpu_chip_set(struct tnpu_chip *chip, enum tnpu_pin_in pin, int level);
/// The level of one of the chip's pins.
int tnpu_chip_get(const struct tnpu_chip *chip, enum tnpu_pin_out pin);
/// The levels of the SDIO lines, CMD in bit 0, DAT0 to DAT3 in bits 1 to 4: as the card drives
/// them, else as the host does, by tnpu_chip_set_sd.
unsigned tnpu_chip_get_sd(const struct tnpu_chip *chip);
/// What the host drives, in the same order; 1 for a line that it leaves to its pull-up.
void tnpu_chip_set_sd(struct tnpu_chip *chip, unsigned lines);
/// Whether an assertion of the RTL has failed.
int tnpu_chip_failed(const struct tnpu_chip *chip);

/// Picoseconds of a core cycle.
uint32_t tnpu_chip_core_ps(const struct tnpu_chip *chip);

#endif
