// SPDX-License-Identifier: Apache-2.0
// What the units of the C model share among themselves; users include tnpu_model.h. A unit has the
// name of its RTL counterpart.
#ifndef TNPU_UNIT_H
#define TNPU_UNIT_H
#include "tnpu_model.h"

enum { TNPU_MAX_L = TNPU_MODEL_MAX_LANES };

// ---- tnpu_job: a compute instruction made ready: its fields, with what its opcode implies, and
// what follows from them
struct tnpu_job {
    struct tnpu_insn f;
    int lanes;
    int groups;        // output tiles
    int pixels;        // output pixels
    int window;        // convolution pixels an output pixel
    int taps;          // reads a convolution pixel
    int access;        // bytes a read
    int sets;          // CONV: of lanes, each with DOT bytes of a read of its own (pair: 2)
    int weight_rows;   // weight rows a tile
    bool conv, dw;     // CONV; DWCONV (neither: a vector instruction)
    bool table;        // the output goes through a table
    bool add;          // ADD or SUB: the multiplier is used four times
    bool operand;      // a second operand is read from memory
    int operand_bytes; // bytes of such a read
};

bool tnpu_is_compute(int opcode);
void tnpu_job_init(struct tnpu_job *job, const struct tnpu_config *cfg,
                   const struct tnpu_insn *insn);
// Rows that it needs from w_base on, and the row of tile g's parameters and of its first weights
int64_t tnpu_job_rows(const struct tnpu_job *job);
int64_t tnpu_job_param_row(const struct tnpu_job *job, int g);
int64_t tnpu_job_weight_row(const struct tnpu_job *job, int g);
// Lanes of tile g that write
static inline int tnpu_job_valid_lanes(const struct tnpu_job *job, int g) {
    int left = job->f.out_c - g * job->lanes;
    return left < job->lanes ? left : job->lanes;
}
// Whether entering a pixel tile of `conv_pixels` takes a cycle for the parameter row alone
static inline bool tnpu_job_param_alone(const struct tnpu_job *job, int conv_pixels) {
    return conv_pixels == 1 && (job->conv || (job->weight_rows && job->taps == 1));
}
// Address of convolution pixel (oy, wy), (ox, wx) and tap (ky, kx, ch) of tile g, and which of its
// bytes are inside the input
struct tnpu_span {
    int64_t address; // of byte 0
    int first, end;  // bytes first..end-1 are valid; first >= end: none
};
struct tnpu_span tnpu_job_span(const struct tnpu_job *job, int g, int y, int64_t pos);
uint32_t tnpu_job_out_address(const struct tnpu_job *job, int g, int oy, int ox);
uint32_t tnpu_job_operand_address(const struct tnpu_job *job, int g, int oy, int ox);

// ---- tnpu_mem: the memories, and the writes that are on their way
// Banks that an access needs: bit 0 even vectors, bit 1 odd ones
static inline unsigned tnpu_banks(int64_t address, int bytes) {
    unsigned first = (unsigned)((uint64_t)address >> 4 & 1);
    return ((uint64_t)address & 15) + (unsigned)bytes > TNPU_VEC ? 3 : 1U << first;
}
static inline unsigned tnpu_bank_count(unsigned banks) {
    return (banks & 1) + (banks >> 1);
}

// More than can be between array and memory: a vector a cycle for WRITE cycles, or with ADD and SUB
// a pixel tile in the queue and those on the way, of which one leaves every fourth cycle
enum { TNPU_PENDING = 64 };
struct tnpu_pending {
    uint64_t cycle;
    uint32_t address;
    int pc, count; // instruction; lanes written
    int8_t lanes[TNPU_MAX_L];
};

// Registers, as docs/registers.md
struct tnpu_regs {
    uint32_t error, irq, irq_enable, start_pc, stop_at, arg, release;
    uint64_t last_start, last_end;
    uint32_t pc, reason;
    bool busy, halted, done, locked, loaded; // loaded: IMEM was written since reset
};

struct tnpu_kernels;
struct tnpu_scratch;
struct tnpu_model_state {
    uint8_t *imem, *fmem, *wmem;
    struct tnpu_regs regs;
    uint64_t next;                 // cycle in which the next instruction is dispatched
    uint32_t fetched[TNPU_IWORDS]; // the next instruction, while halted
    uint32_t wait_reason; // a WAIT or HOSTOP was executed: halt before the next instruction
    struct tnpu_pending pending[TNPU_PENDING];
    unsigned head, waiting;             // first of the pending writes, and how many they are
    const struct tnpu_kernels *kernels; // vector code for this processor
    struct tnpu_scratch *scratch;       // work space of the fast path
};

