# SPDX-License-Identifier: Apache-2.0
# tnpu_rtl_<config>: the core in one configuration, Verilated, behind the functions of sim/tnpu_verilated.h.
# tnpu_rtl_top_<config>: the chip, behind those of sim/pins/tnpu_chip_pins.h.
# Parameters come from spec/ (cmake/tnpu_configs.cmake), sources from rtl/tnpu.f.
find_package(verilator REQUIRED HINTS /usr/share/verilator)

file(STRINGS ${PROJECT_SOURCE_DIR}/rtl/tnpu.f rtl_files REGEX "^[^#/]")
list(TRANSFORM rtl_files PREPEND ${PROJECT_SOURCE_DIR}/rtl/ OUTPUT_VARIABLE TNPU_RTL_SOURCES)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rtl/tnpu.f)

# One Verilated library: its name, SystemVerilog sources, top module, its -G parameters. The shim around it is sim/tnpu_verilated.cpp, or
# where TNPU_SHIM is set that one, and TNPU_SHIM_NAME what it is called by.
function(tnpu_verilate name sources top)
  set(target tnpu_rtl_${name})
  set(shim ${PROJECT_SOURCE_DIR}/sim/tnpu_verilated.cpp)
  set(shim_name ${name})
  if(TNPU_SHIM)
    set(shim ${TNPU_SHIM})
    set(shim_name ${TNPU_SHIM_NAME})
  endif()
  add_library(${target} STATIC ${shim})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/sim ${PROJECT_SOURCE_DIR}/compiler)
  target_compile_definitions(${target} PRIVATE TNPU_NAME=${shim_name} TNPU_TOP=Vtnpu_${name}
                                               TNPU_HEADER="Vtnpu_${name}.h")
  # -O3: all in one module, so that what happens under one condition in all lanes is one block of code (a fifth faster)
  set(options -O3 --assert -Wno-fatal ${ARGN}) # scripts/lint is where warnings count
  if(TNPU_COVERAGE)
    list(APPEND options --coverage-line)
  endif()
  set(level -O2) # -O3 has no effect: Verilator appends -Os
  set(generated ${level})
  if(TNPU_SANITIZE) # for the code of this project, not for Verilator's: fstapi.c stores misaligned words
    list(APPEND generated -fno-sanitize=all)
  endif()
  verilate(${target} PREFIX Vtnpu_${name} TOP_MODULE ${top} SOURCES ${sources} TRACE_FST
           VERILATOR_ARGS ${options} OPT_FAST ${generated} OPT_SLOW ${generated} OPT_GLOBAL ${generated})
  target_compile_options(${target} PRIVATE ${level} -g0 -w) # generated code: no warnings; debug information takes minutes
  # Verilator's run-time sources are the same for all: compiled once, in tnpu_verilator_runtime
  get_target_property(all ${target} SOURCES)
  set(runtime ${all})
  list(FILTER runtime INCLUDE REGEX "^${VERILATOR_ROOT}/include/")
  list(FILTER all EXCLUDE REGEX "^${VERILATOR_ROOT}/include/")
  set_target_properties(${target} PROPERTIES SOURCES "${all}")
  if(NOT TARGET tnpu_verilator_runtime)
    add_library(tnpu_verilator_runtime STATIC ${runtime})
    target_include_directories(tnpu_verilator_runtime SYSTEM PUBLIC ${VERILATOR_ROOT}/include
                                                                    ${VERILATOR_ROOT}/include/vltstd)
    target_compile_definitions(tnpu_verilator_runtime PUBLIC VM_COVERAGE=$<BOOL:${TNPU_COVERAGE}>
                               VM_SC=0 VM_TRACE=1 VM_TRACE_VCD=0 VM_TRACE_FST=1)
    target_compile_options(tnpu_verilator_runtime PRIVATE ${generated} -g0 -w)
    target_link_libraries(tnpu_verilator_runtime PUBLIC ZLIB::ZLIB Threads::Threads)
  endif()
  target_link_libraries(${target} PUBLIC tnpu_verilator_runtime)
endfunction()

# sim/tnpu_rtl.c sees the list as X(t64) X(t128) ...
set(tnpu_rtl_list "")
set(tnpu_rtl_libraries "")
foreach(config ${TNPU_RTL_CONFIGS})
  tnpu_verilate(${config} "${TNPU_RTL_SOURCES}" tnpu_core ${TNPU_PARAMETERS_${config}})
  string(APPEND tnpu_rtl_list "X(${config})")
  list(APPEND tnpu_rtl_libraries tnpu_rtl_${config})
endforeach()

# The chip, core and links: sim/pins/tnpu_chip.c sees X(t64) X(t256).
set(tnpu_chip_list "")
set(tnpu_chip_libraries "")
foreach(config ${TNPU_CHIP_CONFIGS})
  set(TNPU_SHIM ${PROJECT_SOURCE_DIR}/sim/pins/tnpu_chip_verilated.cpp)
  set(TNPU_SHIM_NAME ${config})
  tnpu_verilate(top_${config} "${TNPU_RTL_SOURCES}" tnpu_top ${TNPU_PARAMETERS_${config}})
  unset(TNPU_SHIM)
  string(APPEND tnpu_chip_list "X(${config})")
  list(APPEND tnpu_chip_libraries tnpu_rtl_top_${config})
endforeach()
