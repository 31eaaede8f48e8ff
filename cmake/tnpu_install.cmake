# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: the command, the C model and compiler as a CMake package (find_package(tinynpu)), the RTL.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tinynpu)
file(GLOB headers CONFIGURE_DEPENDS spec/gen/*.h cmodel/*.h compiler/*.h driver/include/*.h driver/host/*.h)
install(TARGETS tnpu RUNTIME)
install(TARGETS tnpu_spec tnpu_cmodel tnpu_hostops tnpu_compiler tnpu_driver EXPORT tinynpu ARCHIVE)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tinynpu)
install(DIRECTORY rtl/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tinynpu/rtl)
install(EXPORT tinynpu NAMESPACE tinynpu:: DESTINATION ${package_dir} FILE tinynpu-targets.cmake)
file(WRITE ${PROJECT_BINARY_DIR}/tinynpu-config.cmake "include(CMakeFindDependencyMacro)
find_dependency(JPEG)
find_dependency(PNG)
find_dependency(ZLIB)
find_dependency(Threads)
include(\${CMAKE_CURRENT_LIST_DIR}/tinynpu-targets.cmake)
")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinynpu-config-version.cmake
                                 COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tinynpu-config.cmake
              ${PROJECT_BINARY_DIR}/tinynpu-config-version.cmake DESTINATION ${package_dir})
