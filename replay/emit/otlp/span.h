// An exchange as a span, by OpenTelemetry's semantic conventions for HTTP (stable since 1.23).
#pragma once

#include <cstdint>
#include <string>

#include "replay/emit/otlp/known_methods.h"
#include "replay/exchanges.h"

namespace httpprof::replay {

struct SpanContext {
    // Another one for each span of a connection; for an exchange with a number it is that.
    std::uint64_t number = 0;
    // Of a server's span: that of its client is exported too.
    bool has_client = false;
};

// A Span as JSON.
std::string otlp_span(const Exchange& exchange, const SpanContext& context,
                      const KnownMethods& methods);

}  // namespace httpprof::replay
