// SPDX-License-Identifier: Apache-2.0
// Functions of one byte, as tables of 256: activations and requantisation.
#include "tnpu_tflite_build.h"

#include <math.h>

/// Fills the table. Returns 0, or -1 where the scales are too far from each other.
static int fill(const struct tnpu_tfl_op *op, struct tnpu_quantisation in,
                struct tnpu_quantisation out, int8_t table[256]) {
    double factor = (double)in.scale / (double)out.scale, slope = (double)op->options.alpha;
    if (!(factor < 1 << 20) || !(slope >= 0 && slope * factor < 1 << 20)) return -1;
    switch (op->code) {
    case TNPU_TFL_LOGISTIC:
        tnpu_table_logistic(table, in, out);
        return 0;
    case TNPU_TFL_TANH:
        tnpu_table_tanh(table, in, out);
        return 0;
    case TNPU_TFL_HARD_SWISH:
        return tnpu_table_hard_swish(table, in, out);
    case TNPU_TFL_LEAKY_RELU:
        tnpu_table_leaky_relu(table, in, out, op->options.alpha);
        return 0;
    case TNPU_TFL_RELU:
        tnpu_table_relu(table, in, out, 0, INFINITY);
        return 0;
    case TNPU_TFL_RELU6:
        tnpu_table_relu(table, in, out, 0, 6);
        return 0;
    case TNPU_TFL_RELU_N1_TO_1:
        tnpu_table_relu(table, in, out, -1, 1);
        return 0;
    default:
        tnpu_table_quantize(table, in, out);
        return 0;
    }
}

int tnpu_tfl_table(struct tnpu_tfl_build *b, const struct tnpu_tfl_op *op) {
    int in = tnpu_tfl_operand(b, op, 0);
    int out = in < 0 ? -1 : tnpu_tfl_result(b, op, 0, tnpu_tfl_shape_of(b, in));
    struct tnpu_qlayer *l = out < 0 ? NULL : tnpu_tfl_add_layer(b, TNPU_QOP_TABLE, in, out);
    if (!l || tnpu_tfl_add_constants(b, l)) return -1;
    struct tnpu_quantisation from = tnpu_tfl_quantisation(b, in);
    struct tnpu_quantisation to = tnpu_tfl_quantisation(b, out);
    if (fill(op, from, to, l->weights))
        return tnpu_tfl_refuse(b, "its scales %g and %g or its slope %g are out of range",
                               (double)from.scale, (double)to.scale, (double)op->options.alpha);
    return 0;
}
