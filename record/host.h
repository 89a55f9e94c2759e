// Facts about this host, for the capture.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/result.h"

namespace httpprof::record {

// Nanoseconds.
std::uint64_t boottime_now();

// CLOCK_BOOTTIME and CLOCK_REALTIME as of the same moment.
format::Clock read_clocks();

// The Header of the first segment of a new capture.
Result<format::Header> describe_host(const std::vector<std::string>& command_line);

// "httpprof-HOST-20260102T030405Z.httpprof"
std::string default_output_name();

}  // namespace httpprof::record
