// SPDX-License-Identifier: Apache-2.0
// Constants of the machine, made by scripts/gen from spec/tinynpu.toml: do not edit.
#ifndef TNPU_SPEC_H
#define TNPU_SPEC_H
#include <stdint.h>

enum {
    TNPU_DOT = 16,
    TNPU_VEC = 16,
    TNPU_TILE = 16,
    TNPU_DW_MAX_W = 128,
    TNPU_LUT_WORDS = 16,
    TNPU_ADD_SHIFT = 20,
    TNPU_ADD_INTERVAL = 4,
    TNPU_CYC_FETCH = 32,
    TNPU_CYC_START = 6,
    TNPU_CYC_WRITE = 22,
    TNPU_CYC_ADD_EXTRA = 19,
    TNPU_CYC_BOOT = 31,
    TNPU_CYC_HOST_PATIENCE = 8,
    TNPU_ISA_ID = 0x544E5055,
    TNPU_ISA_MAJOR = 1,
    TNPU_ISA_MINOR = 1,
    TNPU_IWORDS = 16,
    TNPU_NUM_FIELDS = 48,
    TNPU_NUM_OPCODES = 11,
    TNPU_NUM_REGS = 27,
    TNPU_NUM_CONFIGS = 4,
    TNPU_MAP_BITS = 0x000017,
    TNPU_MAP_REGS = 0x000000,
    TNPU_MAP_IMEM = 0x040000,
    TNPU_MAP_FMEM = 0x100000,
    TNPU_MAP_WMEM = 0x200000,
    TNPU_LINK_VERSION = 2,
    TNPU_LINK_SPI_BLOCK = 64,
    TNPU_LINK_SDIO_BLOCK = 512,
    TNPU_LINK_SDIO_VENDOR = 65535,
    TNPU_LINK_SDIO_DEVICE = 21582,
    TNPU_SDIO_PAGE = 0x10000,
    TNPU_SDIO_FLAGS = 0x10001,
    TNPU_SDIO_ACCEPTED = 0x10002,
    TNPU_SDIO_REFUSED = 0x10003,
    TNPU_SDIO_VERSION = 0x10004,
    TNPU_SDIO_REGS = 0x10100,
};

// Bytes on the SPI wire, and bits of the status flags (docs/LINK.md)
enum tnpu_link_code {
    TNPU_LINK_SYNC = 0x54,
    TNPU_LINK_WRITE = 0x57,
    TNPU_LINK_READ = 0x52,
    TNPU_LINK_NOTHING = 0x4E,
    TNPU_LINK_ACK = 0xA5,
    TNPU_LINK_CRC = 0x5A,
    TNPU_LINK_BUSY = 0x3C,
    TNPU_LINK_REFUSED = 0xC3,
    TNPU_LINK_DATA = 0x66,
    TNPU_LINK_WAIT = 0x99,
};
enum tnpu_link_flag {
    TNPU_LINK_FLAG_IRQ = 1, // interrupt pin
    TNPU_LINK_FLAG_PENDING = 2, // acknowledged blocks are not all written yet
};

// Error codes of the ERROR register
enum tnpu_hw_error {
    TNPU_HW_NONE = 0, // no error
    TNPU_HW_NO_PROGRAM = 1, // start without a program in instruction memory
    TNPU_HW_BUSY = 2, // start while a program runs; the running program goes on
    TNPU_HW_OPCODE = 3, // illegal opcode
    TNPU_HW_RESERVED = 4, // a reserved bit of the instruction is set
    TNPU_HW_FIELD = 5, // a field's value is not allowed
    TNPU_HW_FMEM_RANGE = 6, // an address outside feature memory
    TNPU_HW_WMEM_RANGE = 7, // a row outside weight memory
    TNPU_HW_ALIGN = 8, // an address or pitch that this configuration needs aligned is not
    TNPU_HW_PC_RANGE = 9, // the program counter left instruction memory
    TNPU_HW_ABORTED = 10, // aborted by the host
    TNPU_HW_HOST_ADDR = 11, // host access outside the address map
    TNPU_HW_IMEM_PARITY = 12, // wrong parity of a byte read from instruction memory: write the program again
    TNPU_HW_FMEM_PARITY = 13, // wrong parity of a byte read from feature memory: write the input again
    TNPU_HW_WMEM_PARITY = 14, // wrong parity of a byte read from weight memory: write the weights again
    TNPU_NUM_HW_ERRORS = 15
};

