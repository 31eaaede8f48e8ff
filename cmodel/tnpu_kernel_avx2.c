// SPDX-License-Identifier: Apache-2.0
// Vector code for x86 processors with AVX2.
#if defined(__x86_64__) && !defined(TNPU_MODEL_SCALAR)
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#define TNPU_KERNELS tnpu_kernels_avx2
#define TNPU_KERNELS_NAME "AVX2"
#include "tnpu_kernel_body.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
