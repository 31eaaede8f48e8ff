# SPDX-License-Identifier: Apache-2.0
# Installs the build into a folder of its own, builds a user's project against it, and runs that.
# cmake -DBUILD=build folder -DWORK=folder to use -DPROGRAM=F.tnpu -P check.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}: ${result}\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G Ninja -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/prefix/bin/tnpu info --json ${PROGRAM})
string(JSON cycles GET "${out}" cycles)
run(${WORK}/build/count_cycles ${PROGRAM})
if(NOT out MATCHES " ${cycles} cycles")
  message(FATAL_ERROR "the installed model says ${out}, the installed command ${cycles} cycles")
endif()
# the list of the RTL's files names files that were installed
file(STRINGS ${WORK}/prefix/share/tinynpu/rtl/tnpu.f sources REGEX "^[^/]")
foreach(source ${sources})
  if(NOT EXISTS ${WORK}/prefix/share/tinynpu/rtl/${source})
    message(FATAL_ERROR "tnpu.f names ${source}, which is not installed")
  endif()
endforeach()
