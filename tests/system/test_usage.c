// SPDX-License-Identifier: Apache-2.0
// The `tnpu` command told wrong things: options, files that are not there or not what they should
// be, places that cannot be written, networks that do not fit.
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#include "child.h"
#include "damage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODELS TNPU_SOURCE_DIR "/models"
#define NETWORK MODELS "/default.params"
#define PICTURE MODELS "/samples/arrow.png"
#define CALIB MODELS "/calib"
#define GOLDEN TNPU_SOURCE_DIR "/tests/vectors/tflite/pad.golden.gz"

enum { SECONDS = 400 };

/// Whether /dev/full is the device that it should be. As root, writing to what is none would make a
/// file of it.
static bool have_full(void) {
    struct stat st;
    bool have = stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode);
    if (!have) print_message("a full disk: skipped, there is no device /dev/full\n");
    return have;
}

static void misuse(void **state) {
    (void)state;
    static const struct {
        const char *says, *args[7];
    } rows[] = {
        {"usage: tnpu COMMAND", {NULL}},
        {"no such command", {"frobnicate"}},
        {"no such command", {""}},
        {"no such command", {"--frobnicate"}},
        {"usage: tnpu compile", {"compile"}},
        {"needs --arch", {"compile", NETWORK}},
        {"needs --calib", {"compile", NETWORK, "--arch", "etinynet-tiny"}},
        {"one file too many", {"compile", NETWORK, NETWORK, "--arch", "etinynet-tiny"}},
        {"no such option", {"compile", NETWORK, "--archs", "etinynet-tiny"}},
        {"value is missing", {"compile", NETWORK, "--arch"}},
        {"not one that it takes", {"compile", NETWORK, "--input-size", "-1"}},
        {"not one that it takes", {"compile", NETWORK, "--input-size", "99999999999"}},
        {"not one that it takes", {"compile", NETWORK, "--input-size", "12x"}},
        {"value is empty", {"compile", NETWORK, "--input-size", ""}},
        {"value is empty", {"compile", NETWORK, "--config="}},
        {"value is empty", {"compile", NETWORK, "-o", ""}},
        {"file's name is empty", {"info", ""}},
        {"has no value", {"compile", NETWORK, "--report=yes"}},
        {"usage: tnpu run", {"run"}},
        {"usage: tnpu run", {"run", TNPU_PROGRAM}},
        {"no such option", {"run", TNPU_PROGRAM, PICTURE, "--config", "t128"}},
        {"--on takes", {"run", TNPU_PROGRAM, PICTURE, "--on", "fpga"}},
        {"--raw takes", {"run", TNPU_PROGRAM, PICTURE, "--raw", "u16"}},
        {"not one that it takes", {"run", TNPU_PROGRAM, PICTURE, "--core-mhz", "0"}},
        {"not one that it takes", {"run", TNPU_PROGRAM, PICTURE, "--core-mhz", "nan"}},
        {"not one that it takes", {"run", TNPU_PROGRAM, PICTURE, "--core-mhz", "1e-300"}},
        {"one input at a time", {"diff", TNPU_PROGRAM, PICTURE, PICTURE, "--wave", "/none/w.fst"}},
        {"is before --from",
         {"diff", TNPU_PROGRAM, PICTURE, "--wave=/none/w.fst", "--from=9", "--to=8"}},
        {"is before --from",
         {"diff", TNPU_PROGRAM, PICTURE, "--wave=/none/w.fst", "--from=5", "--to=0"}},
        {"leave --from and --to out",
         {"diff", TNPU_PROGRAM, PICTURE, "--wave=/none/w.fst", "--layer=x", "--to=0"}},
        {"goes with --on spi", {"run", TNPU_PROGRAM, PICTURE, "--wave", "/none/w.fst"}},
        {"goes with --on spi", {"probe", "--on", "rtl", "--wave", "/none/w.fst"}},
        {"goes with --on spi or ftdi", {"probe", "--on", "sdio", "--sck-mhz", "20"}},
        {"go with --on sdio", {"run", TNPU_PROGRAM, PICTURE, "--sdio-bits", "1"}},
        {"go with --on sdio", {"probe", "--on", "spi", "--sd-mhz", "20"}},
        {"goes with --on ftdi", {"run", TNPU_PROGRAM, PICTURE, "--on", "spi", "--serial", "S"}},
        {"--config goes with a simulated", {"probe", "--on", "ftdi", "--config", "t64"}},
        {"--no-rtl leaves out", {"fuzz", "--no-rtl", "--wave", "/none/w.fst"}},
        {"not one that it takes", {"run", TNPU_PROGRAM, PICTURE, "--top", "five"}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "1"}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "1.."}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "0..x"}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "1..-1"}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "0..inf"}},
        {"--pixels takes", {"compile", "a.tflite", "--pixels", "-3e38..3e38"}},
        {"--pixels takes", {"compile", "a.params", "--arch", "etinynet-tiny", "--pixels", "0..1"}},
        {"is for a .tflite", {"compile", NETWORK, "--arch", "etinynet-tiny", "--no-fuse"}},
        {"usage: tnpu diff", {"diff", TNPU_PROGRAM}},
        {"", {"diff", TNPU_PROGRAM, PICTURE, "--raw", "u16"}},
        {"usage: tnpu info", {"info"}},
        {"one file too many", {"info", TNPU_PROGRAM, TNPU_PROGRAM}},
        {"usage: tnpu verify", {"verify", TNPU_PROGRAM}},
        {"--on takes", {"verify", TNPU_PROGRAM, GOLDEN, "--on", "fpga"}},
        {"usage: tnpu eval", {"eval", TNPU_PROGRAM}},
        {"needs --labels", {"eval", TNPU_PROGRAM, CALIB}},
        {"--threads", {"eval", TNPU_PROGRAM, CALIB, "--labels", "x", "--threads", "0"}},
        {"no such option", {"fuzz", "--seeds", "1"}},
        {"not one that it takes", {"fuzz", "--count", "-3"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const *a = rows[i].args;
        struct child c;
        child_run(&c, SECONDS, a[0], a[1], a[2], a[3], a[4], a[5], a[6], NULL);
        child_misused(&c, rows[i].says);
    }
}

