// What is counted while connections are put together, for the summary.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "format/record.h"
#include "replay/not_http.h"

namespace httpprof::replay {

struct Tally {
    struct Unparsed {
        std::uint64_t connections = 0;
        std::uint64_t bytes = 0;
    };

    std::uint64_t connections = 0;
    std::uint64_t given_up_connections = 0;  // while they were open, since there were too many
    std::uint64_t not_http_bytes = 0;        // captured, but part of no message
    NotHttpPlaces not_http_places;           // where these are
    // After an upgrade or in a CONNECT tunnel, by the name of the protocol.
    std::map<std::string, std::uint64_t, std::less<>> opaque_bytes;
    std::uint64_t proxy_header_bytes =
        0;                              // captured, of the PROXY protocol, before the first message
    std::uint64_t duplicate_bytes = 0;  // seen twice, or after the end of their stream
    std::map<format::MissingCause, std::uint64_t> missing_bytes;
    std::map<std::string, Unparsed, std::less<>> unparsed;  // protocols known by name only

    // Where the bytes that follow a change to this protocol are counted. Lives as long as the
    // tally.
    std::uint64_t& opaque(std::string_view protocol) {
        const auto known = opaque_bytes.find(protocol);
        if (known != opaque_bytes.end()) return known->second;
        // The names come from the recorded servers: there must be an end to them.
        constexpr std::size_t kMostNames = 64;
        return opaque_bytes[opaque_bytes.size() < kMostNames ? std::string(protocol) : "others"];
    }
    void missing(format::MissingCause cause, std::uint64_t bytes) { missing_bytes[cause] += bytes; }
};

}  // namespace httpprof::replay
