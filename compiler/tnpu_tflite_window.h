// SPDX-License-Identifier: Apache-2.0
// Windows of convolutions and pooling: output size and padding by TensorFlow Lite's rules.
#ifndef TNPU_TFLITE_WINDOW_H
#define TNPU_TFLITE_WINDOW_H

#include "tnpu_tflite_build.h"

struct tnpu_tfl_window {
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int top, left, bottom, right; ///< padding
    int out_h, out_w;
};

/// Returns 0, or -1 with a reason.
int tnpu_tfl_window(struct tnpu_tfl_build *b, const struct tnpu_tfl_options *o,
                    struct tnpu_tfl_shape in, int kernel_h, int kernel_w,
                    struct tnpu_tfl_window *w);

void tnpu_tfl_window_fields(struct tnpu_qlayer *l, const struct tnpu_tfl_window *w);

#endif
