// SPDX-License-Identifier: Apache-2.0
// The tail of the pipeline: maximum over the pooling window, then the table.
#include <string.h>

#include "tnpu_unit.h"

bool tnpu_tail_take(struct tnpu_tail *tail, const struct tnpu_job *job, int index,
                    const int8_t *y) {
    if (index == 0)
        memcpy(tail->best, y, (size_t)job->lanes);
    else
        for (int c = 0; c < job->lanes; c++)
            if (y[c] > tail->best[c]) tail->best[c] = y[c];
    if (index < job->window - 1) return false;
    if (tail->table)
        for (int c = 0; c < job->lanes; c++) tail->best[c] = tail->table[tail->best[c] + 128];
    return true;
}