// Register byte offsets, and masks and positions of their fields
enum tnpu_reg {
    TNPU_REG_ID = 0x00, // Identity, ASCII TNPU
    TNPU_REG_VERSION = 0x04, // ISA version
    TNPU_REG_CAP = 0x08, // Capabilities
    TNPU_REG_CAP_WMEM = 0x0C, // Weight memory, bytes
    TNPU_REG_CAP_FMEM = 0x10, // Feature memory, bytes
    TNPU_REG_CTRL = 0x14, // Commands; reads as zero
    TNPU_REG_STATUS = 0x18, // State
    TNPU_REG_ERROR = 0x1C, // First error since START or since the ERROR interrupt was cleared
    TNPU_REG_IRQ = 0x20, // Interrupt causes
    TNPU_REG_IRQ_ENABLE = 0x24, // Causes that drive the interrupt pin, bit for bit as in IRQ
    TNPU_REG_START_PC = 0x28, // Index of the first instruction of a run
    TNPU_REG_STOP_AT = 0x2C, // Debugging: halt before the instruction of this index
    TNPU_REG_ARG = 0x30, // Argument of the last EVENT, WAIT or HOSTOP
    TNPU_REG_RELEASE = 0x34, // Input rows that an instruction with release set needs no more: rows below this index may be overwritten
    TNPU_REG_LOCK = 0x38, // Write-once lock: weight memory reads as zero until reset. Guards against casual copying, not against an attacker with physical access
    TNPU_REG_LAST_START = 0x3C, // Cycle at which the last finished instruction was dispatched
    TNPU_REG_LAST_END = 0x40, // Cycle at which the last finished instruction ended
    TNPU_REG_CYCLES = 0x80, // Cycles from START to END, without halts
    TNPU_REG_MACS = 0x84, // Multiplications by lanes in use: 16 a lane and cycle in CONV, 9 in DWCONV, 1 in other instructions
    TNPU_REG_MACS_HI = 0x88, // Upper 32 bits of MACS
    TNPU_REG_FMEM_READS = 0x8C, // Feature-memory vectors read by the program
    TNPU_REG_FMEM_WRITES = 0x90, // Feature-memory vectors written by the program
    TNPU_REG_WMEM_READS = 0x94, // Weight-memory rows read by the program
    TNPU_REG_STALL_BANK = 0x98, // Cycles lost because two reads of one cycle needed the same bank
    TNPU_REG_STALL_PARAM = 0x9C, // Cycles spent only on reading parameter rows, addition rows and tables
    TNPU_REG_STALL_DRAIN = 0xA0, // Cycles waited for post-processing that uses the multiplier four times
    TNPU_REG_STALL_HOST = 0xA4, // Cycles lost to host accesses; CYCLES minus this is the model's figure
};
enum {
    TNPU_REG_VERSION_MINOR_LSB = 0,
    TNPU_REG_VERSION_MINOR_W = 16,
    TNPU_REG_VERSION_MAJOR_LSB = 16,
    TNPU_REG_VERSION_MAJOR_W = 16,
    TNPU_REG_CAP_LANES_LSB = 0,
    TNPU_REG_CAP_LANES_W = 8,
    TNPU_REG_CAP_DOT_LSB = 8,
    TNPU_REG_CAP_DOT_W = 8,
    TNPU_REG_CAP_IMEM_LSB = 16,
    TNPU_REG_CAP_IMEM_W = 16,
    TNPU_REG_CTRL_START_LSB = 0,
    TNPU_REG_CTRL_START_W = 1,
    TNPU_REG_CTRL_RESUME_LSB = 1,
    TNPU_REG_CTRL_RESUME_W = 1,
    TNPU_REG_CTRL_ABORT_LSB = 2,
    TNPU_REG_CTRL_ABORT_W = 1,
    TNPU_REG_CTRL_RESET_LSB = 3,
    TNPU_REG_CTRL_RESET_W = 1,
    TNPU_REG_STATUS_BUSY_LSB = 0,
    TNPU_REG_STATUS_BUSY_W = 1,
    TNPU_REG_STATUS_HALTED_LSB = 1,
    TNPU_REG_STATUS_HALTED_W = 1,
    TNPU_REG_STATUS_DONE_LSB = 2,
    TNPU_REG_STATUS_DONE_W = 1,
    TNPU_REG_STATUS_ERROR_LSB = 3,
    TNPU_REG_STATUS_ERROR_W = 1,
    TNPU_REG_STATUS_REASON_LSB = 4,
    TNPU_REG_STATUS_REASON_W = 2,
    TNPU_REG_STATUS_PC_LSB = 16,
    TNPU_REG_STATUS_PC_W = 16,
    TNPU_REG_ERROR_CODE_LSB = 0,
    TNPU_REG_ERROR_CODE_W = 8,
    TNPU_REG_ERROR_PC_LSB = 16,
    TNPU_REG_ERROR_PC_W = 16,
    TNPU_REG_IRQ_DONE_LSB = 0,
    TNPU_REG_IRQ_DONE_W = 1,
    TNPU_REG_IRQ_ERROR_LSB = 1,
    TNPU_REG_IRQ_ERROR_W = 1,
    TNPU_REG_IRQ_EVENT_LSB = 2,
    TNPU_REG_IRQ_EVENT_W = 1,
    TNPU_REG_IRQ_HALT_LSB = 3,
    TNPU_REG_IRQ_HALT_W = 1,
    TNPU_REG_IRQ_ENABLE_MASK_LSB = 0,
    TNPU_REG_IRQ_ENABLE_MASK_W = 4,
    TNPU_REG_START_PC_PC_LSB = 0,
    TNPU_REG_START_PC_PC_W = 16,
    TNPU_REG_STOP_AT_PC_LSB = 0,
    TNPU_REG_STOP_AT_PC_W = 16,
    TNPU_REG_STOP_AT_ENABLE_LSB = 31,
    TNPU_REG_STOP_AT_ENABLE_W = 1,
    TNPU_REG_ARG_ARG_LSB = 0,
    TNPU_REG_ARG_ARG_W = 16,
    TNPU_REG_RELEASE_ROWS_LSB = 0,
    TNPU_REG_RELEASE_ROWS_W = 16,
    TNPU_REG_LOCK_WMEM_LSB = 0,
    TNPU_REG_LOCK_WMEM_W = 1,
};

