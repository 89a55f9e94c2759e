// Checks of numbers on the command line.
#pragma once

#include <CLI/CLI.hpp>

namespace httpprof::cli {

// Turns a size with a unit, of 1024 (64K, 1MiB), into bytes.
CLI::Validator as_size();

CLI::Validator more_than_zero();

}  // namespace httpprof::cli
