// SPDX-License-Identifier: Apache-2.0
// Stream mode: picture after picture, with the upload of the next one, the run of this one and the
// result of the last one at the same time.
//
//     struct tnpu_stream s;
//     tnpu_stream_begin(&s, &npu);                             // loaded (tnpu.h)
//     for (;;) {
//         next_picture(picture);
//         rc = tnpu_stream_push(&s, picture, sizeof picture, result, sizeof result, 100000);
//         if (rc > 0) use(result);                   // of the picture before this one
//         if (rc < 0) break;
//     }
//     rc = tnpu_stream_end(&s, result, sizeof result, 100000);      // of the last one
//
// Where the chip has room for the program twice, and for a second input, a picture goes to the
// input that is not in use. Else its rows go up as soon as the run before it needs the old ones no
// more (RELEASE). Where the program does not keep the input's memory free (net->input_reserved), or
// host layers behind the NPU's last read the input, it goes up between the runs. The result of a
// run is read while the next one runs, as far as the memory map allows: the next one is made to
// halt before it would overwrite it. Host layers that are attached (tnpu.h) are run: those behind
// the NPU's last while the next run goes on. The chip's counters may be those of two runs.
#ifndef TNPU_STREAM_H
#define TNPU_STREAM_H

#include "tnpu.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tnpu_stream {
    struct tnpu *npu;
    uint32_t guard; ///< instruction that a run must not reach before the last result is read; 0:
                    ///< the result is read before the run starts
    bool ahead;     ///< the next picture goes up while a run goes on
    bool second;    ///< the next picture is for the second of the two programs (tnpu_twin.h)
    uint32_t looks; ///< times that RELEASE was read in vain
};

/// *npu must be loaded, and nothing run: TNPU_ERR_STATE otherwise.
int tnpu_stream_begin(struct tnpu_stream *s, struct tnpu *npu);

/// Sends a picture, waits for the end of the run before, starts the picture's run, and reads the
/// result of the run before into result[result_size]. Returns 1 if there was one, 0 for the first
/// picture. Every wait ends after `timeout_us`: TNPU_ERR_TIMEOUT. After an error: tnpu_reset, and
/// begin again.
int tnpu_stream_push(struct tnpu_stream *s, const void *input, size_t input_size, void *result,
                     size_t result_size, uint32_t timeout_us);

/// Waits for the last run, reads its result, and leaves the program as tnpu_load did: jobs, or
/// another stream, may follow. Returns 1, or 0 if nothing was pushed. A stream that is given up
/// without it needs tnpu_reset before the next job.
int tnpu_stream_end(struct tnpu_stream *s, void *result, size_t result_size, uint32_t timeout_us);

#ifdef __cplusplus
}
#endif
#endif
