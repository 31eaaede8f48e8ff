# SPDX-License-Identifier: Apache-2.0
# tnpu_driver: what runs on a microcontroller as well, freestanding. tnpu_link_*: transports that need a PC.
file(GLOB driver_sources CONFIGURE_DEPENDS driver/*.c)
add_library(tnpu_driver STATIC ${driver_sources})
add_library(tinynpu::tnpu_driver ALIAS tnpu_driver)
target_include_directories(tnpu_driver PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/driver/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/tinynpu>
                                       PRIVATE driver)
target_compile_options(tnpu_driver PRIVATE -ffreestanding)
target_link_libraries(tnpu_driver PUBLIC tnpu_spec PRIVATE tnpu_hostops)
tnpu_warnings(tnpu_driver)

# A transport of that name, driver/transport/tnpu_link_<name>.c, above the libraries that follow.
function(tnpu_link name)
  add_library(tnpu_link_${name} STATIC driver/transport/tnpu_link_${name}.c)
  target_include_directories(tnpu_link_${name} PUBLIC driver/transport)
  target_link_libraries(tnpu_link_${name} PUBLIC tnpu_driver ${ARGN})
  tnpu_warnings(tnpu_link_${name})
endfunction()

tnpu_link(model tnpu_cmodel)
tnpu_link(verilated tnpu_sim)
tnpu_link(faulty)

add_library(tnpu_ftdi STATIC driver/transport/tnpu_ftdi.c) # an SPI port over USB
target_include_directories(tnpu_ftdi PUBLIC driver/transport)
target_link_libraries(tnpu_ftdi PUBLIC tnpu_driver PkgConfig::FTDI)
tnpu_warnings(tnpu_ftdi)
