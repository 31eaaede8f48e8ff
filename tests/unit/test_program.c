// SPDX-License-Identifier: Apache-2.0
// .tnpu files: what is written is read back, and nothing damaged or hostile gets through to a
// crash.
#define _XOPEN_SOURCE 700
#include "graph_random.h"
#include "tnpu_bytes.h"
#include "tnpu_file.h"
#include "tnpu_host_layer.h"
#include "tnpu_lower.h"
#include "tnpu_model.h"
#include "tnpu_program_format.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/// A program with a pooled input, a residual, and a classifier on the host.
struct fixture {
    struct tnpu_program p;
    uint8_t *bytes;
    size_t size;
};

static int setup(void **state) {
    static struct fixture f;
    const struct graph_case head = {"", TNPU_QOP_AVGPOOL, 5, 5, 32, 0, 5, 5, 1, 1, 0,
                                    1,  RESIDUAL_NONE};
    struct tnpu_qgraph g;
    graph_make(&g, &head, 42);
    g.sources = calloc(2, sizeof *g.sources); // the file's tensors: the input, and the scores
    g.sources[0] = (struct tnpu_qsource){"serving_default_input", 0, g.input};
    g.sources[1] = (struct tnpu_qsource){"scores", 17, g.output};
    g.source_count = 2;
    struct tnpu_config small = *tnpu_config_find("t64");
    if (tnpu_lower(&f.p, &g, &small, NULL)) return -1;
    small.wmem_rows = f.p.wmem_rows - 1; // so that the classifier does not fit
    tnpu_program_free(&f.p);
    if (tnpu_lower(&f.p, &g, &small, NULL)) return -1;
    tnpu_qgraph_free(&g);
    f.p.config = tnpu_config_find("t64");
    f.p.float_net = malloc(100);
    f.p.float_size = 100;
    memset(f.p.float_net, 7, 100);
    *state = &f;
    return tnpu_program_bytes(&f.p, &f.bytes, &f.size, NULL);
}

static int teardown(void **state) {
    struct fixture *f = *state;
    tnpu_program_free(&f->p);
    free(f->bytes);
    return 0;
}

static void test_round_trip(void **state) {
    struct fixture *f = *state;
    struct tnpu_program p;
    struct tnpu_error e;
    if (tnpu_program_parse(&p, "p", f->bytes, f->size, &e)) fail_msg("%s", e.text);
    assert_int_equal(p.npu_layers, 2);
    assert_int_equal(p.graph.layer_count, 3);
    assert_string_equal(p.layers[2].reason, f->p.layers[2].reason);
    assert_int_equal(p.float_size, 100);
    assert_int_equal(p.graph.source_count, 2);
    assert_string_equal(p.graph.sources[1].name, "scores");
    assert_int_equal(p.graph.sources[1].index, 17);
    assert_int_equal(tnpu_program_ready(&p, p.graph.sources[0].tensor), 0);
    assert_int_equal(tnpu_program_ready(&p, p.graph.sources[1].tensor), -1); // the host's
    assert_int_equal(tnpu_program_ready(&p, tnpu_program_npu_output(&p)),
                     p.layers[1].insn + p.layers[1].insn_count);
    assert_int_equal(tnpu_program_until(&p, tnpu_program_npu_output(&p)), p.insn_count);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(tnpu_program_bytes(&p, &bytes, &size, &e), 0);
    assert_int_equal(size, f->size);
    assert_memory_equal(bytes, f->bytes, size);
    free(bytes);
    tnpu_program_free(&p);
}

static void refused(const uint8_t *bytes, size_t size, const char *text) {
    struct tnpu_program p;
    struct tnpu_error e;
    assert_int_equal(tnpu_program_parse(&p, "file", bytes, size, &e), -1);
    assert_null(p.insns);
    assert_memory_equal(e.text, "file: ", 6);
    if (text && !strstr(e.text, text)) fail_msg("\"%s\", want \"%s\"", e.text, text);
}

