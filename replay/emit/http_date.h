// Dates as header fields have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace httpprof::replay {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), also with "-" in the date, as nanoseconds
// since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace httpprof::replay
