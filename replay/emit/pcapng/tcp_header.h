// The headers of a TCP segment over IPv4 (RFC 791) or IPv6 (RFC 8200), with right checksums but for
// the one of TCP where bytes that it would count are missing: then it is 0. Before them is the one
// of a link without addresses (LINKTYPE_LINUX_SLL), which says whether it was sent or received.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/record.h"

namespace httpprof::replay {

// What fits into one packet, whose length IPv4 has in 16 bits, its headers included.
constexpr std::size_t kMaxSegmentSize = 65'535 - 20 - 20;

struct TcpSegment {
    format::Direction direction = format::Direction::send;
    format::Endpoint source;
    format::Endpoint destination;
    std::uint32_t sequence = 0;
    std::optional<std::uint32_t> acknowledgment = {};
    bool push = false;
    bool fin = false;
    std::string_view payload;
    std::size_t missing = 0;  // bytes behind those; with them at most kMaxSegmentSize
};

// All that stands before the payload. IPv4 when both addresses are IPv4-mapped. The window and the
// time to live are as large as can be, since a capture does not know them.
std::string tcp_headers(const TcpSegment& segment);

}  // namespace httpprof::replay
