// An exchange as a span, by OpenTelemetry's semantic conventions for HTTP (stable since 1.23).
#pragma once

#include <string>

#include "replay/emit/otlp/known_methods.h"
#include "replay/exchanges.h"

namespace httpprof::replay {

// A Span as JSON. `has_client`, of a server's span: that of its client is exported too.
std::string otlp_span(const Exchange& exchange, bool has_client, const KnownMethods& methods);

}  // namespace httpprof::replay
