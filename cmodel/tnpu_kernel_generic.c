// SPDX-License-Identifier: Apache-2.0
// Vector code for any processor, and the choice among what there is.
#if !defined(TNPU_MODEL_SCALAR)
#define TNPU_KERNELS tnpu_kernels_generic
#define TNPU_KERNELS_NAME "generic"
#include "tnpu_kernel_body.h"

const struct tnpu_kernels *tnpu_kernels_nth(int n) {
    const struct tnpu_kernels *can[3];
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        can[count++] = &tnpu_kernels_avx512;
    if (__builtin_cpu_supports("avx2")) can[count++] = &tnpu_kernels_avx2;
#endif
    can[count++] = &tnpu_kernels_generic;
    return n < count ? can[n] : NULL;
}
#endif
