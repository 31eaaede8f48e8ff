// SPDX-License-Identifier: Apache-2.0
// A compiled network: what a .tnpu file holds (docs/PROGRAM_FORMAT.md), in memory.
//
//     struct tnpu_program p;
//     if (tnpu_program_load(&p, "net.tnpu", &err)) // checks every byte
//         return -1;                               // err.text says what is wrong
//     const struct tnpu_qtensor *in = &p.graph.tensors[p.graph.input]; // h, w, c, zero point
//     const struct tnpu_place *at = &p.plan.place[p.graph.input];      // where in feature memory
//     ...
//     tnpu_program_free(&p);
//
// The layers 0..npu_layers-1 are instructions; those after them run on the host when the NPU has
// reached END: they read tensors that are in feature memory then, or each other's. A layer before
// them that the host runs is one HOSTOP with its index as argument: the NPU halts there, its
// operands are in feature memory, and its result goes there before RESUME. A tensor that only host
// layers touch, be it the input, is not in feature memory: the host keeps it.
// tnpu_lower.h makes programs, tnpu_host_layer.h runs host layers.
#ifndef TNPU_PROGRAM_H
#define TNPU_PROGRAM_H

#include "tnpu_plan.h"
#include "tnpu_qgraph.h"
#include "tnpu_spec.h"

#include <stddef.h>
#include <stdint.h>

#define TNPU_FORMAT_VERSION 3
#define TNPU_PROGRAM_FILE_MAX ((size_t)256 << 20)
#define TNPU_REASON_MAX 128 ///< bytes of a host layer's reason, terminating zero included

struct tnpu_program_layer {
    int insn, insn_count;         ///< its instructions; a host layer behind END has none
    int w_base, w_rows;           ///< its rows of weight memory
    char reason[TNPU_REASON_MAX]; ///< why the host runs it; empty for a layer of the NPU
};

struct tnpu_program {
    const struct tnpu_config *config; ///< the machine that it is for, from the table of tnpu_spec.h
    struct tnpu_qgraph graph;         ///< weights and constants of host layers only
    struct tnpu_plan plan;
    struct tnpu_program_layer *layers; ///< [graph.layer_count]
    int npu_layers;                    ///< those before END, at least 1
    uint32_t *insns;                   ///< [insn_count * TNPU_IWORDS]
    int insn_count;
    uint8_t *wmem; ///< [wmem_rows * config->lanes * TNPU_DOT], as rows lie in weight memory
    int wmem_rows;
    uint8_t *float_net; ///< the float network's file as it was read, or NULL; never for the NPU
    size_t float_size;
};

/// The tensor that the NPU leaves in feature memory.
static inline int tnpu_program_npu_output(const struct tnpu_program *p) {
    return p->graph.layers[p->npu_layers - 1].output;
}

/// Whether the host runs layer i.
static inline bool tnpu_program_is_host(const struct tnpu_program *p, int i) {
    return p->layers[i].reason[0] != 0;
}

/// When tensor t of the graph is complete in feature memory: after this many instructions of the
/// program have ended (0: the input, before the first). -1: it never lies there; only the host has
/// it, after its layers have run.
int tnpu_program_ready(const struct tnpu_program *p, int t);

/// Until when it stays so: this many instructions may have ended before something else may be
/// written over it. (Of a tensor that is kept to the end, the number of all instructions.)
int tnpu_program_until(const struct tnpu_program *p, int t);

/// Reads a file and checks it (tnpu_program_parse). Returns 0, or -1 with a reason and *p empty.
int tnpu_program_load(struct tnpu_program *p, const char *path, struct tnpu_error *e);

/// The same from memory; `label` stands for the file in messages. The bytes are not trusted: beside
/// the checksums, every count, offset, address and field is checked against the configuration.
int tnpu_program_parse(struct tnpu_program *p, const char *label, const uint8_t *bytes, size_t size,
                       struct tnpu_error *e);

/// The file's bytes; *bytes is the caller's to free. The same program gives the same bytes.
int tnpu_program_bytes(const struct tnpu_program *p, uint8_t **bytes, size_t *size,
                       struct tnpu_error *e);

/// Writes the file, whole or not at all. Returns 0, or -1 with a reason.
int tnpu_program_save(const struct tnpu_program *p, const char *path, struct tnpu_error *e);

/// Checks that a program is one that the machine can be given: instructions legal, addresses within
/// the configuration's memories, tensors and host layers consistent. Part of tnpu_program_parse.
int tnpu_program_check(const struct tnpu_program *p, const char *label, struct tnpu_error *e);

/// Releases everything the program owns and zeroes it. A zeroed program may be freed.
void tnpu_program_free(struct tnpu_program *p);

#endif
