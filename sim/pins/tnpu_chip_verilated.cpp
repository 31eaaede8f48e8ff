// SPDX-License-Identifier: Apache-2.0
// The Verilated chip behind the functions of tnpu_chip_pins.h: pins, nothing else. Compiled once a
// configuration, with TNPU_NAME (t64), TNPU_TOP (Vtnpu_top_t64) and TNPU_HEADER.
#include "tnpu_chip_pins.h"

#include TNPU_HEADER
#include "verilated.h"
#include "verilated_fst_c.h"

#include <memory>
#include <string>

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

namespace {

constexpr int LEVELS = 2; // of the hierarchy that a wave file has: pins, tnpu_top

struct Chip {
    VerilatedContext context;
    TNPU_TOP top;
    std::unique_ptr<VerilatedFstC> fst;

    explicit Chip(uint32_t cdc_seed) : top{prepare(cdc_seed)} {}
    ~Chip() { top.final(); }

    VerilatedContext *prepare(uint32_t cdc_seed) {
        const std::string seed = "+cdc_seed=" + std::to_string(cdc_seed);
        const char *args[] = {"tnpu", seed.c_str()};
        context.commandArgs(2, args);
        context.traceEverOn(true);
        context.threads(1);          // else it starts an idle thread a processor
        context.fatalOnError(false); // a failed assertion is reported by failed(), not by abort()
        return &context;
    }
};

} // namespace

extern "C" {
extern const tnpu_chip_pins JOIN(tnpu_chip_pins_, TNPU_NAME);
const tnpu_chip_pins JOIN(tnpu_chip_pins_, TNPU_NAME) = {
    STRING(TNPU_NAME),
    [](uint32_t cdc_seed) -> void * {
        try {
            return new Chip(cdc_seed);
        } catch (...) { // no memory
            return nullptr;
        }
    },
    [](void *chip) { delete static_cast<Chip *>(chip); },
    [](void *chip, uint32_t in) -> uint32_t {
        Chip *c = static_cast<Chip *>(chip);
        Verilated::threadContextp(&c->context);
        auto &t = c->top;
        t.clk_i = (in & TNPU_PIN_CLK) != 0;
        t.rst_ni = (in & TNPU_PIN_RST_N) != 0;
        t.spi_sck_i = (in & TNPU_PIN_SCK) != 0;
        t.spi_cs_ni = (in & TNPU_PIN_CS_N) != 0;
        t.spi_mosi_i = (in & TNPU_PIN_MOSI) != 0;
        t.sd_clk_i = (in & TNPU_PIN_SD_CLK) != 0;
        t.sd_cmd_i = (in & TNPU_PIN_SD_CMD) != 0;
        t.sd_dat_i = in / TNPU_PIN_SD_DAT0 & 15u;
        t.eval();
        return (t.irq_o ? TNPU_PIN_IRQ : 0u) | (t.spi_miso_o ? TNPU_PIN_MISO : 0u) |
               (t.spi_miso_oe_o ? TNPU_PIN_MISO_OE : 0u) | (t.sd_cmd_o ? TNPU_PIN_CARD_CMD : 0u) |
               (t.sd_cmd_oe_o ? TNPU_PIN_CARD_CMD_OE : 0u) |
               t.sd_dat_o * static_cast<uint32_t>(TNPU_PIN_CARD_DAT0) |
               t.sd_dat_oe_o * static_cast<uint32_t>(TNPU_PIN_CARD_DAT0_OE);
    },
    [](const void *chip) {
        return static_cast<int>(static_cast<const Chip *>(chip)->context.gotError());
    },
    [](void *chip, const char *file) {
        Chip *c = static_cast<Chip *>(chip);
        Verilated::threadContextp(&c->context);
        c->fst.reset();
        if (!file) return;
        c->fst.reset(new VerilatedFstC);
        c->fst->dumpvars(LEVELS, "TOP");
        c->top.trace(c->fst.get(),
                     99); // which looks at dumpvars' number of levels, not at this one
        c->fst->open(file);
    },
    [](void *chip, uint64_t ps) {
        Chip *c = static_cast<Chip *>(chip);
        Verilated::threadContextp(&c->context);
        c->fst->dump(ps);
    },
};
}