// Opcodes
enum tnpu_opcode {
    TNPU_OP_END = 0x01, // ends the program: STATUS.DONE, interrupt DONE
    TNPU_OP_EVENT = 0x02, // interrupt EVENT with an argument; goes on
    TNPU_OP_WAIT = 0x03, // halts until RESUME
    TNPU_OP_HOSTOP = 0x04, // halts until the host has done host layer number arg and writes RESUME
    TNPU_OP_CONV = 0x10, // convolution or fully connected layer: all lanes, with pair each half of them, see the same 16 input bytes
    TNPU_OP_DWCONV = 0x11, // 3x3 depthwise convolution through the line buffer; the second operand is the window's centre
    TNPU_OP_DWTAP = 0x12, // depthwise convolution of any kernel, one tap a cycle
    TNPU_OP_POOL = 0x13, // sum (average, mean) or maximum of a window of each channel
    TNPU_OP_ELTWISE = 0x14, // first operand the input, second the residual operand; channel by channel
    TNPU_OP_LUT = 0x15, // each byte through the table at lut_row
    TNPU_OP_COPY = 0x16, // copy with pitch, slice, padding or stride
};

// Values of instruction field res_mode: what is done with the second operand
enum tnpu_res {
    TNPU_RES_NONE,
    TNPU_RES_WIDE,
    TNPU_RES_ADD,
    TNPU_RES_SUB,
    TNPU_RES_MUL,
    TNPU_RES_MAX,
    TNPU_RES_MIN,
};

// Values of instruction field requant: how an accumulator becomes a result
enum tnpu_requant {
    TNPU_REQUANT_NONE,
    TNPU_REQUANT_SCALE,
    TNPU_REQUANT_AVERAGE,
};

// Values of register field STATUS.REASON: why the program is halted
enum tnpu_reason {
    TNPU_REASON_NONE,
    TNPU_REASON_WAIT,
    TNPU_REASON_HOSTOP,
    TNPU_REASON_STOP_AT,
};