static void help(void **state) {
    (void)state;
    static const char *const commands[] = {"compile", "run",    "diff", "info",
                                           "eval",    "verify", "fuzz"};
    struct child c;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        child_run(&c, SECONDS, commands[i], "--help", NULL);
        child_worked(&c);
        assert_non_null(strstr(c.out, "usage: tnpu "));
    }
    child_run(&c, SECONDS, "--version", NULL);
    child_worked(&c);
}

/// What each command says of files that are not there, empty, folders, or something else.
static void wrong_files(void **state) {
    struct scratch *s = *state;
    const char *const bad[] = {"/nonexistent", scratch_file(s, "empty", "", 0),
                               scratch_folder(s, "folder"), scratch_file(s, "text", "hello\n", 6),
                               "/dev/null"};
    struct child c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *out = scratch_path(s, "o.tnpu");
        child_run(&c, SECONDS, "verify", TNPU_PROGRAM, bad[i], NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "verify", bad[i], GOLDEN, NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "run", bad[i], PICTURE, NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "run", TNPU_PROGRAM, bad[i], NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "run", TNPU_PROGRAM, bad[i], "--raw", "int8", NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "run", TNPU_PROGRAM, bad[i], "--on", "rtl", NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "diff", TNPU_PROGRAM, bad[i], NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "info", bad[i], NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "info", TNPU_PROGRAM, "--energy", bad[i], NULL);
        child_refused(&c, bad[i]);
        child_run(&c, SECONDS, "eval", TNPU_PROGRAM, CALIB, "--labels", bad[i], NULL);
        child_refused(&c, i == 3 ? "text" : bad[i]);
        child_run(&c, SECONDS, "compile", bad[i], "--arch", "etinynet-tiny", "--calib", CALIB, "-o",
                  out, NULL);
        child_refused(&c, bad[i]);
        assert_int_equal(access(out, F_OK), -1);
    }
}

/// Tables of picojoules, and the microjoules that they make.
static void energy_tables(void **state) {
    struct scratch *s = *state;
    static const struct {
        const char *text, *says; ///< says: NULL if it is a table
    } rows[] = {{"# nothing\n\n", NULL},
                {"mul8 1000000\nadd32 1e6\nsram32 0\n", NULL},
                {"mul8 1\ndram32 640\n", "line 2 is not `mul8`, `add32` or `sram32` and pico"},
                {"mul8 1e308\n", "line 1 is not"},
                {"sram32 1000001\n", "line 1 is not"},
                {"add32 -1\n", "from 0 to 1000000"},
                {"mul8 nan\n", "line 1 is not"},
                {"mul8 inf\n", "line 1 is not"},
                {"mul8\n", "line 1 is not"},
                {"mul8 1 2\n", "line 1 is not"}};
    struct child c, usual;
    child_run(&usual, SECONDS, "info", TNPU_PROGRAM, "--json", NULL);
    child_worked(&usual);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = scratch_file(s, "table", rows[i].text, strlen(rows[i].text));
        child_run(&c, SECONDS, "info", TNPU_PROGRAM, "--json", "--energy", path, NULL);
        if (rows[i].says) {
            child_refused(&c, rows[i].says);
            assert_string_equal(c.out, "");
        } else {
            child_worked(&c);
            assert_int_equal(strcmp(c.out, usual.out) == 0, i == 0);
        }
    }
}

