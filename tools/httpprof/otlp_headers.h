// Header fields that a collector is to be sent, as a person names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/result.h"

namespace httpprof::cli {

struct HeaderField {
    std::string name;
    std::string value;
};

// Of NAME=VALUE, with any other character in VALUE.
Result<HeaderField> parse_header(std::string_view text);

// Of OTEL_EXPORTER_OTLP_HEADERS: NAME=VALUE,... in W3C Baggage's format, percent-encoded and
// without properties (OpenTelemetry, Protocol Exporter, "Specifying headers via environment
// variables").
Result<std::vector<HeaderField>> parse_header_list(std::string_view text);

}  // namespace httpprof::cli
