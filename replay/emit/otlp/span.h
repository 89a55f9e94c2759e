// An exchange as a span, by OpenTelemetry's semantic conventions for HTTP (stable since 1.23).
#pragma once

#include <cstdint>
#include <string>

#include "replay/exchanges.h"

namespace httpprof::replay {

// A Span as JSON. `number` is another one for each span of a connection; for an exchange with a
// number it is that.
std::string otlp_span(const Exchange& exchange, std::uint64_t number);

}  // namespace httpprof::replay
