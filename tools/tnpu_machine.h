// SPDX-License-Identifier: Apache-2.0
// A TinyNPU, whatever it is made of, behind the driver that a microcontroller would use: the C
// model, the Verilated RTL, the RTL behind its pins, or a chip on a cable.
//
//     struct tnpu_machine_options o = {.kind = TNPU_MACHINE_MODEL, .core_mhz = 50};
//     struct tnpu_machine *m = tnpu_machine_open(&o, program.config, &err);
//     tnpu_machine_load(m, &program, "net.tnpu", &err);             // instructions and weights
//     tnpu_machine_put_input(m, picture, &err);                     // int8, HWC
//     tnpu_machine_run(m, &err);                                    // to END
//     tnpu_machine_host_rest(m, &err);
//     result = tnpu_machine_host_tensor(m, program.graph.output);
//     tnpu_machine_counters(m, &counters, &err);
//     tnpu_machine_close(m, &err);
//
// Functions return 0, or -1 with a reason.
#ifndef TNPU_MACHINE_H
#define TNPU_MACHINE_H

#include "tnpu.h"
#include "tnpu_program.h"

enum tnpu_machine_kind {
    TNPU_MACHINE_MODEL,
    TNPU_MACHINE_RTL,
    TNPU_MACHINE_SPI,
    TNPU_MACHINE_SDIO,
    TNPU_MACHINE_FTDI
};

struct tnpu_machine_options {
    enum tnpu_machine_kind kind;
    double core_mhz;    ///< clock of simulated hardware
    double sck_mhz;     ///< clock of the SPI; 0: 40 in simulation, 15 on a cable
    double sd_mhz;      ///< clock of a simulated SDIO; 0: 48
    int sdio_bits;      ///< its data lines, 1 or 4; negative: 4
    const char *serial; ///< of the USB adapter; NULL: the first one
    const char *wave;   ///< SPI and SDIO: file for waves of pins and links (FST); NULL: none
};

struct tnpu_machine;

/// The counter registers (docs/CYCLES.md, section 4).
struct tnpu_machine_counters {
    uint64_t cycles; ///< from START to END, without halts
    uint64_t macs;
    uint64_t fmem_reads, fmem_writes; ///< 16-byte vectors
    uint64_t wmem_reads;              ///< rows
    uint64_t stall_bank, stall_param, stall_drain, stall_host;
};

/// What one instruction took.
struct tnpu_machine_step {
    uint64_t start;                        ///< cycle of its dispatch
    uint64_t end;                          ///< cycle of its last write
    struct tnpu_machine_counters counters; ///< what it added; .cycles: to the next dispatch
};

typedef int tnpu_machine_visit(void *ctx, int insn, struct tnpu_error *e);

/// Sets the kind by its name (NULL: none was given). Returns NULL, or a line that says which option
/// of a command is wrong: the name, a value, or one that this kind has no use for.
const char *tnpu_machine_choose(struct tnpu_machine_options *o, const char *name);

/// A machine of that kind and configuration, out of reset; NULL with a reason. The caller closes
/// it.
struct tnpu_machine *tnpu_machine_open(const struct tnpu_machine_options *options,
                                       const struct tnpu_config *config, struct tnpu_error *e);
/// Returns 0, or -1 with a reason when the waves could not be written in full. NULL is no machine.
int tnpu_machine_close(struct tnpu_machine *m, struct tnpu_error *e);

/// The transport to it, for who wants to use the driver himself.
const struct tnpu_transport *tnpu_machine_link(const struct tnpu_machine *m);

/// Makes sure that the machine is one that the program is for, and loads instructions and weights.
/// `label` stands for the program in messages. Program and label must outlive their use here.
int tnpu_machine_load(struct tnpu_machine *m, const struct tnpu_program *p, const char *label,
                      struct tnpu_error *e);

/// Writes the network's input, HWC without padding, to where the program reads it.
int tnpu_machine_put_input(struct tnpu_machine *m, const int8_t *q, struct tnpu_error *e);

/// Runs the program from instruction 0 to END, with the host layers for which it halts.
int tnpu_machine_run(struct tnpu_machine *m, struct tnpu_error *e);

/// The parts that run_steps leaves to its caller: host layer `layer`, at which the NPU has halted;
/// and, after END, the layers behind it. Operands come from feature memory.
int tnpu_machine_host_layer(struct tnpu_machine *m, int layer, struct tnpu_error *e);
int tnpu_machine_host_rest(struct tnpu_machine *m, struct tnpu_error *e);
/// The network's output after a run and host_rest, and any tensor that only the host has: HWC,
/// valid until the next run.
const int8_t *tnpu_machine_host_tensor(const struct tnpu_machine *m, int tensor);
/// Microseconds that host layers have taken here since the machine was loaded.
double tnpu_machine_host_us(const struct tnpu_machine *m);

/// The same, halting at each instruction to see what it took: steps[insn_count]. `visit`, unless
/// NULL, is called with the index of each instruction that has just ended, and may read tensors;
/// when it returns -1 with a reason, so does the run.
int tnpu_machine_run_steps(struct tnpu_machine *m, struct tnpu_machine_step *steps,
                           tnpu_machine_visit *visit, void *ctx, struct tnpu_error *e);

/// Reads a tensor that lies in feature memory: HWC without padding.
int tnpu_machine_get_tensor(struct tnpu_machine *m, int tensor, int8_t *out, struct tnpu_error *e);

int tnpu_machine_counters(struct tnpu_machine *m, struct tnpu_machine_counters *c,
                          struct tnpu_error *e);

/// What each kind of machine provides: itself, as a transport.
struct tnpu_machine_ops {
    void *(*open)(const struct tnpu_machine_options *options, const struct tnpu_config *config,
                  struct tnpu_transport *link, struct tnpu_error *e);
    int (*close)(void *impl, struct tnpu_error *e);
};
extern const struct tnpu_machine_ops tnpu_machine_model_ops, tnpu_machine_rtl_ops,
    tnpu_machine_spi_ops, tnpu_machine_sdio_ops, tnpu_machine_ftdi_ops;

/// The period of a clock, for simulated hardware.
uint32_t tnpu_machine_period_ps(double mhz);

/// Fails, with a reason, unless the clock that `option` gives is `low` to `high` times the core's.
int tnpu_machine_check_clock(const char *option, double mhz, double low, double high,
                             double core_mhz, struct tnpu_error *e);

#endif
