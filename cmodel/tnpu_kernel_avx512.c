// SPDX-License-Identifier: Apache-2.0
// Vector code for x86 processors with AVX-512 and its dot product of bytes (VNNI).
#if defined(__x86_64__) && !defined(TNPU_MODEL_SCALAR)
#ifdef __clang__
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,prefer-vector-width=512")
#endif
#define TNPU_KERNELS tnpu_kernels_avx512
#define TNPU_KERNELS_NAME "AVX-512 VNNI"
#include "tnpu_kernel_body.h"
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