static void compile(struct child *c, const char *out, const char *option, const char *value) {
    child_run(c, SECONDS, "compile", NETWORK, "--arch", "etinynet-tiny", "--calib", CALIB, "-o",
              out, option, value, NULL);
}

/// Compiles to somewhere in the scratch folder, which must stay as it is.
static void does_not_compile(struct scratch *s, const char *option, const char *value,
                             const char *says) {
    struct child c;
    int files = scratch_count(s);
    compile(&c, scratch_path(s, "none.tnpu"), option, value);
    child_refused(&c, says);
    assert_int_equal(scratch_count(s), files);
}

static void networks_that_do_not_fit(void **state) {
    struct scratch *s = *state;
    does_not_compile(s, "--config", "t65", "no such configuration");
    does_not_compile(s, "--arch", "etinynet-1.0", "is --arch right?");
    does_not_compile(s, "--arch", "etinynet-0.5", "is --arch right?");
    does_not_compile(s, "--arch", "resnet", "unknown --arch");
    does_not_compile(s, "--input-size", "0", "each must be 1 to");
    does_not_compile(s, "--input-size", "5000", "each must be 1 to");
    does_not_compile(s, "--input-size", "1", NULL);
    does_not_compile(s, "--input-size=150", "--config=t64", "choose a larger --config");
    does_not_compile(s, "--input-size", "4000", "an input of 4000 x 4000 needs 48000000");
    const char *etinynet = "../shared/data/etinynet/etinynet_1.0_imagenet.params";
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", TNPU_SOURCE_DIR, etinynet);
    if (access(path, R_OK)) {
        print_message("EtinyNet-1.0 on t64: skipped, there is no %s\n", path);
        return;
    }
    struct child c;
    child_run(&c, SECONDS, "compile", path, "--arch", "etinynet-1.0", "--calib", CALIB, "--config",
              "t64", "-o", scratch_path(s, "none.tnpu"), NULL);
    child_refused(&c, "t64 has 65536");
    child_run(&c, SECONDS, "compile", path, "--arch", "etinynet-1.0", "--calib", CALIB, "--strict",
              "-o", scratch_path(s, "none.tnpu"), NULL);
    child_refused(&c, "--strict does not allow that");
    assert_int_equal(access(scratch_path(s, "none.tnpu"), F_OK), -1);
}

/// --report names each host layer with its reason, the bytes moved, and who would run it.
static void host_layers_are_named(void **state) {
    struct scratch *s = *state;
    struct child c;
    const char *data = TNPU_SOURCE_DIR "/../shared/data/mlperf_tiny";
    char ad[4096], kws[4096];
    snprintf(ad, sizeof ad, "%s/ad01_int8.tflite", data);
    snprintf(kws, sizeof kws, "%s/kws_ref_model.tflite", data);
    if (access(ad, R_OK) || access(kws, R_OK)) {
        print_message("host layers: skipped, there is no %s or %s\n", ad, kws);
        return;
    }
    const char *out = scratch_path(s, "host.tnpu");
    child_run(&c, SECONDS, "compile", ad, "--config", "t64", "--report", "-o", out, NULL);
    child_worked(&c);
    assert_non_null(strstr(c.out, "layer fully_connected.9: its weights take 92160 bytes"));
    assert_non_null(
        strstr(c.out, "128 bytes moved; on the NPU with --config t128 or t256 or t512\n"));
    child_run(&c, SECONDS, "compile", ad, "--config", "t64", "-o", out, NULL);
    child_worked(&c); // not silently
    assert_non_null(strstr(c.out, "layers; --report says which and why\n"));
    child_run(&c, SECONDS, "compile", kws, "--report", "-o", out, NULL);
    child_worked(&c);
    assert_non_null(strstr(c.out, "12 bytes moved; on the NPU of no configuration\n"));
    assert_int_equal(unlink(out), 0);
}