// Index of each instruction field in tnpu_fields and in struct tnpu_insn
enum tnpu_field {
    TNPU_F_OPCODE,
    TNPU_F_RELU_FIRST,
    TNPU_F_REQUANT,
    TNPU_F_RES_MODE,
    TNPU_F_RES_SCALAR,
    TNPU_F_ORDER,
    TNPU_F_RELEASE,
    TNPU_F_PARAM_SHARED,
    TNPU_F_LUT,
    TNPU_F_ACC_MAX,
    TNPU_F_PAIR,
    TNPU_F_IN_BASE,
    TNPU_F_PAD_Y,
    TNPU_F_PAD_VALUE,
    TNPU_F_IN_ROW,
    TNPU_F_IN_XSTEP,
    TNPU_F_IN_WB,
    TNPU_F_IN_H,
    TNPU_F_STRIDE_Y,
    TNPU_F_PAD_XB,
    TNPU_F_IN_WXSTEP,
    TNPU_F_KXSTEP,
    TNPU_F_KH,
    TNPU_F_KW,
    TNPU_F_DIL_Y,
    TNPU_F_NCHUNK,
    TNPU_F_IN_WYSTEP,
    TNPU_F_POOL_W,
    TNPU_F_POOL_H,
    TNPU_F_TILE,
    TNPU_F_W_BASE,
    TNPU_F_OUT_C,
    TNPU_F_OUT_BASE,
    TNPU_F_OUT_W,
    TNPU_F_OUT_ROW,
    TNPU_F_OUT_PIX,
    TNPU_F_RES_BASE,
    TNPU_F_OUT_H,
    TNPU_F_RES_ROW,
    TNPU_F_RES_PIX,
    TNPU_F_OUT_ZP,
    TNPU_F_ACT_MIN,
    TNPU_F_ACT_MAX,
    TNPU_F_RES_ZP,
    TNPU_F_WIDE_N,
    TNPU_F_LUT_ROW,
    TNPU_F_IN_W,
    TNPU_F_ARG,
};

