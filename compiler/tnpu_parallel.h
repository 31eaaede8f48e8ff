// SPDX-License-Identifier: Apache-2.0
// Runs independent jobs on several threads.
#ifndef TNPU_PARALLEL_H
#define TNPU_PARALLEL_H

/// One job. `worker` (0..threads - 1) says which thread runs it, for buffers that are per thread;
/// results must depend on `index` alone. Returns 0, or non-zero to stop early.
typedef int tnpu_job(void *ctx, int worker, int index);

/// Runs job(ctx, worker, i) for i = 0..count - 1 on `threads` threads (1: the caller's own, and
/// that is also what is used where threads cannot be started). Returns 0, or -1 if a job failed.
int tnpu_parallel(int threads, int count, tnpu_job *job, void *ctx);

#endif