/// Every command says so when its output is lost.
static void full_disk(void **state) {
    (void)state;
    static const struct {
        const char *says, *args[4];
    } rows[] = {
        {"standard output", {"--help"}},
        {"standard output", {"--version"}},
        {"standard output", {"run", "--help"}},
        {"standard output", {"run", TNPU_PROGRAM, PICTURE}},
        {"standard output", {"run", TNPU_PROGRAM, PICTURE, "--on=rtl"}},
        {NULL, {"run", TNPU_PROGRAM, PICTURE, "--json"}},
        {"standard output", {"info", TNPU_PROGRAM}},
        {NULL, {"info", TNPU_PROGRAM, "--json"}},
        {"standard output", {"diff", TNPU_PROGRAM, PICTURE}},
        {"standard output", {"fuzz", "--config=t64", "--count=1", "--seed=1"}},
    };
    struct child c;
    if (!have_full()) return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const *a = rows[i].args;
        child_run_to(&c, "/dev/full", SECONDS, a[0], a[1], a[2], a[3], NULL);
        child_refused(&c, rows[i].says);
    }
    compile(&c, "/dev/full", NULL, NULL);
    child_refused(&c, "/dev/full: cannot be written");
    assert_true(have_full()); // it is still the device
}

static void places_that_cannot_be_written(void **state) {
    struct scratch *s = *state;
    struct child c;
    compile(&c, scratch_path(s, "none/o.tnpu"), NULL, NULL);
    child_refused(&c, "cannot be written");
    compile(&c, s->folder, NULL, NULL);
    child_refused(&c, "cannot be written");
    const char *link = scratch_path(s, "link"); // to a place that cannot be
    assert_int_equal(symlink("/nonexistent/o.tnpu", link), 0);
    int files = scratch_count(s);
    compile(&c, link, NULL, NULL);
    child_worked_or_refused(&c); // the link may become a file; nothing else may appear
    assert_int_equal(scratch_count(s), files);
    if (geteuid() == 0) {
        print_message("a folder without write permission: skipped, root may write anywhere\n");
    } else {
        const char *locked = scratch_folder(s, "locked");
        assert_int_equal(chmod(locked, 0555), 0);
        compile(&c, scratch_path(s, "locked/o.tnpu"), NULL, NULL);
        child_refused(&c, "cannot be written");
        assert_int_equal(chmod(locked, 0755), 0);
    }
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave", "/nonexistent/w.fst", NULL);
    child_refused(&c, "/nonexistent/w.fst");
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave", scratch_path(s, "w.fst"),
              "--layer", "none", NULL);
    child_refused(&c, "no layer of the NPU");
}

/// Files of children may grow to so many bytes from now on; RLIM_INFINITY: as far as they may at
/// all.
static void files_grow_to(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/// A file that may not grow further is like a full disk, also for who has not heard of SIGXFSZ.
static void output_without_room(void **state) {
    struct scratch *s = *state;
    struct child c;
    int files = scratch_count(s);
    files_grow_to(50000);
    compile(&c, scratch_path(s, "large.tnpu"), "--config", "t64");
    files_grow_to(RLIM_INFINITY);
    child_refused(&c, "large.tnpu");
    assert_int_equal(scratch_count(s), files);
}

/// Waves that nobody waits for.
static void waves_interrupted(void **state) {
    struct scratch *s = *state;
    struct child c;
    const char *wave = scratch_path(s, "interrupted.fst");
    int files = scratch_count(s);
    static const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < 2; i++) {
        child_run_until(&c, wave, numbers[i], SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave",
                        wave, NULL);
        assert_int_equal(c.status, CHILD_KILLED + numbers[i]);
        assert_int_equal(scratch_count(s), files);
    }
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave", wave, "--from", "99999999",
              NULL);
    child_refused(&c, "no waves");
    assert_int_equal(scratch_count(s), files);
}

