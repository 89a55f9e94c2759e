// Checks of numbers on the command line.
#pragma once

#include <cstdint>
#include <limits>

#include <CLI/CLI.hpp>

namespace httpprof::cli {

// Takes decimal digits, whatever zeros they begin with.
CLI::Validator whole_number(std::uint64_t least,
                            std::uint64_t most = std::numeric_limits<std::uint32_t>::max());

// Turns a size with a unit, of 1024 (64K, 1MiB), into bytes.
CLI::Validator as_size();

// For numbers with a unit, after their conversion.
CLI::Validator more_than_zero();

}  // namespace httpprof::cli
