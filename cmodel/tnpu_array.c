// SPDX-License-Identifier: Apache-2.0
// The array: dot products, taps and window operations into int32 accumulators that wrap.
#include <string.h>

#include "tnpu_unit.h"

void tnpu_array_clear(const struct tnpu_job *job, int32_t *acc) {
    memset(acc, 0, (size_t)job->lanes * sizeof *acc);
}

static int32_t wrap_add(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

// tap: number of the read within its convolution pixel; weights: the current weight row, lane c's
// bytes from 16 c on
void tnpu_array_mac(const struct tnpu_job *job, int tap, const int8_t *weights, const int8_t *x,
                    int32_t *acc) {
    for (int c = 0; c < job->lanes; c++) {
        const int8_t *w = weights ? weights + TNPU_DOT * c : NULL;
        const int8_t *own = x + c / (job->lanes / job->sets) * TNPU_DOT; // CONV: its set's bytes
        int32_t sum = 0;
        switch (job->f.opcode) {
        case TNPU_OP_CONV:
            for (int i = 0; i < TNPU_DOT; i++) sum += own[i] * w[i];
            acc[c] = wrap_add(acc[c], sum);
            break;
        case TNPU_OP_DWTAP:
            acc[c] = wrap_add(acc[c], x[c] * w[tap % TNPU_DOT]);
            break;
        case TNPU_OP_POOL:
            if (!job->f.acc_max)
                acc[c] = wrap_add(acc[c], x[c]);
            else if (tap == 0 || x[c] > acc[c])
                acc[c] = x[c];
            break;
        default:
            acc[c] = x[c]; // ELTWISE, LUT, COPY
        }
    }
}
