// SPDX-License-Identifier: Apache-2.0
// Limits of the rules, found by asking the rules: where along a field's codes the verdict changes.
#include "fuzz_program.h"

#include "tnpu_isa.h"

#include <string.h>

void fuzz_force(uint32_t words[TNPU_IWORDS], enum tnpu_field field, uint32_t code) {
    const struct tnpu_field_info *f = &tnpu_fields[field];
    uint32_t mask = (uint32_t)((1ull << f->width) - 1);
    words[f->word] &= ~(mask << f->lsb);
    words[f->word] |= (code & mask) << f->lsb;
}

static enum tnpu_hw_error verdict(const uint32_t words[TNPU_IWORDS], enum tnpu_field field,
                                  uint32_t code, const struct tnpu_config *config) {
    uint32_t changed[TNPU_IWORDS];
    memcpy(changed, words, sizeof changed);
    fuzz_force(changed, field, code);
    return tnpu_isa_check(changed, config);
}

int fuzz_limits(const uint32_t words[TNPU_IWORDS], enum tnpu_field field,
                const struct tnpu_config *config, uint32_t limits[FUZZ_LIMITS_MAX]) {
    int count = 0;
    uint32_t low = 0;
    enum tnpu_hw_error below = verdict(words, field, low, config);
    // verdicts at 0, 1, 3, 7, ... and at the current code; between two that differ lies a limit
    for (int bits = 1; bits <= tnpu_fields[field].width && count < FUZZ_LIMITS_MAX; bits++) {
        uint32_t end = (uint32_t)((1ull << bits) - 1), high = end;
        enum tnpu_hw_error above = verdict(words, field, end, config);
        if (above != below) {
            while (high - low > 1) {
                uint32_t middle = low + (high - low) / 2;
                if (verdict(words, field, middle, config) == below)
                    low = middle;
                else
                    high = middle;
            }
            limits[count++] = low;
        }
        low = end;
        below = above;
    }
    return count;
}