/// A disk that is full in the middle: here, files may not grow further.
static void waves_without_room(void **state) {
    struct scratch *s = *state;
    struct child c;
    const char *wave = scratch_path(s, "waves.fst");
    files_grow_to(1 << 20); // enough for the writer's tables, not for the waves
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave", wave, NULL);
    files_grow_to(RLIM_INFINITY);
    child_refused(&c, "is the disk full?");
    assert_int_equal(access(wave, F_OK), -1);
    files_grow_to(1 << 16);
    child_run(&c, SECONDS, "probe", "--on", "sdio", "--config", "t64", "--wave", wave, NULL);
    files_grow_to(RLIM_INFINITY);
    child_refused(&c, "waves.fst");
    assert_int_equal(access(wave, F_OK), -1);
    child_run(&c, SECONDS, "diff", TNPU_PROGRAM, PICTURE, "--wave", wave, "--to", "100", NULL);
    child_worked(&c);
    assert_int_equal(unlink(wave), 0);
}

/// Waves of the pins, by both commands and links that have some.
static void waves_of_pins(void **state) {
    struct scratch *s = *state;
    struct child c;
    struct stat st;
    const char *wave = scratch_path(s, "pins.fst");
    for (int sdio = 0; sdio < 2; sdio++) {
        const char *link = sdio ? "sdio" : "spi";
        child_run(&c, SECONDS, "probe", "--on", link, "--config", "t64", "--wave", wave, NULL);
        child_worked(&c);
        assert_int_equal(stat(wave, &st), 0);
        assert_true(st.st_size > 100000); // 16 KB went there and back
        child_run(&c, SECONDS, "run", TNPU_PROGRAM, PICTURE, "--on", link, "--wave", wave, NULL);
        child_worked(&c);
        assert_int_equal(stat(wave, &st), 0);
        assert_true(st.st_size > 300000);
        assert_int_equal(unlink(wave), 0);
    }
    child_run(&c, SECONDS, "run", TNPU_PROGRAM, PICTURE, "--on", "spi", "--wave", "/nonexistent/w",
              NULL);
    child_refused(&c, "/nonexistent/w: cannot be written");
    child_run(&c, SECONDS, "probe", "--on", "spi", "--config", "t64", "--wave", "/dev/full", NULL);
    child_refused(&c, "no regular file");
}

/// No output takes the place of what the same command reads, by whatever name.
static void outputs_spare_inputs(void **state) {
    struct scratch *s = *state;
    struct child c;
    size_t n, m;
    uint8_t *program = file_bytes(TNPU_PROGRAM, &n), *network = file_bytes(NETWORK, &m);
    const char *copy = scratch_file(s, "copy.tnpu", program, n);
    const char *net = scratch_file(s, "copy.params", network, m);
    const char *link = scratch_path(s, "link.fst");
    assert_int_equal(symlink(copy, link), 0);
    child_run(&c, SECONDS, "diff", copy, PICTURE, "--wave", copy, NULL);
    child_refused(&c, "would overwrite");
    child_run(&c, SECONDS, "diff", copy, PICTURE, "--wave", link, NULL);
    child_refused(&c, "would overwrite");
    child_run(&c, SECONDS, "run", copy, PICTURE, "--on", "spi", "--wave", link, NULL);
    child_refused(&c, "would overwrite");
    child_run(&c, SECONDS, "compile", net, "--arch", "etinynet-tiny", "--calib", CALIB, "-o", net,
              NULL);
    child_refused(&c, "would overwrite");
    child_run(&c, SECONDS, "compile", net, "--arch", "etinynet-tiny", "--calib", CALIB, "--config",
              "t64", "-o", copy, NULL); // which is not read
    child_worked(&c);
    unlink(link);
    free(program);
    free(network);
}

/// A name as long as the file system takes.
static void long_name(void **state) {
    struct scratch *s = *state;
    struct child c;
    char name[400], path[500];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    compile(&c, path, "--config", "t64");
    child_worked(&c);
    assert_int_equal(unlink(path), 0);
    name[255] = 'n';
    name[256] = 0;
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    int files = scratch_count(s);
    compile(&c, path, "--config", "t64");
    assert_int_equal(c.status, 1);
    assert_int_equal(scratch_count(s), files);
}

/// A fuzz run cannot succeed without a program run.
static void fuzz_beyond_the_last(void **state) {
    (void)state;
    struct child c;
    child_run(&c, SECONDS, "fuzz", "--config=t64", "--count=5", "--first=2147483647", NULL);
    child_refused(&c, "--first");
}

/// Without an RTL a run that is long enough to be judged passes, too.
static void fuzz_of_the_model(void **state) {
    (void)state;
    struct child c;
    child_run(&c, SECONDS, "fuzz", "--config=t64", "--no-rtl", "--count=200", NULL);
    child_worked(&c);
    assert_non_null(strstr(c.out, "200 programs identical"));
}