static void test_cut(void **state) {
    struct fixture *f = *state;
    for (size_t n = 0; n < f->size; n += n < 512 ? 1 : 97) {
        uint8_t *cut = malloc(n + 1); // exact size: the sanitizer sees a read beyond it
        cut = realloc(cut, n ? n : 1);
        memcpy(cut, f->bytes, n);
        refused(cut, n, NULL);
        free(cut);
    }
}

static void test_flipped(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 1;
    for (size_t i = 0; i < 256 + 1000; i++) {
        size_t at = i < 256 ? i : graph_random(&seed) % f->size;
        uint8_t bit = (uint8_t)(1 << graph_random(&seed) % 8);
        f->bytes[at] ^= bit;
        refused(f->bytes, f->size, NULL);
        f->bytes[at] ^= bit;
    }
}

/// Puts all checksums right.
static void seal(uint8_t *bytes, size_t size) {
    for (int s = 0; s < TNPU_SECTIONS; s++) {
        uint8_t *entry = bytes + TNPU_HEADER_BYTES + s * TNPU_SECTION_BYTES;
        uint32_t at = tnpu_get_u32(entry + 4), n = tnpu_get_u32(entry + 8);
        if (at <= size && n <= size - at) tnpu_set_u32(entry + 12, tnpu_program_crc(bytes + at, n));
    }
    tnpu_set_u32(bytes + TNPU_HEADER_CRC_AT, tnpu_program_file_crc(bytes, size));
}

/// A program that was accepted must be one that can be used: run on the model and the host.
static void use(const struct tnpu_program *p) {
    struct tnpu_model m;
    assert_int_equal(tnpu_model_init(&m, p->config), 0);
    assert_int_equal(tnpu_model_write(&m, TNPU_MAP_IMEM, p->insns, (size_t)p->insn_count * 64), 0);
    memcpy(tnpu_model_wmem(&m), p->wmem,
           (size_t)p->wmem_rows * (size_t)p->config->lanes * TNPU_DOT);
    assert_int_equal(tnpu_model_run(&m, 0), TNPU_MODEL_DONE);
    struct tnpu_host *h = tnpu_host_new(p, NULL);
    for (int t = 0; h && t < p->graph.tensor_count; t++) {
        const struct tnpu_qtensor *shape = &p->graph.tensors[t];
        int8_t *bytes = tnpu_host_tensor(h, t);
        if (bytes) memset(bytes, 1, (size_t)shape->h * (size_t)shape->w * (size_t)shape->c);
    }
    for (int i = 0; h && i < p->npu_layers; i++)
        if (tnpu_program_is_host(p, i)) tnpu_host_layer(h, i);
    if (h) tnpu_host_run(h);
    tnpu_host_free(h);
    tnpu_model_free(&m);
}

/// Random damage under good checksums: refused, or accepted and harmless. Headers and tables get
/// most of it.
static void test_hostile(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 2;
    uint8_t *bytes = malloc(f->size);
    int accepted = 0;
    for (int i = 0; i < 6000; i++) {
        memcpy(bytes, f->bytes, f->size);
        int changes = graph_random_in(&seed, 1, 3);
        for (int c = 0; c < changes; c++) {
            size_t limit = graph_random(&seed) % 4 ? 2600 : f->size;
            size_t at = graph_random(&seed) % (limit < f->size ? limit : f->size);
            static const uint8_t extreme[] = {0, 1, 0x7f, 0x80, 0xff};
            bytes[at] = graph_random(&seed) & 1 ? extreme[graph_random(&seed) % sizeof extreme]
                                                : (uint8_t)graph_random(&seed);
        }
        seal(bytes, f->size);
        struct tnpu_program p;
        struct tnpu_error e;
        if (tnpu_program_parse(&p, "file", bytes, f->size, &e) == 0) {
            use(&p);
            tnpu_program_free(&p);
            accepted++;
        } else {
            assert_memory_equal(e.text, "file: ", 6);
        }
    }
    assert_true(accepted > 100 && accepted < 5900); // both ways are taken
    free(bytes);
}

