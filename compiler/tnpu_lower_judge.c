// SPDX-License-Identifier: Apache-2.0
// Which layers are instructions of the configuration, whatever its memories hold, and how many
// instructions and rows of weight memory they take.
#include "tnpu_lower_assign.h"

#include "tnpu_isa.h"

#include <stdio.h>
#include <stdlib.h>

void tnpu_lower_take(struct tnpu_program_layer *l, const char *reason) {
    snprintf(l->reason, sizeof l->reason, "%.*s", TNPU_REASON_MAX - 1, reason);
    l->w_rows = l->insn_count = 0;
}

/// A plan in which every tensor has its pitches and lies at address 0: enough to know a layer's
/// rows, and whether it can be an instruction at all.
static int plan_somewhere(struct tnpu_plan *plan, const struct tnpu_qgraph *g,
                          const struct tnpu_config *config, struct tnpu_error *e) {
    const struct tnpu_config roomy = {config->name, config->lanes, 0, INT32_MAX, 0};
    if (tnpu_plan_make(plan, g, g->layer_count, NULL, &roomy, e) < 0) return -1;
    for (int t = 0; t < plan->count; t++) plan->place[t].base = 0;
    return 0;
}

/// Whether one of the layer's instructions has an error other than the memories' sizes, and which.
static bool is_misfit(const struct tnpu_lowered *l, const struct tnpu_config *config,
                      struct tnpu_error *why) {
    struct tnpu_config roomy = *config;
    roomy.wmem_rows = roomy.fmem_bytes = INT32_MAX;
    for (int n = 0; n < l->count; n++) {
        uint32_t words[TNPU_IWORDS];
        struct tnpu_insn insn = l->insn[n];
        int32_t value;
        insn.w_base = insn.lut_row = 0;
        tnpu_encode(&insn, words);
        enum tnpu_hw_error bad = tnpu_isa_check(words, &roomy);
        if (bad == TNPU_HW_NONE) continue;
        const struct tnpu_field_info *odd = tnpu_isa_unaligned(&insn, config, &value);
        if (bad == TNPU_HW_ALIGN && odd)
            tnpu_fail(why, "its %s would be %d; addresses and pitches of %s are multiples of %d",
                      odd->name, (int)value, config->name, TNPU_VEC);
        else
            tnpu_fail(why, "%s", tnpu_hw_error_text[bad]);
        return true;
    }
    return false;
}

/// Which layers the NPU cannot run, and the rows of the others.
static int judge(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_lowered *lowered,
                 struct tnpu_error *e) {
    struct tnpu_plan plan;
    if (plan_somewhere(&plan, g, p->config, e)) return -1;
    int rc = 0;
    for (int i = 0; !rc && i < g->layer_count; i++) {
        struct tnpu_program_layer *at = &p->layers[i];
        struct tnpu_error why;
        if (tnpu_lower_layer(lowered, g, &g->layers[i], &plan, 0, false, p->config, &why) ||
            is_misfit(lowered, p->config, &why)) {
            tnpu_lower_take(at, why.text);
            continue;
        }
        at->insn_count = lowered->count;
        for (int n = 0; n < lowered->count; n++) {
            if (at->w_rows > INT32_MAX / 2 - lowered->rows[n])
                rc = tnpu_fail(e, "%s: far too many weights", g->arch);
            else
                at->w_rows += lowered->rows[n];
        }
    }
    tnpu_plan_free(&plan);
    return rc;
}

int tnpu_lower_judge(struct tnpu_program *p, const struct tnpu_qgraph *g, struct tnpu_error *e) {
    struct tnpu_lowered *lowered = malloc(sizeof *lowered);
    if (!lowered) return tnpu_fail(e, "%s: out of memory for the program", g->arch);
    int rc = judge(p, g, lowered, e);
    free(lowered);
    return rc;
}
