// Which trace a span belongs to: what the traffic says of that, or numbers of our own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace httpprof::replay {

// Of a traceparent field (W3C Trace Context, 3.2). The ids are lower-case hexadecimal.
struct TraceParent {
    std::string_view trace_id;   // 32 digits
    std::string_view parent_id;  // 16 digits
    std::uint8_t flags = 0;
};

// Nothing where the value is not valid. The views point into it.
std::optional<TraceParent> parse_traceparent(std::string_view value);

// An exchange within everything that was ever captured.
struct SpanKey {
    std::string_view capture_id;
    std::uint64_t connection = 0;
    std::uint64_t number = 0;  // on the connection
};

// The same for the same key, whenever it is asked for. Lower-case hexadecimal.
std::string trace_id_of(const SpanKey& key);  // 32 digits
std::string span_id_of(const SpanKey& key);   // 16 digits

}  // namespace httpprof::replay
