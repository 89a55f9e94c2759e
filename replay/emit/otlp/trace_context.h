// Which trace a span belongs to: what the traffic says of that, or numbers of our own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/record.h"
#include "replay/emit/emitter.h"

namespace httpprof::replay {

// Of a traceparent field (W3C Trace Context, 3.2). The ids are lower-case hexadecimal.
struct TraceParent {
    std::string_view trace_id;   // 32 digits
    std::string_view parent_id;  // 16 digits
    std::uint8_t flags = 0;
};

// Nothing where the value is not valid. The views point into it.
std::optional<TraceParent> parse_traceparent(std::string_view value);

// An exchange within everything that was ever captured: where its first message is. Both ends of a
// connection have the same, and so has every part of a capture.
struct SpanKey {
    std::string_view capture_id;
    format::Endpoint source;  // the end that sent the message
    format::Endpoint destination;
    std::uint32_t sequence_number = 0;  // of TCP
};
// `first`: the event of that message. The key lives no longer.
SpanKey span_key_of(const Event& first);

// The same for the same key, whenever it is asked for. Lower-case hexadecimal. Both ends of an
// exchange are of one trace.
std::string trace_id_of(const SpanKey& key);            // 32 digits
std::string span_id_of(const SpanKey& key, Side side);  // 16 digits

}  // namespace httpprof::replay
