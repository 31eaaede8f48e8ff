// SPDX-License-Identifier: Apache-2.0
// The driver's view of a program file against the compiler's, and against damage.
#include "damage.h"
#include "tiny.h"
#include "tnpu_program_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void same_tensor(const struct tnpu_net_tensor *a, const struct tnpu_qtensor *t,
                        const struct tnpu_place *at) {
    assert_string_equal(a->name, t->name);
    assert_int_equal(a->height, t->h);
    assert_int_equal(a->width, t->w);
    assert_int_equal(a->channels, t->c);
    assert_int_equal(a->zero_point, t->zero_point);
    assert_int_equal(a->scale_count, t->scale_count);
    assert_int_equal(a->view_of, t->view_of - 1);
    assert_int_equal(a->on_chip, at->used);
    assert_int_equal(a->base, at->base);
    assert_int_equal(a->row_bytes, at->row);
    assert_int_equal(a->pixel_bytes, at->pix);
    for (int c = 0; c < t->scale_count; c++) {
        uint32_t bits = tnpu_net_scale_bits(a, (uint32_t)c);
        assert_memory_equal(&bits, &t->scale[c], sizeof bits);
    }
}

/// What both read of the same file is the same.
static void agrees(void **state) {
    static const char *const configs[] = {"t64", "t128", "t256", "t512"};
    (void)state;
    assert_int_equal(TNPU_NET_FORMAT, TNPU_FORMAT_VERSION);
    for (size_t i = 0; i < 4; i++) {
        struct tiny t;
        struct tnpu_program p;
        struct tnpu_error e = {""};
        tiny_make(&t, configs[i], i);
        if (tnpu_program_parse(&p, "tiny", t.bytes, t.size, &e)) fail_msg("%s", e.text);
        assert_string_equal(t.net.name, p.graph.arch);
        assert_string_equal(t.net.config, configs[i]);
        assert_int_equal(t.net.lanes, p.config->lanes);
        assert_int_equal(t.net.wmem_rows, p.config->wmem_rows);
        assert_int_equal(t.net.fmem_bytes, p.config->fmem_bytes);
        assert_int_equal(t.net.imem_depth, p.config->imem_depth);
        assert_int_equal(t.net.tensors, p.graph.tensor_count);
        assert_int_equal(t.net.layers, p.graph.layer_count);
        assert_int_equal(t.net.npu_layers, p.npu_layers);
        assert_int_equal(t.net.fmem_used, p.plan.peak);
        assert_int_equal(t.net.input_reserved, p.plan.input_reserved);
        assert_int_equal(t.net.imem_bytes, p.insn_count * TNPU_IWORDS * 4);
        assert_memory_equal(t.net.wmem, p.wmem, t.net.wmem_bytes);
        for (int n = 0; n < p.graph.tensor_count; n++) {
            struct tnpu_net_tensor tensor = tnpu_net_tensor(&t.net, (uint32_t)n);
            same_tensor(&tensor, &p.graph.tensors[n], &p.plan.place[n]);
        }
        for (int n = 0; n < p.graph.layer_count; n++) {
            struct tnpu_net_layer l = tnpu_net_layer(&t.net, (uint32_t)n);
            assert_string_equal(l.name, p.graph.layers[n].name);
            assert_int_equal(l.input, p.graph.layers[n].input);
            assert_int_equal(l.output, p.graph.layers[n].output);
            assert_int_equal((int32_t)l.residual, p.graph.layers[n].residual);
            assert_int_equal(l.on_host, tnpu_program_is_host(&p, n));
            assert_int_equal(l.insn, p.layers[n].insn);
            assert_int_equal(l.insn_count, p.layers[n].insn_count);
        }
        same_tensor(&t.net.input, &p.graph.tensors[p.graph.input], &p.plan.place[p.graph.input]);
        same_tensor(&t.net.output, &p.graph.tensors[p.graph.output], &p.plan.place[p.graph.output]);
        tnpu_program_free(&p);
        tiny_free(&t);
    }
}

static void is_empty(const struct tnpu_net *net) {
    const struct tnpu_net zero = {0};
    assert_memory_equal(net, &zero, sizeof zero);
}

/// No bit of a file can be wrong, and no byte missing, without being noticed.
static void notices(void **state) {
    struct tiny t;
    struct tnpu_net net;
    (void)state;
    tiny_make(&t, "t64", 1);
    for (size_t n = 0; n < t.size; n++) {
        uint8_t *cut = malloc(n ? n : 1); // a read past the end is seen by the sanitizer
        assert_non_null(cut);
        memcpy(cut, t.bytes, n);
        assert_int_equal(tnpu_net_parse(&net, cut, n), TNPU_ERR_PROGRAM);
        is_empty(&net);
        free(cut);
    }
    for (size_t n = 0; n < t.size; n++) {
        t.bytes[n] ^= (uint8_t)(1 << n % 8);
        int rc = tnpu_net_parse(&net, t.bytes, t.size);
        assert_true(rc == TNPU_ERR_PROGRAM || (rc == TNPU_ERR_VERSION && n >= 8 && n < 12));
        is_empty(&net);
        t.bytes[n] ^= (uint8_t)(1 << n % 8);
    }
    assert_int_equal(tnpu_net_parse(&net, t.bytes, t.size), TNPU_OK);
    assert_int_equal(tnpu_net_parse(&net, NULL, 0), TNPU_ERR_ARGUMENT);
    assert_int_equal(tnpu_net_parse(NULL, t.bytes, t.size), TNPU_ERR_ARGUMENT);
    tiny_free(&t);
}

/// Everything that a driver does with a net stays within it.
static void use(const struct tnpu_net *net) {
    const struct tnpu_net_tensor *ends[] = {&net->input, &net->npu_output};
    for (uint32_t i = 0; i < net->layers; i++) {
        struct tnpu_net_layer l = tnpu_net_layer(net, i);
        struct tnpu_net_tensor t = tnpu_net_tensor(net, l.output);
        assert_true(strlen(l.name) < 64 && strlen(t.name) < 64);
        tnpu_net_scale_bits(&t, t.channels - 1);
    }
    for (int i = 0; i < 2; i++) {
        uint64_t last = (uint64_t)ends[i]->base +
                        (uint64_t)(ends[i]->height - 1) * ends[i]->row_bytes +
                        (uint64_t)(ends[i]->width - 1) * ends[i]->pixel_bytes + ends[i]->channels;
        assert_true(last <= net->fmem_bytes);
    }
}

/// Damage with right checksums: refused, or harmless.
static void hostile(void **state) {
    struct tiny t;
    struct tnpu_net net;
    uint64_t seed = 1;
    int taken = 0, refused = 0;
    (void)state;
    tiny_make(&t, "t64", 1);
    uint8_t *copy = malloc(t.size);
    assert_non_null(copy);
    size_t weights, end;
    damage_section(t.bytes, TNPU_SECTION_IMEM, &weights, &end);
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, t.bytes, t.size);
        for (size_t n = 1 + damage_below(&seed, 3); n; n--) damage_flip(copy, 0, weights, &seed);
        damage_seal(copy, t.size);
        int rc = tnpu_net_parse(&net, copy, t.size);
        if (rc == TNPU_OK) {
            use(&net);
            taken++;
        } else {
            assert_true(rc == TNPU_ERR_PROGRAM || rc == TNPU_ERR_VERSION);
            refused++;
        }
    }
    printf("%d taken, %d refused\n", taken, refused);
    assert_true(taken > 100 && refused > 100);
    free(copy);
    tiny_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees),
        cmocka_unit_test(notices),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