static void test_named_refusals(void **state) {
    struct fixture *f = *state;
    static const struct {
        size_t at;
        uint32_t value;
        const char *text;
    } rows[] = {
        {0, 0x41414141, "is not a TinyNPU program"},
        {8, TNPU_FORMAT_VERSION + 1, "use a newer tool"},
        {12, (TNPU_ISA_MAJOR + 1) << 16, "needs ISA 2.0"},
        {12, TNPU_ISA_MAJOR << 16 | (TNPU_ISA_MINOR + 1), "use a newer tool"},
        {16, 0x00393974, "is for configuration \"t99\", which is not known here"},
        {36, 1, "is for another t64"},
        {52, 12, "is it cut?"},
        {60, 1, "header has fields"},
    };
    uint8_t *bytes = malloc(f->size);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memcpy(bytes, f->bytes, f->size);
        tnpu_set_u32(bytes + rows[i].at, rows[i].value);
        seal(bytes, f->size);
        refused(bytes, f->size, rows[i].text);
    }
    free(bytes);
}

/// The steps between two values of pixels are numbers, too.
static void test_pixels(void **state) {
    struct fixture *f = *state;
    static const struct {
        float low, high;
        bool good;
    } rows[] = {{-1, 1, true},
                {-1e38f, 2e38f, true},
                {-3e38f, 3e38f, false},
                {-INFINITY, 0, false},
                {0, INFINITY, false},
                {NAN, 1, false},
                {INFINITY, INFINITY, false}};
    enum { PIXELS_AT = 4 }; // behind the name
    uint8_t *info = f->bytes + tnpu_get_u32(f->bytes + TNPU_HEADER_BYTES + 4) + TNPU_Q_NAME_MAX;
    uint8_t keep[8];
    memcpy(keep, info + PIXELS_AT, sizeof keep);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tnpu_program p;
        struct tnpu_error e;
        memcpy(info + PIXELS_AT, &rows[i].low, 4);
        memcpy(info + PIXELS_AT + 4, &rows[i].high, 4);
        seal(f->bytes, f->size);
        if (!rows[i].good) {
            refused(f->bytes, f->size, "INFO");
            continue;
        }
        assert_int_equal(tnpu_program_parse(&p, "file", f->bytes, f->size, &e), 0);
        assert_true(p.graph.pixels.low == rows[i].low && p.graph.pixels.high == rows[i].high);
        tnpu_program_free(&p);
    }
    memcpy(info + PIXELS_AT, keep, sizeof keep);
    seal(f->bytes, f->size);
}

