// What a slice keeps, as it is named on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "format/record.h"
#include "format/result.h"

namespace httpprof::format {

struct SinceFirstRecord {
    std::uint64_t ns = 0;
};
struct WallTime {
    std::int64_t realtime_ns = 0;  // CLOCK_REALTIME
};
using TimeBound = std::variant<SinceFirstRecord, WallTime>;

// As the analyzer numbers them: by their first data record, from 1.
struct ConnectionNumber {
    std::uint64_t number = 0;
};
// As the recorded end of the connection sees them.
struct ConnectionEnds {
    Endpoint local;
    Endpoint remote;
};
using ConnectionName = std::variant<ConnectionNumber, ConnectionEnds>;

// Values of one kind are alternatives; different kinds apply together. An empty list takes all.
struct SliceFilter {
    std::optional<TimeBound> from = {};  // at this time or later
    std::optional<TimeBound> to = {};    // before this time
    std::vector<std::uint32_t> pids = {};
    std::vector<std::string> comms = {};
    std::vector<std::uint16_t> ports = {};  // of either end
    std::vector<ConnectionName> connections = {};
};

// "2026-11-22T18:00:00.5Z" (RFC 3339, UTC) or "+2.5", seconds from the first record.
Result<TimeBound> parse_time_bound(const std::string& text);

// "17", "10.0.0.1:80-10.0.0.2:5000" or "[::1]:80-[::1]:5000": local end, remote end.
Result<ConnectionName> parse_connection_name(const std::string& text);

}  // namespace httpprof::format
