// What a recording is to be.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/writer.h"

namespace httpprof::record {

// When the next file begins, and what becomes of the files. 0: does not matter.
struct Rotation {
    std::uint64_t size = 0;            // bytes of a file, passed where its first record is more
    std::chrono::nanoseconds time{0};  // since the file was begun
    std::uint32_t max_segments = 0;    // that are kept
    std::uint64_t max_size = 0;  // bytes of all that are kept; of a single file: it ends there

    bool rotates() const { return size != 0 || time.count() != 0; }
};

// Bytes of a ring that holds any record: the largest is of a process (bpf/wire.h).
inline constexpr std::uint32_t kRingForAnyRecord = 256 * 1024;

// In groups for who reads them; there is one of these in a process.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct Options {
    std::string output;  // "-" is standard output
    // In place of it: the end of a pipe to a reader in this process, which wants every record soon.
    int live_pipe = -1;
    bool overwrite = false;
    std::optional<std::chrono::nanoseconds> duration;
    Rotation rotation;

    // Which traffic. Values of one filter are alternatives; empty: all.
    std::vector<std::uint16_t> ports;  // of either end
    std::vector<std::uint32_t> pids;
    bool follow = false;                           // and the descendants of `pids`
    std::vector<std::string> comms;                // of thread group leaders
    std::vector<std::uint32_t> uids;               // real user ids
    std::vector<std::string> cgroups;              // v2; with those below them
    std::vector<std::string> environment_match;    // NAME, or NAME=VALUE,...
    std::vector<std::string> environment_exclude;  // NAME, or NAME=VALUE
    bool all_sockets = false;                      // not only connections that speak HTTP
    std::vector<std::string> command;              // with its descendants; beside `pids`
    bool command_writes_to_errors = false;  // its standard output is ours, which has other things

    // What of an environment comes into the capture.
    bool no_environment = false;
    std::vector<std::string> environment_prefixes;  // of names; empty: all

    std::uint32_t ring_size = 64 * 1024 * 1024;  // bytes; a power of two of at least a page
    std::uint32_t snaplen = 64 * 1024;           // bytes kept of one system call
    format::WriteOptions write;                  // compression, encryption and signature

    std::vector<std::string> command_line;  // noted in the capture
};

}  // namespace httpprof::record
