// SPDX-License-Identifier: Apache-2.0
// The seam between the Verilated chip (C++) and everything above it (C): the levels of its pins, in
// and out, as bits of two words. tnpu_chip_verilated.cpp is compiled once a configuration.
#ifndef TNPU_CHIP_PINS_H
#define TNPU_CHIP_PINS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Pins that the world drives.
enum tnpu_pin_in {
    TNPU_PIN_CLK = 1 << 0,
    TNPU_PIN_RST_N = 1 << 1,
    TNPU_PIN_SCK = 1 << 2,
    TNPU_PIN_CS_N = 1 << 3,
    TNPU_PIN_MOSI = 1 << 4,
    TNPU_PIN_SD_CLK = 1 << 5,
    TNPU_PIN_SD_CMD = 1 << 6,  ///< level of the line, whoever drives it
    TNPU_PIN_SD_DAT0 = 1 << 7, ///< likewise; DAT1 to DAT3 are the next bits
};
/// Pins that the chip drives; _OE: whether it does.
enum tnpu_pin_out {
    TNPU_PIN_IRQ = 1 << 0,
    TNPU_PIN_MISO = 1 << 1,
    TNPU_PIN_MISO_OE = 1 << 2,
    TNPU_PIN_CARD_CMD = 1 << 3,
    TNPU_PIN_CARD_CMD_OE = 1 << 4,
    TNPU_PIN_CARD_DAT0 = 1 << 5,    ///< DAT1 to DAT3 are the next bits
    TNPU_PIN_CARD_DAT0_OE = 1 << 9, ///< likewise
};

struct tnpu_chip_pins {
    const char *name; ///< of the configuration
    /// cdc_seed: random delays of the synchronisers; 0: none. A null pointer: out of memory.
    void *(*open)(uint32_t cdc_seed);
    void (*close)(void *chip);
    uint32_t (*eval)(void *chip, uint32_t in); ///< new levels in; returns the levels out
    int (*failed)(const void *chip);           ///< an assertion of the RTL failed
    /// Begins an FST file of the signals of tnpu_top and its pins, or, with NULL, ends it.
    void (*wave)(void *chip, const char *file);
    void (*dump)(void *chip, uint64_t ps); ///< levels as they are, into that file; ps must grow
};

#ifdef __cplusplus
}
#endif
#endif
