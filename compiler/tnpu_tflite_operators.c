// SPDX-License-Identifier: Apache-2.0
// The operators that the compiler takes: how each is built, and what docs/OPERATORS.md says of it.
#include "tnpu_tflite.h"
#include "tnpu_tflite_table.h"

#include <ctype.h>

#define MANY TNPU_TFL_COUNT_MAX
#define VECTORS "out_h * out_w * G"

const struct tnpu_tfl_operator tnpu_tfl_operators[] = {
    {TNPU_TFL_CONV_2D, tnpu_tfl_conv, 2, 3, 1, 1, "CONV_2D",
     "any kernel, stride, dilation, padding; groups; RELU, RELU6, RELU_N1_TO_1", "CONV",
     "out_h * out_w * G * kh * ceil(kw * C / 16), where pixels have gaps kh * kw * ceil(C / 16); "
     "fewer where pixels or kernel rows share "
     "reads ([DESIGN](DESIGN.md))"},
    {TNPU_TFL_DEPTHWISE_CONV_2D, tnpu_tfl_depthwise, 2, 3, 1, 2, "DEPTHWISE_CONV_2D",
     "any kernel, stride, dilation, padding; depth multiplier; RELU, RELU6, RELU_N1_TO_1",
     "DWCONV (3x3, stride 1 or 2), DWTAP; CONV for a depth multiplier or one input channel",
     "in_h * in_w * G and one row (stride 2: one row of two), DWTAP out_h * out_w * G * kh * kw"},
    {TNPU_TFL_FULLY_CONNECTED, tnpu_tfl_fully_connected, 2, 3, 1, 8, "FULLY_CONNECTED",
     "of a flattened map too; RELU, RELU6, RELU_N1_TO_1", "CONV with a kernel of the map's size",
     "G * (in_h * ceil(in_w * C / 16) + 1)"},
    {TNPU_TFL_ADD, tnpu_tfl_add, 2, 2, 1, 11, "ADD",
     "broadcast of rows, columns, channels of one operand; constants; RELU, RELU6, RELU_N1_TO_1",
     "in the CONV that makes one operand (res_mode ADD); else ELTWISE",
     "4 * " VECTORS "; in a CONV at least that"},
    {TNPU_TFL_SUB, tnpu_tfl_add, 2, 2, 1, 28, "SUB", "as ADD", "as ADD", "4 * " VECTORS},
    {TNPU_TFL_MUL, tnpu_tfl_mul, 2, 2, 1, 21, "MUL", "as ADD", "ELTWISE", VECTORS},
    {TNPU_TFL_MAXIMUM, tnpu_tfl_larger, 2, 2, 1, 0, "MAXIMUM", "broadcast; constants", "ELTWISE",
     VECTORS},
    {TNPU_TFL_MINIMUM, tnpu_tfl_larger, 2, 2, 1, 0, "MINIMUM", "broadcast; constants", "ELTWISE",
     VECTORS},
    {TNPU_TFL_AVERAGE_POOL_2D, tnpu_tfl_average, 1, 1, 1, 5, "AVERAGE_POOL_2D",
     "windows of at most 2,896 values and 64 a side; SAME too, an instruction for each size of "
     "window",
     "POOL", VECTORS " * kh * kw"},
    {TNPU_TFL_MAX_POOL_2D, tnpu_tfl_maximum_pool, 1, 1, 1, 5, "MAX_POOL_2D",
     "windows of at most 64 a side", "POOL", VECTORS " * kh * kw"},
    {TNPU_TFL_MEAN, tnpu_tfl_mean, 2, 2, 1, 0, "MEAN",
     "over rows, columns or both, at most 64 each", "POOL", VECTORS " * h * w"},
    {TNPU_TFL_LOGISTIC, tnpu_tfl_table, 1, 1, 1, 0, "LOGISTIC", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_TANH, tnpu_tfl_table, 1, 1, 1, 0, "TANH", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_HARD_SWISH, tnpu_tfl_table, 1, 1, 1, 0, "HARD_SWISH", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_LEAKY_RELU, tnpu_tfl_table, 1, 1, 1, 75, "LEAKY_RELU", "slope at least 0", "LUT",
     VECTORS " + 16"},
    {TNPU_TFL_RELU, tnpu_tfl_table, 1, 1, 1, 0, "RELU", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_RELU6, tnpu_tfl_table, 1, 1, 1, 0, "RELU6", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_RELU_N1_TO_1, tnpu_tfl_table, 1, 1, 1, 0, "RELU_N1_TO_1", "", "LUT", VECTORS " + 16"},
    {TNPU_TFL_QUANTIZE, tnpu_tfl_table, 1, 1, 1, 0, "QUANTIZE",
     "int8 to int8; from float or uint8 at the network's input, to uint8 at its output",
     "LUT; from float the host; what only adds or takes 128 is nothing but the edge's type",
     VECTORS " + 16"},
    {TNPU_TFL_DEQUANTIZE, tnpu_tfl_table, 1, 1, 1, 0, "DEQUANTIZE", "at the network's output",
     "the host", "-"},
    {TNPU_TFL_SOFTMAX, tnpu_tfl_softmax, 1, 1, 1, 9, "SOFTMAX", "over at most 4,095 channels",
     "the host", "-"},
    {TNPU_TFL_RESHAPE, tnpu_tfl_reshape, 1, 2, 1, 0, "RESHAPE",
     "to as many channels, or in front of FULLY_CONNECTED: nothing is done",
     "otherwise COPY to pixels without gaps", "none; COPY " VECTORS},
    {TNPU_TFL_SQUEEZE, tnpu_tfl_reshape, 1, 1, 1, 0, "SQUEEZE", "as RESHAPE", "as RESHAPE",
     "as RESHAPE"},
    {TNPU_TFL_EXPAND_DIMS, tnpu_tfl_reshape, 2, 2, 1, 0, "EXPAND_DIMS", "as RESHAPE", "as RESHAPE",
     "as RESHAPE"},
    {TNPU_TFL_PAD, tnpu_tfl_pad, 2, 2, 1, 0, "PAD", "rows, columns, channels",
     "rows and columns in the convolutions behind it; else COPY, with channels several",
     "none; COPY " VECTORS},
    {TNPU_TFL_PADV2, tnpu_tfl_pad, 3, 3, 1, 0, "PADV2", "as PAD, any constant",
     "as PAD where it is the zero point; else COPY", VECTORS},
    {TNPU_TFL_CONCATENATION, tnpu_tfl_concatenation, 1, MANY, 1, 10, "CONCATENATION",
     "rows, columns or channels of equal scales", "COPY, one an input", VECTORS " of each input"},
    {TNPU_TFL_SLICE, tnpu_tfl_slice, 3, 3, 1, 0, "SLICE", "rows, columns, channels", "COPY",
     VECTORS},
    {TNPU_TFL_STRIDED_SLICE, tnpu_tfl_strided_slice, 4, 4, 1, 32, "STRIDED_SLICE",
     "strides 1 to 15 of rows and columns, 1 of channels", "COPY", VECTORS},
    {TNPU_TFL_SPLIT, tnpu_tfl_split, 2, 2, MANY, 35, "SPLIT", "rows, columns, channels",
     "COPY, one an output", VECTORS " of each output"},
    {TNPU_TFL_RESIZE_NEAREST_NEIGHBOR, tnpu_tfl_enlarge, 2, 2, 1, 74, "RESIZE_NEAREST_NEIGHBOR",
     "by 2 or 4, without align_corners", "COPY, 4 or 16", VECTORS},
    {0},
};

