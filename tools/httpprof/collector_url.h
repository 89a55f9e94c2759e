// Where a collector takes spans.
#pragma once

#include <string>
#include <string_view>

#include "format/result.h"

namespace httpprof::cli {

struct CollectorUrl {
    bool is_https = false;
    std::string host;  // an IPv6 address without its brackets
    int port = 0;
    std::string path;
};

// Of a collector's base URL, to which "/v1/traces" is added as OpenTelemetry's exporters do, or of
// the whole one.
Result<CollectorUrl> parse_collector_url(std::string_view text);

}  // namespace httpprof::cli
