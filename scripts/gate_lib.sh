# SPDX-License-Identifier: Apache-2.0
# For scripts/icarus, scripts/netlist and scripts/mutate, which source it from the project's folder: vectors, and test programs linked with a
# core that is not the RTL as it stands.
out=build/gate
mkdir -p "$out"
mapfile -t rtl < <(grep -v '^//' rtl/tnpu.f | sed 's|^|rtl/|')
jobs=$(nproc)

quiet() { # command...: its output only where it fails
  "$@" >"$out/log" 2>&1 || { cat "$out/log" >&2; return 1; }
}

gate_tools() { # the programs of tests/gate
  [ -f build/build.ninja ] || quiet cmake --preset release
  quiet cmake --build build --target gate gate_make gate_play tnpu tnpu_verilator_runtime
}

gate_vectors() { # programs, seed: $out/programs.vec; and the default network on a picture: $out/network.vec
  build/tests/gate/gate_make --programs "$1" --seed "$2" "$out/programs.vec"
  quiet build/tnpu compile models/default.params --arch etinynet-tiny --calib models/calib --config t64 -o "$out/default-t64.tnpu"
  build/tests/gate/gate_make --network "$out/default-t64.tnpu" --picture models/samples/fish.png "$out/network.vec"
}

# NAME MAIN.c FLAGS SOURCE...: $out/NAME/NAME, a test program linked with a Verilated tnpu_core (configuration t64) of those sources.
# FLAGS: how its C++ is optimised.
gate_core() {
  local name=$1 main=$2 flags=$3 dir=$out/$1
  shift 3
  rm -rf "$dir"
  # the shim can write waves, so the trace code must be there: of the top level only
  quiet verilator --cc -Wno-fatal -Wno-lint -Wno-style -Wno-UNOPTFLAT --trace-fst --trace-depth 1 --output-split 20000 --top-module tnpu_core \
    --prefix "V$name" --Mdir "$dir" "$@"
  quiet make -s -j "$jobs" -C "$dir" -f "V$name.mk" OPT_FAST="$flags" OPT_SLOW=-O0 OPT_GLOBAL=-O1 "V${name}__ALL.a"
  local verilator=/usr/share/verilator/include include="-Isim -Icompiler -Ispec/gen -Icmodel -Isim/lockstep -Itools -Itests/gate"
  # shellcheck disable=SC2086
  g++ -O2 -w -c $include "-I$dir" -I$verilator -I$verilator/vltstd -DVM_TRACE=1 -DVM_TRACE_FST=1 -DVM_COVERAGE=0 -DTNPU_NAME=t64 \
    "-DTNPU_TOP=V$name" "-DTNPU_HEADER=\"V$name.h\"" sim/tnpu_verilated.cpp -o "$dir/shim.o"
  # shellcheck disable=SC2086
  for c in "$main" sim/tnpu_rtl.c sim/tnpu_wave.c; do
    gcc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L $include '-DTNPU_RTL_CONFIGS=X(t64)' -c "$c" -o "$dir/$(basename "$c" .c).o"
  done
  g++ -o "$dir/$name" "$dir/$(basename "$main" .c).o" "$dir/tnpu_rtl.o" "$dir/tnpu_wave.o" build/tests/gate/libgate.a build/libtnpu_lockstep.a \
    build/libtnpu_compiler.a build/libtnpu_cmodel.a build/libtnpu_spec.a "$dir/shim.o" "$dir/V${name}__ALL.a" build/libtnpu_verilator_runtime.a \
    -lz -lpthread -lm
}