// Reads the bytes of `span` in `cycle`, after the writes of earlier cycles; others are `pad`.
// Returns the banks used, 0 if none is valid.
unsigned tnpu_mem_read(struct tnpu_model *m, uint64_t cycle, struct tnpu_span span, int bytes,
                       int pad, int8_t *x);
// Takes a vector on its way to memory, in cycle `now`; it takes effect after w->cycle. Neither may
// go back from call to call.
void tnpu_mem_write(struct tnpu_model *m, uint64_t now, const struct tnpu_pending *w);
void tnpu_mem_drain(struct tnpu_model *m); // lets all pending writes happen
const int8_t *tnpu_mem_row(const struct tnpu_model *m, int64_t row); // a row of WMEM

// ---- tnpu_array: one read into the accumulators of one convolution pixel
void tnpu_array_clear(const struct tnpu_job *job, int32_t *acc);
void tnpu_array_mac(const struct tnpu_job *job, int tap, const int8_t *weights, const int8_t *x,
                    int32_t *acc);

// ---- tnpu_ppu: accumulator to int8
struct tnpu_ppu_params {
    int32_t bias[TNPU_MAX_L], post[TNPU_MAX_L], mult[TNPU_MAX_L], shift[TNPU_MAX_L], k[TNPU_MAX_L];
};
struct tnpu_ppu_addition {
    int32_t m1, m2, m0, s1, s2, s0, z0, z1, pre_min, pre_max;
};
void tnpu_ppu_default_params(struct tnpu_ppu_params *p); // those of requant 0
void tnpu_ppu_load_params(struct tnpu_ppu_params *p, const int8_t *row, int lanes);
void tnpu_ppu_load_addition(struct tnpu_ppu_addition *a, const int8_t *row);
int32_t tnpu_ppu_mbqm(int32_t a, int32_t mult, int shift);
int64_t tnpu_ppu_rshift(int64_t v, int e);
void tnpu_ppu(const struct tnpu_job *job, const struct tnpu_ppu_params *p,
              const struct tnpu_ppu_addition *a, const int32_t *acc, const int8_t *r, int8_t *y);

// ---- tnpu_tail: pooling window, table, write
struct tnpu_tail {
    const int8_t *table; // 256 bytes, or a null pointer
    int8_t best[TNPU_MAX_L];
};
// Takes convolution pixel `index` of the window; true: it was the last, and best[] is the output
// vector.
bool tnpu_tail_take(struct tnpu_tail *tail, const struct tnpu_job *job, int index, const int8_t *y);

// ---- tnpu_walk, tnpu_dwwalk: the loops. Run an instruction dispatched in cycle d, counting;
// return the cycle of its last write.
uint64_t tnpu_walk(struct tnpu_model *m, const struct tnpu_job *job, int pc, uint64_t d);
uint64_t tnpu_dwwalk(struct tnpu_model *m, const struct tnpu_job *job, int pc, uint64_t d);

// When DWCONV makes output row oy (sweep) and column ox (column of it), and the sweeps a tile
int tnpu_dw_sweep_of(const struct tnpu_job *job, int oy);  // rs
int tnpu_dw_column_of(const struct tnpu_job *job, int ox); // rc
int tnpu_dw_sweeps(const struct tnpu_job *job);            // NS

// ---- tnpu_cost, tnpu_dwcost: the same time and counts without walking
void tnpu_cost(const struct tnpu_job *job, struct tnpu_insn_cost *cost);
void tnpu_dwcost(const struct tnpu_job *job, struct tnpu_insn_cost *cost);
void tnpu_cost_writes(const struct tnpu_job *job, struct tnpu_counters *c); // FMEM_WRITES

// ---- tnpu_fast: the bytes of an instruction without its time. Not in a build with
// TNPU_MODEL_SCALAR. False: the instruction may read what it has written; nothing was done.
bool tnpu_fast(struct tnpu_model *m, const struct tnpu_job *job);

// ---- tnpu_regs: a register by its byte offset. False: there is none, and *v is 0. `enabled`: the
// bits of v that an access writes; writing CTRL may run the program.
bool tnpu_regs_get(struct tnpu_model *m, uint32_t offset, uint32_t *v);
void tnpu_regs_put(struct tnpu_model *m, uint32_t offset, uint32_t v, uint32_t enabled);

// ---- tnpu_seq: runs from state->next and regs.pc on; `resumed`: the halt before the first
// instruction is over
void tnpu_seq_run(struct tnpu_model *m, bool resumed);
void tnpu_seq_error(struct tnpu_model *m, enum tnpu_hw_error code, uint32_t pc);

#endif
