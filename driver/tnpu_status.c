// SPDX-License-Identifier: Apache-2.0
// One text for each status.
#include "tnpu_status.h"

static const struct {
    int number;
    const char *text;
} statuses[] = {
#define X(name, number, text) {(number), text},
    TNPU_STATUS_LIST(X)
#undef X
};

const char *tnpu_status_text(int status) {
    if (status > 0) return statuses[0].text;
    for (unsigned i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].number == status) return statuses[i].text;
    return "no status of this driver";
}
