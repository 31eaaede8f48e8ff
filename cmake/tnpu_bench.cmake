# SPDX-License-Identifier: Apache-2.0
# tnpu_bench (not part of `all`): the simulation speed that scripts/bench prints.
# The bare array is built as the core is, with the lanes and memories of t256.
tnpu_verilate(bare ${PROJECT_SOURCE_DIR}/sim/bench/tnpu_bare_array.sv tnpu_bare_array ${TNPU_PARAMETERS_t256})
set_target_properties(tnpu_rtl_bare PROPERTIES EXCLUDE_FROM_ALL ON)
add_executable(tnpu_bench EXCLUDE_FROM_ALL sim/bench/bench.c sim/tnpu_rtl.c sim/tnpu_wave.c)
target_compile_definitions(tnpu_bench PRIVATE "TNPU_RTL_CONFIGS=${tnpu_rtl_list}X(bare)")
target_include_directories(tnpu_bench PRIVATE sim)
target_link_libraries(tnpu_bench PRIVATE tnpu_compiler tnpu_cmodel ${tnpu_rtl_libraries} tnpu_rtl_bare)
tnpu_warnings(tnpu_bench)
