// SPDX-License-Identifier: Apache-2.0
// A small network as a program file, an input, and the right result by the reference executor,
// which knows nothing of the driver; or a network of a file, by the C model.
#ifndef TINY_H
#define TINY_H

#include "tnpu.h"
#include "tnpu_qexec.h"
#include "tnpu_spec.h"

enum { TINY_INPUT_MAX = 56 * 56 * 3, TINY_RESULT_MAX = 16 * 16 * 8 };

struct tiny {
    struct tnpu_qgraph graph;
    struct tnpu_qexec *right; ///< the reference executor; NULL: the C model says what is right
    uint8_t *bytes;           ///< the .tnpu file
    size_t size;
    struct tnpu_net net;
    size_t input_size, result_size;
    uint8_t input[TINY_INPUT_MAX];
    uint8_t result[TINY_RESULT_MAX];
};

/// Makes it for that configuration; inputs and weights by seed. Fails the test if it cannot.
void tiny_make(struct tiny *t, const char *config, uint64_t seed);
/// The same, shapes and operators by seed, too.
void tiny_draw(struct tiny *t, const char *config, uint64_t seed);
/// Compiles t->graph, whatever it is, for that configuration; the reference executor says what is
/// right.
void tiny_compile(struct tiny *t, const char *config);
void tiny_compile_for(struct tiny *t, const struct tnpu_config *config);
/// Another network, not quite as small, from a program file; the right result is the C model's.
void tiny_load(struct tiny *t, const char *file, uint64_t seed);
/// Another input, and the result for it.
void tiny_input(struct tiny *t, uint64_t seed);
/// Open, load, and so many runs, with inputs drawn by seed and a time-out for each. Returns 0 or
/// the first error; wrong bytes fail the test at once.
int tiny_session(struct tiny *t, struct tnpu *npu, const struct tnpu_transport *link, unsigned seed,
                 unsigned runs, uint32_t timeout_us);
void tiny_free(struct tiny *t);

#endif