/// A program asks for the ISA version that brought its fields, so that older chips run those
/// without.
static void test_isa_version(void **state) {
    (void)state;
    static const struct {
        const char *config;
        int w; ///< columns: two at once need an even number
        uint32_t minor;
    } rows[] = {{"t512", 8, 1}, {"t512", 9, 0}, {"t256", 8, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct graph_case pair = {"", TNPU_QOP_CONV, 8, rows[i].w, 16, 16, 3, 3, 1, 1, 1,
                                        1,  RESIDUAL_NONE};
        struct tnpu_qgraph g;
        struct tnpu_program p;
        struct tnpu_error e;
        uint8_t *bytes;
        size_t size;
        graph_make(&g, &pair, 43);
        if (tnpu_lower(&p, &g, tnpu_config_find(rows[i].config), &e)) fail_msg("%s", e.text);
        assert_int_equal(tnpu_program_bytes(&p, &bytes, &size, &e), 0);
        assert_int_equal(tnpu_get_u32(bytes + 12), TNPU_ISA_MAJOR << 16 | rows[i].minor);
        tnpu_program_free(&p);
        tnpu_set_u32(bytes + 12, TNPU_ISA_MAJOR << 16 | !rows[i].minor);
        seal(bytes, size);
        refused(bytes, size, "says that it needs ISA");
        free(bytes);
        tnpu_qgraph_free(&g);
    }
}

/// The fields that would hurt if they were believed.
static void test_check(void **state) {
    struct fixture *f = *state;
    struct tnpu_program *p = &f->p;
    struct tnpu_error e;
    struct tnpu_insn insn;
    assert_int_equal(tnpu_program_check(p, "p", &e), 0);
    int *const ints[] = {&p->graph.input,
                         &p->graph.output,
                         &p->npu_layers,
                         &p->layers[0].insn,
                         &p->layers[1].insn_count,
                         &p->layers[0].w_base,
                         &p->layers[0].w_rows,
                         &p->graph.tensors[1].h,
                         &p->graph.tensors[0].c,
                         &p->graph.layers[0].input,
                         &p->graph.layers[2].output,
                         &p->graph.layers[2].kernel_h,
                         &p->graph.layers[1].stride_w,
                         &p->plan.bound_layer,
                         &p->plan.place[0].last};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        int keep = *ints[i];
        static const int bad[] = {-1, 100000, INT32_MAX, INT32_MIN};
        for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
            *ints[i] = bad[b];
            if (tnpu_program_check(p, "p", &e) != -1) fail_msg("field %zu = %d passes", i, bad[b]);
        }
        *ints[i] = keep;
    }
    uint32_t words[TNPU_IWORDS], *last = p->insns + (size_t)(p->insn_count - 1) * TNPU_IWORDS;
    memcpy(words, last, sizeof words);
    insn = (struct tnpu_insn){.opcode = TNPU_OP_WAIT};
    tnpu_encode(&insn, last);
    assert_int_equal(tnpu_program_check(p, "p", &e), -1); // no END
    memcpy(last, words, sizeof words);
    p->insns[0] ^= 0xff;
    assert_int_equal(tnpu_program_check(p, "p", &e), -1); // an illegal opcode
    p->insns[0] ^= 0xff;
    assert_int_equal(tnpu_program_check(p, "p", &e), 0);
    tnpu_decode(p->insns, &insn);
    assert_int_equal(insn.opcode, TNPU_OP_CONV);
    memcpy(words, p->insns, sizeof words);
    insn.lut = 1; // its table lies in weight memory, behind what the program has of it
    insn.lut_row = p->wmem_rows;
    tnpu_encode(&insn, p->insns);
    assert_int_equal(tnpu_program_check(p, "p", &e), -1);
    assert_non_null(strstr(e.text, "weights that the program lacks"));
    memcpy(p->insns, words, sizeof words);
    assert_int_equal(tnpu_program_check(p, "p", &e), 0);
    int *count =
        &p->layers[p->npu_layers - 1].insn_count; // an instruction before END is no layer's
    (*count)--;
    assert_int_equal(tnpu_program_check(p, "p", &e), -1);
    (*count)++;
    assert_int_equal(tnpu_program_check(p, "p", &e), 0);
}

static void test_save(void **state) {
    struct fixture *f = *state;
    struct tnpu_error e;
    assert_int_equal(tnpu_program_save(&f->p, "/dev/full", &e), -1);
    assert_true(strstr(e.text, "/dev/full: cannot be written") != NULL);
    char folder[] = "/tmp/tnpu-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/none/p.tnpu", folder);
    assert_int_equal(tnpu_program_save(&f->p, path, &e), -1);
    snprintf(path, sizeof path, "%s/p.tnpu", folder);
    assert_int_equal(tnpu_program_save(&f->p, path, &e), 0);
    assert_int_equal(tnpu_program_save(&f->p, path, &e), 0); // over the old one
    struct tnpu_program p;
    assert_int_equal(tnpu_program_load(&p, path, &e), 0);
    tnpu_program_free(&p);
    int files = 0;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d));) files += entry->d_name[0] != '.';
    closedir(d);
    assert_int_equal(files, 1); // no temporary file stays
    unlink(path);
    assert_int_equal(tnpu_program_load(&p, path, &e), -1);
    assert_int_equal(tnpu_program_load(&p, folder, &e), -1);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),    cmocka_unit_test(test_named_refusals),
        cmocka_unit_test(test_pixels),     cmocka_unit_test(test_isa_version),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_check),
        cmocka_unit_test(test_save)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
