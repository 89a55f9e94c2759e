# CMake toolchain file: arm64 Linux on another machine, with Debian's cross compiler. What the project
# links comes from a folder with arm64 packages, HTTPPROF_SYSROOT; programs that the build runs are the
# host's; what was built runs under qemu-user. tools/dev/test-arm64 makes the folder and uses this.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HTTPPROF_SYSROOT)
set(CMAKE_SYSROOT ${HTTPPROF_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(ENV{PKG_CONFIG_SYSROOT_DIR} ${HTTPPROF_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${HTTPPROF_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${HTTPPROF_SYSROOT}/usr/share/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${HTTPPROF_SYSROOT})
