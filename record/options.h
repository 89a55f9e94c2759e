// What a recording is to be.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace httpprof::record {

struct Options {
    std::string output;  // "-" is standard output
    bool overwrite = false;
    std::optional<std::chrono::nanoseconds> duration;

    std::vector<std::uint16_t> ports;  // of either end; empty: all
    std::vector<std::uint32_t> pids;   // empty: all
    std::vector<std::string> command;  // not empty: only it and its descendants

    std::uint32_t ring_size = 64 * 1024 * 1024;  // bytes; a power of two of at least a page
    std::uint32_t snaplen = 1024 * 1024;         // bytes kept of one system call
    int zstd_level = 1;

    std::vector<std::string> command_line;  // noted in the capture
};

}  // namespace httpprof::record
