// SPDX-License-Identifier: Apache-2.0
// The only C++ of the project: clocks a Verilated core behind the functions of tnpu_verilated.h.
// Compiled once a configuration, with TNPU_NAME (t64), TNPU_TOP (Vtnpu_t64) and TNPU_HEADER
// ("Vtnpu_t64.h").
#include "tnpu_verilated.h"

#include TNPU_HEADER
#include "verilated.h"
#include "verilated_cov.h"
#include "verilated_fst_c.h"

#if VM_COVERAGE
#include <atomic>
#include <cstdlib>
#include <string>
#include <unistd.h>
#endif
#include <cstring>
#include <memory>

#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

namespace {

struct Core {
    VerilatedContext context;
    TNPU_TOP top{prepare(&context)};
    tnpu_rtl_hooks hooks{};
    bool watched = false; // somebody wants events or waves: each cycle is looked at
    uint64_t cycle = 0;   // program cycles, by trace_run_o
    uint64_t wave_from = 0, wave_to = 0;
    uint64_t wave_time = 0;  // clock cycles since restart
    bool wave_armed = false; // restarted since the file was opened
    std::unique_ptr<VerilatedFstC> fst;

    static VerilatedContext *prepare(VerilatedContext *context) {
        context->threads(1);          // else it starts an idle thread a processor
        context->fatalOnError(false); // a failed assertion is reported by failed(), not by abort()
        context->traceEverOn(true);
        return context;
    }

    Core() {
        top.clk_i = 0;
        top.rst_ni = 0;
        top.host_req_i = 0;
    }
    ~Core() {
        top.final();
#if VM_COVERAGE
        write_coverage();
#endif
    }

#if VM_COVERAGE
    // One file a core: tests open many, in many processes. Where memory does not suffice for it (a
    // test of that), there is none.
    void write_coverage() {
        const char *folder = std::getenv("TNPU_RTL_COVERAGE");
        static std::atomic<unsigned> count{0};
        if (!folder) return;
        try {
            const std::string name = std::string(folder) + "/" STRING(TNPU_NAME) "-" +
                                     std::to_string(getpid()) + "-" + std::to_string(count++) +
                                     ".dat";
            context.coveragep()->write(name.c_str());
        } catch (const std::bad_alloc &) {
        }
    }
#endif

    void watch() {
        watched = hooks.start || hooks.end || hooks.write || fst;
    }

    void report() const {
        if (top.trace_start_o && hooks.start) hooks.start(hooks.ctx, cycle, top.trace_pc_o);
        if (top.trace_wr_o && hooks.write) {
            uint8_t data[TNPU_RTL_LANES];
            std::memcpy(data, top.trace_wr_data_o.data(), sizeof data); // lane 0 is the lowest byte
            hooks.write(hooks.ctx, cycle, top.trace_wr_addr_o, top.trace_wr_mask_o, data);
        }
        if (top.trace_end_o && hooks.end) hooks.end(hooks.ctx, cycle, top.trace_pc_o);
    }

    void dump(unsigned half) {
        if (wave_armed && cycle >= wave_from && cycle <= wave_to) fst->dump(2 * wave_time + half);
    }

    // One clock cycle. With the clock low the outputs show what the coming edge will take.
    void tick() {
        top.clk_i = 0;
        top.eval();
        if (watched) {
            report();
            dump(0);
        }
        const bool counts = top.trace_run_o;
        top.clk_i = 1;
        top.eval();
        if (watched) dump(1);
        cycle += counts;
        wave_time++;
    }

    int access(int write, uint32_t addr, unsigned byte_enable, uint32_t *data, unsigned limit) {
        top.host_req_i = 1;
        top.host_we_i = write != 0;
        top.host_addr_i = addr;
        top.host_be_i = byte_enable;
        top.host_wdata_i = write ? *data : 0;
        bool granted = false;
        for (unsigned i = 0; i < limit && !granted; i++) {
            top.clk_i = 0;
            top.eval(); // the grant may depend on the request
            granted = top.host_gnt_o;
            tick();
        }
        top.host_req_i = 0;
        if (!granted || write) return granted ? 0 : -1;
        for (unsigned i = 0; i < limit; i++) {
            top.clk_i = 0;
            top.eval();
            const bool valid = top.host_rvalid_o;
            if (valid) *data = top.host_rdata_o;
            tick();
            if (valid) return 0;
        }
        return -1;
    }

    void restart() {
        cycle = wave_time = 0;
        wave_armed = fst != nullptr;
    }

    int run(uint64_t cycles) {
        for (uint64_t i = 0; i < cycles && !top.irq_o && !context.gotError(); i++) tick();
        return top.irq_o;
    }

    void wave(const char *file, uint64_t from, uint64_t to) {
        fst.reset();
        wave_armed = false;
        if (file) {
            fst.reset(new VerilatedFstC);
            top.trace(fst.get(), 99);
            fst->open(file);
            wave_from = from;
            wave_to = to;
        }
        watch();
    }
};

// Verilator's run time knows the core at hand by a pointer of the thread: with several cores each
// call sets it.
Core *self(void *core) {
    Core *c = static_cast<Core *>(core);
    Verilated::threadContextp(&c->context);
    return c;
}
const Core *self(const void *core) {
    return static_cast<const Core *>(core);
}

} // namespace

extern "C" {
extern const tnpu_verilated JOIN(tnpu_verilated_, TNPU_NAME);
const tnpu_verilated JOIN(tnpu_verilated_, TNPU_NAME) = {
    STRING(TNPU_NAME),
    []() -> void * {
        try {
            return new Core;
        } catch (...) { // no memory
            return nullptr;
        }
    },
    [](void *core) { delete self(core); },
    [](void *core, int asserted) {
        self(core)->top.rst_ni = !asserted;
        for (int i = 0; i < 4; i++) self(core)->tick();
    },
    [](void *core, const tnpu_rtl_hooks *hooks) {
        self(core)->hooks = hooks ? *hooks : tnpu_rtl_hooks{};
        self(core)->watch();
    },
    [](void *core) { self(core)->restart(); },
    [](void *core, int write, uint32_t addr, unsigned byte_enable, uint32_t *data, unsigned limit) {
        return self(core)->access(write, addr, byte_enable, data, limit);
    },
    [](void *core, uint64_t cycles) { return self(core)->run(cycles); },
    [](const void *core) { return self(core)->cycle; },
    [](const void *core) { return static_cast<int>(self(core)->context.gotError()); },
    [](void *core, const char *file, uint64_t from, uint64_t to) {
        self(core)->wave(file, from, to);
    },
};
}