// Where each field is: its lowest bit, counted from bit 0 of word 0, and its width
enum {
    TNPU_F_OPCODE_LSB = 0, TNPU_F_OPCODE_BITS = 8,
    TNPU_F_RELU_FIRST_LSB = 8, TNPU_F_RELU_FIRST_BITS = 1,
    TNPU_F_REQUANT_LSB = 9, TNPU_F_REQUANT_BITS = 2,
    TNPU_F_RES_MODE_LSB = 11, TNPU_F_RES_MODE_BITS = 3,
    TNPU_F_RES_SCALAR_LSB = 14, TNPU_F_RES_SCALAR_BITS = 1,
    TNPU_F_ORDER_LSB = 15, TNPU_F_ORDER_BITS = 1,
    TNPU_F_RELEASE_LSB = 16, TNPU_F_RELEASE_BITS = 1,
    TNPU_F_PARAM_SHARED_LSB = 17, TNPU_F_PARAM_SHARED_BITS = 1,
    TNPU_F_LUT_LSB = 18, TNPU_F_LUT_BITS = 1,
    TNPU_F_ACC_MAX_LSB = 19, TNPU_F_ACC_MAX_BITS = 1,
    TNPU_F_PAIR_LSB = 20, TNPU_F_PAIR_BITS = 1,
    TNPU_F_IN_BASE_LSB = 32, TNPU_F_IN_BASE_BITS = 20,
    TNPU_F_PAD_Y_LSB = 52, TNPU_F_PAD_Y_BITS = 4,
    TNPU_F_PAD_VALUE_LSB = 56, TNPU_F_PAD_VALUE_BITS = 8,
    TNPU_F_IN_ROW_LSB = 64, TNPU_F_IN_ROW_BITS = 16,
    TNPU_F_IN_XSTEP_LSB = 80, TNPU_F_IN_XSTEP_BITS = 16,
    TNPU_F_IN_WB_LSB = 96, TNPU_F_IN_WB_BITS = 17,
    TNPU_F_IN_H_LSB = 113, TNPU_F_IN_H_BITS = 10,
    TNPU_F_STRIDE_Y_LSB = 123, TNPU_F_STRIDE_Y_BITS = 4,
    TNPU_F_PAD_XB_LSB = 128, TNPU_F_PAD_XB_BITS = 16,
    TNPU_F_IN_WXSTEP_LSB = 144, TNPU_F_IN_WXSTEP_BITS = 16,
    TNPU_F_KXSTEP_LSB = 160, TNPU_F_KXSTEP_BITS = 16,
    TNPU_F_KH_LSB = 176, TNPU_F_KH_BITS = 6,
    TNPU_F_KW_LSB = 182, TNPU_F_KW_BITS = 6,
    TNPU_F_DIL_Y_LSB = 188, TNPU_F_DIL_Y_BITS = 4,
    TNPU_F_NCHUNK_LSB = 192, TNPU_F_NCHUNK_BITS = 12,
    TNPU_F_IN_WYSTEP_LSB = 204, TNPU_F_IN_WYSTEP_BITS = 8,
    TNPU_F_POOL_W_LSB = 212, TNPU_F_POOL_W_BITS = 4,
    TNPU_F_POOL_H_LSB = 216, TNPU_F_POOL_H_BITS = 4,
    TNPU_F_TILE_LSB = 220, TNPU_F_TILE_BITS = 4,
    TNPU_F_W_BASE_LSB = 224, TNPU_F_W_BASE_BITS = 16,
    TNPU_F_OUT_C_LSB = 240, TNPU_F_OUT_C_BITS = 13,
    TNPU_F_OUT_BASE_LSB = 256, TNPU_F_OUT_BASE_BITS = 20,
    TNPU_F_OUT_W_LSB = 276, TNPU_F_OUT_W_BITS = 10,
    TNPU_F_OUT_ROW_LSB = 288, TNPU_F_OUT_ROW_BITS = 16,
    TNPU_F_OUT_PIX_LSB = 304, TNPU_F_OUT_PIX_BITS = 16,
    TNPU_F_RES_BASE_LSB = 320, TNPU_F_RES_BASE_BITS = 20,
    TNPU_F_OUT_H_LSB = 340, TNPU_F_OUT_H_BITS = 10,
    TNPU_F_RES_ROW_LSB = 352, TNPU_F_RES_ROW_BITS = 16,
    TNPU_F_RES_PIX_LSB = 368, TNPU_F_RES_PIX_BITS = 16,
    TNPU_F_OUT_ZP_LSB = 384, TNPU_F_OUT_ZP_BITS = 8,
    TNPU_F_ACT_MIN_LSB = 392, TNPU_F_ACT_MIN_BITS = 8,
    TNPU_F_ACT_MAX_LSB = 400, TNPU_F_ACT_MAX_BITS = 8,
    TNPU_F_RES_ZP_LSB = 408, TNPU_F_RES_ZP_BITS = 8,
    TNPU_F_WIDE_N_LSB = 416, TNPU_F_WIDE_N_BITS = 5,
    TNPU_F_LUT_ROW_LSB = 432, TNPU_F_LUT_ROW_BITS = 16,
    TNPU_F_IN_W_LSB = 448, TNPU_F_IN_W_BITS = 10,
    TNPU_F_ARG_LSB = 32, TNPU_F_ARG_BITS = 16,
};

