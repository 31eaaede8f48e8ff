// SPDX-License-Identifier: Apache-2.0
// Vector code for x86 processors with AVX2.
#if defined(__x86_64__) && !defined(TNPU_MODEL_SCALAR)
#pragma GCC target("avx2")
#define TNPU_KERNELS tnpu_kernels_avx2
#define TNPU_KERNELS_NAME "AVX2"
#include "tnpu_kernel_body.h"
#endif
