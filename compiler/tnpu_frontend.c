// SPDX-License-Identifier: Apache-2.0
// The compiler's front half in one call.
#include "tnpu_frontend.h"

#include "tnpu_etinynet.h"
#include "tnpu_quantise.h"
#include "tnpu_snr.h"

#include <stdlib.h>

static int quantise(struct tnpu_qgraph *q, const struct tnpu_graph *g,
                    const struct tnpu_pictures *pictures, const struct tnpu_frontend_options *opt,
                    struct tnpu_error *e) {
    const struct tnpu_quantise_options how = {.threads = opt->threads, .bias_correction = true};
    if (tnpu_quantise(q, g, pictures, &how, e)) return -1;
    if (!opt->snr_db) return 0;
    *opt->snr_db = calloc((size_t)q->tensor_count, sizeof **opt->snr_db);
    int rc = *opt->snr_db ? tnpu_snr(g, q, pictures, opt->threads, *opt->snr_db, e)
                          : tnpu_fail(e, "%s: out of memory", g->arch);
    if (rc) {
        free(*opt->snr_db);
        *opt->snr_db = NULL;
        tnpu_qgraph_free(q);
    }
    return rc;
}

int tnpu_frontend(struct tnpu_qgraph *q, const char *label, const uint8_t *bytes, size_t n,
                  const int8_t *pictures, int count, const struct tnpu_frontend_options *opt,
                  struct tnpu_error *e) {
    *q = (struct tnpu_qgraph){0};
    struct tnpu_params params;
    if (tnpu_params_parse(&params, label, bytes, n, e)) return -1;
    struct tnpu_graph g;
    int rc = tnpu_etinynet_build(&g, opt->arch, opt->size, opt->size, &params, label, e);
    tnpu_params_free(&params);
    if (rc) return -1;
    const struct tnpu_pictures set = {pictures, count, tnpu_tensor_size(&g.tensors[0])};
    rc = quantise(q, &g, &set, opt, e);
    tnpu_graph_free(&g);
    return rc;
}