// One instruction, decoded: members hold values as a program's author counts them (a count of 1 is 1, whatever its code).
// Members that the opcode does not use are ignored by tnpu_encode and are their code 0 after tnpu_decode (1 for counts).
struct tnpu_insn {
    int32_t opcode; // operation
    int32_t relu_first; // ReLU between bias and post_bias
    int32_t requant; // 0 none (the accumulator itself), 1 multiply by mult and shift, 2 divide (average)
    int32_t res_mode; // second operand: 0 none, 1 wide, 2 ADD, 3 SUB, 4 MUL, 5 MAX, 6 MIN
    int32_t res_scalar; // the second operand is the one byte at its address, for all channels
    int32_t order; // 0: output tile outermost; 1: pixel tile outermost
    int32_t release; // publish in RELEASE the input rows that are needed no more
    int32_t param_shared; // one parameter row for all output tiles
    int32_t lut; // look each output byte up in the table at lut_row
    int32_t acc_max; // POOL: 0 sum, 1 maximum of the window
    int32_t pair; // each read is two vectors: lanes 0..15 take the first, 16..31 the second (32 lanes only)
    int32_t in_base; // byte address of input row 0, column 0, channel 0
    int32_t pad_y; // rows of padding above (DWCONV: 0 or 1)
    int32_t pad_value; // byte read outside the input
    int32_t in_row; // bytes from one input row to the next
    int32_t in_xstep; // bytes from one convolution pixel to the next in a row (DWCONV: one input column to the next)
    int32_t in_wb; // bytes of an input row; positions outside 0..in_wb-1 are padding
    int32_t in_h; // input rows
    int32_t stride_y; // input rows from one convolution row to the next (DWCONV: 1 or 2, for both directions)
    int32_t pad_xb; // bytes of padding on the left (DWCONV: columns, 0 or 1)
    int32_t in_wxstep; // bytes from one output pixel's window to the next in a row: pool_w * in_xstep
    int32_t kxstep; // bytes from one kernel column to the next
    int32_t kh; // kernel rows
    int32_t kw; // kernel columns that are read one by one (1 where a kernel row is contiguous)
    int32_t dil_y; // input rows from one kernel row to the next
    int32_t nchunk; // 16-byte chunks a kernel column
    int32_t in_wystep; // input rows from one output row to the next: pool_h * stride_y
    int32_t pool_w; // columns of the fused maximum pool
    int32_t pool_h; // rows of the fused maximum pool
    int32_t tile; // output pixels a tile; tile * pool_w * pool_h is at most 16
    int32_t w_base; // first weight-memory row
    int32_t out_c; // output channels
    int32_t out_base; // byte address of output row 0, column 0, channel 0
    int32_t out_w; // output columns (after pooling)
    int32_t out_row; // bytes from one output row to the next
    int32_t out_pix; // bytes from one output pixel to the next
    int32_t res_base; // byte address of the second operand
    int32_t out_h; // output rows (after pooling)
    int32_t res_row; // bytes from one row of the second operand to the next
    int32_t res_pix; // bytes from one pixel of the second operand to the next; 0 broadcasts
    int32_t out_zp; // output zero point
    int32_t act_min; // smallest output
    int32_t act_max; // largest output
    int32_t res_zp; // zero point of the second operand
    int32_t wide_n; // wide residual: bits of the finer grid
    int32_t lut_row; // weight-memory row of the table
    int32_t in_w; // DWCONV: input columns
    int32_t arg; // EVENT, WAIT, HOSTOP: argument
};

struct tnpu_field_info {
    const char *name;
    uint8_t word, lsb, width;
    uint8_t is_signed, minus_one; // encoding: two's complement; value minus one
    uint8_t minor;                // of the ISA version that brought it
    int32_t min, max;             // as counted in struct tnpu_insn
};
struct tnpu_opcode_info {
    const char *name;
    uint8_t code;
    uint64_t fields;             // bit n: field n is used
    uint32_t reserved[TNPU_IWORDS]; // bits that must be zero
};
struct tnpu_reg_info {
    const char *name;
    uint8_t offset;
};
struct tnpu_config {
    const char *name;
    int lanes;       // output channels a cycle
    int wmem_rows;   // rows of lanes * 16 bytes
    int fmem_bytes;  // feature memory
    int imem_depth;  // instructions
};

extern const struct tnpu_field_info tnpu_fields[TNPU_NUM_FIELDS];
extern const struct tnpu_opcode_info tnpu_opcodes[TNPU_NUM_OPCODES];
extern const struct tnpu_reg_info tnpu_regs[TNPU_NUM_REGS];
extern const struct tnpu_config tnpu_configs[TNPU_NUM_CONFIGS];
extern const char *const tnpu_hw_error_text[TNPU_NUM_HW_ERRORS];

// The configuration of that name, or a null pointer.
const struct tnpu_config *tnpu_config_find(const char *name);
// The table entry of an opcode, or a null pointer for an illegal one.
const struct tnpu_opcode_info *tnpu_opcode_find(unsigned code);
// Packs an instruction; members that its opcode does not use are left out. Values are truncated to their fields.
void tnpu_encode(const struct tnpu_insn *insn, uint32_t words[TNPU_IWORDS]);
// Unpacks an instruction; of an illegal opcode only the opcode.
void tnpu_decode(const uint32_t words[TNPU_IWORDS], struct tnpu_insn *insn);

#endif