void tnpu_tfl_vectors(const struct tnpu_tfl_operator *o, char file[TNPU_TFL_NAME_MAX]) {
    snprintf(file, TNPU_TFL_NAME_MAX, "%s.golden.gz", o->name);
    for (char *p = file; *p; p++) *p = (char)tolower(*p);
}

void tnpu_tflite_document(FILE *to) {
    fputs(
        "# Operators of .tflite networks\n\n"
        "*Made by `tnpu compile --operators` from the compiler's table: do not edit.*\n\n"
        "Int8 full-integer networks with one input and one output, a batch of one, at most four "
        "dimensions, the last being channels. Each operator gives\n"
        "the bytes of TensorFlow Lite's reference kernel. G = ceil(output channels / LANES); "
        "cycles are the issue cycles of CYCLES.md, without the start and end of an\n"
        "instruction. What a row does not list is refused in a line that names the operator and "
        "the reason. A layer whose weights, feature maps or instructions do not fit beside the "
        "others, or whose numbers or\n"
        "addresses no instruction of the configuration has (with 32 lanes addresses are multiples "
        "of 16), becomes a host layer, which `--report` names with the reason and `--strict`\n"
        "refuses. A network of which nothing is left for the NPU is refused: it would only cost "
        "time; a larger `--config` may hold it, else it is one for TensorFlow Lite alone. The "
        "last\n"
        "column is the file of the operator's vectors ([GOLDEN_FORMAT](GOLDEN_FORMAT.md)), which "
        "the tests `golden_ops` and `golden_net` run.\n\n"
        "| operator | takes | runs as | cycles | test |\n| --- | --- | --- | --- | --- |\n",
        to);
    for (const struct tnpu_tfl_operator *o = tnpu_tfl_operators; o->build; o++) {
        char vectors[TNPU_TFL_NAME_MAX];
        tnpu_tfl_vectors(o, vectors);
        fprintf(to, "| %s | %s | %s | %s | [%s](../tests/vectors/tflite/%s) |\n", o->name,
                o->takes[0] ? o->takes : "-", o->where, o->cycles, vectors, vectors);
    }
}
