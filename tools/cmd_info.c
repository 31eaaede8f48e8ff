// SPDX-License-Identifier: Apache-2.0
// tnpu info: what a program is made of, and what it costs.
#include "args.h"
#include "commands.h"
#include "energy.h"
#include "json_line.h"
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>

struct choice {
    const char *program, *table;
    double mhz;
    bool json;
};

static const char *const op_name[] = {
    [TNPU_QOP_CONV] = "CONV",       [TNPU_QOP_DWCONV] = "DWCONV",  [TNPU_QOP_AVGPOOL] = "AVGPOOL",
    [TNPU_QOP_MAXPOOL] = "MAXPOOL", [TNPU_QOP_MEAN] = "MEAN",      [TNPU_QOP_ADD] = "ADD",
    [TNPU_QOP_SUB] = "SUB",         [TNPU_QOP_MUL] = "MUL",        [TNPU_QOP_MAX] = "MAX",
    [TNPU_QOP_MIN] = "MIN",         [TNPU_QOP_TABLE] = "TABLE",    [TNPU_QOP_CONST] = "CONST",
    [TNPU_QOP_COPY] = "COPY",       [TNPU_QOP_SOFTMAX] = "SOFTMAX"};
_Static_assert(sizeof op_name / sizeof *op_name == TNPU_QOPS, "each operator has a name");

static json_t *shape_json(const struct tnpu_qtensor *t) {
    return json_pack("[i, i, i]", t->h, t->w, t->c);
}

static json_t *layer_json(const struct tnpu_program *p, const struct measure *m, int i) {
    const struct tnpu_qlayer *l = &p->graph.layers[i];
    json_t *o = json_pack("{s:s, s:s, s:I}", "name", l->name, "op", op_name[l->op], "macs",
                          (json_int_t)tnpu_qlayer_macs(&p->graph, l));
    if (tnpu_program_is_host(p, i)) {
        json_object_set_new(o, "reason", json_string(p->layers[i].reason));
        return o;
    }
    const struct tnpu_machine_counters *c = &m->counters[i];
    if (l->input >= 0) json_object_set_new(o, "input", shape_json(&p->graph.tensors[l->input]));
    json_object_set_new(o, "output", shape_json(&p->graph.tensors[l->output]));
    json_object_set_new(o, "cycles", json_integer((json_int_t)c->cycles));
    json_object_set_new(o, "stalls", json_integer((json_int_t)m->layer[i].stalls));
    json_object_set_new(
        o, "wmem_bytes",
        json_integer((json_int_t)p->layers[i].w_rows * p->config->lanes * TNPU_DOT));
    json_object_set_new(o, "fmem_bytes", json_integer(tnpu_report_live_bytes(p, i)));
    return o;
}

static int print_json(const struct tnpu_program *p, const struct measure *m,
                      const struct energy *en) {
    json_t *layers = json_array(), *host = json_array();
    for (int i = 0; i < p->graph.layer_count; i++)
        json_array_append_new(tnpu_program_is_host(p, i) ? host : layers, layer_json(p, m, i));
    int64_t macs = tnpu_report_macs(p);
    json_t *o = json_pack(
        "{s:s, s:s, s:I, s:I, s:f, s:I, s:I, s:b, s:f, s:o, s:o}", "arch", p->graph.arch, "config",
        p->config->name, "cycles", (json_int_t)m->total.cycles, "macs", (json_int_t)macs,
        "utilisation", tnpu_report_utilisation(p, macs, m->total.cycles), "wmem_bytes",
        (json_int_t)p->wmem_rows * p->config->lanes * TNPU_DOT, "fmem_bytes",
        (json_int_t)p->plan.peak, "input_reserved", (int)p->plan.input_reserved, "energy_uj",
        en->compute_uj + en->fmem_uj + en->wmem_uj, "layers", layers, "host_layers", host);
    return json_line(o);
}

static void print_text(const struct tnpu_program *p, const struct measure *m,
                       const struct energy *en, double mhz) {
    const struct tnpu_qtensor *in = &p->graph.tensors[p->graph.input];
    const struct tnpu_qtensor *out = &p->graph.tensors[p->graph.output];
    printf("%s for %s: input %dx%dx%d (scale %g, zero point %d; pixels as %g..%g), output "
           "%dx%dx%d\n\n",
           p->graph.arch, p->config->name, in->h, in->w, in->c, (double)in->scale[0],
           in->zero_point, (double)p->graph.pixels.low, (double)p->graph.pixels.high, out->h,
           out->w, out->c);
    tnpu_report_layers(stdout, p, m->layer, m->total.cycles, NULL, NULL);
    const struct tnpu_machine_counters *c = &m->total;
    printf("stalls: %" PRIu64 " bank, %" PRIu64 " parameter, %" PRIu64 " drain; time at %g MHz: "
           "%.1f us\n\n",
           c->stall_bank, c->stall_param, c->stall_drain, mhz, (double)c->cycles / mhz);
    tnpu_report_memory(stdout, p);
    putchar('\n');
    tnpu_report_map(stdout, p);
    printf("\nenergy estimate: %.1f uJ: multiplication and addition %.1f, feature memory %.1f, "
           "weight memory %.1f\n",
           en->compute_uj + en->fmem_uj + en->wmem_uj, en->compute_uj, en->fmem_uj, en->wmem_uj);
    printf("from %" PRIu64 " multiplications, %" PRIu64 " vectors read and %" PRIu64
           " written, %" PRIu64 " weight rows read\n\n",
           c->macs, c->fmem_reads, c->fmem_writes, c->wmem_reads);
    tnpu_report_code(stdout, p);
}

static int info(const struct choice *c, struct tnpu_error *e) {
    struct energy_table table = energy_default();
    struct tnpu_program p;
    struct measure m = {0};
    if (c->table && energy_load(&table, c->table, e)) return -1;
    if (tnpu_program_load(&p, c->program, e)) return -1;
    int rc = measure_program(&m, &p, c->program, NULL, e);
    if (!rc) {
        struct energy en = energy_of(&m.total, p.config, &table);
        if (!c->json)
            print_text(&p, &m, &en, c->mhz);
        else if (print_json(&p, &m, &en))
            rc = tnpu_fail(e, "%s: cannot be described as JSON", c->program);
    }
    measure_free(&m);
    tnpu_program_free(&p);
    return rc;
}

int cmd_info(int argc, char **argv) {
    struct choice c = {.mhz = 50};
    const struct option options[] = {
        {"--energy", OPTION_TEXT, &c.table, "FILE",
         "picojoules of mul8, add32, sram32, a line each"},
        {"--core-mhz", OPTION_NUMBER, &c.mhz, "F",
         "clock that cycles are turned into time by (50)"},
        {"--json", OPTION_FLAG, &c.json, NULL, "one JSON object"},
        {0},
    };
    int n = args_parse(argc, argv, "F.tnpu [options]", options, &c.program, 1, 1);
    if (n < 0) return args_status(n);
    struct tnpu_error e;
    if (info(&c, &e) == 0) return 0;
    fprintf(stderr, "tnpu: %s\n", e.text);
    return 1;
}
