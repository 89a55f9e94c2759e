// /proc/PID/stat, as far as it matters here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace httpprof::record {

struct ProcessStat {
    std::uint32_t parent = 0;
    std::uint64_t start_ticks = 0;  // since boot, in units of sysconf(_SC_CLK_TCK)
    // Of its memory, in bytes; 0 to who may not trace the process (Linux 3.5), and of one that has
    // ended.
    std::uint64_t arguments_size = 0;
    std::uint64_t environment_size = 0;
    std::uint64_t arguments_address = 0;
};

// `directory` is "/proc/PID", or "/proc/PID/task/TID", where the start is that of the thread.
// Nothing when it has ended.
std::optional<ProcessStat> read_process_stat(const std::string& directory);

}  // namespace httpprof::record
