// The methods that spans name. Others are reported as _OTHER, so that a sender cannot make any
// number of them.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace httpprof::replay {

using KnownMethods = std::set<std::string, std::less<>>;

// Those of OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS, with commas between; of a list of none those
// that OpenTelemetry's semantic conventions for HTTP name. Methods have a case.
KnownMethods known_methods(std::string_view list = {});

}  // namespace httpprof::replay