/// Where memory ends, a command says so; it does not crash. (Too little to load libraries: 127.)
static void little_memory(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    print_message("little memory: skipped, the address sanitizer needs terabytes\n");
#else
    struct rlimit all, some;
    assert_int_equal(getrlimit(RLIMIT_AS, &all), 0);
    static const char *const rows[][4] = {{"run", TNPU_PROGRAM, PICTURE, "--on=rtl"},
                                          {"run", TNPU_PROGRAM, PICTURE, "--on=spi"},
                                          {"diff", TNPU_PROGRAM, PICTURE, NULL},
                                          {"fuzz", "--config=t64", "--count=1", NULL}};
    for (rlim_t mb = 12; mb < 28; mb++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct child c;
            const char *const *a = rows[i];
            some = (struct rlimit){mb << 20, all.rlim_max};
            assert_int_equal(setrlimit(RLIMIT_AS, &some), 0);
            child_run(&c, SECONDS, a[0], a[1], a[2], a[3], NULL);
            assert_int_equal(setrlimit(RLIMIT_AS, &all), 0);
            if (c.status != 127) child_worked_or_refused(&c);
        }
#endif
}

/// An old output stays whole when the new one cannot be made.
static void old_output_stays(void **state) {
    struct scratch *s = *state;
    const char *out = scratch_file(s, "old.tnpu", "old", 3);
    struct child c;
    compile(&c, out, "--arch", "etinynet-1.0");
    child_refused(&c, NULL);
    size_t n;
    uint8_t *bytes = file_bytes(out, &n);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "old", 3);
    free(bytes);
    compile(&c, out, "--config", "t64");
    child_worked(&c);
    child_run(&c, SECONDS, "info", out, NULL);
    child_worked(&c);
}

/// --json says every name, and says different ones differently.
static void names_that_are_no_utf8(void **state) {
    struct scratch *s = *state;
    static const struct {
        const char *name, *json;
    } rows[] = {{"caf\xe9", "/caf\\\\xe9\""},
                {"caf\xe8", "/caf\\\\xe8\""},
                {"caf\xc3\xa9", "/caf\xc3\xa9\""},
                {"\xc3\xa9\xff\xc3", "/\xc3\xa9\\\\xff\\\\xc3\""},
                {"\xed\xa0\x80", "/\\\\xed\\\\xa0\\\\x80\""}}; // half a surrogate pair
    size_t n;
    uint8_t *picture = file_bytes(PICTURE, &n);
    const char *labels = scratch_file(s, "labels", "a\xff\nb\xfe\n", 6);
    struct child c;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = scratch_file(s, rows[i].name, picture, n);
        child_run(&c, SECONDS, "run", TNPU_PROGRAM, path, "--json", "--top=1000", "--labels",
                  labels, NULL);
        child_worked(&c);
        if (!strstr(c.out, rows[i].json)) fail_msg("%s: not in %s", rows[i].json, c.out);
        assert_non_null(strstr(c.out, "\"name\":\"a\\\\xff\""));
        assert_non_null(strstr(c.out, "\"name\":\"b\\\\xfe\""));
    }
    free(picture);
}

static int setup(void **state) {
    static struct scratch s;
    scratch_open(&s);
    *state = &s;
    return 0;
}

static int teardown(void **state) {
    scratch_close(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(misuse),
                                       cmocka_unit_test(help),
                                       cmocka_unit_test(wrong_files),
                                       cmocka_unit_test(energy_tables),
                                       cmocka_unit_test(names_that_are_no_utf8),
                                       cmocka_unit_test(networks_that_do_not_fit),
                                       cmocka_unit_test(host_layers_are_named),
                                       cmocka_unit_test(old_output_stays),
                                       cmocka_unit_test(outputs_spare_inputs),
                                       cmocka_unit_test(long_name),
                                       cmocka_unit_test(fuzz_beyond_the_last),
                                       cmocka_unit_test(fuzz_of_the_model),
                                       cmocka_unit_test(little_memory),
                                       cmocka_unit_test(full_disk),
                                       cmocka_unit_test(places_that_cannot_be_written),
                                       cmocka_unit_test(output_without_room),
                                       cmocka_unit_test(waves_interrupted),
                                       cmocka_unit_test(waves_without_room),
                                       cmocka_unit_test(waves_of_pins)};
    return cmocka_run_group_tests_name("usage", tests, setup, teardown);
}
