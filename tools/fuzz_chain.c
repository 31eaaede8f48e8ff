// SPDX-License-Identifier: Apache-2.0
// Which instruction reads what another one wrote: found by walking all addresses, byte by byte.
#include "fuzz_program.h"

#include "tnpu_isa.h"

#include <stdlib.h>
#include <string.h>

/// Depth of the instruction that wrote each byte last: 0 none, 1 one that reads nobody's bytes, ...
struct owners {
    uint8_t *depth;
    int deepest; ///< of the bytes read by the instruction at hand
    const struct tnpu_config *config;
    const struct tnpu_insn *insn;
};

static void read_bytes(struct owners *o, int64_t address, int64_t n) {
    for (int64_t a = address; a < address + n; a++)
        if (a >= 0 && a < o->config->fmem_bytes && o->depth[a] > o->deepest)
            o->deepest = o->depth[a];
}

/// `n` bytes at position `pos` of input row y, as far as they are not padding.
static void read_input(struct owners *o, int64_t y, int64_t pos, int64_t n) {
    const struct tnpu_insn *i = o->insn;
    if (y < 0 || y >= i->in_h) return;
    int64_t first = pos < 0 ? 0 : pos, end = pos + n < i->in_wb ? pos + n : i->in_wb;
    if (first < end) read_bytes(o, i->in_base + y * i->in_row + first, end - first);
}

static void read_window(struct owners *o, int oy, int ox, int64_t bytes) {
    const struct tnpu_insn *i = o->insn;
    for (int wy = 0; wy < i->pool_h; wy++)
        for (int wx = 0; wx < i->pool_w; wx++)
            for (int ky = 0; ky < i->kh; ky++)
                for (int kx = 0; kx < i->kw; kx++)
                    read_input(
                        o, (int64_t)oy * i->in_wystep + wy * i->stride_y - i->pad_y + ky * i->dil_y,
                        (int64_t)ox * i->in_wxstep + (int64_t)wx * i->in_xstep - i->pad_xb +
                            (int64_t)kx * i->kxstep,
                        bytes);
}

static void read_all(struct owners *o) {
    const struct tnpu_insn *i = o->insn;
    int64_t span =
        (int64_t)((i->out_c + o->config->lanes - 1) / o->config->lanes) * o->config->lanes;
    if (i->opcode == TNPU_OP_DWCONV)
        for (int y = 0; y < i->in_h; y++)
            for (int x = 0; x < i->in_w; x++)
                read_bytes(o, i->in_base + (int64_t)y * i->in_row + (int64_t)x * i->in_xstep, span);
    for (int oy = 0; oy < i->out_h; oy++)
        for (int ox = 0; ox < i->out_w; ox++) {
            if (i->opcode != TNPU_OP_DWCONV)
                read_window(o, oy, ox,
                            i->opcode == TNPU_OP_CONV ? (int64_t)(i->nchunk + i->pair) * TNPU_DOT
                                                      : span);
            if (i->res_mode && i->opcode != TNPU_OP_DWCONV)
                read_bytes(o, i->res_base + (int64_t)oy * i->res_row + (int64_t)ox * i->res_pix,
                           i->res_scalar ? 1 : span);
        }
}

int fuzz_chain(const struct fuzz_program *program) {
    struct owners o = {.config = program->config};
    int longest = 0;
    o.depth = calloc((size_t)program->config->fmem_bytes, 1);
    for (int n = 0; o.depth && n < program->count; n++) {
        struct tnpu_insn insn;
        tnpu_decode(program->insns[n].words, &insn);
        if (tnpu_isa_check(program->insns[n].words, program->config) != TNPU_HW_NONE) break;
        if (fuzz_is_compute(insn.opcode)) {
            o.insn = &insn;
            o.deepest = 0;
            read_all(&o);
            if (o.deepest + 1 > longest) longest = o.deepest + 1;
            for (int oy = 0; oy < insn.out_h; oy++)
                for (int ox = 0; ox < insn.out_w; ox++)
                    memset(o.depth + insn.out_base + oy * insn.out_row + ox * insn.out_pix,
                           o.deepest + 1, (size_t)insn.out_c);
        }
    }
    free(o.depth);
    return longest;
}
