# SPDX-License-Identifier: Apache-2.0
# The .tflite reader: FlatBuffers' compiler makes C++ readers from spec/tflite.fbs, a shim makes C of them.
find_program(FLATC flatc REQUIRED)
find_path(FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)
set(tflite_generated ${PROJECT_BINARY_DIR}/tflite/tflite_generated.h)
add_custom_command(OUTPUT ${tflite_generated}
                   COMMAND ${FLATC} --cpp -o ${PROJECT_BINARY_DIR}/tflite ${PROJECT_SOURCE_DIR}/spec/tflite.fbs
                   DEPENDS ${PROJECT_SOURCE_DIR}/spec/tflite.fbs VERBATIM)
target_sources(tnpu_compiler PRIVATE compiler/tnpu_tflite_file.cpp ${tflite_generated})
target_include_directories(tnpu_compiler SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/tflite ${FLATBUFFERS_INCLUDE})
set_source_files_properties(compiler/tnpu_tflite_file.cpp PROPERTIES COMPILE_OPTIONS "-Wall;-Wextra;-fno-exceptions;-fno-rtti")
