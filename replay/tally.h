// What is counted while connections are put together, for the summary.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "format/record.h"

namespace httpprof::replay {

struct Tally {
    struct Unparsed {
        std::uint64_t connections = 0;
        std::uint64_t bytes = 0;
    };

    std::uint64_t connections = 0;
    std::uint64_t not_http_bytes = 0;   // captured, but part of no message
    std::uint64_t opaque_bytes = 0;     // after an upgrade or in a CONNECT tunnel
    std::uint64_t duplicate_bytes = 0;  // seen twice, or after the end of their stream
    std::map<format::MissingCause, std::uint64_t> missing_bytes;
    std::map<std::string, Unparsed, std::less<>> unparsed;  // protocols known by name only

    void missing(format::MissingCause cause, std::uint64_t bytes) { missing_bytes[cause] += bytes; }
};

}  // namespace httpprof::replay
